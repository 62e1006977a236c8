"""Tags: first free place inside the view, none on top of another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.ui.canvas.tags import MOST, PLACES, TagRequest, place_tags

VIEW = (0.0, 0.0, 800.0, 600.0)
SIZE = (60.0, 18.0)
boxes = st.tuples(st.floats(-100, 850), st.floats(-100, 650), st.floats(1, 300), st.floats(1, 300)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def place_of(box: tuple[float, float, float, float], **more: object) -> str:
    (tag,) = place_tags([TagRequest(1, box, SIZE)], VIEW, **more)  # type: ignore[arg-type]
    return PLACES[tag.place]


def test_places_in_order() -> None:
    assert place_of((100, 100, 300, 300)) == "above left"
    assert place_of((100, 5, 300, 300)) == "below left"
    assert place_of((100, 5, 300, 590)) == "right"
    assert place_of((700, 5, 790, 590)) == "left"
    assert place_of((5, 5, 795, 595)) == "inside top left"


def test_taken_places_are_left_alone() -> None:
    assert place_of((100, 100, 300, 300), taken=[(90, 70, 150, 98)]) == "below left"
    assert place_of((100, 100, 300, 300), taken=[(90, 70, 150, 98), (90, 300, 150, 330)]) == "above right"


def test_the_last_place_is_kept() -> None:
    assert place_of((100, 100, 300, 300), last={1: PLACES.index("right")}) == "right"


@given(st.lists(boxes, max_size=30))
def test_no_two_tags_overlap_and_all_are_in_view(found: list[tuple[float, float, float, float]]) -> None:
    placed = place_tags([TagRequest(n, box, SIZE) for n, box in enumerate(found)], VIEW)
    for tag in placed:
        assert tag.x >= 0 and tag.y >= 0 and tag.x + tag.width <= 800 and tag.y + tag.height <= 600
    for n, a in enumerate(placed):
        for b in placed[n + 1 :]:
            apart = a.box[2] <= b.x or b.box[2] <= a.x or a.box[3] <= b.y or b.box[3] <= a.y
            assert apart, (a, b)


def test_small_shapes_get_a_tag_only_when_they_must() -> None:
    small = (100.0, 100.0, 110.0, 110.0)
    assert place_tags([TagRequest(1, small, SIZE)], VIEW) == []
    assert len(place_tags([TagRequest(1, small, SIZE, must=True)], VIEW)) == 1


def test_a_tag_that_must_be_shown_is_shown_even_in_a_crowd() -> None:
    everywhere = [(0.0, 0.0, 800.0, 600.0)]
    box = (100.0, 100.0, 300.0, 300.0)
    assert place_tags([TagRequest(1, box, SIZE)], VIEW, taken=everywhere) == []
    (tag,) = place_tags([TagRequest(1, box, SIZE, must=True)], VIEW, taken=everywhere)
    assert (tag.x, tag.y) == (100, 79)


def test_large_shapes_first_and_never_more_than_the_limit() -> None:
    grid = [
        TagRequest(n, (n % 40 * 70.0, n // 40 * 45.0, n % 40 * 70.0 + 30, n // 40 * 45.0 + 20 + n % 7), (20.0, 10.0))
        for n in range(800)
    ]
    placed = place_tags(grid, (0.0, 0.0, 4000.0, 4000.0))
    assert len(placed) == MOST
    assert {grid[tag.shape_id].box[3] - grid[tag.shape_id].box[1] for tag in placed[:100]} == {26.0}


def test_shapes_out_of_view_get_none() -> None:
    assert place_tags([TagRequest(1, (900, 100, 1000, 200), SIZE, must=True)], VIEW) == []
