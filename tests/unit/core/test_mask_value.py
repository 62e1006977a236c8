"""Crops with an offset behave like full frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from anylabel_plus.core import masks
from anylabel_plus.core.masks import Mask

WIDTH, HEIGHT = 14, 11
FRAMES = hnp.arrays(np.bool_, (HEIGHT, WIDTH), elements=st.booleans())
PLACED = st.builds(
    Mask,
    hnp.arrays(np.bool_, st.tuples(st.integers(0, 7), st.integers(0, 7)), elements=st.booleans()),
    st.integers(-9, 16),
    st.integers(-9, 16),
)
CANVAS = 40


def canvas(mask: Mask) -> np.ndarray:
    """The mask in a frame that holds everything PLACED can make."""
    return masks.full(masks.shifted(mask, 12, 12), CANVAS, CANVAS)


@given(FRAMES)
def test_full_frames_survive_the_crop(frame: np.ndarray) -> None:
    mask = masks.from_full(frame)
    assert np.array_equal(masks.full(mask, WIDTH, HEIGHT), frame)
    assert mask.area == frame.sum()
    rows, columns = np.nonzero(frame)
    if rows.size:
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert mask.bounds == masks.bounds(mask) == box
    else:
        assert mask.crop.shape == (0, 0)
        assert masks.bounds(mask) == (0, 0, 0, 0)


@given(PLACED, PLACED)
def test_set_operations_equal_those_on_frames(a: Mask, b: Mask) -> None:
    first, second = canvas(a), canvas(b)
    assert np.array_equal(canvas(masks.union(a, b)), first | second)
    assert np.array_equal(canvas(masks.intersect(a, b)), first & second)
    assert np.array_equal(canvas(masks.subtract(a, b)), first & ~second)
    common, either = (first & second).sum(), (first | second).sum()
    assert masks.intersection_area(a, b) == common
    assert masks.iou(a, b) == pytest.approx(common / either if either else 0.0)
    assert masks.equal(a, b) == np.array_equal(first, second)


@given(PLACED)
def test_clip_and_tight(mask: Mask) -> None:
    clipped = masks.clip(mask, WIDTH, HEIGHT)
    x1, y1, x2, y2 = clipped.bounds
    assert 0 <= x1 <= x2 <= WIDTH and 0 <= y1 <= y2 <= HEIGHT
    expected = canvas(mask)
    outside = np.ones_like(expected)
    outside[12 : 12 + HEIGHT, 12 : 12 + WIDTH] = False
    expected[outside] = False
    assert np.array_equal(canvas(clipped), expected)
    tight = masks.tight(mask)
    assert masks.equal(tight, mask)
    assert masks.tight(tight) is tight
    if tight.crop.size:
        assert tight.crop[0].any() and tight.crop[-1].any() and tight.crop[:, 0].any() and tight.crop[:, -1].any()


def test_the_crop_is_read_only_but_the_callers_array_is_not() -> None:
    own = np.ones((3, 4), np.bool_)
    mask = Mask(own, 1, 2)
    with pytest.raises(ValueError, match="read-only"):
        mask.crop[0, 0] = False
    own[0, 0] = False


def test_numbers_and_numpy_offsets_are_accepted() -> None:
    mask = masks.from_full(np.array([[0, 0, 0], [0, 7, 0]], np.uint8))
    assert (mask.x, mask.y, mask.area) == (1, 1, 1)
    placed = Mask(np.ones((1, 1), np.uint8), np.int32(3), np.int64(4))
    assert type(placed.x) is int and placed.crop.dtype == np.bool_


def test_a_crop_of_three_dimensions_is_refused() -> None:
    with pytest.raises(ValueError, match="two-dimensional"):
        Mask(np.ones((2, 2, 2), np.bool_))


def test_a_union_that_no_image_holds_is_refused_before_memory_is_asked_for() -> None:
    pixel = np.ones((1, 1), np.bool_)
    with pytest.raises(ValueError, match="larger than any image"):
        masks.union(Mask(pixel, 0, 0), Mask(pixel, 10**7, 10**7))


def test_from_full_keeps_no_large_frame_alive() -> None:
    frame = np.zeros((1000, 1000), np.bool_)
    frame[5:8, 5:8] = True
    assert masks.from_full(frame).crop.base.nbytes == 9
