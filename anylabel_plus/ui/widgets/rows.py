"""List rows that paint themselves: shape, file and label rows. Models give them small row values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QHeaderView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from anylabel_plus.ui import icons, theme, words
from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.widgets.paint import focus_ring, rounded, swatch

ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 40
"""Item data: the row value that the delegate paints."""

Index = QModelIndex | QPersistentModelIndex
_HELD_OUT = {"val": mark("val"), "test": mark("test")}
_LEFT, _RIGHT = int(Qt.AlignmentFlag.AlignVCenter), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


@dataclass(frozen=True, slots=True)
class ShapeRow:
    """What a shape row shows. ``meta`` is a score, a size or a count of points."""

    id: int
    name: str
    icon: str
    color: QColor
    meta: str
    source: str
    reviewed: bool = False
    locked: bool = False
    hidden: bool = False
    hovered: bool = False
    notch: bool = False


@dataclass(frozen=True, slots=True)
class FileRow:
    """What a file row shows. ``thumb`` None: not there yet; ``broken``: cannot be read; ``part``: train, val, test or
    nothing; ``made``: by a machine, a composite."""

    name: str
    state: str
    count: int | None = None
    thumb: QImage | None = None
    broken: bool = False
    part: str = ""
    made: bool = False


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What a label row shows: ``count`` shapes of the image, ``key`` 1 to 9 or empty."""

    name: str
    color: QColor
    count: int
    key: str = ""
    current: bool = False
    notch: bool = False


