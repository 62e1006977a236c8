"""Pictures too large for memory: made into levels by a process of its own, equal to what the loader gives."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tiff_writer import Layout, write_tiff

from anylabel_plus import images
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.images import Choice, pyramid, pyramid_build, rows, tiff
from anylabel_plus.images.choice import FIRST

RANDOM = np.random.default_rng(3)
SMOOTH = np.asarray(
    Image.fromarray(RANDOM.integers(0, 256, (9, 11, 3), dtype=np.uint8)).resize((1501, 1203), Image.Resampling.BICUBIC)
)


@pytest.fixture(autouse=True)
def small_stripes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "STRIPE_BYTES", 1500 * 3 * 100)
    monkeypatch.setattr(pyramid_build, "STRIPE_BYTES", 1500 * 3 * 100)
    monkeypatch.setattr(tiff, "_SHORT_STRIP_BYTES", 1 << 17)


def written(path: Path, folder: Path, choice: Choice = FIRST) -> pyramid.Pyramid:
    """The pyramid made in this process, so that the size of the stripes is that of the test."""
    layout = pyramid.layout_of(images.probe(path))
    folder.mkdir()
    pyramid_build.write_levels(path, choice, folder, layout, lambda top, part: None)
    return pyramid.Pyramid(folder, layout)


def whole(levels: pyramid.Pyramid, level: int = 0) -> np.ndarray:
    return levels.read(level, (0, 0, *levels.sizes[level]))


def png(depth: int, colour: str) -> tuple[Any, dict[str, Any]]:
    grey = Image.fromarray(SMOOTH).convert("L")
    if colour == "P":
        return Image.fromarray(SMOOTH).quantize(1 << depth), {"bits": depth}
    if colour == "key":
        return Image.fromarray(SMOOTH), {"transparency": tuple(SMOOTH[5, 5].tolist())}
    if colour == "LA":
        return Image.merge("LA", (grey, grey)), {}
    if depth == 16:
        return np.asarray(grey).astype(np.uint16) * 200, {}
    return grey if depth == 8 else grey.convert("1"), {}


@pytest.mark.parametrize(
    ("depth", "colour"), [(8, "L"), (1, "L"), (16, "L"), (8, "P"), (2, "P"), (8, "LA"), (8, "key")]
)
def test_png_rows_are_what_the_loader_gives(tmp_path: Path, depth: int, colour: str) -> None:
    image, options = png(depth, colour)
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(tmp_path / "a.png", **options)
    got = whole(written(tmp_path / "a.png", tmp_path / "out")).astype(int)
    # The darkest and brightest thousandth of 16 bits are estimated from a part of the pixels.
    assert np.abs(got - images.load(tmp_path / "a.png")).max() <= (3 if depth == 16 else 0)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_png_colours_with_every_filter(tmp_path: Path, channels: int, kind: type) -> None:
    import cv2

    alpha = np.full((*SMOOTH.shape[:2], 1), 255, np.uint8)
    array = np.concatenate((SMOOTH, alpha), axis=2)[..., :channels].astype(kind)
    array = array * 257 if kind is np.uint16 else array
    array = array.astype(kind)
    ok, data = cv2.imencode(".png", array, [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_ALL_FILTERS])
    assert ok
    (tmp_path / "a.png").write_bytes(bytes(data))
    got = whole(written(tmp_path / "a.png", tmp_path / "out"))
    assert np.array_equal(got, images.load(tmp_path / "a.png"))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_upright_in_every_orientation_whole_and_in_parts(tmp_path: Path, kind: str, orientation: int) -> None:
    path = tmp_path / "a.img"
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(SMOOTH[:401, :503]).save(path, format=kind, exif=exif)
    wanted = images.load(path)
    levels = written(path, tmp_path / "out")
    assert (levels.width, levels.height) == wanted.shape[1::-1]
    assert np.array_equal(whole(levels), wanted)
    assert np.array_equal(levels.read(0, (30, 55, 200, 300)), wanted[55:300, 30:200])


@pytest.mark.parametrize(
    "layout",
    [Layout(), Layout("lzw", 2, rows=64), Layout("deflate", tile=(64, 48)), Layout("packbits", separate=True, rows=31)],
)
def test_tiff_bands(tmp_path: Path, layout: Layout) -> None:
    array = np.concatenate((SMOOTH, SMOOTH[..., ::-1]), axis=2)[:700, :900]
    path = write_tiff(tmp_path / "a.tif", array, layout=layout)
    for n, choice in enumerate((FIRST, Choice(bands=(5, 0, 1)), Choice(bands=(4,)))):
        got = whole(written(path, tmp_path / f"out{n}", choice))
        assert np.array_equal(got, images.load(path, choice))


def test_tiff_pages_and_deep_values(tmp_path: Path) -> None:
    stack = [np.ascontiguousarray(SMOOTH[:300, :400, n]).astype(np.float32) ** 1.5 for n in range(3)]
    path = write_tiff(tmp_path / "a.tif", *stack, layout=Layout("lzw", 3, rows=16))
    got = whole(written(path, tmp_path / "out", Choice(2)))
    assert np.abs(got.astype(int) - images.load(path, Choice(2))).max() <= 3


def test_jpeg_in_tiff(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(SMOOTH).save(path, compression="jpeg", quality=90)
    assert np.abs(whole(written(path, tmp_path / "out")).astype(int) - images.load(path)).max() <= 1


def test_levels_halve_down_to_a_screen(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(SMOOTH).save(path)
    levels = written(path, tmp_path / "out")
    assert levels.sizes == [(1501, 1203), (751, 602)]
    expected = SMOOTH[:1202, :1500].reshape(601, 2, 750, 2, 3).mean(axis=(1, 3))
    assert np.abs(whole(levels, 1)[:601, :750] - expected).max() <= 0.51


def test_built_by_a_process_of_its_own_once(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(SMOOTH).save(path)
    layout = pyramid.layout_of(images.probe(path))
    assert pyramid_build.can_build(path, FIRST) and pyramid.open_pyramid(path) is None
    parts: list[tuple[int, np.ndarray]] = []
    built = pyramid_build.build(path, FIRST, layout, lambda top, part: parts.append((top, part)), lambda: False)
    assert np.array_equal(whole(built), SMOOTH)
    assert sum(len(part) for _, part in parts) >= 1203
    again = pyramid.open_pyramid(path)
    assert again is not None and np.array_equal(again.read(0, (3, 4, 9, 8)), SMOOTH[4:8, 3:9])
    (again.folder / "level0.rgb").unlink()
    with pytest.raises(UserError, match="cannot be read"):
        again.read(0, (3, 4, 9, 8))
    os.utime(path, (1, 1))  # another file now
    assert pyramid.open_pyramid(path) is None
    assert [folder.name.count(".") for folder in pyramid.cache_folder().iterdir()] == [0]


def test_a_stop_and_a_damaged_file_leave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(SMOOTH).save(path)
    layout = pyramid.layout_of(images.probe(path))
    with pytest.raises(Cancelled):
        pyramid_build.build(path, FIRST, layout, lambda top, part: None, lambda: True)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match=r"damaged .the file is cut short"):
        pyramid_build.build(path, FIRST, layout, lambda top, part: None, lambda: False)
    assert list(pyramid.cache_folder().iterdir()) == []


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cut_files_are_errors(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.img"
    Image.fromarray(SMOOTH).save(path, format=kind, **({"quality": 95} if kind == "JPEG" else {}))
    data = path.read_bytes()
    layout = pyramid.layout_of(images.probe(path))
    path.write_bytes(data[: len(data) * 2 // 3] if kind == "JPEG" else data[:-3000])
    with pytest.raises(UserError):
        pyramid_build.build(path, FIRST, layout, lambda top, part: None, lambda: False)


def test_what_cannot_be_read_in_parts(tmp_path: Path) -> None:
    image = Image.fromarray(SMOOTH)
    image.save(tmp_path / "p.jpg", progressive=True)
    image.save(tmp_path / "b.jpg")
    image.save(tmp_path / "w.webp")
    image.convert("CMYK").save(tmp_path / "c.tif")
    can = {name: pyramid_build.can_build(tmp_path / name, FIRST) for name in ("p.jpg", "b.jpg", "w.webp", "c.tif")}
    assert can == {"p.jpg": False, "b.jpg": True, "w.webp": False, "c.tif": False}


def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(SMOOTH).save(path)
    monkeypatch.setattr(pyramid, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(UserError, match=r"needs 0\.0 GB"):
        pyramid_build.build(path, FIRST, pyramid.Layout(1501, 1203, 1), lambda top, part: None, lambda: False)


def test_the_oldest_pyramids_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = pyramid.Layout(100, 100, 1)
    for n, name in enumerate(("old", "new")):
        folder = pyramid.cache_folder() / name
        folder.mkdir(parents=True)
        (folder / "level0.rgb").write_bytes(bytes(layout.size_bytes))
        os.utime(folder, (n, n))
    left = pyramid.cache_folder() / "half.999999999"
    left.mkdir()
    monkeypatch.setattr(pyramid, "CACHE_BYTES", 2 * layout.size_bytes)
    pyramid.make_room(layout, tmp_path / "a.png")
    assert [folder.name for folder in pyramid.cache_folder().iterdir()] == ["new"]


def test_a_reduced_huge_image_comes_from_its_pyramid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(SMOOTH).save(path)
    wanted = images.load_reduced(path, 300)[0].astype(int)
    monkeypatch.setattr(images, "HUGE_PIXELS", 1_000_000)
    assert not images.reduces_quickly(path)
    layout = pyramid.layout_of(images.probe(path))
    pyramid_build.build(path, FIRST, layout, lambda top, part: None, lambda: False)
    assert images.reduces_quickly(path)
    monkeypatch.setattr(images, "_load", lambda *_: pytest.fail("the whole image was read"))
    got, facts = images.load_reduced(path, 300)
    assert (facts.width, facts.height) == (1501, 1203)
    assert got.shape == wanted.shape and np.abs(got - wanted).max() <= 6
