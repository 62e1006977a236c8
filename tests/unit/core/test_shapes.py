"""The values: shapes, documents, provenance, errors."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.errors import FirewallError, UserError
from anylabel_plus.core.provenance import Provenance, source_of
from anylabel_plus.core.shapes import KINDS, as_points, make_shape


@pytest.mark.parametrize("kind", KINDS)
def test_point_counts_of_every_kind_are_checked(kind: str) -> None:
    row = KINDS[kind]
    allowed = {row.min_points, row.max_points or row.min_points + 3}
    for count in range(12):
        points = [(n, n * n) for n in range(count)]
        if row.min_points <= count <= (row.max_points or 99):
            assert len(make_shape(kind, "a", points).points) == count
            allowed.discard(count)
        else:
            with pytest.raises(ValueError, match=f"a {kind} cannot have {count} points"):
                make_shape(kind, "a", points)
    assert not allowed


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown shape kind 'blob'.*polygon"):
        make_shape("blob", "a", [(1, 2)])


@pytest.mark.parametrize("values", [[1, 2, 3], [[1, 2, 3]], [[[1, 2]]], 5])
def test_points_must_be_pairs(values: object) -> None:
    with pytest.raises(ValueError, match="pairs of numbers"):
        as_points(values)  # type: ignore[arg-type]


def test_points_are_read_only_copies() -> None:
    own = np.array([(1.0, 2.0), (3.0, 4.0), (5.0, 9.0)])
    shape = make_shape("polygon", "a", own, holes=[own])
    own[0] = 99
    assert shape.points[0].tolist() == shape.holes[0][0].tolist() == [1, 2]
    changed = shape.with_(points=[(0, 0), (1, 0), (1, 1)], holes=[[(0, 0), (1, 0), (1, 1)]])
    for points in (shape.points, shape.holes[0], changed.points, changed.holes[0]):
        with pytest.raises(ValueError, match="read-only"):
            points[0] = 1


def test_added_shapes_get_ids_that_are_never_used_again() -> None:
    line = make_shape("line", "a", [(0, 0), (1, 1)])
    first = add_shapes(Document("a.jpg", 10, 10), [line, line])
    shorter = first.with_(shapes=first.shapes[:1])
    second = add_shapes(shorter, (line,))
    assert [shape.id for shape in second.shapes] == [1, 3]
    assert second.shapes[0] is first.shapes[0]
    assert second.shape(3) is second.shapes[1]
    with pytest.raises(KeyError):
        second.shape(2)


def test_provenance() -> None:
    made = Provenance("model", model="m", score=0.5)
    assert made.untouched_by_people
    assert made.as_edited().as_edited() is not made and made.as_edited().edited
    assert made.as_reviewed().as_reviewed() == made.as_reviewed()
    assert not made.as_edited().untouched_by_people and not made.as_reviewed().untouched_by_people
    assert not Provenance("human").untouched_by_people
    assert (source_of(None), source_of(made)) == ("human", "model")


@pytest.mark.parametrize("kind", [UserError, FirewallError])
def test_user_errors_travel_between_processes_whole(kind: type[UserError]) -> None:
    error = pickle.loads(pickle.dumps(kind("text", "hint")))  # noqa: S301
    assert type(error) is kind and (error.text, error.hint, str(error)) == ("text", "hint", "text hint")
    assert str(kind("text")) == "text"


def test_core_loads_no_opencv() -> None:
    code = (
        "import sys, anylabel_plus.core.edits, anylabel_plus.core.history, anylabel_plus.core.labels;"
        "print([m for m in ('cv2', 'PIL', 'PySide6', 'onnxruntime') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
