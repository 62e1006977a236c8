"""Spans and splices of JSON text, against the standard decoder on any text."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anylabel_plus.formats import json_spans, json_splice
from anylabel_plus.formats.json_spans import JsonError
from anylabel_plus.formats.json_splice import Layout

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=True),
    st.text(alphabet=st.characters(codec="utf-8"), max_size=6),
    st.sampled_from(['"', "\\", '\\"', "]}", "{[", ",", "\n", "\\\\"]),
)
_KEYS = st.one_of(st.sampled_from(list("abcd")), st.text(max_size=3, alphabet='a"\\{}[]é'))
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)
_OBJECTS = st.dictionaries(_KEYS, _VALUES, max_size=5)


def _loose(value: Any, rng: random.Random) -> str:
    """JSON text with random white space and escapes."""

    def space() -> str:
        return rng.choice(["", "", " ", "\n  ", "\r\n\t", "  "])

    if isinstance(value, dict):
        parts = [f"{space()}{json.dumps(k)}{space()}:{space()}{_loose(v, rng)}{space()}" for k, v in value.items()]
        return "{" + (",".join(parts) or space()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(f"{space()}{_loose(v, rng)}{space()}" for v in value) or space()) + "]"
    return json.dumps(value, ensure_ascii=rng.random() < 0.5)


def _text(value: Any) -> str:
    return json.dumps(value)


@settings(max_examples=80, deadline=None)
@given(_OBJECTS, st.integers(0, 9))
def test_members_are_found_with_their_values(value: dict[str, Any], seed: int) -> None:
    data = _loose(value, random.Random(seed)).encode()
    found, end = json_spans.members(data, 0)
    assert end == len(data)
    assert {m.key: _text(json.loads(data[m.value : m.end])) for m in found} == {k: _text(v) for k, v in value.items()}
    decoded = {m.key: json_spans.decode(data, m.value, m.end) for m in found}
    assert json_splice.same(decoded, value)


@settings(max_examples=80, deadline=None)
@given(st.lists(_VALUES, max_size=5), st.integers(0, 9))
def test_items_are_found(value: list[Any], seed: int) -> None:
    data = _loose(value, random.Random(seed)).encode()
    assert [_text(json.loads(data[a:b])) for a, b in json_spans.items(data, 0)] == [_text(v) for v in value]


@settings(max_examples=120, deadline=None)
@given(_OBJECTS, _OBJECTS, st.integers(0, 9))
def test_a_splice_holds_the_new_value(old: dict[str, Any], new: dict[str, Any], seed: int) -> None:
    data = _loose(old, random.Random(seed)).encode()
    new = {key: old[key] if key in old and len(key) % 2 else value for key, value in new.items()}
    out = json_splice.splice_object(data, (0, len(data)), old, new, Layout())
    assert json_splice.same(json.loads(out), new)
    again = json_splice.splice_object(data, (0, len(data)), old, dict(old), Layout())
    assert again == data


@settings(max_examples=80, deadline=None)
@given(st.lists(_VALUES, min_size=1, max_size=6), st.lists(_VALUES, max_size=3), st.integers(0, 6), st.integers(0, 9))
def test_list_splices_keep_the_items_around(old: list[Any], put: list[Any], at: int, seed: int) -> None:
    data = _loose(old, random.Random(seed)).encode()
    at = min(at, len(old))
    new = old[:at] + put + old[at + 1 :]
    out = json_splice.splice(data, (0, len(data)), old, new, Layout())
    assert json_splice.same(json.loads(out), new)
    spans = json_spans.items(data, 0)
    if at:
        assert out.startswith(data[: spans[at - 1][1]])


@pytest.mark.parametrize("indent", [None, 1, 2, 4, "\t"])
@settings(max_examples=30, deadline=None)
@given(_VALUES)
def test_pretty_writes_as_json_dumps(indent: Any, value: Any) -> None:
    if indent is None:
        layout = Layout(newline="")
    else:
        layout = Layout(unit=indent if isinstance(indent, str) else " " * indent)
    assert json_splice.pretty(value, layout) == json.dumps(value, ensure_ascii=False, indent=indent)


@settings(max_examples=60, deadline=None)
@given(_VALUES, st.sampled_from([2, "\t"]))
def test_new_text_copies_its_neighbour(value: Any, indent: Any) -> None:
    model = {"a": value, "b": [[1.5, 2.5], [3.5, 4.5]]}
    text = json.dumps({"x": [model]}, indent=indent, ensure_ascii=False)
    data = text.encode()
    (member,), _ = json_spans.members(data, 0)
    new = {"a": value, "b": [[9.5, 8.5]]}
    out = json_splice.splice(data, (0, len(data)), {"x": [model]}, {"x": [model, new]}, Layout())
    assert out.decode() == json.dumps({"x": [model, new]}, indent=indent, ensure_ascii=False)
    assert member.key == "x"


def test_same_is_strict_where_json_is() -> None:
    assert json_splice.same(1, 1.0) and json_splice.same(math.nan, math.nan)
    assert not json_splice.same(1, True) and not json_splice.same(0, None) and not json_splice.same("1", 1)
    assert not json_splice.same([1], [1, 2]) and not json_splice.same({"a": 1}, {"b": 1})


def test_long_strings_and_deep_nesting_are_skipped_quickly() -> None:
    long = b'{"a": "' + b"x\\\\" * 3_000_000 + b'", "b": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    found, end = json_spans.members(long, 0)
    assert [member.key for member in found] == ["a", "b"] and end == len(long)


def test_a_big_nested_object_is_skipped() -> None:
    value = {"k": {"k": {"text": '}"\\', "n": [{"d": {}}]}}, "long": "y" * (1 << 21)}
    data = b" " + json.dumps(value).encode() + b" "
    assert json_spans.skip_value(data, 1) == len(data) - 1


def test_errors_carry_their_offset() -> None:
    with pytest.raises(JsonError) as caught:
        json_spans.members(b'{"a": 1 "b": 2}', 0)
    assert (caught.value.reason, caught.value.offset) == ("expected ',' or '}', found '\"b\": 2}'", 8)
    assert json_spans.line_and_column("é\nüü x".encode(), 8) == (2, 4)
