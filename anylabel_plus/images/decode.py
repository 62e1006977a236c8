"""File bytes to pixels: OpenCV where it is quick and right, Pillow for everything else."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.images.header import FORMATS, ImageFacts, pillow, reason
from anylabel_plus.images.pixels import opencv, row_blocks

if TYPE_CHECKING:
    from PIL import Image

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_PHOTOMETRIC, _SAMPLES = 262, 277


class DamagedError(Exception):
    """The bytes are not a whole image; the text says why."""


def check_jpeg(data: bytes) -> None:
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


def jpeg(data: bytes, reduction: int = 1) -> NDArray[Any]:
    """RGB of a grey or colour JPEG, not yet upright, at 1/1, 1/2, 1/4 or 1/8 of its size."""
    check_jpeg(data)
    cv2 = opencv()
    colour = {
        1: cv2.IMREAD_COLOR,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }
    rgb = getattr(cv2, "IMREAD_COLOR_RGB", 0) if reduction == 1 else 0  # new in OpenCV 4.11
    flags = (rgb or colour[reduction]) | cv2.IMREAD_IGNORE_ORIENTATION
    array = _by_opencv(data, flags)
    if not rgb:
        for rows in row_blocks(array):
            array[rows] = array[rows, :, ::-1].copy()
    return array


def _by_pillow(data: bytes, facts: ImageFacts) -> tuple[NDArray[Any], bool]:
    if facts.format in ("JPEG", "MPO"):
        check_jpeg(data)
    # From memory: the file could change while Pillow reads on.
    image = pillow().open(BytesIO(data), formats=FORMATS)
    image.load()
    mode = image.mode
    if mode.startswith("I;16"):
        array = np.asarray(image)
        # White is zero: Pillow minds that for 8 bits only.
        inverted = image.format == "TIFF" and image.tag_v2.get(_PHOTOMETRIC) == 0
        return (65535 - array if inverted else array), False
    if mode == "I" and image.format in ("PPM", "PNG"):
        return np.asarray(image).astype(np.uint16), False
    if mode in ("I", "F"):
        return np.asarray(image), False
    transparent = "A" in mode or "a" in mode or "transparency" in image.info
    target = "RGBA" if transparent else "L" if mode in ("1", "L") else "RGB"
    return np.asarray(image if mode == target else image.convert(target)), False


def _opencv_reads(image: Image.Image, facts: ImageFacts, data: bytes) -> bool:
    """Whether OpenCV reads this file as the rule of the package asks."""
    mode = facts.mode
    if facts.format in ("JPEG", "MPO"):
        return mode in ("L", "RGB")
    if facts.format == "PNG":
        # Pillow cuts 16-bit colour to 8; the depth is byte 24 of the file.
        return "transparency" not in image.info and (mode in ("L", "RGB", "RGBA") or data[24:25] == b"\x10")
    if facts.format == "TIFF" and facts.orientation == 1 and mode in ("L", "RGB", "I;16", "I;16B"):
        # White-is-zero, alpha and other colour spaces are Pillow's.
        tags = image.tag_v2  # type: ignore[attr-defined]
        return tags.get(_PHOTOMETRIC) in (1, 2) and tags.get(_SAMPLES, 1) == (3 if mode == "RGB" else 1)
    return False


def decode(image: Image.Image, facts: ImageFacts, data: bytes, reduction: int) -> tuple[NDArray[Any], bool]:
    """The raw array of the first frame, and whether its colours are in BGR order.

    ``reduction`` (1, 2, 4 or 8) is taken up for JPEG only.

    Raises:
        DamagedError, or whatever a decoder raises on bytes that it does not understand.
    """
    if not _opencv_reads(image, facts, data):
        return _by_pillow(data, facts)
    if facts.format in ("JPEG", "MPO"):
        return jpeg(data, reduction), False
    if facts.format == "PNG":
        data = plain_png(data)
    return _by_opencv(data, opencv().IMREAD_UNCHANGED), True
