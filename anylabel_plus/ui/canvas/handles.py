"""Handles beside the shape's own points: they turn a box, move one side of it, resize several shapes."""

from __future__ import annotations

import math

from anylabel_plus.core import geometry, turning
from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.canvas.tools_base import XY, Box, Target

TURN_HANDLE_PX = 24.0
"""From the first side of the box to the handle that turns it, on screen."""
SIDE_LEAST_PX = 40.0
"""Shorter sides on screen have no handle: there it would be in the way of the corners and of moving."""
SIDED_KINDS = frozenset(("rectangle", "rotation"))
RESIZED_MOST = 400
"""More selected shapes than this are not resized together: a drag must stay fluent."""


def side_middle(shape: Shape) -> XY:
    """The middle of the first side of a box, where the stalk of its turning handle begins; image pixels."""
    (ax, ay), (bx, by) = shape.points[:2].tolist()
    return (ax + bx) / 2, (ay + by) / 2


def turn_handle(shape: Shape, scale: float) -> XY | None:
    """Where the handle that turns ``shape`` lies at ``scale`` widget pixels an image pixel; None without one."""
    if shape.kind != "rotation" or not turning.can_turn(shape):
        return None
    mx, my = side_middle(shape)
    cx, cy = turning.centre_of(shape)
    away = math.dist((mx, my), (cx, cy))
    if not away:
        return None
    reach = TURN_HANDLE_PX / scale / away
    return mx + (mx - cx) * reach, my + (my - cy) * reach


def side_handles(shape: Shape, scale: float) -> list[tuple[int, XY]]:
    """Number and middle of each side of a box that is long enough at ``scale``; side n begins at corner n."""
    if shape.kind not in SIDED_KINDS or shape.locked:
        return []
    ring = geometry.handle_rings(shape)[0].tolist()
    sides = [(number, ring[number], ring[(number + 1) % 4]) for number in range(4)]
    return [
        (number, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2))
        for number, a, b in sides
        if math.dist(a, b) * scale >= SIDE_LEAST_PX
    ]


def shape_target(shape: Shape, x: float, y: float, reach: float, scale: float) -> Target | None:
    """The handle of ``shape``, selected alone, within ``reach`` (image pixels) of the pointer."""
    place = turn_handle(shape, scale)
    if place is not None and math.dist(place, (x, y)) <= reach:
        return Target(shape.id, "turn", 0, 0, *place)
    for number, middle in side_handles(shape, scale):
        if math.dist(middle, (x, y)) <= reach:
            return Target(shape.id, "side", 0, number, *middle)
    return None


def box_corners(box: Box) -> list[XY]:
    """Top left, top right, bottom right, bottom left."""
    x0, y0, x1, y1 = box
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def bound_target(box: Box | None, x: float, y: float, reach: float) -> Target | None:
    """The corner of the bound of several shapes within ``reach`` (image pixels) of the pointer."""
    if box is None:
        return None
    corners = box_corners(box)
    for number, corner in enumerate(corners):
        if math.dist(corner, (x, y)) <= reach:
            return Target(0, "bound", number, number, *corners[(number + 2) % 4])
    return None