class RowDelegate(QStyledItemDelegate):
    """Background, selection and focus of every row; subclasses paint the contents."""

    height = "row_shape"

    def value(self, index: Index) -> Any:
        """The row value of an item: what the model gives for ``ROW_ROLE``."""
        return index.data(ROW_ROLE)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, theme.size(self.height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        value = self.value(index)
        if value is None:
            return
        painter.save()
        rect: QRect = option.rect
        try:
            self._background(painter, option, rect, bool(getattr(value, "hovered", False)))
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            self.contents(painter, rect.adjusted(8, 0, -8, 0), value, selected)
        finally:
            painter.restore()

    def _background(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, hovered: bool) -> None:
        selected = option.state & QStyle.StateFlag.State_Selected
        area = QRectF(rect).adjusted(0, 0.5, 0, -0.5)
        if selected:
            # Idle only behind another window of ours, such as a dialog.
            front = QApplication.activeWindow()
            active = front is None or option.widget is None or front is option.widget.window()
            rounded(painter, area, theme.radius("row"), theme.color("bg_selected" if active else "bg_selected_idle"))
        elif hovered or option.state & QStyle.StateFlag.State_MouseOver:
            rounded(painter, area, theme.radius("row"), theme.color("bg_hover"))
        view = option.widget
        focused = option.state & QStyle.StateFlag.State_HasFocus and view is not None
        if focused and view.property("keyboardFocus"):
            focus_ring(painter, area, theme.radius("row"))

    def contents(self, painter: QPainter, rect: QRect, value: object, selected: bool) -> None:
        """Paint the row's contents inside ``rect``."""
        raise NotImplementedError

    @staticmethod
    def text(painter: QPainter, rect: QRectF, text: str, style: str, role: str, flags: int = _LEFT) -> None:
        """One line of text, shortened at its end."""
        font = theme.font(style)
        painter.setFont(font)
        painter.setPen(theme.color(role))
        painter.drawText(rect, flags, words.fit(text, font, int(rect.width())))


class ShapeRowDelegate(RowDelegate):
    """Swatch, kind icon, name, meta, provenance, lock slot, eye. Slots keep their place when empty."""

    eye_clicked = Signal(int)
    lock_clicked = Signal(int)

    def contents(self, painter: QPainter, rect: QRect, value: object, selected: bool) -> None:
        assert isinstance(value, ShapeRow)
        middle = rect.center().y() + 0.5
        color = QColor(value.color)
        if value.hidden:
            color.setAlphaF(0.45)
        swatch(painter, QPointF(rect.left() + 5, middle), color, 10, value.notch)
        icon_role = "text_3" if value.hidden else "text_2"
        icons.paint(painter, QRectF(rect.left() + 18, middle - 7, 14, 14), value.icon, theme.color(icon_role))
        meta = QRectF(rect.right() - 164, rect.top(), 96, rect.height())
        meta_width = painter.fontMetrics().horizontalAdvance(value.meta) + 8
        name = QRectF(rect.left() + 39, rect.top(), meta.right() - meta_width - rect.left() - 43, rect.height())
        style = "control" if selected else "body"
        self.text(
            painter, name, value.name or tr("No label"), style, "text_3" if value.hidden or not value.name else "text"
        )
        self.text(painter, meta, value.meta, "small", "text_3", _RIGHT)
        glyph, role = icons.PROVENANCE[value.source]
        icons.paint(painter, self._slot(rect, 2), glyph, theme.color(role))
        if value.reviewed:
            check = self._slot(rect, 2)
            icons.paint(
                painter, QRectF(check.right() - 3, check.bottom() - 6, 8, 8), "check_bold", theme.color("success")
            )
        if value.locked:
            icons.paint(painter, self._slot(rect, 1), "lock-simple", theme.color("text_2"))
        eye = "eye-slash" if value.hidden else "eye"
        icons.paint(painter, self._slot(rect, 0), eye, theme.color("text_3" if value.hidden else "text_2"))

    @staticmethod
    def _slot(rect: QRect, number: int) -> QRectF:
        """Place of an icon, counted from the right: 0 eye, 1 lock, 2 provenance."""
        return QRectF(rect.right() - 14 - 22 * number, rect.center().y() - 6.5, 14, 14)

    def editorEvent(self, event: QEvent, model: object, option: QStyleOptionViewItem, index: Index) -> bool:
        kinds = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if event.type() not in kinds or not isinstance(event, QMouseEvent):
            return False
        value = self.value(index)
        rect = option.rect.adjusted(8, 0, -8, 0)
        for number, signal in ((0, self.eye_clicked), (1, self.lock_clicked)):
            # The whole slot answers, 22 wide and as high as the row.
            if self._slot(rect, number).adjusted(-4, -8, 4, 8).contains(event.position()):
                signal.emit(value.id)
                return True
        return False


class FileRowDelegate(RowDelegate):
    """Thumb 36 x 26, name elided in the middle, a stack for composites, "val" or "test" for what is held out (training
    is quiet), count, state icon. ``rows`` gives the value of an item."""

    height = "row_file"
    _STATES = {
        "done": ("check-circle-fill", "success", mark("Labelled")),
        "started": ("circle-half", "warning", mark("Started")),
        "untouched": ("circle", "text_3", mark("No labels")),
        "review": ("sparkle", "model", mark("Has model results")),
        "broken": ("warning", "danger", mark("Cannot be read")),
        "": ("circle", "border", mark("Not known yet")),
    }

    def __init__(self, rows: Callable[[Index], FileRow | None]) -> None:
        super().__init__()
        self._rows = rows

    def value(self, index: Index) -> Any:
        return self._rows(index)

    def contents(self, painter: QPainter, rect: QRect, value: object, selected: bool) -> None:
        assert isinstance(value, FileRow)
        thumb = QRectF(rect.left(), rect.center().y() - 12.5, 36, 26)
        if value.thumb is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(thumb, value.thumb)
        else:
            rounded(painter, thumb, 3, theme.color("bg_pressed"))
            if value.broken:
                icons.paint(painter, thumb.adjusted(11, 6, -11, -6), "warning", theme.color("text_3"))
        font = theme.font("control" if selected else "body")
        state = QRectF(rect.right() - 15, rect.center().y() - 7, 15, 15)
        count = "" if value.count is None else words.number(value.count)
        right = state.left() - (12 + painter.fontMetrics().horizontalAdvance(count) + 4 if count else 8)
        right = self._marks(painter, rect, value, right)
        name = QRectF(thumb.right() + 10, rect.top(), right - thumb.right() - 10, rect.height())
        painter.setFont(font)
        painter.setPen(theme.color("text_3" if value.broken else "text"))
        text = words.fit(value.name, font, int(name.width()), Qt.TextElideMode.ElideMiddle)
        painter.drawText(name, _LEFT, text)
        if count:
            box = QRectF(state.left() - 60, rect.top(), 48, rect.height())
            self.text(painter, box, count, "small", "text_3", _RIGHT)
        glyph, role, _ = self._STATES[value.state]
        icons.paint(painter, state, glyph, theme.color(role))

    @staticmethod
    def _marks(painter: QPainter, rect: QRect, value: FileRow, right: float) -> float:
        """Part and kind of the image, to the left of ``right``; returns where the name must end."""
        middle = rect.center().y() + 0.5
        if value.part in _HELD_OUT:
            text = tr(_HELD_OUT[value.part])
            font = theme.font("cap_strong")
            width = QFontMetricsF(font).horizontalAdvance(text) + 10
            chip = QRectF(right - width, middle - 8, width, 16)
            rounded(painter, chip, theme.radius("chip"), theme.color("bg_pressed"))
            painter.setFont(font)
            painter.setPen(theme.color("text_2"))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
            right = chip.left() - 6
        if value.made:
            icons.paint(painter, QRectF(right - 14, middle - 7, 14, 14), "stack-simple", theme.color("synth"))
            right -= 20
        return right


class LabelRowDelegate(RowDelegate):
    """Swatch, name, number of shapes, key."""

    swatch_clicked = Signal(str)

    def contents(self, painter: QPainter, rect: QRect, value: object, selected: bool) -> None:
        assert isinstance(value, LabelRow)
        middle = rect.center().y() + 0.5
        swatch(painter, QPointF(rect.left() + 5, middle), value.color, 10, value.notch)
        name = QRectF(rect.left() + 20, rect.top(), rect.width() - 110, rect.height())
        self.text(painter, name, value.name, "control" if value.current or selected else "body", "text")
        if value.count:
            box = QRectF(rect.right() - 90, rect.top(), 56, rect.height())
            self.text(painter, box, words.number(value.count), "small", "text_3", _RIGHT)
        if value.key:
            cap = QRectF(rect.right() - 19, middle - 9, 18, 18)
            rounded(painter, cap, theme.radius("chip"), theme.color("bg_hover"), theme.color("border"))
            self.text(painter, cap, value.key, "cap_strong", "text_2", int(Qt.AlignmentFlag.AlignCenter))


class RowList(QListView):
    """A list of such rows: uniform sizes, hover, keyboard ring, 4 px of air beside the rows."""

    hovered = Signal(QModelIndex)
    """The row under the pointer; an invalid index when it leaves."""

    def __init__(self, delegate: RowDelegate, name: str) -> None:
        super().__init__()
        delegate.setParent(self)
        self.setItemDelegate(delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setViewportMargins(4, 0, 4, 0)
        self.entered.connect(self.hovered)
        self.viewportEntered.connect(lambda: self.hovered.emit(QModelIndex()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(QModelIndex())


class RowTable(QTableView):
    """The same look for very long lists.

    ``QListView`` asks the model for every row when it lays out, half a second for 100,000; a table
    of one column with fixed row heights asks for the rows in view only.
    """

    hovered = Signal(QModelIndex)
    """The row under the pointer; an invalid index when it leaves."""

    def __init__(self, delegate: RowDelegate, name: str) -> None:
        super().__init__()
        delegate.setParent(self)
        self.setItemDelegate(delegate)
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(theme.size(delegate.height))
        columns.hide()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.entered.connect(self.hovered)
        self.viewportEntered.connect(lambda: self.hovered.emit(QModelIndex()))

    def updateGeometries(self) -> None:
        super().updateGeometries()
        # The table gives its hidden headers all margins; rows keep 4 px of air at their sides.
        self.setViewportMargins(4, 0, 4, 0)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(QModelIndex())
