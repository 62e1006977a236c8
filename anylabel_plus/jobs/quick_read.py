"""The quick way from a label file to simple rings, for exports of very many files.

It decodes the few fields that an export of plain polygons needs and gives up at anything else
(holes, masks, groups, other kinds, unusual text …); the caller then reads the file in full. What
it accepts, it reads just as the full reader does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from anylabel_plus.core.shapes import KINDS

Rings = list[tuple[str, Sequence[tuple[float, float]]]]
_WORKING = "AUTOLABEL_"
_AREA_KINDS = frozenset(kind.name for kind in KINDS.values() if kind.has_area)


class _Shape(msgspec.Struct):
    label: str
    points: list[tuple[float, float]]
    shape_type: str
    group_id: Any = None
    mask: Any = None
    holes: Any = None
    iscrowd: Any = None


class _File(msgspec.Struct, rename="camel"):
    image_width: int
    image_height: int
    shapes: list[_Shape]


class _Label(msgspec.Struct):
    label: str
    shape_type: str


class _Labels(msgspec.Struct):
    shapes: list[_Label]


_file = msgspec.json.Decoder(_File)
_labels = msgspec.json.Decoder(_Labels)


def simple_rings(data: bytes, width: int, height: int) -> Rings | None:
    """(label, ring) of every shape, or None when the file needs the full reader.

    ``width`` and ``height`` are the upright size of the image; a file of another size needs it too.
    """
    try:
        read = _file.decode(data)
    except msgspec.MsgspecError:
        return None
    if (read.image_width, read.image_height) != (width, height):
        return None
    rings: Rings = []
    for shape in read.shapes:
        plain = shape.shape_type == "polygon" and shape.group_id is None and not shape.mask and not shape.holes
        if (
            not plain
            or shape.iscrowd
            or len(shape.points) < 3
            or not _usual(shape.label)
            or not _has_area(shape.points)
            or not _starts_inside(shape.points, width, height)
        ):
            return None
        rings.append((shape.label, shape.points))
    return rings


def labels_of(data: bytes) -> set[str] | None:
    """The labels of all shapes that have an area, or None when the file needs the full reader."""
    try:
        shapes = _labels.decode(data).shapes
    except msgspec.MsgspecError:
        return None
    found = {shape.label for shape in shapes if shape.shape_type in _AREA_KINDS}
    known = all(shape.shape_type in KINDS for shape in shapes)
    return found if known and all(_usual(label) for label in found) else None


def _usual(label: str) -> bool:
    return bool(label.strip()) and not label.startswith(_WORKING)


def _starts_inside(points: Sequence[tuple[float, float]], width: int, height: int) -> bool:
    x, y = points[0]  # False where a shape may lie wholly outside: the full reader knows
    return 0 <= x <= width and 0 <= y <= height


def _has_area(points: Sequence[tuple[float, float]]) -> bool:
    total = 0.0
    before_x, before_y = points[-1]
    for x, y in points:
        total += before_x * y - x * before_y
        before_x, before_y = x, y
    return total != 0.0
