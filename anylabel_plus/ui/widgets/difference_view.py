"""A picture with the difference of two documents on it: added, removed and changed shapes, told by line and sign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from anylabel_plus.core import geometry
from anylabel_plus.core.compare import Differences, differences
from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui import theme
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.widgets.marks import row
from anylabel_plus.ui.widgets.paint import rounded

MOST_UNCHANGED = 1500
"""So many of the shapes that did not change are drawn, in faint lines."""
MARGIN = 0.12
LEAST_SIDE_PX = 40.0
_DASHES = {"added": (), "removed": (4.0, 3.0), "before": (1.5, 2.5), "changed": ()}
_ROLES = {"added": "success", "removed": "danger", "before": "warning", "changed": "warning"}
SIGNS = {"added": "+", "removed": "−", "changed": "~"}


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str
    rings: tuple[QPolygonF, ...]
    closed: bool
    box: QRectF


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the view draws of a difference; made by ``drawing_of``, in any thread."""

    found: Differences
    lines: tuple[_Line, ...]
    faint: tuple[_Line, ...]


def drawing_of(before: Document, after: Document) -> Drawing:
    """The difference of two documents, ready to be drawn; heavy for thousands of shapes."""
    found = differences(before, after)
    touched = {id(shape) for shape in found.added} | {id(shape) for _, shape in found.changed}
    unchanged = [shape for shape in after.shapes if id(shape) not in touched]
    lines = (
        *_lines("removed", found.removed),
        *_lines("before", [old for old, _ in found.changed]),
        *_lines("changed", [new for _, new in found.changed]),
        *_lines("added", found.added),
    )
    return Drawing(found, lines, tuple(_lines("changed", unchanged[:MOST_UNCHANGED])))


class DifferenceView(QWidget):
    """Shows the whole image, or with ``set_zoomed`` what changed. Nothing here can be edited."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(tr("Preview of the difference"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._image = QImage()
        self._size = QSize()
        self._faint: tuple[_Line, ...] = ()
        self._lines: tuple[_Line, ...] = ()
        self._zoomed = False
        self._message = ""

    def sizeHint(self) -> QSize:
        return QSize(560, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 240)

    def set_picture(self, pixels: NDArray[np.uint8] | None, width: int, height: int) -> None:
        """The image as RGB (h, w, 3), perhaps reduced; ``width`` and ``height`` are those of the full one."""
        self._size = QSize(width, height)
        if pixels is None:
            self._image = QImage()
        else:
            data = np.ascontiguousarray(pixels)
            rows, columns = data.shape[:2]
            self._image = QImage(data.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
        self.update()

    def show_difference(self, drawing: Drawing) -> None:
        """Draw what differs, and the other shapes faintly below."""
        self._faint, self._lines = drawing.faint, drawing.lines
        self._message = "" if drawing.lines else summary(drawing.found)
        self.setAccessibleDescription(summary(drawing.found))
        self.update()

    def show_message(self, text: str) -> None:
        """Show words in place of shapes: nothing differs, or why nothing can be shown."""
        self._faint, self._lines, self._message = (), (), text
        self.setAccessibleDescription(text)
        self.update()

    def set_zoomed(self, zoomed: bool) -> None:
        """Show only the part of the image in which something differs, or all of it."""
        self._zoomed = zoomed
        self.update()

    @property
    def marked(self) -> dict[str, int]:
        """How many shapes are drawn of each kind."""
        return {kind: sum(line.kind == kind for line in self._lines) for kind in ("added", "removed", "changed")}

    def _view(self) -> QRectF:
        whole = QRectF(0, 0, max(1, self._size.width()), max(1, self._size.height()))
        if not self._zoomed or not self._lines:
            return whole
        box = QRectF()
        for line in self._lines:
            box = box.united(line.box)
        side = max(box.width(), box.height(), LEAST_SIDE_PX)
        extra_x = max(side * MARGIN, (LEAST_SIDE_PX - box.width()) / 2)
        extra_y = max(side * MARGIN, (LEAST_SIDE_PX - box.height()) / 2)
        return box.adjusted(-extra_x, -extra_y, extra_x, extra_y)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("bg_canvas"))
        view, area = self._view(), QRectF(self.rect()).adjusted(12, 12, -12, -12)
        scale = min(area.width() / view.width(), area.height() / view.height())
        painter.save()
        painter.translate(area.center())
        painter.scale(scale, scale)
        painter.translate(-view.center())
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 4)
            painter.drawImage(QRectF(0, 0, self._size.width(), self._size.height()), self._image)
        for line in self._faint:
            self._draw(painter, line, theme.color("text_3"), 0.7, ())
        for line in self._lines:
            self._draw(painter, line, QColor(0, 0, 0, 130), 4.0, ())
            self._draw(painter, line, theme.color(_ROLES[line.kind]), 2.0, _DASHES[line.kind])
        transform = painter.transform()
        painter.restore()
        for line in self._lines:
            if line.kind in SIGNS:
                _sign(painter, transform.map(line.box.topLeft()), line.kind)
        if self._message:
            painter.setFont(theme.font("body"))
            painter.setPen(theme.color("text"))
            rounded(painter, QRectF(area.left(), area.bottom() - 34, area.width(), 30), 6, theme.color("bg_overlay"))
            text_area = QRectF(area.left() + 10, area.bottom() - 34, area.width() - 20, 30)
            painter.drawText(text_area, int(Qt.AlignmentFlag.AlignCenter), self._message)

    @staticmethod
    def _draw(painter: QPainter, line: _Line, color: QColor, width: float, dash: tuple[float, ...]) -> None:
        pen = QPen(color, width)
        pen.setCosmetic(True)
        if dash:
            pen.setDashPattern(dash)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ring in line.rings:
            if ring.size() == 1:
                painter.drawEllipse(ring.first(), 3 / painter.transform().m11(), 3 / painter.transform().m11())
            elif line.closed:
                painter.drawPolygon(ring)
            else:
                painter.drawPolyline(ring)


def _lines(kind: str, shapes: Iterable[Shape]) -> Iterable[_Line]:
    for shape in shapes:
        points = [[QPointF(x, y) for x, y in ring.tolist()] for ring in geometry.outline(shape)]
        x1, y1, x2, y2 = geometry.bounds(shape)
        closed = KINDS[shape.kind].closed or shape.kind == "cuboid"
        if shape.kind in ("point", "points"):
            points = [[point] for ring in points for point in ring]
        yield _Line(kind, tuple(map(QPolygonF, points)), closed, QRectF(x1, y1, x2 - x1, y2 - y1))


def _sign(painter: QPainter, corner: QPointF, kind: str) -> None:
    """A small badge with the sign at a shape's corner: colour is not the only cue."""
    disc = QRectF(corner.x() - 8, corner.y() - 8, 16, 16)
    rounded(painter, disc, 8, theme.color(f"{_ROLES[kind]}_soft"), theme.color(_ROLES[kind]))
    painter.setFont(theme.font("cap_strong"))
    painter.setPen(theme.color(_ROLES[kind]))
    painter.drawText(disc, int(Qt.AlignmentFlag.AlignCenter), SIGNS[kind])


