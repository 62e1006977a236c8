"""What lies over the shapes: candidate, prompt, draft, rubber band, crosshair. Widget pixels throughout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPixmap

from anylabel_plus.core import geometry
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.ui import theme
from anylabel_plus.ui.canvas import styles
from anylabel_plus.ui.canvas.outlines import mask_rings, octave, path_of
from anylabel_plus.ui.canvas.painter import NO_BRUSH, draw_active_handle, draw_handles, transform_of
from anylabel_plus.ui.canvas.tools_base import Box, Draft, Target
from anylabel_plus.ui.canvas.viewport import View

HATCH_PX = 9
CANDIDATE_ALPHA = 0.30
CROSS_ALPHA = 0.47
CROSS_GAP = 14.0
DASH = (4.0, 3.0)


class CandidateOverlay:
    """The chosen candidate: tinted, hatched at 45 degrees, edged with a white dash."""

    def __init__(self) -> None:
        self._mask: Mask | None = None
        self._octave = 0
        self._path = QPainterPath()
        self._hatch: QPixmap | None = None

    def path(self, mask: Mask, scale: float) -> QPainterPath:
        """The outline of ``mask`` in image pixels, computed once for a mask and octave of zoom."""
        level = octave(scale)
        if mask is not self._mask or level != self._octave:
            self._path = path_of(mask_rings(mask, 0.5 / 2.0**level), closed=True)
            self._mask, self._octave = mask, level
        return self._path

    def draw(self, painter: QPainter, mask: Mask, view: View, color: QColor, ratio: float) -> QRectF:
        """Draw it; returns its bounds in widget pixels."""
        path = transform_of(view).map(self.path(mask, view.scale * ratio))
        fill = QColor(color)
        fill.setAlphaF(CANDIDATE_ALPHA)
        painter.fillPath(path, fill)
        painter.fillPath(path, QBrush(self._hatching()))
        painter.strokePath(path, styles.pen(QColor(0, 0, 0, 170), 3.5))
        painter.strokePath(path, styles.pen(styles.WHITE, 2.0, DASH))
        return path.boundingRect()

    def _hatching(self) -> QPixmap:
        if self._hatch is None:
            self._hatch = QPixmap(HATCH_PX, HATCH_PX)
            self._hatch.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._hatch)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(styles.pen(QColor(255, 255, 255, 70), 1.0))
            for shift in (-HATCH_PX, 0, HATCH_PX):
                painter.drawLine(QPointF(shift - 1, HATCH_PX + 1), QPointF(shift + HATCH_PX + 1, -1))
            painter.end()
        return self._hatch


def draw_prompt(painter: QPainter, points: Sequence[tuple[float, float, int]], box: Box | None, view: View) -> None:
    """The box of the prompt, and its points: discs of 16 with a white ring and a plus or minus."""
    if box is not None:
        draw_band(painter, box, view)
    for x, y, label in points:
        wx, wy = view.to_widget(x, y)
        painter.setPen(styles.pen(QColor(0, 0, 0, 120), 4.0))
        painter.setBrush(NO_BRUSH)
        painter.drawEllipse(QPointF(wx, wy), 7, 7)
        painter.setPen(styles.pen(styles.WHITE, 2.0))
        painter.setBrush(styles.INCLUDE if label else styles.EXCLUDE)
        painter.drawEllipse(QPointF(wx, wy), 7, 7)
        sign = styles.pen(styles.WHITE, 2.0)
        painter.setPen(sign)
        painter.drawLine(QPointF(wx - 3.2, wy), QPointF(wx + 3.2, wy))
        if label:
            painter.drawLine(QPointF(wx, wy - 3.2), QPointF(wx, wy + 3.2))


def draw_band(painter: QPainter, box: Box, view: View, *, filled: bool = False) -> None:
    """A white dashed box over a dark line: prompt box, rubber band, bound of several shapes."""
    x0, y0 = view.to_widget(box[0], box[1])
    x1, y1 = view.to_widget(box[2], box[3])
    rect = QRectF(round(x0) + 0.5, round(y0) + 0.5, round(x1 - x0), round(y1 - y0))
    painter.setBrush(QColor(255, 255, 255, 22) if filled else NO_BRUSH)
    painter.setPen(styles.pen(QColor(0, 0, 0, 130), 2.5))
    painter.drawRect(rect)
    painter.setBrush(NO_BRUSH)
    painter.setPen(styles.pen(styles.WHITE, 1.5, DASH))
    painter.drawRect(rect)


def draw_draft(painter: QPainter, draft: Draft, view: View, color: QColor) -> None:
    """The shape being drawn, in the colour of its label, with handles at its points."""
    if draft.box is not None:
        draw_band(painter, draft.box, view, filled=draft.kind == "box")
        return
    placed = [view.to_widget(x, y) for x, y in draft.points]
    if draft.kind in ("lasso", "eraser"):
        _draw_plain(painter, draft.kind, placed)
        return
    path = _draft_path(draft.kind, placed)
    filled = KINDS[draft.kind].has_area and draft.kind != "cuboid" and len(placed) > 2
    if filled or draft.kind in ("rectangle", "circle"):
        fill = QColor(color)
        fill.setAlphaF(styles.STYLES["selected"].area)
        painter.fillPath(path, fill)
    painter.strokePath(path, styles.pen(styles.HALO, 4.5))
    painter.strokePath(path, styles.pen(color, 2.5))
    square = draft.kind in ("rectangle", "cuboid")
    draw_handles(painter, placed if not draft.closing else placed[:-1], square=square)
    if draft.closing:
        draw_active_handle(painter, *placed[0], theme.color("accent_fill"), square=False)


def _draw_plain(painter: QPainter, kind: str, placed: list[tuple[float, float]]) -> None:
    """A lasso, or the ring of the eraser of points: white over a dark line."""
    path = QPainterPath()
    if kind == "eraser":
        path.addEllipse(QPointF(*placed[0]), placed[1][0] - placed[0][0], placed[1][0] - placed[0][0])
    else:
        path = path_of([np.asarray(placed)], closed=True)
        painter.fillPath(path, QColor(255, 255, 255, 22))
    painter.strokePath(path, styles.pen(QColor(0, 0, 0, 130), 2.5))
    painter.strokePath(path, styles.pen(styles.WHITE, 1.5, DASH if kind == "lasso" else ()))


def draw_snap(painter: QPainter, target: Target, view: View) -> None:
    """Where a point would be drawn to: a ring on a vertex, a diamond on an edge."""
    x, y = view.to_widget(target.x, target.y)
    path = QPainterPath()
    if target.part == "vertex":
        path.addEllipse(QPointF(x, y), 8, 8)
    else:
        path = path_of([np.array(((x - 8, y), (x, y - 8), (x + 8, y), (x, y + 8)))], closed=True)
    painter.strokePath(path, styles.pen(styles.HALO, 4.0))
    painter.strokePath(path, styles.pen(styles.WHITE, 2.0))


def _draft_path(kind: str, placed: list[tuple[float, float]]) -> QPainterPath:
    path = QPainterPath()
    if len(placed) < 2:
        return path
    (x0, y0), (x1, y1) = placed[0], placed[1]
    if kind == "rectangle":
        path.addRect(QRectF(QPointF(x0, y0), QPointF(x1, y1)).normalized())
        return path
    if kind == "circle":
        radius = float(np.hypot(x1 - x0, y1 - y0))
        path.addEllipse(QPointF(x0, y0), radius, radius)
        return path
    if kind == "points":
        return path
    if kind == "cuboid":
        corners = np.asarray(placed)
        return path_of([corners[list(face)] for face in geometry.FACES], closed=False)
    closed = kind == "rotation" and len(placed) == 4
    return path_of([np.asarray(placed)], closed=closed)


def draw_crosshair(painter: QPainter, x: float, y: float, area: QRectF) -> None:
    """Lines through the whole image with a gap at the pointer, and a small cross in the gap."""
    if not area.contains(QPointF(x, y)):
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    cx, cy = round(x), round(y)
    left, right, top, bottom = round(area.left()), round(area.right()), round(area.top()), round(area.bottom())
    gap = round(CROSS_GAP)
    lines = (
        (left, cy, cx - gap, cy),
        (cx + gap, cy, right, cy),
        (cx, top, cx, cy - gap),
        (cx, cy + gap, cx, bottom),
    )
    light = QColor.fromRgbF(1, 1, 1, CROSS_ALPHA)
    halo = QColor(0, 0, 0, 60)
    for x0, y0, x1, y1 in lines:
        if x1 <= x0 and y1 <= y0:
            continue
        wide, high = max(1, x1 - x0), max(1, y1 - y0)
        painter.fillRect(x0 - (wide == 1), y0 - (high == 1), wide + 2 * (wide == 1), high + 2 * (high == 1), halo)
        painter.fillRect(x0, y0, wide, high, light)
    painter.fillRect(cx - 4, cy - 1, 9, 3, QColor(0, 0, 0, 110))
    painter.fillRect(cx - 1, cy - 4, 3, 9, QColor(0, 0, 0, 110))
    painter.fillRect(cx - 4, cy, 9, 1, styles.WHITE)
    painter.fillRect(cx, cy - 4, 1, 9, styles.WHITE)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
