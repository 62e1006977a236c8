"""The stretch of an outline between two places on it: what two neighbouring shapes share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anylabel_plus.core.shapes import Points


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a ring: on the edge from point ``index`` on, ``share`` (0 to 1) of the way to the next point."""

    index: int
    share: float = 0.0


def place_on(ring: Points, index: int, x: float, y: float) -> Place:
    """The place of (x, y), which lies on the edge from point ``index`` on; image pixels."""
    start, end = ring[index], ring[(index + 1) % len(ring)]
    along = end - start
    length2 = float(along @ along)
    share = float((np.array((x, y)) - start) @ along) / length2 if length2 else 0.0
    return Place(index, min(max(share, 0.0), 1.0))


def points_between(ring: Points, start: Place, end: Place, *, closed: bool) -> Points:
    """The points of ``ring`` (N, 2) passed on the way from ``start`` to ``end``, ends left out; (M, 2).

    Of the two ways round a closed ring the shorter one.
    """
    forward = _passed(len(ring), start, end)
    backward = _passed(len(ring), end, start)[::-1]
    a, b = _spot(ring, start), _spot(ring, end)
    if not closed:
        ahead = (start.index, start.share) <= (end.index, end.share)
        return ring[forward if ahead else backward]
    ways = [ring[forward], ring[backward]]
    lengths = [_length(np.concatenate((a[None], way, b[None]))) for way in ways]
    return ways[0] if lengths[0] <= lengths[1] else ways[1]


def _spot(ring: Points, place: Place) -> Points:
    start, end = ring[place.index], ring[(place.index + 1) % len(ring)]
    spot: Points = start + place.share * (end - start)
    return spot


def _passed(count: int, start: Place, end: Place) -> list[int]:
    """Indices of the points strictly between two places, going up and round."""
    first = start.index + 1
    last = end.index if end.share > 0 else end.index - 1
    if start.share >= 1.0:
        first += 1
    if (end.index, end.share) < (start.index, start.share):
        last += count
    return [number % count for number in range(first, last + 1)]


def _length(line: Points) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())
