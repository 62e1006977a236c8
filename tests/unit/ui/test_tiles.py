"""A huge picture in the window: made once, shown at once, read in tiles, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from anylabel_plus import images
from anylabel_plus.images import pyramid, pyramid_build
from anylabel_plus.ui import tiles as module
from anylabel_plus.ui.picture import Picture
from anylabel_plus.ui.picture_loader import PictureLoader
from anylabel_plus.ui.tiles import TiledLevel

WIDTH, HEIGHT = 5200, 3100
RAMP = np.stack(
    np.broadcast_arrays(
        (np.arange(WIDTH) // 3 % 256).astype(np.uint8)[None, :],
        (np.arange(HEIGHT) // 5 % 256).astype(np.uint8)[:, None],
        np.uint8(90),
    ),
    axis=2,
)


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> Iterator[PictureLoader]:
    monkeypatch.setattr(pyramid, "HUGE_PIXELS", 1_000_000)
    loader = PictureLoader()
    yield loader
    loader.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("huge") / "huge.png"
    path.write_bytes(images.encode_png(RAMP, compression=1))
    return path


def load(qtbot: QtBot, loader: PictureLoader, path: Path) -> list[Picture]:
    seen: list[Picture] = []
    loader.loaded.connect(lambda _, picture: seen.append(picture))
    loader.load(path)
    qtbot.waitUntil(lambda: bool(seen) and seen[-1].complete, timeout=60_000)
    return seen


def sharp(qtbot: QtBot, picture: Picture, box: tuple[int, int, int, int]) -> np.ndarray:
    """The box of the full picture, once its tiles have come."""
    level = picture.levels[0]
    assert isinstance(level, TiledLevel)
    level.crop(*box)
    qtbot.waitUntil(lambda: not level.tiles._waiting and level.tiles._thread is None, timeout=10_000)
    return level.crop(*box)


def test_an_overview_fills_while_the_levels_are_made(qtbot: QtBot, loader: PictureLoader, file: Path) -> None:
    seen = load(qtbot, loader, file)
    assert len(seen) >= 2 and not seen[0].complete
    assert {(picture.width, picture.height) for picture in seen} == {(WIDTH, HEIGHT)}
    picture = seen[-1]
    assert picture.huge and picture.level0 is None and picture.levels[-1].width <= 1300
    assert picture.size_bytes < 12_000_000
    again = load(qtbot, loader, file)
    assert [one.complete for one in again] == [True]


def test_what_is_not_there_yet_is_shown_coarse_and_becomes_exact(
    qtbot: QtBot, loader: PictureLoader, file: Path
) -> None:
    picture = load(qtbot, loader, file)[-1]
    box = (2500, 1000, 3700, 2000)
    with qtbot.waitSignal(loader.part_ready, timeout=10_000) as told:
        first = picture.levels[0].crop(*box).astype(int)
    shown, came = told.args
    assert shown is picture and 0 <= came[0] < came[2] <= WIDTH and 0 <= came[1] < came[3] <= HEIGHT
    wanted = RAMP[1000:2000, 2500:3700]
    assert np.median(np.abs(first - wanted)) <= 3
    assert np.array_equal(sharp(qtbot, picture, (2510, 1010, 3690, 1990)), RAMP[1010:1990, 2510:3690])
    assert picture.values_at(2600, 1500) == tuple(RAMP[1500, 2600])
    assert picture.values_at(-1, 0) == ()


def test_tiles_in_memory_are_bounded(
    qtbot: QtBot, loader: PictureLoader, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEEP_BYTES", 5 * 512 * 512 * 3)
    picture = load(qtbot, loader, file)[-1]
    level = picture.levels[0]
    assert isinstance(level, TiledLevel)
    for x in range(0, WIDTH - 600, 500):
        assert np.array_equal(sharp(qtbot, picture, (x, 0, x + 600, 500)), RAMP[:500, x : x + 600])
        assert level.tiles._bytes <= 5 * 512 * 512 * 3


def test_the_next_image_ends_the_reading_of_a_huge_one(
    qtbot: QtBot, loader: PictureLoader, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[int] = []
    listen = pyramid_build._listen

    def told(*args: object) -> None:
        began.append(1)
        listen(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(pyramid_build, "_listen", told)
    small = tmp_path / "small.png"
    small.write_bytes(images.encode_png(RAMP[:50, :60]))
    loader.load(file)
    qtbot.waitUntil(lambda: bool(began), timeout=10_000)
    with qtbot.waitSignal(loader.loaded, timeout=10_000, check_params_cb=lambda path, _: path == small):
        loader.load(small)
    assert list(pyramid.cache_folder().iterdir()) == []


def test_a_damaged_huge_file_is_said(qtbot: QtBot, loader: PictureLoader, file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    path = tmp_path / "cut.png"
    path.write_bytes(data[: len(data) // 2])
    with qtbot.waitSignal(loader.failed, timeout=20_000) as answer:
        loader.load(path)
    assert "cut short" in answer.args[1] and "cut.png" in answer.args[1]


def test_an_emptied_cache_leaves_the_coarse_picture(qtbot: QtBot, loader: PictureLoader, file: Path) -> None:
    picture = load(qtbot, loader, file)[-1]
    for path in pyramid.cache_folder().rglob("*.rgb"):
        path.unlink()
    level = picture.levels[0]
    assert isinstance(level, TiledLevel)
    level.crop(0, 0, 100, 100)
    qtbot.waitUntil(lambda: level.tiles.closed, timeout=5_000)
    assert level.crop(0, 0, 100, 100).shape == (100, 100, 3)
