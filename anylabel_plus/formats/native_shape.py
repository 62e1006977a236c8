"""One shape of a label file: JSON object to Shape, with what must be remembered to write it back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask
from anylabel_plus.core.provenance import SOURCES, Provenance
from anylabel_plus.core.shapes import KINDS, Points, Shape
from anylabel_plus.formats import native_mask
from anylabel_plus.formats.native_frame import Frame
from anylabel_plus.formats.native_place import Place, shown

LEFTOVERS = frozenset({"AUTOLABEL_OBJECT", "AUTOLABEL_ADD", "AUTOLABEL_REMOVE"})
"""Working labels of the rivals' assistants; never a class."""

OWN_KEYS = frozenset(
    {
        *("label", "points", "shape_type", "group_id", "flags", "text", "description", "score", "difficult"),
        *("attributes", "locked", "direction", "mask", "holes", "provenance"),
    }
)
_KIND_OF_TYPE = {**{name: name for name in KINDS}, "oriented_rectangle": "rotation"}
# Corner i of a four-corner rectangle takes its x and y from one of two opposite corners (0 or 2).
_CORNERS = (((0, 1, 1, 0), (0, 0, 1, 1)), ((0, 0, 1, 1), (0, 1, 1, 0)))
_CORNER_TOLERANCE = 0.01  # px; the rivals' float noise
_NUMBERS = frozenset({int, float})


@dataclass(frozen=True, slots=True)
class Form:
    """How a shape's geometry is written in its file where that is not the inner form.

    ``corners``: a rectangle by four corners, for each corner which of the two opposite ones gives
    its x and its y. ``closed``: the first point is repeated at the end. ``clipped``: the mask in
    the file reaches over the edge of the image.
    """

    corners: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    closed: bool = False
    clipped: bool = False


PLAIN = Form()
FOUR_CORNERS = Form(corners=_CORNERS[0])


def read_shape(raw: Any, index: int, shape_id: int, place: Place) -> tuple[Shape | None, Form]:
    """The shape of one JSON object; None for one that is kept in the file but not shown.

    Raises:
        UserError: naming the file, the index of the shape and the value.
    """
    if not isinstance(raw, dict):
        place.refuse(index, "", f"must be an object, got {shown(raw)}")
    label = raw.get("label")
    if type(label) is not str:
        reason = f"must be text, got {shown(label)}" if "label" in raw else "is missing"
        place.refuse(index, ".label", reason)
    values = _shown_points(raw, label, index, place)
    if values is None:
        return None, PLAIN
    extra = {key: value for key, value in raw.items() if key not in OWN_KEYS}
    if place.frame is not None:
        extra = place.frame.extra_to_upright(extra)
    kind, points, form, mask = _geometry(raw, values, index, place)
    fields = _fields(raw, extra)
    direction = fields[7]
    if direction is not None and place.frame is not None:
        direction = place.frame.angle_to_upright(direction)
    holes = _holes(raw, extra, place.frame) if "holes" in raw else ()
    provenance = read_provenance(raw["provenance"], extra) if "provenance" in raw else None
    group_id, flags, attributes, text, description, difficult, locked, _, score = fields
    shape = Shape(
        *(shape_id, kind, label, points, holes, mask, group_id, flags or {}, attributes or {}),
        *(text or "", description or "", score, difficult or False, locked or False),
        *(direction, provenance, extra),
    )
    if mask is None and raw.get("mask") is not None:
        extra["mask"] = raw["mask"]
    return shape, form


def _shown_points(raw: dict[str, Any], label: str, index: int, place: Place) -> NDArray[np.float64] | None:
    """The file's points, None (and a note) for a shape that is kept but not shown."""
    stated = raw.get("shape_type", "polygon")
    if not (isinstance(stated, str) and stated in _KIND_OF_TYPE) and pairs(raw.get("points")) is None:
        place.note(index, f"shape_type {shown(stated)} is not known here; it is kept in the file but not shown")
        return None
    values = _numbers(raw, index, place)
    if label in LEFTOVERS:
        place.note(index, f"{label} is a leftover of an assistant; it is not shown and goes at the next change")
        return None
    if not len(values):
        place.note(index, f"{shown(label)} has no points; it is kept in the file but not shown")
        return None
    return values


_FIELDS = (
    ("group_id", int),
    ("flags", dict),
    ("attributes", dict),
    ("text", str),
    ("description", str),
    ("difficult", bool),
    ("locked", bool),
)


def _fields(raw: dict[str, Any], extra: dict[str, Any]) -> list[Any]:
    """The plain fields in the order of _FIELDS, then direction and score.

    A value of the wrong type is treated like an unknown key: it is kept in ``extra``.
    """
    found: list[Any] = []
    get = raw.get
    for key, kind in _FIELDS:
        value = get(key)
        if value is not None and type(value) is not kind:
            extra[key] = value
            value = None
        found.append(value)
    for key in ("direction", "score"):
        value = get(key)
        if value is not None and type(value) not in _NUMBERS:
            extra[key] = value
            value = None
        found.append(value)
    return found


