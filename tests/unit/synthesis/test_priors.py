"""What labelled objects say of their label."""

from __future__ import annotations

import numpy as np
import pytest

from anylabel_plus.synthesis.bank_file import SeenObject
from anylabel_plus.synthesis.priors import GRID, QUANTILES, may_turn, priors, words


def seen(label: str = "dog", relative: float = 0.2, x: float = 0.5, y: float = 0.9, text: bool = False) -> SeenObject:
    return SeenObject(label, relative, relative * 640, x, y, text)


def test_quantiles_rise_from_the_smallest_to_the_largest() -> None:
    found = priors([seen(relative=value) for value in np.linspace(0.1, 0.5, 41)])["dog"]
    assert found.count == 41
    assert len(found.relative) == len(found.pixels) == QUANTILES
    assert found.relative == pytest.approx(np.linspace(0.1, 0.5, QUANTILES))
    assert found.pixels[-1] == pytest.approx(320)


def test_the_grid_says_where_feet_are() -> None:
    found = priors([seen(x=0.01, y=0.99), seen(x=1.0, y=1.0), seen(x=1.0, y=1.0), seen(x=0.5, y=0.0)])["dog"]
    heat = np.array(found.heat)
    assert heat.shape == (GRID, GRID)
    assert heat.sum() == pytest.approx(1)
    assert (heat[15, 0], heat[15, 15], heat[0, 8]) == (0.25, 0.5, 0.25)


def test_a_label_without_labelled_objects_has_flags_only() -> None:
    found = priors([], ["cat", "license plate"])
    assert (found["cat"].count, found["cat"].relative, found["cat"].heat, found["cat"].rotate) == (0, (), (), True)
    assert not found["license plate"].flip_horizontal


@pytest.mark.parametrize(
    "label",
    ["text", "Text", "stop sign", "traffic_sign", "licensePlate", "number-plate", "QR code", "digit7", "left_hand",
     "RightShoe", "logo", "eye left", "barcode"],
)  # fmt: skip
def test_what_is_read_or_has_a_side_is_not_turned(label: str) -> None:
    assert not may_turn(label)
    found = priors([seen(label)])[label]
    assert (found.rotate, found.flip_horizontal, found.flip_vertical) == (False, False, False)


@pytest.mark.parametrize("label", ["dog", "context", "signal", "bright", "cleft", "template", "designer", "Hund"])
def test_other_words_with_these_letters_are_free(label: str) -> None:
    assert may_turn(label)


def test_objects_with_a_transcription_are_text() -> None:
    found = priors([seen("box", text=True), seen("box", text=True), seen("box")])
    assert not found["box"].rotate
    assert priors([seen("box", text=True), seen("box"), seen("box")])["box"].rotate


def test_words_of_a_label() -> None:
    assert words("leftHand_2 Foo-BAR") == ["left", "hand", "2", "foo", "bar"]
