"""The stroke of a brush while it is drawn, and the ring that shows the tip.

The shapes in hand are sampled once at the pixels of the widget; every step of the stroke then
changes, and colours anew, only the rectangle that it covered. So a step costs the same on a mask of
24 megapixels as on a small one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from anylabel_plus.core import masks
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.canvas import styles
from anylabel_plus.ui.canvas.painter import NO_BRUSH
from anylabel_plus.ui.canvas.tools_base import Ring
from anylabel_plus.ui.canvas.tools_paint import Painting
from anylabel_plus.ui.canvas.viewport import View

Rect = tuple[int, int, int, int]
"""Device pixels x0, y0, x1, y1; the last ones are not part of it."""
_EDGE = 3
"""Device pixels around a change whose outline changes with it."""
_SMALL_RING_PX = 9.0


class PaintOverlay:
    """Shows a ``Painting`` over the static layer; one at a time."""

    def __init__(self) -> None:
        self._painting: Painting | None = None
        self._view = View()
        self._owner: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._colors: NDArray[np.uint32] = np.zeros((0, 4), np.uint32)
        self._seen = 0

    def draw(
        self,
        painter: QPainter,
        painting: Painting,
        shapes: Sequence[Shape],
        colors: Sequence[tuple[QColor, float]],
        view: View,
        size: QSize,
    ) -> None:
        """Bring what is shown up to date and draw it.

        ``shapes`` are those in hand, ``colors`` the colour and fill alpha of each and, last, of a
        new shape; ``view`` and ``size`` are those of the widget in device pixels.
        """
        shown = self._owner.shape == (size.height(), size.width()) and view == self._view
        if painting is not self._painting or not shown:
            self._begin(painting, shapes, colors, view, size)
        for box in painting.boxes[self._seen :]:
            self._follow(box)
        self._seen = len(painting.boxes)
        height, width = self._pixels.shape
        image = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        painter.drawImage(QRectF(painter.window()), image, QRectF(image.rect()))

    def forget(self) -> None:
        """No stroke is under way: give the memory back."""
        if self._painting is not None:
            self.__init__()  # type: ignore[misc]

    def _begin(
        self,
        painting: Painting,
        shapes: Sequence[Shape],
        colors: Sequence[tuple[QColor, float]],
        view: View,
        size: QSize,
    ) -> None:
        self._painting, self._view, self._seen = painting, view, len(painting.boxes)
        # Number n + 1 says that the topmost shape in hand there is shape n; 255 that it is a later one.
        self._owner = np.zeros((size.height(), size.width()), np.uint8)
        for number, shape in enumerate(shapes):
            _put(self._owner, shape, view, min(number + 1, 255))
        self._colors = _palette(colors)
        self._pixels = np.zeros(self._owner.shape, np.uint32)
        whole = (0, 0, size.width(), size.height())
        self._apply(painting.coverage.live, whole)
        self._color(whole)

    def _follow(self, box: tuple[int, int, int, int]) -> None:
        """One step of the stroke changed ``box`` (image pixels)."""
        assert self._painting is not None
        height, width = self._owner.shape
        (x0, y0), (x1, y1) = self._view.to_widget(box[0], box[1]), self._view.to_widget(box[2], box[3])
        area = max(0, int(x0) - 1), max(0, int(y0) - 1), min(width, int(x1) + 2), min(height, int(y1) + 2)
        if area[2] > area[0] and area[3] > area[1]:
            self._apply(self._painting.coverage.live, area)
            self._color(area)

    def _apply(self, covered: Mask, area: Rect) -> None:
        assert self._painting is not None
        inside = _sampled(covered, self._view, area)
        part = self._owner[area[1] : area[3], area[0] : area[2]]
        if self._painting.erases:
            part[inside] = 0
        elif self._painting.ids:
            part[inside] = 1
        else:
            part[inside] = len(self._colors) // 3 - 1

    def _color(self, area: Rect) -> None:
        """Fill, outline and halo of a rectangle, from who owns its pixels and their neighbours."""
        import cv2

        height, width = self._owner.shape
        x0, y0, x1, y1 = area
        wide = max(0, x0 - 2 * _EDGE), max(0, y0 - 2 * _EDGE), min(width, x1 + 2 * _EDGE), min(height, y1 + 2 * _EDGE)
        owner = self._owner[wide[1] : wide[3], wide[0] : wide[2]]
        least, most = cv2.erode(owner, _CROSS), cv2.dilate(owner, _CROSS)
        halo = cv2.dilate(most, _CROSS)
        # Three colours for each owner: fill, outline, and the halo outside of it.
        kind = owner.astype(np.uint16) * 3
        edge = (least != owner) & (owner > 0)
        kind[edge] += 1
        around = (owner == 0) & (halo > 0)
        kind[around] = halo[around].astype(np.uint16) * 3 + 2
        inner = (
            slice(max(0, y0 - _EDGE) - wide[1], min(height, y1 + _EDGE) - wide[1]),
            slice(max(0, x0 - _EDGE) - wide[0], min(width, x1 + _EDGE) - wide[0]),
        )
        target = self._pixels[max(0, y0 - _EDGE) : min(height, y1 + _EDGE), max(0, x0 - _EDGE) : min(width, x1 + _EDGE)]
        target[:] = self._colors[kind[inner]]


_CROSS = np.array(((0, 1, 0), (1, 1, 1), (0, 1, 0)), np.uint8)


def _palette(colors: Sequence[tuple[QColor, float]]) -> NDArray[np.uint32]:
    """Premultiplied ARGB of nothing, then of fill, outline and halo for each colour in turn."""
    rows = [0, 0, 0]
    for color, alpha in colors[:255]:
        rows += [
            _premultiplied(color, alpha),
            _premultiplied(color, 1.0),
            _premultiplied(styles.HALO, styles.HALO_ALPHA),
        ]
    return np.array(rows, np.uint32)


def _premultiplied(color: QColor, alpha: float) -> int:
    a = round(alpha * 255)
    r, g, b = (round(part * alpha) for part in (color.red(), color.green(), color.blue()))
    return a << 24 | r << 16 | g << 8 | b


def _centres(view: View, area: Rect) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Image positions of the pixel centres of a rectangle of the widget: columns (w,) and rows (h,)."""
    x = (np.arange(area[0], area[2], dtype=np.float64) + 0.5 - view.ox) / view.scale
    y = (np.arange(area[1], area[3], dtype=np.float64) + 0.5 - view.oy) / view.scale
    return x, y


