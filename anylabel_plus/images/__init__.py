"""The one image loader. Everything in the program sees an image as this package gives it.

The rule, the same for canvas, models, jobs and exports:
 * upright: EXIF orientation is applied, mirrored ones too, whatever the file format;
 * always (H, W, 3) uint8 RGB, C-contiguous; grey and palette images are widened;
 * 16-bit colours are divided by 257, or by 4095/255 when no value is above 4095 (12-bit cameras);
 * 16-bit grey, 32-bit, signed and floating-point values, and bands that are not colours, are shown from
   their lowest to their highest thousandth, band by band, or as the file itself asks (DICOM windows);
 * transparent images lie on white;
 * CMYK becomes (1 - ink) (1 - black), JPEG's inverted storage understood;
 * of several pages or frames the first one counts, of more bands than colours the first three, unless a
   ``Choice`` says otherwise;
 * the kind of file is told by its content, not by its name.
A file that is cut short or damaged is an error, never half a picture; only inside a JPEG, which has
no checksums, damage cannot be told from a picture. No user's image is written.

OpenCV and Pillow are imported on first use only, the packages of the extras (``extras``) with the first
file that needs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.images.choice import FIRST, Choice, Extent
from anylabel_plus.images.depth import Window, default_windows
from anylabel_plus.images.encode import encode_jpeg, encode_png, pixel_hash
from anylabel_plus.images.extras import DICOM_SUFFIXES, HEIC_SUFFIXES, RAW_SUFFIXES
from anylabel_plus.images.header import MAX_PIXELS, ImageFacts, open_file
from anylabel_plus.images.pixels import Pixels, shrunk, to_8_bit, to_rgb, upright
from anylabel_plus.images.pyramid import HUGE_PIXELS, open_pyramid
from anylabel_plus.images.source import Source, Values, damaged

__all__ = [
    "EXTENSIONS",
    "FIRST",
    "HUGE_PIXELS",
    "MAX_PIXELS",
    "Choice",
    "Extent",
    "ImageFacts",
    "Loaded",
    "Pixels",
    "Window",
    "encode_jpeg",
    "encode_png",
    "extent",
    "load",
    "load_deep",
    "load_part",
    "load_reduced",
    "pixel_hash",
    "probe",
    "reduces_quickly",
]

_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")
_PNM = (".ppm", ".pgm", ".pbm", ".pnm")
_MORE = (".png", ".bmp", ".dib", ".gif", ".webp", ".avif", ".tif", ".tiff", ".jp2", ".j2k")
EXTENSIONS: frozenset[str] = frozenset((*_JPEG, *_PNM, *_MORE)) | HEIC_SUFFIXES | DICOM_SUFFIXES | RAW_SUFFIXES
"""File name endings, lower case, that count as images in a folder."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """An image with what lies behind its 8 bits.

    ``values`` are the file's own numbers, upright, (H, W) or (H, W, bands), None where they are 8 bits anyway
    or more than was asked to be kept; ``windows`` those through which ``pixels`` show them, one for each band.
    """

    pixels: Pixels
    facts: ImageFacts
    values: NDArray[Any] | None
    windows: tuple[Window, ...]


def probe(path: Path | str) -> ImageFacts:
    """Size, orientation and format from the header alone; no pixel is decoded.

    Raises:
        UserError: no such file, not an image, a header that is damaged or beyond the limit, or a kind of
            file that needs an extra which is not installed.
    """
    path = Path(path)
    with open_file(path) as stream:
        return _source(path, stream).facts


def extent(path: Path | str) -> Extent:
    """How many pages and bands there are to choose from. Raises as ``probe``."""
    path = Path(path)
    with open_file(path) as stream:
        source = _source(path, stream)
        try:
            return source.extent()
        except Exception as error:
            raise damaged(path, error) from error


def load(path: Path | str, choice: Choice = FIRST) -> Pixels:
    """The upright image, (H, W, 3) uint8 RGB, C-contiguous, by the rule of this package.

    Raises:
        UserError: the file is missing, not readable, no image, damaged, cut short, larger than
            ``MAX_PIXELS`` or without the page or band chosen; the text names the file and the reason.
    """
    return _load(Path(path), None, choice, 0).pixels


def load_deep(path: Path | str, choice: Choice = FIRST, *, keep_pixels: int) -> Loaded:
    """As ``load``, with the values behind it when the image has at most ``keep_pixels`` pixels."""
    return _load(Path(path), None, choice, keep_pixels)


def load_part(path: Path | str, choice: Choice, crop: tuple[int, int, int, int]) -> Pixels:
    """The pixels inside ``crop`` (xyxy, upright); of a huge image from its pyramid. Raises as ``load``."""
    path = Path(path)
    levels = open_pyramid(path, choice)
    if levels is not None:
        return levels.read(0, crop)
    facts = probe(path)
    if facts.width * facts.height > HUGE_PIXELS:
        raise UserError(f"{path}: this image is not ready to be read in parts.", "Open it in the window first.")
    return np.ascontiguousarray(load(path, choice)[crop[1] : crop[3], crop[0] : crop[2]])


def load_reduced(path: Path | str, max_side: int, choice: Choice = FIRST) -> tuple[Pixels, ImageFacts]:
    """The upright image with its longer side at most ``max_side`` pixels, and its facts.

    Never enlarged. Huge images are read from their pyramid where there is one; JPEG files are decoded at 1/2, 1/4
    or 1/8 of their size, in about a quarter of the time of ``load``.
    Raises as ``load`` does, and ValueError for a ``max_side`` under 1.
    """
    if max_side < 1:
        raise ValueError(f"max_side must be at least 1, not {max_side}")
    path = Path(path)
    facts = probe(path)
    levels = open_pyramid(path, choice) if facts.width * facts.height > HUGE_PIXELS else None
    if levels is not None:
        level = levels.level_of(max_side)
        return np.ascontiguousarray(shrunk(levels.read(level, (0, 0, *levels.sizes[level])), max_side)), facts
    loaded = _load(path, max_side, choice, 0)
    return loaded.pixels, loaded.facts


def reduces_quickly(path: Path | str) -> bool:
    """Whether ``load_reduced`` needs little memory and time: not for huge images that were never looked at.

    Raises as ``probe``.
    """
    facts = probe(path)
    small = facts.width * facts.height <= HUGE_PIXELS or facts.format in ("JPEG", "MPO")
    return small or open_pyramid(Path(path)) is not None


def _source(path: Path, stream: Any) -> Source:
    try:
        return Source(path, stream)
    except UserError:
        raise
    except Exception as error:
        raise damaged(path, error) from error


def _reduction(facts: ImageFacts, max_side: int | None) -> int:
    if max_side is None:
        return 1
    longest = max(facts.width, facts.height)
    return next((step for step in (8, 4, 2) if longest // step >= max_side), 1)


def _raw(path: Path, max_side: int | None, choice: Choice) -> tuple[Values, ImageFacts]:
    with open_file(path) as stream:
        source = _source(path, stream)
        facts = source.facts
        try:
            values = source.values(choice, _reduction(facts, max_side))
        except UserError:
            raise
        except MemoryError as error:
            raise _too_large(path, facts) from error
        except Exception as error:
            # Third-party decoders raise whatever they like on damaged bytes.
            raise damaged(path, error) from error
    return values, facts


def _too_large(path: Path, facts: ImageFacts) -> UserError:
    return UserError(f"{path}: {facts.width} x {facts.height} pixels do not fit into memory.")


def _load(path: Path, max_side: int | None, choice: Choice, keep_pixels: int) -> Loaded:
    # The file's bytes are gone when the pixels are widened: two big arrays at a time, not three.
    values, facts = _raw(path, max_side, choice)
    array, bgr = values.array, values.bgr
    windows = values.windows or default_windows(array, colours=values.colours)
    turn = 1 if values.turned else facts.orientation
    kept = None
    try:
        if windows and facts.width * facts.height <= keep_pixels:
            kept = _kept(array, bgr=bgr, turn=turn)
        del values
        if max_side is not None and (array.ndim == 2 or array.shape[2] == 3):
            # The depth is judged on all pixels; alpha must be laid on white before averaging.
            array = shrunk(to_8_bit(array, windows), max_side)
        array = to_rgb(array, bgr=bgr, windows=windows)
        if max_side is not None:
            array = shrunk(array, max_side)
        array = upright(array, turn)
    except MemoryError as error:
        raise _too_large(path, facts) from error
    windows = windows[2::-1] + windows[3:] if bgr and len(windows) >= 3 else windows
    return Loaded(np.ascontiguousarray(array), facts, kept, windows)


def _kept(array: NDArray[Any], *, bgr: bool, turn: int) -> NDArray[Any]:
    """A copy of the values, colours in RGB order, upright."""
    ordered = array[..., [2, 1, 0, 3][: array.shape[2]]] if bgr and array.ndim == 3 else array
    return np.array(upright(np.array(ordered), turn))
