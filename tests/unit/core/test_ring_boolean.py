"""Booleans of rings against booleans of pixels; vertices that nothing crossed stay bit for bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anylabel_plus.core import masks
from anylabel_plus.core.ring import signed_area
from anylabel_plus.core.ring_boolean import combine, nested, ring_contains

SIZE = 64
number = st.one_of(st.floats(0, SIZE), st.integers(0, SIZE).map(float))
ring_of = st.lists(st.tuples(number, number), min_size=3, max_size=8).map(lambda p: np.array(p, np.float64))
rings_of = st.lists(ring_of, min_size=1, max_size=3)
OPERATIONS = {
    "union": lambda a, b: a | b,
    "subtract": lambda a, b: a & ~b,
    "intersect": lambda a, b: a & b,
}


def pixels(rings: list[np.ndarray]) -> np.ndarray:
    return masks.full(masks.rasterize(rings), SIZE, SIZE)


def square(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)


def near_an_edge(rings: list[np.ndarray], reach: float) -> np.ndarray:
    """Pixels whose centre is so near an edge that a shift of a thousandth of a pixel could decide."""
    x, y = np.meshgrid(np.arange(SIZE) + 0.5, np.arange(SIZE) + 0.5)
    centres = np.stack((x.ravel(), y.ravel()), axis=1)
    near = np.zeros(len(centres), bool)
    from anylabel_plus.core.ring import segment_distances

    for ring in rings:
        for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            near |= segment_distances(centres, a, b) < reach
    return near.reshape(SIZE, SIZE)


@settings(deadline=None, max_examples=150)
@example(
    [np.array([[0.0, 11.0], [7.0, 0.0], [42.0, 37.0]])],
    [
        np.array([[0.0, 0.0], [0.0, 39.0], [51.0, 35.0]]),
        np.array([[0.0, 58.0], [7.0, 64.0], [38.0, 32.0]]),
    ],
    "subtract",
)  # two specks with three centres
@given(rings_of, rings_of, st.sampled_from(sorted(OPERATIONS)))
def test_the_result_is_that_of_the_pixels(a: list[np.ndarray], b: list[np.ndarray], operation: str) -> None:
    result = combine(a, b, operation)  # type: ignore[arg-type]
    wanted = OPERATIONS[operation](pixels(a), pixels(b))
    wrong = (pixels(result) != wanted) & ~near_an_edge([*a, *b], 0.01)
    # A ring of less than half a square pixel is left out; a slanting one can hold the centres of two pixels.
    assert np.count_nonzero(wrong) <= 4


def test_what_crosses_nothing_is_the_same_array() -> None:
    a, hole = square(0, 0, 50, 50), square(10, 10, 20, 20)
    far = square(30, 30, 40, 40)
    result = combine([a, hole], [far], "subtract")
    assert result[0] is a and result[1] is hole and len(result) == 3
    assert np.array_equal(result[2], far)
    assert combine([a], [far], "union") == [a] and combine([a], [far], "union")[0] is a


def test_far_vertices_stay_bit_for_bit_and_in_order() -> None:
    turns = np.arange(60) * (2 * math.pi / 60)
    ring = np.stack((32 + 20.123456789 * np.cos(turns), 32 + 20.123456789 * np.sin(turns)), axis=1)
    bite = np.stack((52 + 5 * np.cos(turns), 32 + 5 * np.sin(turns)), axis=1)
    for operation in ("union", "subtract"):
        (result,) = combine([ring], [bite], operation)  # type: ignore[arg-type]
        far = ring[np.hypot(*(ring - (52, 32)).T) > 6]
        kept = [point.tobytes() for point in result]
        assert all(point.tobytes() in kept for point in far)
        places = [kept.index(point.tobytes()) for point in far]
        turn = places.index(min(places))
        assert places[turn:] + places[:turn] == sorted(places), "in the order of the ring before"
        assert signed_area(result) * signed_area(ring) > 0


def test_shared_edges_and_equal_rings_are_told_apart() -> None:
    a, b = square(0, 0, 10, 10), square(10, 0, 20, 10)
    (both,) = combine([a], [b], "union")
    assert abs(signed_area(both)) == 200, "what shares an edge is one, with the vertices as they were"
    assert {tuple(point) for point in both.tolist()} <= {(x, y) for x in (0, 10, 20) for y in (0, 10)}
    (same,) = combine([a], [a.copy()], "union")
    assert abs(signed_area(same)) == 100
    assert combine([a], [a.copy()], "subtract") == []
    (rest,) = combine([square(0, 0, 20, 10)], [b], "subtract")
    assert abs(signed_area(rest)) == 100 and rest[:, 0].max() == 10
    (again,) = combine([rest], [b], "union")
    assert abs(signed_area(again)) == 200


def test_rings_are_nested_by_depth() -> None:
    rings = [square(2, 2, 8, 8), square(0, 0, 10, 10), square(4, 4, 6, 6), square(20, 0, 24, 4)]
    parts = nested(rings)
    assert [part.exterior[0].tolist() for part in parts] == [[0, 0], [20, 0], [4, 4]]
    assert [len(part.holes) for part in parts] == [1, 0, 0]


def test_inside_and_coordinates_that_are_none() -> None:
    assert ring_contains(square(0, 0, 4, 4), 1, 3) and not ring_contains(square(0, 0, 4, 4), 5, 3)
    with pytest.raises(ValueError, match="not a finite number"):
        combine([square(0, 0, 1, math.nan)], [square(0, 0, 2, 2)], "union")
    assert combine([], [square(0, 0, 2, 2)], "union") and not combine([], [square(0, 0, 2, 2)], "subtract")
    assert combine([square(0, 0, 2, 2)], [], "intersect") == []
