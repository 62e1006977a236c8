"""Thumbnails are read from disk the second time, made anew for a changed image, and bounded."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import shiboken6
from PySide6.QtWidgets import QApplication

from anylabel_plus import images
from anylabel_plus.ui.panels import file_facts
from anylabel_plus.ui.panels.file_facts import THUMB_H, THUMB_W, kept_thumb
from anylabel_plus.ui.panels.thumb_store import ThumbStore


def picture(path: Path, value: int) -> Path:
    path.write_bytes(images.encode_png(np.full((90, 120, 3), value, np.uint8)))
    return path


def stored(home: Path) -> list[Path]:
    return sorted((home / "cache" / "thumbs").rglob("*.jpg"))


def test_the_second_look_reads_no_image(
    home: Path, tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = picture(tmp_path / "a.png", 200)
    first = kept_thumb(path, ThumbStore())
    assert first is not None
    assert len(stored(home)) == 1
    monkeypatch.setattr(file_facts, "read_thumb", lambda _: pytest.fail("the image was read again"))
    again = kept_thumb(path, ThumbStore())
    assert again is not None
    assert (again.width(), again.height()) == (THUMB_W, THUMB_H)
    assert abs(again.pixelColor(30, 20).red() - 200) <= 3


def test_a_changed_image_has_another_thumb(tmp_path: Path, qapp: QApplication) -> None:
    path = picture(tmp_path / "a.png", 200)
    kept_thumb(path, ThumbStore())
    picture(path, 20)
    os.utime(path, ns=(1, 1))
    thumb = kept_thumb(path, ThumbStore())
    assert thumb is not None
    assert abs(thumb.pixelColor(30, 20).red() - 20) <= 3


def test_the_oldest_go_when_there_are_too_many(home: Path, tmp_path: Path, qapp: QApplication) -> None:
    store = ThumbStore(most=10)
    paths = [picture(tmp_path / f"{n}.png", n) for n in range(12)]
    for number, path in enumerate(paths):
        kept_thumb(path, store)
        newest = max(stored(home), key=lambda one: one.stat().st_mtime_ns)
        os.utime(newest, (number + 1, number + 1))
    store.prune()
    assert len(stored(home)) == 8
    assert store.get(paths[0]) is None
    assert store.get(paths[11]) is not None


def test_broken_entries_and_missing_images_are_no_error(home: Path, tmp_path: Path, qapp: QApplication) -> None:
    path = picture(tmp_path / "a.png", 200)
    kept_thumb(path, ThumbStore())
    stored(home)[0].write_bytes(b"broken")
    assert kept_thumb(path, ThumbStore()) is not None
    assert kept_thumb(tmp_path / "none.png", ThumbStore()) is None


def test_a_reader_that_outlives_its_window_ends_quietly(home: Path, qapp: QApplication, tmp_path: Path) -> None:
    shared = file_facts._Shared()
    reader = file_facts.FactsReader()
    ready = reader.ready
    shiboken6.delete(reader)
    shared.wanted = [SimpleNamespace(image=tmp_path / "gone.png", label=tmp_path / "gone.json")]  # type: ignore[list-item]
    file_facts._work(shared, ready)  # as its thread does, with the window gone
    assert shared.wanted == [] and not shared.closed
