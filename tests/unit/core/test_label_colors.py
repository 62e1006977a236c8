"""Labels keep their colours."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus import paths
from anylabel_plus.core import labels
from anylabel_plus.core.labels import LabelColors

NAMES = st.lists(st.sampled_from("abcdefghij"), max_size=12)


def test_the_palette_is_that_of_the_theme() -> None:
    tokens = json.loads(paths.resources("tokens.json").read_text("utf-8"))
    assert list(labels.PALETTE) == tokens["label_palette"]
    assert [list(dash) for dash in labels.DASHES] == tokens["label_dash_cycles"]


def test_all_palette_colours_can_be_told_apart() -> None:
    for n, color in enumerate(labels.PALETTE):
        assert min((labels.delta_e(color, other) for other in labels.PALETTE[:n]), default=99) >= labels.CLOSE_DELTA_E


@given(NAMES, NAMES)
def test_slots_are_taken_once_and_kept(first: list[str], second: list[str]) -> None:
    before = LabelColors().with_labels(first)
    after = before.with_labels(second)
    assert {name: after[name] for name in before} == dict(before)
    assert sorted(after.values()) == list(range(len(after)))
    assert after.with_labels(first + second) is after


def test_the_lowest_free_slot_is_used_again() -> None:
    colors = LabelColors().with_labels(["a", "b", "c"]).without("b")
    assert colors.slot("new") == 1
    assert dict(colors.with_labels(["new", "next"])) == {"a": 0, "c": 2, "new": 1, "next": 3}
    assert colors.without("unknown") is colors


def test_renaming_keeps_the_colour() -> None:
    colors = LabelColors().with_labels(["a", "b"]).with_color("a", "#123abc")
    renamed = colors.renamed("a", "z")
    assert renamed.slot("z") == 0 and renamed.color("z") == "#123ABC" and list(renamed) == ["z", "b"]
    assert dict(colors.renamed("a", "b")) == {"b": 1}
    assert colors.renamed("unknown", "x") is colors


def test_rounds_through_the_palette_have_dashes() -> None:
    assert labels.color_of(0) == labels.color_of(24) == labels.color_of(48) == "#FF9F1C"
    assert [labels.dash_of(slot) for slot in (0, 23, 24, 47, 48, 100)] == [(), (), (6, 3), (6, 3), (2, 3), (2, 3)]
    colors = LabelColors().with_labels(f"label {n}" for n in range(30))
    assert colors.color("label 29") == labels.PALETTE[5] and colors.dash("label 29") == (6, 3)


def test_a_chosen_colour_goes_before_the_slot() -> None:
    colors = LabelColors().with_labels(["a"]).with_color("b", "#000000")
    assert colors.color("b") == "#000000" and colors.slot("b") == 1
    assert colors.with_color("b", None).color("b") == labels.PALETTE[1]
    for bad in ("red", "#12345", "#12345G", ""):
        with pytest.raises(ValueError, match="#RRGGBB"):
            colors.with_color("a", bad)


def test_a_colour_that_is_too_close_is_named() -> None:
    colors = LabelColors().with_labels(["a", "b"])
    assert colors.too_close("c", "#FF9F1D") == "a"
    assert colors.too_close("a", "#FF9F1D") is None
    assert colors.too_close("c", "#000000") is None


@pytest.mark.parametrize("color", [*labels.PALETTE, "#000000", "#FFFFFF", "#777777", "#767676"])
def test_text_on_a_colour_is_readable(color: str) -> None:
    text = labels.luminance(labels.text_on(color))
    low, high = sorted((text, labels.luminance(color)))
    assert (high + 0.05) / (low + 0.05) >= 4.5


@given(NAMES)
def test_json_round_trip(names: list[str]) -> None:
    colors = LabelColors().with_labels(names).with_color("x", "#010203")
    assert LabelColors.from_json(json.loads(json.dumps(colors.to_json()))) == colors


def test_damaged_json_is_mended() -> None:
    data = {"slots": {"a": 0, "b": 0, "c": -1, "d": "x", "e": True}, "custom": {"a": "red", "f": "#AABBCC"}}
    colors = LabelColors.from_json(data)
    assert dict(colors) == {"a": 0, "f": 1} and colors.color("f") == "#AABBCC"
    assert LabelColors.from_json({"slots": [], "custom": None}) == LabelColors()
