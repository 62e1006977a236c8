"""The one loader: every file upright, 8-bit RGB, or a clear error."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from anylabel_plus import images
from anylabel_plus.core.errors import UserError

LOSSLESS = {"PNG": {}, "WEBP": {"lossless": True, "exact": True}, "TIFF": {}, "BMP": {}, "PPM": {}}


def picture(width: int = 48, height: int = 32, seed: int = 0) -> np.ndarray:
    """Smooth enough for JPEG, different in every corner and channel."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


PICTURE = picture()


def save(path: Path, array: Any, **options: Any) -> Path:
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    orientation = options.pop("orientation", None)
    if orientation:
        exif = Image.Exif()
        exif[274] = orientation
        options["exif"] = exif
    image.save(path, **options)
    return path


def check(array: np.ndarray) -> np.ndarray:
    assert array.dtype == np.uint8 and array.ndim == 3 and array.shape[2] == 3 and array.flags.c_contiguous
    return array


TURN = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}


# ---------------------------------------------------------------- upright


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_of_every_format_is_made_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    options = LOSSLESS.get(kind, {"quality": 98, "subsampling": 0})
    path = save(tmp_path / "a.img", PICTURE, format=kind, orientation=orientation, **options)
    expected = TURN[orientation](PICTURE)
    got = check(images.load(path))
    assert got.shape == expected.shape
    assert np.abs(got.astype(int) - expected).max() <= (0 if kind in LOSSLESS else 8)
    facts = images.probe(path)
    assert (facts.height, facts.width) == expected.shape[:2]
    assert (facts.raw_height, facts.raw_width) == PICTURE.shape[:2]
    assert (facts.orientation, facts.format, facts.mode) == (orientation, kind, "RGB")
    small, small_facts = images.load_reduced(path, 12)
    assert small_facts == facts and max(check(small).shape[:2]) == 12
    wanted = np.asarray(
        Image.fromarray(np.ascontiguousarray(expected)).resize(small.shape[1::-1], Image.Resampling.BOX)
    )
    assert np.abs(small.astype(int) - wanted).mean() < 12


@pytest.mark.parametrize("orientation", [5, 6, 8])
@pytest.mark.parametrize("mode", ["L", "I;16", "RGBA"])
def test_odd_modes_are_turned_too(tmp_path: Path, mode: str, orientation: int) -> None:
    grey = PICTURE[..., 0]
    array = {"L": grey, "I;16": grey.astype(np.uint16) * 257, "RGBA": np.dstack((PICTURE, np.full_like(grey, 255)))}[
        mode
    ]
    for kind in ("PNG", "TIFF"):
        path = save(tmp_path / f"a.{kind}", array, format=kind, orientation=orientation)
        expected = PICTURE if mode == "RGBA" else np.repeat(grey[..., None], 3, axis=2)
        assert np.array_equal(check(images.load(path)), TURN[orientation](expected))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def exif_bytes(orientation: int) -> bytes:
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 274, 3, 1, orientation, 0, 0)


def test_png_exif_behind_the_pixels_counts(tmp_path: Path) -> None:
    data = save(tmp_path / "a.png", PICTURE).read_bytes()
    (tmp_path / "late.png").write_bytes(data[:-12] + chunk(b"eXIf", exif_bytes(6)) + data[-12:])
    assert images.probe(tmp_path / "late.png").orientation == 6
    assert np.array_equal(images.load(tmp_path / "late.png"), np.rot90(PICTURE, -1))
    forged = chunk(b"eXIf", exif_bytes(6))[:-4] + b"\0\0\0\0"
    (tmp_path / "chance.png").write_bytes(data[:-12] + chunk(b"tEXt", b"a\0" + forged) + data[-12:])
    assert images.probe(tmp_path / "chance.png").orientation == 1


@pytest.mark.parametrize("value", [0, 9, 77])
def test_an_orientation_that_does_not_exist_is_ignored(tmp_path: Path, value: int) -> None:
    path = save(tmp_path / "a.jpg", PICTURE, orientation=value or 1)
    if value == 0:
        path.write_bytes(
            path.read_bytes().replace(b"\x12\x01\x03\0\x01\0\0\0\x01\0", b"\x12\x01\x03\0\x01\0\0\0\0\0", 1)
        )
    assert images.probe(path).orientation == 1
    assert images.load(path).shape == PICTURE.shape


