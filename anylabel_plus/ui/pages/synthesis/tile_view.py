"""One picture of the grid, with its labels over it and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from anylabel_plus.core.labels import text_on
from anylabel_plus.jobs.preview_process import Outline
from anylabel_plus.ui import icons, theme, words
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.pages.synthesis.previews import Shown
from anylabel_plus.ui.widgets.buttons import ToolButton
from anylabel_plus.ui.widgets.paint import focus_ring, rounded

RADIUS = 6
GAP = 2
"""Between two recipes that are shown beside each other."""
Colors = Callable[[str], QColor]


@dataclass(frozen=True, slots=True)
class Look:
    """How labels are shown: ``kind`` is polygon, mask or box."""

    labels: bool = True
    kind: str = "polygon"


class TileView(QWidget):
    """Shows the pictures that ``show_parts`` gives it: one, or one of each recipe."""

    reroll = Signal()
    pin = Signal()
    veto = Signal()
    step = Signal(int, int)

    def __init__(self, number: int, colors: Colors) -> None:
        super().__init__()
        self.setObjectName(f"tile_{number}")
        self.number, self._colors = number, colors
        self.look = Look()
        self.index, self.pinned = number, False
        self._parts: Sequence[tuple[str, Shown | None, bool, str]] = ()
        self._scaled: dict[tuple[int, int, int, Look], QPixmap] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.pin_button = self._button("ph.push-pin", tr("Pin"), "P", tr("This picture stays when others change."))
        self.pin_button.setCheckable(True)
        self.reroll_button = self._button("ph.shuffle", tr("Another picture"), "Shift+R", "")
        self.veto_button = self._button(
            "ph.thumbs-down", tr("Veto"), "X", tr("Say what is wrong with this picture; runs leave it out.")
        )
        self.pin_button.clicked.connect(self.pin)
        self.reroll_button.clicked.connect(self.reroll)
        self.veto_button.clicked.connect(self.veto)
        self._show_buttons(False)

    def _button(self, icon: str, title: str, key: str, note: str) -> ToolButton:
        button = ToolButton(icon, title, key, note, side=24, px=15)
        button.setParent(self)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the tile has the keys
        return button

    def sizeHint(self) -> QSize:
        return QSize(260, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(90, 60)

    def show_parts(self, parts: Sequence[tuple[str, Shown | None, bool, str]], index: int, pinned: bool) -> None:
        """Show pictures as (name of the recipe or nothing, picture, up to date?, why there is none)."""
        self._parts, self.index, self.pinned = parts, index, pinned
        keep = {id(shown.image) for _, shown, _, _ in parts if shown is not None}
        self._scaled = {key: pixmap for key, pixmap in self._scaled.items() if key[0] in keep}
        self.pin_button.setChecked(pinned)
        self.pin_button.set_icon("ph.push-pin-fill" if pinned else "ph.push-pin", "text_2")
        self.setAccessibleName(self._spoken())
        self.setToolTip("")
        self.update()

    def forget(self) -> None:
        """Paint the labels again, such as in other colours."""
        self._scaled.clear()
        self.update()

    def _spoken(self) -> str:
        """What somebody who cannot see the picture is told."""
        name = tr("Picture {number}", number=words.number(self.index + 1))
        shown = self._parts[0][1] if self._parts else None
        if shown is None:
            refusal = self._parts[0][3] if self._parts else ""
            return f"{name}: {refusal or tr('is being made')}"
        labels = [outline.label for outline in shown.preview.outlines if outline.pasted]
        objects = ntr("{n} object", "{n} objects", len(labels))
        listed = ", ".join(sorted(labels))
        pinned = f", {tr('pinned')}" if self.pinned else ""
        return f"{name}{pinned}: {objects}{f' ({listed})' if listed else ''}"

    # Hands ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if step := steps.get(Qt.Key(event.key())):
            self.step.emit(*step)
        elif event.key() == Qt.Key.Key_P:
            self.pin.emit()
        elif event.key() in (Qt.Key.Key_X, Qt.Key.Key_Delete):
            self.veto.emit()
        elif event.key() == Qt.Key.Key_R and shift:
            self.reroll.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def enterEvent(self, event: object) -> None:
        self._show_buttons(True)

    def leaveEvent(self, event: object) -> None:
        self._show_buttons(self.hasFocus())

    def focusInEvent(self, event: object) -> None:
        self._show_buttons(True)
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self._show_buttons(self.underMouse())
        self.update()

    def _show_buttons(self, on: bool) -> None:
        for button in (self.pin_button, self.reroll_button, self.veto_button):
            button.setVisible(on)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        right = self.width() - 6
        for button in (self.veto_button, self.reroll_button, self.pin_button):
            right -= button.width()
            button.move(right, 6)
            right -= 2

    # Painting --------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        whole = QRectF(self.rect())
        count = max(1, len(self._parts))
        width = (whole.width() - GAP * (count - 1)) / count
        clip = QPainterPath()
        clip.addRoundedRect(whole, RADIUS, RADIUS)
        painter.setClipPath(clip)
        painter.fillRect(whole, theme.color("bg_panel"))
        for number, part in enumerate(self._parts):
            self._paint_part(painter, QRectF(number * (width + GAP), 0, width, whole.height()), *part)
        painter.setClipping(False)
        self._paint_marks(painter)
        if self.hasFocus():
            focus_ring(painter, whole, RADIUS)
        if not self.pin_button.isHidden():
            box = self.pin_button.geometry().united(self.veto_button.geometry())
            rounded(painter, QRectF(box).adjusted(-2, -2, 2, 2), 7, theme.color("bg_overlay"), theme.color("border"))

    def _paint_part(
        self, painter: QPainter, area: QRectF, name: str, shown: Shown | None, fresh: bool, refusal: str
    ) -> None:
        if shown is None:
            self._paint_nothing(painter, area, refusal)
        else:
            image = shown.image
            scale = min(area.width() / image.width(), area.height() / image.height())
            w, h = image.width() * scale, image.height() * scale
            place = QRectF(area.x() + (area.width() - w) / 2, area.y() + (area.height() - h) / 2, w, h)
            painter.drawPixmap(place.topLeft(), self._painted(shown, place.size().toSize(), scale))
            if not fresh:
                painter.fillRect(place, _with_alpha("bg_canvas", 110))
        if name:
            _chip(painter, area.left() + 6, area.bottom() - 24, name)

    def _painted(self, shown: Shown, size: QSize, scale: float) -> QPixmap:
        """The picture with its labels, painted once for each size and look."""
        ratio = self.devicePixelRatioF()
        key = (id(shown.image), size.width(), size.height(), self.look)
        found = self._scaled.get(key)
        if found is None:
            scaled = shown.image.scaled(
                size * ratio, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            found = QPixmap.fromImage(scaled)
            found.setDevicePixelRatio(ratio)
            if self.look.labels:
                painter = QPainter(found)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                place = QRectF(0, 0, size.width(), size.height())
                Overlay(painter, place, scale, self.look.kind, self._colors).paint(shown.preview.outlines)
                painter.end()
            self._scaled[key] = found
        return found

    def _paint_nothing(self, painter: QPainter, area: QRectF, refusal: str) -> None:
        """A place without a picture: being made, or why there is none."""
        center = area.center()
        icon, role = ("warning-circle", "warning") if refusal else ("spinner-gap", "text_3")
        icons.paint(painter, QRectF(center.x() - 10, center.y() - 22, 20, 20), icon, theme.color(role))
        if refusal:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text_2"))
            below = QRectF(area.x() + 12, center.y() + 4, area.width() - 24, area.bottom() - center.y() - 8)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(below, int(flags), refusal)

    def _paint_marks(self, painter: QPainter) -> None:
        if self.pinned and self.pin_button.isHidden():
            box = QRectF(self.width() - 30, 6, 24, 24)
            rounded(painter, box, 6, theme.color("bg_overlay"), theme.color("border"))
            icons.paint(painter, box.adjusted(5, 5, -5, -5), "push-pin-fill", theme.color("accent"))


class Overlay:
    """Paints outlines in one picture's place; ``scale`` takes its pixels to the tile's."""

    def __init__(self, painter: QPainter, place: QRectF, scale: float, kind: str, colors: Colors) -> None:
        self._painter, self._place, self._scale, self._kind, self._colors = painter, place, scale, kind, colors
        self._taken: list[QRectF] = []

    def paint(self, outlines: Sequence[Outline]) -> None:
        """All shapes, then their tags, so that no shape lies over a name."""
        for outline in outlines:
            self._shape(outline)
        for outline in sorted(outlines, key=lambda each: not each.pasted):
            if outline.pasted:
                self._tag(outline)

    def _box(self, outline: Outline) -> QRectF:
        x1, y1, x2, y2 = (value * self._scale for value in outline.box)
        return QRectF(self._place.x() + x1, self._place.y() + y1, x2 - x1, y2 - y1)

    def _shape(self, outline: Outline) -> None:
        color, path = self._colors(outline.label), QPainterPath()
        if self._kind == "box" or not outline.rings:
            path.addRect(self._box(outline))
        else:
            for ring in outline.rings:
                points = [
                    QPointF(self._place.x() + x * self._scale, self._place.y() + y * self._scale) for x, y in ring
                ]
                path.addPolygon(QPolygonF([*points, points[0]]))
        path.setFillRule(Qt.FillRule.OddEvenFill)
        fill = QColor(color)
        fill.setAlphaF({"mask": 0.45, "box": 0.06}.get(self._kind, 0.18))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        if not outline.pasted:  # what the background shows stays in the background
            faint = QColor(color)
            faint.setAlphaF(0.75)
            self._painter.setPen(QPen(faint, 1.0, Qt.PenStyle.DotLine))
            self._painter.drawPath(path)
            return
        self._painter.setPen(QPen(QColor(0, 0, 0, 110), 3.2))
        self._painter.drawPath(path)
        self._painter.setBrush(fill)
        self._painter.setPen(QPen(color, 1.5))
        self._painter.drawPath(path)

    def _tag(self, outline: Outline) -> None:
        """The name above the object, below it or inside, where no other name is; left out where there is no room."""
        font = theme.font("cap_strong")
        box, width = self._box(outline), QFontMetrics(font).horizontalAdvance(outline.label) + 10
        if width > self._place.width() * 0.6:
            return
        spots = [(box.left(), box.top() - 19), (box.left(), box.bottom() + 1), (box.left() + 1, box.top() + 1)]
        spots += [(box.right() - width, box.top() - 19), (box.right() - width, box.bottom() + 1)]
        for x, y in spots:
            left = min(max(x, self._place.left() + 1), self._place.right() - width - 1)
            tag = QRectF(round(left), round(y), width, 18)
            inside = tag.top() >= self._place.top() and tag.bottom() <= self._place.bottom()
            if inside and not any(tag.intersects(other) for other in self._taken):
                self._taken.append(tag.adjusted(-2, -2, 2, 2))
                color = self._colors(outline.label)
                rounded(self._painter, tag, 4, color)
                self._painter.setFont(font)
                self._painter.setPen(QColor(text_on(color.name())))
                self._painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, outline.label)
                return


def _with_alpha(role: str, alpha: int) -> QColor:
    color = QColor(theme.color(role))
    color.setAlpha(alpha)
    return color


def _chip(painter: QPainter, x: float, y: float, text: str) -> None:
    font = theme.font("cap_strong")
    box = QRectF(x, y, QFontMetrics(font).horizontalAdvance(text) + 12, 18)
    rounded(painter, box, 4, theme.color("bg_overlay"), theme.color("border"))
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
