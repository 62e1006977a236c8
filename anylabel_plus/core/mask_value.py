"""Mask, a boolean crop with an offset, and what can be done with crops alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]

MAX_PIXELS = 1 << 31
"""Crops and frames larger than this are refused: no picture is that large."""


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """Pixels of one region: ``crop`` is bool (h, w), read-only, its top-left pixel at (x, y).

    ``x`` and ``y`` are integer columns and rows of the upright image; the crop may reach over the
    image's edge only while being read, ``clip`` puts that right.
    """

    crop: BoolArray
    x: int = 0
    y: int = 0

    def __post_init__(self) -> None:
        crop = self.crop
        if crop.ndim != 2:
            raise ValueError(f"a mask's crop must be two-dimensional, got shape {crop.shape}")
        if crop.dtype != np.bool_:
            object.__setattr__(self, "crop", crop := crop.astype(np.bool_))
        if crop.flags.writeable:
            # A view, so that the caller's own array stays as it was.
            view = crop.view()
            view.setflags(write=False)
            object.__setattr__(self, "crop", view)
        if type(self.x) is not int or type(self.y) is not int:
            object.__setattr__(self, "x", int(self.x))
            object.__setattr__(self, "y", int(self.y))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """xyxy pixel edges of the crop, not of its set pixels."""
        height, width = self.crop.shape
        return float(self.x), float(self.y), float(self.x + width), float(self.y + height)

    @property
    def area(self) -> int:
        """Number of set pixels."""
        return int(np.count_nonzero(self.crop))

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """``bounds``, or a little more where those would have to be worked out."""
        return self.bounds

    def sample(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> BoolArray:
        """Whether the pixels at ``x`` (w,) and ``y`` (h,), image coordinates, are set; bool (h, w)."""
        columns, rows = np.floor(x).astype(np.intp) - self.x, np.floor(y).astype(np.intp) - self.y
        height, width = self.crop.shape
        known = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None, :]
        if not self.crop.size:
            return np.zeros(known.shape, np.bool_)
        picked = self.crop[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)[None, :]]
        return np.asarray(picked & known)


EMPTY = Mask(np.zeros((0, 0), np.bool_))
"""No pixels at all."""


def full(mask: Mask, width: int, height: int) -> BoolArray:
    """The mask in its frame: a new bool (height, width) array; what lies outside is cut off."""
    frame = np.zeros((height, width), np.bool_)
    inside = clip(mask, width, height)
    rows, columns = inside.crop.shape
    frame[inside.y : inside.y + rows, inside.x : inside.x + columns] = inside.crop
    return frame


def from_full(frame: NDArray[np.generic], x: int = 0, y: int = 0) -> Mask:
    """A mask with the tightest crop around the non-zero pixels of ``frame`` (h, w).

    (``x``, ``y``) is the place of the frame's first pixel. An empty frame gives a 0x0 crop. The
    crop is a copy, so that the frame may be reused.
    """
    return tight(Mask(np.not_equal(frame, 0), x, y), copy=True)


def clip(mask: Mask, width: int, height: int) -> Mask:
    """The part of ``mask`` inside the image; the same object when all of it is inside."""
    rows, columns = mask.crop.shape
    left, top = max(mask.x, 0), max(mask.y, 0)
    right, bottom = min(mask.x + columns, width), min(mask.y + rows, height)
    if (left, top, right, bottom) == (mask.x, mask.y, mask.x + columns, mask.y + rows):
        return mask
    if right <= left or bottom <= top:
        return EMPTY
    return Mask(mask.crop[top - mask.y : bottom - mask.y, left - mask.x : right - mask.x], left, top)


def _span(used: BoolArray) -> tuple[int, int]:
    """First and one past the last True of a 1-D array; (0, 0) without any."""
    if not used.size:
        return 0, 0
    first = int(used.argmax())
    if not used[first]:
        return 0, 0
    return first, used.size - int(used[::-1].argmax())


def tight(mask: Mask, *, copy: bool = False) -> Mask:
    """The same pixels with the smallest crop; the same object when it is the smallest already.

    With ``copy`` the crop owns its memory, so that it does not keep a large frame alive.
    """
    crop = mask.crop
    top, bottom = _span(np.logical_or.reduce(crop, axis=1))
    if top == bottom:
        return EMPTY
    rows = crop[top:bottom]
    left, right = _span(np.logical_or.reduce(rows, axis=0))
    if (bottom - top, right - left) == crop.shape:
        return Mask(crop.copy(), mask.x, mask.y) if copy else mask
    part = rows[:, left:right]
    return Mask(part.copy() if copy else part, mask.x + left, mask.y + top)


def bounds(mask: Mask) -> tuple[float, float, float, float]:
    """xyxy pixel edges of the set pixels; (0, 0, 0, 0) when none is set."""
    return tight(mask).bounds


def _overlap(a: Mask, b: Mask) -> tuple[BoolArray, BoolArray]:
    """The parts of both crops in the window that they share; 0-sized without one."""
    left, top = max(a.x, b.x), max(a.y, b.y)
    right = min(a.x + a.crop.shape[1], b.x + b.crop.shape[1])
    bottom = min(a.y + a.crop.shape[0], b.y + b.crop.shape[0])
    right, bottom = max(left, right), max(top, bottom)

    def window(mask: Mask) -> BoolArray:
        if right == left or bottom == top:
            return mask.crop[:0, :0]
        return mask.crop[top - mask.y : bottom - mask.y, left - mask.x : right - mask.x]

    return window(a), window(b)


def intersection_area(a: Mask, b: Mask) -> int:
    """Number of pixels set in both."""
    first, second = _overlap(a, b)
    return int(np.count_nonzero(first & second))


def iou(a: Mask, b: Mask) -> float:
    """Intersection over union in pixels; 0 when both are empty."""
    common = intersection_area(a, b)
    union_area = a.area + b.area - common
    return common / union_area if union_area else 0.0


def union(a: Mask, b: Mask) -> Mask:
    """Pixels set in either, with a tight crop.

    Raises:
        ValueError: the two lie so far apart that no image can hold both.
    """
    a, b = tight(a), tight(b)
    if not a.crop.size or not b.crop.size:
        return a if a.crop.size else b
    left, top = min(a.x, b.x), min(a.y, b.y)
    right = max(a.x + a.crop.shape[1], b.x + b.crop.shape[1])
    bottom = max(a.y + a.crop.shape[0], b.y + b.crop.shape[0])
    check_size(right - left, bottom - top)
    frame = np.zeros((bottom - top, right - left), np.bool_)
    for mask in (a, b):
        rows, columns = mask.crop.shape
        frame[mask.y - top : mask.y - top + rows, mask.x - left : mask.x - left + columns] |= mask.crop
    return Mask(frame, left, top)


def subtract(a: Mask, b: Mask) -> Mask:
    """Pixels of ``a`` that are not in ``b``, with a tight crop."""
    crop = a.crop.copy()
    kept, removed = _overlap(Mask(crop, a.x, a.y), b)
    if kept.size:
        left, top = max(a.x, b.x) - a.x, max(a.y, b.y) - a.y
        crop[top : top + kept.shape[0], left : left + kept.shape[1]] = kept & ~removed
    return tight(Mask(crop, a.x, a.y))


def intersect(a: Mask, b: Mask) -> Mask:
    """Pixels set in both, with a tight crop."""
    first, second = _overlap(a, b)
    return tight(Mask(first & second, max(a.x, b.x), max(a.y, b.y)))


def equal(a: Mask, b: Mask) -> bool:
    """True when the same pixels are set, whatever the crops."""
    a, b = tight(a), tight(b)
    return (a.x, a.y) == (b.x, b.y) and np.array_equal(a.crop, b.crop)


def shifted(mask: Mask, dx: int, dy: int) -> Mask:
    """The same pixels ``dx`` columns and ``dy`` rows further; shares the crop."""
    return mask if dx == 0 and dy == 0 else Mask(mask.crop, mask.x + dx, mask.y + dy)


def check_size(width: int, height: int) -> None:
    """Raises ValueError for a crop that no image can hold, before memory is asked for."""
    if width * height > MAX_PIXELS:
        raise ValueError(f"a mask of {width} x {height} pixels is larger than any image")


# ---------------------------------------------------------------- 64 pixels in a word

_WORD = 64
Bits = NDArray[np.uint64]


def blank_bits(rows: int, columns: int) -> Bits:
    """No pixel set in ``rows`` rows of words; one more than ``columns`` pixels fit into each."""
    return np.zeros((rows, columns // _WORD + 1), np.uint64)


def flip_bits(bits: Bits, row: NDArray[np.int64], column: NDArray[np.int64]) -> None:
    """Turn over each named pixel, twice where it is named twice."""
    place = row * bits.shape[1] + column // _WORD
    np.bitwise_xor.at(bits.reshape(-1), place, np.uint64(1) << (column % _WORD).astype(np.uint64))


def unpack_bits(bits: Bits, columns: int) -> BoolArray:
    """One bool for each of the first ``columns`` pixels of every row."""
    octets = bits.astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(octets, axis=1, count=columns, bitorder="little").view(np.bool_)
