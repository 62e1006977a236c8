"""The command palette: every action, label, file and setting by a few letters, recent ones first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from anylabel_plus.ui import icons, theme, words
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.messages import show_exception
from anylabel_plus.ui.palette_entries import Entry, entries, files, ranked
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.widgets.marks import hairline
from anylabel_plus.ui.widgets.paint import key_cap, rounded
from anylabel_plus.ui.widgets.toast import SHADOW, FloatFrame
from anylabel_plus.ui.window_state import WindowState

WIDTH = 560
ROW = 32
ROWS_SHOWN = 11


class _Entries(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Entry] = []

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.rows[index.row()].title
        return self.rows[index.row()] if role == Qt.ItemDataRole.UserRole else None

    def show(self, rows: list[Entry]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


class _Row(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW)  # as wide as the list

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect.adjusted(6, 1, -6, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            rounded(painter, rect.toRectF(), theme.radius("row"), theme.color("bg_selected"))
        front = "text" if entry.enabled else "text_disabled"
        if entry.icon:
            mark = QRect(rect.left() + 8, rect.center().y() - 7, 16, 16)
            icons.paint(painter, mark, entry.icon, theme.color("text_2" if entry.enabled else "text_disabled"))
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color(front))
        text = rect.adjusted(34, 0, -8, 0)
        painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), entry.title)
        used = QFontMetrics(theme.font("body")).horizontalAdvance(entry.title)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_3" if entry.enabled else "text_disabled"))
        painter.drawText(text.adjusted(used + 10, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), entry.place)
        if entry.key:
            key_cap(painter, rect.right() - 6, rect.center().y() + 1, words.keys(entry.key))


class CommandPalette(FloatFrame):
    """A float over the window, a fifth from its top; Esc or a click elsewhere closes it."""

    def __init__(
        self,
        session: Session,
        actions: ActionSet,
        host: QWidget,
        state: WindowState,
        open_setting: Callable[[str], object],
    ) -> None:
        super().__init__(host)
        self.setObjectName("command_palette")
        self._session, self._actions, self._host = session, actions, host
        self._state, self._open_setting = state, open_setting
        self._files: Iterator[list[Entry]] = iter(())
        self._more = QTimer(self)
        self._more.timeout.connect(self._add_files)
        self._model = _Entries()
        self.query = QLineEdit()
        self.query.setObjectName("palette_query")
        self.query.setPlaceholderText(tr("Search commands, labels, files and settings"))
        self.query.setAccessibleName(tr("Search commands, labels, files and settings"))
        self.query.textChanged.connect(self._search)
        self.query.installEventFilter(self)
        self._view = QListView()
        self._view.setAccessibleName(tr("What was found"))
        self._view.setModel(self._model)
        self._view.setItemDelegate(_Row(self._view))
        self._view.setUniformItemSizes(True)
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.clicked.connect(lambda index: self._run(index.row()))
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 10, 10, 6)
        box.setSpacing(6)
        box.addWidget(self.query)
        box.addWidget(hairline())
        box.addWidget(self._view, 1)
        self.setFixedSize(WIDTH + 2 * SHADOW, ROW * ROWS_SHOWN + 64 + 2 * SHADOW)
        self.hide()

    def open(self) -> None:
        """Show the palette with an empty search."""
        self.query.clear()
        self._search("")
        self.move((self._host.width() - self.width()) // 2, self._host.height() // 5 - SHADOW)
        self.show()
        self.raise_()
        self.query.setFocus()

    def _search(self, query: str) -> None:
        everything = entries(self._session, self._actions, self._open_setting)
        found = ranked(everything, query, self._state.palette)
        self._show(found)
        self._view.setCurrentIndex(self._model.index(0))
        self._files = files(self._session, query)
        self._more.start(0)

    def _add_files(self) -> None:
        """One slice of the search in the names of files, below what was found before."""
        more = next(self._files, None)
        if more is None:
            self._more.stop()
        elif more:
            row = self._view.currentIndex().row()
            self._show([entry for entry in self._model.rows if entry.id] + more)
            self._view.setCurrentIndex(self._model.index(row))

    def _show(self, found: list[Entry]) -> None:
        nothing = Entry("", tr("Nothing found"), tr("Try another word"), "commands", lambda: None, enabled=False)
        self._model.show(found or [nothing])
        # As high as what was found: the image below stays in view.
        rows = min(len(self._model.rows), ROWS_SHOWN)
        self.setFixedHeight(ROW * rows + 64 + 2 * SHADOW)

    def _run(self, row: int) -> None:
        if 0 <= row < len(self._model.rows) and self._model.rows[row].enabled:
            entry = self._model.rows[row]
            self.close_now()
            if not entry.id.startswith("file"):
                self._state.add_palette(entry.id)
            try:
                entry.run()
            except Exception as error:
                show_exception(error)

    def close_now(self) -> None:
        """Hide and give the focus back to the canvas."""
        self._more.stop()
        self.hide()
        canvas = self._host.findChild(QWidget, "canvas")
        if canvas is not None:
            canvas.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event.key())
        return False

    def _key(self, key: int) -> bool:
        row, count = self._view.currentIndex().row(), len(self._model.rows)
        if key == Qt.Key.Key_Escape:
            self.close_now()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(row)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and count:
            step = 1 if key == Qt.Key.Key_Down else -1
            self._view.setCurrentIndex(self._model.index((row + step) % count))
        else:
            return False
        return True