def test_damaged_exif_does_not_hide_the_picture(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", PICTURE, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40)
    assert images.probe(path).orientation == 1
    assert images.load(path).shape == PICTURE.shape


# ---------------------------------------------------------------- large files go straight into our memory


@pytest.fixture
def straight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anylabel_plus.images.decode._STRAIGHT_SIZE", 48)


@pytest.mark.usefixtures("straight")
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_large_files_give_the_same_pixels(tmp_path: Path, orientation: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    paths = [
        save(tmp_path / f"größe {kind}", PICTURE, format=kind, orientation=orientation) for kind in ("JPEG", "TIFF")
    ]
    for name, array in (("grey.tif", PICTURE[..., 1]), ("deep.tif", PICTURE[..., 1].astype(np.uint16) * 200)):
        paths.append(save(tmp_path / name, array))
    deep = tmp_path / "deep colour.tif"
    assert cv2.imwrite(str(deep), PICTURE.astype(np.uint16) * 257)
    direct = [images.load(path) for path in (*paths, deep)]
    monkeypatch.setattr(sys, "platform", "win32")  # names beyond ASCII go through memory there
    monkeypatch.setattr("anylabel_plus.images.decode._STRAIGHT_SIZE", 1 << 40)
    for path, array in zip((*paths, deep), direct, strict=True):
        assert np.array_equal(images.load(path), array)


@pytest.mark.usefixtures("straight")
@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_large_damaged_files_are_errors(tmp_path: Path, kind: str) -> None:
    path = save(tmp_path / "a.img", picture(300, 200), format=kind)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    refused(path, "damaged")
    if kind == "JPEG":
        path.write_bytes(data.replace(b"\xff\xda", b"\xff\xda\0\x0c\x03\x09\x09\x09", 1))
        refused(path, "damaged")


# ---------------------------------------------------------------- modes


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
def test_grey(tmp_path: Path, kind: str) -> None:
    grey = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (16, 1))
    path = save(
        tmp_path / "a.img", grey, format=kind, **({"quality": 100} if kind == "JPEG" else LOSSLESS.get(kind, {}))
    )
    got = check(images.load(path))
    assert np.abs(got.astype(int) - grey[..., None]).max() <= (1 if kind == "JPEG" else 0)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_16_bit_grey_is_shown_from_its_lowest_to_its_highest_thousandth(tmp_path: Path, kind: str, order: str) -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    if kind == "PPM":
        path = tmp_path / "a.pgm"
        path.write_bytes(b"P5 256 256 65535\n" + values.astype(">u2").tobytes())
    elif order == ">u2" and kind == "TIFF":
        path = save(tmp_path / "a.tif", Image.frombytes("I;16B", (256, 256), values.astype(order).tobytes()))
    else:
        path = save(tmp_path / "a.img", values, format=kind)
    low, high = 65, 65535 - 65
    expected = np.rint((np.clip(values.astype(float), low, high) - low) * 255 / (high - low)).astype(np.uint8)
    assert np.array_equal(check(images.load(path)), np.repeat(expected[..., None], 3, axis=2))


def test_12_bit_colours_in_16_bits_use_the_whole_range(tmp_path: Path) -> None:
    values = np.arange(4096 * 3, dtype=np.uint16).reshape(64, 64, 3) // 3
    (tmp_path / "a.png").write_bytes(images.encode_png(values))
    assert np.array_equal(images.load(tmp_path / "a.png"), np.rint(values * (255 / 4095)).astype(np.uint8))
    values[0, 0] = 4096
    (tmp_path / "b.png").write_bytes(images.encode_png(values))
    assert images.load(tmp_path / "b.png").max() == 16


@pytest.mark.parametrize("channels", [3, 4])
def test_16_bit_colour(tmp_path: Path, channels: int) -> None:
    import cv2

    deep = np.random.default_rng(1).integers(0, 65536, (20, 30, channels), dtype=np.uint16)
    deep[..., 3:] = 65535
    path = tmp_path / "a.png"
    path.write_bytes(images.encode_png(deep))
    expected = np.rint(deep[..., :3] / 257).astype(np.uint8)
    assert np.array_equal(check(images.load(path)), expected)
    if channels == 3:
        tiff = tmp_path / "a.tif"
        assert cv2.imwrite(str(tiff), deep[..., ::-1])
        assert np.array_equal(images.load(tiff), expected)


def test_white_is_zero(tmp_path: Path) -> None:
    import cv2

    for values in (
        np.arange(256, dtype=np.uint8).reshape(16, 16),
        np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16),
    ):
        path = tmp_path / "a.tif"
        assert cv2.imwrite(str(path), values, [cv2.IMWRITE_TIFF_COMPRESSION, 1])
        data = path.read_bytes()
        tag = struct.pack("<HHIHH", 262, 3, 1, 1, 0)
        assert data.count(tag) == 1
        path.write_bytes(data.replace(tag, struct.pack("<HHIHH", 262, 3, 1, 0, 0)))
        # 16 bits of so few values are shown from the lowest to the highest.
        expected = np.arange(255, -1, -1, dtype=np.uint8).reshape(16, 16)
        assert np.array_equal(images.load(path)[..., 0], expected)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF"])
