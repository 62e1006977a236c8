"""Rulers along the upper and left edge of the canvas, in image pixels."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.canvas.camera import CameraWidget

BREADTH = 18
LEAST_STEP_PX = 64.0


def step_for(scale: float) -> int:
    """Image pixels between two numbers, 1, 2 or 5 times a power of ten, at least 64 pixels apart on screen."""
    least = LEAST_STEP_PX / scale
    power = 10 ** math.floor(math.log10(max(least, 1.0)))
    return max(1, next(int(power * factor) for factor in (1, 2, 5, 10) if power * factor >= least or factor == 10))


class Ruler(QWidget):
    """One ruler of ``canvas``; clicks go through to the canvas."""

    def __init__(self, canvas: CameraWidget, orientation: Qt.Orientation) -> None:
        super().__init__(canvas)
        self._canvas, self._across = canvas, orientation == Qt.Orientation.Horizontal
        self.setObjectName("ruler_top" if self._across else "ruler_left")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed().connect(self.update)

    def place(self) -> None:
        """Lie along the canvas, whatever its size."""
        canvas = self._canvas
        self.setGeometry(*((0, 0, canvas.width(), BREADTH) if self._across else (0, 0, BREADTH, canvas.height())))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg_panel"))
        painter.setPen(theme.color("border_subtle"))
        edge = BREADTH - 1
        painter.drawLine(*((0, edge, self.width(), edge) if self._across else (edge, 0, edge, self.height())))
        painter.setPen(theme.color("text_3"))
        painter.setFont(theme.font("cap"))
        view, length = self._canvas.view, self.width() if self._across else self.height()
        start, size = (
            (view.ox, self._canvas.image_size()[0]) if self._across else (view.oy, self._canvas.image_size()[1])
        )
        if not size:
            return
        step = step_for(view.scale)
        first = max(0, math.floor(-start / view.scale / step)) * step
        last = min(size, (length - start) / view.scale)
        for value in range(first, int(last) + 1, step):
            self._tick(painter, start + value * view.scale, str(value))

    def _tick(self, painter: QPainter, at: float, text: str) -> None:
        if self._across:
            painter.drawLine(QPointF(at, BREADTH - 6), QPointF(at, BREADTH - 1))
            painter.drawText(QPointF(at + 3, BREADTH - 6), text)
            return
        painter.drawLine(QPointF(BREADTH - 6, at), QPointF(BREADTH - 1, at))
        painter.save()
        painter.translate(BREADTH - 7, at - 3)
        painter.rotate(-90)
        painter.drawText(QRectF(0, -11, 80, 14).topLeft() + QPointF(0, 11), text)
        painter.restore()


class Rulers:
    """Both rulers, shown by the setting ``canvas.rulers``; ``follow`` after every change of view or size."""

    def __init__(self, canvas: CameraWidget) -> None:
        self._canvas = canvas
        self._both = [Ruler(canvas, side) for side in (Qt.Orientation.Horizontal, Qt.Orientation.Vertical)]
        canvas.session.viewed_changed.connect(self.follow)
        canvas.session.image_changed.connect(self.follow)
        canvas.session.settings_changed.connect(self._setting_changed)
        self.follow()

    def _setting_changed(self, key: str) -> None:
        if key == "canvas.rulers":
            self.follow()

    def follow(self) -> None:
        """Bring place, numbers and visibility up to date."""
        shown = bool(self._canvas.session.settings.get("canvas.rulers")) and self._canvas.session.picture is not None
        for ruler in self._both:
            ruler.setVisible(shown)
            if shown:
                ruler.place()
                ruler.update()
