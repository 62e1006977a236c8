"""Edits: pure functions ``Document -> Document``.

Rules that all of them keep:
 * what is not touched stays the very same object, shape by shape; an edit that changes nothing
   returns the very same document (lossless saving and the history depend on it);
 * a change of geometry, kind or label marks ``provenance.edited`` on a shape that carries
   provenance, and never gives provenance to another one;
 * geometry of locked shapes stays as it is;
 * a rotated box that carries ``direction`` gets it worked out anew.
An unknown shape id raises KeyError.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import KINDS, Points, Shape, as_points
from anylabel_plus.core.vertices import following, moved_vertex, moving_along

__all__ = [
    "add_shapes",
    "duplicate",
    "insert_vertex",
    "lower_shapes",
    "mask_fields",
    "move_shapes",
    "move_vertex",
    "raise_shapes",
    "remove_shapes",
    "remove_vertex",
    "replace_shapes",
    "set_fields",
    "set_label",
    "set_locked",
    "set_mask",
    "set_points",
]

_MARKING = frozenset({"label", "kind", "points", "holes", "mask"})
_FIELDS = frozenset(field.name for field in fields(Shape)) - {"id"}


# ---------------------------------------------------------------- shapes of a document


def _positions(document: Document, ids: Iterable[int]) -> list[int]:
    """Positions of the shapes with these ids, in z-order; raises KeyError for an unknown one."""
    wanted = frozenset(ids)
    found = [index for index, shape in enumerate(document.shapes) if shape.id in wanted]
    if len(found) != len(wanted):
        raise KeyError(min(wanted - {document.shapes[index].id for index in found}))
    return found


def _put(document: Document, changes: Mapping[int, Shape]) -> Document:
    """``document`` with the shapes at these positions exchanged; itself when they are the same."""
    if all(document.shapes[index] is shape for index, shape in changes.items()):
        return document
    shapes = list(document.shapes)
    for index, shape in changes.items():
        shapes[index] = shape
    return replace(document, shapes=tuple(shapes))


def replace_shapes(document: Document, changes: Mapping[int, Shape]) -> Document:
    """The shapes with the given ids exchanged, each keeping its id and its place."""
    placed = {}
    for index in _positions(document, changes):
        shape_id = document.shapes[index].id
        shape = changes[shape_id]
        placed[index] = shape if shape.id == shape_id else replace(shape, id=shape_id)
    return _put(document, placed)


def remove_shapes(document: Document, ids: Iterable[int]) -> Document:
    """Without the shapes with these ids. Ids are not used again."""
    gone = frozenset(_positions(document, ids))
    if not gone:
        return document
    return replace(document, shapes=tuple(shape for index, shape in enumerate(document.shapes) if index not in gone))


def _reordered(document: Document, order: list[Shape]) -> Document:
    if all(a is b for a, b in zip(order, document.shapes, strict=True)):
        return document
    return replace(document, shapes=tuple(order))


def raise_shapes(document: Document, ids: Iterable[int], *, to_top: bool = False) -> Document:
    """The shapes one step up in z-order, or to the top, their own order kept."""
    return _stacked(document, ids, to_top, up=True)


def lower_shapes(document: Document, ids: Iterable[int], *, to_bottom: bool = False) -> Document:
    """The shapes one step down in z-order, or to the bottom, their own order kept."""
    return _stacked(document, ids, to_bottom, up=False)


def _stacked(document: Document, ids: Iterable[int], to_end: bool, *, up: bool) -> Document:
    moved = frozenset(document.shapes[index].id for index in _positions(document, ids))
    order = list(document.shapes[::-1] if up else document.shapes)
    if to_end:
        # sort is stable: both groups keep their order.
        order.sort(key=lambda shape: shape.id not in moved)
    else:
        for index in range(1, len(order)):
            if order[index].id in moved and order[index - 1].id not in moved:
                order[index - 1], order[index] = order[index], order[index - 1]
    return _reordered(document, order[::-1] if up else order)


# ---------------------------------------------------------------- fields


def _same(old: Any, new: Any) -> bool:
    if old is new:
        return True
    if isinstance(old, np.ndarray) or isinstance(new, np.ndarray):
        return isinstance(old, np.ndarray) and np.array_equal(old, new)
    if isinstance(old, Mask) and isinstance(new, Mask):
        return masks.equal(old, new)
    if isinstance(old, tuple) and isinstance(new, tuple):
        return len(old) == len(new) and all(map(_same, old, new))
    # True == 1 and 1 == 1.0, but not in a file.
    return type(old) is type(new) and bool(old == new)


def changed_shape(shape: Shape, **changes: Any) -> Shape:
    """``shape`` with fields set, by the rules of this module; itself when nothing differs.

    Raises:
        ValueError: a field that a shape does not have, or points that the kind does not allow.
    """
    unknown = changes.keys() - _FIELDS
    if unknown:
        raise ValueError(f"a shape has no field {min(unknown)}")
    if "points" in changes:
        changes["points"] = as_points(changes["points"])
    if "holes" in changes:
        changes["holes"] = tuple(map(as_points, changes["holes"]))
    changes = {name: value for name, value in changes.items() if not _same(getattr(shape, name), value)}
    if not changes:
        return shape
    if _MARKING & changes.keys() and "provenance" not in changes and shape.provenance is not None:
        changes["provenance"] = shape.provenance.as_edited()
    result = replace(shape, **changes)
    if changes.keys() & {"points", "kind"}:
        _check_count(result)
    return result


def _check_count(shape: Shape) -> None:
    row, count = KINDS[shape.kind], len(shape.points)
    if count < row.min_points or (row.max_points is not None and count > row.max_points):
        raise ValueError(f"a {shape.kind} cannot have {count} points")


def set_fields(document: Document, ids: Iterable[int], **changes: Any) -> Document:
    """Fields of ``Shape`` (label, group_id, flags, attributes, description …) set on all given shapes.

    Raises:
        ValueError: a field that a shape does not have.
    """
    return _put(
        document,
        {index: changed_shape(document.shapes[index], **changes) for index in _positions(document, ids)},
    )


def set_label(document: Document, ids: Iterable[int], label: str) -> Document:
    """Another label for the shapes."""
    return set_fields(document, ids, label=label)


def set_locked(document: Document, ids: Iterable[int], locked: bool = True) -> Document:
    """Protect the shapes from changes of geometry, or free them. Not an edit by a person."""
    return set_fields(document, ids, locked=locked)


# ---------------------------------------------------------------- geometry


def set_points(document: Document, shape_id: int, points: Any, holes: Any = None) -> Document:
    """Other points (and holes, when given) for one shape.

    Raises:
        ValueError: a point count that the kind does not allow, or points that are no pairs.
    """
    index = document.index_of(shape_id)
    shape = document.shapes[index]
    if shape.locked:
        return document
    array = as_points(points)
    _check_count(replace(shape, points=array))
    if np.array_equal(array, shape.points) and holes is None:
        return document
    changes: dict[str, Any] = {"points": array, **following(shape, array)}
    if holes is not None:
        changes["holes"] = holes
    return _put(document, {index: changed_shape(shape, **changes)})


def mask_fields(mask: Mask) -> dict[str, Any]:
    """The fields of a mask shape for ``mask``: its tight crop, and the crop's box as points."""
    mask = masks.tight(mask)
    x1, y1, x2, y2 = mask.bounds
    return {"mask": mask, "points": as_points(((x1, y1), (x2, y2)))}