class Legend(QWidget):
    """The three signs with their meaning and count."""

    def __init__(self) -> None:
        super().__init__()
        self._items = {kind: _LegendItem(kind) for kind in SIGNS}
        self.setLayout(row(*self._items.values(), None, spacing=16))

    def set(self, found: Differences | None) -> None:
        """Say the counts; None: no difference is known."""
        if found is None:
            counts = dict.fromkeys(SIGNS, 0)
        else:
            counts = {"added": len(found.added), "removed": len(found.removed), "changed": len(found.changed)}
        words = {
            "added": tr("{n} added", n=counts["added"]),
            "removed": tr("{n} removed", n=counts["removed"]),
            "changed": tr("{n} changed", n=counts["changed"]),
        }
        for kind, item in self._items.items():
            item.set_text(words[kind])


class _LegendItem(QWidget):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind
        self._text = ""
        self.setFixedHeight(20)

    def set_text(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(text)
        self.setFixedWidth(self.sizeHint().width())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(50 + QFontMetrics(theme.font("small")).horizontalAdvance(self._text) + 4, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.color(_ROLES[self._kind]), 2.0)
        if _DASHES[self._kind]:
            pen.setDashPattern(_DASHES[self._kind])
        painter.setPen(pen)
        painter.drawLine(QPointF(20, 10), QPointF(44, 10))
        _sign(painter, QPointF(9, 10), self._kind)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_2"))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QRectF(50, 0, self.width() - 50, 20), flags, self._text)


def summary(found: Differences) -> str:
    """The difference in words."""
    if found.empty:
        return tr("Nothing differs.")
    parts = [
        ntr("{n} shape added", "{n} shapes added", len(found.added)) if found.added else "",
        ntr("{n} shape removed", "{n} shapes removed", len(found.removed)) if found.removed else "",
        ntr("{n} shape changed", "{n} shapes changed", len(found.changed)) if found.changed else "",
        tr("the image's own fields differ") if found.image_fields else "",
        tr("the order differs") if found.reordered else "",
    ]
    return ", ".join(part for part in parts if part)
