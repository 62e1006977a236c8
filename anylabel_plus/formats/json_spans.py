"""Where the values of a JSON text lie, in bytes, without building them.

Works on any JSON that the rival programs accept: NaN and Infinity, repeated keys, CRLF, any
nesting depth (nothing here recurses). The scanner finds spans and checks separators; whether a
scalar is well formed shows when its slice is decoded with ``decode``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

_LONGEST_TOKEN = 64  # of a number or name, with room
_LONGEST_PLAIN = 1 << 20  # a bound to the time one match may take
BOM = b"\xef\xbb\xbf"

_SPACE = re.compile(rb"[ \t\r\n]*")
_SCALAR = re.compile(rb"[-+.\w]+")
_IN_OBJECT = re.compile(rb'["{}]')
# An object whose members are no objects, or objects of scalars: one match for nearly every shape.
# Unrolled so that no text is tried twice.
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_FLAT_OBJECT = rb"\{[^\"{}]*(?:" + _STRING + rb"[^\"{}]*)*\}"
_PLAIN_OBJECT = re.compile(rb"\{[^\"{}]*(?:(?:" + _STRING + rb"|" + _FLAT_OBJECT + rb')[^"{}]*)*\}', re.DOTALL)
_IN_ARRAY = re.compile(rb'["\[\]]')
_QUOTE_OR_ESCAPE = re.compile(rb'["\\]')
_fast = msgspec.json.Decoder()


class JsonError(ValueError):
    """Malformed JSON: ``reason`` and the byte ``offset`` it was seen at."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Member:
    """One ``"key": value`` of an object; offsets are bytes, ends exclusive."""

    key: str
    start: int
    value: int
    end: int


def skip_space(data: bytes, at: int) -> int:
    """Offset of the first byte at or after ``at`` that is not white space."""
    match = _SPACE.match(data, at)
    return match.end() if match else at


def _ended(data: bytes) -> JsonError:
    return JsonError("the text ends in the middle (the file is cut off)", len(data))


def _unexpected(data: bytes, at: int, wanted: str) -> JsonError:
    if at >= len(data):
        return _ended(data)
    seen = data[at : at + 12].split(b"\n")[0].decode("utf-8", "replace").strip()
    return JsonError(f"expected {wanted}, found {seen!r}", at)


def skip_string(data: bytes, at: int) -> int:
    """End of the string whose opening quote is at ``at``."""
    at += 1
    while True:
        quote = data.find(b'"', at)
        if quote < 0:
            raise _ended(data)
        slashes = quote
        while data[slashes - 1] == 0x5C and slashes > at:
            slashes -= 1
        if (quote - slashes) % 2 == 0:
            return quote + 1
        at = quote + 1


def _skip_nested(data: bytes, at: int) -> int:
    """End of the object or array that opens at ``at``: only its own kind of bracket is counted."""
    opening = data[at]
    search = (_IN_OBJECT if opening == 0x7B else _IN_ARRAY).search
    depth = 1
    at += 1
    while True:
        match = search(data, at)
        if match is None:
            raise _ended(data)
        at = match.start()
        token = data[at]
        if token == 0x22:
            at = skip_string(data, at)
            continue
        at += 1
        if token == opening:
            depth += 1
        else:
            depth -= 1
            if not depth:
                return at


def skip_value(data: bytes, at: int) -> int:
    """End of the value that begins at ``at``; raises JsonError when there is none."""
    if at >= len(data):
        raise _ended(data)
    first = data[at]
    if first == 0x22:
        return skip_string(data, at)
    if first == 0x7B:
        plain = _PLAIN_OBJECT.match(data, at, at + _LONGEST_PLAIN)
        return plain.end() if plain else _skip_nested(data, at)
    if first == 0x5B:
        return _skip_nested(data, at)
    match = _SCALAR.match(data, at)
    if match is None:
        raise _unexpected(data, at, "a value")
    return match.end()


def members(
    data: bytes, start: int, arrays: dict[str, list[tuple[int, int]]] | None = None
) -> tuple[list[Member], int]:
    """The members of the object that opens at ``start``, repeated keys included, and its end.

    ``arrays`` names keys whose value, if it is an array, is not skipped but itemised: the spans of
    its items are put there, so that a big array is scanned only once.
    """
    if data[start : start + 1] != b"{":
        raise _unexpected(data, start, "an object { … }")
    found: list[Member] = []
    at = skip_space(data, start + 1)
    if data[at : at + 1] == b"}":
        return found, at + 1
    while True:
        if data[at : at + 1] != b'"':
            raise _unexpected(data, at, 'a key in "quotes"')
        key_end = skip_string(data, at)
        colon = skip_space(data, key_end)
        if data[colon : colon + 1] != b":":
            raise _unexpected(data, colon, "':'")
        value = skip_space(data, colon + 1)
        key = _key(data, at, key_end)
        if arrays is not None and key in arrays and data[value : value + 1] == b"[":
            arrays[key], end = itemise(data, value, key)
        else:
            end = skip_value(data, value)
        found.append(Member(key, at, value, end))
        at, done = _next_item(data, end, b"}")
        if done:
            return found, at


