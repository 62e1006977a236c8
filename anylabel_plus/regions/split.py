"""Cutting shapes along a line, and separating the parts of one shape."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.masks import Mask, Polygon
from anylabel_plus.core.shapes import KINDS, Points, Shape
from anylabel_plus.regions import pixels, vector
from anylabel_plus.regions.placing import as_mask, as_outlines, reshaped

_SAME = 1e-9  # of a segment's length: cuts nearer to a point than this go through the point


def split(shape: Shape, line: Points) -> list[Shape]:
    """The pieces into which ``line`` (N, 2) cuts a shape, the largest first; nothing when it does not.

    Parts that the line does not touch stay with the largest piece of the shape where that can hold
    them (a mask). The pieces of a mask are its very pixels, shared out by the pixel rule.
    """
    if shape.kind in ("line", "linestrip"):
        return [reshaped(shape, "line" if len(part) == 2 else "linestrip", part) for part in cut(shape.points, line)]
    if not KINDS[shape.kind].has_area:
        return []
    if shape.mask is not None:
        return [part for mask in _split_mask(shape.mask, line) for part in as_mask(shape, mask)]
    region = geometry.area_rings(shape)
    pieces = vector.split(region, line)
    return as_outlines(shape, pieces, one_object=False) if len(pieces) > len(vector.parts(region)) else []


def _split_mask(mask: Mask, line: Points) -> list[Mask]:
    low, high = line.min(axis=0), line.max(axis=0)
    whole: list[Polygon] = []
    pieces: list[list[Polygon]] = []
    for part in masks.polygons(mask):
        x1, y1, x2, y2 = geometry.box_of(part.exterior)
        missed = x2 < low[0] or x1 > high[0] or y2 < low[1] or y1 > high[1]
        found = [] if missed else vector.split([part.exterior, *part.holes], line)
        if len(found) > 1:
            pieces += [[piece] for piece in found]
        else:
            whole.append(part)
    if not pieces:
        return []
    pieces.sort(key=lambda piece: -piece[0].area)
    pieces[0] += whole
    # Edges half-open: every pixel belongs to exactly one of the pieces that share an edge.
    shares = [masks.intersect(masks.rasterize(vector.rings_of(piece)), mask) for piece in pieces]
    shares = [share for share in shares if share.area]
    return shares if len(shares) > 1 else []


def cut(points: Points, line: Points) -> list[Points]:
    """The pieces of an open line where another crosses it, in their order; nothing when none does."""
    pieces: list[Points] = []
    current = [points[0]]
    for start, end in pairwise(points):
        for share in _crossings(start, end, line):
            at = start + share * (end - start)
            if share <= _SAME and len(current) == 1:
                continue  # the very start of a piece
            if share > _SAME:
                current.append(at)
            pieces.append(np.array(current))
            current = [at]
        if not np.array_equal(current[-1], end):
            current.append(end)
    if len(current) > 1:
        pieces.append(np.array(current))
    return pieces if len(pieces) > 1 else []


def _crossings(start: Points, end: Points, line: Points) -> list[float]:
    """Where the segment meets ``line``, as shares of its length in order; its far end is left out."""
    along = end - start
    begins, steps = line[:-1], line[1:] - line[:-1]
    turn = along[0] * steps[:, 1] - along[1] * steps[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = begins - start
        mine = (offset[:, 0] * steps[:, 1] - offset[:, 1] * steps[:, 0]) / turn
        its = (offset[:, 0] * along[1] - offset[:, 1] * along[0]) / turn
    met = np.isfinite(mine) & (mine >= 0) & (mine < 1 - _SAME) & (its >= 0) & (its <= 1)
    shares: list[float] = []
    for share in sorted(mine[met].tolist()):
        if not shares or share - shares[-1] > _SAME:
            shares.append(share)
    return shares


def separated(shape: Shape) -> list[Shape]:
    """The disconnected parts of a shape, largest first; nothing when it is in one piece.

    Pixels of a mask that touch at a corner hang together. An outline that crosses itself falls
    apart where it does.
    """
    if shape.mask is not None:
        parts = [part for mask in pixels.components(shape.mask) for part in as_mask(shape, mask)]
    elif shape.kind == "polygon":
        parts = as_outlines(shape, vector.parts(geometry.area_rings(shape)))
    else:
        parts = []
    return parts if len(parts) > 1 else []
