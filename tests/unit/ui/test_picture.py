"""Pictures: levels, previews, and the loader's threads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from anylabel_plus import images
from anylabel_plus.ui import picture_reading as module
from anylabel_plus.ui.picture import Picture, build_picture, build_preview
from anylabel_plus.ui.picture_loader import PictureLoader


def gradient(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack((x % 256, y % 256, (x + y) % 256), axis=2).astype(np.uint8)


def test_levels_halve_exactly_and_keep_the_colours() -> None:
    pixels = np.zeros((1201, 1601, 3), np.uint8)
    pixels[:, :801] = (250, 10, 20)
    pixels[:, 801:] = (10, 20, 250)
    picture = build_picture(pixels)
    assert [level.pixels.shape[:2] for level in picture.levels] == [(1201, 1601), (601, 801), (301, 401)]
    assert [level.fx for level in picture.levels] == [1, 2, 4]
    small = picture.levels[2].pixels
    assert small[150, 10].tolist() == [250, 10, 20]
    assert small[150, 390].tolist() == [10, 20, 250]
    assert small[300, 400].tolist() == [10, 20, 250], "the odd last row and column"


def test_the_level_has_at_least_the_detail_asked_for() -> None:
    picture = build_picture(gradient(2100, 1600))
    for scale in (0.05, 0.2, 0.25, 0.3, 0.5, 0.51, 0.9, 1.0, 8.0):
        level = picture.level_for(scale)
        smallest = level is picture.levels[-1]
        assert level.fx * scale <= 1.01 or level is picture.levels[0]
        assert smallest or level.fx * 2 * scale > 1.0


def test_memory_of_a_large_picture_is_bounded() -> None:
    picture = build_picture(np.zeros((3000, 4000, 3), np.uint8))
    assert picture.size_bytes <= 4.01 * 4000 * 3000


def test_a_preview_stands_for_the_whole_image() -> None:
    preview = build_preview(gradient(300, 200), 3000, 2000)
    assert not preview.complete and preview.level0 is None
    assert (preview.width, preview.height) == (3000, 2000)
    assert preview.level_for(4.0).fx == 10


def test_thumbnail_is_rgb_of_the_size_asked_for() -> None:
    pixels = np.zeros((1000, 2000, 3), np.uint8)
    pixels[:] = (200, 100, 50)
    small = build_picture(pixels).thumbnail(88)
    assert small.shape == (44, 88, 3)
    assert small[20, 40].tolist() == [200, 100, 50]


def write(path: Path, width: int, height: int) -> Path:
    path.write_bytes(images.encode_png(gradient(width, height)))
    return path


@pytest.fixture
def loader(qtbot: QtBot) -> PictureLoader:
    made = PictureLoader()
    yield made
    made.close()


def test_loads_in_a_thread(qtbot: QtBot, loader: PictureLoader, tmp_path: Path) -> None:
    path = write(tmp_path / "ảnh số 1.png", 60, 40)
    with qtbot.waitSignal(loader.loaded, timeout=10_000) as answer:
        loader.load(path)
    found, picture = answer.args
    assert found == path
    assert isinstance(picture, Picture) and picture.complete
    assert np.array_equal(picture.level0, gradient(60, 40))


def test_big_images_show_a_preview_first(
    qtbot: QtBot, loader: PictureLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PREVIEW_FROM_PX", 1000)
    monkeypatch.setattr(module, "PREVIEW_SIDE_PX", 100)
    path = tmp_path / "a.jpg"
    path.write_bytes(images.encode_jpeg(gradient(800, 600)))
    seen: list[Picture] = []
    loader.loaded.connect(lambda _, picture: seen.append(picture))
    loader.load(path)
    qtbot.waitUntil(lambda: len(seen) == 2, timeout=10_000)
    assert [picture.complete for picture in seen] == [False, True]
    assert {(picture.width, picture.height) for picture in seen} == {(800, 600)}


def test_the_newest_request_wins(qtbot: QtBot, loader: PictureLoader, tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.png", 300, 200 + n) for n in range(8)]
    seen: list[Path] = []
    loader.loaded.connect(lambda path, _: seen.append(path))
    for path in paths:
        loader.load(path)
    qtbot.waitUntil(lambda: paths[-1] in seen, timeout=10_000)
    assert len(seen) < len(paths)
    assert seen[-1] == paths[-1]


@pytest.mark.parametrize("data", [b"", b"no image at all", None])
def test_what_cannot_be_shown_is_said(qtbot: QtBot, loader: PictureLoader, tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "broken.png"
    if data is not None:
        path.write_bytes(data)
    with qtbot.waitSignal(loader.failed, timeout=10_000) as answer:
        loader.load(path)
    assert answer.args[0] == path
    assert "broken.png" in answer.args[1]


def test_neighbours_are_read_ahead(
    qtbot: QtBot, loader: PictureLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = write(tmp_path / "1.png", 50, 40), write(tmp_path / "2.png", 50, 40)
    with qtbot.waitSignal(loader.loaded, timeout=10_000):
        loader.load(first)
    loader.prefetch([second])
    qtbot.waitUntil(lambda: loader._kept_picture((second, images.FIRST)) is not None, timeout=10_000)
    monkeypatch.setattr(images, "load_deep", lambda path, *_, **__: pytest.fail(f"{path} was read again"))
    with qtbot.waitSignal(loader.loaded, timeout=10_000) as answer:
        loader.load(second)
    assert answer.args[0] == second


def test_a_changed_file_is_read_again(qtbot: QtBot, loader: PictureLoader, tmp_path: Path) -> None:
    path = write(tmp_path / "1.png", 50, 40)
    with qtbot.waitSignal(loader.loaded, timeout=10_000):
        loader.load(path)
    write(path, 70, 40)
    with qtbot.waitSignal(loader.loaded, timeout=10_000) as answer:
        loader.load(path)
    assert answer.args[1].width == 70


def test_a_file_that_is_written_while_it_is_read_is_read_again(
    qtbot: QtBot, loader: PictureLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, load = write(tmp_path / "1.png", 50, 40), images.load_deep

    def load_then_write(asked: Path, choice: images.Choice, *, keep_pixels: int) -> images.Loaded:
        loaded = load(asked, choice, keep_pixels=keep_pixels)
        write(path, 70, 40)
        return loaded

    monkeypatch.setattr(images, "load_deep", load_then_write)
    for width in (50, 70):
        with qtbot.waitSignal(loader.loaded, timeout=10_000) as answer:
            loader.load(path)
        assert answer.args[1].width == width


def test_a_request_right_after_the_answer_is_answered_too(qtbot: QtBot, loader: PictureLoader, tmp_path: Path) -> None:
    path = write(tmp_path / "1.png", 50, 40)
    answers: list[Path] = []

    def ask_again(found: Path) -> None:
        answers.append(found)
        if len(answers) == 1:
            loader.load(path)

    # In the thread of the loader, before it has put the first request away.
    loader.loaded.connect(lambda found, _: ask_again(found), Qt.ConnectionType.DirectConnection)
    loader.load(path)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=10_000)
