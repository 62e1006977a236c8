"""Document to the bytes of its label file: only what differs from the file as opened is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import Shape
from anylabel_plus.formats import json_spans, json_splice, native_mask
from anylabel_plus.formats.json_splice import Layout
from anylabel_plus.formats.native_dialect import file_points, house_values, shape_values, type_name
from anylabel_plus.formats.native_read import NativeOrigin
from anylabel_plus.formats.native_shape import Form, provenance_values

_GONE = object()
Entry = tuple[int | None, bytes | None]


def serialize(document: Document) -> bytes:
    """The bytes of the label file of ``document``.

    A document that was read is written over its own file: a document that equals the one opened
    gives the opened bytes, whatever was written in between. Any other one is written in house style.
    """
    origin = document.origin
    if not isinstance(origin, NativeOrigin):
        return json_splice.pretty(house_values(document), Layout()).encode("utf-8")
    return _Writing(document, origin).result()


class _Writing:
    """One splice of a document over its origin."""

    def __init__(self, document: Document, origin: NativeOrigin) -> None:
        self.document, self.origin = document, origin
        self.data = origin.data
        first = origin.members[0].start if origin.members else None
        self.base = _base_layout(origin)
        self.top_layout = json_splice.inside(self.data, origin.start, first, self.base)

    def result(self) -> bytes:
        origin = self.origin
        texts, dropped, added = self._top_changes()
        shapes = self._shapes()
        if shapes is not None:
            texts["shapes"] = shapes
        if not (texts or dropped or added):
            return self.data
        if shapes is None and origin.leftovers:
            texts["shapes"] = self._join(self._entries())
        span = (origin.start, origin.end)
        body = json_splice.edit_object(self.data, span, origin.members, texts, dropped, added, self.base)
        return self.data[: origin.start] + body + self.data[origin.end :]

    # Top level

    def _top_changes(self) -> tuple[dict[str, bytes], set[str], list[tuple[str, bytes]]]:
        texts: dict[str, bytes] = {}
        dropped: set[str] = set()
        added: list[tuple[str, bytes]] = []
        places = {member.key: (member.value, member.end) for member in self.origin.members}
        for key, value in self._changed_values().items():
            if value is _GONE:
                dropped.add(key)
            elif key in places:
                span = places[key]
                old = json_spans.decode(self.data, *span)
                if key == "flags" and isinstance(old, dict):  # what is no flag stays beside the flags
                    value = {name: item for name, item in old.items() if not isinstance(item, bool)} | value
                text = json_splice.splice(self.data, span, old, value, self.top_layout)
                if text != self.data[span[0] : span[1]]:
                    texts[key] = text
            else:
                added.append((key, json_splice.pretty(value, self.top_layout).encode("utf-8")))
        return texts, dropped & places.keys(), added

    def _changed_values(self) -> dict[str, Any]:
        now, old = self.document, self.origin.opened
        changed: dict[str, Any] = {}
        if now.image_path != old.image_path:
            changed["imagePath"] = now.image_path
        if (now.width, now.height) != (old.width, old.height):
            turned = self.origin.frame is not None
            changed["imageHeight"] = now.width if turned else now.height
            changed["imageWidth"] = now.height if turned else now.width
        if not json_splice.same(old.flags, now.flags):
            changed["flags"] = dict(now.flags)
        if now.tags != old.tags:
            changed["tags"] = list(now.tags)
        if now.description != old.description:
            changed["description"] = now.description
        if now.checked is not old.checked:
            changed["checked"] = _GONE if now.checked is None else now.checked
        changed.update(_changed_extra(old.extra, now.extra))
        return changed

    # Shapes

    def _shapes(self) -> bytes | None:
        """The new text of the shapes array, None where the file's own serves."""
        shapes, opened = self.document.shapes, self.origin.opened.shapes
        if shapes is opened:
            return None
        entries = self._entries()
        kept = [n for n in range(len(self.origin.shapes)) if n not in self.origin.leftovers]
        if [index for index, _ in entries] == kept and all(text is None for _, text in entries):
            return None
        return self._join(entries)

    def _join(self, entries: list[Entry]) -> bytes:
        member = next(m for m in reversed(self.origin.members) if m.key == "shapes")
        span = (member.value, member.end)
        return json_splice.join_items(self.data, span, self.origin.shapes, entries, self.top_layout)

    def _entries(self) -> list[Entry]:
        """The items of the new array in order, hidden shapes behind the shape they followed."""
        origin = self.origin
        shapes = self.document.shapes
        present = {shape.id for shape in shapes}
        followers: dict[int | None, list[int]] = {}
        anchor: int | None = None
        hidden = set(origin.hidden)
        ids = {index: shape_id for shape_id, index in origin.position.items()}
        for index in range(len(origin.shapes)):
            if index not in hidden:
                anchor = ids[index] if ids[index] in present else anchor
            elif index not in origin.leftovers:
                followers.setdefault(anchor, []).append(index)
        entries: list[Entry] = [(index, None) for index in followers.get(None, ())]
        for place, shape in enumerate(shapes):
            entries.append(self._entry(shape, place))
            entries += [(index, None) for index in followers.get(shape.id, ())]
        return entries

    def _entry(self, shape: Shape, place: int) -> Entry:
        index = self.origin.position.get(shape.id)
        if index is None:
            return None, self._new_shape(shape, place)
        old = self._opened_shape(shape.id)
        if shape is old:
            return index, None
        span = self.origin.shapes[index]
        raw = json_spans.decode(self.data, *span)
        values = self._values(raw, old, shape)
        text = json_splice.splice_object(self.data, span, raw, values, self._item_layout())
        return index, None if text == self.data[span[0] : span[1]] else text

    def _opened_shape(self, shape_id: int) -> Shape:
        # Ids were given in file order, from 1.
        return self.origin.opened.shapes[shape_id - 1]

    def _item_layout(self) -> Layout:
        member = next(m for m in reversed(self.origin.members) if m.key == "shapes")
        first = self.origin.shapes[0][0] if self.origin.shapes else None
        return json_splice.inside(self.data, member.value, first, self.top_layout)

    def _new_shape(self, shape: Shape, place: int) -> bytes:
        values = shape_values(shape, self.origin.dialect, self.origin.frame)
        layout = self._item_layout()
        model = self._model(shape, place)
        if model is None:
            return json_splice.pretty(values, layout).encode("utf-8")
        return json_splice.dump_like(values, self.data, model, layout).encode("utf-8")

    def _model(self, shape: Shape, place: int) -> tuple[int, int] | None:
        """The span of the nearest shape below that the file holds, else of the file's first one."""
        for below in reversed(self.document.shapes[:place]):
            index = self.origin.position.get(below.id)
            if index is not None:
                return self.origin.shapes[index]
        return self.origin.shapes[0] if self.origin.shapes else None

    def _values(self, raw: dict[str, Any], old: Shape, new: Shape) -> dict[str, Any]:
        """The shape's JSON object with the changed fields set."""
        values, frame = dict(raw), self.origin.frame
        self._set_geometry(values, old, new)
        for key in ("label", "group_id", "text", "description", "score", "difficult"):
            now = getattr(new, key)
            if not json_splice.same(getattr(old, key), now):
                values[key] = now
        for key in ("flags", "attributes"):
            if not json_splice.same(getattr(old, key), getattr(new, key)):
                values[key] = dict(getattr(new, key))
        if new.locked is not old.locked:
            _set(values, "locked", True if new.locked else _GONE)
        if new.provenance != old.provenance:
            _set(values, "provenance", _GONE if new.provenance is None else provenance_values(new.provenance))
        extra = _changed_extra(old.extra, new.extra)
        for key, value in (extra if frame is None else frame.extra_to_raw(extra)).items():
            _set(values, key, value)
        return values

    def _set_geometry(self, values: dict[str, Any], old: Shape, new: Shape) -> None:
        origin, frame = self.origin, self.origin.frame
        form = origin.form(new.id)
        if new.kind != old.kind:
            fresh = shape_values(new, origin.dialect, frame)
            values["shape_type"] = type_name(new.kind, origin.dialect)
            values["points"] = fresh["points"]
            if fresh.get("mask") is not None or "mask" in values:
                values["mask"] = fresh.get("mask")
            _set(values, "direction", fresh.get("direction", _GONE))
        elif new.mask is not None and old.mask is not None:
            self._set_mask(values, old, new, form)
        elif new.points is not old.points:
            before, after = file_points(old, form, frame), file_points(new, form, frame)
            values["points"] = _moved(values["points"], before, after)
        if new.kind == old.kind and new.direction != old.direction:
            turned = new.direction if new.direction is None or frame is None else frame.angle_to_raw(new.direction)
            _set(values, "direction", _GONE if turned is None else turned)
        if new.holes is not old.holes and not _same_rings(old.holes, new.holes):
            rings = new.holes if frame is None else tuple(frame.to_raw(ring) for ring in new.holes)
            _set(values, "holes", [ring.tolist() for ring in rings] if rings else _GONE)

    def _set_mask(self, values: dict[str, Any], old: Shape, new: Shape, form: Form) -> None:
        before, after = old.mask, new.mask
        assert before is not None and after is not None
        if after.crop is before.crop and (after.x, after.y) == (before.x, before.y):
            return
        frame = self.origin.frame
        raw_before = before if frame is None else frame.mask_to_raw(before)
        raw_after = after if frame is None else frame.mask_to_raw(after)
        if form.clipped or not np.array_equal(after.crop, before.crop):
            values["mask"], values["points"] = native_mask.encode(raw_after), native_mask.box(raw_after)
            return
        dx, dy = raw_after.x - raw_before.x, raw_after.y - raw_before.y
        values["points"] = [[x + dx, y + dy] for x, y in values["points"]]


