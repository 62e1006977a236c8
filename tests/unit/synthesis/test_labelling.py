"""Outlines of masks: few points, the same pixels to half a per cent, the very same box; covered shapes are cut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anylabel_plus.core.masks import EMPTY, Mask, Polygon, bounds, iou, polygons, rasterize, tight, union
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.synthesis.labelling import kept_shapes, outlines


def random_mask(seed: int) -> Mask:
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.random((60, 80)), (0, 0), float(rng.uniform(0.6, 6)))
    return tight(Mask(noise > np.quantile(noise, rng.uniform(0.3, 0.95)), 7, 11))


def pixels(parts: list[Polygon]) -> Mask:
    found = EMPTY
    for part in parts:
        found = union(found, rasterize([part.exterior, *part.holes]))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_outlines_hold_the_mask(seed: int) -> None:
    mask = random_mask(seed)
    parts = outlines(mask)
    assert iou(pixels(parts), mask) >= 0.99
    assert bounds(pixels(parts)) == bounds(mask)
    assert len(parts) == len(polygons(mask))


@pytest.mark.parametrize("seed", range(40))
def test_outlines_of_large_masks_hold_them_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = np.zeros((700, 700), np.uint8)
    cv2.fillPoly(frame, [rng.integers(0, 700, (int(rng.integers(3, 30)), 2)).astype(np.int32)], 1)
    mask = tight(Mask(frame > 0, 3, 4))
    found = pixels(outlines(mask))
    assert iou(found, mask) >= 0.99
    assert bounds(found) == bounds(mask)


@pytest.mark.parametrize("cut", ["", "1 1", "2 2", "3 1", "40 60", "200 2"])
def test_straight_sides_keep_their_corners(cut: str) -> None:
    """As of boxes, and of what the border of the frame or another object cuts off."""
    frame = np.ones((250, 330), np.bool_)
    if cut:
        width, height = map(int, cut.split())
        frame[-height:, -width:] = False
    mask = Mask(frame, 3, 4)
    (part,) = outlines(mask)
    assert iou(pixels([part]), mask) >= 0.999
    assert len(part.exterior) <= 8


@pytest.mark.parametrize("seed", range(20))
def test_large_masks_cut_by_straight_lines_are_held(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = np.zeros((700, 700), np.uint8)
    cv2.ellipse(frame, (350, 350), (int(rng.integers(120, 340)), 200), float(rng.integers(0, 180)), 0, 360, 1, -1)
    for value in (1, 0, 0):
        x, y, width, height = (int(number) for number in rng.integers(1, 500, 4))
        frame[y : y + height, x : x + width] = value
    mask = tight(Mask(frame > 0, 3, 4))
    parts = outlines(mask)
    for part, exact in zip(parts, polygons(mask), strict=True):
        assert iou(pixels([part]), pixels([exact])) >= 0.99


def test_a_disc_needs_few_points() -> None:
    frame = np.zeros((200, 200), np.uint8)
    cv2.circle(frame, (100, 100), 90, 1, -1)
    (part,) = outlines(tight(Mask(frame > 0)))
    assert len(part.exterior) < 120


def test_a_covered_shape_keeps_who_made_it_and_says_how_much_is_hidden() -> None:
    square = make_shape("polygon", "a", ((10, 10), (50, 10), (50, 50), (10, 50)), group_id=4)
    mask = rasterize([square.points])
    bar = Mask(np.ones((60, 8), np.bool_), 26, 0)
    parts = kept_shapes([(square, mask)], bar, 9)
    assert [part.group_id for part in parts] == [4, 4]
    assert parts[0].attributes["occlusion"] == "0.20"
    assert sum(rasterize([part.points]).area for part in parts) == 1600 - 320
    (untouched,) = kept_shapes([(square, mask)], Mask(np.ones((2, 2), np.bool_), 90, 90), 9)
    assert untouched is square
