"""Cutouts: the right crop with a margin, truncated objects, shrunk ones, and pictures with alpha."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import EMPTY, Mask, from_full
from anylabel_plus.synthesis.cutting import CutOptions, cut, cut_rgba

RED, BLUE = (220, 30, 40), (20, 40, 230)


def disc(width: int, height: int, x: float, y: float, radius: float) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:height, :width] + 0.5
    return np.hypot(columns - x, rows - y) < radius


def scene(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(mask[..., None], np.array(RED), np.array(BLUE)).astype(np.uint8)


def test_the_crop_has_a_margin_and_shows_the_object_only() -> None:
    inside = disc(200, 120, 80, 60, 30)
    got = cut(scene(inside), from_full(inside))
    assert got.box == (46, 26, 114, 94)
    assert got.pixels.shape == (68, 68, 4)
    assert got.pixels.dtype == np.uint8
    assert 0.9 < got.area / inside.sum() < 1.0
    for border in (got.pixels[:3], got.pixels[-3:], got.pixels[:, :3], got.pixels[:, -3:]):
        assert not border[..., 3].any()
    seen = got.pixels[got.pixels[..., 3] > 0][:, :3].astype(int)
    assert (np.abs(seen - RED) <= 24).all()


def test_an_object_at_the_border_has_a_margin_too_and_is_not_eroded_there() -> None:
    inside = disc(200, 120, 0, 60, 40)
    got = cut(scene(inside), from_full(inside))
    assert got.box[0] == -4
    assert not got.pixels[:, :4, 3].any()
    assert (got.pixels[20:60, 4, 3] == 255).all()
    assert got.pixels.shape[1] == got.box[2] - got.box[0]


def test_a_mask_beyond_the_image_is_clipped() -> None:
    pixels = np.full((60, 60, 3), 90, np.uint8)
    assert cut(pixels, Mask(np.ones((40, 40), np.bool_), 40, 40)).box == (36, 36, 64, 64)


def test_large_objects_are_stored_shrunk() -> None:
    inside = disc(900, 700, 450, 350, 300)
    got = cut(scene(inside), from_full(inside), CutOptions(max_side=200))
    assert abs(max(got.pixels.shape[:2]) - 208) <= 2
    assert got.box == (138, 38, 762, 662)
    seen = got.pixels[got.pixels[..., 3] > 0][:, :3].astype(int)
    assert (np.abs(seen - RED) <= 24).all()


@pytest.mark.parametrize(
    ("mask", "words"),
    [(EMPTY, "empty"), (Mask(np.zeros((9, 9), np.bool_)), "empty"), (Mask(np.ones((3, 30), np.bool_)), "too small")],
)
def test_what_cannot_be_cut_is_told(mask: Mask, words: str) -> None:
    with pytest.raises(UserError, match=words):
        cut(np.zeros((60, 60, 3), np.uint8), mask)


def rgba(alpha: NDArray[np.uint8], colour: tuple[int, int, int] = RED) -> NDArray[np.uint8]:
    pixels = np.zeros((*alpha.shape, 4), np.uint8)
    pixels[..., 3] = alpha
    pixels[alpha > 0, :3] = colour
    return pixels


def test_a_soft_alpha_stays_as_it_is() -> None:
    rows, columns = np.mgrid[:80, :100] + 0.5
    alpha = (np.clip(25 - np.hypot(columns - 50, rows - 40), 0, 4) / 4 * 255).astype(np.uint8)
    got = cut_rgba(rgba(alpha))
    x1, y1, x2, y2 = got.box
    assert np.array_equal(got.pixels[..., 3], alpha[y1:y2, x1:x2])
    assert (got.pixels[got.pixels[..., 3] > 0][:, :3] == RED).all()


def test_dark_colours_in_the_soft_edge_are_replaced() -> None:
    """Many programs blend the edge with black before they save."""
    rows, columns = np.mgrid[:80, :100] + 0.5
    share = np.clip((25 - np.hypot(columns - 50, rows - 40)) / 4, 0, 1)
    pixels = rgba((share * 255).astype(np.uint8))
    pixels[..., :3] = pixels[..., :3] * share[..., None]
    got = cut_rgba(pixels)
    assert (np.abs(got.pixels[got.pixels[..., 3] > 0][:, :3].astype(int) - RED) <= 20).all()


def test_a_hard_alpha_gets_a_soft_edge() -> None:
    alpha = disc(100, 80, 50, 40, 25).astype(np.uint8) * 255
    got = cut_rgba(rgba(alpha))
    between = (got.pixels[..., 3] > 0) & (got.pixels[..., 3] < 255)
    assert between.sum() > 50
    assert abs(got.area / np.count_nonzero(alpha) - 1) < 0.06


@pytest.mark.parametrize("fill", [0, 60, 255])
def test_nothing_or_all_of_a_picture_is_no_object(fill: int) -> None:
    with pytest.raises(UserError, match="opaque" if fill < 255 else "no transparent part"):
        cut_rgba(rgba(np.full((40, 40), fill, np.uint8)))
