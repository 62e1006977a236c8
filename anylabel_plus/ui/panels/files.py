"""The list of images of the open folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from anylabel_plus.ui import words
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.panels.file_facts import FactsReader
from anylabel_plus.ui.panels.file_filter import FilterBar
from anylabel_plus.ui.panels.file_list import FileList
from anylabel_plus.ui.panels.file_progress import FolderProgress
from anylabel_plus.ui.panels.key_hints import KeyHints
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.marks import EmptyState, hairline
from anylabel_plus.ui.widgets.panel import PanelBase

if TYPE_CHECKING:
    from anylabel_plus.dataset.index import Filter
    from anylabel_plus.ui.session import Session

_COUNT_AFTER_MS = 250


class FilesPanel(PanelBase):
    """Filter, list and progress; asks the index what passes the filter and counts."""

    def __init__(self, session: Session) -> None:
        super().__init__("files_panel", tr("Files"))
        self._session = session
        facts = FactsReader(self)
        session.closed.connect(facts.close)
        self.bar = FilterBar(session)
        self.filter = self.bar.field
        self.list = FileList(session, facts)
        self.empty = EmptyState("folder-open", "", "")
        KeyHints(self.empty, session, ("open_folder", tr("open a folder")))
        self.nothing = EmptyState("funnel", tr("No file fits"), tr("No image of this folder passes the filter."))
        self.progress = FolderProgress(session)
        self._asked: Filter | None = None
        self._later = self._timer(_COUNT_AFTER_MS, self._count_now)
        self._build()
        self._connect()
        self._folder_changed()
        if session.index.ready:
            self._index_changed()

    def _timer(self, delay: int, run: Callable[[], object]) -> QTimer:
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
        column.addWidget(self.bar)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing, 1)
        column.addWidget(hairline())
        column.addWidget(self.progress)
        self.nothing.hide()
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack)  # first: it shows what it gets, as a window when without parent
        self._stack.addWidget(listing)
        self._stack.addWidget(self.empty)

    def _connect(self) -> None:
        session = self._session
        self.bar.wanted.connect(self._ask)
        self.filter.returnPressed.connect(self._to_list)
        session.files.rowsInserted.connect(self._rows_changed)
        session.files.rowsRemoved.connect(self._rows_changed)
        session.files.dataChanged.connect(self._count_soon)
        session.files.modelReset.connect(self._folder_changed)
        session.folder_changed.connect(self._folder_changed)
        session.index.changed.connect(self._index_changed)

    # The filter ----------------------------------------------------------------------------------

    def _ask(self, wanted: Filter) -> None:
        """Show what passes: all at once, or as soon as the index has answered."""
        from anylabel_plus.dataset.index import Filter

        self._asked = wanted
        if wanted == Filter():
            self._show_rows(None)
            return
        if not wanted.by_name and not self._session.index.ready:
            self.bar.note.setText(tr("The label files are still being read; the list follows."))
            self.bar.note.show()
            return
        self._session.index.find(wanted, lambda rows: self._answered(wanted, rows), self._refused)

    def _answered(self, wanted: Filter, rows: list[int]) -> None:
        if wanted == self._asked:  # a later wish is on its way otherwise
            self.bar.tell("")
            self._show_rows(rows)

    def _refused(self, error: BaseException) -> None:
        self.bar.tell(said(error))

    def _show_rows(self, rows: list[int] | None) -> None:
        self.list.show_rows(rows)
        self._session.set_order(rows)
        self.nothing.setVisible(rows is not None and not rows)
        self.list.setVisible(rows is None or bool(rows))
        self._count_now()

    def _to_list(self) -> None:
        """Enter in the field: on to the first file that was found."""
        self.bar.ask()
        self.list.setFocus()

    # Following the session -------------------------------------------------------------------------

    def _rows_changed(self, *_: object) -> None:
        self._count_soon()
        if self._stack.currentIndex() != 0 or not len(self._session.files):
            self._folder_changed()
        if self.filter.text() or self.list.filtered:
            self.bar.ask()

    def _index_changed(self) -> None:
        from anylabel_plus.dataset.index import Filter

        self._count_soon()
        if self._asked is not None and self._asked != Filter():
            self._ask(self._asked)

    def _folder_changed(self) -> None:
        files = self._session.files
        self._stack.setCurrentIndex(0 if len(files) else 1)
        if self._session.folder is None:
            self.empty.set(tr("No folder open"), tr("Open a folder of images to list them here."))
        else:
            name = self._session.folder.name
            self.empty.set(tr("No images"), tr("{folder} has no images that can be read.", folder=name))
        self._count_now()

    def _count_soon(self, *_: Any) -> None:
        if not self._later.isActive():
            self._later.start()

    def _count_now(self) -> None:
        total, shown = len(self._session.files), self.list.shown
        # The number of what is shown, and no more: beside other tabs there is no room.
        self.header.count.setText(words.number(shown) if total else "")