def _sampled(mask: Mask, view: View, area: Rect) -> masks.BoolArray:
    """Whether the image pixel under each widget pixel is set; bool (h, w)."""
    return mask.sample(*_centres(view, area))


def _put(owner: NDArray[np.uint8], shape: Shape, view: View, number: int) -> None:
    """Write ``number`` where a mask or polygon lies in the widget."""
    height, width = owner.shape
    if shape.mask is not None:
        x0, y0 = view.to_widget(*shape.mask.bounds[:2])
        x1, y1 = view.to_widget(*shape.mask.bounds[2:])
        area = max(0, int(x0)), max(0, int(y0)), min(width, int(x1) + 1), min(height, int(y1) + 1)
        if area[2] > area[0] and area[3] > area[1]:
            owner[area[1] : area[3], area[0] : area[2]][_sampled(shape.mask, view, area)] = number
        return
    rings = [ring * view.scale + (view.ox, view.oy) for ring in (shape.points, *shape.holes)]
    placed = masks.clip(masks.rasterize(rings, height=height), width, height)
    rows, columns = placed.crop.shape
    owner[placed.y : placed.y + rows, placed.x : placed.x + columns][placed.crop] = number


def draw_ring(
    painter: QPainter, ring: Ring, to_widget: Callable[[float, float], tuple[float, float]], scale: float
) -> None:
    """The tip at its true size, white over dark; dashed for an eraser; a cross in one too small to be seen."""
    x, y = to_widget(ring.x, ring.y)
    side = ring.size * scale
    area = QRectF(x - side / 2, y - side / 2, side, side)
    painter.setBrush(NO_BRUSH)
    dash = (3.0, 2.0) if ring.erases else ()
    for pen in (styles.pen(QColor(0, 0, 0, 150), 3.0), styles.pen(styles.WHITE, 1.25, dash)):
        painter.setPen(pen)
        if ring.square:
            painter.drawRect(area)
        else:
            painter.drawEllipse(area)
        if side < _SMALL_RING_PX:
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                near, far = side / 2 + 3, side / 2 + 8
                painter.drawLine(*(round(v) for v in (x + dx * near, y + dy * near, x + dx * far, y + dy * far)))
