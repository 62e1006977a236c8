"""From one kind of shape to another, with the loss stated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import KINDS, Points, Shape
from anylabel_plus.regions import vector
from anylabel_plus.regions.placing import as_mask, reshaped

_FLAT = 1e-6  # px; a box thinner than this is none


@dataclass(frozen=True, slots=True)
class Converted:
    """``shapes`` take the place of the one converted; none when its kind cannot become that one.

    ``iou`` compares the areas before and after, None where one has no area; ``holes`` counts those
    that the new kind cannot hold.
    """

    shapes: tuple[Shape, ...] = ()
    iou: float | None = None
    holes: int = 0

    @property
    def lossless(self) -> bool:
        """True when the new shape covers just what the old one did."""
        return self.iou is not None and self.iou > 1 - 1e-6


def converted(shape: Shape, kind: str, size: tuple[int, int]) -> Converted:
    """``shape`` as ``kind``, one of ``CONVERSIONS``; ``size`` is width and height of the image."""
    if shape.kind == kind:
        return Converted((shape,), 1.0)
    shapes = CONVERSIONS[kind](shape, size)
    if not shapes:
        return Converted()
    holes = 0 if kind in ("mask", "polygon") else _holes(shape)
    return Converted(tuple(shapes), similarity(shape, shapes, size), holes)


def similarity(shape: Shape, others: Sequence[Shape], size: tuple[int, int]) -> float | None:
    """Intersection over union of a shape with others together; None when one side has no area.

    Counted in pixels where a mask takes part, else exact.
    """
    if not all(KINDS[each.kind].has_area for each in (shape, *others)):
        return None
    if any(each.mask is not None for each in (shape, *others)):
        whole = reduce(masks.union, (geometry.shape_mask(each, *size) for each in others))
        return masks.iou(geometry.shape_mask(shape, *size), whole)
    regions = [geometry.area_rings(each) for each in others]
    joined = regions[0] if len(regions) == 1 else vector.rings_of(vector.union(regions))
    return vector.iou(geometry.area_rings(shape), joined)


def _holes(shape: Shape) -> int:
    if shape.mask is not None:
        return sum(len(part.holes) for part in masks.polygons(shape.mask))
    return len(shape.holes)


# ---------------------------------------------------------------- kind by kind


def _rings(shape: Shape) -> list[Points]:
    return geometry.area_rings(shape) if KINDS[shape.kind].has_area else [shape.points]


def _corner_points(shape: Shape) -> Points:
    """All points that a box around the shape must hold."""
    return np.concatenate(_rings(shape))


def _polygon(shape: Shape, size: tuple[int, int]) -> list[Shape]:
    if shape.mask is not None:
        return [reshaped(shape, "polygon", part.exterior, part.holes) for part in masks.polygons(shape.mask)]
    if shape.kind not in ("linestrip", "points") and not KINDS[shape.kind].has_area:
        return []
    ring = _rings(shape)[0]
    if len(ring) > 3 and (ring[0] == ring[-1]).all():
        ring = ring[:-1]  # a closed line repeats its first point
    return [reshaped(shape, "polygon", ring)] if len(ring) >= 3 and geometry.polygon_area(ring) > _FLAT else []


def _mask(shape: Shape, size: tuple[int, int]) -> list[Shape]:
    return as_mask(shape, _pixels(shape, size)) if KINDS[shape.kind].has_area else []


def _pixels(shape: Shape, size: tuple[int, int]) -> Mask:
    return geometry.shape_mask(shape, *size)


def _rectangle(shape: Shape, size: tuple[int, int]) -> list[Shape]:
    # Exact for a circle too, whose outline is sampled.
    x1, y1, x2, y2 = geometry.bounds(shape)
    return [reshaped(shape, "rectangle", ((x1, y1), (x2, y2)))] if min(x2 - x1, y2 - y1) > _FLAT else []


def smallest_box(points: Points) -> Points | None:
    """Corners of the smallest box at any angle around points, clockwise on screen; None for a line.

    One side lies on a side of the convex hull (Freeman and Shapira, Determining the minimum-area
    encasing rectangle, 1975).
    """
    hull = geometry.convex_hull(points)
    if len(hull) < 3:
        return None
    sides = np.roll(hull, -1, axis=0) - hull
    along = sides / np.hypot(sides[:, 0], sides[:, 1])[:, None]
    across = np.stack((-along[:, 1], along[:, 0]), axis=1)
    u, v = hull @ along.T, hull @ across.T
    best = int(((u.max(axis=0) - u.min(axis=0)) * (v.max(axis=0) - v.min(axis=0))).argmin())
    u0, u1, v0, v1 = u[:, best].min(), u[:, best].max(), v[:, best].min(), v[:, best].max()
    if min(u1 - u0, v1 - v0) <= _FLAT:
        return None
    box: Points = np.array(((u0, v0), (u1, v0), (u1, v1), (u0, v1))) @ np.stack((along[best], across[best]))
    # The first side is the one that runs most to the right: a level box starts top left.
    turns = round(-float(np.arctan2(along[best, 1], along[best, 0])) / (np.pi / 2))
    return np.roll(box, -(turns % 4), axis=0)


def _rotation(shape: Shape, size: tuple[int, int]) -> list[Shape]:
    if shape.kind == "quadrilateral" or (shape.kind == "polygon" and len(shape.points) == 4 and not shape.holes):
        box = smallest_box(shape.points)
    elif shape.kind == "rectangle":
        box = geometry.corners(*_ordered(shape))
    elif shape.kind == "circle":
        x1, y1, x2, y2 = geometry.bounds(shape)
        box = geometry.corners((x1, y1), (x2, y2))
    else:
        box = smallest_box(_corner_points(shape))
    return [] if box is None else [reshaped(shape, "rotation", box)]


def _ordered(shape: Shape) -> tuple[tuple[float, float], tuple[float, float]]:
    x1, y1, x2, y2 = geometry.box_of(shape.points)
    return (x1, y1), (x2, y2)


def _circle(shape: Shape, size: tuple[int, int]) -> list[Shape]:
    """The circle of the same area around the centre of gravity."""
    area = geometry.area(shape)
    if area <= _FLAT:
        return []
    x, y = _centre(shape)
    radius = float(np.sqrt(area / np.pi))
    return [reshaped(shape, "circle", ((x, y), (x + radius, y)))]


def _centre(shape: Shape) -> tuple[float, float]:
    """Centre of gravity of the area."""
    if shape.mask is not None:
        rows, columns = np.nonzero(shape.mask.crop)
        return float(columns.mean()) + shape.mask.x + 0.5, float(rows.mean()) + shape.mask.y + 0.5
    total, weighted = 0.0, np.zeros(2)
    for number, ring in enumerate(geometry.area_rings(shape)):
        origin = ring[0]
        x, y = (ring - origin).T
        following_x, following_y = np.roll(x, -1), np.roll(y, -1)
        cross = x * following_y - following_x * y
        area = float(cross.sum()) / 2
        moment = np.array((((x + following_x) * cross).sum(), ((y + following_y) * cross).sum())) / 6
        sign = (1 if area >= 0 else -1) * (1 if number == 0 else -1)
        total += sign * area
        weighted += sign * (moment + area * origin)
    x, y = (weighted / total).tolist()
    return x, y


def _quadrilateral(shape: Shape, size: tuple[int, int]) -> list[Shape]:
    if shape.kind == "rotation" or (shape.kind == "polygon" and len(shape.points) == 4):
        return [reshaped(shape, "quadrilateral", shape.points)]
    if shape.kind == "rectangle":
        return [reshaped(shape, "quadrilateral", geometry.corners(*_ordered(shape)))]
    corners = four_sided(_corner_points(shape))
    return [] if corners is None else [reshaped(shape, "quadrilateral", corners)]


def four_sided(points: Points) -> Points | None:
    """Four corners around points, close to them: the hull with its sides taken out, one after the
    other, where prolonging the neighbours adds the least area. None for points on a line.

    Clockwise on screen from the corner nearest to the top left.
    """
    hull = geometry.convex_hull(points)
    if len(hull) < 3:
        return None
    if len(hull) == 3:
        return smallest_box(points)
    ring = [(x, y) for x, y in hull.tolist()]
    gains = [_without_side(ring, index) for index in range(len(ring))]
    while len(ring) > 4:
        index = min(range(len(ring)), key=lambda at: gains[at][0])
        added, corner = gains[index]
        if added == np.inf:
            return smallest_box(points)
        ring[index] = corner
        gone = (index + 1) % len(ring)
        del ring[gone], gains[gone]
        for at in range(index - 2, index + 3):
            gains[at % len(ring)] = _without_side(ring, at % len(ring))
    result = np.array(ring)
    return np.roll(result, -int(result.sum(axis=1).argmin()), axis=0)


def _without_side(ring: list[tuple[float, float]], index: int) -> tuple[float, tuple[float, float]]:
    """Area added, and the corner that takes the place of side ``index``; infinite when the neighbours never meet."""
    (ax, ay), (bx, by) = ring[index - 1], ring[index]
    (cx, cy), (dx, dy) = ring[(index + 1) % len(ring)], ring[(index + 2) % len(ring)]
    ux, uy, vx, vy = bx - ax, by - ay, dx - cx, dy - cy
    turn = ux * vy - uy * vx
    if turn <= 1e-9 * float(np.hypot(ux, uy) * np.hypot(vx, vy)):
        return np.inf, (bx, by)
    share = ((dx - ax) * vy - (dy - ay) * vx) / turn
    x, y = ax + share * ux, ay + share * uy
    return abs((cx - bx) * (y - by) - (cy - by) * (x - bx)) / 2, (x, y)


def _linestrip(shape: Shape, size: tuple[int, int]) -> list[Shape]:
    """The outline as a line that comes back to its first point, one for each ring."""
    if shape.kind in ("line", "points"):
        return [reshaped(shape, "linestrip", shape.points)] if len(shape.points) >= 2 else []
    if not KINDS[shape.kind].has_area:
        return []
    return [reshaped(shape, "linestrip", np.concatenate((ring, ring[:1]))) for ring in geometry.area_rings(shape)]


CONVERSIONS: dict[str, Callable[[Shape, tuple[int, int]], list[Shape]]] = {
    "polygon": _polygon,
    "mask": _mask,
    "rectangle": _rectangle,
    "rotation": _rotation,
    "quadrilateral": _quadrilateral,
    "circle": _circle,
    "linestrip": _linestrip,
}
"""Kind to convert to -> how. A new one: a function from shape and image size to shapes, and a row."""
