"""Outlines combined exactly: area identities, shared borders, given numbers kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anylabel_plus.core import masks
from anylabel_plus.core.masks import Polygon
from anylabel_plus.core.ring import signed_area
from anylabel_plus.core.shapes import Points
from anylabel_plus.regions import vector

NUMBERS = st.integers(0, 400).map(lambda n: n / 8)
RINGS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=12, unique=True).map(np.array)
REGIONS = st.lists(RINGS, min_size=1, max_size=3)


def box(x1: float, y1: float, x2: float, y2: float) -> Points:
    return np.array(((x1, y1), (x2, y1), (x2, y2), (x1, y2)), np.float64)


def area(parts: list[Polygon]) -> float:
    return sum(part.area for part in parts)


def corner_set(ring: Points) -> set[tuple[float, float]]:
    return {(x, y) for x, y in ring.tolist()}


def test_two_boxes_side_by_side_become_one_box_with_four_corners() -> None:
    (joined,) = vector.union([[box(0.25, 1, 10.125, 20)], [box(10.125, 1, 30, 20)]])
    assert corner_set(joined.exterior) == corner_set(box(0.25, 1, 30, 20))
    assert not joined.holes


def test_corners_keep_the_numbers_they_had() -> None:
    odd = np.array(((1.123456789, 2.2), (30.7654321, 3.3), (17.00000001, 40.4)))
    parts = vector.union([[odd], [box(100, 0, 110, 10), box(102, 2, 104, 4)], [box(95, 2, 101, 4)]])
    assert corner_set(parts[0].exterior) == corner_set(odd)
    given = {(100.0, 0.0), (110.0, 0.0), (110.0, 10.0), (100.0, 10.0), (95.0, 2.0), (95.0, 4.0)}
    assert corner_set(parts[1].exterior) == given | {(100.0, 2.0), (100.0, 4.0)}
    assert len(parts[1].holes) == 1


def test_a_point_set_on_a_straight_border_stays() -> None:
    ring = np.array(((0, 0), (5, 0), (10, 0), (10, 10), (0, 10)), np.float64)
    (joined,) = vector.union([[ring], [box(10, 0, 20, 10)]])
    assert (5.0, 0.0) in corner_set(joined.exterior)
    assert (10.0, 0.0) not in corner_set(joined.exterior)


def test_a_corner_on_a_slanting_edge_but_for_rounding_leaves_no_gap() -> None:
    slant = np.array(((0.0, 0.0), (30.0, 10.0), (0.0, 40.0)))
    third = np.array((10.0, 10.0 / 3))  # on the edge, as nearly as a float can be
    neighbour = np.array((third, (30.0, 10.0), (30.0, -5.0), (12.0, -5.0)))
    parts = vector.union([[slant], [neighbour]])
    assert len(parts) == 1
    assert not parts[0].holes
    assert area(parts) == pytest.approx(abs(signed_area(slant)) + abs(signed_area(neighbour)), abs=0.1)


def test_a_hole_is_a_ring_of_its_own_and_runs_the_other_way() -> None:
    (ringed,) = vector.subtract([box(0, 0, 20, 20)], [[box(5, 5, 10, 10)]])
    assert signed_area(ringed.exterior) == 400
    assert [signed_area(hole) for hole in ringed.holes] == [-25]
    (left,) = vector.subtract([ringed.exterior, *ringed.holes], [[box(10, -1, 21, 21)]])
    assert left.area == 200 - 25


@settings(max_examples=40, deadline=None)
@given(REGIONS, REGIONS)
def test_areas_of_union_intersection_and_differences_add_up(a: list[Points], b: list[Points]) -> None:
    whole, both = area(vector.union([a, b])), area(vector.intersect([a, b]))
    first, second = area(vector.union([a])), area(vector.union([b]))
    tolerance = 0.001 * 400  # the grid, along the outlines
    assert whole == pytest.approx(first + second - both, abs=tolerance)
    assert area(vector.subtract(a, [b])) == pytest.approx(first - both, abs=tolerance)
    if whole:
        assert vector.iou(a, b) == pytest.approx(both / whole, abs=tolerance / max(whole, 1))


@settings(max_examples=40, deadline=None)
@given(REGIONS)
def test_crossing_rings_are_filled_by_the_even_odd_rule(rings: list[Points]) -> None:
    ours = masks.rasterize(vector.rings_of(vector.parts(rings)))
    differing = masks.rasterize(rings).area + ours.area - 2 * masks.intersection_area(ours, masks.rasterize(rings))
    # A pixel's centre may lie on an edge, or within the grid of one.
    assert differing <= 12


@settings(max_examples=40, deadline=None)
@given(REGIONS, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=4, unique=True).map(np.array))
def test_what_is_split_and_joined_again_is_the_same(region: list[Points], line: Points) -> None:
    pieces = vector.split(region, line)
    joined = vector.union([[piece.exterior, *piece.holes] for piece in pieces])
    assert area(pieces) == pytest.approx(area(vector.parts(region)), abs=0.4)
    assert area(joined) == pytest.approx(area(pieces), abs=0.4)


def test_a_line_that_ends_inside_cuts_nothing() -> None:
    assert len(vector.split([box(0, 0, 10, 10)], np.array(((5.0, -1), (5, 5))))) == 1
    pieces = vector.split([box(0, 0, 10, 10)], np.array(((5.0, -1), (5, 5), (11, 5))))
    assert sorted(piece.area for piece in pieces) == [25, 75]


def test_the_pieces_of_a_split_share_their_border() -> None:
    ring = np.array(((0.1, 0.2), (40.3, 3.7), (33.3, 30.9), (2.1, 25.5)))
    first, second = vector.split([ring], np.array(((-5.0, 11.3), (50.0, 17.9))))
    common = corner_set(first.exterior) & corner_set(second.exterior)
    assert len(common) == 2
    (joined,) = vector.union([[first.exterior], [second.exterior]])
    assert vector.iou([joined.exterior], [ring]) > 1 - 1e-4
    assert corner_set(ring) <= corner_set(joined.exterior)


def test_a_cut_around_an_inner_place_takes_it_out() -> None:
    loop = np.array(((4.0, 4), (8, 4), (8, 8), (4, 8), (4, 4)))
    outer, inner = vector.split([box(0, 0, 20, 20)], loop)
    assert len(outer.holes) == 1
    assert inner.area == 16


def test_growing_a_box_leaves_a_box_and_rounding_takes_thin_parts() -> None:
    (grown,) = vector.grown([box(10, 10, 20, 20)], 2.5)
    assert corner_set(grown.exterior) == corner_set(box(7.5, 7.5, 22.5, 22.5))
    assert vector.grown([box(10, 10, 20, 20)], -5) == []
    flag = [np.array(((0, 0), (30, 0), (30, 30), (60, 30), (60, 31), (30, 31), (30, 40), (0, 40)), np.float64)]
    (smooth,) = vector.rounded(flag, 4)
    assert smooth.exterior[:, 0].max() < 32
    assert smooth.area == pytest.approx(1200, rel=0.02)


def test_nothing_in_gives_nothing_out() -> None:
    assert vector.union([]) == []
    assert vector.intersect([[box(0, 0, 1, 1)], [box(5, 5, 6, 6)]]) == []
    assert vector.subtract([box(0, 0, 1, 1)], [[box(-1, -1, 6, 6)]]) == []
    assert vector.parts([np.array(((0.0, 0), (1, 1)))]) == []
    assert vector.iou([], []) == 0.0
