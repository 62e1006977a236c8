"""A long drawing of the static layer is seen while it goes on, and no slice takes long."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.ui.canvas.layer import StaticLayer
from anylabel_plus.ui.canvas.outlines import Outlines
from anylabel_plus.ui.canvas.painter import ShapePainter
from anylabel_plus.ui.canvas.viewport import View

SIZE = QSize(200, 100)
SHAPES = [make_shape("rectangle", "a", [[x, 10], [x + 1, 90]]) for x in range(0, 200, 2)]


class SlowSource:
    """Fills a column for each shape, in five milliseconds."""

    def shape_painter(self, scale: float) -> ShapePainter:
        return ShapePainter(Outlines(), 1.0, scale)

    def fills(self) -> bool:
        return False

    def background(self) -> QColor:
        return QColor(0, 0, 0)

    def draw_picture(self, painter: QPainter, view: View, area: QRect) -> None:
        pass

    def resting(self, view: View, area: QRect) -> Sequence[Shape]:
        return SHAPES

    def draw_resting(self, painter: QPainter, shapes: ShapePainter, shape: Shape) -> None:
        time.sleep(0.005)
        painter.fillRect(QRect(int(shape.points[0, 0]), 10, 2, 80), QColor(255, 255, 255))

    def draw_quick(self, painter: QPainter, shapes: ShapePainter, shape: Shape) -> None:
        pass


def white(image: QImage | None) -> int:
    assert image is not None
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return int(np.count_nonzero(pixels[50, : 4 * image.width() : 4]))


@pytest.mark.usefixtures("qapp")
def test_what_is_done_so_far_is_shown_and_grows() -> None:
    layer = StaticLayer(SlowSource())
    layer.show(View(1.0, 0.0, 0.0), SIZE)
    seen = [white(layer.image())]
    while not layer.finished:
        start = time.perf_counter()
        if layer.advance(0.010):
            seen.append(white(layer.image()))
        assert time.perf_counter() - start < 0.25
    assert len(seen) >= 4 and seen == sorted(seen) and seen[-1] == 200
    assert 0 < seen[1] < 200
