"""What dragging one handle does to a shape's points, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anylabel_plus.core.geometry import angle, corners
from anylabel_plus.core.shapes import Points, Shape

_DEPTH_NOISE = 1e-6  # px; rounding of a back face that follows the front one


def following(shape: Shape, points: Points) -> dict[str, Any]:
    """Fields that follow from new points (N, 2): direction of a rotated box, depth that a cuboid's file tells."""
    if shape.kind == "rotation" and shape.direction is not None and not (points[0] == points[1]).all():
        return {"direction": angle(points)}
    told = shape.extra.get("cuboid3d")
    if shape.kind != "cuboid" or not isinstance(told, Mapping) or "depth_vector" not in told:
        return {}
    before, depth = ((ring[4:] - ring[:4]).mean(axis=0) for ring in (shape.points, points))
    if np.allclose(before, depth, rtol=0.0, atol=_DEPTH_NOISE):
        return {}
    return {"extra": {**shape.extra, "cuboid3d": {**told, "depth_vector": depth.tolist()}}}


def moving_along(shape: Shape, index: int) -> Points | None:
    """Offsets (N, 2) from handle ``index`` of ring 0 to it and to the points that a drag moves just as far.

    None where it moves alone. Of a cuboid a front corner takes its back corner along, a back corner its face.
    """
    if shape.kind != "cuboid":
        return None
    moving = shape.points[[index, index + 4]] if index < 4 else shape.points[4:]
    offsets: Points = moving - shape.points[index]
    return offsets


def moved_vertex(shape: Shape, index: int, x: float, y: float) -> Points:
    """New ``points`` of ``shape`` with handle ``index`` of ring 0 at (x, y) (see ``edits.move_vertex``)."""
    if shape.kind == "rectangle":
        return _rectangle(shape.points, index, x, y)
    if shape.kind == "rotation":
        return _rotated_box(shape, index, x, y)
    if shape.kind == "cuboid":
        return _cuboid(shape.points, index, x, y)
    points = shape.points.copy()
    points[index] = x, y
    return points


def _rectangle(points: Points, index: int, x: float, y: float) -> Points:
    """Handles are the corners p0, (x of p1, y of p0), p1, (x of p0, y of p1)."""
    moved = points.copy()
    moved[1 if index in (1, 2) else 0, 0] = x
    moved[1 if index in (2, 3) else 0, 1] = y
    return moved


def _axis(shape: Shape) -> tuple[float, float]:
    """Unit vector along the first side; of a box without width, along its direction or its height."""
    points = shape.points
    for start, end, quarter in ((0, 1, False), (3, 2, False), (1, 2, True), (0, 3, True)):
        dx, dy = (points[end] - points[start]).tolist()
        length = float(np.hypot(dx, dy))
        if length > 1e-9:
            return (dy / length, -dx / length) if quarter else (dx / length, dy / length)
    turn = shape.direction or 0.0
    return float(np.cos(turn)), float(np.sin(turn))


def _rotated_box(shape: Shape, index: int, x: float, y: float) -> Points:
    ux, uy = _axis(shape)
    moved = shape.points.copy()
    opposite = (index + 2) % 4
    fixed = shape.points[opposite]
    dx, dy = x - float(fixed[0]), y - float(fixed[1])
    along = dx * ux + dy * uy
    across = -dx * uy + dy * ux
    on_axis = fixed + np.array((along * ux, along * uy))
    off_axis = fixed + np.array((-across * uy, across * ux))
    moved[index] = x, y
    # Sides 0-1 and 2-3 run along the axis.
    moved[opposite ^ 1], moved[index ^ 1] = on_axis, off_axis
    return moved


def _cuboid(points: Points, index: int, x: float, y: float) -> Points:
    moved = points.copy()
    if index >= 4:
        moved[4:] += np.array((x, y)) - points[index]
        return moved
    depth = points[4:] - points[:4]
    fixed = points[(index + 2) % 4]
    moved[index] = x, y
    if np.allclose(corners(points[0], points[2]), points[:4], atol=1e-6):
        # An upright front face stays one.
        moved[index ^ 1] = fixed[0], y
        moved[3 - index] = x, fixed[1]
    moved[4:] = moved[:4] + depth
    return moved