def set_mask(document: Document, shape_id: int, mask: Mask) -> Document:
    """Other pixels for a mask shape; the same document when no pixel differs.

    Raises:
        ValueError: the shape is not a mask, or ``mask`` is empty.
    """
    index = document.index_of(shape_id)
    shape = document.shapes[index]
    if shape.mask is None:
        raise ValueError(f"a {shape.kind} has no pixels of its own")
    if not mask.area:
        raise ValueError("a mask shape needs at least one pixel")
    if shape.locked or masks.equal(shape.mask, mask):
        return document
    return _put(document, {index: changed_shape(shape, **mask_fields(mask))})


def _room(low: float, high: float, size: float) -> tuple[float, float]:
    """How far something from ``low`` to ``high`` may move; never forces it back inside."""
    return min(0.0, -low), max(0.0, size - high)


def _clamped_shift(document: Document, shapes: list[Shape], dx: float, dy: float) -> tuple[float, float]:
    boxes = np.array([geometry.bounds(shape) for shape in shapes])
    left, right = _room(float(boxes[:, 0].min()), float(boxes[:, 2].max()), document.width)
    up, down = _room(float(boxes[:, 1].min()), float(boxes[:, 3].max()), document.height)
    return min(max(dx, left), right), min(max(dy, up), down)


def _shifted(shape: Shape, dx: float, dy: float) -> Shape:
    if shape.mask is not None:
        # To the nearest whole pixel: the image's edges are whole too, so this never leaves it.
        dx, dy = float(math.floor(dx + 0.5)), float(math.floor(dy + 0.5))
    if dx == 0 and dy == 0:
        return shape
    by = np.array((dx, dy))
    changes: dict[str, Any] = {"points": shape.points + by}
    if shape.holes:
        changes["holes"] = tuple(ring + by for ring in shape.holes)
    if shape.mask is not None:
        changes["mask"] = masks.shifted(shape.mask, int(dx), int(dy))
    return changed_shape(shape, **changes)


def move_shapes(document: Document, ids: Iterable[int], dx: float, dy: float) -> Document:
    """The shapes moved together, as far as the image allows; locked ones stay.

    A shape that is outside already is not forced in. Masks move by whole pixels.
    """
    moving = [index for index in _positions(document, ids) if not document.shapes[index].locked]
    if not moving:
        return document
    dx, dy = _clamped_shift(document, [document.shapes[index] for index in moving], dx, dy)
    return _put(document, {index: _shifted(document.shapes[index], dx, dy) for index in moving})


