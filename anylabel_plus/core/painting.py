"""Edits by painted regions: pixels and outlines added to shapes, taken from them, made into new ones.

Masks change pixel by pixel. Polygons stay polygons, with their holes: their outline changes only
where the region's outline crosses it (see ``ring_boolean``). A polygon that falls into several
parts stays one object: the largest part keeps the shape's id, the others become shapes of the same
group (see docs/adr/0006). A shape of which nothing is left is removed. Locked shapes, and shapes of
other kinds, stay as they are. The rules of ``edits`` hold.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from anylabel_plus.core import edits, masks, ring_boolean
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.masks import Mask, Polygon
from anylabel_plus.core.ring import Points
from anylabel_plus.core.ring_boolean import Operation
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.core.strokes import Coverage, outline

PAINTABLE = frozenset(("mask", "polygon"))
"""Kinds that a brush can change."""
NewKind = Literal["mask", "polygon"]


class Region:
    """Pixels inside the image, and their outline as rings, made when first asked for."""

    def __init__(self, mask: Mask, rings: Sequence[Points] | None = None, *, detail_px: float = 0.0) -> None:
        self.mask = mask
        self._rings = tuple(rings) if rings is not None else None
        self._detail_px = detail_px

    @property
    def rings(self) -> tuple[Points, ...]:
        """Even-odd rings around the region; without given ones, those of the pixels."""
        if self._rings is None:
            parts = masks.polygons(self.mask, self._detail_px)
            self._rings = tuple(ring for part in parts for ring in (part.exterior, *part.holes))
        return self._rings


class StrokeRegion(Region):
    """What a stroke covered."""

    def __init__(self, coverage: Coverage) -> None:
        super().__init__(coverage.mask())
        self._coverage = coverage

    @property
    def rings(self) -> tuple[Points, ...]:
        if self._rings is None:
            self._rings = outline(self._coverage.whole(), self._coverage.tip)
        return self._rings


def ring_region(ring: Points, width: int, height: int) -> Region:
    """The inside of one closed ring of image points."""
    return Region(masks.rasterize([ring], width, height), [ring])


def paintable(document: Document, ids: Collection[int]) -> list[Shape]:
    """Those of the shapes that painting can change, lowest first."""
    return [s for s in document.shapes if s.id in ids and s.kind in PAINTABLE and not s.locked]


def add_region(document: Document, shape_id: int, region: Region) -> Document:
    """The region added to one shape."""
    return _combined(document, (shape_id,), region, "union")


def subtract_region(document: Document, ids: Collection[int], region: Region) -> Document:
    """The region taken from each of the shapes; what is left of none of them is removed."""
    return _combined(document, ids, region, "subtract")


def new_shapes(
    region: Region, label: str, kind: NewKind, width: int, height: int, *, least_share: float = 0.0
) -> list[Shape]:
    """The region as new shapes: one mask, or a polygon for each part that has ``least_share`` of all their area."""
    if kind == "mask":
        return [make_shape("mask", label, **edits.mask_fields(region.mask))] if region.mask.area else []
    parts = ring_boolean.nested(_inside(region.rings, width, height))
    least = least_share * sum(part.area for part in parts)
    kept = [part for part in parts if part.area >= least]
    return [make_shape("polygon", label, part.exterior, holes=part.holes) for part in kept]


def _combined(document: Document, ids: Collection[int], region: Region, operation: Operation) -> Document:
    for shape in paintable(document, ids):
        if shape.mask is not None:
            document = _with_mask(document, shape, shape.mask, region.mask, operation)
        else:
            document = _with_polygon(document, shape, region, operation)
    return document


def _with_mask(document: Document, shape: Shape, mask: Mask, other: Mask, operation: Operation) -> Document:
    if operation == "union":
        return _put(document, shape, edits.mask_fields(_united(mask, other)))
    if not masks.intersection_area(mask, other):
        return document
    left = masks.subtract(mask, other)
    if not left.crop.size:
        return edits.remove_shapes(document, (shape.id,))
    return _put(document, shape, edits.mask_fields(left))


def _united(mask: Mask, other: Mask) -> Mask:
    """The union; the same mask when nothing is added. Only the window of ``other`` is looked at."""
    left, top = other.x - mask.x, other.y - mask.y
    rows, columns = other.crop.shape
    if left < 0 or top < 0 or top + rows > mask.crop.shape[0] or left + columns > mask.crop.shape[1]:
        return masks.union(mask, other)
    window = mask.crop[top : top + rows, left : left + columns]
    if not (other.crop & ~window).any():
        return mask
    crop = mask.crop.copy()
    crop[top : top + rows, left : left + columns] |= other.crop
    return Mask(crop, mask.x, mask.y)


def _put(document: Document, shape: Shape, fields: dict[str, object]) -> Document:
    if fields["mask"] is shape.mask:
        return document
    return edits.replace_shapes(document, {shape.id: edits.changed_shape(shape, **fields)})


def _with_polygon(document: Document, shape: Shape, region: Region, operation: Operation) -> Document:
    before = [shape.points, *shape.holes]
    rings = ring_boolean.combine(before, region.rings, operation)
    if operation == "union" and _reaches_out(region.rings, document):
        rings = _inside(rings, document.width, document.height)
    if len(rings) == len(before) and all(a is b for a, b in zip(before, rings, strict=True)):
        return document
    parts = ring_boolean.nested(rings)
    if not parts:
        return edits.remove_shapes(document, (shape.id,))
    return _with_parts(document, shape, parts)


def _with_parts(document: Document, shape: Shape, parts: list[Polygon]) -> Document:
    first, *others = parts
    changed = edits.changed_shape(shape, points=first.exterior, holes=first.holes)
    if others and changed.group_id is None:
        used = (other.group_id for other in document.shapes if other.group_id is not None)
        changed = replace(changed, group_id=max(0, max(used, default=0)) + 1)
    document = edits.replace_shapes(document, {shape.id: changed})
    if not others:
        return document
    return add_shapes(document, [changed.with_(points=part.exterior, holes=part.holes) for part in others])


def _reaches_out(rings: Sequence[Points], document: Document) -> bool:
    size = document.width, document.height
    return any((ring < 0).any() or (ring > size).any() for ring in rings)


def _inside(rings: Sequence[Points], width: int, height: int) -> list[Points]:
    """The rings cut to the image, corners on its edge exactly."""
    if all((ring >= 0).all() and (ring <= (width, height)).all() for ring in rings):
        return list(rings)
    frame = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float64)
    cut = ring_boolean.combine(rings, [frame], "intersect")
    return [np.clip(ring, 0.0, (width, height)) for ring in cut]


def hole_at(shape: Shape, x: float, y: float) -> Region | None:
    """The hole of a polygon or mask at a position (image pixels), None where there is none."""
    if shape.kind == "polygon":
        for ring in shape.holes:
            if ring_boolean.ring_contains(ring, x, y):
                return Region(masks.rasterize([ring]), [ring])
        return None
    return _mask_hole(shape.mask, x, y) if shape.mask is not None else None


def _mask_hole(mask: Mask, x: float, y: float) -> Region | None:
    """Pixels not set that hang together (by edges and corners) and nowhere reach the crop's edge."""
    import cv2

    column, row = int(np.floor(x)) - mask.x, int(np.floor(y)) - mask.y
    rows, columns = mask.crop.shape
    if not (0 <= column < columns and 0 <= row < rows) or mask.crop[row, column]:
        return None
    # Set pixels hang together by edges only (see ``masks.polygons``), so unset ones by corners too.
    filled = np.zeros((rows + 2, columns + 2), np.uint8)
    flags = 8 | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
    pixels = mask.crop.astype(np.uint8)
    _count, _image, filled, box = cv2.floodFill(pixels, filled, (column, row), 0, 0, 0, flags)
    left, top, width, height = box
    if left == 0 or top == 0 or left + width == columns or top + height == rows:
        return None
    hole = filled[1 + top : 1 + top + height, 1 + left : 1 + left + width] == 1
    return Region(Mask(hole, mask.x + left, mask.y + top))


def remove_hole(document: Document, shape_id: int, x: float, y: float) -> Document:
    """The hole of a shape at a position filled; the same document where there is none."""
    shape = document.shape(shape_id)
    hole = hole_at(shape, x, y) if not shape.locked else None
    if hole is None:
        return document
    if shape.mask is not None:
        return _put(document, shape, edits.mask_fields(masks.union(shape.mask, hole.mask)))
    kept = tuple(ring for ring in shape.holes if ring is not hole.rings[0])
    return edits.replace_shapes(document, {shape_id: edits.changed_shape(shape, holes=kept)})
