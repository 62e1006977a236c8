"""Opening image files and reading what their headers say, with Pillow and without a pixel decoded."""

from __future__ import annotations

import errno
import os
import re
import stat
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from anylabel_plus.core.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 1 << 30
"""Larger images are refused: OpenCV reads no more either."""

FORMATS = ("JPEG", "PNG", "BMP", "DIB", "GIF", "WEBP", "AVIF", "JPEG2000", "TIFF", "PPM")
_ORIENTATION_TAG = 0x0112
_PNG_TAIL = 65536
_QUIET = ("ignore", None, Warning, re.compile(r"PIL\."), 0)
_HINT_FORMATS = "Supported are JPEG, PNG, TIFF, WebP, AVIF, BMP, GIF, JPEG 2000 and PNM."


class DamagedError(Exception):
    """The bytes are not a whole image; the text says why."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the header of an image file says.

    ``width`` and ``height`` are those of the upright image, ``raw_width`` and ``raw_height`` those
    stored in the file; ``orientation`` is EXIF's, 1 to 8. ``mode`` and ``format`` are Pillow's
    names, for example "RGB" and "JPEG".
    """

    width: int
    height: int
    raw_width: int
    raw_height: int
    orientation: int
    mode: str
    format: str


def pillow() -> Any:
    """PIL.Image, imported on first use, without its limit and its warnings."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked instead
    # Odd metadata is not worth a line on the terminal; what cannot be read is an exception. Looked
    # for each time, since whoever resets the filters would make such warnings errors.
    if _QUIET not in warnings.filters:
        warnings.filterwarnings("ignore", module=r"PIL\.")
    return Image


def open_file(path: Path) -> BinaryIO:
    """The file, opened; raises UserError for everything that is not a readable regular file."""
    try:
        # Not by opening first: opening a pipe would wait for ever.
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise UserError(f"{path}: this is a folder, not an image.")
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{path}: this is not a file.")
        if status.st_size == 0:
            raise UserError(f"{path}: the file is empty.", "Copy it again from where it came from.")
        return open(path, "rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValueError as error:  # a NUL in the name
        raise UserError(f"{str(path)!r}: this is not a file name.") from error


def read_all(stream: BinaryIO, path: Path) -> bytes:
    """The whole file; raises UserError when the system does not give it."""
    try:
        stream.seek(0)
        return stream.read()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UserError:
    if error.errno == errno.ENOENT:
        return UserError(f"{path}: there is no such file.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return UserError(f"{path}: no permission to read it.", "Change the permissions of the file or its folder.")
    if error.errno == errno.ELOOP:
        return UserError(f"{path}: a symbolic link that leads back to itself.")
    return UserError(f"{path}: not readable ({error.strerror or error}).")


def _orientation_in(exif: Any) -> int:
    value = exif.get(_ORIENTATION_TAG, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _late_png_exif(stream: BinaryIO) -> bytes | None:
    """The eXIf chunk that some programs write behind the pixels, near the end of a PNG."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _PNG_TAIL))
    tail = stream.read()
    at = tail.rfind(b"eXIf")
    if at < 4:
        return None
    length = int.from_bytes(tail[at - 4 : at], "big")
    body, check = tail[at : at + 4 + length], tail[at + 4 + length : at + 8 + length]
    # The four letters may stand in the pixel data by chance: only a right checksum counts.
    return body[4:] if len(check) == 4 and zlib.crc32(body) == int.from_bytes(check, "big") else None


def _orientation(image: Image.Image, stream: BinaryIO) -> int:
    try:
        if image.format == "TIFF":
            return _orientation_in(image.tag_v2)  # type: ignore[attr-defined]
        # A PNG's own ``getexif`` would decode the picture to look for a late chunk.
        exif = pillow().Image.getexif(image)
        if image.format == "PNG" and _ORIENTATION_TAG not in exif:
            late = _late_png_exif(stream)
            if late is not None:
                exif = pillow().Exif()
                exif.load(late)
        return _orientation_in(exif)
    except Exception:
        return 1  # damaged metadata does not make the picture unusable


def _facts(image: Image.Image, stream: BinaryIO, path: Path) -> ImageFacts:
    orientation = _orientation(image, stream)
    width, height = image.size
    if orientation >= 5 and image.format != "TIFF":
        width, height = height, width
    too_many_pixels(path, width, height)
    # Pillow turns TIFF files by itself and tells the turned size.
    raw = (height, width) if orientation >= 5 else (width, height)
    return ImageFacts(width, height, *raw, orientation, image.mode, image.format or "")


def too_many_pixels(path: Path, width: int, height: int) -> None:
    """Raises UserError when an image of this size is beyond the limit."""
    if width * height > MAX_PIXELS:
        raise UserError(
            f"{path}: the image has {width} x {height} pixels, more than the limit of {MAX_PIXELS:,}.",
            "Cut it into tiles first.",
        )


def read_header(stream: BinaryIO, path: Path) -> tuple[Image.Image, ImageFacts]:
    """Pillow's lazy image and the facts; ``path`` is for messages.

    Raises:
        UserError: not an image, a damaged header, or more than ``MAX_PIXELS``.
    """
    library = pillow()
    try:
        image = library.open(stream, formats=FORMATS)
    except library.UnidentifiedImageError as error:
        raise UserError(f"{path}: this is not an image that can be read.", _HINT_FORMATS) from error
    except Exception as error:
        raise UserError(f"{path}: the header of the image is damaged ({reason(error)}).") from error
    return image, _facts(image, stream, path)


def reason(error: Exception) -> str:
    """The first line of what an error says, or its name."""
    text = str(error).strip().split("\n")[0]
    return text or type(error).__name__
