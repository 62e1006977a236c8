"""The list of images of the open folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QStackedLayout, QVBoxLayout, QWidget

from anylabel_plus.ui import theme, words
from anylabel_plus.ui.panels.file_facts import FactsReader
from anylabel_plus.ui.widgets.inputs import SearchField
from anylabel_plus.ui.widgets.marks import EmptyState, hairline, row, text_label
from anylabel_plus.ui.widgets.panel import PanelBase
from anylabel_plus.ui.widgets.progress import Bar
from anylabel_plus.ui.widgets.rows import FileRow, FileRowDelegate, RowTable

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

Index = QModelIndex | QPersistentModelIndex
_ROWS_AT_LEAST = 2
_READ_AFTER_MS = 80
_FILTER_AFTER_MS = 150
_COUNT_AFTER_MS = 250


class _Found(QAbstractListModel):
    """The rows of the folder whose name contains the filter's text."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []
        self._names: list[str] = []

    def set(self, rows: list[int], names: list[str]) -> None:
        self.beginResetModel()
        self.rows, self._names = rows, names
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) and index.row() < len(self._names):
            return self._names[index.row()]
        return None


class ReviewProgress(QWidget):
    """How many images of the folder are labeled, at the foot of the list."""

    def __init__(self) -> None:
        super().__init__()
        self._left = text_label("Labeled", "small", "2")
        self._right = text_label("", "small_strong")
        self._percent = text_label("", "small", "3")
        self._bar = Bar()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 10)
        layout.setSpacing(5)
        layout.addLayout(row(self._left, None, self._right, self._percent))
        layout.addWidget(self._bar)

    def set(self, done: int, total: int) -> None:
        """``done`` of ``total`` images are labeled."""
        self._right.setText(f"{words.number(done)} of {words.number(total)}")
        self._percent.setText(f"{100 * done // total}%" if total else "")
        self._bar.set(done / total if total else 0.0, "success" if total and done == total else "accent_fill")


