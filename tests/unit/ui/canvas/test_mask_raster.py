"""Masks drawn as pixels: where they are, how much they cover, and that a repaint costs a copy."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from anylabel_plus.core.masks import Mask
from anylabel_plus.ui.canvas import mask_raster
from anylabel_plus.ui.canvas.mask_raster import Ink, MaskRasters, Place, coverage, rendered
from anylabel_plus.ui.canvas.painter import transform_of
from anylabel_plus.ui.canvas.viewport import View

WHOLE = (0, 0, 200, 150)


def disc(side: int = 300, x: int = 20, y: int = 10) -> Mask:
    at = np.arange(side) + 0.5 - side / 2
    return Mask(at[:, None] ** 2 + at[None, :] ** 2 < (side / 2) ** 2, x, y)


@pytest.mark.parametrize("scale", [0.1, 0.26, 0.5, 1.0, 1.7, 3.0, 6.0, 20.0])
def test_coverage_is_where_the_mask_is(scale: float) -> None:
    mask = disc()
    # The leftmost point of the disc is in the middle.
    place = Place(scale, 100.3 - 20 * scale, 75.6 - 160 * scale, 200, 150)
    x = (np.arange(200) + 0.5 - place.ox) / scale
    y = (np.arange(150) + 0.5 - place.oy) / scale
    wanted = mask.sample(x, y)
    found = coverage(mask, place, WHOLE) >= 128
    wrong = found != wanted
    assert wanted.any() and not wanted.all()
    # At the edge a device pixel may be on either side.
    distance = np.abs(np.hypot(x[None, :] - 170, y[:, None] - 160) - 150) * scale
    assert not (wrong & (distance > max(1.0, 0.6 * scale))).any()
    if scale >= mask_raster.EXACT_FROM:
        assert not wrong.any(), "large pixels have exact edges"


def test_fill_line_and_halo() -> None:
    color = QColor(255, 0, 0)
    place = Place(0.5, 0.0, 0.0, 200, 200)
    image = rendered(disc(), place, (0, 0, 200, 200), Ink(color.rgb(), 0.5, 2.5, color.rgb()))
    inside, outside = image.pixelColor(85, 80), image.pixelColor(3, 3)
    assert inside.alphaF() == pytest.approx(0.5, abs=0.02) and inside.red() == 255
    assert outside.alpha() == 0
    row = [image.pixelColor(x, 80) for x in range(12)]
    assert max(color.alpha() for color in row) > 220, "a line at the edge"
    assert any(0 < c.alpha() < 130 and c.red() < 80 for c in row), "and a dark halo outside of it"


def test_a_repaint_takes_the_image_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    original = mask_raster.rendered
    monkeypatch.setattr(mask_raster, "rendered", lambda *a: made.append(a) or original(*a))
    rasters, mask = MaskRasters(), disc()
    canvas = QImage(200, 150, QImage.Format.Format_RGB32)

    def draw(view: View, what: Mask) -> None:
        painter = QPainter(canvas)
        painter.setTransform(transform_of(view))
        rasters.draw(painter, what, QColor(255, 0, 0), 0.4, 1.5)
        painter.end()

    draw(View(0.5, 0, 0), mask)
    draw(View(0.5, 0, 0), mask)
    assert len(made) == 1
    draw(View(0.5, 5, 0), mask)
    draw(View(0.5, 5, 0), Mask(mask.crop.copy(), mask.x, mask.y))
    assert len(made) == 3
    draw(View(0.5, 5000, 0), mask)
    assert len(made) == 3, "nothing is to be seen"
