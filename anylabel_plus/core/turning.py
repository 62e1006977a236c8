"""Turn and scale shapes: edits of all their points at once. Locked shapes and masks stay as they are."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from anylabel_plus.core import edits, geometry
from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import Points, Shape
from anylabel_plus.core.vertices import following

TURNED_KINDS = frozenset(("rotation", "polygon", "quadrilateral", "line", "linestrip", "points"))
"""Kinds that can stand at any angle. A rectangle is upright by what it is, a circle looks the same."""


def can_turn(shape: Shape) -> bool:
    """True for a shape that ``turn_shapes`` would turn."""
    return shape.kind in TURNED_KINDS and not shape.locked


def centre_of(shape: Shape) -> tuple[float, float]:
    """Where a shape is turned about, in image pixels: the mean of its corners, which turning leaves in place."""
    x, y = shape.points.mean(axis=0).tolist()
    return x, y


def turn_shapes(document: Document, ids: Iterable[int], degrees: float) -> Document:
    """Each shape turned about its own centre; positive is clockwise on screen, as ``Shape.direction`` counts.

    What would leave the image is moved back in, unless it is too large or was outside already.
    Kinds that cannot stand at an angle stay as they are.
    """
    wanted = frozenset(ids)
    turned = {
        shape.id: _turned(document, shape, math.radians(degrees))
        for shape in document.shapes
        if shape.id in wanted and can_turn(shape)
    }
    return edits.replace_shapes(document, turned) if turned and degrees else document


def _turned(document: Document, shape: Shape, angle: float) -> Shape:
    cos, sin = math.cos(angle), math.sin(angle)
    matrix = np.array(((cos, sin), (-sin, cos)))  # from the right: rows are points
    centre = np.array(centre_of(shape))
    points = (shape.points - centre) @ matrix + centre
    shift = _way_back(document, shape.points, points)
    points = points + shift
    holes = tuple((ring - centre) @ matrix + centre + shift for ring in shape.holes)
    changes = {"points": points, **following(shape, points)}
    return edits.changed_shape(shape, **changes, **({"holes": holes} if holes else {}))


def _way_back(document: Document, before: Points, after: Points) -> Points:
    """How far to move ``after`` (N, 2) so that it is no further outside than ``before`` was."""
    shift = np.zeros(2)
    for axis, size in enumerate((document.width, document.height)):
        low, high = min(0.0, float(before[:, axis].min())), max(float(size), float(before[:, axis].max()))
        least, most = float(after[:, axis].min()), float(after[:, axis].max())
        if most - least <= high - low:
            shift[axis] = max(0.0, low - least) - max(0.0, most - high)
    return shift


def scale_shapes(document: Document, ids: Iterable[int], fixed: tuple[float, float], factor: float) -> Document:
    """The shapes larger or smaller by ``factor`` about the image position ``fixed``, kept inside the image.

    Raises:
        ValueError: a factor that is not positive.
    """
    if not factor > 0:
        raise ValueError(f"a factor must be positive, not {factor}")
    wanted = frozenset(ids)
    chosen = [s for s in document.shapes if s.id in wanted and not s.locked and s.mask is None]
    if not chosen:
        return document
    factor = min(factor, max(1.0, _most(document, chosen, fixed)))
    if factor == 1.0:
        return document
    at = np.array(fixed)
    changes = {}
    for shape in chosen:
        points = (shape.points - at) * factor + at
        holes = {"holes": tuple((ring - at) * factor + at for ring in shape.holes)} if shape.holes else {}
        changes[shape.id] = edits.changed_shape(shape, points=points, **holes, **following(shape, points))
    return edits.replace_shapes(document, changes)


def _most(document: Document, shapes: list[Shape], fixed: tuple[float, float]) -> float:
    """The largest factor at which the shapes are still inside the image."""
    boxes = np.array([geometry.bounds(shape) for shape in shapes])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    most = math.inf
    for axis, size in enumerate((document.width, document.height)):
        if high[axis] > fixed[axis]:
            most = min(most, (size - fixed[axis]) / (float(high[axis]) - fixed[axis]))
        if low[axis] < fixed[axis]:
            most = min(most, fixed[axis] / (fixed[axis] - float(low[axis])))
    return most
