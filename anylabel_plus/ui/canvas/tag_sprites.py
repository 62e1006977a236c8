"""Pictures of tags: label colour, provenance icon, name, score, lock. Drawn once, then copied."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPixmap

from anylabel_plus.core.provenance import source_of
from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui import icons, theme
from anylabel_plus.ui.canvas.styles import readable_on
from anylabel_plus.ui.canvas.tags import HEIGHT

PADDING = 6.0
ICON = 12
GAP = 4.0
LONGEST_TEXT_PX = 180.0
KEEP = 2000


@dataclass(frozen=True, slots=True)
class TagLook:
    """Everything a tag's picture depends on; ``color`` is the ARGB value of its background."""

    text: str
    score: str
    source: str
    locked: bool
    color: int


def look_of(shape: Shape, color: QColor) -> TagLook:
    """The look of the tag of a shape; the score shows on shapes that a model made."""
    origin = shape.provenance
    source = source_of(origin)
    score = origin.score if origin is not None and origin.score is not None else shape.score
    shown = f"{score:.2f}" if score is not None and source == "model" else ""
    # A person's edit makes a model's shape a person's; its origin stays in the file.
    edited = origin is not None and origin.edited and source == "model"
    return TagLook(shape.label, shown, "human" if edited else source, shape.locked, color.rgba())


def candidate_look(label: str, score: float) -> TagLook:
    """The dark tag of a candidate: not yet a shape, hence the question mark."""
    return TagLook(f"{label}?", f"{score:.2f}", "model", False, QColor(20, 22, 26, 235).rgba())


class TagSprites:
    """Makes and keeps the pictures of tags for one device pixel ratio."""

    def __init__(self) -> None:
        self._kept: dict[TagLook, QPixmap] = {}
        self._ratio = 1.0

    def clear(self) -> None:
        """Forget all, for example with another theme."""
        self._kept.clear()

    def sprite(self, look: TagLook, ratio: float) -> QPixmap:
        """The picture of a tag; its logical size is the tag's size."""
        if ratio != self._ratio or len(self._kept) > KEEP:
            self._kept.clear()
            self._ratio = ratio
        pixmap = self._kept.get(look)
        if pixmap is None:
            pixmap = self._kept[look] = _draw(look, ratio)
        return pixmap

    def size(self, look: TagLook, ratio: float) -> tuple[float, float]:
        """Width and height in logical pixels."""
        size = self.sprite(look, ratio).deviceIndependentSize()
        return size.width(), size.height()


def _draw(look: TagLook, ratio: float) -> QPixmap:
    font = theme.font("cap_strong")
    metrics = QFontMetricsF(font)
    text = metrics.elidedText(look.text, Qt.TextElideMode.ElideMiddle, LONGEST_TEXT_PX)
    parts = [metrics.horizontalAdvance(text)]
    if look.score:
        parts.append(metrics.horizontalAdvance(look.score))
    lock = ICON if look.locked else 0
    width = PADDING * 2 + ICON + GAP + sum(parts) + GAP * (len(parts) - 1) + (GAP + lock if lock else 0)
    width = float(round(width))
    pixmap = QPixmap(round(width * ratio), round(HEIGHT * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    back = QColor.fromRgba(look.color)
    painter.setPen(QPen(QColor(0, 0, 0, 150), 1.0))
    painter.setBrush(back)
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, HEIGHT - 1), 4, 4)
    ink = readable_on(back)
    glyph = icons.PROVENANCE.get(look.source, icons.PROVENANCE["human"])[0]
    icons.paint(painter, QRectF(PADDING - 1, (HEIGHT - ICON) / 2, ICON, ICON), glyph, ink)
    painter.setFont(font)
    painter.setPen(ink)
    base = (HEIGHT + metrics.capHeight()) / 2
    x = PADDING + ICON + GAP - 1
    for part, advance in zip((text, look.score), parts, strict=False):
        painter.drawText(QPointF(x, base), part)
        x += advance + GAP
    if lock:
        icons.paint(painter, QRectF(x, (HEIGHT - ICON) / 2, ICON, ICON), "lock-simple", ink)
    painter.end()
    return pixmap
