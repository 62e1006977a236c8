"""Shape, the value of one annotated region, and KINDS, the table of what a shape can be.

To add a shape kind:
 1. add its row to KINDS (point counts, holes or mask allowed, closed, area or not);
 2. teach ``geometry`` its outline, bounds and hit test if no existing rule serves;
 3. add an example to ``tests/fixtures/native`` and, only if no existing tool draws it, a tool in ``ui/canvas/tools``.
The tests run over KINDS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anylabel_plus.core.masks import Mask
from anylabel_plus.core.provenance import Provenance

Points = NDArray[np.float64]
"""Read-only float64 array of shape (N, 2): x, y in upright image pixels, pixel centres at +0.5."""


def as_points(values: ArrayLike) -> Points:
    """A read-only (N, 2) float64 copy of ``values``; raises ValueError for any other shape."""
    array = np.array(values, dtype=np.float64)
    if array.size == 0:
        array = array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"points must be pairs of numbers, got an array of shape {array.shape}")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of KINDS. Point counts are those of ``Shape.points`` (the exterior ring)."""

    name: str
    title: str
    icon: str
    min_points: int
    max_points: int | None
    closed: bool = False
    has_area: bool = False
    holes: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("polygon", "Polygon", "ph.polygon", 3, None, closed=True, has_area=True, holes=True),
        # Two opposite corners, in any order; files with four corners are folded on reading.
        Kind("rectangle", "Rectangle", "ph.rectangle", 2, 2, closed=True, has_area=True),
        Kind("rotation", "Rotated box", "ph.bounding-box", 4, 4, closed=True, has_area=True),
        # Centre, and a point on the rim.
        Kind("circle", "Circle", "ph.circle", 2, 2, closed=True, has_area=True),
        Kind("line", "Line", "ph.line-segment", 2, 2),
        Kind("linestrip", "Polyline", "ph.line-segments", 2, None),
        Kind("point", "Point", "ph.crosshair-simple", 1, 1),
        Kind("points", "Points", "ph.dots-nine", 1, None),
        Kind("quadrilateral", "Quadrilateral", "ph.parallelogram", 4, 4, closed=True, has_area=True),
        # Front face TL, TR, BR, BL, then back face in the same order.
        Kind("cuboid", "Cuboid", "ph.cube", 8, 8, has_area=True),
        # ``points`` are two corners of the crop's box; the pixels are in ``Shape.mask``.
        Kind("mask", "Mask", "ph.paint-brush", 2, 2, closed=True, has_area=True),
    )
}


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One annotated region of an image. Frozen; compare by identity, or field by field.

    ``id`` is unique in its document and survives edits and undo; it is not stored. ``holes`` are
    further rings of a polygon (even-odd). ``mask`` is set for kind ``mask`` only. ``direction`` is
    the angle in radians of a rotated box, 0 to 2 pi, clockwise on screen from the x axis.
    ``extra`` keeps unknown keys of the file in their order.
    """

    id: int
    kind: str
    label: str
    points: Points
    holes: tuple[Points, ...] = ()
    mask: Mask | None = None
    group_id: int | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    description: str = ""
    score: float | None = None
    difficult: bool = False
    locked: bool = False
    direction: float | None = None
    provenance: Provenance | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def with_(self, **changes: Any) -> Shape:
        """A copy with the given fields replaced; ``points`` and ``holes`` are made read-only."""
        if "points" in changes:
            changes["points"] = as_points(changes["points"])
        if "holes" in changes:
            changes["holes"] = tuple(as_points(ring) for ring in changes["holes"])
        return replace(self, **changes)


def make_shape(kind: str, label: str, points: ArrayLike, **fields: Any) -> Shape:
    """A new shape, id 0 until a document gives it one (``document.add_shapes``).

    Raises:
        ValueError: unknown kind, or a point count that the kind does not allow.
    """
    row = KINDS.get(kind)
    if row is None:
        raise ValueError(f"unknown shape kind {kind!r}; known: {', '.join(KINDS)}")
    array = as_points(points)
    count = len(array)
    if count < row.min_points or (row.max_points is not None and count > row.max_points):
        raise ValueError(f"a {kind} cannot have {count} points")
    if "holes" in fields:
        fields["holes"] = tuple(as_points(ring) for ring in fields["holes"])
    return Shape(id=0, kind=kind, label=label, points=array, **fields)
