"""The one image loader. Everything in the program sees an image as this package gives it.

The rule, the same for canvas, models, jobs and exports:
 * upright: EXIF orientation is applied, mirrored ones too, whatever the file format;
 * always (H, W, 3) uint8 RGB, C-contiguous; grey and palette images are widened;
 * 16-bit values are divided by 257, or by 4095/255 when no colour value is above 4095 (12-bit cameras);
 * 32-bit and floating-point values are stretched from the smallest finite one to the largest;
 * transparent images lie on white;
 * CMYK becomes (1 - ink) (1 - black), JPEG's inverted storage understood;
 * of several pages or frames the first one counts;
 * the kind of file is told by its content, not by its name.
A file that is cut short or damaged is an error, never half a picture; only inside a JPEG, which has
no checksums, damage cannot be told from a picture. No user's image is written.

OpenCV and Pillow are imported on first use only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.images.decode import decode_file
from anylabel_plus.images.encode import encode_jpeg, encode_png, pixel_hash
from anylabel_plus.images.header import MAX_PIXELS, ImageFacts, open_file, read_header, reason
from anylabel_plus.images.pixels import Pixels, shrunk, to_8_bit, to_rgb, upright

__all__ = [
    "EXTENSIONS",
    "MAX_PIXELS",
    "ImageFacts",
    "Pixels",
    "encode_jpeg",
    "encode_png",
    "load",
    "load_reduced",
    "pixel_hash",
    "probe",
]

_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")
_PNM = (".ppm", ".pgm", ".pbm", ".pnm")
EXTENSIONS: frozenset[str] = frozenset((*_JPEG, *_PNM, ".png", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff"))
"""File name endings, lower case, that count as images in a folder."""


def probe(path: Path | str) -> ImageFacts:
    """Size, orientation and format from the header alone; no pixel is decoded.

    Raises:
        UserError: no such file, not an image, or a header that is damaged or beyond the limit.
    """
    path = Path(path)
    with open_file(path) as stream:
        return read_header(stream, path)[1]


def load(path: Path | str) -> Pixels:
    """The upright image, (H, W, 3) uint8 RGB, C-contiguous, by the rule of this package.

    Raises:
        UserError: the file is missing, not readable, no image, damaged, cut short or larger than
            ``MAX_PIXELS``; the text names the file and the reason.
    """
    return _load(Path(path), None)[0]


def load_reduced(path: Path | str, max_side: int) -> tuple[Pixels, ImageFacts]:
    """The upright image with its longer side at most ``max_side`` pixels, and its facts.

    Never enlarged. JPEG files are decoded at 1/2, 1/4 or 1/8 of their size, in about a quarter of
    the time of ``load``. Raises as ``load`` does, and ValueError for a ``max_side`` under 1.
    """
    if max_side < 1:
        raise ValueError(f"max_side must be at least 1, not {max_side}")
    return _load(Path(path), max_side)


def _reduction(facts: ImageFacts, max_side: int | None) -> int:
    if max_side is None:
        return 1
    longest = max(facts.width, facts.height)
    return next((step for step in (8, 4, 2) if longest // step >= max_side), 1)


def _raw(path: Path, max_side: int | None) -> tuple[NDArray[Any], bool, ImageFacts]:
    with open_file(path) as stream:
        image, facts = read_header(stream, path)
        try:
            array, bgr = decode_file(path, stream, image, facts, _reduction(facts, max_side))
        except UserError:
            raise
        except MemoryError as error:
            raise _too_large(path, facts) from error
        except Exception as error:
            # Third-party decoders raise whatever they like on damaged bytes.
            raise UserError(f"{path}: the image is damaged ({reason(error)}).") from error
    return array, bgr, facts


def _too_large(path: Path, facts: ImageFacts) -> UserError:
    return UserError(f"{path}: {facts.width} x {facts.height} pixels do not fit into memory.")


def _load(path: Path, max_side: int | None) -> tuple[Pixels, ImageFacts]:
    # The file's bytes are gone when the pixels are widened: two big arrays at a time, not three.
    array, bgr, facts = _raw(path, max_side)
    try:
        if max_side is not None and (array.ndim == 2 or array.shape[2] == 3):
            # The depth is judged on all pixels; alpha must be laid on white before averaging.
            array = shrunk(to_8_bit(array), max_side)
        array = to_rgb(array, bgr=bgr)
        if max_side is not None:
            array = shrunk(array, max_side)
        if facts.format != "TIFF":  # both decoders have turned those already
            array = upright(array, facts.orientation)
    except MemoryError as error:
        raise _too_large(path, facts) from error
    return np.ascontiguousarray(array), facts
