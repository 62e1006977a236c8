"""Union, difference and intersection of regions given as rings, vertex by vertex.

A region is a set of rings, filled by the even-odd rule, so holes are just rings. Every vertex of
either region that is on the edge of the result is there bit for bit; new vertices are only where
an edge of one region crosses an edge of the other. Rings that cross nothing come back as the very
same arrays.

How: all crossings of the edges of one region with those of the other are found; they cut the rings
into chains that lie wholly inside or outside the other region; the chains wanted are joined at the
crossings, where exactly one chain of each region begins or ends, whatever rounding does. Where an
end of an edge lies so near the other region's edge that the side is a matter of rounding, the
second region is grown by about a thousandth of a pixel, and tried again: what only touches is
joined by a union and leaves nothing behind in a difference. The result has the vertices as they
were before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.mask_polygons import Polygon
from anylabel_plus.core.ring import Points, crosses_itself, signed_area

Operation = Literal["union", "subtract", "intersect"]
Rings = Sequence[Points]
_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]

SPECK_PX2 = 0.5
"""Rings made by crossings with less area than this are rounding, not shape."""
_TOUCH = 1e-7
_SHIFT = 1e-3
_NEAR = 4e-3
_TRIES = 12
_LONG = 400
_CHUNK = 1 << 21


class _Doubtful(Exception):
    """Rounding could decide which side something lies on."""


class _Region:
    """The rings of one region as flat arrays: edge i runs from ``start[i]`` to ``end[i]``."""

    def __init__(self, rings: Rings) -> None:
        self.rings = [np.asarray(ring, np.float64) for ring in rings if len(ring) >= 3]
        sizes = np.array([len(ring) for ring in self.rings], np.int64)
        self.first = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        self.start = np.concatenate(self.rings) if self.rings else np.empty((0, 2))
        self.end = (
            np.concatenate([np.roll(ring, -1, axis=0) for ring in self.rings]) if self.rings else np.empty((0, 2))
        )
        self.low, self.high = np.minimum(self.start, self.end), np.maximum(self.start, self.end)

    def contains(self, point: _Floats) -> bool:
        """Whether a point is inside by the even-odd rule."""
        x, y = point
        spans = (self.start[:, 1] <= y) != (self.end[:, 1] <= y)
        a, b = self.start[spans], self.end[spans]
        at = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
        return bool(np.count_nonzero(at > x) % 2)


def _pairs(a: _Region, b: _Region) -> tuple[_Ints, _Ints]:
    """Edges of both regions whose boxes meet."""
    low, high = b.low.min(axis=0) - _TOUCH, b.high.max(axis=0) + _TOUCH
    near = np.flatnonzero(((a.high >= low) & (a.low <= high)).all(axis=1))
    step = max(1, _CHUNK // max(1, len(b.start)))
    # An edge without length crosses nothing; its neighbours tell what lies on its point.
    near = near[(a.start[near] != a.end[near]).any(axis=1)]
    has_length = (b.start != b.end).any(axis=1)
    first, second = [], []
    for begin in range(0, len(near), step):
        some = near[begin : begin + step]
        meets = (a.low[some, None, 0] <= b.high[None, :, 0] + _TOUCH) & (
            b.low[None, :, 0] <= a.high[some, None, 0] + _TOUCH
        )
        meets &= (a.low[some, None, 1] <= b.high[None, :, 1] + _TOUCH) & (
            b.low[None, :, 1] <= a.high[some, None, 1] + _TOUCH
        )
        left, right = np.nonzero(meets & has_length)
        first.append(some[left])
        second.append(right)
    if not first:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(first), np.concatenate(second)


def _side(origin: _Floats, along: _Floats, points: _Floats) -> _Floats:
    """Signed distance of points from the lines through ``origin`` along ``along`` (rows belong together)."""
    offset = points - origin
    turn = along[:, 0] * offset[:, 1] - along[:, 1] * offset[:, 0]
    return np.asarray(turn / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-12))


class _Crossings:
    """Where edges of two regions cross: edge of each, place along each (0 to 1), and the point."""

    def __init__(self, a: _Region, b: _Region) -> None:
        i, j = _pairs(a, b)
        along_a, along_b = a.end[i] - a.start[i], b.end[j] - b.start[j]
        a0, a1 = _side(b.start[j], along_b, a.start[i]), _side(b.start[j], along_b, a.end[i])
        b0, b1 = _side(a.start[i], along_a, b.start[j]), _side(a.start[i], along_a, b.end[j])
        splits_a, splits_b = a0 * a1 < 0, b0 * b1 < 0
        touching = np.minimum(np.abs((a0, a1)).min(axis=0), np.abs((b0, b1)).min(axis=0)) < _TOUCH
        reach_a = splits_a | (np.minimum(np.abs(a0), np.abs(a1)) < _TOUCH)
        reach_b = splits_b | (np.minimum(np.abs(b0), np.abs(b1)) < _TOUCH)
        if (touching & reach_a & reach_b).any():
            raise _Doubtful
        cross = splits_a & splits_b
        self.edges = i[cross], j[cross]
        t, u = a0[cross] / (a0 - a1)[cross], b0[cross] / (b0 - b1)[cross]
        self.places = t, u
        self.points: Points = a.start[self.edges[0]] + along_a[cross] * t[:, None]

    def __len__(self) -> int:
        return len(self.points)


def _chains(
    region: _Region, other: _Region, edges: _Ints, places: _Floats, keep_inside: bool, nodes_from: int
) -> tuple[list[list[int]], list[int]]:
    """Chains of node numbers between crossings that lie on the wanted side, and rings wanted whole.

    Node n < ``nodes_from`` + len(start) is vertex n - ``nodes_from`` of this region, the crossings
    have negative numbers, -1 - k for crossing k.
    """
    order = np.lexsort((places, edges))
    edge_of = edges[order]
    chains: list[list[int]] = []
    whole: list[int] = []
    for number in range(len(region.rings)):
        begin, end = int(region.first[number]), int(region.first[number + 1])
        low, high = np.searchsorted(edge_of, (begin, end))
        inside = other.contains(region.start[begin]) if len(other.start) else False
        if low == high:
            if inside == keep_inside:
                whole.append(number)
            continue
        if (high - low) % 2:
            raise _Doubtful
        marks = [(int(edge_of[k]), -1 - int(order[k])) for k in range(low, high)]
        # From each crossing to the next; the last chain runs over the ring's first vertex.
        for k, (edge, node) in enumerate(marks):
            inside = not inside
            if inside != keep_inside:
                continue
            last, following = marks[(k + 1) % len(marks)]
            if k + 1 < len(marks):
                between = list(range(edge + 1, last + 1))
            else:
                between = [*range(edge + 1, end), *range(begin, last + 1)]
            chains.append([node, *(nodes_from + n for n in between), following])
    return chains, whole


def _joined(chains: list[list[int]]) -> list[list[int]]:
    """Chains joined to rings at the crossings at their ends, each in the direction of its first chain."""
    at: dict[int, list[int]] = {}
    for number, chain in enumerate(chains):
        for node in (chain[0], chain[-1]):
            at.setdefault(node, []).append(number)
    left = [True] * len(chains)
    rings = []
    for number in range(len(chains)):
        if not left[number]:
            continue
        ring: list[int] = []
        here, node = number, chains[number][0]
        while left[here]:
            left[here] = False
            chain = chains[here] if chains[here][0] == node else chains[here][::-1]
            ring += chain[:-1]
            node = chain[-1]
            here = next((n for n in at[node] if left[n]), here)
        # Begin with the earliest vertex that there was before.
        turn = ring.index(min((n for n in ring if n >= 0), default=ring[0]))
        rings.append(ring[turn:] + ring[:turn])
    return rings


def _attempt(first: _Region, second: _Region, unmoved: _Region, operation: Operation) -> list[Points]:
    """The result; ``second`` is ``unmoved``, or a little larger, vertex by vertex."""
    crossings = _Crossings(first, second)
    keep_first, keep_second = operation == "intersect", operation != "union"
    count = len(first.start)
    edges, places = crossings.edges, crossings.places
    chains, whole = _chains(first, second, edges[0], places[0], keep_first, 0)
    more, whole_second = _chains(second, first, edges[1], places[1], keep_second, count)
    nodes = np.concatenate((first.start, unmoved.start, crossings.points))
    if second is not unmoved and len(crossings):
        nodes[-len(crossings) :] = _settled(crossings, first, unmoved)
    total = len(nodes)
    rings = [nodes[[n if n >= 0 else total - len(crossings) - 1 - n for n in ring]] for ring in _joined(chains + more)]
    rings = [ring for ring in map(_without_doubles, rings) if not _is_speck(ring)]
    return [*(first.rings[n] for n in whole), *rings, *(unmoved.rings[n] for n in whole_second)]


def _without_doubles(ring: Points) -> Points:
    """``ring`` without points on the very spot of the one before."""
    apart = np.abs(ring - np.roll(ring, 1, axis=0)).max(axis=1) > _TOUCH
    return ring[apart] if not apart.all() else ring


def _settled(crossings: _Crossings, first: _Region, second: _Region) -> Points:
    """Crossings of a region that was moved, put back on a vertex that is as near as it was moved."""
    points = crossings.points.copy()
    for region, edges in ((first, crossings.edges[0]), (second, crossings.edges[1])):
        for corner in (region.start[edges], region.end[edges]):
            near = np.abs(points - corner).max(axis=1) <= _NEAR
            points[near] = corner[near]
    return points


def _grown(rings: list[Points], by: float, jitter: _Floats) -> list[Points]:
    """Every vertex moved out of the region by ``by``, and a little to the side, so that nothing stays in line."""
    regions = [_Region([ring]) for ring in rings]
    moved = []
    at = 0
    for n, ring in enumerate(rings):
        depth = sum(other != n and _lies_in(regions[n], outer) for other, outer in enumerate(regions))
        sign = (1.0 if signed_area(ring) > 0 else -1.0) * (-1.0 if depth % 2 else 1.0)
        along = np.roll(ring, -1, axis=0) - ring
        normal = np.stack((along[:, 1], -along[:, 0]), axis=1)
        normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-12)[:, None]
        out = normal + np.roll(normal, 1, axis=0)
        out /= np.maximum(np.hypot(out[:, 0], out[:, 1]), 1e-3)[:, None]
        moved.append(ring + sign * by * out + by / 4 * jitter[at : at + len(ring)])
        at += len(ring)
    return moved


def _is_speck(ring: Points) -> bool:
    if len(ring) < 3:
        return True
    # The two halves of a ring that crosses itself cancel out; that is no speck.
    return abs(signed_area(ring)) < SPECK_PX2 and len(ring) < _LONG and not crosses_itself(ring)


def combine(first: Rings, second: Rings, operation: Operation) -> list[Points]:
    """The rings of ``first`` united with, without, or cut to ``second``; (N, 2) image points.

    Rings of ``first`` come first and keep their direction. Specks under half a square pixel that
    the crossings make are left out.

    Raises:
        ValueError: a coordinate is not finite, or rounding decides however the regions are moved.
    """
    a = _Region(first)
    rings = [np.asarray(ring, np.float64) for ring in second if len(ring) >= 3]
    if not all(np.isfinite(ring).all() for ring in (*a.rings, *rings)):
        raise ValueError("a ring holds a coordinate that is not a finite number")
    if not rings:
        return [] if operation == "intersect" else list(a.rings)
    if not a.rings:
        return rings if operation == "union" else []
    random = np.random.default_rng(20)
    unmoved = moved = _Region(rings)
    for attempt in range(_TRIES):
        try:
            return _attempt(a, moved, unmoved, operation)
        except _Doubtful:
            jitter = random.uniform(-1.0, 1.0, unmoved.start.shape)
            moved = _Region(_grown(rings, _SHIFT * (1 + attempt / _TRIES), jitter))
    raise ValueError("the outlines lie on each other in a way that cannot be told apart")


def nested(rings: Rings) -> list[Polygon]:
    """Rings that do not cross as polygons with holes, by how deep each lies in the others; largest first."""
    regions = [_Region([ring]) for ring in rings]
    around: list[list[int]] = []
    for n, region in enumerate(regions):
        inside = []
        for other, outer in enumerate(regions):
            fits = other != n and (outer.low.min(axis=0) <= region.low.min(axis=0)).all()
            if fits and (outer.high.max(axis=0) >= region.high.max(axis=0)).all() and _lies_in(region, outer):
                inside.append(other)
        around.append(inside)
    holes: dict[int, list[Points]] = {n: [] for n in range(len(rings)) if len(around[n]) % 2 == 0}
    for n, inside in enumerate(around):
        if len(inside) % 2:
            # The ring around that is itself deepest.
            holes[max(inside, key=lambda other: len(around[other]))].append(rings[n])
    parts = [Polygon(rings[n], tuple(inner)) for n, inner in holes.items()]
    return sorted(parts, key=lambda part: -part.area)


def ring_contains(ring: Points, x: float, y: float) -> bool:
    """Whether a position is inside one ring, by the even-odd rule."""
    return _Region([ring]).contains(np.array((x, y)))


def _lies_in(inner: _Region, outer: _Region) -> bool:
    """Whether a ring lies in another; most of its corners decide, since rings may touch."""
    some = inner.start[:: max(1, len(inner.start) // 5)][:5]
    return sum(outer.contains(point) for point in some) * 2 > len(some)