def duplicate(document: Document, ids: Collection[int], dx: float = 0.0, dy: float = 0.0) -> Document:
    """Copies of the shapes on top, moved together as far as the image allows, not locked.

    The copies' ids are those from ``document.next_id`` on.
    """
    copies = [replace(document.shapes[index], locked=False) for index in _positions(document, ids)]
    if not copies:
        return document
    dx, dy = _clamped_shift(document, copies, dx, dy)
    return add_shapes(document, [_shifted(shape, dx, dy) for shape in copies])


# ---------------------------------------------------------------- vertices


def _inside(
    document: Document, old: tuple[float, float], x: float, y: float, along: Points | None = None
) -> tuple[float, float]:
    """(x, y) kept in the image, with the points that move along (offsets (N, 2)); what is outside already may stay."""
    kept = []
    for axis, (place, size) in enumerate(((x, document.width), (y, document.height))):
        offsets = np.zeros(1) if along is None else along[:, axis]
        now = old[axis] + offsets
        low = float((np.minimum(0.0, now) - offsets).max())
        high = float((np.maximum(float(size), now) - offsets).min())
        kept.append(min(max(place, low), high))
    return kept[0], kept[1]


def move_vertex(document: Document, shape_id: int, ring: int, index: int, x: float, y: float) -> Document:
    """One handle of a shape (see ``geometry.handles``) moved to (x, y), kept inside the image.

    Rectangle: the opposite corner stays. Rotated box: the opposite corner and the direction stay.
    Circle: handle 0 moves it, handle 1 sets its radius. Cuboid: a front corner reshapes the front
    face, a back corner moves the back face. Otherwise that point alone moves.

    Raises:
        IndexError: no such handle.
    """
    place = document.index_of(shape_id)
    shape = document.shapes[place]
    rings = geometry.handle_rings(shape)
    if not (0 <= ring < len(rings) and 0 <= index < len(rings[ring])):
        raise IndexError(f"a {shape.kind} with {len(shape.points)} points has no handle {index} in ring {ring}")
    if shape.locked:
        return document
    old = (float(rings[ring][index, 0]), float(rings[ring][index, 1]))
    x, y = _inside(document, old, x, y, moving_along(shape, index))
    if (x, y) == old:
        return document
    if shape.kind == "circle" and index == 0:
        return move_shapes(document, (shape_id,), x - old[0], y - old[1])
    if ring > 0:
        changed = shape.holes[ring - 1].copy()
        changed[index] = x, y
        holes = (*shape.holes[: ring - 1], changed, *shape.holes[ring:])
        return _put(document, {place: changed_shape(shape, holes=holes)})
    return set_points(document, shape_id, moved_vertex(shape, index, x, y))


def insert_vertex(document: Document, shape_id: int, ring: int, index: int, x: float, y: float) -> Document:
    """A new point at (x, y) that becomes number ``index`` of its ring (edge ``index`` - 1 is split).

    The same document for kinds with a fixed number of points.

    Raises:
        IndexError: no such ring or place.
    """
    place = document.index_of(shape_id)
    shape = document.shapes[place]
    old = _ring(shape, ring)
    if not 0 <= index <= len(old):
        raise IndexError(f"ring {ring} has {len(old)} points, a point cannot become number {index}")
    if shape.locked or KINDS[shape.kind].max_points is not None:
        return document
    x, y = _inside(document, (0.0, 0.0), x, y)
    return _with_ring(document, place, ring, np.insert(old, index, (x, y), axis=0))


def remove_vertex(document: Document, shape_id: int, ring: int, index: int) -> Document:
    """Without one point; a hole left with less than three goes altogether.

    The same document when the kind needs all its points.

    Raises:
        IndexError: no such ring or point.
    """
    place = document.index_of(shape_id)
    shape = document.shapes[place]
    old = _ring(shape, ring)
    if not 0 <= index < len(old):
        raise IndexError(f"ring {ring} has {len(old)} points, there is no number {index}")
    row = KINDS[shape.kind]
    if shape.locked or row.max_points is not None or (ring == 0 and len(old) <= row.min_points):
        return document
    return _with_ring(document, place, ring, np.delete(old, index, axis=0))


def _ring(shape: Shape, ring: int) -> Points:
    if not 0 <= ring <= len(shape.holes):
        raise IndexError(f"a {shape.kind} with {len(shape.holes)} holes has no ring {ring}")
    return shape.points if ring == 0 else shape.holes[ring - 1]


def _with_ring(document: Document, place: int, ring: int, points: Points) -> Document:
    shape = document.shapes[place]
    if ring == 0:
        return _put(document, {place: changed_shape(shape, points=points)})
    middle = (points,) if len(points) >= 3 else ()
    rings = (*shape.holes[: ring - 1], *middle, *shape.holes[ring:])
    return _put(document, {place: changed_shape(shape, holes=rings)})
