"""The command palette: every action and label by a few letters, recent ones first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
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
from anylabel_plus.ui.actions import ACTIONS
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.widgets.marks import hairline
from anylabel_plus.ui.widgets.paint import key_cap, rounded
from anylabel_plus.ui.widgets.toast import SHADOW, FloatFrame

WIDTH = 560
ROW = 32
ROWS_SHOWN = 11
RECENT_MAX = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: where it belongs, what it says, its key, what it does."""

    title: str
    place: str
    icon: str
    key: str
    enabled: bool
    run: Callable[[], object]


def score(text: str, query: str) -> int | None:
    """How well ``query`` fits: smaller is better, None when its letters do not occur in order."""
    low, want = text.casefold(), query.casefold().strip()
    if not want:
        return 0
    at = low.find(want)
    if at >= 0:
        return at if at == 0 or low[at - 1] in " ," else at + 20
    position = -1
    for letter in want.replace(" ", ""):
        position = low.find(letter, position + 1)
        if position < 0:
            return None
    return 100 + position


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

    def __init__(self, session: Session, actions: ActionSet, host: QWidget) -> None:
        super().__init__(host)
        self.setObjectName("command_palette")
        self._session, self._actions, self._host = session, actions, host
        self._recent: list[str] = []
        self._model = _Entries()
        self.query = QLineEdit()
        self.query.setObjectName("palette_query")
        self.query.setPlaceholderText("Search commands and labels")
        self.query.setAccessibleName("Search commands and labels")
        self.query.textChanged.connect(self._search)
        self.query.installEventFilter(self)
        self._view = QListView()
        self._view.setAccessibleName("Commands and labels found")
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

    def entries(self) -> list[Entry]:
        """Everything that can be found now, recent commands first."""
        rows = sorted(
            (row for row in ACTIONS if row.id != "commands"),
            key=lambda row: self._recent.index(row.id) if row.id in self._recent else RECENT_MAX,
        )
        found = [
            Entry(
                row.title.rstrip("…"),
                row.submenu or row.menu,
                row.icon,
                self._actions.shortcut(row.id),
                self._actions[row.id].isEnabled(),
                lambda action_id=row.id: self._do(action_id),  # type: ignore[misc]
            )
            for row in rows
        ]
        for label in self._session.labels:
            found.append(Entry(label, "Label", "label", "", True, lambda text=label: self._session.set_label(text)))  # type: ignore[misc]
        return found

    def _do(self, action_id: str) -> None:
        self._recent = [action_id, *(other for other in self._recent if other != action_id)][:RECENT_MAX]
        self._actions.run(action_id)

    def _search(self, query: str) -> None:
        fitting = [
            (points, not entry.enabled, number, entry)
            for number, entry in enumerate(self.entries())
            if (points := score(f"{entry.title} {entry.place}", query)) is not None
        ]
        fitting.sort(key=lambda row: row[:3])
        found = [row[3] for row in fitting]
        self._model.show(found or [Entry("Nothing found", "Try another word", "commands", "", False, lambda: None)])
        # As high as what was found: the image below stays in view.
        rows = min(len(self._model.rows), ROWS_SHOWN)
        self.setFixedHeight(ROW * rows + 64 + 2 * SHADOW)
        self._view.setCurrentIndex(self._model.index(0))

    def _run(self, row: int) -> None:
        if 0 <= row < len(self._model.rows) and self._model.rows[row].enabled:
            self.close_now()
            self._model.rows[row].run()

    def close_now(self) -> None:
        """Hide and give the focus back to the canvas."""
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
