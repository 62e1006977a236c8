"""Keeps the index of the open folder up to date, in a thread, and answers filters from it.

A folder of many images is read by a process of its own: a thread that computes would hold up the window. After
a save only the one file is read. Folders are watched: what other programs change is found soon after, and the less
often the longer a look takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QFileSystemWatcher, QModelIndex, QObject, QTimer, Signal

from anylabel_plus.core.errors import Cancelled
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.said import said

if TYPE_CHECKING:
    from anylabel_plus.dataset.index import Filter, Index, Refreshed
    from anylabel_plus.dataset.scan import ImageItem
    from anylabel_plus.ui.session.folder import FolderSession

APART = 3_000
"""From so many images on a process of its own reads the files."""
SAVED_MS = 250
LOOK_MS = 1_500
SHARE = 20
"""Looking for outside changes may take this part of the time: one twentieth."""
WATCHED_MOST = 500
_BREATH_S = 0.002
_TURN = 2048


class _Work:
    """What the thread does; holds the open index. Its methods run in that thread only."""

    def __init__(self, root: Path, labels_dir: Path | None, items: Sequence[ImageItem]) -> None:
        self.root, self.labels_dir, self.items = root, labels_dir, items
        self.stopped = False
        self.states = b""
        self._index: Index | None = None

    def refresh(self, progress: Callable[[int, int], object]) -> Refreshed:
        """Bring the index up to date with all files."""
        from anylabel_plus.dataset.index import Index

        def step(done: int, total: int) -> None:
            if self.stopped:
                raise Cancelled
            progress(done, total)
            time.sleep(_BREATH_S)  # the window goes first

        if len(self.items) >= APART:
            from anylabel_plus.dataset.index.apart import refresh_apart

            result = refresh_apart(self.root, self.labels_dir, progress, lambda: self.stopped)
            self.close()  # the process may have made the file anew
            self._index = Index.open(self.root, self.labels_dir, make=False)
        else:
            result = self.index().refresh(self.items, step, workers=0)
        self.index().bind(self.items, breath=True)
        self.states = self.labelled()
        return result

    def by_name(self, wanted: Filter) -> list[int]:
        """Rows that pass a filter which asks for names only: no index is needed. May run in any thread."""
        from anylabel_plus.dataset.index.query import NameTest

        test = NameTest(wanted)
        rows = []
        for start in range(0, len(self.items), _TURN):
            rows += [n for n, item in enumerate(self.items[start : start + _TURN], start) if test(item.relative)]
            if self.stopped:
                raise Cancelled
            time.sleep(_BREATH_S)
        return rows[::-1] if wanted.descending else rows

    def index(self) -> Index:
        """The open index."""
        from anylabel_plus.dataset.index import Index

        if self._index is None:
            self._index = Index.open(self.root, self.labels_dir, make=False)
        return self._index

    def labelled(self) -> bytes:
        """For each item 2 with a label file, 1 without."""
        from anylabel_plus.dataset.index import Filter

        states = bytearray(b"\x01" * len(self.items))
        for row in self.index().find(Filter(labelled=True)):
            states[row] = 2
        return bytes(states)

    def close(self) -> None:
        """Close the index."""
        if self._index is not None:
            self._index.close()
            self._index = None


class IndexKeeper(QObject):
    """``changed``: filters may answer differently now. ``progressed`` carries done and total while it reads."""

    changed = Signal()
    progressed = Signal(int, int)

    def __init__(self, session: FolderSession) -> None:
        super().__init__(session)
        self._thread = Background("index", self)
        self._names = Background("names", self)  # answers while the other one reads a hundred thousand files
        self._work: _Work | None = None
        self.ready = False
        """True when the index has every image of the folder."""
        self._taking = False
        self._saved_rows: set[int] = set()
        self._took_s = 0.0
        self._looked = 0.0
        self._watcher: QFileSystemWatcher | None = None
        self._saved = self._timer(SAVED_MS, self._take_saved)
        self._look = self._timer(LOOK_MS, self._look_again)
        self._start = self._timer(0, self._begin)
        session.folder_changed.connect(self._start.start)
        session.files.modelReset.connect(self._forget)
        session.files.rowsRemoved.connect(self._list_changed)
        session.files.rowsInserted.connect(self._list_changed)
        session.files.dataChanged.connect(self._rows_saved)
        session.closed.connect(self._close)

    def _timer(self, delay: int, run: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(delay)
        timer.timeout.connect(run)
        return timer

    @property
    def _session(self) -> FolderSession:
        # Not kept here: the two would hold each other, and be collected in whatever thread comes along.
        return cast("FolderSession", self.parent())

    # Asking ------------------------------------------------------------------------------------

    def find(
        self, wanted: Filter, done: Callable[[list[int]], object], failed: Callable[[BaseException], object]
    ) -> None:
        """Hand the rows of ``files`` that pass to ``done``, or the error to ``failed``; in the GUI thread, later."""
        work = self._work
        if wanted.by_name and work is not None:
            names = self._names
            names.run(lambda: work.by_name(wanted), lambda rows: done(rows) if work is self._work else None, failed)
        else:
            self.ask(lambda index: index.find(wanted), done, failed)

    def ask(
        self,
        question: Callable[[Index], Any],
        done: Callable[[Any], object],
        failed: Callable[[BaseException], object] | None = None,
    ) -> None:
        """Run ``question`` on the index in its thread; nothing happens without a folder.

        A damaged index is read again from the files before the error is told.
        """
        work = self._work
        if work is None:
            return

        def run() -> Any:
            from anylabel_plus.dataset.index import IndexLost

            try:
                return question(work.index())
            except IndexLost:
                work.refresh(lambda *_: None)
                return question(work.index())

        def current(result: Any) -> None:
            if work is self._work:
                done(result)

        self._thread.run(run, current, failed)

    @property
    def busy(self) -> bool:
        """True while something is read or asked."""
        return self._thread.busy or self._start.isActive() or self._saved.isActive()

    # Following the folder ------------------------------------------------------------------------

    def _forget(self) -> None:
        """The list is another one: its index belongs to none until the folder is scanned."""
        work, self._work = self._work, None
        self.ready = False
        self._saved_rows.clear()
        if work is not None:
            work.stopped = True
            self._thread.run(work.close)
        if self._watcher is not None:
            self._watcher.deleteLater()
            self._watcher = None

    def _begin(self) -> None:
        session = self._session
        if session.folder is None or "scan" in session.pending or not len(session.files) or self._work is not None:
            return
        from anylabel_plus.ui.session.folder import labels_folder

        self._work = _Work(session.folder, labels_folder(session.settings), list(session.files))
        self._refresh(self._work)

    def _list_changed(self, *_: object) -> None:
        """Images were taken out or put back; while a folder is scanned there is no index yet."""
        work = self._work
        if work is not None:
            work.items = list(self._session.files)
            self._look.start(0)

    def _refresh(self, work: _Work) -> None:
        self._looked = time.monotonic()

        def refreshed(result: Refreshed) -> None:
            self._took_s = time.monotonic() - self._looked
            if work is self._work:
                first, self.ready = not self.ready, True
                if first:
                    self._watch(work)
                if first or result.any:
                    self._taking = True  # what the index told is no news for it
                    self._session.files.take_labelled(work.states)
                    self._taking = False
                    self.changed.emit()

        self._thread.run(lambda: work.refresh(self.progressed.emit), refreshed, self._failed)

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, Cancelled) and not self._session.signalsBlocked():
            self._session.say("warning", said(error))

    def _rows_saved(self, first: QModelIndex, last: QModelIndex, _: object = None) -> None:
        if self._work is not None and not self._taking:
            self._saved_rows.update(range(first.row(), last.row() + 1))
            self._saved.start()

    def _take_saved(self) -> None:
        work, rows = self._work, sorted(self._saved_rows)
        self._saved_rows.clear()
        if work is None or not rows:
            return
        if len(rows) > APART:
            self._refresh(work)
            return
        items = [work.items[row] for row in rows if row < len(work.items)]
        self._thread.run(lambda: work.index().update(items), lambda _: self.changed.emit(), self._failed)

    # Outside changes -----------------------------------------------------------------------------

    def _watch(self, work: _Work) -> None:
        places = {item.place for item in work.items}
        folders = sorted({place.folder for place in places} | {place.labels for place in places})
        self._watcher = QFileSystemWatcher([one for one in folders if Path(one).is_dir()][:WATCHED_MOST], self)
        self._watcher.directoryChanged.connect(self._something_changed)

    def _something_changed(self, _: str) -> None:
        if not self._look.isActive():
            rest_s = self._looked + SHARE * self._took_s - time.monotonic()
            self._look.start(max(LOOK_MS, int(1000 * rest_s)))

    def _look_again(self) -> None:
        if self._work is not None:
            self._refresh(self._work)

    def _close(self) -> None:
        for timer in (self._saved, self._look, self._start):
            timer.stop()
        self._forget()
        self._thread.close()
        self._names.close()
