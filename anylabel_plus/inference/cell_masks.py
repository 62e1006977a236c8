"""Low-resolution logits to masks at image resolution, and back. Pure functions of arrays.

A decoder answers on a grid of cells that covers the padded input: L x L of them (SAM), or at most L a side. With
``fx`` and ``fy`` cells a pixel, the centre of image pixel (i, j) lies at cell position ((i + 0.5) fx - 0.5,
(j + 0.5) fy - 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import BoolArray, Mask, shifted

Logits = NDArray[np.float32]
Levels = NDArray[np.uint8]
"""Logits near the edge as bytes: over 127 is inside."""

_EXACT_PIXELS = 250_000
_LAZY_PIXELS = 1_000_000
_PRIOR_LOGIT = 10.0
_STABILITY_OFFSET = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """How cells and pixels lie: image ``width`` x ``height`` px, ``fx``, ``fy`` cells a pixel, ``cells`` a side."""

    width: int
    height: int
    fx: float
    fy: float
    cells: int

    @property
    def used(self) -> tuple[int, int]:
        """Columns and rows of cells that see the image, the rest is padding."""
        columns = min(self.cells, int(np.ceil(self.width * self.fx - 1e-6)))
        rows = min(self.cells, int(np.ceil(self.height * self.fy - 1e-6)))
        return max(1, columns), max(1, rows)


def stability(logits: Logits, frame: Frame) -> float:
    """IoU of the regions over +1 and over -1, on cells that see the image; 0 for an empty region."""
    columns, rows = frame.used
    part = logits[:rows, :columns]
    wide = int(np.count_nonzero(part > -_STABILITY_OFFSET))
    return int(np.count_nonzero(part > _STABILITY_OFFSET)) / wide if wide else 0.0


class EnlargedMask(Mask):
    """A large mask kept as its low-resolution cells until somebody looks at its pixels.

    Enlarging 24 megapixels costs more than a decoder's run allows, and of three candidates one is looked at. Behaves
    as any ``Mask``; travels between processes as its cells.
    """

    __slots__ = ("_made", "area_px", "frame", "levels", "origin")
    levels: Levels
    origin: tuple[float, float]
    area_px: tuple[int, int, int, int]
    frame: Frame
    _made: Mask | None

    def __init__(
        self, levels: Levels, origin: tuple[float, float], area_px: tuple[int, int, int, int], frame: Frame
    ) -> None:
        values = (levels, origin, area_px, frame, None)
        for name, value in zip(("levels", "origin", "area_px", "frame", "_made"), values, strict=True):
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return EnlargedMask, (self.levels, self.origin, self.area_px, self.frame)

    def moved(self, dx: int, dy: int) -> EnlargedMask:
        """The same region ``dx`` columns and ``dy`` rows further; its pixels are still not made."""
        x0, y0, x1, y1 = self.area_px
        origin = self.origin[0] + dx * self.frame.fx, self.origin[1] + dy * self.frame.fy
        return EnlargedMask(self.levels, origin, (x0 + dx, y0 + dy, x1 + dx, y1 + dy), self.frame)

    def _mask(self) -> Mask:
        if self._made is None:
            x0, y0 = self.area_px[:2]
            levels = _enlarge(self.levels, self.origin, self.area_px, self.frame)
            made = _tight(levels, x0, y0) or Mask(np.ones((1, 1), np.bool_), x0, y0)
            object.__setattr__(self, "_made", made)
            return made
        return self._made

    @property
    def extent(self) -> tuple[float, float, float, float]:
        if self._made is not None:
            return self._made.bounds
        x0, y0, x1, y1 = self.area_px
        return float(x0), float(y0), float(x1), float(y1)

    def sample(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> BoolArray:
        """From the cells, so that a small picture of the mask does not make its pixels."""
        if self._made is not None:
            return self._made.sample(x, y)
        x0, y0, x1, y1 = self.area_px
        rows, columns = self.levels.shape
        across = np.asarray((x - x0) * columns / (x1 - x0) - 0.5, np.float32)
        down = np.asarray((y - y0) * rows / (y1 - y0) - 0.5, np.float32)
        maps = np.meshgrid(across, down)
        levels = cv2.remap(self.levels, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inside = ((y >= y0) & (y < y1))[:, None] & ((x >= x0) & (x < x1))[None, :]
        return np.asarray((levels > 127) & inside)

    @property
    def crop(self) -> BoolArray:
        return self._mask().crop

    @property
    def x(self) -> int:
        return self._mask().x

    @property
    def y(self) -> int:
        return self._mask().y


def to_mask(logits: Logits, frame: Frame) -> Mask | None:
    """The region over 0 as a tight mask at image resolution, None when there is none.

    Interpolated linearly, only within the bounds of the positive cells; a large crop may be off by half a pixel, and is
    made when it is first looked at.
    """
    columns, rows = frame.used
    part = logits[:rows, :columns]
    positive = cv2.boundingRect((part > 0).view(np.uint8))
    if positive[2] == 0:
        return None
    left, top = max(positive[0] - 1, 0), max(positive[1] - 1, 0)
    right, bottom = min(positive[0] + positive[2] + 1, columns), min(positive[1] + positive[3] + 1, rows)
    x0, x1 = _pixels(left, right, columns, frame.fx, frame.width)
    y0, y1 = _pixels(top, bottom, rows, frame.fy, frame.height)
    if x1 <= x0 or y1 <= y0:
        return None
    # Bytes keep the zero crossing to 1/250 of the range at the edge and interpolate several times faster than floats.
    cells = part[top:bottom, left:right]
    strongest = _strongest_at_edge(cells)
    levels = cv2.convertScaleAbs(np.clip(cells, -strongest, strongest), alpha=127.0 / strongest, beta=127.5)
    area_px = x0, y0, x1, y1
    if (x1 - x0) * (y1 - y0) > _LAZY_PIXELS:
        return EnlargedMask(levels, (left, top), area_px, frame)
    return _tight(_enlarge(levels, (left, top), area_px, frame), x0, y0)


def moved(mask: Mask, dx: int, dy: int) -> Mask:
    """``mask`` shifted by whole pixels; one that was not looked at yet stays so."""
    return mask.moved(dx, dy) if isinstance(mask, EnlargedMask) else shifted(mask, dx, dy)


def _strongest_at_edge(cells: Logits) -> float:
    """Largest magnitude among cells with a neighbour of the other sign: those alone decide where the edge runs."""
    positive = (cells > 0).view(np.uint8)
    block = np.ones((3, 3), np.uint8)
    edge = cv2.dilate(positive, block) != cv2.erode(positive, block)
    return max(float(np.abs(cells[edge]).max()), 1e-6) if edge.any() else 1.0


def _pixels(first: int, last: int, cells: int, scale: float, size: int) -> tuple[int, int]:
    low = round(first / scale) if first else 0
    high = round(last / scale) if last < cells else size
    return min(low, size), min(high, size)


def _enlarge(
    levels: NDArray[Any], origin: tuple[float, float], area: tuple[int, int, int, int], frame: Frame
) -> NDArray[Any]:
    x0, y0, x1, y1 = area
    width, height = x1 - x0, y1 - y0
    if width * height > _EXACT_PIXELS:
        large: NDArray[Any] = cv2.resize(levels, (width, height), interpolation=cv2.INTER_LINEAR)
        return large
    # From pixel (i, j) of the crop to its cell; exact, and slower than a plain resize.
    back = np.array(
        [
            [frame.fx, 0.0, (x0 + 0.5) * frame.fx - 0.5 - origin[0]],
            [0.0, frame.fy, (y0 + 0.5) * frame.fy - 0.5 - origin[1]],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    exact: NDArray[Any] = cv2.warpAffine(levels, back, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return exact


def _tight(levels: NDArray[Any], x: int, y: int) -> Mask | None:
    inside = cv2.threshold(levels, 127, 1, cv2.THRESH_BINARY, dst=levels)[1]
    left, top, width, height = cv2.boundingRect(inside)
    if width == 0:
        return None
    return Mask(inside[top : top + height, left : left + width].view(np.bool_), x + left, y + top)


def from_mask(mask: Mask, frame: Frame) -> Logits:
    """``mask`` as logits (cells, cells): +10 inside, -10 outside, in between by how much of a cell is covered."""
    logits = np.full((frame.cells, frame.cells), -_PRIOR_LOGIT, np.float32)
    rows, columns = mask.crop.shape
    left, top = int(mask.x * frame.fx), int(mask.y * frame.fy)
    right = min(frame.cells, int(np.ceil((mask.x + columns) * frame.fx)))
    bottom = min(frame.cells, int(np.ceil((mask.y + rows) * frame.fy)))
    left, top = max(left, 0), max(top, 0)
    if right <= left or bottom <= top:
        return logits
    # The pixels below these very cells, so that the area average needs no sub-cell shift.
    x0, x1 = round(left / frame.fx), max(round(right / frame.fx), round(left / frame.fx) + 1)
    y0, y1 = round(top / frame.fy), max(round(bottom / frame.fy), round(top / frame.fy) + 1)
    window = np.zeros((y1 - y0, x1 - x0), np.float32)
    _paste(window, mask, x0, y0)
    shape = (right - left, bottom - top)
    smaller = shape[0] <= window.shape[1] and shape[1] <= window.shape[0]
    cover = cv2.resize(window, shape, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    logits[top:bottom, left:right] = (2.0 * cover - 1.0) * _PRIOR_LOGIT
    return logits


def _paste(window: NDArray[np.float32], mask: Mask, x0: int, y0: int) -> None:
    rows, columns = mask.crop.shape
    left, top = max(mask.x, x0), max(mask.y, y0)
    right = min(mask.x + columns, x0 + window.shape[1])
    bottom = min(mask.y + rows, y0 + window.shape[0])
    if right > left and bottom > top:
        window[top - y0 : bottom - y0, left - x0 : right - x0] = mask.crop[
            top - mask.y : bottom - mask.y, left - mask.x : right - mask.x
        ]


def overlap(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """IoU of two regions of the same grid; 0 when both are empty."""
    both = int(np.count_nonzero(first & second))
    either = int(np.count_nonzero(first)) + int(np.count_nonzero(second)) - both
    return both / either if either else 0.0