def _set(values: dict[str, Any], key: str, value: Any) -> None:
    if value is _GONE:
        values.pop(key, None)
    else:
        values[key] = value


def _changed_extra(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    if new is old:
        return {}
    changed = {key: _GONE for key in old if key not in new}
    return changed | {k: v for k, v in new.items() if k not in old or not json_splice.same(old[k], v)}


def _same_rings(old: tuple[NDArray[np.float64], ...], new: tuple[NDArray[np.float64], ...]) -> bool:
    return len(old) == len(new) and all(np.array_equal(a, b) for a, b in zip(old, new, strict=True))


def _moved(raw: list[Any], before: NDArray[np.float64], after: NDArray[np.float64]) -> list[Any]:
    """The file's points after an edit: numbers of what did not move are those of the file."""
    whole = all(type(value) is int for pair in raw for value in pair)
    new = [[_number(x, whole), _number(y, whole)] for x, y in after.tolist()]
    if len(after) == len(before):
        still = before == after
        return [[now[axis] if not still[n, axis] else raw[n][axis] for axis in (0, 1)] for n, now in enumerate(new)]
    shorter = min(len(before), len(after))
    equal = (before[:shorter] == after[:shorter]).all(axis=1)
    head = int(np.argmin(equal)) if not equal.all() else shorter
    left = shorter - head
    ending = (before[len(before) - left :] == after[len(after) - left :]).all(axis=1)[::-1]
    tail = int(np.argmin(ending)) if not ending.all() else left
    return raw[:head] + new[head : len(new) - tail] + raw[len(raw) - tail :]


def _number(value: float, whole: bool) -> float | int:
    """A coordinate as the shape's others are written: without a fraction where none has one."""
    return int(value) if whole and value.is_integer() and abs(value) < 2**53 else value


def _base_layout(origin: NativeOrigin) -> Layout:
    """How the file is laid out where its object begins."""
    data, members = origin.data, origin.members
    first = members[0]
    colon = data[json_spans.skip_string(data, first.start) : first.value].decode("ascii")
    layout = Layout(colon=colon)
    if len(members) > 1:
        gap = data[first.end : members[1].start]
        if b"\n" not in gap:
            layout = Layout(newline="", colon=colon, gap=gap.decode("ascii"))
    return layout
