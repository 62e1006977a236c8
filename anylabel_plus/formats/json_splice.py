"""Change values inside a JSON text and leave every other byte alone.

``splice`` compares an old and a new value and replaces only what differs; items that are added
copy the white space and line ends of their neighbours.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from anylabel_plus.formats import json_spans as spans
from anylabel_plus.formats.json_spans import Member

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """How new text is laid out where no neighbour shows it.

    ``newline`` is empty for one-line text; ``indent`` is the white space that begins the line in
    which the value starts, ``unit`` is added for each level below it.
    """

    newline: str = "\n"
    unit: str = "  "
    indent: str = ""
    gap: str = ", "
    colon: str = ": "

    def deeper(self) -> Layout:
        """The layout of what lies inside a container written in this layout."""
        return replace(self, indent=self.indent + self.unit)


def same(old: Any, new: Any) -> bool:
    """Equal as JSON: 1 equals 1.0, true does not equal 1, NaN equals NaN, key order is ignored."""
    if old is new:
        return True
    if isinstance(old, bool) or isinstance(new, bool):
        return False
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return old == new or (old != old and new != new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(same(value, new[key]) for key, value in old.items())
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        return len(old) == len(new) and all(map(same, old, new))
    return type(old) is type(new) and bool(old == new)


def scalar(value: Any) -> str:
    """One JSON scalar (or a compact container), non-ASCII kept as it is where it can be encoded."""
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate that came from an escape
        return json.dumps(value, default=_plain)
    return text


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON data")


def _pairs(value: Sequence[Any]) -> bool:
    return (
        all(type(pair) is list and len(pair) == 2 for pair in value)
        and set(map(type, chain.from_iterable(value))) <= {int, float}
        and all(map(math.isfinite, chain.from_iterable(value)))
    )


def pretty(value: Any, layout: Layout) -> str:
    """``value`` as JSON text in ``layout``, as ``json.dumps`` with an indent writes it."""
    if isinstance(value, Mapping):
        inner = layout.deeper()
        parts = [f"{scalar(str(key))}{layout.colon}{pretty(item, inner)}" for key, item in value.items()]
        return _block("{", parts, "}", layout)
    if isinstance(value, (list, tuple)):
        inner = layout.deeper()
        if value and _pairs(value):
            a, gap, b = _edges(inner)
            return _block("[", [f"[{a}{x!r}{gap}{y!r}{b}]" for x, y in value], "]", layout)
        return _block("[", [pretty(item, inner) for item in value], "]", layout)
    return scalar(value)


def _edges(layout: Layout) -> tuple[str, str, str]:
    """White space after the opening bracket, between items, before the closing bracket."""
    if not layout.newline:
        return "", layout.gap, ""
    lead = layout.newline + layout.indent + layout.unit
    return lead, "," + lead, layout.newline + layout.indent


def _block(opening: str, parts: list[str], closing: str, layout: Layout) -> str:
    if not parts:
        return opening + closing
    lead, gap, tail = _edges(layout)
    return f"{opening}{lead}{gap.join(parts)}{tail}{closing}"


def inside(data: bytes, start: int, first: int | None, outer: Layout) -> Layout:
    """The layout of the items of the container at ``start`` whose first item is at ``first``."""
    if first is None:
        return outer.deeper()
    lead = data[start + 1 : first]
    if b"\n" not in lead:
        return replace(outer, newline="")
    indent = lead[lead.rfind(b"\n") + 1 :].decode("ascii")
    longer = len(indent) > len(outer.indent) and indent.startswith(outer.indent)
    unit = indent[len(outer.indent) :] if longer else outer.unit
    return replace(outer, newline="\r\n" if b"\r\n" in lead else "\n", unit=unit, indent=indent)


def join_items(
    data: bytes, container: Span, old: Sequence[Span], out: Sequence[tuple[int | None, bytes | None]], outer: Layout
) -> bytes:
    """The text of a container with other items.

    Each entry of ``out`` is the index of an old item (None for a new one) and its text (None to
    keep it). White space between items that stay neighbours is kept; other gaps are copied from
    beside them.
    """
    start, end = container
    if not out and not old:
        return data[start:end]
    if not out:
        return data[start : start + 1] + data[end - 1 : end]
    lead, gap, tail = _found_edges(data, container, old, outer)
    view = memoryview(data)
    pieces: list[bytes | memoryview] = [view[start : start + 1], lead]
    previous: int | None = None
    for position, (index, text) in enumerate(out):
        if position:
            if index and (previous is None or index == previous + 1):
                pieces.append(view[old[index - 1][1] : old[index][0]])
            else:
                pieces.append(gap)
        if text is not None:
            pieces.append(text)
        elif index is not None:
            pieces.append(view[old[index][0] : old[index][1]])
        previous = index
    pieces += [tail, view[end - 1 : end]]
    return b"".join(pieces)


def _found_edges(data: bytes, container: Span, old: Sequence[Span], outer: Layout) -> tuple[bytes, bytes, bytes]:
    if not old:
        lead_text, gap_text, tail_text = _edges(outer)
        return lead_text.encode(), gap_text.encode(), tail_text.encode()
    start, end = container
    lead, tail = data[start + 1 : old[0][0]], data[old[-1][1] : end - 1]
    if len(old) > 1:
        return lead, data[old[0][1] : old[1][0]], tail
    return lead, b"," + lead if b"\n" in lead else outer.gap.encode(), tail


def splice(data: bytes, span: Span, old: Any, new: Any, layout: Layout) -> bytes:
    """The text of ``span``, which holds ``old``, changed so that it holds ``new``."""
    if same(old, new):
        return data[span[0] : span[1]]
    if isinstance(old, dict) and isinstance(new, Mapping):
        return splice_object(data, span, old, new, layout)
    if isinstance(old, list) and isinstance(new, (list, tuple)) and old and new:
        return _splice_list(data, span, old, list(new), layout)
    return pretty(new, layout).encode("utf-8")


def splice_object(data: bytes, span: Span, old: Mapping[str, Any], new: Mapping[str, Any], layout: Layout) -> bytes:
    """``splice`` for objects: members are replaced, removed, and added at the end."""
    found, _ = spans.members(data, span[0])
    replaced = {key: value for key, value in new.items() if key not in old or not same(old[key], value)}
    texts: dict[str, bytes] = {}
    inner = inside(data, span[0], found[0].start if found else None, layout)
    last = {member.key: (member.value, member.end) for member in found}
    for key, value_span in last.items():
        if key in replaced:
            texts[key] = splice(data, value_span, old[key], replaced[key], inner)
    added = [(key, pretty(value, inner).encode("utf-8")) for key, value in replaced.items() if key not in old]
    dropped = [key for key in old if key not in new]
    return edit_object(data, span, found, texts, dropped, added, layout)


def edit_object(
    data: bytes,
    span: Span,
    found: Sequence[Member],
    texts: Mapping[str, bytes],
    dropped: Collection[str],
    added: Sequence[tuple[str, bytes]],
    layout: Layout,
) -> bytes:
    """The object with other value texts by key. Of a repeated key the last one counts."""
    last = {member.key: index for index, member in enumerate(found)}
    out: list[tuple[int | None, bytes | None]] = []
    for index, member in enumerate(found):
        if member.key in dropped:
            continue
        if member.key in texts and last[member.key] == index:
            out.append((index, data[member.start : member.value] + texts[member.key]))
        else:
            out.append((index, None))
    colon = layout.colon.encode()
    if found:
        colon = data[spans.skip_string(data, found[-1].start) : found[-1].value]
    out += [(None, scalar(key).encode("utf-8") + colon + text) for key, text in added]
    return join_items(data, span, [(member.start, member.end) for member in found], out, layout)


def _splice_list(data: bytes, span: Span, old: list[Any], new: list[Any], layout: Layout) -> bytes:
    if len(old) == len(new) > 8 and _all_moved(old, new):
        return dump_like(new, data, span, layout).encode("utf-8")
    found = spans.items(data, span[0])
    inner = inside(data, span[0], found[0][0], layout)
    if len(old) == len(new):
        pairs: list[tuple[int | None, bytes | None]] = [
            (n, None if same(a, b) else splice(data, found[n], a, b, inner))
            for n, (a, b) in enumerate(zip(old, new, strict=True))
        ]
        return join_items(data, span, found, pairs, layout)
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if not same(old[n], new[n])), shorter)
    tail = next((n for n in range(shorter - head) if not same(old[-1 - n], new[-1 - n])), shorter - head)
    model = found[max(head - 1, 0)]
    out: list[tuple[int | None, bytes | None]] = [(n, None) for n in range(head)]
    out += [(None, dump_like(item, data, model, inner).encode("utf-8")) for item in new[head : len(new) - tail]]
    out += [(n, None) for n in range(len(old) - tail, len(old))]
    return join_items(data, span, found, out, layout)


def _all_moved(old: list[Any], new: list[Any]) -> bool:
    return (
        old[0] != new[0]
        and _pairs(old)
        and _pairs(new)
        and all(a[0] != b[0] and a[1] != b[1] for a, b in zip(old, new, strict=True))
    )


def dump_like(value: Any, data: bytes, model: Span, layout: Layout) -> str:
    """``value`` as text that copies the white space of the value at ``model`` level by level."""
    start, end = model
    if isinstance(value, Mapping) and value and data[start : start + 1] == b"{":
        return _object_like(value, data, model, layout)
    if isinstance(value, (list, tuple)) and value and data[start : start + 1] == b"[":
        found = spans.first_two_and_last(data, start, end)
        if not found:
            return pretty(value, layout)
        lead, gap, tail = (edge.decode("ascii") for edge in _found_edges(data, (start, end), found, layout))
        inner = inside(data, start, found[0][0], layout)
        model_pair = _pair_edges(data, found[0], inner) if _pairs(value) else None
        if model_pair is not None:
            a, b, c = model_pair
            parts = [f"[{a}{x!r}{b}{y!r}{c}]" for x, y in value]
        else:
            parts = [dump_like(item, data, found[0], inner) for item in value]
        return f"[{lead}{gap.join(parts)}{tail}]"
    return pretty(value, layout)


def _pair_edges(data: bytes, model: Span, layout: Layout) -> tuple[str, str, str] | None:
    if data[model[0] : model[0] + 1] != b"[":
        return None
    found = spans.items(data, model[0])
    if len(found) != 2:
        return None
    lead, gap, tail = _found_edges(data, model, found, layout)
    return lead.decode("ascii"), gap.decode("ascii"), tail.decode("ascii")


def _object_like(value: Mapping[str, Any], data: bytes, model: Span, layout: Layout) -> str:
    found, _ = spans.members(data, model[0])
    if not found:
        return pretty(value, layout)
    old = [(member.start, member.end) for member in found]
    lead, gap, tail = (edge.decode("ascii") for edge in _found_edges(data, model, old, layout))
    inner = inside(data, model[0], found[0].start, layout)
    known = {member.key: (member.value, member.end) for member in found}
    colon = data[spans.skip_string(data, found[0].start) : found[0].value].decode("ascii")
    parts = []
    for key, item in value.items():
        text = dump_like(item, data, known[key], inner) if key in known else pretty(item, inner)
        parts.append(f"{scalar(key)}{colon}{text}")
    return f"{{{lead}{gap.join(parts)}{tail}}}"
