"""Single rings and lines of points: area, distance, simplification."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_AREA_KEPT = 0.25  # a simplified ring may gain or lose this part of its area
_CROSSING_POINTS = 400  # longer rings are not searched for crossings: every pair is compared


def signed_area(ring: Points) -> float:
    """Shoelace area in square pixels, positive for a ring that runs clockwise on screen."""
    if len(ring) < 3:
        return 0.0
    # Relative to the first point: far from the origin the products would lose digits.
    # The first point is the origin then, so that the edges at it add nothing.
    x, y = np.ascontiguousarray((ring[1:] - ring[0]).T)
    return float(np.dot(x[:-1], y[1:]) - np.dot(y[:-1], x[1:])) / 2


def segment_distances(points: Points, start: Points, end: Points) -> NDArray[np.float64]:
    """Distance of each point (N, 2) from its segment ``start`` - ``end`` (each (N, 2) or (2,))."""
    along = end - start
    length2 = (along * along).sum(axis=-1)
    offset = points - start
    share = (offset * along).sum(axis=-1) / np.where(length2 > 0, length2, 1.0)
    nearest = offset - np.clip(share, 0.0, 1.0)[..., None] * along
    distances: NDArray[np.float64] = np.hypot(nearest[..., 0], nearest[..., 1])
    return distances


def ring_contains(ring: Points, points: Points) -> NDArray[np.bool_]:
    """Which of ``points`` (N, 2) lie inside a closed ``ring`` (M, 2), even-odd; bool (N,)."""
    following = np.roll(ring, -1, axis=0)
    x, y = points[:, :1], points[:, 1:]
    crossing = (ring[:, 1] <= y) != (following[:, 1] <= y)
    rise = following[:, 1] - ring[:, 1]
    at = ring[:, 0] + (y - ring[:, 1]) * (following[:, 0] - ring[:, 0]) / np.where(rise == 0, 1.0, rise)
    odd: NDArray[np.bool_] = np.count_nonzero(crossing & (at <= x), axis=1) % 2 == 1
    return odd


def simplified_line(points: Points, tolerance: float) -> Points:
    """Douglas and Peucker's subset of an open line: no point is further than ``tolerance`` from it.

    Works level by level on all pieces at once. First and last point stay.
    """
    if len(points) < 3:
        return points
    kept = np.zeros(len(points), np.bool_)
    kept[[0, -1]] = True
    _split(points, kept, tolerance)
    return points[kept]


def _split(points: Points, kept: NDArray[np.bool_], tolerance: float) -> None:
    """Mark further points in ``kept`` until every piece between marks is within ``tolerance``."""
    marks = np.flatnonzero(kept)
    begins, ends = marks[:-1], marks[1:]
    while True:
        long = ends - begins > 1
        begins, ends = begins[long], ends[long]
        if not begins.size:
            return
        furthest, cut = _furthest(points, begins, ends)
        split = furthest > tolerance * tolerance
        begins, ends, cut = begins[split], ends[split], cut[split]
        kept[cut] = True
        begins, ends = np.concatenate((begins, cut)), np.concatenate((cut, ends))


def _furthest(
    points: Points, begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For each piece: the largest squared distance of an inner point from its chord, and that point."""
    sizes = ends - begins - 1
    offsets = np.cumsum(sizes) - sizes
    inner = np.arange(sizes.sum()) + np.repeat(begins + 1 - offsets, sizes)
    start = points[begins]
    chord = points[ends] - start
    length2 = (chord * chord).sum(axis=1)
    length2[length2 == 0] = 1.0
    # All values of a piece in one go: x and y of its start, its chord, and the chord by length.
    spread = np.repeat(np.column_stack((start, chord, chord / length2[:, None])), sizes, axis=0)
    offset = points[inner] - spread[:, :2]
    share = np.clip((offset * spread[:, 4:]).sum(axis=1), 0.0, 1.0)
    offset -= share[:, None] * spread[:, 2:4]
    distance2 = (offset * offset).sum(axis=1)
    furthest = np.maximum.reduceat(distance2, offsets)
    worst = np.flatnonzero(distance2 == np.repeat(furthest, sizes))
    # The first of equals of each piece.
    owner = np.searchsorted(offsets, worst, side="right")
    return furthest, inner[worst[np.flatnonzero(np.diff(owner, prepend=0))]]


def _simplified_closed(ring: Points, tolerance: float) -> Points:
    centre = ring.mean(axis=0)
    first = int(((ring - centre) ** 2).sum(axis=1).argmax())
    turned = np.roll(ring, -first, axis=0)
    far = int(((turned - turned[0]) ** 2).sum(axis=1).argmax())
    closed = np.concatenate((turned, turned[:1]))
    kept = np.zeros(len(closed), np.bool_)
    kept[[0, far, -1]] = True
    _split(closed, kept, tolerance)
    kept[-1] = False
    return closed[kept]


def crosses_itself(ring: Points) -> bool:
    """True when two edges of a closed ring cross; touching is not crossing."""
    ends = np.roll(ring, -1, axis=0)
    low, high = np.minimum(ring, ends), np.maximum(ring, ends)
    # Few pairs of edges have boxes that overlap; only those are looked at.
    near = (low[:, None, 0] < high[None, :, 0]) & (low[None, :, 0] < high[:, None, 0])
    near &= (low[:, None, 1] < high[None, :, 1]) & (low[None, :, 1] < high[:, None, 1])
    first, second = np.nonzero(np.triu(near, 2))

    def side(of: NDArray[np.int64], points: Points) -> NDArray[np.float64]:
        along, offset = ends[of] - ring[of], points - ring[of]
        turn: NDArray[np.float64] = along[:, 0] * offset[:, 1] - along[:, 1] * offset[:, 0]
        return turn

    apart = side(first, ring[second]) * side(first, ends[second]) < 0
    apart &= side(second, ring[first]) * side(second, ends[first]) < 0
    return bool(apart.any())


def _sound(ring: Points, area: float) -> bool:
    if len(ring) < 3 or abs(signed_area(ring) - area) > _AREA_KEPT * abs(area):
        return False
    return len(ring) > _CROSSING_POINTS or not crosses_itself(ring)


def simplified_ring(ring: Points, tolerance: float) -> Points:
    """A subset of the points of a closed ring that stays within ``tolerance`` px of it.

    Never collapses: where the result would have fewer than three points, a quarter more or less
    area, or edges that cross, a smaller tolerance is used, in the end the ring itself.
    """
    if len(ring) <= 3 or tolerance <= 0:
        return ring
    area = signed_area(ring)
    for _attempt in range(6):
        result = _simplified_closed(ring, tolerance)
        if _sound(result, area):
            return result
        tolerance /= 2
    return ring
