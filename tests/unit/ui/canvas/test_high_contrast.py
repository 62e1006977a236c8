"""High-contrast outlines: a wide black edge, no fills; masks stay what they are."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.canvas.outlines import Outlines
from anylabel_plus.ui.canvas.painter import ShapePainter

SQUARE = Shape(1, "polygon", "cat", np.array([[20, 20], [80, 20], [80, 80], [20, 80]], np.float64))


def drawn(*, high_contrast: bool) -> QImage:
    image = QImage(100, 100, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("white"))
    shapes = ShapePainter(Outlines(), 1.0, 1.0)
    shapes.high_contrast = high_contrast
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shapes.draw(painter, SQUARE, QColor("#ffee00"), (), "rest")
    painter.end()
    return image


def dark(image: QImage) -> int:
    """Nearly black pixels across the left edge."""
    return sum(QColor(image.pixel(x, 50)).lightness() < 40 for x in range(10, 30))


@pytest.mark.usefixtures("qapp")
def test_the_edge_is_wide_and_black_and_nothing_is_filled() -> None:
    plain, strong = drawn(high_contrast=False), drawn(high_contrast=True)
    assert dark(plain) == 0
    assert dark(strong) >= 2
    assert QColor(plain.pixel(50, 50)) != QColor("white")
    assert QColor(strong.pixel(50, 50)) == QColor("white")
