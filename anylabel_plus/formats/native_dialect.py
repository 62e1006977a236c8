"""The three dialects of the label file: how one is told, its keys, what it can hold.

AnyLabeling, X-AnyLabeling and labelme write the same file with other keys and shape types; none of
them can open every file of the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from anylabel_plus import __version__
from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import Shape
from anylabel_plus.formats import native_mask
from anylabel_plus.formats.base import Loss
from anylabel_plus.formats.native_frame import Frame
from anylabel_plus.formats.native_shape import FOUR_CORNERS, OWN_KEYS, PLAIN, Form, provenance_values

Dialect = Literal["anylabeling", "x-anylabeling", "labelme"]
DIALECTS: tuple[Dialect, ...] = ("anylabeling", "x-anylabeling", "labelme")

_X_KINDS = frozenset({"rotation", "quadrilateral", "cuboid"})
_LABELME_KINDS = frozenset({"mask", "points"})
_BASIC_KINDS = frozenset({"polygon", "rectangle", "circle", "line", "linestrip", "point"})
HOLDS: dict[Dialect, frozenset[str]] = {
    "anylabeling": _BASIC_KINDS,
    "x-anylabeling": _BASIC_KINDS | _X_KINDS,
    "labelme": _BASIC_KINDS | _LABELME_KINDS | {"rotation"},
}
_TITLES: dict[Dialect, str] = {"anylabeling": "AnyLabeling", "x-anylabeling": "X-AnyLabeling", "labelme": "labelme"}

_SHAPE_KEYS: dict[Dialect, tuple[str, ...]] = {
    "anylabeling": ("label", "text", "points", "group_id", "shape_type", "flags"),
    "x-anylabeling": (
        *("label", "score", "points", "group_id", "description", "difficult", "shape_type", "flags"),
        *("attributes", "kie_linking"),
    ),
    "labelme": ("label", "points", "group_id", "description", "shape_type", "flags", "mask"),
}
# A file of our own must open in all three programs.
_HOUSE_SHAPE_KEYS = ("label", "text", *_SHAPE_KEYS["labelme"][1:])


@dataclass(frozen=True, slots=True)
class HouseStyle:
    """Origin of a document that has no file yet but a wanted dialect."""

    dialect: Dialect


def from_evidence(types: Iterable[tuple[Any, int]], shape_keys: frozenset[str], top_keys: Iterable[str]) -> Dialect:
    """The dialect of a file.

    Args:
        types: pairs of shape_type and number of points found in the file.
        shape_keys: every key found in a shape.
        top_keys: the keys of the file's object.
    """
    found = set(types)
    names = {name for name, _ in found}
    if ("rectangle", 4) in found or names & _X_KINDS:
        return "x-anylabeling"
    if names & {*_LABELME_KINDS, "oriented_rectangle"}:
        return "labelme"
    top = set(top_keys)
    if shape_keys & {"kie_linking", "difficult", "attributes"} or top & {"checked", "vqaData", "chat_history"}:
        return "x-anylabeling"
    if "mask" in shape_keys:
        return "labelme"
    if "text" in shape_keys or top & {"text", "image_text"}:
        return "anylabeling"
    return "labelme"


def for_new(document: Document) -> Dialect:
    """The dialect in which a document without a file is written."""
    if isinstance(document.origin, HouseStyle):
        return document.origin.dialect
    kinds = {shape.kind for shape in document.shapes}
    return "x-anylabeling" if kinds & {"quadrilateral", "cuboid"} else "labelme"


def losses(document: Document, dialect: Dialect) -> list[Loss]:
    """What the dialect's own program cannot open, by kind; one such shape may refuse it the file."""
    counts: dict[str, int] = {}
    for shape in document.shapes:
        if shape.kind not in HOLDS[dialect]:
            counts[shape.kind] = counts.get(shape.kind, 0) + 1
        if shape.holes:
            counts["holes"] = counts.get("holes", 0) + 1
    return [
        Loss(
            "holes" if kind == "holes" else f"kind.{kind}",
            count,
            f"{_TITLES[dialect]} does not show the holes of polygons (it keeps them)."
            if kind == "holes"
            else f"{_TITLES[dialect]} cannot open files with shapes of kind {kind}.",
        )
        for kind, count in counts.items()
    ]


def type_name(kind: str, dialect: Dialect) -> str:
    """``shape_type`` of a kind."""
    return "oriented_rectangle" if kind == "rotation" and dialect == "labelme" else kind


