"""What of one shape lies under the pointer. Arrays only: shapes may have thousands of vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import geometry
from anylabel_plus.core.ring import segment_distances
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui.canvas.tools_base import Target

Ring = NDArray[np.float64]


def find(shape: Shape, x: float, y: float, reach: float, edge_reach: float) -> Target | None:
    """A vertex within ``reach``, else an edge within ``edge_reach``, else the inside; image pixels."""
    return vertex(shape, x, y, reach) or edge(shape, x, y, edge_reach) or inside(shape, x, y)


def vertex(shape: Shape, x: float, y: float, reach: float) -> Target | None:
    """The nearest vertex within ``reach``."""
    best: Target | None = None
    for number, ring in enumerate(geometry.handle_rings(shape)):
        squares = (ring[:, 0] - x) ** 2 + (ring[:, 1] - y) ** 2
        index = int(squares.argmin())
        if squares[index] <= reach * reach:
            reach = float(squares[index]) ** 0.5
            best = Target(shape.id, "vertex", number, index, float(ring[index, 0]), float(ring[index, 1]))
    return best


def vertices(shape: Shape, x: float, y: float, reach: float) -> frozenset[tuple[int, int]]:
    """All vertices within ``reach``, as (ring, index)."""
    return frozenset(
        (number, int(index))
        for number, ring in enumerate(geometry.handle_rings(shape))
        for index in np.flatnonzero((ring[:, 0] - x) ** 2 + (ring[:, 1] - y) ** 2 <= reach * reach)
    )


def edge(shape: Shape, x: float, y: float, reach: float) -> Target | None:
    """The nearest edge within ``reach`` and the point of it that is nearest."""
    if shape.kind in ("point", "points", "mask"):
        return None
    if shape.kind == "circle":
        away = abs(float(np.hypot(*(shape.points[0] - (x, y)))) - geometry.radius(shape))
        return Target(shape.id, "edge", 0, 0, x, y) if away <= reach else None
    closed = KINDS[shape.kind].closed
    position = np.array((x, y))
    best: Target | None = None
    for number, ring in enumerate(geometry.outline(shape)):
        starts, ends = (ring, np.roll(ring, -1, axis=0)) if closed else (ring[:-1], ring[1:])
        distances = segment_distances(position, starts, ends)
        index = int(distances.argmin())
        if distances[index] <= reach:
            reach = float(distances[index])
            at_x, at_y = _foot(starts[index], ends[index], position)
            best = Target(shape.id, "edge", number, index, at_x, at_y)
    return best


def _foot(start: Ring, end: Ring, position: Ring) -> tuple[float, float]:
    along = end - start
    share = float(np.dot(position - start, along)) / (float(np.dot(along, along)) or 1.0)
    x, y = (start + min(max(share, 0.0), 1.0) * along).tolist()
    return x, y


def inside(shape: Shape, x: float, y: float) -> Target | None:
    """The shape itself, when the position is inside."""
    return Target(shape.id, "inside", 0, 0, x, y) if geometry.contains(shape, x, y) else None
