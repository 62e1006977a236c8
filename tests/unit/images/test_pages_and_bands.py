"""TIFF files of all layouts, pages and bands of choice, frames of animations."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiff_writer import Layout, write_tiff

from anylabel_plus import images
from anylabel_plus.core.errors import UserError
from anylabel_plus.images import Choice

RANDOM = np.random.default_rng(5)
KINDS = ["u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8", "f2"]


def values(kind: str, shape: tuple[int, ...] = (37, 53, 5)) -> np.ndarray:
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        return RANDOM.normal(size=shape).astype(dtype)
    limits = np.iinfo(dtype)
    return RANDOM.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


def shown(band: np.ndarray) -> np.ndarray:
    """What the rule of the package says of one band, worked out the plain way."""
    if band.dtype == np.uint8:
        return band
    ordered = np.sort(band[np.isfinite(band)].reshape(-1).astype(float))
    cut = int(ordered.size * 0.001)
    low, high = ordered[cut], ordered[-1 - cut]
    return np.rint((np.clip(band.astype(float), low, high) - low) * (255 / (high - low))).astype(np.uint8)


def close(got: np.ndarray, wanted: np.ndarray) -> bool:
    return bool(np.abs(got.astype(int) - wanted).max() <= 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_number_type_and_byte_order(tmp_path: Path, kind: str, order: str) -> None:
    array = values(kind)
    path = write_tiff(tmp_path / "a.tif", array, layout=Layout(order=order))
    got = images.load(path)
    assert all(close(got[..., n], shown(array[..., n])) for n in range(3))
    grey = write_tiff(tmp_path / "b.tif", array[..., 0], layout=Layout(order=order))
    assert close(images.load(grey)[..., 0], shown(array[..., 0]))


@pytest.mark.parametrize("compression", ["none", "lzw", "deflate", "packbits"])
@pytest.mark.parametrize(("kind", "predictor"), [("u1", 1), ("u2", 2), ("f4", 3), ("i4", 2)])
def test_every_layout(tmp_path: Path, compression: str, kind: str, predictor: int) -> None:
    array = values(kind)
    for n, (separate, tile, big) in enumerate(product((False, True), (None, (16, 32)), (False, True))):
        layout = Layout(compression, predictor, separate, tile, rows=10, big=big, order="<>"[n % 3 == 0])
        path = write_tiff(tmp_path / f"{n}.tif", array, layout=layout)
        loaded = images.load_deep(path, Choice(0, (4, 0, 2)), keep_pixels=10_000)
        if kind == "u1":
            assert np.array_equal(loaded.pixels, array[..., [4, 0, 2]])
        else:
            assert loaded.values is not None and np.array_equal(loaded.values, array[..., [4, 0, 2]])


def test_one_band_is_grey_and_bands_that_are_not_there_are_said(tmp_path: Path) -> None:
    array = values("u1")
    path = write_tiff(tmp_path / "a.tif", array)
    assert images.extent(path) == images.Extent(1, 5)
    assert np.array_equal(images.load(path, Choice(bands=(3,))), np.repeat(array[..., 3:4], 3, axis=2))
    assert np.array_equal(images.load(path), array[..., :3])
    with pytest.raises(UserError, match="no band 6, only 5"):
        images.load(path, Choice(bands=(5,)))
    with pytest.raises(UserError, match="no page 2, only 1"):
        images.load(path, Choice(1))
    with pytest.raises(ValueError, match="one or three bands"):
        Choice(bands=(1, 2))


def test_two_bands_are_shown_one_at_a_time_unless_the_second_is_alpha(tmp_path: Path) -> None:
    array = values("u1", (8, 9, 2))
    path = write_tiff(tmp_path / "a.tif", array)
    assert images.extent(path).bands == 2
    assert np.array_equal(images.load(path)[..., 1], array[..., 0])
    alpha = write_tiff(tmp_path / "b.tif", array.astype(np.uint16) * 257, layout=Layout(extra=(2,)))
    assert images.extent(alpha).bands == 1
    share = array[..., 1] / 255
    assert np.abs(images.load(alpha)[..., 0] - (array[..., 0] * share + 255 * (1 - share))).max() <= 1.1


def test_16_bit_rgba_keeps_its_colours(tmp_path: Path) -> None:
    array = values("u2", (8, 9, 4))
    array[..., 3] = 65535
    path = write_tiff(tmp_path / "a.tif", array, layout=Layout(photometric=2, extra=(2,)))
    assert close(images.load(path), np.rint(array[..., :3] / 257).astype(np.uint8))
    assert images.extent(path).bands == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_bands(tmp_path: Path, orientation: int) -> None:
    array = values("u2")
    path = write_tiff(tmp_path / "a.tif", array, layout=Layout(orientation=orientation))
    turned = array.swapaxes(0, 1) if orientation >= 5 else array
    down, across = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    expected = turned[:: -1 if down else 1, :: -1 if across else 1]
    loaded = images.load_deep(path, Choice(bands=(0, 1, 2)), keep_pixels=10_000)
    assert loaded.values is not None and np.array_equal(loaded.values, expected[..., :3])
    assert loaded.pixels.shape[:2] == expected.shape[:2]
    facts = images.probe(path)
    assert (facts.height, facts.width) == expected.shape[:2]


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
@pytest.mark.parametrize("big", [False, True])
def test_pages_of_the_first_ones_size_can_be_chosen(tmp_path: Path, kind: str, big: bool) -> None:
    stack = values(kind, (4, 20, 30))
    path = write_tiff(tmp_path / "a.tif", stack[0], stack[1, :5, :6], stack[2], stack[3], layout=Layout(big=big))
    assert images.extent(path) == images.Extent(3, 1)
    for page, array in ((0, stack[0]), (1, stack[2]), (2, stack[3])):
        assert close(images.load(path, Choice(page))[..., 0], shown(array))
    with pytest.raises(UserError, match="no page 4, only 3"):
        images.load(path, Choice(3))


def test_pages_written_by_pillow(tmp_path: Path) -> None:
    pages = [Image.fromarray(values("u1", (20, 30, 3))) for _ in range(3)]
    for compression in ("tiff_lzw", "jpeg", "raw"):
        path = tmp_path / f"{compression}.tif"
        pages[0].save(path, save_all=True, append_images=pages[1:], compression=compression)
        assert images.extent(path) == images.Extent(3, 1)
        with Image.open(path) as image:
            image.seek(2)
            assert np.array_equal(images.load(path, Choice(2)), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif"])
def test_frames_of_animations_are_pages(tmp_path: Path, ending: str) -> None:
    pages = [Image.new("RGB", (16, 12), colour) for colour in ("red", "lime", "blue")]
    path = tmp_path / f"a.{ending}"
    pages[0].save(path, save_all=True, append_images=pages[1:], duration=50)
    assert images.extent(path) == images.Extent(3, 1)
    for page, channel in enumerate((0, 1, 2)):
        assert int(images.load(path, Choice(page))[5, 5].argmax()) == channel
    with pytest.raises(UserError, match="no page 4"):
        images.load(path, Choice(3))


def test_channels_of_ordinary_pictures_can_be_looked_at(tmp_path: Path) -> None:
    array = values("u1", (9, 8, 3))
    Image.fromarray(array).save(tmp_path / "a.png")
    Image.fromarray(array).save(tmp_path / "a.tif")
    for name in ("a.png", "a.tif"):
        assert np.array_equal(images.load(tmp_path / name, Choice(bands=(2,)))[..., 0], array[..., 2])
        assert np.array_equal(images.load(tmp_path / name, Choice(bands=(2, 1, 0))), array[..., ::-1])


def test_avif_and_jpeg_2000(tmp_path: Path) -> None:
    smooth = np.asarray(Image.fromarray(values("u1", (4, 6, 3))).resize((48, 32), Image.Resampling.BICUBIC))
    for name in ("a.avif", "a.jp2"):
        Image.fromarray(smooth).save(tmp_path / name)
        assert np.abs(images.load(tmp_path / name).astype(int) - smooth).mean() < 4
        assert Path(name).suffix in images.EXTENSIONS


def test_a_cut_tiff_of_many_bands_is_an_error(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", values("u2"), layout=Layout("lzw", rows=8))
    data = path.read_bytes()
    for cut in range(0, len(data) - 16, 97):  # the last bytes only say that no page follows
        path.write_bytes(data[:cut])
        with pytest.raises(UserError):
            images.load(path)


def test_what_lies_behind_the_eight_bits_is_kept_on_request(tmp_path: Path) -> None:
    array = values("u2", (20, 30))
    path = write_tiff(tmp_path / "a.tif", array)
    loaded = images.load_deep(path, keep_pixels=600)
    assert loaded.values is not None and np.array_equal(loaded.values, array)
    (window,) = loaded.windows
    assert window.low == array.min() and window.high == array.max()
    assert images.load_deep(path, keep_pixels=599).values is None
    assert np.array_equal(loaded.pixels, images.load(path))
    eight = write_tiff(tmp_path / "b.tif", values("u1", (20, 30)))
    assert images.load_deep(eight, keep_pixels=600).windows == ()