def test_palette(tmp_path: Path, kind: str) -> None:
    image = Image.fromarray(PICTURE).quantize(16)
    path = save(tmp_path / "a.img", image, format=kind)
    assert np.array_equal(check(images.load(path)), np.asarray(image.convert("RGB")))


def test_a_transparent_palette_entry_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("P", (2, 2))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    image.putdata([0, 1, 2, 1])
    got = images.load(save(tmp_path / "a.png", image, transparency=1))
    assert got.tolist() == [[[10, 20, 30], [255, 255, 255]], [[70, 80, 90], [255, 255, 255]]]
    got = images.load(save(tmp_path / "a.gif", image, transparency=1))
    assert got.tolist() == [[[10, 20, 30], [255, 255, 255]], [[70, 80, 90], [255, 255, 255]]]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_alpha_lies_on_white(tmp_path: Path, kind: str) -> None:
    alpha = np.tile(np.arange(0, 240, 5, dtype=np.uint8), (32, 1))
    path = save(tmp_path / "a.img", np.dstack((PICTURE, alpha)), format=kind, **LOSSLESS[kind])
    share = alpha[..., None] / 255
    expected = PICTURE * share + 255 * (1 - share)
    assert np.abs(check(images.load(path)) - expected).max() <= 0.51


def test_grey_with_alpha_and_a_colour_key(tmp_path: Path) -> None:
    grey = Image.merge("LA", [Image.new("L", (2, 1), 100), Image.frombytes("L", (2, 1), b"\x00\xff")])
    assert images.load(save(tmp_path / "a.png", grey)).tolist() == [[[255] * 3, [100] * 3]]
    keyed = Image.frombytes("RGB", (2, 1), bytes([1, 2, 3, 4, 5, 6]))
    got = images.load(save(tmp_path / "b.png", keyed, transparency=(1, 2, 3)))
    assert got.tolist() == [[[255] * 3, [4, 5, 6]]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM"])
def test_one_bit(tmp_path: Path, kind: str) -> None:
    bits = np.random.default_rng(2).random((13, 21)) < 0.5
    path = save(tmp_path / "a.img", Image.fromarray(bits), format=kind)
    assert np.array_equal(check(images.load(path))[..., 1], bits * np.uint8(255))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(tmp_path: Path, kind: str) -> None:
    inks = {
        (0, 0, 0, 0): (255, 255, 255),
        (255, 0, 0, 0): (0, 255, 255),
        (0, 0, 0, 255): (0, 0, 0),
        (0, 128, 0, 0): (255, 127, 255),
    }
    for ink, colour in inks.items():
        path = save(tmp_path / "a.img", Image.new("CMYK", (16, 16), ink), format=kind)
        assert np.abs(check(images.load(path))[8, 8].astype(int) - colour).max() <= 4


def test_floats_are_stretched_over_what_is_finite(tmp_path: Path) -> None:
    values = np.linspace(-3, 7, 256, dtype=np.float32).reshape(16, 16)
    values[0, 0], values[0, 1] = np.nan, np.inf
    got = images.load(save(tmp_path / "a.tif", values))[..., 0]
    assert (got[0, 0], got[0, 1], got[0, 2], got[-1, -1]) == (0, 0, 0, 255)
    assert np.all(np.diff(got.reshape(-1)[2:].astype(int)) >= 0)
    flat = images.load(save(tmp_path / "b.tif", np.full((4, 4), 5, np.float32)))
    assert not flat.any()
    whole = np.array([[0, 100_000], [50_000, 100_000]], np.int32)
    assert images.load(save(tmp_path / "c.tif", whole))[..., 0].tolist() == [[0, 255], [128, 255]]


def test_the_first_of_several_pages_counts(tmp_path: Path) -> None:
    pages = [Image.fromarray(picture(seed=n)) for n in range(3)]
    path = tmp_path / "a.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert np.array_equal(images.load(path), PICTURE)
    moving = tmp_path / "a.webp"
    pages[0].save(moving, save_all=True, append_images=pages[1:], lossless=True)
    assert np.array_equal(images.load(moving), PICTURE)
    animated = tmp_path / "a.png"
    pages[0].save(animated, save_all=True, append_images=pages[1:])
    assert np.array_equal(images.load(animated), PICTURE)


def test_compressed_and_tiled_tiff(tmp_path: Path) -> None:
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd"):
        assert np.array_equal(images.load(save(tmp_path / "a.tif", PICTURE, compression=compression)), PICTURE)


def test_progressive_and_restarted_jpeg(tmp_path: Path) -> None:
    plain = images.load(save(tmp_path / "a.jpg", PICTURE, quality=95))
    progressive = images.load(save(tmp_path / "b.jpg", PICTURE, quality=95, progressive=True))
    restarted = images.load(save(tmp_path / "c.jpg", PICTURE, quality=95, restart_marker_rows=1))
    assert np.abs(plain.astype(int) - progressive).max() <= 3
    assert np.array_equal(plain, restarted)


def test_a_file_is_told_by_its_content(tmp_path: Path) -> None:
    path = save(tmp_path / "really_a_png.jpg", PICTURE, format="PNG")
    assert images.probe(path).format == "PNG"
    assert np.array_equal(images.load(path), PICTURE)


def test_names_beyond_ascii(tmp_path: Path) -> None:
    folder = tmp_path / "Zürich 東京 🙂"
    folder.mkdir()
    for kind, name in (("PNG", "größe.png"), ("JPEG", "写真.jpg"), ("TIFF", "é\u0301.tif")):
        assert images.load(save(folder / name, PICTURE, format=kind)).shape == PICTURE.shape


# ---------------------------------------------------------------- reduced


@pytest.mark.parametrize("side", [1, 5, 64, 100, 150, 299, 300, 301, 5000])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_reduced_is_never_larger_than_asked_nor_than_the_image(tmp_path: Path, kind: str, side: int) -> None:
    path = save(tmp_path / "a.img", picture(300, 211), format=kind, orientation=6)
    small, facts = images.load_reduced(path, side)
    height, width = check(small).shape[:2]
    assert max(height, width) == min(side, 300)
    assert (facts.width, facts.height) == (211, 300)
    assert abs(width / height - 211 / 300) <= 1 / height


def test_reduced_by_nothing_is_no_side(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        images.load_reduced(save(tmp_path / "a.png", PICTURE), 0)


# ---------------------------------------------------------------- errors


def refused(path: Path, text: str) -> None:
    for read in (images.load, lambda p: images.load_reduced(p, 16)):
        with pytest.raises(UserError, match=text) as caught:
            read(path)
        assert str(path) in caught.value.text and "\n" not in str(caught.value)


@pytest.mark.parametrize("part", [0.3, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
def test_a_file_cut_short_is_an_error(
    tmp_path: Path, kind: str, part: float, capfd: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path / "a.img", picture(300, 200), format=kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    refused(path, "damaged|not an image")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_a_compressed_tiff_cut_short_is_an_error(
    tmp_path: Path, compression: str, capfd: pytest.CaptureFixture[str]
) -> None:
    data = save(tmp_path / "a.tif", picture(300, 200), compression=compression).read_bytes()
    # The directory may stand at the end: damage the pixels in the middle instead.
    path = tmp_path / "b.tif"
    half = len(data) // 2
    for damaged in (data[:half], data[: half - 300] + b"\0" * 600 + data[half + 300 :]):
        path.write_bytes(damaged)
        try:
            check(images.load(path))
        except UserError:
            continue
        assert len(damaged) == len(data), "half a file gave a picture"
    assert capfd.readouterr().err == ""


def test_a_cut_jpeg_with_a_whole_thumbnail_is_an_error(tmp_path: Path) -> None:
    thumbnail = BytesIO()
    Image.fromarray(picture(16, 12)).save(thumbnail, "JPEG")
    app = b"Exif\0\0" + exif_bytes(1) + thumbnail.getvalue()
    path = save(tmp_path / "a.jpg", picture(300, 200), exif=app)
    assert images.load(path).shape == (200, 300, 3)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    refused(path, "cut short")


def test_bytes_behind_the_end_of_a_jpeg_do_no_harm(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", PICTURE)
    whole = images.load(path)
    path.write_bytes(path.read_bytes() + b"\0" * 1000 + b"trailer")
    assert np.array_equal(images.load(path), whole)


def test_a_flipped_byte_in_a_png_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "a.png", PICTURE)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    path.write_bytes(data)
    refused(path, "checksum")
    assert capfd.readouterr().err == ""


def test_odd_profiles_and_texts_in_a_png_are_silent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = save(tmp_path / "a.png", PICTURE).read_bytes()
    odd = chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile")) + chunk(b"gAMA", b"\0\0\0\1") + chunk(b"tEXt", b"\0")
    (tmp_path / "b.png").write_bytes(data[:33] + odd + data[33:])
    assert np.array_equal(images.load(tmp_path / "b.png"), PICTURE)
    assert capfd.readouterr().err == ""


def test_what_is_no_image_file(tmp_path: Path) -> None:
    text = tmp_path / "a.jpg"
    text.write_text("this is not a picture\n" * 50)
    empty = tmp_path / "b.jpg"
    empty.touch()
    loop = tmp_path / "c.jpg"
    loop.symlink_to(loop)
    pipe = tmp_path / "d.jpg"
    os.mkfifo(pipe)
    cases = {
        text: "not an image",
        empty: "empty",
        loop: "leads back to itself",
        pipe: "not a file",
        tmp_path: "is a folder",
        tmp_path / "missing.jpg": "no such file",
        text / "below.jpg": "not readable|no such file",
    }
    for path, reason in cases.items():
        refused(path, reason)
        with pytest.raises(UserError, match=reason):
            images.probe(path)
    with pytest.raises(UserError, match="not a file name"):
        images.load("a\0b.jpg")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", PICTURE)
    path.chmod(0)
    refused(path, "no permission")


def test_permission_errors_are_worded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.png", PICTURE)

    def deny(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", deny)
    with pytest.raises(UserError, match="no permission") as caught:
        images.load(path)
    assert "permissions" in caught.value.hint


def test_a_decompression_bomb_is_refused_before_decoding(tmp_path: Path) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0))
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))
    refused(path, "60000 x 60000 pixels, more than the limit")
    with pytest.raises(UserError, match="more than the limit"):
        images.probe(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
def test_damaged_bytes_give_pixels_or_a_user_error(tmp_path: Path, kind: str) -> None:
    whole = save(tmp_path / "a.img", picture(60, 40), format=kind).read_bytes()
    random = np.random.default_rng(7)
    path = tmp_path / "b.img"
    for _ in range(40):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 4):
            data[place] = random.integers(0, 256)
        path.write_bytes(data)
        try:
            check(images.load(path))
        except UserError as error:
            assert str(path) in error.text


# ---------------------------------------------------------------- encoding, hash, imports


@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 1), (7, 9, 3), (7, 9, 4)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_png_bytes_hold_the_very_values(shape: tuple[int, ...], kind: type) -> None:
    array = np.random.default_rng(0).integers(0, np.iinfo(kind).max, shape).astype(kind)
    data = images.encode_png(array)
    assert data == images.encode_png(array.copy())
    import cv2

    back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    back = back if back.ndim == 2 else back[..., [2, 1, 0, 3][: back.shape[2]]]
    assert np.array_equal(back, array.reshape(back.shape))


def test_bool_png_and_jpeg(tmp_path: Path) -> None:
    bits = np.eye(5, dtype=np.bool_)
    (tmp_path / "a.png").write_bytes(images.encode_png(bits))
    assert np.array_equal(images.load(tmp_path / "a.png")[..., 0], bits * np.uint8(255))
    (tmp_path / "a.jpg").write_bytes(images.encode_jpeg(PICTURE, 97))
    assert np.abs(images.load(tmp_path / "a.jpg").astype(int) - PICTURE).mean() < 4


def test_what_is_no_image_is_not_encoded() -> None:
    for array in (np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2)), np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8)):
        with pytest.raises(ValueError, match="image"):
            images.encode_png(array)
    with pytest.raises(ValueError, match="8-bit"):
        images.encode_jpeg(np.zeros((4, 4), np.uint16))


def test_pixel_hash_names_shape_and_values() -> None:
    other = PICTURE.copy()
    other[0, 0, 0] ^= 1
    names = [images.pixel_hash(array) for array in (PICTURE, other, PICTURE.reshape(48, 32, 3))]
    assert len(set(names)) == 3 and all(len(name) == 32 for name in names)
    assert images.pixel_hash(PICTURE[::-1][::-1]) == names[0]


def test_importing_the_loader_imports_no_decoder() -> None:
    code = "import sys, anylabel_plus.images; print([m for m in ('cv2', 'PIL') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_probe_decodes_nothing_and_loads_no_opencv(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", PICTURE)
    code = (
        f"import sys; from anylabel_plus import images; print(images.probe({str(path)!r}).width, 'cv2' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "48 False\n"
    )


def test_extensions_are_lower_case_endings() -> None:
    assert {".jpg", ".png", ".tif", ".webp", ".bmp"} <= images.EXTENSIONS
    assert all(name == name.lower() and name.startswith(".") for name in images.EXTENSIONS)
