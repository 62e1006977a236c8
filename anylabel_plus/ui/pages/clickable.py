"""What the cards and rows of the welcome page share."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from anylabel_plus.ui import theme, words


class Clickable(QAbstractButton):
    """A button that paints itself: hover, focus ring, hand."""

    def __init__(self, name: str, height: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFixedHeight(height)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(160, self.height())

    def line(self, painter: QPainter, area: QRectF, text: str, style: str, role: str, middle: bool = False) -> None:
        """One line of text, shortened at its end or in its middle."""
        font = theme.font(style)
        painter.setFont(font)
        painter.setPen(theme.color(role))
        mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), words.fit(text, font, int(area.width()), mode))


def fill(painter: QPainter, area: QRectF, picture: QImage, radius: float) -> None:
    """Fill a rounded area with a picture, somewhat above its middle, where faces are."""
    shape = QPainterPath()
    shape.addRoundedRect(area, radius, radius)
    scale = max(area.width() / picture.width(), area.height() / picture.height())
    w, h = area.width() / scale, area.height() / scale
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setClipPath(shape)
    painter.drawImage(area, picture, QRectF((picture.width() - w) / 2, (picture.height() - h) / 4, w, h))
    painter.restore()
