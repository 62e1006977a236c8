"""The quality filter: each measure tells what it is named after, and the reasons are words."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from anylabel_plus.core.masks import EMPTY, Mask, from_full
from anylabel_plus.synthesis.quality import (
    NO_LIMITS,
    WORDS,
    QualityLimits,
    border,
    measured,
    of_image,
    uncovered,
    verdict,
    wholeness,
)


def disc(x: float, y: float, radius: float, width: int = 300, height: int = 200) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:height, :width] + 0.5
    return np.hypot(columns - x, rows - y) < radius


def scene(mask: NDArray[np.bool_], blur: float = 0.0) -> NDArray[np.uint8]:
    rng = np.random.default_rng(1)
    pixels = np.where(mask[..., None], (220, 190, 150), (60, 50, 70)).astype(np.uint8)
    if blur:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), blur), np.uint8)
    noisy = pixels.astype(int) + rng.integers(-3, 4, pixels.shape)  # of the sensor, after the lens
    return np.clip(noisy, 0, 255).astype(np.uint8)


def test_a_good_object_has_good_measures() -> None:
    inside = disc(150, 100, 50)
    found = measured(scene(inside), from_full(inside))
    assert set(found) == set(WORDS)
    assert min(found.values()) > 0.9, found
    assert verdict(found, int(inside.sum()), QualityLimits()) == ()


@pytest.mark.parametrize("x", [0, 49, 251, 300])
def test_the_border_cuts_off(x: float) -> None:
    inside = disc(x, 100, 50)
    assert border(from_full(inside), 300, 200) < 0.9
    found = measured(scene(inside), from_full(inside))
    assert "border" in verdict(found, 5000, QualityLimits())[0]


def test_an_object_close_to_the_border_is_whole() -> None:
    assert border(from_full(disc(53, 100, 50)), 300, 200) == 1.0


def test_tiny_objects_are_told_with_their_size() -> None:
    inside = disc(150, 100, 7)
    found = measured(scene(inside), from_full(inside))
    assert verdict(found, 150, QualityLimits())[0] == "is tiny (150 px, less than 256)"
    assert verdict(found, 150, QualityLimits(min_area=100)) == ()


@pytest.mark.parametrize("blur", [3.0, 5.0])
def test_a_blurred_object_is_told_from_a_sharp_one(blur: float) -> None:
    inside = disc(150, 100, 50)
    blurred, sharp = (measured(scene(inside, b), from_full(inside))["sharpness"] for b in (blur, 0.7))
    assert blurred < QualityLimits().sharpness < sharp
    assert "blurred" in verdict({"sharpness": blurred}, 5000, QualityLimits())[0]


def test_where_the_whole_image_is_soft_a_soft_object_is_right() -> None:
    inside = disc(150, 100, 50)
    pixels = scene(inside, 2.0)
    alone = measured(pixels, from_full(inside))["sharpness"]
    assert of_image(pixels) < 0.6
    assert measured(pixels, from_full(inside), image_sharpness=of_image(pixels))["sharpness"] > 1.5 * alone


def test_a_large_soft_object_is_sharp_for_its_size() -> None:
    inside = disc(750, 500, 400, 1500, 1000)
    assert measured(scene(inside, 2.5), from_full(inside))["sharpness"] > 0.6


def test_shapes_on_top_hide_and_those_below_do_not() -> None:
    mask, other = from_full(disc(150, 100, 50)), from_full(disc(190, 100, 30))
    assert uncovered(mask, over=[other], beside=[other]) < 0.85
    assert uncovered(mask, over=[], beside=[other]) > 0.99
    assert uncovered(mask, over=[from_full(disc(250, 100, 30))]) == 1.0


def test_a_notch_with_another_object_in_it_is_hidden_ground() -> None:
    other = disc(150, 60, 40)
    mask = from_full(disc(150, 100, 50) & ~other)
    assert uncovered(mask, beside=[from_full(other)]) < 0.85
    assert uncovered(mask) == 1.0  # the object's own shape


def test_far_apart_parts_are_no_whole_object() -> None:
    far = from_full(disc(60, 100, 30) | disc(220, 100, 30))
    near = from_full(disc(60, 100, 30) | disc(122, 100, 30))
    crumb = from_full(disc(60, 100, 30) | disc(220, 100, 4))
    assert wholeness(far) == pytest.approx(0.5, abs=0.01)
    assert wholeness(near) == 1.0
    assert wholeness(crumb) > 0.95


def test_a_mask_off_the_object_is_doubtful_and_so_is_a_model_that_was_unsure() -> None:
    inside = disc(150, 100, 50)
    pixels = scene(inside)
    right = measured(pixels, from_full(inside))["mask"]
    wrong = measured(pixels, Mask(np.ones((60, 60), np.bool_), 120, 20))["mask"]
    assert wrong < 0.8 * right
    nothing = measured(pixels, Mask(np.ones((50, 50), np.bool_), 5, 5))["mask"]
    assert nothing < 0.7
    assert measured(pixels, from_full(inside), confidence=0.3)["mask"] == 0.3
    assert "doubtful mask" in verdict({"mask": 0.3}, 5000, QualityLimits())[0]


def test_no_limits_accept_everything_and_nothing_measures_nothing() -> None:
    found = measured(np.zeros((20, 20, 3), np.uint8), EMPTY)
    assert set(found.values()) == {0.0}
    assert verdict(found, 0, NO_LIMITS) == ()
    assert len(verdict(found, 0, QualityLimits())) == 5