def _numbers(raw: dict[str, Any], index: int, place: Place) -> NDArray[np.float64]:
    """The file's points as they are, (N, 2) float64."""
    values = raw.get("points")
    if type(values) is not list:
        reason = f"must be a list of points, got {shown(values)}" if "points" in raw else "is missing"
        place.refuse(index, ".points", reason)
    array = pairs(values)
    if array is None:
        for position, pair in enumerate(values):
            if type(pair) is not list or len(pair) != 2 or not all(type(v) in _NUMBERS for v in pair):
                place.refuse(index, f".points[{position}]", f"must be two numbers, got {shown(pair)}")
            if not all(-math.inf < v < math.inf for v in pair):
                place.refuse(index, f".points[{position}]", f"must be two finite numbers, got {shown(pair)}")
        place.refuse(index, ".points", "holds a number that is too large")
    return array


def pairs(values: Any) -> NDArray[np.float64] | None:
    """A list of pairs of finite numbers as (N, 2) float64, None if it is anything else."""
    if type(values) is not list:
        return None
    try:
        if set(map(len, values)) <= {2} and set(map(type, chain.from_iterable(values))) <= _NUMBERS:
            flat = np.fromiter(chain.from_iterable(values), np.float64, 2 * len(values))
            if np.isfinite(flat).all():
                return flat.reshape(-1, 2)
    except (TypeError, OverflowError):
        pass
    return None


def _geometry(
    raw: dict[str, Any], values: NDArray[np.float64], index: int, place: Place
) -> tuple[str, Points, Form, Mask | None]:
    stated = raw.get("shape_type", "polygon")
    kind = _KIND_OF_TYPE.get(stated) if isinstance(stated, str) else None
    frame = place.frame
    if kind == "mask":
        mask, clipped = native_mask.read(raw.get("mask"), values, index, place)
        return "mask", mask_corners(mask), Form(clipped=clipped), mask
    form = PLAIN
    if kind == "rectangle" and len(values) == 4:
        pattern = _corner_pattern(values)
        if pattern is None:
            kind = "quadrilateral"
        else:
            form, values = Form(corners=pattern), values[[0, 2]]
    elif kind == "polygon" and len(values) >= 4 and raw["points"][0] == raw["points"][-1]:
        form, values = Form(closed=True), values[:-1]
    kind = _fitting(kind, len(values), stated, index, place)
    if frame is not None:
        return kind, frame.to_upright(values), form, None
    values.setflags(write=False)
    return kind, values, form, None


def _corner_pattern(values: NDArray[np.float64]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    two = values[[0, 2]]
    for xs, ys in _CORNERS:
        if abs(two[list(xs), 0] - values[:, 0]).max() <= _CORNER_TOLERANCE and (
            abs(two[list(ys), 1] - values[:, 1]).max() <= _CORNER_TOLERANCE
        ):
            return xs, ys
    return None


def _fitting(kind: str | None, count: int, stated: Any, index: int, place: Place) -> str:
    """The kind itself if it can have so many points, else the nearest that can."""
    if kind is not None:
        row = KINDS[kind]
        if row.min_points <= count and (row.max_points is None or count <= row.max_points):
            return kind
    nearest = "point" if count == 1 else "line" if count == 2 else "polygon"
    what = f"shape_type {shown(stated)}" if kind is None else f"a {stated} of {count} points"
    place.note(index, f"{what} is not known here; it is shown as a {nearest} and kept as it is in the file")
    return nearest


def mask_corners(mask: Mask) -> Points:
    """Two opposite corners (pixel edges) of a mask's crop, as ``Shape.points``."""
    x1, y1, x2, y2 = mask.bounds
    points = np.array([[x1, y1], [x2, y2]])
    points.setflags(write=False)
    return points


def _holes(raw: dict[str, Any], extra: dict[str, Any], frame: Frame | None) -> tuple[Points, ...]:
    rings = raw["holes"]
    found = [pairs(ring) for ring in rings] if type(rings) is list else [None]
    if any(ring is None or len(ring) < 3 for ring in found):
        extra["holes"] = rings
        return ()
    upright = [ring if frame is None else frame.to_upright(ring) for ring in found if ring is not None]
    for ring in upright:
        ring.setflags(write=False)
    return tuple(upright)


def read_provenance(raw: Any, extra: dict[str, Any]) -> Provenance | None:
    """The provenance of a shape; what cannot be understood stays in ``extra``."""
    if raw is None:
        return None
    try:
        rest = dict(raw)
        source = rest.pop("source")
        fields = {key: rest.pop(key) for key in ("model", "weights_sha256", "score", "prompt") if key in rest}
        marks = {key: rest.pop(key) for key in ("reviewed", "edited") if key in rest}
        fits = (
            source in SOURCES
            and all(
                value is None or type(value) is str for value in (fields.get("model"), fields.get("weights_sha256"))
            )
            and (fields.get("score") is None or type(fields["score"]) in _NUMBERS)
            and (fields.get("prompt") is None or isinstance(fields["prompt"], dict))
            and all(type(value) is bool for value in marks.values())
        )
    except (TypeError, ValueError, KeyError):
        fits = False
    if not fits:
        extra["provenance"] = raw
        return None
    return Provenance(source, **fields, **marks, extra=rest)


def provenance_values(provenance: Provenance) -> dict[str, Any]:
    """Its JSON object: keys in a fixed order, defaults left out."""
    values: dict[str, Any] = {"source": provenance.source}
    for key in ("model", "weights_sha256", "score", "prompt"):
        value = getattr(provenance, key)
        if value is not None:
            values[key] = dict(value) if isinstance(value, Mapping) else value
    for key in ("reviewed", "edited"):
        if getattr(provenance, key):
            values[key] = True
    return {**values, **provenance.extra}