def form_of_new(kind: str, dialect: Dialect) -> Form:
    """How a new shape's points are written."""
    return FOUR_CORNERS if kind == "rectangle" and dialect == "x-anylabeling" else PLAIN


def file_points(shape: Shape, form: Form, frame: Frame | None, *, ordered: bool = False) -> NDArray[np.float64]:
    """The points as the file has them, (M, 2): raw frame, four corners, repeated first point.

    ``ordered`` sorts the corners of a rectangle (top left first), as the rivals expect of new ones.
    """
    points: NDArray[np.float64] = shape.points if frame is None else frame.to_raw(shape.points)
    if ordered and form.corners is not None and len(points) == 2:
        points = np.stack([points.min(axis=0), points.max(axis=0)])
    if form.corners is not None and len(points) == 2:
        xs, ys = form.corners
        points = np.stack([points[list(xs), 0], points[list(ys), 1]], axis=1)
    if form.closed and len(points):
        points = np.concatenate([points, points[:1]])
    return points


def shape_values(shape: Shape, dialect: Dialect, frame: Frame | None = None, *, house: bool = False) -> dict[str, Any]:
    """The JSON object of a new shape, keys in the dialect's order, further ones behind."""
    form = form_of_new(shape.kind, dialect)
    values: dict[str, Any] = {
        "label": shape.label,
        "text": shape.text,
        "score": shape.score,
        "points": file_points(shape, form, frame, ordered=True).tolist(),
        "group_id": shape.group_id,
        "description": shape.description,
        "difficult": shape.difficult,
        "shape_type": type_name(shape.kind, dialect),
        "flags": dict(shape.flags),
        "attributes": dict(shape.attributes),
        "kie_linking": [],
        "mask": None,
    }
    if shape.mask is not None:
        placed = shape.mask if frame is None else frame.mask_to_raw(shape.mask)
        values["mask"], values["points"] = native_mask.encode(placed), native_mask.box(placed)
    keys = _HOUSE_SHAPE_KEYS if house and dialect == "labelme" else _SHAPE_KEYS[dialect]
    chosen = {key: values[key] for key in keys}
    for key in ("text", "description", "score", "difficult", "attributes", "mask"):
        if key not in chosen and values[key] not in (None, "", False) and values[key] != {}:
            chosen[key] = values[key]
    chosen.update(rare_values(shape, dialect, frame))
    return _with_extra(chosen, shape.extra if frame is None else frame.extra_to_raw(shape.extra))


def rare_values(shape: Shape, dialect: Dialect, frame: Frame | None) -> dict[str, Any]:
    """The keys that are written only where they say something."""
    values: dict[str, Any] = {}
    direction = shape.direction
    if shape.kind == "rotation" and direction is None and dialect == "x-anylabeling":
        dx, dy = shape.points[1] - shape.points[0]
        direction = math.atan2(dy, dx) % math.tau
    if direction is not None:
        values["direction"] = direction if frame is None else frame.angle_to_raw(direction)
    if shape.locked:
        values["locked"] = True
    if shape.holes:
        rings = shape.holes if frame is None else tuple(frame.to_raw(ring) for ring in shape.holes)
        values["holes"] = [ring.tolist() for ring in rings]
    if shape.provenance is not None:
        values["provenance"] = provenance_values(shape.provenance)
    return values


def _with_extra(values: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Unknown keys behind; one of our own keys is there only because its value did not fit the field."""
    for key, value in extra.items():
        if key not in OWN_KEYS or not values.get(key):
            values[key] = value
    return values


def house_values(document: Document) -> dict[str, Any]:
    """The whole JSON object of a document without a file: opens in all three programs."""
    dialect = for_new(document)
    values: dict[str, Any] = {"version": f"anylabel-plus {__version__}", "flags": dict(document.flags)}
    if document.checked is not None or dialect == "x-anylabeling":
        values["checked"] = bool(document.checked)
    values["shapes"] = [shape_values(shape, dialect, house=True) for shape in document.shapes]
    if document.description or dialect == "x-anylabeling":
        values["description"] = document.description
    if document.tags:
        values["tags"] = list(document.tags)
    values["imagePath"] = document.image_path.replace("\\", "/")
    values["imageData"] = None
    values["imageHeight"], values["imageWidth"] = document.height, document.width
    if dialect != "x-anylabeling":
        values["text"] = ""
    values.update(document.extra)
    return values
