"""Edits share what they do not touch, mark what people changed, and can all be undone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anylabel_plus.core import edits, geometry, masks
from anylabel_plus.core.document import Document
from anylabel_plus.core.history import History
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import KINDS, Shape, make_shape

MODEL = Provenance("model", model="m", score=0.5)
WIDTH, HEIGHT = 100, 80
HOLE = ((15, 15), (15, 20), (20, 20), (20, 15))
ROTATED = ((40, 20), (60, 40), (50, 50), (30, 30))
POINTS: dict[str, Any] = {
    "polygon": ((10, 10), (30, 10), (30, 30), (10, 30)),
    "rectangle": ((30, 10), (10, 30)),
    "rotation": ROTATED,
    "circle": ((25, 25), (25, 35)),
    "line": ((3, 4), (40, 30)),
    "linestrip": ((3, 4), (40, 30), (10, 40)),
    "point": ((12, 13),),
    "points": ((12, 13), (20, 25), (33, 8)),
    "quadrilateral": ((10, 10), (30, 12), (28, 30), (9, 27)),
    "cuboid": ((10, 20), (30, 20), (30, 40), (10, 40), (16, 16), (36, 16), (36, 36), (16, 36)),
    "mask": ((12, 14), (20, 20)),
}


def example(kind: str, **fields: Any) -> Shape:
    if kind == "polygon":
        fields.setdefault("holes", (HOLE,))
    if kind == "mask":
        fields["mask"] = Mask(np.ones((6, 8), np.bool_), 12, 14)
    if kind == "rotation":
        fields["direction"] = geometry.angle(np.array(ROTATED, np.float64))
    return make_shape(kind, kind, POINTS[kind], **fields)


def document(*shapes: Shape) -> Document:
    return edits.add_shapes(Document("a.jpg", WIDTH, HEIGHT), shapes)


ALL = document(*(example(kind) for kind in KINDS))
IDS = {shape.kind: shape.id for shape in ALL.shapes}


def test_every_kind_has_an_example() -> None:
    assert set(POINTS) == set(KINDS)


# ---------------------------------------------------------------- identity


NOTHING: dict[str, Callable[[Document], Document]] = {
    "move by nothing": lambda d: edits.move_shapes(d, IDS.values(), 0, 0),
    "move no shape": lambda d: edits.move_shapes(d, (), 5, 5),
    "vertex to its place": lambda d: edits.move_vertex(d, IDS["polygon"], 0, 2, 30, 30),
    "circle to its place": lambda d: edits.move_vertex(d, IDS["circle"], 0, 0, 25, 25),
    "same label": lambda d: edits.set_label(d, [IDS["line"]], "line"),
    "same fields": lambda d: edits.set_fields(d, IDS.values(), flags={}, group_id=None, locked=False),
    "same points": lambda d: edits.set_points(d, IDS["line"], [[3, 4], [40, 30]]),
    "same pixels": lambda d: edits.set_mask(d, IDS["mask"], Mask(np.pad(np.ones((6, 8), np.bool_), 2), 10, 12)),
    "replace by itself": lambda d: edits.replace_shapes(d, {s.id: s for s in d.shapes}),
    "remove none": lambda d: edits.remove_shapes(d, ()),
    "duplicate none": lambda d: edits.duplicate(d, ()),
    "raise the top": lambda d: edits.raise_shapes(d, [d.shapes[-1].id]),
    "raise all": lambda d: edits.raise_shapes(d, IDS.values(), to_top=True),
    "lower the bottom": lambda d: edits.lower_shapes(d, [d.shapes[0].id]),
    "no vertex for a rectangle": lambda d: edits.insert_vertex(d, IDS["rectangle"], 0, 1, 5, 5),
    "no vertex from a line": lambda d: edits.remove_vertex(d, IDS["line"], 0, 1),
}


@pytest.mark.parametrize("name", NOTHING)
def test_an_edit_that_changes_nothing_returns_the_very_document(name: str) -> None:
    assert NOTHING[name](ALL) is ALL


def test_untouched_shapes_stay_the_same_objects() -> None:
    after = edits.move_vertex(ALL, IDS["polygon"], 0, 0, 5, 5)
    changed = [a is not b for a, b in zip(ALL.shapes, after.shapes, strict=True)]
    assert changed == [shape.kind == "polygon" for shape in ALL.shapes]


def test_an_unknown_id_is_an_error() -> None:
    for edit in (edits.remove_shapes, edits.raise_shapes, edits.duplicate):
        with pytest.raises(KeyError, match="999"):
            edit(ALL, [999])
    with pytest.raises(KeyError, match="999"):
        edits.move_vertex(ALL, 999, 0, 0, 1, 1)


def test_one_of_five_thousand_is_replaced_in_well_under_a_millisecond() -> None:
    many = document(*[example("polygon")] * 5000)
    best = math.inf
    for n in range(30):
        start = time.perf_counter()
        edits.move_vertex(many, 4321, 0, 0, 5 + n / 10, 5)
        best = min(best, time.perf_counter() - start)
    assert best < 1e-3


# ---------------------------------------------------------------- marks


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: edits.move_shapes(d, [1], 3, 3),
        lambda d: edits.move_vertex(d, 1, 0, 0, 5, 5),
        lambda d: edits.move_vertex(d, 1, 1, 0, 16, 16),
        lambda d: edits.insert_vertex(d, 1, 0, 1, 20, 9),
        lambda d: edits.remove_vertex(d, 1, 0, 1),
        lambda d: edits.set_label(d, [1], "other"),
        lambda d: edits.set_points(d, 1, [[1, 1], [9, 1], [9, 9]]),
    ],
)
def test_geometry_and_label_mark_a_shape_that_carries_provenance(edit: Callable[[Document], Document]) -> None:
    made = edit(document(example("polygon", provenance=MODEL)))
    assert made.shapes[0].provenance == MODEL.as_edited()
    assert edit(document(example("polygon"))).shapes[0].provenance is None


def test_other_fields_do_not_mark() -> None:
    made = edits.set_fields(document(example("polygon", provenance=MODEL)), [1], group_id=4, description="x")
    assert made.shapes[0].provenance is MODEL
    reviewed = edits.set_fields(made, [1], provenance=MODEL.as_reviewed())
    assert reviewed.shapes[0].provenance == MODEL.as_reviewed()


def test_true_is_not_one() -> None:
    one = edits.set_fields(ALL, [IDS["point"]], attributes={"n": 1})
    assert edits.set_fields(one, [IDS["point"]], difficult=True) is not one


def test_an_unknown_field_is_refused() -> None:
    for name in ("id", "colour"):
        with pytest.raises(ValueError, match=f"no field {name}"):
            edits.set_fields(ALL, [1], **{name: 3})


def test_locked_shapes_keep_their_geometry() -> None:
    locked = edits.set_locked(ALL, IDS.values())
    assert edits.move_shapes(locked, IDS.values(), 3, 3) is locked
    assert edits.move_vertex(locked, IDS["polygon"], 0, 0, 1, 1) is locked
    assert edits.insert_vertex(locked, IDS["polygon"], 0, 1, 1, 1) is locked
    assert edits.remove_vertex(locked, IDS["polygon"], 0, 1) is locked
    assert edits.set_points(locked, IDS["line"], [[1, 1], [2, 2]]) is locked
    assert edits.set_label(locked, [1], "x") is not locked


# ---------------------------------------------------------------- moving


def test_shapes_move_together_and_stop_at_the_edge() -> None:
    pair = document(example("polygon"), example("circle"))
    moved = edits.move_shapes(pair, [1, 2], -50, 200)
    # The polygon reaches the left edge first; both reach down to 35 and stop at 80.
    assert geometry.bounds(moved.shapes[0]) == (0, 55, 20, 75)
    assert geometry.bounds(moved.shapes[1]) == (5, 60, 25, 80)
    assert moved.shapes[0].holes[0][0].tolist() == [5, 60]


def test_a_shape_outside_is_not_forced_in_but_may_come_in() -> None:
    outside = document(make_shape("line", "a", ((-20, 5), (-10, 5))))
    assert edits.move_shapes(outside, [1], -5, 0) is outside
    assert edits.move_shapes(outside, [1], 15, 0).shapes[0].points[0].tolist() == [-5, 5]


def test_masks_move_by_whole_pixels_and_share_their_crop() -> None:
    start = document(example("mask"))
    moved = edits.move_shapes(start, [1], 2.6, -1.4)
    mask = moved.shapes[0].mask
    assert mask is not None and (mask.x, mask.y) == (15, 13)
    assert mask.crop.base is start.shapes[0].mask.crop.base or mask.crop is start.shapes[0].mask.crop  # type: ignore[union-attr]
    assert moved.shapes[0].points.tolist() == [[15, 13], [23, 19]]
    assert edits.move_shapes(start, [1], 0.3, 0.3) is start
    edge = edits.move_shapes(start, [1], 1e9, 1e9).shapes[0].mask
    assert edge is not None and edge.bounds == (92, 74, 100, 80)


def test_moving_keeps_the_direction_to_the_last_bit() -> None:
    start = document(example("rotation"))
    assert edits.move_shapes(start, [1], 3.3, 1.7).shapes[0].direction == start.shapes[0].direction


def test_duplicates_are_new_free_shapes_on_top() -> None:
    start = document(example("polygon", locked=True, provenance=MODEL), example("line"))
    after = edits.duplicate(start, [1, 2], 5, 5)
    assert [shape.id for shape in after.shapes] == [1, 2, 3, 4]
    assert after.shapes[:2] == start.shapes
    assert after.shapes[2].points[0].tolist() == [15, 15]
    assert not after.shapes[2].locked
    assert after.shapes[2].provenance == MODEL.as_edited()


# ---------------------------------------------------------------- vertices


@pytest.mark.parametrize(
    "points", [((30, 10), (10, 30)), ((10, 10), (30, 30)), ((30, 30), (10, 10)), ((10, 30), (30, 10))]
)
@pytest.mark.parametrize("index", range(4))
def test_a_rectangles_opposite_corner_stays(points: Any, index: int) -> None:
    start = document(make_shape("rectangle", "a", points))
    before = geometry.handles(start.shapes[0])
    after = geometry.handles(edits.move_vertex(start, 1, 0, index, 41, 47).shapes[0])
    opposite = (index + 2) % 4
    assert (after[index].x, after[index].y) == (41, 47)
    assert (after[opposite].x, after[opposite].y) == (before[opposite].x, before[opposite].y)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("index", range(4))
def test_a_rotated_box_stays_a_box_in_its_direction(index: int, mirrored: bool) -> None:
    points = ROTATED[::-1] if mirrored else ROTATED
    start = document(make_shape("rotation", "a", points, direction=geometry.angle(np.array(points, np.float64))))
    old = start.shapes[0].points
    outwards = (old[index] - old.mean(axis=0)) * 0.3 + (1.0, -0.5)
    x, y = (old[index] + outwards).tolist()
    shape = edits.move_vertex(start, 1, 0, index, x, y).shapes[0]
    assert shape.points[index].tolist() == pytest.approx([x, y])
    assert shape.points[(index + 2) % 4].tolist() == old[(index + 2) % 4].tolist()
    sides = np.roll(shape.points, -1, axis=0) - shape.points
    for n in range(4):
        assert sides[n] @ sides[(n + 1) % 4] == pytest.approx(0, abs=1e-9)
    assert shape.direction == pytest.approx(start.shapes[0].direction)


def test_a_box_without_direction_is_not_given_one() -> None:
    start = document(make_shape("rotation", "a", ROTATED))
    assert edits.move_vertex(start, 1, 0, 1, 65, 40).shapes[0].direction is None


def test_a_flat_rotated_box_can_be_opened_again() -> None:
    flat = document(make_shape("rotation", "a", ((40, 20), (60, 40), (60, 40), (40, 20)), direction=math.pi / 4))
    opened = edits.move_vertex(flat, 1, 0, 2, 50, 50).shapes[0]
    assert opened.points == pytest.approx(np.array(ROTATED))


def test_other_points_of_a_rotated_box_give_another_direction() -> None:
    turned = edits.set_points(document(example("rotation")), 1, [[40, 20], [60, 20], [60, 30], [40, 30]])
    assert turned.shapes[0].direction == 0


def test_circle_handles() -> None:
    start = document(example("circle"))
    assert geometry.radius(edits.move_vertex(start, 1, 0, 1, 45, 25).shapes[0]) == 20
    moved = edits.move_vertex(start, 1, 0, 0, 30, 26).shapes[0]
    assert moved.points.tolist() == [[30, 26], [30, 36]]


def test_a_cuboid_keeps_its_depth_and_tells_a_new_one() -> None:
    told = {"cuboid3d": {"version": 1, "depth_vector": [6, -4]}}
    start = document(example("cuboid", extra=told))
    front = edits.move_vertex(start, 1, 0, 2, 50, 60).shapes[0]
    assert front.points[:4].tolist() == [[10, 20], [50, 20], [50, 60], [10, 60]]
    assert (front.points[4:] - front.points[:4]).tolist() == [[6, -4]] * 4
    assert front.extra["cuboid3d"]["depth_vector"] == [6, -4]
    back = edits.move_vertex(start, 1, 0, 5, 40, 10).shapes[0]
    assert (back.points[4:] - back.points[:4]).tolist() == [[10, -10]] * 4
    assert back.extra["cuboid3d"] == {"version": 1, "depth_vector": [10, -10]}


def test_a_front_corner_of_a_cuboid_leaves_the_depth_its_file_tells() -> None:
    front = [(20.1, 30.7), (60.3, 30.7), (60.3, 50.9), (20.1, 50.9)]
    points = [*front, *((x + 12.3, y - 8.7) for x, y in front)]
    start = document(
        example("cuboid", extra={"cuboid3d": {"depth_vector": [12.3, -8.7]}}).with_(points=np.array(points))
    )
    for index in range(4):
        moved = edits.move_vertex(start, 1, 0, index, *(start.shapes[0].points[index] + 3.25)).shapes[0]
        assert moved.extra is start.shapes[0].extra


def test_vertices_stay_in_the_image_and_may_stay_outside() -> None:
    start = document(make_shape("line", "a", ((-20, 5), (10, 5))))
    assert edits.move_vertex(start, 1, 0, 1, 500, -3).shapes[0].points[1].tolist() == [100, 0]
    assert edits.move_vertex(start, 1, 0, 0, -30, 6).shapes[0].points[0].tolist() == [-20, 6]


def test_insert_puts_the_point_where_the_index_says() -> None:
    start = document(example("polygon"))
    outer = edits.insert_vertex(start, 1, 0, 4, 9, 20).shapes[0]
    assert outer.points[4].tolist() == [9, 20] and len(outer.points) == 5
    inner = edits.insert_vertex(start, 1, 1, 1, 14, 17).shapes[0]
    assert inner.holes[0][1].tolist() == [14, 17] and inner.points is start.shapes[0].points


def test_remove_never_goes_below_the_minimum_but_drops_a_spent_hole() -> None:
    current = document(example("polygon"))
    current = edits.remove_vertex(current, 1, 0, 3)
    assert len(current.shapes[0].points) == 3
    assert edits.remove_vertex(current, 1, 0, 0) is current
    current = edits.remove_vertex(current, 1, 1, 0)
    assert len(current.shapes[0].holes[0]) == 3
    assert edits.remove_vertex(current, 1, 1, 0).shapes[0].holes == ()


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: edits.move_vertex(d, IDS["polygon"], 0, 4, 1, 1),
        lambda d: edits.move_vertex(d, IDS["polygon"], 2, 0, 1, 1),
        lambda d: edits.move_vertex(d, IDS["mask"], 0, 0, 1, 1),
        lambda d: edits.insert_vertex(d, IDS["polygon"], 0, 6, 1, 1),
        lambda d: edits.remove_vertex(d, IDS["polygon"], 0, -1),
        lambda d: edits.remove_vertex(d, IDS["polygon"], 2, 0),
    ],
)
def test_a_vertex_that_is_not_there(edit: Callable[[Document], Document]) -> None:
    with pytest.raises(IndexError):
        edit(ALL)


@pytest.mark.parametrize(("kind", "count"), [("rectangle", 3), ("polygon", 2), ("cuboid", 4)])
def test_a_point_count_that_the_kind_does_not_allow(kind: str, count: int) -> None:
    with pytest.raises(ValueError, match=f"cannot have {count} points"):
        edits.set_points(ALL, IDS[kind], [[n, n] for n in range(count)])


# ---------------------------------------------------------------- order, pixels


def test_order() -> None:
    five = document(*[example("line")] * 5)

    def order(value: Document) -> list[int]:
        return [shape.id for shape in value.shapes]

    assert order(edits.raise_shapes(five, [1, 3])) == [2, 1, 4, 3, 5]
    assert order(edits.raise_shapes(five, [4, 5])) == [1, 2, 3, 4, 5]
    assert order(edits.raise_shapes(five, [1, 3], to_top=True)) == [2, 4, 5, 1, 3]
    assert order(edits.lower_shapes(five, [3, 5])) == [1, 3, 2, 5, 4]
    assert order(edits.lower_shapes(five, [3, 5], to_bottom=True)) == [3, 5, 1, 2, 4]


def test_pixels_of_a_mask() -> None:
    start = document(example("mask", provenance=MODEL))
    frame = np.zeros((HEIGHT, WIDTH), np.bool_)
    frame[40:50, 60:65] = True
    shape = edits.set_mask(start, 1, Mask(frame)).shapes[0]
    assert shape.mask is not None and masks.equal(shape.mask, Mask(frame)) and shape.mask.crop.shape == (10, 5)
    assert shape.points.tolist() == [[60, 40], [65, 50]]
    assert shape.provenance == MODEL.as_edited()
    with pytest.raises(ValueError, match="at least one pixel"):
        edits.set_mask(start, 1, masks.EMPTY)
    with pytest.raises(ValueError, match="no pixels"):
        edits.set_mask(ALL, IDS["line"], Mask(frame))


# ---------------------------------------------------------------- any edits, then undo all

NUMBER = st.floats(-150, 150, allow_nan=False)
STEP = st.tuples(st.integers(0, 9), st.integers(0, 10**6), st.integers(0, 1), st.integers(0, 8), NUMBER, NUMBER)


def apply(value: Document, step: tuple[int, int, int, int, float, float]) -> Document:
    what, pick, ring, index, x, y = step
    if not value.shapes:
        return edits.add_shapes(value, [example("polygon")])
    shape = value.shapes[pick % len(value.shapes)]
    one = [shape.id]
    table: list[Callable[[], Document]] = [
        lambda: edits.move_shapes(value, one, x, y),
        lambda: edits.move_vertex(value, shape.id, ring, index, x, y),
        lambda: edits.insert_vertex(value, shape.id, ring, index, x, y),
        lambda: edits.remove_vertex(value, shape.id, ring, index),
        lambda: edits.remove_shapes(value, one),
        lambda: edits.duplicate(value, one, x, y),
        lambda: edits.set_label(value, one, f"l{index}"),
        lambda: edits.raise_shapes(value, one, to_top=bool(ring)),
        lambda: edits.lower_shapes(value, one, to_bottom=bool(ring)),
        lambda: edits.set_locked(value, one, bool(ring)),
    ]
    try:
        return table[what]()
    except IndexError:
        return value


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=25), st.data())
def test_any_edits_then_undo_all_gives_the_first_document(steps: list[Any], data: st.DataObject) -> None:
    history, current = History(), ALL
    states = [current]
    for step in steps:
        after = apply(current, step)
        assert len({shape.id for shape in after.shapes}) == len(after.shapes) < after.next_id
        for shape in after.shapes:
            assert not shape.points.flags.writeable
            row = KINDS[shape.kind]
            assert row.min_points <= len(shape.points) <= (row.max_points or math.inf)
        if history.push("step", current, after):
            states.append(after)
        current = after
    for expected in reversed(states[:-1]):
        assert history.undo() == ("step", expected)
    assert history.undo() is None
    forward = data.draw(st.integers(0, len(states) - 1))
    for expected in states[1 : forward + 1]:
        redone = history.redo()
        assert redone is not None and redone[1] is expected
