"""Building a bank by hand: duplicates, journals, and what a later build knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis import alike
from anylabel_plus.synthesis.bank import cutout_id, open_bank
from anylabel_plus.synthesis.bank_file import ImageRecord, SeenObject, parse_journal
from anylabel_plus.synthesis.bank_writer import BankWriter
from anylabel_plus.synthesis.quality import NO_LIMITS, QualityLimits
from anylabel_plus.synthesis.scene import Cutout, Rgba, SourceRef


def picture(seed: int, side: int = 60) -> Rgba:
    """A blotchy disc; other seeds look quite different."""
    rng = np.random.default_rng(seed)
    blotches = cv2.resize(rng.integers(0, 256, (5, 5, 3)).astype(np.uint8), (side, side), interpolation=cv2.INTER_CUBIC)
    rows, columns = np.mgrid[:side, :side] + 0.5
    alpha = (np.hypot(rows - side / 2, columns - side / 2) < side * 0.45).astype(np.uint8) * 255
    return np.dstack([blotches, alpha])


def noisy(pixels: Rgba) -> Rgba:
    """The next frame of a video."""
    rng = np.random.default_rng(9)
    changed = np.clip(pixels[..., :3].astype(int) + rng.integers(-6, 7, pixels[..., :3].shape), 0, 255)
    return np.dstack([changed.astype(np.uint8), pixels[..., 3]])


def record(name: str, *pictures: Rgba, label: str = "dog", quality: float = 0.9) -> tuple[ImageRecord, dict[str, Rgba]]:
    pixels = {cutout_id(label, one): one for one in pictures}
    rows = tuple(
        Cutout(key, label, one.shape[1], one.shape[0], 2000, SourceRef(name, "/set"), {"mask": quality})
        for key, one in pixels.items()
    )
    looks = tuple(alike.look(one) for one in pixels.values())
    seen = tuple(SeenObject(label, 0.1, 60, 0.5, 0.5) for _ in rows)
    return ImageRecord("/set", name, {"image": "1"}, rows, looks, seen), pixels


def test_of_lookalikes_only_the_best_is_used(tmp_path: Path) -> None:
    first = picture(1)
    writer = BankWriter(tmp_path / "bank")
    writer.add(*record("a.png", first, picture(2), quality=0.8))
    writer.add(*record("b.png", noisy(first), quality=0.9))
    writer.add(*record("c.png", first, label="cat"))
    bank = writer.finish(NO_LIMITS)
    best = cutout_id("dog", noisy(first))
    rows = {one.id: one for one in bank.cutouts}
    worse = rows[cutout_id("dog", first)]
    assert (worse.accepted, worse.group, rows[best].group) == (False, best, best)
    assert worse.reasons == (f"looks like {best}, which is better",)
    assert rows[cutout_id("dog", picture(2))].group == ""
    assert rows[cutout_id("cat", first)].accepted
    assert sum(one.accepted for one in bank.cutouts) == 3


def test_a_rejected_lookalike_never_stands_for_a_good_one(tmp_path: Path) -> None:
    first = picture(1)
    writer = BankWriter(tmp_path / "bank")
    (bad, pixels), (good, more) = record("a.png", first), record("b.png", noisy(first), quality=0.5)
    bad = replace(bad, cutouts=tuple(replace(one, area=10) for one in bad.cutouts))
    writer.add(bad, pixels)
    writer.add(good, more)
    bank = writer.finish(QualityLimits(min_area=100))
    assert [one.id for one in bank.usable()] == [good.cutouts[0].id]


def test_pictures_of_another_size_or_turned_are_not_alike() -> None:
    first = picture(1)
    rows, looks = [], {}
    for one in (first, picture(1, 90), first[:, ::-1], picture(3)):
        key = cutout_id("dog", one)
        rows.append(Cutout(key, "dog", one.shape[1], one.shape[0], 100, SourceRef("a")))
        looks[key] = alike.look(one)
    assert alike.groups(rows, looks) == {}


def test_the_same_pixels_of_two_images_are_one_row(tmp_path: Path) -> None:
    writer = BankWriter(tmp_path / "bank")
    for name in ("a.png", "b.png"):
        writer.add(*record(name, picture(1)))
    assert len(writer.finish().cutouts) == 1
    assert open_bank(tmp_path / "bank").label_counts == {"dog": 2}


def test_what_was_added_is_known_to_the_next_writer_even_without_an_end(tmp_path: Path) -> None:
    writer = BankWriter(tmp_path / "bank")
    one, pixels = record("a.png", picture(1))
    writer.add(one, pixels)
    writer.close()
    assert open_bank(tmp_path / "bank").cutouts == ()
    again = BankWriter(tmp_path / "bank")
    assert again.known("/set", "a.png") == one
    assert again.known("/set", "b.png") is None
    again.forget("/set", "a.png")
    assert again.finish().cutouts == ()
    assert not list((tmp_path / "bank/cutouts").iterdir())


@pytest.mark.parametrize("tail", [b"", b'{"dataset": "/set", "im', b"\xff\x00\n", b'{"dataset": 1}\n'])
def test_a_torn_journal_is_read_up_to_the_tear_and_goes_on(tmp_path: Path, tail: bytes) -> None:
    writer = BankWriter(tmp_path / "bank")
    writer.add(*record("a.png", picture(1)))
    writer.close()
    journal = tmp_path / "bank/journal.jsonl"
    journal.write_bytes(journal.read_bytes() + tail)
    again = BankWriter(tmp_path / "bank")
    again.add(*record("b.png", picture(2)))
    again.close()
    assert [one.image for one in parse_journal(journal.read_bytes())[0]] == ["a.png", "b.png"]
    assert len(BankWriter(tmp_path / "bank").finish().cutouts) == 2


def test_another_bank_is_merged_in(tmp_path: Path) -> None:
    one, two = BankWriter(tmp_path / "one"), BankWriter(tmp_path / "two")
    one.add(*record("a.png", picture(1)))
    mine = one.finish()
    two.add(*record("a.png", picture(4)))
    two.add(*record("b.png", picture(2), picture(3)))
    theirs = two.finish()
    kept, lost = theirs.cutouts[1:]
    theirs.with_states({kept.id: (False, "ugly")}).save()
    theirs.path(lost).unlink()
    writer = BankWriter(tmp_path / "one")
    problems = writer.merge(tmp_path / "two")
    bank = writer.finish()
    assert [one.id for one in bank.cutouts] == [mine.cutouts[0].id, kept.id]
    assert bank.cutouts[1].reasons == ("ugly",)
    assert np.array_equal(bank.read(bank.cutouts[1]), theirs.read(kept))
    assert len(problems) == 1
    assert lost.id in problems[0]


def test_damaged_sources_are_told(tmp_path: Path) -> None:
    BankWriter(tmp_path / "bank").finish()
    for text, words in (
        ("{", "is not the sources"),
        ('{"format": "anylabel-plus bank sources", "version": 1}', "damaged"),
    ):
        (tmp_path / "bank/sources.json").write_text(text)
        with pytest.raises(UserError, match=words):
            BankWriter(tmp_path / "bank")
