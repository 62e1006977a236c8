"""File bytes to pixels: OpenCV where it is quick and right, Pillow for everything else."""

from __future__ import annotations

import sys
import zlib
from io import BytesIO
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.images.header import FORMATS, DamagedError, ImageFacts, pillow, read_all, reason
from anylabel_plus.images.pixels import opencv, to_rgb

if TYPE_CHECKING:
    from PIL import Image

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_PHOTOMETRIC, _SAMPLES, _BITS, _COMPRESSION = 262, 277, 258, 259
_COMPRESSIONS = (1, 5, 8, 32946, 32773)  # none, LZW, deflate by two names, PackBits
_STRAIGHT_SIZE = 1 << 22  # values; below, the copy does not matter


def check_jpeg(data: bytes | mmap) -> None:
    """Raises DamagedError for a cut JPEG: decoders would fill the rest of the picture with grey."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        # Inside pixel data 0xFF is always followed by 0 or a restart marker, so the end marker
        # behind the start of the scan is the true one.
        if marker == 0xDA and data.rfind(b"\xff\xd9", at) >= 0:
            return
    raise DamagedError("the file is cut short")


def plain_png(data: bytes) -> bytes:
    """``data`` with all checksums verified and everything but size and pixels left out.

    Without it OpenCV's library would print remarks about colour profiles and text chunks.
    """
    needed = [_PNG_SIGNATURE]
    view = memoryview(data)
    at, ended, dropped = 8, False, False
    while not ended:
        name = data[at + 4 : at + 8]
        stop = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if len(name) < 4 or stop > len(data):
            raise DamagedError("the file is cut short")
        if zlib.crc32(view[at + 4 : stop - 4]) != int.from_bytes(data[stop - 4 : stop], "big"):
            raise DamagedError("a checksum does not fit its data")
        if name in _PNG_NEEDED:
            needed.append(data[at:stop])
        else:
            dropped = True
        ended, at = name == b"IEND", stop
    return b"".join(needed) if dropped else data


def _by_opencv(data: bytes, flags: int) -> NDArray[Any]:
    cv2 = opencv()
    try:
        array = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise DamagedError(reason(error)) from error
    if array is None:
        raise DamagedError("the pixel data is damaged")
    return np.asarray(array)


def _straight(path: Path, shape: tuple[int, ...], kind: type[np.generic], flags: int) -> NDArray[Any] | None:
    """OpenCV decoding a file into our own array, in half the memory of ``imdecode``, which copies.

    None when this cannot be done here: a small picture, an OpenCV before 4.11, or a name that its
    Windows build cannot open.
    """
    result = np.empty(shape, kind)
    if result.size < _STRAIGHT_SIZE or (sys.platform == "win32" and not str(path).isascii()):
        return None
    # It does not tell failure from success, but writes the last pixels last.
    tail = result[-1, -16:]
    tail[...] = _mark(tail.shape, kind)
    cv2 = opencv()
    try:
        cv2.imread(str(path), result, flags)
    except (TypeError, cv2.error):
        return None
    if np.array_equal(tail, _mark(tail.shape, kind)):
        raise DamagedError("the pixel data is damaged")
    return result


def _mark(shape: tuple[int, ...], kind: type[np.generic]) -> NDArray[Any]:
    """Values that no picture happens to end with."""
    return (np.arange(int(np.prod(shape))) * 97 % 251 + 3).reshape(shape).astype(kind)


def _jpeg(path: Path, data: bytes, facts: ImageFacts, reduction: int) -> NDArray[Any]:
    """RGB of a grey or colour JPEG, not yet upright, at 1/1, 1/2, 1/4 or 1/8 of its size."""
    check_jpeg(data)
    cv2 = opencv()
    if reduction == 1 and hasattr(cv2, "IMREAD_COLOR_RGB"):
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        array = _straight(path, (facts.raw_height, facts.raw_width, 3), np.uint8, flags)
        return _by_opencv(data, flags) if array is None else array
    colour = {
        1: cv2.IMREAD_COLOR,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }
    return to_rgb(_by_opencv(data, colour[reduction] | cv2.IMREAD_IGNORE_ORIENTATION), bgr=True)


def _tiff(path: Path, image: Image.Image, facts: ImageFacts, stream: BinaryIO) -> NDArray[Any]:
    """BGR or grey of a plain TIFF, 8 or 16 bit."""
    flags = opencv().IMREAD_UNCHANGED
    bits = image.tag_v2.get(_BITS, (8,))  # type: ignore[attr-defined]
    kind = np.uint16 if bits[0] == 16 else np.uint8
    channels = (3,) if facts.mode == "RGB" else ()
    array = _straight(path, (facts.height, facts.width, *channels), kind, flags)
    return _by_opencv(read_all(stream, path), flags) if array is None else array


def _by_pillow(data: bytes, facts: ImageFacts, page: int) -> NDArray[Any]:
    if facts.format in ("JPEG", "MPO"):
        check_jpeg(data)
    # From memory: the file could change while Pillow reads on.
    image = pillow().open(BytesIO(data), formats=FORMATS)
    if page:
        image.seek(page)
    image.load()
    mode = image.mode
    if mode.startswith("I;16"):
        array = np.asarray(image)
        # White is zero: Pillow minds that for 8 bits only.
        inverted = image.format == "TIFF" and image.tag_v2.get(_PHOTOMETRIC) == 0
        return 65535 - array if inverted else array
    if mode == "I" and image.format in ("PPM", "PNG"):
        return np.asarray(image).astype(np.uint16)
    if mode in ("I", "F"):
        return np.asarray(image)
    transparent = "A" in mode or "a" in mode or "transparency" in image.info
    target = "RGBA" if transparent else "L" if mode in ("1", "L") else "RGB"
    return np.asarray(image if mode == target else image.convert(target))


def _opencv_reads(image: Image.Image, facts: ImageFacts, stream: BinaryIO) -> bool:
    """Whether OpenCV reads this file as the rule of the package asks."""
    mode = facts.mode
    if facts.format in ("JPEG", "MPO"):
        return mode in ("L", "RGB")
    if facts.format == "PNG":
        # Pillow cuts 16-bit colour to 8; the depth is byte 24 of the file.
        stream.seek(24)
        return "transparency" not in image.info and (mode in ("L", "RGB", "RGBA") or stream.read(1) == b"\x10")
    if facts.format == "TIFF" and facts.orientation == 1 and mode in ("L", "RGB", "I;16", "I;16B"):
        # White-is-zero, alpha, other colour spaces and rare compressions are Pillow's.
        tags = image.tag_v2  # type: ignore[attr-defined]
        plain = tags.get(_PHOTOMETRIC) in (1, 2) and tags.get(_COMPRESSION, 1) in _COMPRESSIONS
        return plain and tags.get(_SAMPLES, 1) == (3 if mode == "RGB" else 1)
    return False


def decode_file(
    path: Path, stream: BinaryIO, image: Image.Image, facts: ImageFacts, reduction: int, page: int = 0
) -> tuple[NDArray[Any], bool]:
    """The raw array of a page, and whether its colours are in BGR order.

    ``reduction`` (1, 2, 4 or 8) is taken up for JPEG only.

    Raises:
        UserError: the file cannot be read.
        DamagedError, or whatever a decoder raises on bytes that it does not understand.
    """
    by_opencv = not page and _opencv_reads(image, facts, stream)
    if by_opencv and facts.format == "TIFF":
        return _tiff(path, image, facts, stream), True
    data = read_all(stream, path)
    if not by_opencv:
        return _by_pillow(data, facts, page), False
    if facts.format == "PNG":
        return _by_opencv(plain_png(data), opencv().IMREAD_UNCHANGED), True
    return _jpeg(path, data, facts, reduction), False


def opencv_reads_tiff(image: Image.Image, facts: ImageFacts, stream: BinaryIO) -> bool:
    """Whether the first page is one of the plain ones that OpenCV reads quickly and without loss of depth."""
    return facts.format == "TIFF" and _opencv_reads(image, facts, stream)
