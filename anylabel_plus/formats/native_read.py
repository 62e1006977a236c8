"""Label file to Document: the bytes are kept, with the places of all values in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import Shape
from anylabel_plus.formats import json_spans
from anylabel_plus.formats.json_spans import JsonError, Member
from anylabel_plus.formats.native_dialect import Dialect, from_evidence
from anylabel_plus.formats.native_frame import Frame, ImageFacts, frame_of
from anylabel_plus.formats.native_place import Place, shown
from anylabel_plus.formats.native_shape import LEFTOVERS, PLAIN, Form, read_shape

TOP_KEYS = frozenset(
    {
        *("version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"),
        *("checked", "description", "tags"),
    }
)
"""Top-level keys that are fields of Document or belong to the file alone; all others are extra."""

_BIG = 1 << 20  # bytes; from here on the values of all shapes at once cost more than shape by shape
_HINT = "The file was left as it is; correct it by hand or put back an earlier version of it."


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NativeOrigin:
    """The file a document was read from; belongs to the native format alone.

    ``members`` are the members of the file's object and ``shapes`` the spans of the items of its
    shapes array. ``opened`` is the document as read (without origin). ``position`` gives the index
    in ``shapes`` of a shape's id; ``hidden`` are indexes of shapes that are kept but not shown,
    ``leftovers`` those that go at the next change. ``forms`` holds what is not ``PLAIN``.
    """

    data: bytes
    start: int
    end: int
    members: tuple[Member, ...]
    shapes: tuple[tuple[int, int], ...]
    opened: Document
    position: Mapping[int, int]
    hidden: tuple[int, ...]
    leftovers: frozenset[int]
    forms: Mapping[int, Form]
    frame: Frame | None
    dialect: Dialect
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"NativeOrigin({len(self.data)} bytes, {self.dialect}, {len(self.shapes)} shapes)"

    def form(self, shape_id: int) -> Form:
        """How the shape that was read with this id is written."""
        return self.forms.get(self.position[shape_id], PLAIN)


@dataclass(frozen=True, slots=True, eq=False)
class LookedAt:
    """Stands for the file of a document that is only looked at: what is to be said of it."""

    notes: tuple[str, ...]


def parse(data: bytes, name: str, facts: ImageFacts | None = None, *, editable: bool = True) -> Document:
    """The document of a label file's bytes.

    Args:
        data: UTF-8 JSON, a byte order mark allowed.
        name: of the file, for messages.
        facts: the picture's sizes and EXIF orientation, where known. Width and height of the
            document are the upright ones; without facts they are those of the file (0 if absent).
        editable: False is faster, for documents that are only looked at (exports): they have no
            file behind them, so that writing one would give a file in house style without what is
            not shown.

    Raises:
        UserError: naming the file and the line, or the index of the shape and the value.
    """
    if not editable and len(data) < _BIG:
        document = _parse_values(data, name, facts)
        if document is not None:
            return document
    start = _check_text(data, name)
    spans: dict[str, list[tuple[int, int]]] = {"shapes": []}
    try:
        members, end = json_spans.members(data, start, spans)
        rest = json_spans.skip_space(data, end)
        if rest < len(data):
            raise JsonError("there is more text after the end of the object", rest)
        top = {
            member.key: json_spans.decode(data, member.value, member.end)
            for member in members
            if member.key not in ("shapes", "imageData")
        }
    except JsonError as error:
        raise _located(data, name, json_spans.first_error(data, error)) from error
    _check_shapes(data, name, members)
    reading = _Reading(data, name, top, facts)
    document = reading.document(start, end, members, spans["shapes"])
    return document if editable else document.with_(origin=reading.looked_at())


def _parse_values(data: bytes, name: str, facts: ImageFacts | None) -> Document | None:
    """The document alone, decoded at once; None where that fails and the careful way must tell why."""
    try:
        top = json_spans.decode_plain(data)
    except ValueError:
        return None
    if type(top) is not dict or type(top.get("shapes")) is not list:
        return None
    reading = _Reading(data, name, top, facts)
    for index, raw in enumerate(top["shapes"]):
        shape, _ = read_shape(raw, index, len(reading.shapes) + 1, reading.place)
        if shape is not None:
            reading.shapes.append(shape)
    return reading.opened().with_(origin=reading.looked_at())


def _check_text(data: bytes, name: str) -> int:
    """Offset of the first byte of the JSON object."""
    if not data.strip():
        raise UserError(f"{name}: is empty.", "Put back an earlier version of it, or delete it to label anew.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UserError(f"{name}: is UTF-16 text, a label file must be UTF-8.", "Convert it to UTF-8.")
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            line, column = json_spans.line_and_column(data, error.start)
            raise UserError(
                f"{name}: line {line}, column {column}: byte 0x{data[error.start]:02x} is not UTF-8.",
                "Convert the file to UTF-8.",
            ) from error
    bom = len(json_spans.BOM) if data.startswith(json_spans.BOM) else 0
    start = json_spans.skip_space(data, bom)
    if data[start : start + 1] != b"{":
        raise UserError(f"{name}: is not a label file: it does not begin with {{.", _HINT)
    return start


def _check_shapes(data: bytes, name: str, members: list[Member]) -> None:
    shapes = [member for member in members if member.key == "shapes"]
    if not shapes:
        raise UserError(f"{name}: is not a label file: it has no shapes.", 'A label file holds a list "shapes".')
    value = shapes[-1].value
    if data[value : value + 1] != b"[":
        seen = data[value : min(shapes[-1].end, value + 40)].decode("utf-8", "replace")
        raise UserError(f"{name}: shapes: must be a list, got {seen}.", _HINT)


def _located(data: bytes, name: str, error: JsonError) -> UserError:
    line, column = json_spans.line_and_column(data, error.offset)
    return UserError(f"{name}: line {line}, column {column}: {error.reason}.", _HINT)


class _Reading:
    """One pass over the shapes of a file."""

    def __init__(self, data: bytes, name: str, top: dict[str, Any], facts: ImageFacts | None) -> None:
        self.data, self.name, self.top, self.facts = data, name, top, facts
        self.notes: list[str] = []
        self.shapes: list[Shape] = []
        self.position: dict[int, int] = {}
        self.hidden: list[int] = []
        self.leftovers: set[int] = set()
        self.forms: dict[int, Form] = {}
        self.types: set[tuple[Any, int]] = set()
        self.keys: set[str] = set()
        self.place = self._place()

    def _place(self) -> Place:
        stated = self.top.get("imageWidth"), self.top.get("imageHeight")
        size = stated if type(stated[0]) is int and type(stated[1]) is int else None
        frame, note = frame_of(size, self.facts)  # type: ignore[arg-type]
        if note:
            self.notes.append(f"{self.name}: {note}")
        if self.facts is not None:
            width, height = self.facts.width, self.facts.height
            if frame is None and size is not None and size != (width, height):
                self.notes.append(
                    f"{self.name}: imageWidth x imageHeight is {size[0]} x {size[1]}, "
                    f"the picture has {width} x {height}; the picture's size is used"
                )
        else:
            width, height = size if size is not None else (0, 0)  # type: ignore[assignment]
        return Place(self.name, width, height, frame, self.notes)

    def document(self, start: int, end: int, members: list[Member], spans: list[tuple[int, int]]) -> Document:
        """The document with its origin, after reading all shapes."""
        for index, (first, last) in enumerate(spans):
            self._read(index, first, last)
        opened = self.opened()
        origin = NativeOrigin(
            self.data,
            start,
            end,
            tuple(members),
            tuple(spans),
            opened,
            self.position,
            tuple(self.hidden),
            frozenset(self.leftovers),
            self.forms,
            self.place.frame,
            from_evidence(self.types, frozenset(self.keys), self.top),
            tuple(self.notes),
        )
        return replace(opened, origin=origin)

    def _read(self, index: int, first: int, last: int) -> None:
        try:
            raw = json_spans.decode(self.data, first, last)
        except JsonError as error:
            located = JsonError(f"shapes[{index}]: {error.reason}", error.offset)
            raise _located(self.data, self.name, located) from error
        shape, form = read_shape(raw, index, len(self.shapes) + 1, self.place)
        stated = raw.get("shape_type", "polygon")
        self.types.add((stated if isinstance(stated, str) else None, 4 if form.corners else 0))
        self.keys.update(raw)
        if shape is None:
            self.hidden.append(index)
            if raw.get("label") in LEFTOVERS:
                self.leftovers.add(index)
            return
        self.position[shape.id] = index
        self.shapes.append(shape)
        if form is not PLAIN:
            self.forms[index] = form

    def looked_at(self) -> LookedAt | None:
        """The origin of a document that is not to be edited."""
        return LookedAt(tuple(self.notes)) if self.notes else None

    def opened(self) -> Document:
        """The document of what was read, without its origin."""
        top = self.top
        tags = self._field("tags", list, [])
        if not all(isinstance(tag, str) for tag in tags):
            self._odd("tags")
            tags = []
        return Document(
            image_path=self._field("imagePath", str, ""),
            width=self.place.width,
            height=self.place.height,
            shapes=tuple(self.shapes),
            flags=self._flags(),
            tags=tuple(tags),
            description=self._field("description", str, ""),
            checked=self._field("checked", bool, None),
            extra={key: value for key, value in top.items() if key not in TOP_KEYS},
            next_id=len(self.shapes) + 1,
        )

    def _flags(self) -> dict[str, bool]:
        flags = self._field("flags", dict, {})
        if not all(isinstance(value, bool) for value in flags.values()):
            self._odd("flags")
        return {key: value for key, value in flags.items() if isinstance(value, bool)}

    def _field(self, key: str, kind: type, default: Any) -> Any:
        value = self.top.get(key)
        if value is None:
            return default
        if type(value) is not kind:
            self._odd(key)
            return default
        return value

    def _odd(self, key: str) -> None:
        self.notes.append(f"{self.name}: {key}: {shown(self.top[key])} is not understood; it stays in the file")
