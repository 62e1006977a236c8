"""What a brush covers, compared with a brute-force union of discs or squares; outlines of strokes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.core import masks
from anylabel_plus.core.ring import segment_distances
from anylabel_plus.core.strokes import Coverage, Tip, outline, swept

SIZE = 48
places = st.tuples(st.floats(-10, SIZE + 10), st.floats(-10, SIZE + 10))


def brute_force(tip: Tip, way: list[tuple[float, float]], width: int, height: int) -> np.ndarray:
    """Every pixel centre against every segment: within half the size of a point of it."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    centres = np.stack((x.ravel(), y.ravel()), axis=1)
    found = np.zeros(len(centres), bool)
    for a, b in zip(way[:-1] or way, way[1:] or way, strict=True):
        start, end = np.array(a), np.array(b)
        if not tip.square:
            near = segment_distances(centres, start, end) <= tip.size / 2 + 1e-9
        else:
            near = squares(centres, start, end, tip.size / 2)
        found |= near
    return found.reshape(height, width)


def squares(centres: np.ndarray, start: np.ndarray, end: np.ndarray, reach: float) -> np.ndarray:
    """Whether some place of the way is within ``reach`` along both axes: an interval of places for each axis."""
    low, high = np.zeros(len(centres)), np.ones(len(centres))
    for axis in (0, 1):
        step = end[axis] - start[axis]
        offset = centres[:, axis] - start[axis]
        if step == 0:
            low[np.abs(offset) > reach + 1e-9] = 2.0
            continue
        ends = np.sort(np.stack(((offset - reach) / step, (offset + reach) / step)), axis=0)
        low, high = np.maximum(low, ends[0]), np.minimum(high, ends[1])
    return high >= low - 1e-9


@given(st.integers(1, 30), st.booleans(), st.lists(places, min_size=1, max_size=5))
def test_painted_pixels_are_those_of_the_union(size: int, square: bool, way: list[tuple[float, float]]) -> None:
    tip = Tip(size, square)
    way = [tip.snapped(*place) for place in way]
    coverage = Coverage(SIZE, SIZE, tip)
    for a, b in zip(way[:-1] or way, way[1:] or way, strict=True):
        coverage.sweep(a, b)
    painted = masks.full(coverage.mask(), SIZE, SIZE)
    assert np.array_equal(painted, brute_force(tip, way, SIZE, SIZE))


@pytest.mark.parametrize("square", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 20])
def test_a_tip_covers_the_same_pattern_everywhere(size: int, square: bool) -> None:
    tip = Tip(size, square)
    patterns = []
    for x, y in ((10.0, 10.0), (10.3, 10.9), (11.5, 10.49), (30.01, 7.77)):
        at = tip.snapped(x, y)
        patterns.append(masks.tight(swept(tip, at, at)).crop)
        assert abs(at[0] - x) <= 0.5 and abs(at[1] - y) <= 0.5
    assert all(np.array_equal(patterns[0], other) for other in patterns)
    assert patterns[0].shape == (size, size)
    assert size > 2 or patterns[0].all()


def test_the_changed_box_holds_all_that_changed() -> None:
    coverage = Coverage(400, 300, Tip(9))
    coverage.sweep((20.5, 20.5), (20.5, 20.5))
    before = masks.full(coverage.mask(), 400, 300)
    x0, y0, x1, y1 = coverage.sweep((20.5, 20.5), (390.5, 280.5))
    after = masks.full(coverage.mask(), 400, 300)
    changed = before != after
    changed[max(0, y0) : y1, max(0, x0) : x1] = False
    assert not changed.any() and (after >= before).all()


def test_a_stroke_outside_the_image_covers_nothing() -> None:
    coverage = Coverage(100, 100, Tip(4))
    assert coverage.sweep((-50.0, -50.0), (-30.0, -30.0)) == (0, 0, 0, 0)
    assert coverage.mask().area == 0


@given(st.integers(4, 40), st.lists(places, min_size=1, max_size=4))
def test_the_outline_follows_the_covered_pixels(size: int, way: list[tuple[float, float]]) -> None:
    tip = Tip(size)
    way = [tip.snapped(*place) for place in way]
    coverage = Coverage(SIZE, SIZE, tip)
    for a, b in zip(way[:-1] or way, way[1:] or way, strict=True):
        coverage.sweep(a, b)
    covered = coverage.whole()
    rings = outline(covered, tip)
    if not covered.area:
        assert rings == ()
        return
    there = masks.rasterize(rings)
    wrong = masks.full(masks.shifted(there, 60, 60), 180, 180) != masks.full(masks.shifted(covered, 60, 60), 180, 180)
    # Only pixels at the edge may differ: the covered region widened and narrowed by one pixel holds them.
    import cv2

    pixels = masks.full(masks.shifted(covered, 60, 60), 180, 180).astype(np.uint8)
    band = cv2.dilate(pixels, np.ones((3, 3))) != cv2.erode(pixels, np.ones((3, 3)))
    assert not (wrong & ~band).any()


def test_a_round_stroke_has_a_smooth_outline_of_few_points() -> None:
    tip = Tip(40)
    (ring,) = outline(swept(tip, (50.0, 50.0), (50.0, 50.0)), tip)
    radii = np.hypot(*(ring - 50.0).T)
    assert np.abs(radii - 20.0).max() < 0.6 and len(ring) < 60
