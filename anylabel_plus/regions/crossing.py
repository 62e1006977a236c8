"""Whether a line runs right across a shape: quick enough to be asked while it is drawn."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from anylabel_plus.core import geometry
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import KINDS, Points, Shape
from anylabel_plus.regions.split import cut

_STEP_PX = 0.5  # a line over a mask is looked at in such steps
_MOST_STEPS = 200_000


def divides(shape: Shape, line: Points) -> bool:
    """True when ``line`` (N, 2) comes from outside, crosses the shape and ends outside of it.

    Lines are divided where they are crossed; shapes without an area or length never are.
    """
    if len(line) < 2:
        return False
    if shape.kind in ("line", "linestrip"):
        return bool(cut(shape.points, line))
    if not KINDS[shape.kind].has_area:
        return False
    if shape.mask is not None:
        return _crosses_mask(shape.mask, line)
    if any(geometry.contains(shape, *line[end].tolist()) for end in (0, -1)):
        return False
    return sum(_crossings(ring, line) for ring in geometry.area_rings(shape)) >= 2


def _crossings(ring: Points, line: Points) -> int:
    """How many pairs of an edge of the closed ring and a segment of the line cross or touch."""
    a, b = ring, np.roll(ring, -1, axis=0)
    count = 0
    for p, q in pairwise(line):
        side = _side(p, q, a) >= 0
        met = side != np.roll(side, -1)
        turn = _side(a[met], b[met], p) >= 0
        count += int(np.count_nonzero(turn != (_side(a[met], b[met], q) >= 0)))
    return count


def _side(start: Points, end: Points, at: Points) -> Points:
    along, offset = end - start, at - start
    result: Points = along[..., 0] * offset[..., 1] - along[..., 1] * offset[..., 0]
    return result


def _crosses_mask(mask: Mask, line: Points) -> bool:
    lengths = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))))
    steps = np.linspace(0.0, lengths[-1], min(int(lengths[-1] / _STEP_PX) + 2, _MOST_STEPS))
    columns, rows = (
        np.floor(np.interp(steps, lengths, line[:, axis])).astype(np.int64) - offset
        for axis, offset in ((0, mask.x), (1, mask.y))
    )
    height, width = mask.crop.shape
    known = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    inside = np.zeros(len(steps), np.bool_)
    inside[known] = mask.crop[rows[known], columns[known]]
    return bool(inside.any()) and not inside[0] and not inside[-1]
