"""Brush strokes: which pixels they cover, and their outline as smooth rings.

A tip of size ``s`` covers the pixels whose centre is within s / 2 of it: in all directions for a
round tip, along either axis for a square one. A stroke covers what its tip covers anywhere on the
way from each position to the next. Positions are snapped (``Tip.snapped``), so that a tip of one
pixel covers exactly one pixel, and a tip of any size the same pattern everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import masks
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.ring import Points, simplified_ring

XY = tuple[float, float]
PixelBox = tuple[int, int, int, int]
"""Columns and rows x0, y0, x1, y1; the last ones are not part of it."""

_NOISE = 1e-9
_SMOOTH_FROM = 4
"""Outlines of smaller tips follow the pixel edges."""
_KERNEL = np.array((1.0, 4.0, 6.0, 4.0, 1.0)) / 16.0


@dataclass(frozen=True, slots=True)
class Tip:
    """Diameter of a round tip or side of a square one, in whole image pixels."""

    size: int
    square: bool = False

    def snapped(self, x: float, y: float) -> XY:
        """The nearest position where the tip's edges lie on pixel edges."""
        if self.size % 2:
            return math.floor(x) + 0.5, math.floor(y) + 0.5
        return math.floor(x + 0.5), math.floor(y + 0.5)


def swept(tip: Tip, a: XY, b: XY) -> Mask:
    """The pixels that the tip covers on the straight way from ``a`` to ``b`` (image pixels).

    What is covered is convex, so every row has one interval of columns, worked out exactly.
    """
    reach = tip.size / 2
    top = math.ceil(min(a[1], b[1]) - reach - 0.5 - _NOISE)
    stop = math.floor(max(a[1], b[1]) + reach - 0.5 + _NOISE) + 1
    rows = np.arange(top, stop, dtype=np.float64) + 0.5
    low, high = (_square_span if tip.square else _round_span)(rows, a, b, reach)
    first = np.ceil(low - 0.5 - _NOISE)
    end = np.floor(high - 0.5 + _NOISE) + 1
    used = end > first
    if not used.any():
        return masks.EMPTY
    left, right = int(first[used].min()), int(end[used].max())
    first, end = np.where(used, first - left, 0).astype(np.int32), np.where(used, end - left, 0).astype(np.int32)
    columns = np.arange(right - left, dtype=np.int32)
    crop = (columns >= first[:, None]) & (columns < end[:, None])
    return Mask(crop, left, top)


Span = tuple[NDArray[np.float64], NDArray[np.float64]]


def _round_span(rows: NDArray[np.float64], a: XY, b: XY, reach: float) -> Span:
    """Where each row enters and leaves the two end discs and the band between them."""
    low, high = np.full(rows.shape, np.inf), np.full(rows.shape, -np.inf)
    for x, y in (a, b):
        inside = reach * reach - (rows - y) ** 2
        met = inside >= -_NOISE
        half = np.sqrt(np.maximum(inside, 0.0))
        low = np.where(met, np.minimum(low, x - half), low)
        high = np.where(met, np.maximum(high, x + half), high)
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy)
    if length == 0.0:
        return low, high
    down = rows - a[1]
    # Along the way: 0 <= x dx + down dy <= length²; across it: |down dx - x dy| <= reach length.
    from_along, to_along = _between(dx, down * dy, 0.0, length * length)
    from_across, to_across = _between(-dy, down * dx, -reach * length, reach * length)
    begin, finish = np.maximum(from_along, from_across), np.minimum(to_along, to_across)
    met = finish >= begin
    low = np.where(met, np.minimum(low, begin + a[0]), low)
    high = np.where(met, np.maximum(high, finish + a[0]), high)
    return low, high


def _between(factor: float, offset: NDArray[np.float64], least: float, most: float) -> Span:
    """The interval of x with ``least <= x * factor + offset <= most``, infinite or empty where x has no say."""
    if factor == 0.0:
        holds = (offset >= least) & (offset <= most)
        return np.where(holds, -np.inf, np.inf), np.where(holds, np.inf, -np.inf)
    one, other = (least - offset) / factor, (most - offset) / factor
    return (one, other) if factor > 0 else (other, one)


