"""Pictures that somebody does not want: kept beside the bank, left out of runs, others in their place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from synth_scene import make_bank, make_photos

from anylabel_plus.core.errors import UserError
from anylabel_plus.jobs import synth_samples
from anylabel_plus.jobs.base import Note, run
from anylabel_plus.jobs.synthesize import SynthesizeOptions, planned, synthesize
from anylabel_plus.jobs.vetoes import Veto, add_vetoes, numbers, read_vetoes, remove_vetoes, vetoed
from anylabel_plus.synthesis.recipe import Recipe, recipe_hash

NAME = recipe_hash(Recipe())


@pytest.fixture
def options(tmp_path: Path) -> SynthesizeOptions:
    source = make_photos(tmp_path / "source", seed=8)
    back = make_photos(tmp_path / "back")
    return SynthesizeOptions(make_bank(tmp_path / "bank", source), back, tmp_path / "out", 4, workers=1)


def made(out: Path) -> dict[int, bytes]:
    return {int(path.stem.split("-")[1]): path.read_bytes() for path in sorted(out.glob("composite-*.jpg"))}


def notes(options: SynthesizeOptions) -> list[str]:
    found: list[str] = []
    run(synthesize(options), lambda event: found.append(event.text) if isinstance(event, Note) else None)
    return found


def test_kept_replaced_and_taken_back(tmp_path: Path) -> None:
    assert read_vetoes(tmp_path) == () and vetoed(tmp_path, "a", 1) == frozenset()
    add_vetoes(tmp_path, [Veto("a", 1, 3, "size"), Veto("a", 2, 5, "place")])
    add_vetoes(tmp_path, [Veto("a", 1, 3, "edge"), Veto("b", 1, 4, "other")])
    assert read_vetoes(tmp_path) == (Veto("a", 1, 3, "edge"), Veto("a", 2, 5, "place"), Veto("b", 1, 4, "other"))
    assert vetoed(tmp_path, "a", 1) == {3}
    with pytest.raises(UserError, match="picture 4 of this recipe and seed has no veto"):
        remove_vetoes(tmp_path, "a", 1, [3, 4])
    assert len(read_vetoes(tmp_path)) == 3, "nothing is taken back where one is wrong"
    assert remove_vetoes(tmp_path, "a", 1, [3]) == (Veto("a", 2, 5, "place"), Veto("b", 1, 4, "other"))


@pytest.mark.parametrize("text", ["{", "[]", '{"vetoes": []}', '{"format": "anylabel-plus vetoes", "version": 2}'])
def test_a_damaged_file_is_an_error_and_stays(options: SynthesizeOptions, text: str) -> None:
    path = options.bank / "vetoes.json"
    path.write_text(text)
    for act in (lambda: planned(options), lambda: add_vetoes(options.bank, [Veto(NAME, 0, 1, "size")])):
        with pytest.raises(UserError, match=r"vetoes\.json: is (damaged|of version 2)"):
            act()
    assert path.read_text() == text


def test_a_row_that_is_no_veto_is_told(options: SynthesizeOptions) -> None:
    rows = [{"recipe": NAME, "seed": 0, "index": 1, "reason": "size"}, {"recipe": NAME}]
    data = {"format": "anylabel-plus vetoes", "version": 1, "vetoes": rows}
    (options.bank / "vetoes.json").write_text(json.dumps(data))
    with pytest.raises(UserError, match="row 2 of its vetoes"):
        read_vetoes(options.bank)


def test_numbers_make_room_for_what_is_left_out() -> None:
    assert list(numbers(4, frozenset({0, 2, 9}))) == [1, 3, 4, 5]
    assert list(numbers(3, frozenset())) == [0, 1, 2]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_leaves_them_out_and_makes_others(options: SynthesizeOptions, tmp_path: Path, workers: int) -> None:
    everything = replace(options, out=tmp_path / "all", count=6)
    run(synthesize(everything))
    whole = made(everything.out)
    add_vetoes(options.bank, [Veto(NAME, 0, 1, "size"), Veto(NAME, 0, 4, "edge"), Veto(NAME, 7, 2, "edge")])
    told = notes(replace(options, workers=workers))
    assert "pictures with a veto are left out: 1, 4" in told
    assert made(options.out) == {index: whole[index] for index in (0, 2, 3, 5)}
    report = run(synthesize(replace(options, workers=workers)))
    assert (report.summary["pictures"], report.summary["made_before"]) == (4, 4)


def test_all_can_be_made_all_the_same(options: SynthesizeOptions) -> None:
    add_vetoes(options.bank, [Veto(NAME, 0, 1, "size")])
    assert not any("veto" in text for text in notes(replace(options, with_vetoed=True)))
    assert sorted(made(options.out)) == [0, 1, 2, 3]


def test_a_picture_made_before_its_veto_stays_and_is_told(options: SynthesizeOptions) -> None:
    run(synthesize(options))
    add_vetoes(options.bank, [Veto(NAME, 0, 1, "size")])
    assert any(text.startswith("composite-000001.jpg: was made before") for text in notes(options))
    assert sorted(made(options.out)) == [0, 1, 2, 3, 4]


def test_the_sheet_shows_what_a_run_makes(options: SynthesizeOptions) -> None:
    whole, _ = synth_samples.sheet(planned(options, writes=False), 1)
    add_vetoes(options.bank, [Veto(NAME, 0, 0, "size")])
    other, _ = synth_samples.sheet(planned(options, writes=False), 1)
    assert whole.shape != other.shape or (whole != other).any()
