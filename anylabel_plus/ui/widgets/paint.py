"""Drawing that several widgets share: focus rings, rounded boxes, shadows."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from anylabel_plus.ui import theme


def rounded(
    painter: QPainter, rect: QRectF, radius: float, fill: QColor | None, line: QColor | None = None, width: float = 1.0
) -> None:
    """A rounded box whose outline lies inside ``rect``, on whole pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inset = width / 2 if line is not None else 0.0
    painter.setPen(QPen(line, width) if line is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset)


def focus_ring(painter: QPainter, rect: QRectF, radius: float, on_fill: bool = False) -> None:
    """The 2 px ring inside ``rect``."""
    role = "focus_on_fill" if on_fill else "focus"
    rounded(painter, rect, radius, None, theme.color(role), theme.values()["border"]["focus"])


@lru_cache(maxsize=16)
def _shadow(width: int, height: int, blur: int, drop: int, radius: int, rgba: int) -> QPixmap:
    result = QPixmap(width, height)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    base = QColor.fromRgba(rgba)
    steps = blur // 2
    for step in range(steps):
        # Layers of one weak alpha pile up towards the middle: a soft edge without a blur.
        base.setAlphaF(QColor.fromRgba(rgba).alphaF() * 2 * (step + 1) / (steps * (steps + 1)))
        painter.setBrush(base)
        inset = float(step)
        area = QRectF(0, 0, width, height).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(area.translated(0, drop / 2), radius + steps - step, radius + steps - step)
    painter.end()
    return result


def shadow(painter: QPainter, box: QRect, radius: int, margin: int) -> None:
    """The shadow of a float that occupies ``box``, spreading ``margin`` around it."""
    area = box.adjusted(-margin, -margin, margin, margin)
    picture = _shadow(area.width(), area.height(), margin * 2, 6, radius, theme.color("shadow").rgba())
    painter.drawPixmap(area.topLeft(), picture)


def swatch(painter: QPainter, center: QPointF, color: QColor, side: float = 8.0, notch: bool = False) -> None:
    """The small square that shows a label's colour; a notch marks the second and third colour cycle."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    box = QRectF(center.x() - side / 2, center.y() - side / 2, side, side)
    painter.drawRoundedRect(box, 2.5, 2.5)
    if notch:
        painter.setBrush(theme.color("bg_panel"))
        painter.drawRect(QRectF(box.right() - side * 0.45, box.top() - 0.5, side * 0.45 + 0.5, side * 0.45))


def key_cap(painter: QPainter, right: float, middle: float, text: str) -> float:
    """A key as on the keyboard, its right edge at ``right``; returns its width."""
    font = theme.font("cap_strong")
    painter.setFont(font)
    width = max(18, painter.fontMetrics().horizontalAdvance(text) + 12)
    cap = QRectF(right - width, round(middle) - 9, width, 18)
    rounded(painter, cap, theme.radius("chip"), theme.color("bg_hover"), theme.color("border"))
    painter.setPen(theme.color("text_2"))
    painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), text)
    return float(width)
