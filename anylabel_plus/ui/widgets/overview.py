"""A small picture of the whole image with the part in view marked on it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from anylabel_plus.ui import theme

HEIGHT = 168
LEAST_HEIGHT = 96
"""In a full column the navigator gives way before other panels are covered."""
MARGIN = 8
_STEPS = {
    Qt.Key.Key_Left: (-0.1, 0.0),
    Qt.Key.Key_Right: (0.1, 0.0),
    Qt.Key.Key_Up: (0.0, -0.1),
    Qt.Key.Key_Down: (0.0, 0.1),
}


class Overview(QWidget):
    """Press or drag to look there; arrow keys move by a tenth of what is in view."""

    looked = Signal(float, float)
    """Image position, in pixels, that is to be in the middle."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setMaximumHeight(HEIGHT)
        self.empty_text = ""
        """Shown where there is no image."""
        self._image: QImage | None = None
        self._size = (0.0, 0.0)
        self._viewed = QRectF()

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def set_image(self, image: QImage | None, width: float, height: float) -> None:
        """A thumbnail of an image of ``width`` by ``height`` pixels, None for nothing."""
        self._image, self._size = image, (width, height)
        self.update()

    def set_viewed(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """The part in view, in image pixels."""
        self._viewed = QRectF(x0, y0, x1 - x0, y1 - y0)
        self.update()

    def _frame(self) -> QRectF:
        """Where the thumbnail lies."""
        width, height = self._size
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        scale = min(room.width() / width, room.height() / height)
        size = width * scale, height * scale
        return QRectF(room.center().x() - size[0] / 2, room.center().y() - size[1] / 2, *size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("bg_canvas"))
        if self._image is None or not all(self._size):
            painter.setPen(theme.color("text_3"))
            room = self.rect().adjusted(2 * MARGIN, MARGIN, -2 * MARGIN, -MARGIN)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.empty_text)
            return
        frame = self._frame()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame, self._image)
        scale = frame.width() / self._size[0]
        viewed = QRectF(
            frame.x() + self._viewed.x() * scale,
            frame.y() + self._viewed.y() * scale,
            self._viewed.width() * scale,
            self._viewed.height() * scale,
        ).intersected(frame)
        painter.setPen(QPen(QColor(0, 0, 0, 140), 4))
        painter.drawRect(viewed)
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.drawRect(viewed)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("focus"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))

    def _look(self, event: QMouseEvent) -> None:
        if self._image is None or not all(self._size):
            return
        frame, at = self._frame(), event.position()
        scale = self._size[0] / frame.width()
        self.looked.emit((at.x() - frame.x()) * scale, (at.y() - frame.y()) * scale)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._look(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._look(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        middle = self._viewed.center()
        self.looked.emit(middle.x() + step[0] * self._viewed.width(), middle.y() + step[1] * self._viewed.height())
