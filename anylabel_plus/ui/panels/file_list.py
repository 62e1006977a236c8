"""The rows of the list of files: they follow the open image and lead to it; thumbs are read for those in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView

from anylabel_plus.ui import theme
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.panels.file_rows import RowValues, ShownRows
from anylabel_plus.ui.widgets.rows import FileRowDelegate, RowTable

if TYPE_CHECKING:
    from anylabel_plus.ui.panels.file_facts import FactsReader
    from anylabel_plus.ui.session import Session

Index = QModelIndex | QPersistentModelIndex
_ROWS_AT_LEAST = 2
_READ_AFTER_MS = 80


class FileList(RowTable):
    """``show_rows`` filters it; the current row is the open image, several can be chosen for the bin."""

    def __init__(self, session: Session, facts: FactsReader) -> None:
        # The delegate knows nothing of this list: each would keep the other, and both outlive their panel.
        self.values = RowValues(session, facts)
        super().__init__(FileRowDelegate(self.values.of), tr("Files"))
        self._session, self._facts = session, facts
        self._found = ShownRows(session, self)
        self._following = False
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.setInterval(_READ_AFTER_MS)
        self._reading.timeout.connect(self._read_visible)
        self.setObjectName("file_list")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setModel(session.files)
        self.setMinimumHeight(_ROWS_AT_LEAST * theme.size("row_file"))
        self._watch_selection()
        self.verticalScrollBar().valueChanged.connect(self._read_soon)
        facts.ready.connect(self._facts_ready)  # a method, not a lambda: it comes from a thread
        session.files.rowsInserted.connect(self._read_soon)
        session.files.rowsRemoved.connect(self._rows_gone)
        session.files.dataChanged.connect(self._marks_changed)
        session.files.modelReset.connect(self._folder_reset)
        session.folder_changed.connect(self._image_changed)
        session.image_changed.connect(self._image_changed)
        session.save_state_changed.connect(self._saved)
        session.document_changed.connect(self._document_changed)
        session.splits.changed.connect(self._parts_changed)
        self._image_changed()

    # Rows ------------------------------------------------------------------------------------------

    @property
    def filtered(self) -> bool:
        """True when not all files are shown, or in another order."""
        return self.model() is self._found

    @property
    def shown(self) -> int:
        """How many files are shown."""
        return self.model().rowCount()

    def show_rows(self, rows: list[int] | None) -> None:
        """Show these rows of the folder's list, in this order; None: all."""
        if rows is not None and self.filtered and rows == self._found.rows:
            return
        place = self.verticalScrollBar().value()
        self._following = True
        self._found.set(rows or [])
        wanted = self._session.files if rows is None else self._found
        if self.model() is not wanted:
            self.setModel(wanted)
            self._watch_selection()
        else:
            self.verticalScrollBar().setValue(place)
        self._following = False
        self._image_changed()
        self._reading.start()

    def source_row(self, view_row: int) -> int:
        """The row in the folder's list."""
        if not self.filtered:
            return view_row
        return self._found.rows[view_row] if 0 <= view_row < len(self._found.rows) else -1

    def _view_row(self, source_row: int) -> int:
        if not self.filtered:
            return source_row
        try:
            return self._found.rows.index(source_row)
        except ValueError:
            return -1

    def _read_soon(self, *_: object) -> None:
        if not self._reading.isActive():
            self._reading.start()

    def _read_visible(self) -> None:
        files = self._session.files
        if not self.isVisible() or not len(files):
            return
        height = self.viewport().height()
        first = max(0, self.indexAt(self.viewport().rect().topLeft()).row())
        last = self.indexAt(self.viewport().rect().bottomLeft()).row()
        last = last if last >= 0 else min(self.shown - 1, first + height // 20)
        rows = [self.source_row(n) for n in range(first, last + 1)]
        self._facts.want([files[n] for n in rows if 0 <= n < len(files)])

    def _facts_ready(self, _: str) -> None:
        self.viewport().update()

    def _parts_changed(self) -> None:
        self.viewport().update()

    # Following the session -----------------------------------------------------------------------

    def _marks_changed(self, *_: object) -> None:
        self._facts.look_again()
        self._read_soon()

    def _rows_gone(self, *_: object) -> None:
        """The rows that the filter found are others now: nothing is shown until it has answered again."""
        if self.filtered:
            self._found.set([])
        self._read_soon()

    def _folder_reset(self) -> None:
        self._facts.clear()
        self._found.set([])

    def _image_changed(self) -> None:
        number = self._view_row(self._session.row)
        model = self.model()
        self._following = True
        if 0 <= number < model.rowCount():
            index = model.index(number, 0)
            if index != self.currentIndex():
                self.setCurrentIndex(index)
            elif not self.selectionModel().hasSelection():
                self.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Select)
            self._keep_in_view()
        else:
            self.clearSelection()
        self._following = False
        self._chosen()
        self._read_soon()

    def _keep_in_view(self) -> None:
        """Scroll when the current row or one of its neighbours is out of sight: one sees what comes next."""
        index = self.currentIndex()
        height = theme.size("row_file")
        if not index.isValid() or self.viewport().height() < 3 * height:
            return
        place = self.visualRect(index)
        if place.top() < height or place.bottom() > self.viewport().height() - height:
            # Rows stay where they are under the pointer, so that a second click meets the same one.
            hint = QAbstractItemView.ScrollHint
            self.scrollTo(index, hint.EnsureVisible if self.underMouse() else hint.PositionAtCenter)

    def _document_changed(self, change: Any, initiator: object) -> None:
        if change.added or change.removed:
            number = self._view_row(self._session.row)
            if 0 <= number < self.shown:
                self.update(self.model().index(number, 0))

    def _saved(self, state: str) -> None:
        row_number = self._session.row
        if state == "saved" and 0 <= row_number < len(self._session.files):
            self._facts.refresh_labels(self._session.files[row_number])

    # What the user does here -----------------------------------------------------------------------

    def _watch_selection(self) -> None:
        self.selectionModel().currentChanged.connect(self._current_changed)
        self.selectionModel().selectionChanged.connect(self._chosen)

    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if not self._following and current.isValid():
            self._session.open_row(self.source_row(current.row()))

    def _chosen(self, *_: object) -> None:
        if self._following:
            return
        rows = [self.source_row(index.row()) for index in self.selectionModel().selectedRows()]
        self._session.desk.choose([row for row in rows if row >= 0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_in_view()
        self._read_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_soon()
