"""Documents are compared by what they say, whatever ids their shapes have."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.core import edits
from anylabel_plus.core.compare import differences, paired, same_shape
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.mask_value import Mask
from anylabel_plus.core.merge import merge
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.formats import native


def box(label: str, x: float, y: float = 10.0, side: float = 20.0, **more: Any) -> Shape:
    return make_shape("rectangle", label, [(x, y), (x + side, y + side)], **more)


def document(*shapes: Shape) -> Document:
    return add_shapes(Document("photo.png", 400, 300), list(shapes))


def read_again(value: Document) -> Document:
    """The same document as another program would find it: new objects, ids by file order."""
    return native.parse(native.serialize(value), "photo.json")


def said(value: Document) -> list[tuple[str, float]]:
    return sorted((shape.label, float(shape.points[0, 0])) for shape in value.shapes)


def test_a_second_reading_is_no_difference() -> None:
    crop = np.ones((3, 4), bool)
    mask = make_shape("mask", "m", [(5, 6), (9, 9)], mask=Mask(crop, 5, 6))
    value = document(box("a", 0), mask, box("b", 50, flags={"x": True}))
    found = differences(read_again(value), read_again(value))
    assert found.empty and found.changed == ()


@pytest.mark.parametrize(
    ("edit", "counts"),
    [
        (lambda d: add_shapes(d, [box("new", 200)]), (1, 0, 0)),
        (lambda d: edits.remove_shapes(d, [1]), (0, 1, 0)),
        (lambda d: edits.set_label(d, [2], "renamed"), (0, 0, 1)),
        (lambda d: edits.move_shapes(d, [2], 5.0, 3.0), (0, 0, 1)),
        (lambda d: edits.move_shapes(d, [3], 150.0, 100.0), (0, 0, 1)),
        (lambda d: edits.set_fields(edits.set_label(d, [1], "x"), [3], group_id=4), (0, 0, 2)),
    ],
)
def test_what_was_done_is_found(edit: Any, counts: tuple[int, int, int]) -> None:
    before = document(box("a", 0), box("b", 50), box("c", 120))
    found = differences(read_again(before), read_again(edit(before)))
    assert (len(found.added), len(found.removed), len(found.changed)) == counts
    assert not found.reordered


def test_order_and_image_fields_are_found() -> None:
    before = document(box("a", 0), box("b", 50))
    after = edits.raise_shapes(before, [1]).with_(description="text")
    found = differences(read_again(before), read_again(after))
    assert found.reordered and found.image_fields == ("description",) and not found.changed
    assert not found.empty


def test_twins_are_paired_one_to_one() -> None:
    twins = document(*(box("same", 0) for _ in range(5)))
    pairs = paired(twins.shapes, read_again(edits.remove_shapes(twins, [3])).shapes)
    assert sum(b is None for _, b in pairs) == 1 and len(pairs) == 5


Edits = st.lists(st.tuples(st.sampled_from(("add", "remove", "move", "label")), st.integers(0, 9)), max_size=6)


def changed(value: Document, steps: list[tuple[str, int]], mark: str) -> Document:
    for number, (what, where) in enumerate(steps):
        ids = [value.shapes[where % len(value.shapes)].id] if value.shapes else []
        if what == "add":
            value = add_shapes(value, [box(f"{mark}{number}", 10.0 * where, 200.0, 8.0)])
        elif ids and what == "remove":
            value = edits.remove_shapes(value, ids)
        elif ids and what == "move":
            value = edits.move_shapes(value, ids, 1.0 + number, 2.0)
        elif ids:
            value = edits.set_label(value, ids, f"{mark}{number}")
    return value


@given(Edits)
def test_changes_of_one_side_only_are_that_side(steps: list[tuple[str, int]]) -> None:
    base = document(*(box(f"s{n}", 40.0 * n) for n in range(6)))
    one = changed(base, steps, "m")
    mine_only = merge(base, one, read_again(base))
    theirs_only = merge(base, base, read_again(one))
    for result in (mine_only, theirs_only):
        assert not result.conflicts
        assert said(result.document) == said(one)
    both = merge(base, one, read_again(one))
    assert not both.conflicts and said(both.document) == said(one)


@given(Edits, Edits)
def test_nothing_that_one_side_alone_added_is_lost(mine: list[tuple[str, int]], theirs: list[tuple[str, int]]) -> None:
    base = read_again(document(*(box(f"s{n}", 40.0 * n) for n in range(6))))
    ours, other = changed(base, mine, "m"), read_again(changed(base, theirs, "t"))
    result = merge(base, ours, other)
    ids = [shape.id for shape in result.document.shapes]
    assert len(set(ids)) == len(ids) and max(ids, default=0) < result.document.next_id
    kept = native.parse(native.serialize(result.document), "merged.json")
    assert said(kept) == said(result.document)


def test_a_move_here_and_a_name_there_are_both_taken() -> None:
    base = read_again(document(box("a", 0), box("b", 100)))
    mine = edits.move_shapes(base, [1], 5.0, 0.0)
    theirs = read_again(edits.set_label(base, [1], "renamed"))
    result = merge(base, mine, theirs)
    assert not result.conflicts
    assert said(result.document) == [("b", 100.0), ("renamed", 5.0)]


def test_both_moved_is_a_conflict_that_mine_wins_unless_told() -> None:
    base = read_again(document(box("a", 0), box("b", 100)))
    mine = edits.move_shapes(base, [1], 5.0, 0.0)
    theirs = read_again(edits.move_shapes(base, [1], 3.0, 4.0))
    result = merge(base, mine, theirs)
    assert len(result.conflicts) == 1
    assert said(result.document) == [("a", 5.0), ("b", 100.0)]
    other = merge(base, mine, theirs, prefer_theirs={0})
    assert said(other.document) == [("a", 3.0), ("b", 100.0)]
    assert other.document is theirs


def test_deleted_here_and_changed_there_is_a_conflict() -> None:
    base = read_again(document(box("a", 0), box("b", 100)))
    deleted, moved = edits.remove_shapes(base, [1]), edits.move_shapes(base, [1], 5.0, 0.0)
    first = merge(base, deleted, read_again(moved))
    assert first.conflicts[0].mine is None and said(first.document) == [("b", 100.0)]
    assert said(merge(base, deleted, read_again(moved), {0}).document) == [("a", 5.0), ("b", 100.0)]
    second = merge(base, moved, read_again(deleted))
    assert second.conflicts[0].theirs is None and said(second.document) == [("a", 5.0), ("b", 100.0)]
    assert said(merge(base, moved, read_again(deleted), {0}).document) == [("b", 100.0)]


def test_unknown_keys_of_theirs_survive() -> None:
    base = read_again(document(box("a", 0)))
    data = json.loads(native.serialize(base))
    data["chat_history"] = [{"role": "user"}]
    data["shapes"][0]["tool"] = "other"
    theirs = native.parse(json.dumps(data).encode(), "photo.json")
    merged = merge(base, add_shapes(base, [box("mine", 200)]), theirs).document
    kept = json.loads(native.serialize(merged))
    assert kept["chat_history"] == [{"role": "user"}] and kept["shapes"][0]["tool"] == "other"
    assert [shape["label"] for shape in kept["shapes"]] == ["a", "mine"]


def test_a_field_of_the_image_that_both_changed_is_named() -> None:
    base = document(box("a", 0))
    result = merge(base, base.with_(description="mine", tags=("x",)), base.with_(description="theirs"))
    assert result.image_fields == ("description",)
    assert (result.document.description, result.document.tags) == ("mine", ("x",))


def test_same_shape_sees_every_field() -> None:
    shape = box("a", 0)
    assert same_shape(shape, shape.with_(id=99))
    for change in ({"score": 0.5}, {"extra": {"k": 1}}, {"locked": True}, {"attributes": {"a": True}}):
        assert not same_shape(shape, shape.with_(**change))
