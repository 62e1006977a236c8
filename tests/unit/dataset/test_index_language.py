"""The query language: every form, and an error that names the part that is wrong."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.dataset.index import Filter, QueryError, Range, parse, quoted
from anylabel_plus.dataset.index.language import _KEYS
from anylabel_plus.dataset.index.query import SORTS, matching


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Filter()),
        ("  ", Filter()),
        ("car bus", Filter(text=("car", "bus"))),
        ('"my car" -x', Filter(text=("my car",), no_text=("x",))),
        ("label:car,bus label:dog", Filter(labels=(("car", "bus"), ("dog",)))),
        ('label:"a b","c,d"', Filter(labels=(("a b", "c,d"),))),
        ("-label:car", Filter(no_labels=(("car",),))),
        ("Score:<0.5", Filter(score=Range(high=0.5, high_open=True))),
        ("score:>=0.5", Filter(score=Range(0.5))),
        ("score:0.2..0.5", Filter(score=Range(0.2, 0.5))),
        ("count:3", Filter(count=Range(3, 3))),
        ("by:person,model -by:synth", Filter(by=("human", "model"), no_by=("synthesis",))),
        ("kind:mask", Filter(kinds=("mask",))),
        ("checked:no labeled:YES -waiting:yes", Filter(checked=False, labelled=True, waiting=False)),
        ("tag:a -flag:b", Filter(tags=(("a",),), no_flags=(("b",),))),
        ("split:val,test", Filter(splits=("val", "test"))),
        ('re:"a b" -re:x$', Filter(pattern="a b", no_pattern="x$")),
        ("re:^img_[0-9]{3}:x", Filter(pattern="^img_[0-9]{3}:x")),
        ("-sort:time", Filter(sort="time", descending=True)),
        ('"a:b"', Filter(text=("a:b",))),
    ],
)
def test_forms(text: str, wanted: Filter) -> None:
    assert parse(text) == wanted


@pytest.mark.parametrize(
    ("text", "part", "says"),
    [
        ("colour:red", "colour:red", "not known"),
        ("a label:", "label:", "missing"),
        ('a "b', '"', "partner"),
        ("score:high", "score:high", "no number"),
        ("score:<0.5 score:>0.1", "score:>0.1", "twice"),
        ("-score:<0.5", "-score:<0.5", "not possible"),
        ("by:cat", "by:cat", "none of the values"),
        ("kind:blob", "kind:blob", "none of the values"),
        ("checked:maybe", "checked:maybe", "yes or no"),
        ("re:(", "re:(", "no regular expression"),
        ("re:a re:b", "re:b", "Only one"),
        ("sort:colour", "sort:colour", "Cannot sort"),
        ("a -", "-", "alone"),
    ],
)
def test_errors_name_the_part(text: str, part: str, says: str) -> None:
    with pytest.raises(QueryError, match=says) as caught:
        parse(text)
    assert caught.value.part == part
    assert pickle.loads(pickle.dumps(caught.value)).part == part  # noqa: S301 (our own)


@given(st.text(max_size=30))
def test_any_text_is_a_filter_or_a_clear_error(text: str) -> None:
    try:
        assert isinstance(parse(text), Filter)
    except QueryError as error:
        assert error.text


@given(st.text(alphabet="ab ,:-*", min_size=1).filter(lambda name: name.strip() == name and name))
def test_a_quoted_label_comes_back(name: str) -> None:
    assert parse(f"label:{quoted(name)}").labels == ((name,),)


def test_names_with_brackets_are_no_patterns() -> None:
    assert matching(["a[1]", "a1"], ["A[1]"]) == ["a[1]"]


def test_the_empty_filter() -> None:
    assert parse("sort:size").empty
    assert not parse("x").empty


def test_every_key_is_documented() -> None:
    from anylabel_plus.dataset.index import language

    assert language.__doc__ is not None
    for key in _KEYS:
        assert f"{key}:" in language.__doc__, key
    assert set(SORTS) == {"name", "time", "size", "count", "score"}
