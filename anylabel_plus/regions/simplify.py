"""Fewer points for outlines and lines, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anylabel_plus.core import edits, geometry
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.regions import vector

SIMPLE_KINDS = frozenset(("polygon", "linestrip"))
"""Kinds that may have any number of points."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Points before and after; ``iou`` of the areas before and after, None where there is no area."""

    before: int
    after: int
    iou: float | None


def simplified(shape: Shape, px: float) -> Shape:
    """The shape with as few of its points as keep every dropped one within ``px`` of the line.

    No ring collapses (see ``geometry.simplify``). The shape itself when no point can go, or when its
    kind has a fixed number of points.
    """
    if shape.kind not in SIMPLE_KINDS or px <= 0:
        return shape
    closed = KINDS[shape.kind].closed
    points = geometry.simplify(shape.points, px, closed=closed)
    holes = tuple(geometry.simplify(ring, px) for ring in shape.holes)
    return edits.changed_shape(shape, points=points, holes=holes)


def cost(before: Sequence[Shape], after: Sequence[Shape]) -> Cost:
    """What simplifying these shapes, in the same order, did; the IoU is that of all areas together."""
    areas = [(a, b) for a, b in zip(before, after, strict=True) if KINDS[a.kind].has_area]
    common = whole = 0.0
    for old, new in areas:
        size = geometry.area(old)
        share = 1.0 if old is new else vector.iou(geometry.area_rings(old), geometry.area_rings(new))
        common, whole = common + share * size, whole + size
    return Cost(sum(map(_count, before)), sum(map(_count, after)), common / whole if whole else None)


def _count(shape: Shape) -> int:
    return len(shape.points) + sum(map(len, shape.holes))