class FilesPanel(PanelBase):
    """Opens the image of the current row; thumbs are read for the rows in view only."""

    def __init__(self, session: Session) -> None:
        super().__init__("files_panel", "Files")
        self._session = session
        self._following = False
        self._facts = FactsReader(self)
        session.closed.connect(self._facts.close)
        self._found = _Found()
        self.filter = SearchField("Filter files")
        self.list = RowTable(FileRowDelegate(self._row_value), "Files")
        self.list.setObjectName("file_list")
        self.list.setModel(session.files)
        self.list.setMinimumHeight(_ROWS_AT_LEAST * theme.size("row_file"))
        self.empty = EmptyState("folder-open", "No folder open", "Open a folder of images to list them here.")
        self.progress = ReviewProgress()
        self._timers = {
            name: self._timer(delay, run)
            for name, delay, run in (
                ("read", _READ_AFTER_MS, self._read_visible),
                ("filter", _FILTER_AFTER_MS, self._filter_now),
                ("count", _COUNT_AFTER_MS, self._count_now),
            )
        }
        self._build()
        self._connect()
        self._folder_changed()

    def _timer(self, delay: int, run: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(delay)
        timer.timeout.connect(run)
        return timer

    def _build(self) -> None:
        listing = QWidget()
        column = QVBoxLayout(listing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row(self.filter, margins=(12, 8, 12, 6)))
        column.addWidget(self.list, 1)
        column.addWidget(hairline())
        column.addWidget(self.progress)
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack)  # first: it shows what it gets, as a window when without parent
        self._stack.addWidget(listing)
        self._stack.addWidget(self.empty)

    def _connect(self) -> None:
        session = self._session
        self.filter.textChanged.connect(lambda *_: self._timers["filter"].start())
        self._watch_selection()
        self.list.verticalScrollBar().valueChanged.connect(lambda *_: self._timers["read"].start())
        self._facts.ready.connect(self._facts_ready)
        session.files.rowsInserted.connect(self._rows_changed)
        session.files.dataChanged.connect(self._marks_changed)
        session.files.modelReset.connect(self._folder_reset)
        session.folder_changed.connect(self._folder_changed)
        session.image_changed.connect(self._image_changed)
        session.save_state_changed.connect(self._saved)
        session.document_changed.connect(self._document_changed)

    def _soon(self, name: str) -> None:
        timer = self._timers[name]
        if not timer.isActive():
            timer.start()

    # Rows ------------------------------------------------------------------------------------

    def _source_row(self, view_row: int) -> int:
        return self._found.rows[view_row] if self.list.model() is self._found else view_row

    def _view_row(self, source_row: int) -> int:
        if self.list.model() is not self._found:
            return source_row
        return self._found.rows.index(source_row) if source_row in self._found.rows else -1

    def _row_value(self, index: Index) -> FileRow | None:
        files = self._session.files
        number = self._source_row(index.row())
        if not 0 <= number < len(files):
            return None
        item = files[number]
        facts = self._facts.get(str(item.image))
        labelled = files.labelled(number)
        state = "" if labelled is None else "done" if labelled else "untouched"
        if facts is None:
            return FileRow(item.relative, state)
        shown = facts.state if labelled is not False and facts.state else state
        count, document = facts.count, self._session.document
        if document is not None and item.image == self._session.image_path:
            count = len(document.shapes)
        return FileRow(item.relative, "broken" if facts.broken else shown, count, facts.thumb, facts.broken)

    def _read_visible(self) -> None:
        view = self.list
        if not view.isVisible() or not len(self._session.files):
            return
        height = view.viewport().height()
        first = view.indexAt(view.viewport().rect().topLeft()).row()
        last = view.indexAt(view.viewport().rect().bottomLeft()).row()
        model: QAbstractItemModel = view.model()
        first = max(0, first)
        last = last if last >= 0 else min(model.rowCount() - 1, first + height // 20)
        rows = [self._source_row(n) for n in range(first, last + 1)]
        self._facts.want([self._session.files[n] for n in rows if 0 <= n < len(self._session.files)])

    def _facts_ready(self, path: str) -> None:
        self.list.viewport().update()

    # Following the session -------------------------------------------------------------------

    def _rows_changed(self, *_: object) -> None:
        self._soon("read")
        self._soon("count")
        if self.filter.text():
            self._timers["filter"].start()
        if self._stack.currentIndex() != 0:
            self._folder_changed()

    def _marks_changed(self, *_: object) -> None:
        self._facts.look_again()
        self._soon("read")
        self._soon("count")

    def _folder_reset(self) -> None:
        self._facts.clear()
        self._found.set([], [])
        self._folder_changed()

    def _folder_changed(self) -> None:
        files = self._session.files
        self._stack.setCurrentIndex(0 if len(files) else 1)
        if self._session.folder is None:
            self.empty.set("No folder open", "Open a folder of images to list them here.")
        else:
            self.empty.set("No images", f"{self._session.folder.name} has no images that can be read.")
        self._count_now()
        self._image_changed()

    def _image_changed(self) -> None:
        number = self._view_row(self._session.row)
        model = self.list.model()
        self._following = True
        if 0 <= number < model.rowCount():
            index = model.index(number, 0)
            if index != self.list.currentIndex():
                self.list.setCurrentIndex(index)
            self._keep_in_view()
        else:
            self.list.clearSelection()
        self._following = False
        self._soon("read")

    def _keep_in_view(self) -> None:
        """Scroll when the current row or one of its neighbours is out of sight: one sees what comes next."""
        index = self.list.currentIndex()
        height = theme.size("row_file")
        if not index.isValid() or self.list.viewport().height() < 3 * height:
            return
        place = self.list.visualRect(index)
        if place.top() < height or place.bottom() > self.list.viewport().height() - height:
            # Rows stay where they are under the pointer, so that a second click meets the same one.
            hint = QAbstractItemView.ScrollHint
            self.list.scrollTo(index, hint.EnsureVisible if self.list.underMouse() else hint.PositionAtCenter)

    def _document_changed(self, change: Any, initiator: object) -> None:
        if change.added or change.removed:
            self._update_current()

    def _saved(self, state: str) -> None:
        row_number = self._session.row
        if state == "saved" and 0 <= row_number < len(self._session.files):
            self._facts.refresh_labels(self._session.files[row_number])

    def _update_current(self) -> None:
        number = self._view_row(self._session.row)
        if 0 <= number < self.list.model().rowCount():
            self.list.update(self.list.model().index(number, 0))

    def _count_now(self) -> None:
        total = len(self._session.files)
        self.header.count.setText(words.number(total) if total else "")
        self.progress.set(self._session.files.labelled_count, total)

    # What the user does here -----------------------------------------------------------------

    def _watch_selection(self) -> None:
        self.list.selectionModel().currentChanged.connect(self._current_changed)

    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if not self._following and current.isValid():
            self._session.open_row(self._source_row(current.row()))

    def _filter_now(self) -> None:
        text = self.filter.text().strip().lower()
        self._following = True
        wanted = self._found if text else self._session.files
        if text:
            items = [(n, item.relative) for n, item in enumerate(self._session.files) if text in item.relative.lower()]
            self._found.set([n for n, _ in items], [name for _, name in items])
        if self.list.model() is not wanted:
            self.list.setModel(wanted)
            self._watch_selection()
        self._following = False
        self._image_changed()
        self._timers["read"].start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_in_view()
        self._soon("read")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon("read")
