"""Undo, redo and strokes."""

from __future__ import annotations

import itertools

import pytest

from anylabel_plus.core.document import Document
from anylabel_plus.core.history import History

A, B, C = (Document(name, 10, 10) for name in "abc")


def test_undo_and_redo_give_the_very_documents_and_their_names() -> None:
    history = History()
    assert history.undo() is None and history.redo() is None
    assert (history.undo_name, history.redo_name) == (None, None)
    assert history.push("first", A, B) and history.push("second", B, C)
    assert history.undo_name == "second"
    assert history.undo() == ("second", B)
    assert (history.undo_name, history.redo_name) == ("first", "second")
    assert history.redo() == ("second", C)
    history.undo()
    assert history.undo() == ("first", A)
    assert not history.can_undo and history.can_redo


def test_a_step_after_undo_forgets_what_was_undone() -> None:
    history = History()
    history.push("first", A, B)
    history.undo()
    history.push("other", A, C)
    assert history.redo() is None
    assert history.undo() == ("other", A)


def test_nothing_changed_is_no_step() -> None:
    history = History()
    assert not history.push("nothing", A, A)
    assert not history.can_undo
    history.push("first", A, B)
    history.undo()
    history.push("nothing", A, A)
    assert history.redo_name == "first"


def test_a_stroke_is_one_step() -> None:
    history = History()
    history.begin("drag", A)
    assert history.in_stroke and history.undo_name == "drag"
    assert history.commit(C)
    assert history.undo() == ("drag", A)
    assert history.redo() == ("drag", C)


def test_an_aborted_or_empty_stroke_is_none() -> None:
    history = History()
    history.begin("drag", A)
    assert history.abort() is A
    history.begin("drag", A)
    assert not history.commit(A)
    assert not history.can_undo


def test_undo_in_a_stroke_takes_the_stroke_back() -> None:
    history = History()
    history.push("first", A, B)
    history.begin("drag", B)
    assert history.redo() is None
    assert history.undo() == ("drag", B)
    assert history.undo() == ("first", A)


def test_strokes_do_not_nest() -> None:
    history = History()
    with pytest.raises(RuntimeError, match="no stroke"):
        history.commit(A)
    with pytest.raises(RuntimeError, match="no stroke"):
        history.abort()
    history.begin("drag", A)
    with pytest.raises(RuntimeError, match="'drag' is open"):
        history.begin("brush", A)
    with pytest.raises(RuntimeError, match="'drag' is open"):
        history.push("step", A, B)


def test_saved_is_remembered_by_identity() -> None:
    history = History()
    assert not history.is_saved(A)
    history.mark_saved(A)
    history.push("first", A, B)
    assert history.is_saved(A) and not history.is_saved(B)
    history.clear()
    assert not history.is_saved(A) and not history.can_undo


def test_steps_are_unlimited() -> None:
    history = History()
    documents = [Document(str(n), 10, 10) for n in range(3000)]
    for before, after in itertools.pairwise(documents):
        history.push("step", before, after)
    for expected in reversed(documents[:-1]):
        assert history.undo() == ("step", expected)
