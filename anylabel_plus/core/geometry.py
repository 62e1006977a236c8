"""What shapes look like: outlines, bounds, areas, hits, pixels. One rule for each kind.

Boxes are float xyxy in upright image pixels. A ring is an (N, 2) array of image points, closed by
itself where ``KINDS`` says that the kind is closed, else a line from first to last point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import masks
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.ring import segment_distances, signed_area, simplified_line, simplified_ring
from anylabel_plus.core.shapes import KINDS, Points, Shape

Box = tuple[float, float, float, float]
"""xyxy in upright image pixels, x1 <= x2 and y1 <= y2."""

_CIRCLE_GAP = 0.05  # px between a sampled circle and the true one
FACES = ((0, 1, 2, 3, 0), (4, 5, 6, 7, 4), (0, 4), (1, 5), (2, 6), (3, 7))
"""The lines of a cuboid, as indices of its eight points."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies under a position. ``ring`` and ``index`` name a handle (see ``handles``), or the
    edge from corner ``index`` of ring ``ring`` of the outline to the next corner."""

    kind: Literal["vertex", "edge", "inside"] | None
    ring: int = 0
    index: int = -1

    def __bool__(self) -> bool:
        return self.kind is not None


NO_HIT = Hit(None)


@dataclass(frozen=True, slots=True)
class Handle:
    """A point of a shape that can be dragged (``edits.move_vertex`` takes ``ring`` and ``index``)."""

    ring: int
    index: int
    x: float
    y: float


# ---------------------------------------------------------------- boxes and rings


def polygon_area(ring: Points) -> float:
    """Area of a ring in square pixels, whatever its direction."""
    return abs(signed_area(ring))


def simplify(ring: Points, px: float, *, closed: bool = True) -> Points:
    """Fewer points, none of the dropped ones further than ``px`` from the result; never collapses."""
    return simplified_ring(ring, px) if closed else simplified_line(ring, px)


def box_of(points: Points) -> Box:
    """Smallest box around points; (0, 0, 0, 0) around none."""
    if not len(points):
        return 0.0, 0.0, 0.0, 0.0
    (x1, y1), (x2, y2) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return x1, y1, x2, y2


def box_area(box: Box) -> float:
    """Width times height, 0 for an empty box."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def box_iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes; 0 when both are empty."""
    common = box_area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    union = box_area(a) + box_area(b) - common
    return common / union if union > 0 else 0.0


def clip_box(box: Box, width: float, height: float) -> Box | None:
    """The part of ``box`` inside the image, corners put in order; None when nothing is left."""
    x1, x2 = sorted((box[0], box[2]))
    y1, y2 = sorted((box[1], box[3]))
    x1, y1, x2, y2 = max(0.0, x1), max(0.0, y1), min(float(width), x2), min(float(height), y2)
    return (x1, y1, x2, y2) if x2 > x1 and y2 > y1 else None


def corners(p: Sequence[float] | Points, q: Sequence[float] | Points) -> Points:
    """The four corners of the upright box with opposite corners ``p`` and ``q``, ``p`` first."""
    (x1, y1), (x2, y2) = p, q
    return np.array(((x1, y1), (x2, y1), (x2, y2), (x1, y2)), np.float64)


def angle(points: Points) -> float:
    """Direction of a rotated box: angle from the first to the second corner, 0 to 2 pi."""
    dx, dy = (points[1] - points[0]).tolist()
    return math.atan2(dy, dx) % (2 * math.pi)


def radius(shape: Shape) -> float:
    """Of a circle, in pixels."""
    return math.dist(shape.points[0].tolist(), shape.points[1].tolist())


def _circle(shape: Shape) -> Points:
    r = radius(shape)
    # So many corners that the chord stays close to the arc, and a multiple of four for the axes.
    steps = 4 * math.ceil(math.pi / (4 * math.acos(max(0.0, 1 - _CIRCLE_GAP / r)))) if r > _CIRCLE_GAP else 4
    turns = np.arange(max(16, min(steps, 4096))) * (2 * math.pi / max(16, min(steps, 4096)))
    # Starts at the rim point, so that the handle lies on a corner.
    start = math.atan2(*(shape.points[1] - shape.points[0])[::-1].tolist())
    ring: Points = shape.points[0] + r * np.stack((np.cos(turns + start), np.sin(turns + start)), axis=1)
    return ring