def _key(data: bytes, start: int, end: int) -> str:
    raw = data[start + 1 : end - 1]
    return str(decode(data, start, end)) if b"\\" in raw else raw.decode("utf-8")


def _next_item(data: bytes, end: int, closing: bytes) -> tuple[int, bool]:
    """After an item: the offset of the next one, or the container's end and True."""
    at = skip_space(data, end)
    separator = data[at : at + 1]
    if separator == closing:
        return at + 1, True
    if separator != b",":
        raise _unexpected(data, at, f"',' or '{closing.decode()}'")
    return skip_space(data, at + 1), False


def itemise(data: bytes, start: int, name: str = "") -> tuple[list[tuple[int, int]], int]:
    """Spans of the items of the array that opens at ``start``, and its end.

    ``name`` is put before the reason of a JsonError with the index of the item concerned.
    """
    if data[start : start + 1] != b"[":
        raise _unexpected(data, start, "a list [ … ]")
    found: list[tuple[int, int]] = []
    at = skip_space(data, start + 1)
    if data[at : at + 1] == b"]":
        return found, at + 1
    try:
        while True:
            end = skip_value(data, at)
            found.append((at, end))
            at, done = _next_item(data, end, b"]")
            if done:
                return found, at
    except JsonError as error:
        if not name:
            raise
        raise JsonError(f"{name}[{len(found)}]: {error.reason}", error.offset) from error


def first_two_and_last(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the first two items of the array ``start``:``end`` and, as a third, one that ends
    where the last item ends; fewer when there are fewer. Cheap for long arrays.
    """
    found: list[tuple[int, int]] = []
    at = skip_space(data, start + 1)
    if data[at : at + 1] == b"]":
        return found
    for _ in range(2):
        stop = skip_value(data, at)
        found.append((at, stop))
        at, done = _next_item(data, stop, b"]")
        if done:
            return found
    last = end - 1
    while data[last - 1] in b" \t\r\n":
        last -= 1
    return [*found, (at, last)]


def items(data: bytes, start: int) -> list[tuple[int, int]]:
    """Spans of the items of the array that opens at ``start``."""
    return itemise(data, start)[0]


def decode(data: bytes, start: int, end: int) -> Any:
    """The value of the slice as plain data; NaN, Infinity and repeated keys (last wins) allowed.

    Raises:
        JsonError: malformed, too deep, or a number too long to hold.
    """
    try:
        return _fast.decode(memoryview(data)[start:end])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_tolerant(data, start, end)


def decode_plain(data: bytes) -> Any:
    """The value of a whole text at once.

    Raises:
        ValueError: anything out of the ordinary; look closer with ``members`` and ``decode``.
    """
    try:
        return _fast.decode(data.removeprefix(BOM))
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError("not plain JSON") from error


def _decode_tolerant(data: bytes, start: int, end: int) -> Any:
    text = data[start:end].decode("utf-8", "strict")
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        offset = start + len(text[: error.pos].encode("utf-8"))
        raise JsonError(error.msg[:1].lower() + error.msg[1:], offset) from error
    except RecursionError as error:
        raise JsonError("the value is nested too deeply", start) from error
    except ValueError as error:  # a whole number of more than 4,300 digits
        raise JsonError("a number has too many digits", start) from error


def first_error(data: bytes, found: JsonError) -> JsonError:
    """The earliest error of a text in which the scanner has ``found`` one.

    Brackets of the wrong kind are noticed by the scanner only where they fail to match, which may
    be far behind.
    """
    ended = found.offset >= len(data)
    text = data.removeprefix(BOM).decode("utf-8", "replace")
    try:
        json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        offset = len(data) - len(text[error.pos :].encode("utf-8"))
        # A text that was cut off ends in a torn token: then ``found`` says it better.
        torn = ended and (offset > len(data) - _LONGEST_TOKEN or error.msg.startswith("Unterminated"))
        if offset < found.offset and not torn:
            return JsonError(error.msg[:1].lower() + error.msg[1:], offset)
    except (ValueError, RecursionError):
        pass
    return found


def line_and_column(data: bytes, offset: int) -> tuple[int, int]:
    """Of a byte offset, both from 1; the column counts characters."""
    before = data[:offset]
    line_start = before.rfind(b"\n") + 1
    return before.count(b"\n") + 1, len(before[line_start:].decode("utf-8", "replace")) + 1
