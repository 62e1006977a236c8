"""The corpus of label files, random edits of a document, and comparing documents field by field."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from anylabel_plus.core import edits, geometry
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import KINDS, Shape, make_shape
from anylabel_plus.formats import native
from anylabel_plus.formats.native_shape import OWN_KEYS

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "native"
FILES = sorted(path.name for path in FOLDER.glob("*.json"))
# How json.dumps wrote the files that a program, not a hand, laid out.
LAYOUT: dict[str, dict[str, Any]] = {
    **{name: {"indent": 2} for name in ("anylabeling", "anylabeling_data", "x_anylabeling", "labelme", "ours")},
    **{name: {"indent": 2} for name in ("x_raw_frame", "odd_shapes", "sorted_keys", "no_shapes")},
    "tabs": {"indent": "\t"},
    "indent_4_newline": {"indent": 4},
    "compact": {"separators": (",", ":")},
    "no_shapes_compact": {"separators": (",", ":")},
}


class Facts:
    """What ``images.probe`` tells of a picture of 320 x 200 upright pixels."""

    def __init__(self, orientation: int = 1) -> None:
        self.width, self.height, self.orientation = 320, 200, orientation
        turned = orientation >= 5
        self.raw_width, self.raw_height = (200, 320) if turned else (320, 200)


def facts_of(name: str) -> Facts:
    """Of the picture that belongs to a file of the corpus."""
    return Facts(6 if name == "x_raw_frame.json" else 1)


def content(name: str) -> bytes:
    """Bytes of one file."""
    return (FOLDER / name).read_bytes()


def opened(name: str) -> Document:
    """Document of one file."""
    return native.parse(content(name), name, facts_of(name))


def plain(value: Any) -> Any:
    """Anything of a document as data that compares by value (NaN too)."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Mask):
        return [value.crop.tolist(), value.x, value.y]
    if isinstance(value, Provenance):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return repr(value) if isinstance(value, float) else value


def shape_data(shape: Shape) -> dict[str, Any]:
    """All fields but the id, and but values kept because they did not fit a field."""
    data = {field.name: plain(getattr(shape, field.name)) for field in fields(shape) if field.name != "id"}
    if shape.kind == "rectangle":  # new ones are written with the top left corner first
        data["points"] = plain(np.sort(shape.points, axis=0))
    extra = {"kie_linking": [], **data["extra"]}  # X-AnyLabeling always writes it
    data["extra"] = {key: value for key, value in extra.items() if key not in OWN_KEYS}
    return data


def document_data(document: Document) -> dict[str, Any]:
    """All fields but origin and ids."""
    skipped = {"origin", "next_id", "shapes"}
    data = {f.name: plain(getattr(document, f.name)) for f in fields(document) if f.name not in skipped}
    return {**data, "shapes": [shape_data(shape) for shape in document.shapes]}


def differences(a: Any, b: Any, where: str = "") -> list[str]:
    """Where two plain values differ, for readable failures."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return [text for key in a for text in differences(a[key], b[key], f"{where}.{key}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [text for n in range(len(a)) for text in differences(a[n], b[n], f"{where}[{n}]")]
    return [] if a == b and type(a) is type(b) else [f"{where}: {a!r} != {b!r}"]


def strict(data: bytes) -> str:
    """A JSON text's values as one comparable text: 1 differs from 1.0, NaN equals NaN."""
    return json.dumps(json.loads(data.decode("utf-8-sig")))


_EXAMPLES: dict[str, list[tuple[float, float]]] = {
    "polygon": [(10.5, 10.0), (60.25, 12.0), (40.0, 70.125)],
    "rectangle": [(90.0, 70.0), (20.5, 30.0)],
    "rotation": [(100.0, 60.0), (140.0, 90.0), (125.0, 110.0), (85.0, 80.0)],
    "circle": [(50.0, 50.0), (70.0, 50.0)],
    "line": [(1.0, 2.0), (30.0, 40.0)],
    "linestrip": [(1.0, 2.0), (30.0, 40.0), (50.5, 60.5)],
    "point": [(33.3, 44.4)],
    "points": [(33.3, 44.4), (1.0, 1.0)],
    "quadrilateral": [(10.0, 10.0), (60.0, 15.0), (55.0, 50.0), (5.0, 45.0)],
    "cuboid": [(20, 110), (60, 110), (60, 150), (20, 150), (32, 102), (72, 102), (72, 142), (32, 142)],
}


