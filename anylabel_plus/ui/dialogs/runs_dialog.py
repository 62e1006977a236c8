"""The runs of jobs on the open folder, and the way to take one back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui import words
from anylabel_plus.ui.dialogs.frame import DialogFrame, short_path
from anylabel_plus.ui.dialogs.job_dialog import mark_labelled
from anylabel_plus.ui.language import mark, ntr, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.marks import EmptyState, Notice
from anylabel_plus.ui.widgets.side_list import SideList

if TYPE_CHECKING:
    from anylabel_plus.dataset.runs import Rollback, Run
    from anylabel_plus.ui.session import Session

_STATES = {
    "done": mark("finished"),
    "running": mark("not finished"),
    "cancelled": mark("cancelled"),
    "rolled back": mark("rolled back"),
}


def when(text: str) -> str:
    """A run's time in the words of the locale; the text itself when it is no time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return words.moment(moment.timestamp())


class RunsDialog(DialogFrame):
    """Newest run first; the button says how many files get their previous bytes back."""

    _counted = Signal(int, int)
    _rolled = Signal(object, str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "rollback", tr("Roll back a run"), short_path(session.folder))
        self._session = session
        self._runs: list[Run] = []
        self._working = False
        self._list: SideList | None = None
        self.notice = Notice("", "success")
        self.notice.hide()
        self._pages = QStackedWidget()
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 12, 12, 12)
        holder.setSpacing(10)
        holder.addWidget(self.notice)
        holder.addWidget(self._pages, 1)
        self.body.addLayout(holder)
        self.close_button = Button(tr("Close"), kind="ghost", clicked=self.close)
        self.roll_back = Button(tr("Roll back"), "rollback", "danger_fill", clicked=self._start)
        self.buttons.addWidget(self.close_button)
        self.buttons.addWidget(self.roll_back)
        self._counted.connect(self._show_count)
        self._rolled.connect(self._ended)
        self.resize(560, 440)
        self.reload()

    def reload(self) -> None:
        """Read the list of runs again."""
        from anylabel_plus.dataset.runs import list_runs

        folder = self._session.folder
        self._runs = list_runs(folder)[::-1] if folder is not None else []
        while (old := self._pages.widget(0)) is not None:
            self._pages.removeWidget(old)
            old.deleteLater()
        self._list = None
        self.roll_back.setEnabled(False)
        self.roll_back.setText(tr("Roll back"))
        if not self._runs:
            text = tr("Auto-label, boxes to masks and import write down what they change. Their runs are listed here.")
            self._pages.addWidget(EmptyState("rollback", tr("No runs yet"), text))
            return
        self._list = SideList([self._row(run) for run in self._runs], tr("Runs"))
        self._list.chosen.connect(self._chosen)
        self._pages.addWidget(self._list)
        self._list.choose(0)

    @staticmethod
    def _row(run: Run) -> tuple[str, str, str]:
        from anylabel_plus.jobs import JOBS

        row = JOBS.get(run.job)
        title = tr(row.title) if row is not None else run.job.capitalize()
        model = run.options.get("model")
        parts = [when(run.started), tr(_STATES.get(run.state, run.state)), *([str(model)] if model else [])]
        if run.job == "relabel":
            into = run.options.get("into")
            names = ", ".join(run.options.get("labels", ()))
            parts.append(
                tr("{labels} to {into}", labels=names, into=into) if into else tr("{labels} deleted", labels=names)
            )
        return title, row.icon if row is not None else "file", " · ".join(parts)

    def _chosen(self, number: int) -> None:
        run = self._runs[number]
        able = run.state != "rolled back"
        self.roll_back.setEnabled(False)
        self.roll_back.setText(tr("Roll back"))
        self.note.setText("" if able else tr("This run is rolled back already."))
        if able:
            self.note.setText(tr("Counting…"))
            self._work(lambda: self._counted.emit(number, len(run.changes())))

    def _show_count(self, number: int, count: int) -> None:
        if self._list is None or number != self._list.current() or self._working:
            return
        self.roll_back.setText(ntr("Roll back {n} file", "Roll back {n} files", count))
        self.roll_back.setEnabled(count > 0)
        self.note.setText(
            tr("Files get the bytes they had before the run.") if count else tr("This run changed nothing.")
        )

    def _start(self) -> None:
        if self._list is None or not self._session.flush():
            self.notice.set(tr("The open labels could not be saved. Save them first."), "danger")
            self.notice.show()
            return
        run = self._runs[self._list.current()]
        self._working = True
        self.roll_back.setEnabled(False)
        self.note.setText(tr("Rolling back…"))
        self._session.expect_changes(True)
        self._work(lambda: self._roll(run))

    def _roll(self, run: Run) -> None:
        from anylabel_plus.dataset import runs

        try:
            self._rolled.emit(runs.rollback(run), "")
        except UserError as error:
            self._rolled.emit(None, said(error))

    def _ended(self, result: Rollback | None, problem: str) -> None:
        self._working = False
        self.note.setText("")
        if result is None:
            self.notice.set(problem, "danger")
        elif result.conflicts:
            names = ", ".join(path.name for path in result.conflicts[:3])
            one = "Nothing was changed: {n} file changed after the run ({names})."
            many = "Nothing was changed: {n} files changed after the run ({names})."
            self.notice.set(ntr(one, many, len(result.conflicts), names=names), "warning")
        else:
            count = len(result.restored) + len(result.removed)
            self.notice.set(ntr("{n} file rolled back.", "{n} files rolled back.", count), "success")
            self._refresh_session(result)
        self._session.expect_changes(False)
        self.notice.show()
        self.reload()

    def _refresh_session(self, result: Rollback) -> None:
        session = self._session
        run = self._runs[self._list.current()] if self._list is not None else None
        if run is not None and run.job == "relabel":
            session.labels_rolled_back(run.options)
        session.reload_labels(tr("Roll back"))
        removed, restored = set(result.removed), set(result.restored)
        states = {item.relative: False for item in session.files if item.label in removed}
        states |= {item.relative: True for item in session.files if item.label in restored}
        mark_labelled(session, states)

    def _work(self, task: Callable[[], Any]) -> None:
        threading.Thread(target=_quietly, args=(task,), name="runs", daemon=True).start()

    def reject(self) -> None:
        """Close, but not while files are being written."""
        if not self._working:
            super().reject()


def _quietly(task: Callable[[], Any]) -> None:
    try:
        task()
    except RuntimeError:  # the dialog was deleted meanwhile
        return
