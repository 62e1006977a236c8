"""What becomes of which shape: results of this package as one edit of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from anylabel_plus.core import geometry
from anylabel_plus.core.document import Document
from anylabel_plus.core.edits import changed_shape, mask_fields
from anylabel_plus.core.masks import Mask, Polygon
from anylabel_plus.core.shapes import Points, Shape

Exchange = Mapping[int, Sequence[Shape]]
"""Id of a shape -> what takes its place: nothing, itself, or several, the first of which keeps the id."""

_RIGHT = 0.002  # px; how far the corner of a box may be from where a true box has it


def exchanged(document: Document, parts: Exchange, *, one_object: bool = True) -> Document:
    """``document`` with shapes exchanged; what is more than one lies directly above the first.

    With ``one_object`` several shapes in the place of one are its parts: they share a group, a new
    one where it had none. The same document when nothing differs. An unknown id raises KeyError.
    """
    for shape_id in parts:
        document.index_of(shape_id)
    shapes: list[Shape] = []
    number, group = document.next_id, free_group(document)
    for shape in document.shapes:
        new = list(parts.get(shape.id, (shape,)))
        if one_object and len(new) > 1 and new[0].group_id is None:
            new = [changed_shape(part, group_id=group) for part in new]
            group += 1
        for place, part in enumerate(new):
            wanted = shape.id if place == 0 else number
            number += place > 0
            shapes.append(part if part.id == wanted else replace(part, id=wanted))
    if len(shapes) == len(document.shapes) and all(a is b for a, b in zip(shapes, document.shapes, strict=True)):
        return document
    return replace(document, shapes=tuple(shapes), next_id=number)


def free_group(document: Document) -> int:
    """The lowest group number, from 1, above all in use."""
    return max((shape.group_id for shape in document.shapes if shape.group_id is not None), default=0) + 1


def reshaped(shape: Shape, kind: str, points: Any, holes: Sequence[Points] = (), mask: Mask | None = None) -> Shape:
    """``shape`` as another kind with other geometry; itself when nothing differs.

    What belongs to the old kind only (direction, the depth of a cuboid) goes with it.
    """
    extra = shape.extra
    if kind != "cuboid" and "cuboid3d" in extra:
        extra = {key: value for key, value in extra.items() if key != "cuboid3d"}
    direction = geometry.angle(np.asarray(points, np.float64)) if kind == "rotation" else None
    return changed_shape(
        shape, kind=kind, points=points, holes=tuple(holes), mask=mask, direction=direction, extra=extra
    )


def as_mask(shape: Shape, mask: Mask) -> list[Shape]:
    """``shape`` with these pixels; nothing when there are none."""
    if not mask.area:
        return []
    fields = mask_fields(mask)
    return [reshaped(shape, "mask", fields["points"], (), fields["mask"])]


def as_outlines(shape: Shape, polygons: Sequence[Polygon], *, one_object: bool = True) -> list[Shape]:
    """``shape`` as these polygons, one each: as boxes where it was a box and they are too.

    The parts of ``one_object`` are polygons: boxes are never joined by their group.
    """
    kind = "polygon" if one_object and len(polygons) > 1 else shape.kind
    return [reshaped(shape, *_form(kind, part)) for part in polygons]


def _form(kind: str, part: Polygon) -> tuple[str, Points, tuple[Points, ...]]:
    ring = part.exterior
    if len(ring) == 4 and not part.holes:
        if kind == "rectangle" and _upright(ring):
            x1, y1, x2, y2 = geometry.box_of(ring)
            return kind, np.array(((x1, y1), (x2, y2))), ()
        if kind == "quadrilateral" or (kind == "rotation" and _right_angled(ring)):
            return kind, ring, ()
    return "polygon", ring, part.holes


def _upright(ring: Points) -> bool:
    x1, y1, x2, y2 = geometry.box_of(ring)
    level = np.minimum(np.abs(ring[:, 0] - x1), np.abs(ring[:, 0] - x2)) <= _RIGHT
    plumb = np.minimum(np.abs(ring[:, 1] - y1), np.abs(ring[:, 1] - y2)) <= _RIGHT
    return bool((level & plumb).all()) and _right_angled(ring)


def _right_angled(ring: Points) -> bool:
    """A rectangle at any angle: the diagonals halve each other and are equally long."""
    apart = float(np.hypot(*(ring[0] + ring[2] - ring[1] - ring[3])))
    longer = float(np.hypot(*(ring[2] - ring[0])) - np.hypot(*(ring[3] - ring[1])))
    return apart <= 2 * _RIGHT and abs(longer) <= 2 * _RIGHT
