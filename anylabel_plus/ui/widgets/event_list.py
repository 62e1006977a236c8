"""Lists of images in reports: what went wrong or needs a look, and what was finished last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from anylabel_plus.ui import icons, theme, words
from anylabel_plus.ui.widgets.rows import ROW_ROLE, RowDelegate, RowList

Index = QModelIndex | QPersistentModelIndex
_MARKS = {
    "failed": ("x-circle", "danger"),
    "note": ("info", "text_2"),
    "skipped": ("circle", "text_3"),
    "done": ("check-circle", "success"),
}


@dataclass(frozen=True, slots=True)
class EventRow:
    """``kind`` is failed, note, skipped or done."""

    kind: str
    item: str
    text: str


class _Delegate(RowDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, 28)

    def contents(self, painter: QPainter, rect: QRect, value: object, selected: bool) -> None:
        assert isinstance(value, EventRow)
        icon, role = _MARKS[value.kind]
        icons.paint(painter, QRectF(rect.left(), rect.center().y() - 7, 14, 14), icon, theme.color(role))
        left = rect.left() + 24.0
        if value.item:
            font = theme.font("control")
            widest = rect.width() * 0.45
            name = words.fit(value.item, font, int(widest), Qt.TextElideMode.ElideMiddle)
            width = QFontMetrics(font).horizontalAdvance(name)
            self.text(painter, QRectF(left, rect.top(), width + 2, rect.height()), name, "control", "text")
            left += width + 12
        area = QRectF(left, rect.top(), rect.right() - left, rect.height())
        self.text(painter, area, value.text, "small", "text_2")


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[EventRow] = []

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        value = self.rows[index.row()]
        if role == ROW_ROLE:
            return value
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _line(value)
        return None


def _line(value: EventRow) -> str:
    return ": ".join(part for part in (value.item, value.text) if part)


class EventList(RowList):
    """Grows while a job runs; Ctrl C copies the selected lines, or all."""

    def __init__(self, name: str) -> None:
        super().__init__(_Delegate(), name)
        self._model = _Model()
        self.setModel(self._model)
        self.setSelectionMode(RowList.SelectionMode.ExtendedSelection)

    def clear(self) -> None:
        """Forget all lines."""
        self.show_rows(())

    def show_rows(self, rows: Sequence[EventRow]) -> None:
        """These lines instead of those shown."""
        self._model.beginResetModel()
        self._model.rows = list(rows)
        self._model.endResetModel()

    def add(self, rows: Sequence[EventRow]) -> None:
        """More lines at the end."""
        if not rows:
            return
        first = len(self._model.rows)
        self._model.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._model.rows.extend(rows)
        self._model.endInsertRows()

    def count(self) -> int:
        """Number of lines."""
        return len(self._model.rows)

    def as_text(self) -> str:
        """The selected lines, or all, one a line."""
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        lines = [self._model.rows[n] for n in (chosen or range(self.count()))]
        return "\n".join(map(_line, lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.as_text())
            return
        super().keyPressEvent(event)