def convex_hull(points: Points) -> Points:
    """Corners of the hull, clockwise on screen; all points when they lie on one line."""
    ordered = sorted({(x, y) for x, y in points.tolist()})
    if len(ordered) < 3:
        return np.array(ordered, np.float64).reshape(-1, 2)

    def half(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
        chain: list[tuple[float, float]] = []
        for x, y in line:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2], chain[-1]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        return chain[:-1]

    return np.array(half(ordered) + half(ordered[::-1]), np.float64)


# ---------------------------------------------------------------- shapes


def outline(shape: Shape) -> list[Points]:
    """The lines of a shape as drawn: exterior first, then holes.

    A rectangle gives four corners (the first and third are its points), a circle a ring that is
    nowhere further than 0.05 px from it, a cuboid two closed faces and four edges, each as a line,
    a mask all its exteriors and holes along pixel edges, ``point`` and ``points`` one ring of them.
    """
    if shape.kind in ("rectangle", "mask"):
        if shape.mask is not None:
            return [ring for part in masks.polygons(shape.mask) for ring in (part.exterior, *part.holes)]
        return [corners(shape.points[0], shape.points[-1])]
    if shape.kind == "circle":
        return [_circle(shape)]
    if shape.kind == "cuboid":
        return [shape.points[list(face)] for face in FACES]
    return [shape.points, *shape.holes]


def bounds(shape: Shape) -> Box:
    """xyxy around the shape; of a mask around its set pixels. Zero-sized for a point."""
    if shape.kind == "circle":
        (x, y), r = shape.points[0].tolist(), radius(shape)
        return x - r, y - r, x + r, y + r
    if shape.mask is not None:
        return masks.bounds(shape.mask)
    return box_of(shape.points)


def area_rings(shape: Shape) -> list[Points]:
    """Rings whose even-odd inside is the area of a shape that has one: its outline, of a cuboid the silhouette."""
    return [convex_hull(shape.points)] if shape.kind == "cuboid" else outline(shape)


def area(shape: Shape) -> float:
    """Square pixels: set pixels of a mask, holes taken off a polygon, the silhouette of a cuboid.

    0 for kinds without an area.
    """
    if not KINDS[shape.kind].has_area:
        return 0.0
    if shape.mask is not None:
        return float(shape.mask.area)
    if shape.kind == "circle":
        return math.pi * radius(shape) ** 2
    exterior, *holes = area_rings(shape)
    return max(0.0, polygon_area(exterior) - sum(map(polygon_area, holes)))


def shape_mask(shape: Shape, width: int | None = None, height: int | None = None) -> Mask:
    """The pixels of a shape with an area, by the pixel rule of ``masks``, cut to the image.

    Raises:
        ValueError: the kind has no area, or a coordinate is not finite.
    """
    if not KINDS[shape.kind].has_area:
        raise ValueError(f"a {shape.kind} has no area")
    if shape.mask is None:
        return masks.rasterize(area_rings(shape), width, height)
    if width is None or height is None:
        return masks.tight(shape.mask)
    return masks.tight(masks.clip(shape.mask, width, height))


def handle_rings(shape: Shape) -> list[Points]:
    """The places of the handles, ring by ring (see ``handles``)."""
    if shape.kind == "mask":
        return []
    if shape.kind == "rectangle":
        return [corners(shape.points[0], shape.points[1])]
    return [shape.points, *shape.holes]


def handles(shape: Shape) -> list[Handle]:
    """The points that can be dragged.

    Four corners of a rectangle, centre (0) and rim (1) of a circle, none of a mask; otherwise the
    points of ring 0 and of the holes (ring 1 on).
    """
    return [
        Handle(number, index, x, y)
        for number, ring in enumerate(handle_rings(shape))
        for index, (x, y) in enumerate(ring.tolist())
    ]


def _inside(rings: Sequence[Points], x: float, y: float) -> bool:
    """Even-odd, edges half-open like those of ``masks``."""
    odd = False
    for ring in rings:
        following = np.roll(ring, -1, axis=0)
        crossing = (ring[:, 1] <= y) != (following[:, 1] <= y)
        if crossing.any():
            start, end = ring[crossing], following[crossing]
            at = start[:, 0] + (y - start[:, 1]) * (end[:, 0] - start[:, 0]) / (end[:, 1] - start[:, 1])
            odd ^= bool(np.count_nonzero(at <= x) & 1)
    return odd


