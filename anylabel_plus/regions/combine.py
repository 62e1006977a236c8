"""Union, difference, intersection and merging of several shapes.

The result takes the place, label, attributes and group of one of them, the target. A mask as target
gives a mask, exact per pixel; any other kind gives the exact outline, and masks among the others
count with their outline along pixel edges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Literal

import numpy as np

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.masks import Mask, Polygon
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import KINDS, Points, Shape
from anylabel_plus.regions import pixels, vector
from anylabel_plus.regions.placing import as_mask, as_outlines, reshaped

Operation = Literal["union", "subtract", "intersect"]

_OUTLINES: dict[Operation, Callable[[list[list[Points]]], list[Polygon]]] = {
    "union": vector.union,
    "subtract": lambda regions: vector.subtract(regions[0], regions[1:]),
    "intersect": vector.intersect,
}
_PIXELS: dict[Operation, Callable[[list[Mask]], Mask]] = {
    "union": pixels.union,
    "subtract": lambda parts: reduce(masks.subtract, parts),
    "intersect": lambda parts: reduce(masks.intersect, parts),
}


def combined(
    operation: Operation, target: Shape, others: Sequence[Shape], size: tuple[int, int], *, keep_others: bool = False
) -> dict[int, list[Shape]]:
    """What becomes of the shapes (see ``placing.exchanged``): the target of the result, the others gone.

    ``size`` is width and height of the image. With ``keep_others`` the others stay as they are. An
    empty dict when the result would be empty.

    Raises:
        ValueError: a shape has no area.
    """
    made = _made(target, others)
    if target.mask is not None:
        mask = _PIXELS[operation]([geometry.shape_mask(shape, *size) for shape in (target, *others)])
        result = as_mask(made, masks.clip(mask, *size))
    else:
        result = as_outlines(made, _OUTLINES[operation]([_region(shape) for shape in (target, *others)]))
    if not result:
        return {}
    return {target.id: result} | ({} if keep_others else {shape.id: [] for shape in others})


def _region(shape: Shape) -> list[Points]:
    if not KINDS[shape.kind].has_area:
        raise ValueError(f"a {shape.kind} has no area")
    return geometry.area_rings(shape)


def _made(target: Shape, others: Sequence[Shape]) -> Shape:
    """The target as a person's work; a part from synthesis stays known as such."""
    synthetic = [shape.provenance for shape in (target, *others) if _synthetic(shape.provenance)]
    origin = synthetic[0].as_edited() if synthetic and synthetic[0] is not None else None
    return replace(target, provenance=origin, score=None)


def _synthetic(origin: Provenance | None) -> bool:
    return origin is not None and origin.source == "synthesis"


# ---------------------------------------------------------------- merging

_LINES = frozenset(("line", "linestrip"))
_POINTS = frozenset(("point", "points"))


def mergeable(shapes: Sequence[Shape]) -> bool:
    """True for two or more shapes that are all areas, all lines or all points."""
    if len(shapes) < 2:
        return False
    kinds = {shape.kind for shape in shapes}
    return kinds <= _LINES or kinds <= _POINTS or all(KINDS[kind].has_area for kind in kinds)


def merged(target: Shape, others: Sequence[Shape], size: tuple[int, int]) -> dict[int, list[Shape]]:
    """One object of several shapes: areas united, lines joined at their nearest ends, points collected.

    Raises:
        ValueError: areas, lines and points are mixed.
    """
    if not mergeable((target, *others)):
        raise ValueError("areas, lines and points cannot be merged with each other")
    if KINDS[target.kind].has_area:
        return combined("union", target, others, size)
    made = _made(target, others)
    if target.kind in _POINTS:
        result = reshaped(made, "points", np.concatenate([shape.points for shape in (target, *others)]))
    else:
        result = reshaped(made, "linestrip", joined([shape.points for shape in (target, *others)]))
    return {target.id: [result]} | {shape.id: [] for shape in others}


def joined(lines: Sequence[Points]) -> Points:
    """One line of all, starting with the first: each time the line with the nearest end is put to it.

    An end that is where the other begins is one point.
    """
    chain, left = list(lines[:1]), list(lines[1:])
    while left:
        first, last = chain[0][0], chain[-1][-1]
        choices = [
            (float(np.hypot(*(end - near))), number, at_end, backwards)
            for number, line in enumerate(left)
            for at_end, end in ((True, last), (False, first))
            for backwards, near in ((False, line[0 if at_end else -1]), (True, line[-1 if at_end else 0]))
        ]
        _distance, number, at_end, backwards = min(choices)
        line = left.pop(number)
        line = line[::-1] if backwards else line
        chain = [*chain, line] if at_end else [line, *chain]
    result = np.concatenate(chain)
    kept = np.ones(len(result), np.bool_)
    kept[1:] = (result[1:] != result[:-1]).any(axis=1)
    points: Points = result[kept]
    return points if len(points) >= 2 else result
