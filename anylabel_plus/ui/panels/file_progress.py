"""How far the folder is, at the foot of the list of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.ui import words
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.marks import row, text_label
from anylabel_plus.ui.widgets.progress import Bar

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

_COUNT_AFTER_MS = 250


class ReviewProgress(QWidget):
    """How many images of the folder are labeled and checked, or how far its label files are read."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("review_progress")
        self._left = text_label(tr("Labeled"), "small", "2")
        self._right = text_label("", "small_strong")
        self._percent = text_label("", "small", "3")
        self._bar = Bar()
        self._checked: int | None = None
        self._reading = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 10)
        layout.setSpacing(5)
        layout.addLayout(row(self._left, None, self._right, self._percent))
        layout.addWidget(self._bar)

    def set(self, done: int, total: int) -> None:
        """``done`` of ``total`` images are labeled."""
        self._right.setText(tr("{done} of {total}", done=words.number(done), total=words.number(total)))
        self._percent.setText(f"{100 * done // total}%" if total else "")
        self._bar.set(done / total if total else 0.0, "success" if total and done == total else "accent_fill")

    def set_checked(self, count: int) -> None:
        """So many are checked."""
        self._checked, self._reading = count, ""
        self._say()

    def set_reading(self, done: int, total: int) -> None:
        """So many of the label files that changed are read."""
        self._reading = tr("Reading labels, {percent}%", percent=100 * done // total) if done < total else ""
        self._say()

    def _say(self) -> None:
        if self._reading:
            self._left.setText(self._reading)
        elif self._checked:
            self._left.setText(tr("Labeled ({n} checked)", n=words.number(self._checked)))
        else:
            self._left.setText(tr("Labeled"))


class FolderProgress(ReviewProgress):
    """The progress of the open folder: what is labeled from its list, what is checked from the index."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_COUNT_AFTER_MS)
        self._later.timeout.connect(self._count)
        files = session.files
        for signal in (files.rowsInserted, files.rowsRemoved, files.dataChanged, session.folder_changed):
            signal.connect(self._count_soon)
        files.modelReset.connect(self._folder_changed)
        session.index.changed.connect(self._index_changed)
        session.index.progressed.connect(self.set_reading)
        self._count()
        if session.index.ready:
            self._index_changed()

    def _folder_changed(self) -> None:
        self.set_checked(0)
        self._count()

    def _index_changed(self) -> None:
        from anylabel_plus.dataset.index import Filter

        self._session.index.ask(lambda index: len(index.ids(Filter(checked=True))), self.set_checked)
        self._count_soon()

    def _count_soon(self, *_: Any) -> None:
        if not self._later.isActive():
            self._later.start()

    def _count(self) -> None:
        self.set(self._session.files.labelled_count, len(self._session.files))
