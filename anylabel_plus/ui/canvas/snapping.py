"""Where a new point is drawn to: vertices and edges of the shapes around, so that borders are shared without gaps."""

from __future__ import annotations

from collections.abc import Iterable

from anylabel_plus.core import geometry
from anylabel_plus.core.borders import Place, place_on, points_between
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui.canvas import hits
from anylabel_plus.ui.canvas.tools_base import XY, Target

FOLLOWED_KINDS = frozenset(("polygon", "rectangle", "rotation", "quadrilateral", "line", "linestrip"))
"""Kinds whose outline runs through their points."""


def nearest(shapes: Iterable[Shape], x: float, y: float, reach: float) -> Target | None:
    """The nearest vertex of ``shapes`` within ``reach`` (image pixels), else the nearest place on an edge."""
    vertex: Target | None = None
    edge: Target | None = None
    near_vertex = near_edge = reach
    for shape in shapes:
        found = hits.vertex(shape, x, y, near_vertex) if shape.kind != "circle" else None
        if found is not None:
            vertex, near_vertex = found, _distance(found, x, y)
        if vertex is None:
            found = hits.edge(shape, x, y, near_edge) if shape.kind != "circle" else _on_rim(shape, x, y, near_edge)
            if found is not None:
                edge, near_edge = found, _distance(found, x, y)
    return vertex or edge


def _distance(target: Target, x: float, y: float) -> float:
    return float(((target.x - x) ** 2 + (target.y - y) ** 2) ** 0.5)


def _on_rim(shape: Shape, x: float, y: float, reach: float) -> Target | None:
    (cx, cy), radius = shape.points[0].tolist(), geometry.radius(shape)
    away = ((x - cx) ** 2 + (y - cy) ** 2) ** 0.5
    if not away or abs(away - radius) > reach:
        return None
    share = radius / away
    return Target(shape.id, "edge", 0, 0, cx + (x - cx) * share, cy + (y - cy) * share)


def border(shape: Shape, start: Target, end: Target) -> tuple[XY, ...]:
    """The points of ``shape`` between two snapped places on the same ring of it, the shorter way round."""
    if shape.kind not in FOLLOWED_KINDS or start.ring != end.ring:
        return ()
    rings = geometry.handle_rings(shape)
    if start.ring >= len(rings) or max(start.index, end.index) >= len(rings[start.ring]):
        return ()
    ring = rings[start.ring]
    a, b = (Place(t.index) if t.part == "vertex" else place_on(ring, t.index, t.x, t.y) for t in (start, end))
    passed = points_between(ring, a, b, closed=KINDS[shape.kind].closed)
    return tuple((x, y) for x, y in passed.tolist())
