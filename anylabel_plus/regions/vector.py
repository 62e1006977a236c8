"""Exact arithmetic on outlines: the one door to shapely (GEOS).

A region is a sequence of rings, (N, 2) float64 in image pixels, whose even-odd inside it is; a ring
that crosses itself is allowed. Results are ``core.masks.Polygon`` values, largest first.

Corners of the input come back with the very numbers they had. New corners lie on a grid of
``GRID`` px, to which all edges are snapped ("snap rounding", Hobby 1999, as built into GEOS'
OverlayNG): so borders that touch share their corners, and a corner that lies on a neighbour's edge
but for rounding leaves neither gap nor sliver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from anylabel_plus.core.masks import Polygon
from anylabel_plus.core.ring import segment_distances, signed_area
from anylabel_plus.core.shapes import Points

GRID = 0.001  # px; files show new corners with three decimals
_STRAIGHT = 2 * GRID  # px; a corner nearer than this to the line through its neighbours is none
_ARC_GAP = 0.05  # px between a rounded corner and the true arc

Rings = Sequence[Points]
_Key = tuple[int, int]


def union(regions: Sequence[Rings]) -> list[Polygon]:
    """What is in any of the regions."""
    import shapely

    return _polygons(shapely.union_all([_area(rings) for rings in regions], grid_size=GRID), regions)


def subtract(region: Rings, others: Sequence[Rings]) -> list[Polygon]:
    """What is in ``region`` and in none of the others."""
    import shapely

    taken = shapely.union_all([_area(rings) for rings in others], grid_size=GRID)
    return _polygons(shapely.difference(_area(region), taken, grid_size=GRID), [region, *others])


def intersect(regions: Sequence[Rings]) -> list[Polygon]:
    """What is in all of the regions."""
    import shapely

    areas = [_area(rings) for rings in regions]
    common = reduce(lambda a, b: shapely.intersection(a, b, grid_size=GRID), areas)
    return _polygons(common, regions)


def parts(region: Rings) -> list[Polygon]:
    """The connected parts of a region; those that meet in one point only are two."""
    return _polygons(_area(region), [region])


def split(region: Rings, line: Points) -> list[Polygon]:
    """The parts of a region that a line (N, 2) cuts apart; its ends inside the region cut nothing."""
    import shapely

    area = _area(region)
    noded = shapely.union_all([shapely.boundary(area), shapely.linestrings(line)], grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    shapely.prepare(area)
    held = faces[shapely.contains(area, shapely.point_on_surface(faces))]
    return _polygons(shapely.geometrycollections(held), [region, [line]])


def grown(region: Rings, px: float) -> list[Polygon]:
    """The region with its border moved outwards by ``px`` (inwards when negative); corners stay corners."""
    import shapely

    moved = shapely.buffer(_area(region), px, join_style="mitre", mitre_limit=2.0)
    return _polygons(shapely.set_precision(moved, GRID), [])


def rounded(region: Rings, px: float) -> list[Polygon]:
    """The region without what is narrower than ``px``, in it or between its parts; corners become arcs.

    Opening and closing by a disc of that diameter (Serra, Image Analysis and Mathematical Morphology, 1982).
    """
    import shapely

    radius = px / 2
    opened = shapely.buffer(_area(region), -radius)
    closed = shapely.buffer(shapely.buffer(opened, 2 * radius), -radius)
    return _polygons(shapely.set_precision(shapely.simplify(closed, _ARC_GAP), GRID), [region])


def clip(region: Rings, width: float, height: float) -> list[Polygon]:
    """What of a region lies in the image."""
    frame = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float64)
    return intersect([region, [frame]])


def iou(a: Rings, b: Rings) -> float:
    """Intersection over union of two regions; 0 when both are empty."""
    import shapely

    first, second = _area(a), _area(b)
    common = float(shapely.area(shapely.intersection(first, second)))
    joined = float(shapely.area(first)) + float(shapely.area(second)) - common
    return common / joined if joined > 0 else 0.0


def rings_of(polygons: Iterable[Polygon]) -> list[Points]:
    """All rings of polygons that do not overlap: one region."""
    return [ring for part in polygons for ring in (part.exterior, *part.holes)]


# ---------------------------------------------------------------- to shapely and back


def _area(rings: Rings) -> Any:
    """The even-odd inside of the rings as a valid geometry."""
    import shapely

    rings = [ring for ring in rings if len(ring) >= 3]
    if not rings:
        return shapely.MultiPolygon()
    whole = shapely.Polygon(rings[0], rings[1:])
    if shapely.is_valid(whole):
        return whole
    # "linework" fills by the even-odd rule.
    faces = [_flat(shapely.make_valid(shapely.Polygon(ring), method="linework")) for ring in rings]
    return reduce(lambda a, b: _flat(shapely.symmetric_difference(a, b)), faces)


def _flat(geometry: Any) -> Any:
    """Only what has an area of a geometry that may hold lines and points too."""
    import shapely

    return shapely.MultiPolygon([part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"])


def _polygons(geometry: Any, sources: Iterable[Rings]) -> list[Polygon]:
    """The parts of a geometry, largest first, the corners of ``sources`` with the numbers they had there."""
    import shapely

    corners, straight = _corners(ring for rings in sources for ring in rings)
    result = []
    for part in shapely.get_parts(geometry):
        # A part thinner than the grid is what rounding left.
        if part.geom_type != "Polygon" or part.area <= GRID * part.length / 2:
            continue
        exterior = _ring(part.exterior, corners, straight, clockwise=True)
        holes = (_ring(ring, corners, straight, clockwise=False) for ring in part.interiors)
        if len(exterior) >= 3:
            result.append(Polygon(exterior, tuple(ring for ring in holes if len(ring) >= 3)))
    result.sort(key=lambda part: -part.area)
    return result


def _keys(points: Points) -> list[_Key]:
    return [(x, y) for x, y in np.rint(np.asarray(points) / GRID).astype(np.int64).tolist()]


def _corners(rings: Iterable[Points]) -> tuple[dict[_Key, tuple[float, float]], set[_Key]]:
    """Grid place -> the corner there as it was given, and the places of those on a straight stretch."""
    given: dict[_Key, tuple[float, float]] = {}
    straight: set[_Key] = set()
    for ring in rings:
        keys = _keys(ring)
        for key, point in zip(keys, ring.tolist(), strict=True):
            given.setdefault(key, (point[0], point[1]))
        if len(ring) >= 3:
            straight.update(keys[index] for index in np.flatnonzero(_on_line(ring)).tolist())
    return given, straight


def _on_line(ring: Points) -> Any:
    """Which corners of a closed ring lie between their neighbours."""
    return segment_distances(ring, np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0)) <= _STRAIGHT


def _ring(ring: Any, corners: dict[_Key, tuple[float, float]], straight: set[_Key], *, clockwise: bool) -> Points:
    """An (N, 2) ring, not closed, without the corners that joining left on straight stretches."""
    import shapely

    points = shapely.get_coordinates(ring)[:-1]
    keys = _keys(points)
    restored = np.array([corners.get(key, point) for key, point in zip(keys, points.tolist(), strict=True)])
    left = np.flatnonzero(_on_line(restored)).tolist()
    result = _without(restored, [index for index in left if keys[index] not in straight])
    if (signed_area(result) > 0) != clockwise:
        result = result[::-1].copy()
    result.setflags(write=False)
    return result


def _without(ring: Points, left: list[int]) -> Points:
    """The ring without those of the named corners that lie between the corners that stay before and after."""
    kept = np.ones(len(ring), np.bool_)
    for index in left:
        before, after = (index - 1) % len(ring), (index + 1) % len(ring)
        while not kept[before]:
            before = (before - 1) % len(ring)
        while not kept[after]:
            after = (after + 1) % len(ring)
        kept[index] = segment_distances(ring[index], ring[before], ring[after]) > _STRAIGHT
    return ring[kept] if kept.sum() >= 3 else ring
