"""The foot of the page: how many, where to, how long it takes; and the job while it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLineEdit, QSizePolicy, QStackedWidget, QWidget

from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, JobStarted, Note
from anylabel_plus.synthesis.recipe import to_json
from anylabel_plus.ui import words
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.pages.synthesis.desk import Desk
from anylabel_plus.ui.pages.synthesis.estimate import estimate
from anylabel_plus.ui.pages.synthesis.out_folder import next_out
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button, ToolButton
from anylabel_plus.ui.widgets.inputs import SpinBox
from anylabel_plus.ui.widgets.marks import ElidedLabel, Notice, row, text_label
from anylabel_plus.ui.widgets.progress import Progress
from anylabel_plus.ui.worker import JobRunner

if TYPE_CHECKING:
    from anylabel_plus.jobs.process import JobEnded

HEIGHT = 56


def _under_way(what: str, done: int, total: int) -> str:
    """ "Generating: 120 of 1,000" for the status bar."""
    return tr("{what}: {done} of {total}", what=what, done=words.number(done), total=words.number(total))


class GenerateBar(QFrame):
    """``save`` carries nothing: the page asks for a file. ``finished`` carries the folder that was written."""

    save = Signal()
    opened = Signal(Path)
    finished = Signal(str, object)
    """Job id and its ``JobEnded``."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("generate_bar")
        self.setProperty("surface", "app")
        self.setFixedHeight(HEIGHT)
        self._desk = desk
        self.runner = JobRunner(self)
        self.runner.events.connect(self._take)
        self.runner.ended.connect(self._ended)
        desk.session.closed.connect(self._close)
        self._job, self._out, self._done, self._failed, self._total, self._whole = "", Path(), 0, 0, 0, False
        self._stack = QStackedWidget()
        for page in (self._options(), self._running(), self._result()):
            self._stack.addWidget(page)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)
        desk.facts_changed.connect(self.refresh)
        desk.previews.finished.connect(self.refresh)

    @property
    def running(self) -> str:
        """The id of the job that runs, or an empty string."""
        return self._job

    # Parts -----------------------------------------------------------------------------------

    def _options(self) -> QWidget:
        self.count = SpinBox(1, 10_000_000, self._desk.count, tr("images"))
        self.count.setObjectName("generate_count")
        self.count.setAccessibleName(tr("How many images"))
        self.count.setFixedWidth(132)
        self.count.valueChanged.connect(self._count_changed)
        self.out = QLineEdit()
        self.out.setObjectName("generate_out")
        self.out.setAccessibleName(tr("Folder for the images"))
        self.out.setMinimumWidth(110)
        self.out.setMaximumWidth(230)
        self.out.textChanged.connect(self.refresh)
        browse = ToolButton("open_folder", tr("Choose a folder…"), clicked=self._browse)
        self.estimate = ElidedLabel("", "small", "text_2")
        self.estimate.setObjectName("generate_estimate")
        self.seed = SpinBox(0, 2**31 - 1, self._desk.seed)
        self.seed.setObjectName("generate_seed")
        self.seed.setGroupSeparatorShown(False)
        self.seed.setAccessibleName(tr("Seed"))
        self.seed.setFixedWidth(92)
        self.seed.valueChanged.connect(self._desk.set_seed)
        self.save_button = Button(tr("Save recipe"), "save", clicked=self.save.emit)
        self.save_button.setObjectName("recipe_save")
        self.run = Button("", "ph.stack-simple", "primary", clicked=self.generate)
        self.run.setObjectName("generate_run")
        page = QWidget()
        page.setLayout(
            row(
                text_label(tr("Generate"), "control"), self.count,
                text_label(tr("into"), "body", "2"), self.out, browse,
                8, self.estimate, text_label(tr("Seed"), "body", "2"), self.seed, self.save_button, self.run,
                margins=(16, 0, 16, 0),
            )
        )  # fmt: skip
        return page

    def _running(self) -> QWidget:
        self.what = text_label("", "strong")
        self.progress = Progress(tr("images"))
        self.progress.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.cancel = Button(tr("Cancel"), "stop", clicked=self._cancel)
        self.cancel.setObjectName("generate_cancel")
        page = QWidget()
        line = row(self.what, 12, self.progress, 12, self.cancel, margins=(16, 0, 16, 0))
        line.setStretch(2, 1)
        page.setLayout(line)
        return page

    def _result(self) -> QWidget:
        self.notice = Notice("", "success")
        self.notice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.again = Button(tr("Go on"), "play", clicked=lambda: self.start(*self._last))
        self.again.setObjectName("generate_again")
        self.open = Button(
            tr("Open as data set"), "open_folder", "primary", clicked=lambda: self.opened.emit(self._out)
        )
        self.open.setObjectName("generate_open")
        self.back = Button(tr("Back"), kind="ghost", clicked=self.show_options)
        self.back.setObjectName("generate_back")
        page = QWidget()
        line = row(self.notice, self.again, self.back, self.open, margins=(16, 0, 16, 0))
        line.setStretch(0, 1)
        page.setLayout(line)
        return page

    # What is shown ---------------------------------------------------------------------------

    def show_values(self, out: Path) -> None:
        """Count and seed as the desk has them, and a folder."""
        for box, value in ((self.count, self._desk.count), (self.seed, self._desk.seed)):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        self.out.setText(str(self._shown_path(out)))
        self.refresh()

    def _shown_path(self, out: Path) -> Path:
        folder = self._desk.session.folder
        return out.relative_to(folder) if folder is not None and out.is_relative_to(folder) else out

    @property
    def out_folder(self) -> Path:
        """Where the pictures go; a relative path lies in the open folder."""
        text = Path(self.out.text().strip()).expanduser()
        folder = self._desk.session.folder
        return text if text.is_absolute() or folder is None else folder / text

    def show_options(self) -> None:
        """Ready for another run: after a whole one in another folder."""
        if self._whole:
            self._whole = False
            self.out.setText(str(self._shown_path(next_out(self._desk.session.folder))))
        self._stack.setCurrentIndex(0)
        self.refresh()
        self.count.setFocus()

    def refresh(self) -> None:
        """The words of button and estimate."""
        count = self._desk.count
        self.run.setText(ntr("Generate {n} image", "Generate {n} images", count))
        ready = self._desk.shelf.sources is not None and bool(self._desk.shown()) and bool(self.out.text().strip())
        self.run.setEnabled(ready)
        self.run.setToolTip("" if ready else tr("Pictures have to appear above first."))
        self.estimate.setText(estimate(self._desk.shown(), count))

    def _count_changed(self, count: int) -> None:
        self._desk.set_count(count)
        self.refresh()

    def _browse(self) -> None:
        start = self._desk.session.folder or Path.home()
        text = QFileDialog.getExistingDirectory(self, tr("Folder for the images"), str(start))
        if text:
            self.out.setText(str(self._shown_path(Path(text))))

    # Running ---------------------------------------------------------------------------------

    def generate(self) -> None:
        """Start the job with what the page shows."""
        shelf = self._desk.shelf
        if shelf.bank is None or shelf.backgrounds is None or self._job:
            return
        if not self._desk.session.flush():
            self._desk.say.emit("error", tr("The open labels could not be saved. Save them first."))
            return
        values = {
            "bank": str(shelf.bank.root),
            "backgrounds": str(shelf.backgrounds),
            "out": str(self.out_folder),
            "count": self._desk.count,
            "seed": self._desk.seed,
            "recipe_text": json.dumps(to_json(self._desk.recipe)),
            "unlabelled_only": shelf.unlabelled_only,
            "leave_out_held_out": shelf.leave_out_held_out,
            "certified_empty": shelf.certified_empty,
        }
        self._desk.memory.begun(self.out_folder)  # kept also when the program ends in the middle
        self._desk.keep(out=str(self.out_folder))
        self.start("synthesize", values, tr("Generating"), self.out_folder)

    def start(self, job_id: str, values: dict[str, Any], what: str, out: Path) -> None:
        """Run a job; its progress takes the place of the options."""
        if self._job:
            return
        self.runner.start(job_id, values, None)  # first: what cannot be started is not shown as running
        self._job, self._out, self._done, self._failed = job_id, out, 0, 0
        self._desk.session.work.show(what)
        self._last = (job_id, values, what, out)
        self.what.setText(what)
        self.progress.wait(tr("Starting…"))
        self.cancel.setEnabled(True)
        self._stack.setCurrentIndex(1)
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        self.runner.blockSignals(True)  # nothing is shown any more
        self.runner.close()

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.runner.cancel()

    def _take(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, JobStarted):
                self._total = event.total
                self.progress.start(event.total)
            elif isinstance(event, ItemDone | ItemSkipped | ItemFailed):
                self._done += 1
                self._failed += isinstance(event, ItemFailed)
                if isinstance(event, ItemFailed):
                    self._reason = said(event.reason)
            elif isinstance(event, Note):
                self.progress.setToolTip(said(event.text))
        if self._done:
            extra = ntr("· {n} failed", "· {n} failed", self._failed) if self._failed else ""
            self.progress.set(self._done, extra)
            self._desk.session.work.show(_under_way(self.what.text(), self._done, self._total))

    def _ended(self, end: JobEnded) -> None:
        job, self._job = self._job, ""
        good = not end.error and not end.report.cancelled
        self.open.setVisible(job == "synthesize" and self._done > 0)
        self._whole = good and job == "synthesize"
        if self._whole:
            self._desk.memory.finished(self._out)
        self._desk.session.work.show("")
        self.again.setVisible(not good)
        self.again.setText(tr("Go on") if end.report.cancelled else tr("Run again"))
        text, kind = self._outcome(job, end)
        self.notice.set(text, kind)
        if not self.isVisible():
            self._desk.session.say({"danger": "error"}.get(kind, kind), text)
        if end.details:
            import logging

            logging.getLogger(__name__).error("job %s: %s", job, end.details)
        self._stack.setCurrentIndex(2)
        (self.open if self.open.isVisibleTo(self) else self.back).setFocus(Qt.FocusReason.OtherFocusReason)
        self.finished.emit(job, end)

    def _outcome(self, job: str, end: JobEnded) -> tuple[str, str]:
        summary = end.report.summary
        if end.error:
            return f"{said(end.error)} {said(end.hint)}".strip(), "danger"
        if end.report.cancelled:
            return tr("Cancelled. What was finished stays; it goes on from there."), "warning"
        if job != "synthesize":
            return tr("The object bank is ready."), "success"
        made = int(summary.get("pictures", self._done))
        text = ntr(
            "{n} image with {objects} objects, marked synthetic and kept out of validation and test.",
            "{n} images with {objects} objects, marked synthetic and kept out of validation and test.",
            made,
            objects=words.number(int(summary.get("objects", 0))),
        )
        return (f"{text} {self._failures(end)}".strip(), "warning" if end.report.failed else "success")

    @staticmethod
    def _failures(end: JobEnded) -> str:
        if not end.report.failed:
            return ""
        item, reason = end.report.failed[0]
        return tr("{n} failed, such as {item}: {reason}", n=len(end.report.failed), item=item, reason=said(reason))
