"""Polygons to pixels by the pixel rule, and pixels to polygons and back, bit for bit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from anylabel_plus.core import masks
from anylabel_plus.core.ring import crosses_itself, segment_distances, signed_area, simplified_line, simplified_ring

SIZE = 9
FRAMES = hnp.arrays(
    np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.booleans(), fill=st.booleans()
)
# Whole, half and third pixels hit centres and corners; the floats hit nothing.
COORDINATE = st.one_of(
    st.integers(-6, 2 * SIZE + 6).map(lambda n: n / 2),
    st.integers(-9, 3 * SIZE + 9).map(lambda n: n / 3),
    st.floats(-4, SIZE + 4, allow_nan=False, width=32),
)
RINGS = st.lists(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=7), min_size=1, max_size=3)


def exact(rings: list[list[tuple[float, float]]], width: int, height: int) -> np.ndarray:
    """The pixel rule in fractions, pixel by pixel."""
    frame = np.zeros((height, width), np.bool_)
    for row in range(height):
        y = Fraction(2 * row + 1, 2)
        at = []
        for ring in rings:
            for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
                x0, y0, x1, y1 = map(Fraction, (ax, ay, bx, by))
                if (y0 <= y) != (y1 <= y):
                    at.append(x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        for column in range(width):
            frame[row, column] = sum(x <= Fraction(2 * column + 1, 2) for x in at) % 2
    return frame


def arrays(rings: list[list[tuple[float, float]]]) -> list[np.ndarray]:
    return [np.array(ring, np.float64) for ring in rings]


def all_rings(polygons: list[masks.Polygon]) -> list[np.ndarray]:
    return [ring for polygon in polygons for ring in (polygon.exterior, *polygon.holes)]


@settings(max_examples=150, deadline=None)
@given(RINGS)
def test_rasterize_is_exact(rings: list[list[tuple[float, float]]]) -> None:
    mask = masks.rasterize(arrays(rings), SIZE, SIZE)
    assert np.array_equal(masks.full(mask, SIZE, SIZE), exact(rings, SIZE, SIZE))


@settings(max_examples=50, deadline=None)
@given(RINGS)
def test_without_a_frame_nothing_is_cut(rings: list[list[tuple[float, float]]]) -> None:
    cut = masks.rasterize(arrays(rings), SIZE, SIZE)
    whole = masks.rasterize(arrays(rings))
    assert masks.equal(masks.clip(whole, SIZE, SIZE), cut)
    x1, y1, x2, y2 = masks.bounds(whole)
    assert min(x1, y1) >= -6 and max(x2, y2) <= SIZE + 6


def test_the_edges_are_half_open() -> None:
    # A box from centre to centre: left and top centres in, right and bottom ones out.
    mask = masks.rasterize([np.array([(0.5, 0.5), (3.5, 0.5), (3.5, 2.5), (0.5, 2.5)])])
    assert (mask.x, mask.y, mask.crop.shape, mask.area) == (0, 0, (2, 3), 6)


def test_neighbours_share_an_edge_without_gap_or_overlap() -> None:
    random = np.random.default_rng(3)
    top, bottom = random.uniform(0, 300, 2)
    left = np.array([(0, 0), (top, 0), (bottom, 200), (0, 200)], np.float64)
    right = np.array([(top, 0), (300, 0), (300, 200), (bottom, 200)], np.float64)
    a, b = masks.rasterize([left]), masks.rasterize([right])
    assert masks.intersection_area(a, b) == 0
    assert a.area + b.area == 300 * 200


@pytest.mark.parametrize("width", [63, 64, 65, 127, 128, 200])
def test_rows_wider_than_a_machine_word(width: int) -> None:
    ring = np.array([(0, 0), (width, 0), (width, 3), (0, 3)], np.float64)
    hole = np.array([(60, 1), (width - 1, 1), (width - 1, 2), (60, 2)], np.float64)
    frame = np.ones((3, width), np.bool_)
    frame[1, 60 : width - 1] = False
    assert np.array_equal(masks.full(masks.rasterize([ring, hole]), width, 3), frame)


def test_an_edge_through_centres_with_awkward_numbers() -> None:
    # Slope 1 with the same odd fraction on both axes: every crossing is exactly a pixel centre.
    low, high = 0.1, 40.1
    ring = np.array([(low, low), (high, high), (low, high)])
    frame = exact([[(low, low), (high, high), (low, high)]], 41, 41)
    assert np.array_equal(masks.full(masks.rasterize([ring], 41, 41), 41, 41), frame)


@pytest.mark.parametrize("rings", [[], [np.empty((0, 2))], [np.array([(1.0, 1.0), (5.0, 5.0)])]])
def test_nothing_to_fill(rings: list[np.ndarray]) -> None:
    assert masks.rasterize(rings).area == 0
    assert masks.rasterize(rings, 10, 10).area == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_impossible_coordinates_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="coordinate"):
        masks.rasterize([np.array([(0, 0), (value, 0), (0, 5)])], 10, 10)


def test_a_ring_far_outside_costs_nothing() -> None:
    huge = np.array([(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)])
    assert masks.rasterize([huge], 30, 20).area == 600
    with pytest.raises(ValueError, match="any image"):
        masks.rasterize([huge])


@given(FRAMES)
def test_pixels_to_polygons_and_back(frame: np.ndarray) -> None:
    mask = masks.from_full(frame, 5, 7)
    polygons = masks.polygons(mask)
    assert masks.equal(masks.rasterize(all_rings(polygons)), mask)
    assert sum(polygon.area for polygon in polygons) == mask.area
    areas = [polygon.area for polygon in polygons]
    assert areas == sorted(areas, reverse=True)


@given(FRAMES)
def test_parts_are_the_4_connected_ones_with_their_own_holes(frame: np.ndarray) -> None:
    import cv2

    count, labels = cv2.connectedComponents(frame.view(np.uint8), connectivity=4)
    expected = {np.flatnonzero(labels == part).tobytes() for part in range(1, count)}
    height, width = frame.shape
    found = set()
    for polygon in masks.polygons(masks.Mask(frame)):
        assert signed_area(polygon.exterior) > 0
        assert all(signed_area(hole) < 0 for hole in polygon.holes)
        part = masks.rasterize([polygon.exterior, *polygon.holes])
        found.add(np.flatnonzero(masks.full(part, width, height)).tobytes())
    assert found == expected


def test_a_diagonal_touch_separates_parts() -> None:
    polygons = masks.polygons(masks.Mask(np.eye(2, dtype=np.bool_)))
    assert [polygon.area for polygon in polygons] == [1, 1]


def test_corners_only_and_read_only() -> None:
    (polygon,) = masks.polygons(masks.Mask(np.ones((30, 50), np.bool_), 3, 4))
    assert {tuple(point) for point in polygon.exterior} == {(3, 4), (53, 4), (53, 34), (3, 34)}
    assert len(polygon.exterior) == 4
    assert not polygon.exterior.flags.writeable


def blob(seed: int, size: int = 120) -> masks.Mask:
    """Round things with holes and specks."""
    import cv2

    random = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(random.random((size, size), np.float32), (0, 0), 4)
    frame = noise > np.quantile(noise, 0.6)
    frame |= random.random((size, size)) < 0.003
    return masks.from_full(frame)


def distance_to_ring(points: np.ndarray, ring: np.ndarray) -> float:
    following = np.roll(ring, -1, axis=0)
    return max(float(segment_distances(point, ring, following).min()) for point in points)


def along(ring: np.ndarray, step: float = 0.25) -> np.ndarray:
    """Points on all edges of a ring."""
    parts = []
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        count = int(np.hypot(*(end - start)) / step) + 2
        parts.append(start + np.linspace(0, 1, count)[:, None] * (end - start))
    return np.concatenate(parts)


@pytest.mark.parametrize("detail", [0.5, 1.0, 2.5, 6.0])
@pytest.mark.parametrize("seed", range(3))
def test_simplified_outlines_stay_within_the_detail(seed: int, detail: float) -> None:
    mask = blob(seed)
    exact_parts, simple_parts = masks.polygons(mask), masks.polygons(mask, detail)
    assert [len(part.holes) for part in simple_parts] == [len(part.holes) for part in exact_parts]
    exact_rings, simple_rings = all_rings(exact_parts), all_rings(simple_parts)
    for ring, simple in zip(exact_rings, simple_rings, strict=True):
        assert len(simple) >= 3
        assert abs(signed_area(simple) - signed_area(ring)) <= 0.25 * abs(signed_area(ring))
        assert distance_to_ring(ring, simple) <= detail + 1e-9
        assert distance_to_ring(along(simple), ring) <= detail + 1e-9
    if detail >= 1:
        assert sum(map(len, simple_rings)) < 0.6 * sum(map(len, exact_rings))


@pytest.mark.parametrize("detail", [1.0, 5.0, 100.0])
def test_small_parts_survive_any_detail(detail: float) -> None:
    frame = np.zeros((40, 40), np.bool_)
    frame[2, 2] = frame[5, 5:9] = True
    frame[10:30, 10:30] = True
    frame[20, 20] = False
    polygons = masks.polygons(masks.Mask(frame), detail)
    assert [len(polygon.holes) for polygon in polygons] == [1, 0, 0]
    assert all(abs(signed_area(ring)) >= 0.75 for ring in all_rings(polygons))


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(0, 40), st.just(2)), elements=st.floats(-50, 50)),
    st.floats(0, 20),
)
def test_lines_keep_their_ends_and_their_course(points: np.ndarray, tolerance: float) -> None:
    simple = simplified_line(points, tolerance)
    if len(points) < 3:
        assert simple is points
        return
    assert np.array_equal(simple[[0, -1]], points[[0, -1]])
    nearest = [segment_distances(point, simple[:-1], simple[1:]).min() for point in points]
    assert max(nearest) <= tolerance + 1e-9


@given(hnp.arrays(np.float64, st.tuples(st.integers(3, 30), st.just(2)), elements=st.floats(-50, 50)), st.floats(0, 90))
def test_rings_never_collapse(ring: np.ndarray, tolerance: float) -> None:
    simple = simplified_ring(ring, tolerance)
    assert len(simple) >= 3
    assert abs(signed_area(simple) - signed_area(ring)) <= 0.25 * abs(signed_area(ring)) + 1e-6


@pytest.mark.parametrize(
    ("ring", "crosses"),
    [
        ([(0, 0), (4, 4), (4, 0), (0, 4)], True),
        ([(0, 0), (4, 0), (4, 4), (0, 4)], False),
        ([(0, 0), (2, 2), (4, 0), (4, 4), (2, 2), (0, 4)], False),
        ([(0, 0), (6, 0), (6, 4), (3, -1), (0, 4)], True),
        ([(0, 0), (1, 0), (1, 1)], False),
    ],
)
def test_crossings_are_found_and_touching_is_none(ring: list[tuple[float, float]], crosses: bool) -> None:
    for turn in range(len(ring)):
        assert crosses_itself(np.roll(np.array(ring, np.float64), turn, axis=0)) == crosses


@pytest.mark.parametrize("seed", range(4))
def test_coarse_outlines_do_not_cross_themselves(seed: int) -> None:
    for polygon in masks.polygons(blob(seed, 300), 6.0):
        assert not any(crosses_itself(ring) for ring in (polygon.exterior, *polygon.holes))
