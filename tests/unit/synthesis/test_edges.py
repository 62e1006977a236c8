"""Edges of cutouts: soft, inside the mask, thin parts whole, and nothing of the background's colour left."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from anylabel_plus.synthesis.edges import EdgeOptions, clean, eroded, refined

OPTIONS = EdgeOptions()
RED, BLUE = (220, 30, 40), (20, 40, 230)


def disc(side: int, radius: float) -> NDArray[np.bool_]:
    y, x = np.mgrid[:side, :side] + 0.5
    return np.hypot(x - side / 2, y - side / 2) < radius


def scene(mask: NDArray[np.bool_], blur: float = 0.0) -> NDArray[np.uint8]:
    pixels = np.where(mask[..., None], np.array(RED), np.array(BLUE)).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), blur) if blur else pixels)


@pytest.mark.parametrize("blur", [0.0, 0.8, 1.5])
@pytest.mark.parametrize("too_large", [0, 1])
def test_no_blue_is_left_of_a_red_disc_on_blue(blur: float, too_large: int) -> None:
    truth = disc(120, 40)
    mask = disc(120, 40 + too_large)
    pixels = scene(truth, blur)
    alpha = refined(mask, pixels, OPTIONS)
    colours = clean(pixels, alpha, OPTIONS)
    seen = colours[alpha > 0].astype(int)
    assert (np.abs(seen - RED) <= 24).all(), seen[np.abs(seen - RED).max(axis=1).argmax()]
    assert not alpha[~mask].any()
    area = np.count_nonzero(alpha >= 128)
    assert 0.9 < area / truth.sum() < 1.02
    assert np.count_nonzero((alpha > 0) & (alpha < 255)) > 200  # a soft edge


def test_colours_go_on_beyond_the_edge_so_that_warping_finds_no_others() -> None:
    pixels = scene(disc(120, 40))
    alpha = refined(disc(120, 40), pixels, OPTIONS)
    colours = clean(pixels, alpha, OPTIONS).astype(int)
    beyond = disc(120, 40 + OPTIONS.reach_px - 2)
    assert (np.abs(colours[beyond] - RED) <= 24).all()
    assert not colours[~disc(120, 56)].any()


def test_holes_stay_holes() -> None:
    mask = disc(120, 40) & ~disc(120, 15)
    pixels = scene(mask)
    alpha = refined(mask, pixels, OPTIONS)
    assert not alpha[disc(120, 15)].any()
    assert (alpha[disc(120, 36) & ~disc(120, 19)] == 255).all()
    assert (np.abs(clean(pixels, alpha, OPTIONS)[alpha > 0].astype(int) - RED) <= 24).all()


def test_erosion_takes_one_pixel_but_no_thin_part() -> None:
    hard = np.zeros((80, 80), np.uint8)
    hard[10:60, 10:60] = 1
    hard[60:78, 30:32] = 1  # a tail of two pixels
    inner = eroded(hard, 0.15)
    assert not inner[10, 10:60].any()
    assert inner[11:59, 11:59].all()
    assert inner[63:78, 30:32].all()


@pytest.mark.parametrize("rows", [1, 2, 3, 6])
def test_thin_and_tiny_objects_are_not_eroded(rows: int) -> None:
    hard = np.zeros((30, 60), np.uint8)
    hard[10 : 10 + rows, 5:50] = 1
    assert np.array_equal(eroded(hard, 0.15), hard)


def test_a_thin_part_keeps_its_own_colour() -> None:
    mask = np.zeros((80, 80), np.bool_)
    mask[10:60, 10:60] = True
    mask[60:78, 30:33] = True
    pixels = scene(mask)
    pixels[60:78, 30:33] = (30, 200, 60)
    alpha = refined(mask, pixels, OPTIONS)
    assert (alpha[64:76, 31] > 200).all()
    assert (np.abs(clean(pixels, alpha, OPTIONS)[66:76, 31].astype(int) - (30, 200, 60)) < 12).all()


def test_a_dark_outline_is_no_background() -> None:
    """A tyre: neither the light inside nor the light background, nor a mixture of them."""
    mask, inside = disc(80, 30), disc(80, 26)
    pixels = np.full((80, 80, 3), 190, np.uint8)
    pixels[mask] = (25, 25, 25)
    pixels[inside] = (215, 210, 205)
    alpha = refined(mask, pixels, OPTIONS)
    colours = clean(pixels, alpha, OPTIONS)
    ring = disc(80, 28.5) & ~disc(80, 27)
    assert (colours[ring & (alpha >= 128)].mean(axis=1) < 60).all()


def test_where_the_image_ends_the_object_goes_on() -> None:
    mask = np.ones((40, 40), np.bool_)
    mask[:, 30:] = False
    alpha = refined(mask, scene(mask), OPTIONS)
    assert (alpha[:, :26] == 255).all()
    assert not alpha[:, 30:].any()


def test_alpha_follows_the_image_where_the_mask_is_a_pixel_off() -> None:
    truth = disc(120, 40)
    mask = np.roll(truth, 2, axis=1)
    pixels = scene(truth)

    def wrong(options: EdgeOptions) -> float:
        alpha = refined(mask, pixels, options)
        return float(alpha[~truth].sum()) / 255

    assert wrong(OPTIONS) < 0.7 * wrong(replace(OPTIONS, follow_px=0))


def test_a_soft_picture_keeps_its_own_colours_where_it_is_half_transparent() -> None:
    alpha = np.full((40, 40), 120, np.uint8)
    alpha[:5] = alpha[-5:] = 0
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[5:35] = (10, 200, 90)
    pixels[20:35] = (200, 10, 90)
    colours = clean(pixels, alpha, OPTIONS, soft=True)
    assert np.array_equal(colours[5:35], pixels[5:35])
    assert (np.abs(colours[2:5].astype(int) - (10, 200, 90)) < 3).all()