def _square_span(rows: NDArray[np.float64], a: XY, b: XY, reach: float) -> Span:
    """The columns of a square on its way: those of the part of the way on which it meets the row."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    if dy == 0.0:
        met = np.abs(rows - a[1]) <= reach + _NOISE
        begin, finish = np.where(met, 0.0, 2.0), np.where(met, 1.0, -1.0)
    else:
        begin, finish = _between(0.0, rows, -np.inf, np.inf)
        one, other = (rows - a[1] - reach) / dy, (rows - a[1] + reach) / dy
        begin, finish = np.maximum(np.minimum(one, other), 0.0), np.minimum(np.maximum(one, other), 1.0)
        met = finish >= begin - _NOISE
    ends = a[0] + begin * dx, a[0] + finish * dx
    low = np.where(met, np.minimum(*ends) - reach, np.inf)
    high = np.where(met, np.maximum(*ends) + reach, -np.inf)
    return low, high


class Coverage:
    """The pixels covered so far, in a crop that grows with the stroke but never beyond the image.

    The crop may reach over the image's edge by one tip, so that the outline of a stroke along the
    edge is not bent there; ``mask`` is cut to the image.
    """

    def __init__(self, width: int, height: int, tip: Tip) -> None:
        self.tip = tip
        self._size = width, height
        self._frame: PixelBox = (-tip.size, -tip.size, width + tip.size, height + tip.size)
        self._box: PixelBox = (0, 0, 0, 0)
        self._crop = np.zeros((0, 0), np.bool_)

    def sweep(self, a: XY, b: XY) -> PixelBox:
        """Cover the way from ``a`` to ``b``; gives back the box of what may have changed."""
        added = swept(self.tip, a, b)
        rows, columns = added.crop.shape
        x0, y0 = max(added.x, self._frame[0]), max(added.y, self._frame[1])
        x1, y1 = min(added.x + columns, self._frame[2]), min(added.y + rows, self._frame[3])
        if x1 <= x0 or y1 <= y0:
            return 0, 0, 0, 0
        self._make_room((x0, y0, x1, y1))
        left, top = self._box[:2]
        part = added.crop[y0 - added.y : y1 - added.y, x0 - added.x : x1 - added.x]
        self._crop[y0 - top : y1 - top, x0 - left : x1 - left] |= part
        return x0, y0, x1, y1

    def _make_room(self, box: PixelBox) -> None:
        """Let the crop hold ``box``; half as much again on the sides that grow, so that this is rare."""
        old = self._box
        if not self._crop.size:
            old = box
        elif old[0] <= box[0] and old[1] <= box[1] and box[2] <= old[2] and box[3] <= old[3]:
            return
        spare_x, spare_y = (old[2] - old[0]) // 2 + 64, (old[3] - old[1]) // 2 + 64
        frame = self._frame
        new = (
            max(frame[0], min(old[0], box[0] - spare_x)) if box[0] < old[0] or not self._crop.size else old[0],
            max(frame[1], min(old[1], box[1] - spare_y)) if box[1] < old[1] or not self._crop.size else old[1],
            min(frame[2], max(old[2], box[2] + spare_x)) if box[2] > old[2] or not self._crop.size else old[2],
            min(frame[3], max(old[3], box[3] + spare_y)) if box[3] > old[3] or not self._crop.size else old[3],
        )
        crop = np.zeros((new[3] - new[1], new[2] - new[0]), np.bool_)
        if self._crop.size:
            rows, columns = self._crop.shape
            top, left = old[1] - new[1], old[0] - new[0]
            crop[top : top + rows, left : left + columns] = self._crop
        self._box, self._crop = new, crop

    @property
    def live(self) -> Mask:
        """What is covered so far, for looking at only: the crop changes with the next ``sweep``."""
        return Mask(self._crop, self._box[0], self._box[1])

    def whole(self) -> Mask:
        """A copy of what is covered, where it reaches over the image's edge included."""
        return masks.tight(self.live, copy=True)

    def mask(self) -> Mask:
        """A copy of what is covered inside the image, tightly cropped."""
        return masks.tight(masks.clip(self.live, *self._size), copy=True)


def outline(covered: Mask, tip: Tip) -> tuple[Points, ...]:
    """Rings (even-odd) around covered pixels: smooth for a round tip, straight for a square one.

    A smooth ring runs through the middles of the pixel edges, averaged over five of them, and is
    thinned by at most a sixtieth of the tip (0.25 to 1 px).
    """
    if tip.square or tip.size < _SMOOTH_FROM:
        detail = 0.5 if tip.square and tip.size >= _SMOOTH_FROM else 0.0
        return tuple(ring for part in masks.polygons(covered, detail) for ring in (part.exterior, *part.holes))
    detail = min(1.0, max(0.25, tip.size / 60))
    exact = (ring for part in masks.polygons(covered) for ring in (part.exterior, *part.holes))
    return tuple(simplified_ring(_smoothed(ring), detail) for ring in exact)


def _smoothed(ring: Points) -> Points:
    """The middles of the unit edges of a ring on the pixel grid, averaged along the ring."""
    following = np.roll(ring, -1, axis=0)
    steps = np.abs(following - ring).sum(axis=1).astype(np.int64)
    owner = np.repeat(np.arange(len(ring)), steps)
    at = np.arange(owner.size) - np.repeat(np.cumsum(steps) - steps, steps)
    direction = np.sign(following - ring)
    middles = ring[owner] + direction[owner] * (at[:, None] + 0.5)
    if len(middles) < 8:
        return ring
    smooth = sum(weight * np.roll(middles, shift - 2, axis=0) for shift, weight in enumerate(_KERNEL))
    return np.asarray(smooth, np.float64)
