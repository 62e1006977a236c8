"""Take several points away from a shape at once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from anylabel_plus.core import edits
from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import KINDS, Shape


def removable(shape: Shape) -> bool:
    """True for a shape whose kind has no fixed number of points, and that is not locked."""
    return KINDS[shape.kind].max_points is None and not shape.locked


def spare_points(shape: Shape) -> int:
    """How many points of its outer ring a shape can lose."""
    return max(0, len(shape.points) - KINDS[shape.kind].min_points) if removable(shape) else 0


def remove_points(document: Document, shape_id: int, places: Iterable[tuple[int, int]]) -> Document:
    """Without the points at ``places`` (ring, index), as many of the outer ring as its kind can spare, lowest first.

    A hole left with less than three points goes altogether. The same document when nothing can go.

    Raises:
        KeyError: no such shape.
        IndexError: no such ring or point.
    """
    shape = document.shape(shape_id)
    wanted = sorted(set(places))
    if not wanted or not removable(shape):
        return document
    rings = [shape.points, *shape.holes]
    for ring, index in wanted:
        if not (0 <= ring < len(rings) and 0 <= index < len(rings[ring])):
            raise IndexError(f"a {shape.kind} with {len(rings)} rings has no point {index} in ring {ring}")
    outer = [index for ring, index in wanted if ring == 0][: spare_points(shape)]
    holes = []
    for number, hole in enumerate(shape.holes, start=1):
        gone = [index for ring, index in wanted if ring == number]
        left = np.delete(hole, gone, axis=0) if gone else hole
        if len(left) >= 3:
            holes.append(left)
    changed = edits.changed_shape(shape, points=np.delete(shape.points, outer, axis=0), holes=tuple(holes))
    return edits.replace_shapes(document, {shape_id: changed}) if changed is not shape else document
