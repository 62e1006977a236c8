"""The magic wand on flat scenes and on noise, against a plain search."""

from __future__ import annotations

import numpy as np
import pytest

from anylabel_plus.core import masks, wand
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask


class Reading:
    """Pixels read in parts, as from a pyramid of tiles; remembers how much was read."""

    def __init__(self, pixels: np.ndarray, width: int = 0, height: int = 0) -> None:
        self.pixels = pixels
        self.height, self.width = height or pixels.shape[0], width or pixels.shape[1]
        self.largest = 0

    def crop(self, x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
        self.largest = max(self.largest, (x1 - x0) * (y1 - y0))
        part = np.zeros((y1 - y0, x1 - x0, 3), np.uint8)
        inside = self.pixels[y0:y1, x0:x1]
        part[: inside.shape[0], : inside.shape[1]] = inside
        return part


def similar(pixels: np.ndarray, x: int, y: int, tolerance: int, **options: object) -> Mask:
    return wand.similar(Reading(pixels), x, y, tolerance, **options)  # type: ignore[arg-type]


def scene(height: int = 80, width: int = 100) -> np.ndarray:
    pixels = np.full((height, width, 3), 50, np.uint8)
    pixels[10:30, 10:40] = (200, 100, 50)
    pixels[50:70, 60:90] = (206, 100, 50)
    return pixels


def test_only_what_hangs_together_or_everything_alike() -> None:
    pixels = scene()
    one = similar(pixels, 20, 20, 8)
    assert masks.bounds(one) == (10, 10, 40, 30) and one.area == 600
    both = similar(pixels, 20, 20, 8, contiguous=False)
    assert both.area == 1200
    assert similar(pixels, 20, 20, 4, contiguous=False).area == 600
    assert similar(pixels, 20, 20, 255).area == pixels.shape[0] * pixels.shape[1]


def test_a_region_larger_than_the_first_window_is_whole() -> None:
    pixels = np.zeros((1500, 1800, 3), np.uint8)
    pixels[100:1400, 50:1700] = 90
    pixels[300:400, 300:400] = 200
    found = similar(pixels, 1000, 700, 5)
    assert found.area == 1300 * 1650 - 100 * 100 and masks.bounds(found) == (50, 100, 1700, 1400)


def test_a_plain_search_finds_the_same() -> None:
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 60, (40, 50, 3), dtype=np.uint8)
    alike = (np.abs(pixels.astype(int) - pixels[20, 25].astype(int)) <= 30).all(axis=2)
    reached, todo = np.zeros_like(alike), [(20, 25)]
    while todo:
        row, column = todo.pop()
        if 0 <= row < 40 and 0 <= column < 50 and alike[row, column] and not reached[row, column]:
            reached[row, column] = True
            todo += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
    assert np.array_equal(masks.full(similar(pixels, 25, 20, 30), 50, 40), reached)


def test_smoothing_drops_specks_and_keeps_the_edge_of_the_image() -> None:
    pixels = scene()
    pixels[15, 20], pixels[0:8, :] = (0, 0, 0), 255
    assert similar(pixels, 12, 12, 8).area == 599
    assert similar(pixels, 12, 12, 8, smooth_px=2).area == pytest.approx(600, abs=16)
    band = similar(pixels, 50, 2, 8, smooth_px=3)
    assert band.area == 8 * 100


def test_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="outside an image of 100 x 80"):
        similar(scene(), 100, 10, 5)


def test_a_huge_image_is_read_around_the_click_only(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.full((300, 300, 3), 200, np.uint8)
    pixels[100:120, 100:120] = 90
    huge = Reading(pixels, 30_000, 30_000)
    assert wand.similar(huge, 110, 110, 5).area == 400
    assert huge.largest <= 512 * 512
    with pytest.raises(UserError, match="not searched as a whole"):
        wand.similar(huge, 110, 110, 5, contiguous=False)
    monkeypatch.setattr(wand, "FURTHEST_PX", 1024)
    with pytest.raises(UserError, match="further than 1,024 pixels"):
        wand.similar(huge, 20_000, 20_000, 5)