def example(kind: str, label: str = "new") -> Shape:
    """A shape of any kind."""
    if kind != "mask":
        return make_shape(kind, label, _EXAMPLES[kind])
    crop = np.zeros((5, 7), np.bool_)
    crop[1:, 2:6] = True
    crop[2, 3] = False
    crop[0, 0] = crop[4, 6] = True
    crop.setflags(write=False)
    return make_shape("mask", label, [(40, 20), (47, 25)], mask=Mask(crop, 40, 20))


def _vertex(document: Document, shape: Shape, number: int, x: float, y: float) -> Document:
    handles = geometry.handles(shape)
    if not handles:
        return document
    handle = handles[number % len(handles)]
    return edits.move_vertex(document, shape.id, handle.ring, handle.index, x, y)


@st.composite
def edit(draw: st.DrawFn, document: Document) -> Document:
    """One random edit."""
    number = draw(st.integers(0, 9))
    x = draw(st.one_of(st.integers(0, 320), st.floats(0, 320))) + 0.0
    y = draw(st.one_of(st.integers(0, 200), st.floats(0, 200))) + 0.0
    text = draw(st.sampled_from(("car", "", '名前 "q"\\', "line\nbreak")))
    what = draw(st.sampled_from(_EDITS))
    shape = document.shapes[number % len(document.shapes)] if document.shapes else None
    if what == "add" or (shape is None and what not in ("flags", "tags", "description", "checked", "extra")):
        kind = draw(st.sampled_from(sorted(KINDS)))
        return add_shapes(document, [example(kind, text or "new").with_(score=draw(st.sampled_from((None, 0.5))))])
    return _edited(document, what, shape, number, x, y, text)


_EDITS = (
    *("vertex", "vertex", "add", "remove", "move", "duplicate", "label", "fields", "raise", "lower", "holes"),
    *("vertices", "flags", "tags", "description", "checked", "extra", "kind", "provenance"),
)


def _edited(document: Document, what: str, shape: Any, n: int, x: float, y: float, text: str) -> Document:
    shape_edits = {
        "vertex": lambda: _vertex(document, shape, n, x, y),
        "vertices": lambda: _vertices(document, shape, n, x, y),
        "remove": lambda: edits.remove_shapes(document, [shape.id]),
        "move": lambda: edits.move_shapes(document, [shape.id], x - 160, y - 100),
        "duplicate": lambda: edits.duplicate(document, [shape.id], 5, 5),
        "label": lambda: edits.set_label(document, [shape.id], text or "x"),
        "raise": lambda: edits.raise_shapes(document, [shape.id]),
        "lower": lambda: edits.lower_shapes(document, [shape.id], to_bottom=True),
        "fields": lambda: edits.set_fields(
            document, [shape.id], **_FIELDS[n % len(_FIELDS)], extra={**shape.extra, "mine": n}
        ),
        "provenance": lambda: edits.set_fields(document, [shape.id], provenance=Provenance("model", "m", score=x)),
        "holes": lambda: _holes(document, shape, x, y),
        "kind": lambda: _kind(document, shape),
        "flags": lambda: document.with_(flags={**document.flags, text or "f": n % 2 == 0}),
        "tags": lambda: document.with_(tags=(*document.tags, text)),
        "description": lambda: document.with_(description=text),
        "checked": lambda: document.with_(checked=(None, True, False)[n % 3]),
        "extra": lambda: document.with_(extra={**document.extra, text or "k": [n, {"x": x}]}),
    }
    return shape_edits[what]()


_FIELDS: tuple[dict[str, Any], ...] = (
    {"group_id": 5, "score": 0.25},
    {"flags": {"a": True}, "attributes": {"c": "d", "e": [1, "f"]}},
    {"text": "read", "description": "said"},
    {"difficult": True, "group_id": None},
    {"locked": True},
    {"locked": False, "attributes": {}},
)


def _vertices(document: Document, shape: Shape, n: int, x: float, y: float) -> Document:
    if shape.kind not in ("polygon", "linestrip") or shape.locked:
        return document
    if n % 2 and len(shape.points) > KINDS[shape.kind].min_points:
        return edits.remove_vertex(document, shape.id, 0, n % len(shape.points))
    return edits.insert_vertex(document, shape.id, 0, 1 + n % (len(shape.points) - 1), x, y)


def _holes(document: Document, shape: Shape, x: float, y: float) -> Document:
    if shape.kind != "polygon":
        return document
    rings = () if shape.holes else ([(x, y), (x + 1, y), (x, y + 1)],)
    return edits.replace_shapes(document, {shape.id: shape.with_(holes=rings)})


def _kind(document: Document, shape: Shape) -> Document:
    new = example("polygon" if shape.kind != "polygon" else "rectangle", shape.label)
    changed = shape.with_(kind=new.kind, points=new.points, holes=(), mask=None, direction=None)
    return edits.replace_shapes(document, {shape.id: changed})