def contains(shape: Shape, x: float, y: float) -> bool:
    """True when the position is inside a shape with an area."""
    if not KINDS[shape.kind].has_area:
        return False
    if shape.mask is not None:
        column, row = math.floor(x) - shape.mask.x, math.floor(y) - shape.mask.y
        rows, columns = shape.mask.crop.shape
        return 0 <= row < rows and 0 <= column < columns and bool(shape.mask.crop[row, column])
    if shape.kind == "circle":
        return math.dist(shape.points[0].tolist(), (x, y)) <= radius(shape)
    return _inside(area_rings(shape), x, y)


def _nearest(distances: NDArray[np.float64], reach: float) -> tuple[float, int]:
    index = int(distances.argmin())
    distance = float(distances[index])
    return (distance, index) if distance <= reach else (math.inf, -1)


def _vertex_hit(shape: Shape, x: float, y: float, reach: float) -> Hit:
    best = (math.inf, NO_HIT)
    for number, ring in enumerate(handle_rings(shape)):
        distance, index = _nearest(np.hypot(ring[:, 0] - x, ring[:, 1] - y), reach)
        if distance < best[0]:
            best = (distance, Hit("vertex", number, index))
    return best[1]


def _edge_hit(shape: Shape, x: float, y: float, reach: float) -> Hit:
    if shape.kind in ("point", "points"):
        return NO_HIT
    if shape.kind == "circle":
        return (
            Hit("edge", 0, 0) if abs(math.dist(shape.points[0].tolist(), (x, y)) - radius(shape)) <= reach else NO_HIT
        )
    closed = KINDS[shape.kind].closed
    position = np.array((x, y))
    best = (math.inf, NO_HIT)
    for number, ring in enumerate(outline(shape)):
        ends = np.roll(ring, -1, axis=0) if closed else ring[1:]
        starts = ring if closed else ring[:-1]
        distance, index = _nearest(segment_distances(position, starts, ends), reach)
        if distance < best[0]:
            best = (distance, Hit("edge", number, index))
    return best[1]


def hit(shape: Shape, x: float, y: float, radius: float) -> Hit:
    """What of ``shape`` lies at (x, y): a handle or an edge within ``radius`` px, or its inside.

    A false ``Hit`` (kind None) when there is nothing.
    """
    # Of a mask its crop: cheap, and no smaller than its pixels.
    x1, y1, x2, y2 = bounds(shape) if shape.mask is None else shape.mask.bounds
    if not (x1 - radius <= x <= x2 + radius and y1 - radius <= y <= y2 + radius):
        return NO_HIT
    found = _vertex_hit(shape, x, y, radius)
    if not found and shape.kind != "mask":
        found = _edge_hit(shape, x, y, radius)
    if not found and contains(shape, x, y):
        return Hit("inside")
    return found


# ---------------------------------------------------------------- EXIF frames


def to_upright(points: Points, orientation: int, raw_width: float, raw_height: float) -> Points:
    """Points of the stored frame (raw size) in the upright frame, by EXIF orientation 1 to 8."""
    x, y = np.asarray(points, np.float64).reshape(-1, 2).T
    w, h = raw_width, raw_height
    placed = {
        1: (x, y), 2: (w - x, y), 3: (w - x, h - y), 4: (x, h - y),
        5: (y, x), 6: (h - y, x), 7: (h - y, w - x), 8: (y, w - x),
    }[orientation]  # fmt: skip
    return np.stack(placed, axis=1)


def from_upright(points: Points, orientation: int, raw_width: float, raw_height: float) -> Points:
    """The way back of ``to_upright``."""
    x, y = np.asarray(points, np.float64).reshape(-1, 2).T
    w, h = raw_width, raw_height
    placed = {
        1: (x, y), 2: (w - x, y), 3: (w - x, h - y), 4: (x, h - y),
        5: (y, x), 6: (y, h - x), 7: (w - y, h - x), 8: (w - y, x),
    }[orientation]  # fmt: skip
    return np.stack(placed, axis=1)
