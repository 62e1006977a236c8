"""Counting labels in a thread, and changing them in all label files by a job, as the label manager needs it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.jobs.base import JobStarted
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.language import ntr, number, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.session import MessageAction
from anylabel_plus.ui.session.folder import labels_folder
from anylabel_plus.ui.worker import JobRunner

if TYPE_CHECKING:
    from anylabel_plus.dataset.label_counts import LabelCounts
    from anylabel_plus.jobs.process import JobEnded
    from anylabel_plus.ui.session import Session

_log = logging.getLogger(__name__)


class LabelChanges(QObject):
    """``counted`` carries ``LabelCounts``; ``ended`` a sentence and (item, reason) of what was left alone."""

    counted = Signal(object)
    progressed = Signal(str)
    ended = Signal(str, list)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = JobRunner(self)
        self._runner.events.connect(self._take)
        self._runner.ended.connect(self._finished)
        self._threads = Background("label counts", self)
        self._left = threading.Event()
        self._total = self._done = 0
        self._asked: tuple[str, list[str], str] = ("", [], "")
        session.closed.connect(self._end)

    @property
    def busy(self) -> bool:
        """True while label files are being written."""
        return self._runner.running

    def stop(self) -> None:
        """End the run after the file in work."""
        self._runner.cancel()

    def leave(self) -> None:
        """End the counting thread; results that are under way are dropped."""
        if not self._left.is_set():
            self._left.set()
            self._threads.close()

    def _end(self) -> None:
        """The session is over: no process and no thread stays."""
        self._runner.close()
        self.leave()

    def count(self) -> None:
        """Count the labels of the open folder."""
        folder, labels_dir = self._session.folder, labels_folder(self._session.settings)
        if folder is None or self._left.is_set():
            return

        def failed(error: BaseException) -> None:
            self._session.release("label counts")
            if not isinstance(error, Cancelled):
                self._session.say("error", said(error))

        self._session.hold("label counts")

        def done(counts: Any) -> None:
            self._session.release("label counts")
            if not self._left.is_set() and folder == self._session.folder:
                self.counted.emit(counts)

        self._threads.run(lambda: counted(folder, labels_dir, self._left.is_set), done, failed)

    def start(self, action: str, names: list[str], into: str) -> str:
        """Run the job; why it cannot be started, else an empty text."""
        session = self._session
        if session.folder is None:
            return tr("Open a folder first.")
        if not session.flush():
            return tr("The open labels could not be saved. Save them first.")
        labels_dir = labels_folder(session.settings)
        options = {
            "dataset": str(session.folder),
            "action": action,
            "labels": names,
            "into": into,
            "labels_dir": str(labels_dir) if labels_dir is not None else None,
        }
        self._asked = (action, names, into)
        self._total = self._done = 0
        session.hold("label changes")
        session.expect_changes(True)
        self._runner.start("relabel", options, None)
        return ""

    def _take(self, events: list[Any]) -> None:
        for event in events:
            if isinstance(event, JobStarted):
                self._total = event.total
            else:
                self._done += 1
        done = min(self._done, self._total)
        self.progressed.emit(tr("{done} of {total} images", done=number(done), total=number(self._total)))

    def _finished(self, end: JobEnded) -> None:
        session = self._session
        action, names, into = self._asked
        before = session.labels, session.labeling
        session.release("label changes")
        report = end.report
        shapes, files = report.summary.get("shapes", 0), report.changed
        whole = not end.error and not report.cancelled and not report.failed
        if whole and not (action == "delete" and report.summary.get("locked")):
            session.label_renamed(names, into)
        session.reload_labels(report.title or tr("Change labels"))
        session.expect_changes(False)
        text = said(end.error) or self._result(action, names, into, shapes, files)
        undo = MessageAction(tr("Undo"), _way_back(session, *before)) if files else None
        if not self._left.is_set():
            self.ended.emit(text, report.failed)
            self.count()
        session.say("error" if end.error else "success", text, undo)

    @staticmethod
    def _result(action: str, names: list[str], into: str, shapes: int, files: int) -> str:
        what = ntr("{n} shape", "{n} shapes", shapes)
        where = ntr("{n} image", "{n} images", files)
        name = ", ".join(names)
        if action == "delete":
            return tr("{name} deleted: {shapes} in {images}.", name=name, shapes=what, images=where)
        return tr("{name} is {into} now: {shapes} in {images}.", name=name, into=into, shapes=what, images=where)


def counted(folder: Path, labels_dir: Path | None, stopped: Callable[[], bool]) -> LabelCounts:
    """The counts of a data set: by its index, or by its files where there is no place for an index."""
    from anylabel_plus.dataset import label_counts
    from anylabel_plus.dataset.scan import Dataset

    try:
        return label_counts.from_index(folder, labels_dir, stopped)
    except UserError as error:
        _log.warning("labels are counted without the index: %s", error)
        return label_counts.count(Dataset(folder, labels_dir).scan(), stopped)


def _way_back(session: Session, labels: Any, set_up: Any) -> Any:
    """The undo of the run that ended just now."""
    from anylabel_plus.dataset.runs import list_runs

    folder = session.folder
    runs = [run for run in list_runs(folder) if run.job == "relabel"] if folder is not None else []
    run_id = runs[-1].id if runs else ""
    return lambda: session.roll_back_labels(run_id, labels, set_up)
