"""The object bank on disk: strict reading, people's decisions, damage that stays where it is."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anylabel_plus import images
from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.bank import Bank, cutout_id, is_bank, open_bank
from anylabel_plus.synthesis.bank_file import BankContent, bank_bytes
from anylabel_plus.synthesis.scene import Cutout, LabelPrior, Rgba, SourceRef


def disc(colour: tuple[int, int, int] = (200, 30, 40), side: int = 24) -> Rgba:
    y, x = np.mgrid[:side, :side] + 0.5
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[np.hypot(x - side / 2, y - side / 2) < side / 3] = (*colour, 255)
    return pixels


def row(pixels: Rgba, label: str = "disc", **fields: object) -> Cutout:
    height, width = pixels.shape[:2]
    area = int((pixels[..., 3] >= 128).sum())
    source = SourceRef("a/b.png", "/data", 3, 640, 480, (10, 20, 30, 40), "f" * 32)
    made = Cutout(cutout_id(label, pixels), label, width, height, area, source, {"size": 0.5}, 0.5)
    return replace(made, **fields)  # type: ignore[arg-type]


def prior(label: str = "disc") -> LabelPrior:
    return LabelPrior(label, 3, (0.1, 0.2), (10.0, 20.0), ((0.25, 0.75),))


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """Three cutouts, the last rejected."""
    pictures = [disc(), disc((30, 200, 40)), disc((30, 40, 200))]
    rows = [row(pictures[0]), row(pictures[1]), row(pictures[2], accepted=False, reasons=("blurred",))]
    content = BankContent(tuple(rows), {"disc": prior()}, {"disc": 3}, ("/data",))
    made = Bank(tmp_path / "bank", content)
    (made.root / "cutouts").mkdir(parents=True)
    for one, pixels in zip(rows, pictures, strict=True):
        made.path(one).write_bytes(images.encode_png(pixels))
    made.save()
    return made


def test_what_was_saved_is_opened(bank: Bank) -> None:
    opened = open_bank(bank.root)
    assert opened.content == bank.content
    assert opened.cutouts == bank.cutouts
    assert (opened.label_counts, opened.datasets, opened.problems) == ({"disc": 3}, ("/data",), ())
    assert bank_bytes(opened.content) == (bank.root / "bank.json").read_bytes()
    assert np.array_equal(opened.read(opened.cutouts[0]), disc())
    assert [one.id for one in opened.usable()] == [one.id for one in bank.cutouts[:2]]
    assert opened.usable(["cat"]) == ()


def test_people_decide_and_tag_and_the_filter_is_kept_below(bank: Bank) -> None:
    first, _, last = bank.cutouts
    changed = bank.with_states({first.id: (False, "a toy"), last.id: (True, "")}).with_tags(
        {first.id: ["b", " b ", ""]}
    )
    changed.save()
    opened = open_bank(bank.root)
    assert [one.accepted for one in opened.cutouts] == [False, True, True]
    assert opened.cutouts[0].reasons == ("a toy",)
    assert opened.cutouts[0].tags == ("b",)
    assert opened.cutouts[2].reasons == ()
    back = opened.with_states({first.id: None, last.id: None}).with_tags({first.id: []})
    assert back.cutouts == bank.cutouts
    with pytest.raises(UserError, match="no such cutout"):
        bank.with_states({"0" * 16: (True, "")})


def test_flags_of_a_label_are_overridden_and_given_back(bank: Bank) -> None:
    changed = bank.with_flags("disc", rotate=False, flip_vertical=False)
    assert (changed.priors["disc"].rotate, changed.priors["disc"].flip_horizontal) == (False, True)
    changed.save()
    assert not open_bank(bank.root).priors["disc"].flip_vertical
    assert changed.with_flags("disc", rotate=None, flip_vertical=None).content == bank.content
    with pytest.raises(UserError, match="no label 'cat'"):
        bank.with_flags("cat", rotate=False)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an object bank"),
        (b"[]", "not an object bank"),
        (b"\xff\xfe\x00", "not an object bank"),
        (b'{"shapes": []}', "its format is None"),
        (b'{"format": "anylabel-plus bank", "version": 2, "cutouts": []}', "version 2"),
        (b'{"format": "anylabel-plus bank", "version": 1}', "damaged"),
        (b'{"format": "anylabel-plus bank", "version": 1, "cutouts": {}}', "damaged"),
        (b'{"format": "anylabel-plus bank", "version": 1, "cutouts": [', "not an object bank"),
    ],
)
def test_foreign_and_damaged_files_are_told(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "bank.json").write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        open_bank(tmp_path)
    assert str(tmp_path / "bank.json") in str(caught.value)


def test_a_folder_without_a_bank_is_told(tmp_path: Path) -> None:
    assert not is_bank(tmp_path)
    with pytest.raises(UserError, match="holds no object bank"):
        open_bank(tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        open_bank(tmp_path / "none")


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../../etc/pass"},
        {"id": "/tmp/abcdefghijk"},
        {"id": "0123456789ABCDEF"},
        {"id": 7},
        {"label": " "},
        {"width": 0},
        {"height": 1 << 30},
        {"area": 10_000},
        {"score": 2},
        {"quality": {"size": -1}},
        {"source": None},
    ],
)
def test_a_row_that_makes_no_sense_is_left_out_and_told(bank: Bank, change: dict[str, object]) -> None:
    path = bank.root / "bank.json"
    data = json.loads(path.read_bytes())
    data["cutouts"][1] |= change
    path.write_text(json.dumps(data))
    opened = open_bank(bank.root)
    assert [one.id for one in opened.cutouts] == [bank.cutouts[0].id, bank.cutouts[2].id]
    assert len(opened.problems) == 1
    assert "cutouts[1]" in opened.problems[0]


def test_a_missing_or_damaged_cutout_is_an_error_of_that_one_when_read(bank: Bank) -> None:
    first, second, third = bank.cutouts
    bank.path(first).unlink()
    bank.path(second).write_bytes(bank.path(second).read_bytes()[:60])
    bank.path(third).write_bytes(images.encode_png(np.zeros((24, 24, 3), np.uint8)))
    opened = open_bank(bank.root)
    for one, words in ((first, "cannot be read"), (second, "damaged"), (third, "3 channels")):
        with pytest.raises(UserError, match=words) as caught:
            opened.read(one)
        assert one.id in str(caught.value)
    bank.path(first).write_bytes(b"")
    with pytest.raises(UserError, match="damaged"):
        opened.read(first)


def test_ids_name_what_can_be_seen() -> None:
    seen, other = disc(), disc()
    other[0, 0, :3] = 77
    assert cutout_id("disc", seen) == cutout_id("disc", other)
    assert cutout_id("disc", seen) != cutout_id("ball", seen)
    assert cutout_id("disc", seen) != cutout_id("disc", disc((1, 2, 3)))


def test_two_thousand_cutouts_open_at_once(tmp_path: Path) -> None:
    rows = tuple(row(disc(), id=f"{number:016x}") for number in range(2000))
    Bank(tmp_path, BankContent(rows)).save()
    start = time.perf_counter()
    assert len(open_bank(tmp_path).cutouts) == 2000
    assert time.perf_counter() - start < 1  # measured: 0.02 s
