"""Draws shapes, handles and the picture itself. Nothing is decided here, nothing is kept but paths."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui import theme
from anylabel_plus.ui.canvas import styles
from anylabel_plus.ui.canvas.mask_raster import RASTER_FROM_PX
from anylabel_plus.ui.canvas.outlines import Outlines
from anylabel_plus.ui.canvas.styles import State, Style
from anylabel_plus.ui.canvas.viewport import View
from anylabel_plus.ui.picture import Picture

NEAREST_FROM = 4.0
GRID_FROM = 12.0
Table = NDArray[np.uint8] | None
NO_BRUSH = Qt.BrushStyle.NoBrush


def transform_of(view: View) -> QTransform:
    """Image pixels to the pixels of ``view``."""
    return QTransform(view.scale, 0.0, 0.0, view.scale, view.ox, view.oy)


# The picture ---------------------------------------------------------------------------------


def draw_picture(painter: QPainter, picture: Picture, view: View, area: QRect, table: Table = None) -> None:
    """The part of ``picture`` that falls into ``area``; all in device pixels.

    Reduced by interpolation between two levels' worth of detail, enlarged smoothly up to 400 %,
    above that in plain squares. ``table``, (256,) uint8, maps values to those shown.
    """
    _draw_frame(painter, picture, view)
    left, top = max(area.left(), int(view.ox)), max(area.top(), int(view.oy))
    right = min(area.right() + 1, int(np.ceil(view.ox + picture.width * view.scale)))
    bottom = min(area.bottom() + 1, int(np.ceil(view.oy + picture.height * view.scale)))
    if right <= left or bottom <= top:
        return
    if view.scale < 1.0:
        image = as_image(_reduced(picture, view, left, top, right - left, bottom - top), table)
        # The last row and column are shared with the surroundings unless the edge is a whole pixel.
        painter.save()
        painter.setClipRect(_picture_rect(picture, view), Qt.ClipOperation.IntersectClip)
        painter.drawImage(left, top, image)
        painter.restore()
        return
    _draw_enlarged(painter, picture, view, QRect(left, top, right - left, bottom - top), table)


def _draw_frame(painter: QPainter, picture: Picture, view: View) -> None:
    """A hairline just outside the picture, so that a white one has an edge on a light ground."""
    edge = _picture_rect(picture, view).toAlignedRect().adjusted(-1, -1, 0, 0)
    painter.setPen(theme.color("border"))
    painter.setBrush(NO_BRUSH)
    painter.drawRect(edge)


def _picture_rect(picture: Picture, view: View) -> QRectF:
    return QRectF(view.ox, view.oy, picture.width * view.scale, picture.height * view.scale)


def _reduced(picture: Picture, view: View, left: int, top: int, width: int, height: int) -> NDArray[np.uint8]:
    import cv2

    level = picture.level_for(view.scale)
    rows, columns = level.height, level.width
    kx, ky = 1.0 / (view.scale * level.fx), 1.0 / (view.scale * level.fy)
    x0, y0 = (left + 0.5 - view.ox) * kx - 0.5, (top + 0.5 - view.oy) * ky - 0.5
    # The crop is a view: OpenCV's coordinates are limited to 32,767.
    cx, cy = max(0, int(x0) - 1), max(0, int(y0) - 1)
    crop = level.crop(cx, cy, min(columns, int(x0 + width * kx) + 3), min(rows, int(y0 + height * ky) + 3))
    back = np.array([[kx, 0.0, x0 - cx], [0.0, ky, y0 - cy]])
    small = cv2.warpAffine(
        crop, back, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(small, dtype=np.uint8)


def _draw_enlarged(painter: QPainter, picture: Picture, view: View, area: QRect, table: Table) -> None:
    level = picture.level_for(view.scale)
    rows, columns = level.height, level.width
    sx, sy = view.scale * level.fx, view.scale * level.fy
    x0, y0 = max(0, int((area.left() - view.ox) / sx) - 2), max(0, int((area.top() - view.oy) / sy) - 2)
    x1 = min(columns, int((area.right() + 1 - view.ox) / sx) + 3)
    y1 = min(rows, int((area.bottom() + 1 - view.oy) / sy) + 3)
    if x1 <= x0 or y1 <= y0:
        return
    image = as_image(level.crop(x0, y0, x1, y1), table)
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, sx < NEAREST_FROM and sx != 1.0)
    painter.drawImage(QRectF(view.ox + x0 * sx, view.oy + y0 * sy, (x1 - x0) * sx, (y1 - y0) * sy), image)
    if sx >= GRID_FROM and picture.complete:
        _draw_grid(painter, view, QRectF(area), (x0, y0, x1, y1))
    painter.restore()


def _draw_grid(painter: QPainter, view: View, area: QRectF, cells: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = cells
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QColor(128, 128, 128, 90))
    ends_y = max(area.top(), view.oy + y0 * view.scale), min(area.bottom(), view.oy + y1 * view.scale)
    ends_x = max(area.left(), view.ox + x0 * view.scale), min(area.right(), view.ox + x1 * view.scale)
    for column in range(x0, x1 + 1):
        x = round(view.ox + column * view.scale)
        painter.drawLine(QPointF(x, ends_y[0]), QPointF(x, ends_y[1]))
    for row in range(y0, y1 + 1):
        y = round(view.oy + row * view.scale)
        painter.drawLine(QPointF(ends_x[0], y), QPointF(ends_x[1], y))


def as_image(pixels: np.ndarray, table: Table = None) -> QImage:
    """A QImage with a copy of RGB pixels, seen through ``table``."""
    import cv2

    if table is not None:
        pixels = cv2.LUT(pixels, table)
    height, width = pixels.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB32)
    target = np.frombuffer(image.bits(), np.uint8).reshape(height, width, 4)
    cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA, dst=target)
    return image


# Shapes --------------------------------------------------------------------------------------


class ShapePainter:
    """Draws shapes in their states with a painter whose transform is the view in device pixels.

    ``ratio`` is the number of device pixels in one screen pixel.
    """

    def __init__(self, outlines: Outlines, ratio: float, scale: float) -> None:
        self.outlines = outlines
        self.ratio = ratio
        self.scale = scale
        self.mask_opacity = 0.45
        self.fills = True
        self.high_contrast = False
        """Wider, opaque halos and no fills."""
        self._pens: dict[tuple[int, float, tuple[float, ...]], tuple[QPen, QPen]] = {}

    def draw(
        self, painter: QPainter, shape: Shape, color: QColor, dash: tuple[float, ...], state: State, there: float = 0.0
    ) -> None:
        """One shape. ``there`` is the alpha of a fill that already lies below it."""
        style = styles.STYLES[state]
        if shape.kind in ("point", "points"):
            self._draw_points(painter, shape, color, style)
            return
        alpha = styles.over(self.fill_alpha(shape, state), there)
        if shape.mask is not None and shape.mask.crop.size >= RASTER_FROM_PX:
            self.outlines.rasters.draw(painter, shape.mask, color, alpha, style.line * self.ratio)
            return
        path = self.outlines.path(shape, self.scale)
        halo, line = self._pens_for(color, style.line, dash)
        painter.setPen(halo)
        if alpha > 0:
            fill = QColor(color)
            fill.setAlphaF(alpha)
            painter.setBrush(fill)
            painter.drawPath(path)
            painter.setBrush(NO_BRUSH)
        else:
            painter.setBrush(NO_BRUSH)
            painter.drawPath(path)
        painter.setPen(line)
        painter.drawPath(path)

    def fill_alpha(self, shape: Shape, state: State) -> float:
        """Alpha of the fill of a shape in a state; masks keep theirs, they are their fill."""
        fills = self.fills and not (self.high_contrast and shape.kind != "mask")
        return styles.fill_alpha(shape.kind, state, self.mask_opacity, fills=fills)

    def _halo(self, dark: float, *, quick: bool = False) -> QPen:
        """The pen below a line; ``dark`` is its width in device pixels without high contrast."""
        if not self.high_contrast:
            return styles.pen(styles.HALO, dark, quick=quick)
        wider = dark + (styles.CONTRAST_HALO_EXTRA - styles.HALO_EXTRA) * self.ratio
        return styles.pen(styles.CONTRAST_HALO, wider, quick=quick)

    def _pens_for(self, color: QColor, width: float, dash: tuple[float, ...]) -> tuple[QPen, QPen]:
        """Halo and line."""
        key = color.rgba(), width, dash
        pens = self._pens.get(key)
        if pens is None:
            quick = not self.fills
            if quick and self.ratio == 1.0 and width == styles.STYLES["rest"].line:
                thin, dark = styles.OUTLINES_ONLY_LINE, styles.OUTLINES_ONLY_LINE + styles.HALO_EXTRA / 2
            else:
                thin, dark = width * self.ratio, (width + styles.HALO_EXTRA) * self.ratio
            pens = self._pens[key] = (
                self._halo(dark, quick=quick),
                styles.pen(color, thin, dash, quick=quick),
            )
        return pens

    def draw_quick(self, painter: QPainter, shape: Shape, color: QColor) -> None:
        """A thin line without anti-aliasing: some thirty times faster, shown until the rest is ready."""
        painter.setPen(styles.pen(color, 0))
        if shape.kind in ("point", "points"):
            for x, y in shape.points.tolist():
                painter.drawPoint(QPointF(x, y))
            return
        painter.drawPath(self.outlines.path(shape, self.scale))

    def _draw_points(self, painter: QPainter, shape: Shape, color: QColor, style: Style) -> None:
        radius = (styles.POINT_RADIUS + (style.line - 1.5)) * self.ratio / self.scale
        painter.setPen(self._halo((1.5 + styles.HALO_EXTRA) * self.ratio))
        painter.setBrush(color)
        for x, y in shape.points.tolist():
            painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setPen(styles.pen(styles.WHITE, 1.2 * self.ratio))
        for x, y in shape.points.tolist():
            painter.drawEllipse(QPointF(x, y), radius, radius)


# Handles; everything below is in widget pixels -------------------------------------------------


def draw_handles(painter: QPainter, points: Iterable[tuple[float, float]], *, square: bool) -> None:
    """White discs or squares of 6 with a dark outline."""
    painter.setPen(styles.pen(styles.DARK, 1.0))
    painter.setBrush(styles.WHITE)
    for x, y in points:
        if square:
            painter.drawRect(QRectF(x - 3, y - 3, 6, 6))
        else:
            painter.drawEllipse(QPointF(x, y), 3.25, 3.25)


def draw_active_handle(painter: QPainter, x: float, y: float, color: QColor, *, square: bool) -> None:
    """The handle under the pointer or in hand: 10, filled with the accent, a white ring of 2."""
    painter.setPen(styles.pen(styles.HALO, 4.0))
    painter.setBrush(NO_BRUSH)
    shape = QPainterPath()
    if square:
        shape.addRect(QRectF(x - 4, y - 4, 8, 8))
    else:
        shape.addEllipse(QPointF(x, y), 4, 4)
    painter.drawPath(shape)
    painter.setPen(styles.pen(styles.WHITE, 2.0))
    painter.setBrush(color)
    painter.drawPath(shape)


def draw_ghost_handle(painter: QPainter, x: float, y: float) -> None:
    """Where a click on an edge would add a vertex."""
    painter.setPen(styles.pen(styles.DARK, 1.0))
    painter.setBrush(QColor(255, 255, 255, 150))
    painter.drawEllipse(QPointF(x, y), 3.25, 3.25)
