"""The list of sections or choices at the left of a dialog or page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QVBoxLayout, QWidget

from anylabel_plus.ui import icons, theme
from anylabel_plus.ui.widgets.rows import ROW_ROLE, RowDelegate, RowList

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class SideRow:
    """A title with an icon before it, or with a line of text below."""

    title: str
    icon: str = ""
    text: str = ""


class _Delegate(RowDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, 44 if index.data(ROW_ROLE).text else 30)

    def contents(self, painter: QPainter, rect: QRect, value: object, selected: bool) -> None:
        assert isinstance(value, SideRow)
        area = QRectF(rect)
        style = "control" if selected else "body"
        if value.icon:
            mark = QRectF(area.left(), area.center().y() - 8, 16, 16)
            icons.paint(painter, mark, value.icon, theme.color("accent" if selected else "text_2"))
            area.setLeft(area.left() + 26)
        if value.text:
            self.text(painter, QRectF(area.left(), area.top() + 4, area.width(), 19), value.title, style, "text")
            self.text(painter, QRectF(area.left(), area.top() + 22, area.width(), 17), value.text, "small", "text_3")
        else:
            self.text(painter, area, value.title, style, "text")


class _Model(QAbstractListModel):
    def __init__(self, rows: Sequence[SideRow]) -> None:
        super().__init__()
        self._rows = list(rows)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == ROW_ROLE:
            return self._rows[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._rows[index.row()].text
        return self._rows[index.row()].title if role == Qt.ItemDataRole.DisplayRole else None


class SideList(QWidget):
    """``rows`` are (title, icon) or (title, icon, text)."""

    chosen = Signal(int)

    def __init__(self, rows: Sequence[tuple[str, ...]], name: str) -> None:
        super().__init__()
        self._model = _Model([SideRow(*row) for row in rows])
        self._list = RowList(_Delegate(), name)
        self._list.setUniformItemSizes(False)
        self._list.setModel(self._model)
        self._list.setViewportMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._list)
        self._list.selectionModel().currentChanged.connect(lambda current, _: self.chosen.emit(current.row()))

    def choose(self, row: int) -> None:
        """Make a row the current one."""
        self._list.setCurrentIndex(self._model.index(row))

    def take_focus(self) -> None:
        """Let the keyboard act on the list."""
        self._list.setFocus()

    def current(self) -> int:
        """The current row."""
        return self._list.currentIndex().row()
