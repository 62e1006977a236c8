"""Polygons to pixels and pixels to polygons (see ``masks`` for the pixel rule)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.mask_value import (
    EMPTY,
    Bits,
    BoolArray,
    Mask,
    blank_bits,
    check_size,
    flip_bits,
    tight,
    unpack_bits,
)
from anylabel_plus.core.ring import Points, signed_area, simplified_ring

_Ints = NDArray[np.int64]
_NEAR = 1e-6  # closer to a pixel centre than this, float arithmetic is not trusted


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """One part of a mask: its exterior ring, clockwise on screen, and its holes, the other way."""

    exterior: Points
    holes: tuple[Points, ...] = ()

    @property
    def area(self) -> float:
        """Square pixels, holes taken off."""
        return abs(signed_area(self.exterior)) - sum(abs(signed_area(ring)) for ring in self.holes)


# ---------------------------------------------------------------- polygons to pixels


def _edges(rings: Sequence[Points]) -> NDArray[np.float64]:
    """(N, 4) x0 y0 x1 y1 of all edges that are not level, each from its upper end to its lower.

    One direction for all makes neighbours that share an edge round alike: no gap, no overlap.
    """
    parts = []
    for ring in rings:
        points = np.asarray(ring, np.float64).reshape(-1, 2)
        if len(points) >= 3:
            parts.append(np.concatenate((points, np.roll(points, -1, axis=0)), axis=1))
    if not parts:
        return np.empty((0, 4))
    edges: NDArray[np.float64] = np.concatenate(parts)
    if not np.isfinite(edges).all():
        raise ValueError("a ring holds a coordinate that is not a finite number")
    if np.abs(edges).max() > 2.0**31:
        raise ValueError("a ring holds a coordinate that no image reaches")
    edges = edges[edges[:, 1] != edges[:, 3]]
    up = edges[:, 1] > edges[:, 3]
    edges[up] = edges[up][:, [2, 3, 0, 1]]
    return edges


def _exact_columns(edges: NDArray[np.float64], row: _Ints, at: NDArray[np.float64], column: _Ints) -> None:
    """Put right, in ``column``, crossings so near a pixel centre that rounding could decide."""
    distance = at - 0.5
    doubtful = np.flatnonzero(np.abs(distance - np.rint(distance)) < _NEAR)
    if not doubtful.size:
        return
    some = edges[doubtful]
    # An upright edge needs no arithmetic; on a grid of 1/64 pixel all products are exact.
    scaled = some * 64.0
    easy = (some[:, 0] == some[:, 2]) | ((scaled == np.rint(scaled)) & (np.abs(some) < 65536.0)).all(axis=1)
    if easy.all():
        return
    from fractions import Fraction

    for place in doubtful[~easy]:
        x0, y0, x1, y1 = (Fraction(float(value)) for value in edges[place])
        centre = Fraction(2 * int(row[place]) + 1, 2)
        crossing = x0 + (centre - y0) * (x1 - x0) / (y1 - y0)
        column[place] = -((Fraction(1, 2) - crossing) // 1)


def _crossings(edges: NDArray[np.float64], height: int | None) -> tuple[_Ints, _Ints]:
    """Row and first column at or right of the crossing, for every edge and row centre it meets."""
    first = np.ceil(edges[:, 1] - 0.5).astype(np.int64)
    stop = np.ceil(edges[:, 3] - 0.5).astype(np.int64)
    if height is not None:
        first, stop = np.clip(first, 0, height), np.clip(stop, 0, height)
    counts = stop - first
    if int(counts.sum()) > 1 << 28:
        raise ValueError("the rings are too long for any image")
    owner = np.repeat(np.arange(len(edges)), counts)
    row = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts) + first[owner]
    mine = edges[owner]
    x0, y0 = mine[:, 0], mine[:, 1]
    at = x0 + (row + 0.5 - y0) * (mine[:, 2] - x0) / (mine[:, 3] - y0)
    column = np.ceil(at - 0.5).astype(np.int64)
    _exact_columns(mine, row, at, column)
    return row, column


def _fill_rows(row: _Ints, column: _Ints, rows: int, columns: int) -> BoolArray:
    """Bool (rows, columns): a pixel is set when an odd number of crossings lies at or left of it.

    Works on words of 64 pixels: the parity of all lower bits by six shifts, then a carry from
    word to word of a row.
    """
    bits = blank_bits(rows, columns)
    flip_bits(bits, row, column)
    for shift in (1, 2, 4, 8, 16, 32):
        bits ^= bits << np.uint64(shift)
    carry = np.bitwise_xor.accumulate(bits >> np.uint64(63), axis=1)
    bits[:, 1:] ^= np.uint64(0) - carry[:, :-1]
    return unpack_bits(bits, columns)


def rasterize(rings: Sequence[Points], width: int | None = None, height: int | None = None) -> Mask:
    """All pixels whose centre is inside ``rings`` by the even-odd rule (holes are just rings).

    Rings are (N, 2) image points, closed by themselves; fewer than three points have no inside.
    With ``width`` and ``height`` the result is cut to the image. A centre exactly on an edge is
    in when the inside is to its right (on a level edge: below it).

    Raises:
        ValueError: a coordinate is not finite or beyond any image.
    """
    row, column = _crossings(_edges(rings), height)
    if width is not None:
        column = np.clip(column, 0, width)
    if not row.size:
        return EMPTY
    top, left = int(row.min()), int(column.min())
    rows, columns = int(row.max()) + 1 - top, int(column.max()) - left
    if columns <= 0:
        return EMPTY
    check_size(columns, rows)
    return tight(Mask(_fill_rows(row - top, column - left, rows, columns), left, top))


# ---------------------------------------------------------------- pixels to polygons
#
# A lattice point where four pixels meet is a corner of the outline unless the outline passes
# straight. Walking with the set pixels on the right, each corner is entered along one axis and
# left along the other; where two set pixels touch only diagonally there are two corners and both
# turn right, so that set pixels hang together by their edges only (4-connectivity).

_LEFT, _RIGHT, _UP, _DOWN = 0, 1, 0, 1
# code = TL + 2 TR + 4 BL + 8 BR  ->  (horizontal side, vertical side, entered along the horizontal)
_CORNERS: dict[int, tuple[tuple[int, int, bool], ...]] = {
    1: ((_LEFT, _UP, False),),
    2: ((_RIGHT, _UP, True),),
    4: ((_LEFT, _DOWN, True),),
    8: ((_RIGHT, _DOWN, False),),
    14: ((_LEFT, _UP, True),),
    13: ((_RIGHT, _UP, False),),
    11: ((_LEFT, _DOWN, False),),
    7: ((_RIGHT, _DOWN, True),),
    6: ((_LEFT, _DOWN, True), (_RIGHT, _UP, True)),
    9: ((_LEFT, _UP, False), (_RIGHT, _DOWN, False)),
}


def _table(which: int) -> NDArray[np.uint8]:
    """(16, 4) rows: has this corner, horizontal side, vertical side, entered horizontally."""
    table = np.zeros((16, 4), np.uint8)
    for code, corners in _CORNERS.items():
        if which < len(corners):
            table[code] = (1, *corners[which])
    return table


_TABLES = (_table(0), _table(1))


def _lattice(crop: BoolArray) -> tuple[Bits, Bits, Bits, Bits]:
    """Words of 64 lattice points each, telling the pixel to their TL, TR, BL and BR."""
    rows, columns = crop.shape
    right = blank_bits(rows + 2, columns)
    packed = np.packbits(crop, axis=1, bitorder="little")
    right.view(np.uint8)[1:-1, : packed.shape[1]] = packed
    if sys.byteorder == "big":
        right.byteswap(inplace=True)
    left = right << np.uint64(1)
    left[:, 1:] |= right[:, :-1] >> np.uint64(63)
    return left[:-1], right[:-1], left[1:], right[1:]


def _corners(crop: BoolArray) -> tuple[_Ints, _Ints, NDArray[np.uint8]]:
    """Row, column and (N, 3) sides of all outline corners of ``crop``, in lattice coordinates."""
    tl, tr, bl, br = _lattice(crop)
    top = tl ^ tr
    # An odd number of the four pixels, or two across from each other.
    found = (top ^ bl ^ br) | (top & (tl ^ bl))
    word_row, word = np.nonzero(found)
    which, bit = np.nonzero(unpack_bits(found[word_row, word][:, None], 64))
    word_row, word = word_row[which], word[which]
    codes = np.zeros(bit.size, np.uint8)
    for shift, pixels in enumerate((tl, tr, bl, br)):
        set_here = (pixels[word_row, word] >> bit.astype(np.uint64)) & np.uint64(1)
        codes |= set_here.astype(np.uint8) << shift
    row, column = word_row, word * 64 + bit
    double = _TABLES[1][codes, 0].astype(np.bool_)
    sides = np.concatenate((_TABLES[0][codes, 1:], _TABLES[1][codes[double], 1:]))
    return np.concatenate((row, row[double])), np.concatenate((column, column[double])), sides


def _partners(key: _Ints) -> _Ints:
    """Neighbours along one axis: the corners of a line come in pairs that a straight edge joins."""
    order = np.argsort(key)
    partner = np.empty_like(order)
    partner[order[0::2]], partner[order[1::2]] = order[1::2], order[0::2]
    return partner


def _rings(crop: BoolArray) -> list[Points]:
    """All closed outlines of ``crop``: exteriors clockwise on screen, holes the other way."""
    row, column, sides = _corners(crop)
    rows, columns = crop.shape
    across = _partners((row * (columns + 1) + column) * 2 + sides[:, 0])
    along = _partners((column * (rows + 1) + row) * 2 + sides[:, 1])
    following = np.where(sides[:, 2].astype(np.bool_), along, across).tolist()
    points = np.stack((column, row), axis=1).astype(np.float64)
    left = bytearray(b"\1") * len(following)
    rings = []
    start = left.find(1)
    while start >= 0:
        ring = []
        here = start
        while left[here]:
            left[here] = 0
            ring.append(here)
            here = following[here]
        rings.append(points[ring])
        start = left.find(1, start)
    return rings


def _owners(crop: BoolArray, exteriors: list[Points], holes: list[Points]) -> list[int]:
    """For each hole the position of the exterior around it."""
    if len(exteriors) == 1:
        return [0] * len(holes)
    import cv2

    _count, labels = cv2.connectedComponents(crop.view(np.uint8), connectivity=4)

    def part(ring: Points) -> int:
        # The set pixel on the right of the ring's first edge.
        (x0, y0), (x1, y1) = ring[0], ring[1]
        x = int(x0) - (x1 < x0 or y1 > y0)
        y = int(y0) - (x1 < x0 or y1 < y0)
        return int(labels[y, x])

    places = {part(ring): index for index, ring in enumerate(exteriors)}
    return [places[part(ring)] for ring in holes]


def polygons(mask: Mask, detail_px: float = 0.0) -> list[Polygon]:
    """The parts of ``mask`` as polygons with holes, the largest first.

    At ``detail_px`` 0 the rings run along pixel edges and ``rasterize`` of all of them gives back
    the very mask. Pixels that touch only diagonally belong to different parts. With a larger
    ``detail_px`` points are left out so that neither outline is further than that from the other;
    no part and no hole vanishes: a ring that would collapse or lose more than a quarter of its
    area keeps more points than asked.
    """
    crop = mask.crop
    if not crop.any():
        return []
    rings = _rings(crop)
    exteriors = [ring for ring in rings if signed_area(ring) > 0]
    holes = [ring for ring in rings if signed_area(ring) < 0]
    members: list[list[Points]] = [[] for _ in exteriors]
    for hole, owner in zip(holes, _owners(crop, exteriors, holes) if holes else (), strict=True):
        members[owner].append(hole)
    offset = np.array((mask.x, mask.y), np.float64)

    def finished(ring: Points) -> Points:
        result = (simplified_ring(ring, detail_px) if detail_px > 0 else ring) + offset
        result.setflags(write=False)
        return result

    parts = [
        (Polygon(exterior, tuple(members[index])).area, exterior, members[index])
        for index, exterior in enumerate(exteriors)
    ]
    parts.sort(key=lambda part: -part[0])
    return [Polygon(finished(exterior), tuple(map(finished, inner))) for _area, exterior, inner in parts]
