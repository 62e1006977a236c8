"""A cuboid from its front box and the way to its back face."""

from __future__ import annotations

from typing import Any

from anylabel_plus.core.shapes import Shape, make_shape

XY = tuple[float, float]

CORNERS = ("ftl", "ftr", "fbr", "fbl", "btl", "btr", "bbr", "bbl")
"""Names of the eight points in their order: front and back, top and bottom, left and right."""


def cuboid_points(a: XY, b: XY, depth: XY) -> list[XY]:
    """The eight points of the cuboid whose front face has opposite corners ``a`` and ``b``; image pixels."""
    (left, right), (top, bottom) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    front = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return [*front, *((x + depth[0], y + depth[1]) for x, y in front)]


def make_cuboid(label: str, a: XY, b: XY, depth: XY) -> Shape:
    """A new cuboid that tells its depth as X-AnyLabeling's files do (``cuboid3d``)."""
    told: dict[str, Any] = {
        "version": 1,
        "mode": "from_rectangle",
        "vertices2d_order": list(CORNERS),
        "depth_vector": [float(depth[0]), float(depth[1])],
        "source": "manual",
    }
    return make_shape("cuboid", label, cuboid_points(a, b, depth), extra={"cuboid3d": told})


def depth_inside(a: XY, b: XY, depth: XY, width: float, height: float) -> XY:
    """``depth`` shortened side by side so that the back face stays in an image of this size."""
    (left, right), (top, bottom) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return min(max(depth[0], -left), width - right), min(max(depth[1], -top), height - bottom)
