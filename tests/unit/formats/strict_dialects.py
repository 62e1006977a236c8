"""What the three programs accept of a label file, as strict rules of our own.

The rules are those of the interfaces of AnyLabeling 0.4, X-AnyLabeling 4 and labelme 7: which keys must be there, of
what type, how many points a kind of shape has. ``refusals`` says why a program would not open a file, ``[]`` when it
would. Kept apart from the code under test: it reads plain JSON and shares nothing with the writer.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator
from typing import Any

Data = dict[str, Any]
POINTS: dict[str, tuple[int, int]] = {
    "polygon": (3, 10**9),
    "rectangle": (2, 2),
    "circle": (2, 2),
    "line": (2, 2),
    "linestrip": (2, 10**9),
    "point": (1, 1),
    "points": (1, 10**9),
    "mask": (2, 2),
    "oriented_rectangle": (4, 4),
    "rotation": (4, 4),
    "quadrilateral": (4, 4),
    "cuboid": (8, 8),
}
BASIC = {"polygon", "rectangle", "circle", "line", "linestrip", "point"}


def _top(data: Data) -> Iterator[str]:
    for key in ("shapes", "imagePath", "imageData"):
        if key not in data:
            yield f"{key} is missing"
    if not isinstance(data.get("imagePath"), str):
        yield "imagePath is no text"
    if data.get("imageData") is not None and not isinstance(data["imageData"], str):
        yield "imageData is neither text nor null"
    for shape in data.get("shapes", ()):
        if shape.get("label", "").startswith("AUTOLABEL_"):
            yield "a working label was saved"


def _numbers(shape: Data) -> bool:
    points = shape.get("points")
    return isinstance(points, list) and all(
        isinstance(point, list)
        and len(point) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in point)
        for point in points
    )


def _counted(shape: Data, types: set[str], **limits: tuple[int, int]) -> Iterator[str]:
    kind = shape.get("shape_type", "polygon")
    if kind not in types:
        yield f"type {kind} is unknown"
        return
    low, high = limits.get(kind, POINTS[kind])
    if not _numbers(shape):
        yield f"points of a {kind} are no pairs of numbers"
    elif not low <= len(shape["points"]) <= high:
        yield f"a {kind} has {len(shape['points'])} points"


def anylabeling(data: Data, width: int, height: int) -> Iterator[str]:
    """AnyLabeling 0.4: six kinds, rectangles of two points."""
    yield from _top(data)
    for shape in data["shapes"]:
        if not isinstance(shape.get("label"), str):
            yield "a label is no text"
        yield from _counted(shape, BASIC, rectangle=(1, 2))


def x_anylabeling(data: Data, width: int, height: int) -> Iterator[str]:
    """X-AnyLabeling 4: rectangles of two or four points; a rotated box has its direction."""
    yield from _top(data)
    tags = data.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        yield "tags are no texts"
    for shape in data["shapes"]:
        if not isinstance(shape.get("label"), str):
            yield "a label is no text"
        if "shape_type" not in shape:
            yield "shape_type is missing"
        corners = (2, 4) if len(shape.get("points", ())) in (2, 4) else (4, 4)
        yield from _counted(shape, BASIC | {"rotation", "quadrilateral", "cuboid"}, rectangle=corners)
        if shape.get("shape_type") == "rotation" and not isinstance(shape.get("direction"), int | float):
            yield "a rotation has no direction"
        links = shape.get("kie_linking", [])
        if not isinstance(links, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in links):
            yield "kie_linking holds no pairs"
        if not isinstance(shape.get("attributes", {}), dict) or not isinstance(shape.get("difficult", False), bool):
            yield "attributes or difficult are of another type"


def labelme(data: Data, width: int, height: int) -> Iterator[str]:
    """labelme 7: sizes must fit the image, every shape has its type, values have exact types."""
    yield from _top(data)
    if (data.get("imageWidth"), data.get("imageHeight")) != (width, height):
        yield f"the image is {width} x {height}, not {data.get('imageWidth')} x {data.get('imageHeight')}"
    if not _flags(data.get("flags")):
        yield "a flag of the image is not true or false"
    for shape in data["shapes"]:
        yield from _labelme_shape(shape)


def _labelme_shape(shape: Data) -> Iterator[str]:
    if not isinstance(shape.get("label"), str):
        yield "a label is no text"
    if "shape_type" not in shape:
        yield "shape_type is missing"
    if not _flags(shape.get("flags")):
        yield "a flag is not true or false"
    group = shape.get("group_id")
    if group is not None and (not isinstance(group, int) or isinstance(group, bool)):
        yield "group_id is no whole number"
    if not isinstance(shape.get("description") or "", str):
        yield "description is no text"
    yield from _counted(shape, BASIC | {"oriented_rectangle", "points", "mask"}, polygon=(2, 10**9))
    mask = shape.get("mask")
    if (shape.get("shape_type") == "mask") != (mask is not None):
        yield "a mask is where none belongs, or is missing"
    if mask is not None and not base64.b64decode(mask, validate=True).startswith(b"\x89PNG"):
        yield "a mask is no PNG"


def _flags(flags: object) -> bool:
    return flags is None or (
        isinstance(flags, dict) and all(isinstance(k, str) and isinstance(v, bool) for k, v in flags.items())
    )


RULES: dict[str, Callable[[Data, int, int], Iterator[str]]] = {
    "anylabeling": anylabeling,
    "x-anylabeling": x_anylabeling,
    "labelme": labelme,
}


def refusals(data: Data, program: str, width: int, height: int) -> list[str]:
    """Why ``program`` would not open the file of an image of ``width`` x ``height`` pixels; empty when it would."""
    return list(RULES[program](data, width, height))
