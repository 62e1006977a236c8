"""What differs between two documents of one image, by value: they may have been read at different times.

Ids mean nothing between two readings of a file, so shapes are paired by what they are: the same object, the
same values, then the most alike of those that are left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import geometry
from anylabel_plus.core.document import Document
from anylabel_plus.core.mask_value import Mask
from anylabel_plus.core.shapes import Shape

Pair = tuple[Shape | None, Shape | None]
"""A shape before and after; None where there is none."""

GEOMETRY = ("kind", "points", "holes", "mask", "direction")
IMAGE_FIELDS = ("flags", "tags", "description", "checked", "extra")
"""Fields of a document, beside its shapes, that an edit may change."""
LEAST_IOU = 0.3
"""Boxes of a changed shape overlap at least so much, else it is another one."""
MOST_COMPARISONS = 4_000_000


def same_value(a: Any, b: Any) -> bool:
    """Whether two values of a shape's or document's field are equal; arrays and masks by content."""
    if a is b:
        return True
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.array_equal(a, b))
    if isinstance(a, Mask) and isinstance(b, Mask):
        return (a.x, a.y) == (b.x, b.y) and same_value(a.crop, b.crop)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same_value, a, b))
    return type(a) is type(b) and bool(a == b)


_FIELDS = tuple(field.name for field in fields(Shape) if field.name != "id")


def same_shape(a: Shape, b: Shape) -> bool:
    """Whether two shapes say the same; ids do not count."""
    return a is b or all(same_value(getattr(a, name), getattr(b, name)) for name in _FIELDS)


@dataclass(frozen=True, slots=True)
class Differences:
    """What has to happen to the first document to get the second.

    ``changed`` are (before, after). ``image_fields`` are names of ``IMAGE_FIELDS``. ``reordered``: the
    shapes that both have lie in another order.
    """

    added: tuple[Shape, ...] = ()
    removed: tuple[Shape, ...] = ()
    changed: tuple[tuple[Shape, Shape], ...] = ()
    image_fields: tuple[str, ...] = ()
    reordered: bool = False

    @property
    def empty(self) -> bool:
        """True when both say the same."""
        return not (self.added or self.removed or self.changed or self.image_fields or self.reordered)


def differences(before: Document, after: Document) -> Differences:
    """What differs from ``before`` to ``after``."""
    pairs = paired(before.shapes, after.shapes)
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    place = {id(shape): n for n, shape in enumerate(after.shapes)}
    order = [place[id(b)] for _, b in both]
    return Differences(
        tuple(b for a, b in pairs if a is None and b is not None),
        tuple(a for a, b in pairs if b is None and a is not None),
        tuple((a, b) for a, b in both if not same_shape(a, b)),
        tuple(name for name in IMAGE_FIELDS if not same_value(getattr(before, name), getattr(after, name))),
        order != sorted(order),
    )


def paired(before: Sequence[Shape], after: Sequence[Shape]) -> list[Pair]:
    """Each shape of both once: pairs and the removed in the order of ``before``, then the added."""
    partner: dict[int, Shape] = {}
    left, right = list(before), list(after)
    for find in (_same_objects, _same_values, _same_places, _most_alike, _same_sizes):
        if not left or not right:
            break
        found = find(left, right)
        if found:
            partner |= {id(a): b for a, b in found}
            taken = {id(b) for _, b in found}
            left = [shape for shape in left if id(shape) not in partner]
            right = [shape for shape in right if id(shape) not in taken]
    return [(shape, partner.get(id(shape))) for shape in before] + [(None, shape) for shape in right]


def _same_objects(left: list[Shape], right: list[Shape]) -> list[tuple[Shape, Shape]]:
    there = {id(shape) for shape in right}
    return [(shape, shape) for shape in left if id(shape) in there]


def _same_values(left: list[Shape], right: list[Shape]) -> list[tuple[Shape, Shape]]:
    return _by_key(left, right, lambda s: (s.kind, s.label, s.points.tobytes()), same_shape)


def _same_places(left: list[Shape], right: list[Shape]) -> list[tuple[Shape, Shape]]:
    """Shapes with the same points, of which only label or marks were changed."""
    return _by_key(left, right, lambda s: (s.kind, s.points.tobytes()), lambda *_: True)


def _same_sizes(left: list[Shape], right: list[Shape]) -> list[tuple[Shape, Shape]]:
    """What was moved far: the same kind and label, and a box of the same size."""

    def key(shape: Shape) -> Hashable:
        x1, y1, x2, y2 = geometry.bounds(shape)
        return shape.kind, shape.label, round(x2 - x1, 1), round(y2 - y1, 1)

    return _by_key(left, right, key, lambda *_: True)


def _by_key(
    left: Iterable[Shape],
    right: Iterable[Shape],
    key: Callable[[Shape], Hashable],
    fits: Callable[[Shape, Shape], bool],
) -> list[tuple[Shape, Shape]]:
    waiting: Mapping[Hashable, list[Shape]] = defaultdict(list)
    for shape in right:
        waiting[key(shape)].append(shape)
    found = []
    for shape in left:
        rivals = waiting[key(shape)]
        place = next((n for n, rival in enumerate(rivals) if fits(shape, rival)), -1)
        if place >= 0:
            found.append((shape, rivals.pop(place)))
    return found


def _most_alike(left: list[Shape], right: list[Shape]) -> list[tuple[Shape, Shape]]:
    """Greedily the pairs whose boxes overlap most, of one kind; the same label counts too."""
    if len(left) * len(right) > MOST_COMPARISONS:
        return []
    score = _overlaps(_boxes(left), _boxes(right))
    kinds = np.array([[a.kind == b.kind for b in right] for a in left], bool).reshape(score.shape)
    labels = np.array([[a.label == b.label for b in right] for a in left], bool).reshape(score.shape)
    rows, columns = np.nonzero(kinds & (score >= LEAST_IOU))
    order = np.argsort(-(score[rows, columns] + 0.5 * labels[rows, columns]), kind="stable")
    found, used_left, used_right = [], set(), set()
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in used_left and column not in used_right:
            used_left.add(row)
            used_right.add(column)
            found.append((left[row], right[column]))
    return found


def _boxes(shapes: Sequence[Shape]) -> NDArray[np.float64]:
    """xyxy (N, 4), at least a pixel wide so that points and lines overlap with what is near."""
    boxes = np.array([geometry.bounds(shape) for shape in shapes], np.float64).reshape(-1, 4)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1.0)
    return boxes


def _overlaps(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inside = np.prod(np.maximum(high - low, 0.0), axis=2)
    size_a, size_b = np.prod(a[:, 2:] - a[:, :2], axis=1), np.prod(b[:, 2:] - b[:, :2], axis=1)
    result: NDArray[np.float64] = inside / (size_a[:, None] + size_b[None, :] - inside)
    return result
