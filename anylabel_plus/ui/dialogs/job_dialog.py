"""One dialog for every job: options, live progress, cancel, report. Built from the job's row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.jobs import JOBS, JobRow
from anylabel_plus.jobs import options as job_options
from anylabel_plus.ui.dialogs.frame import DialogFrame, scrolled, short_path
from anylabel_plus.ui.dialogs.job_form import JobForm
from anylabel_plus.ui.dialogs.job_report import JobReport
from anylabel_plus.ui.language import mark, ntr, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.marks import hairline, row
from anylabel_plus.ui.widgets.side_list import SideList
from anylabel_plus.ui.worker import JobRunner

if TYPE_CHECKING:
    from anylabel_plus.jobs.base import Event
    from anylabel_plus.jobs.process import JobEnded
    from anylabel_plus.ui.session import Session

_VERBS = {
    "import": (mark("Import"), "Import {n} image", mark("Import {n} images")),
    "export": (mark("Export"), "Export {n} image", mark("Export {n} images")),
    "overlays": (mark("Draw"), "Draw {n} image", mark("Draw {n} images")),
}
"""Job id -> what its button says: without a count, with one image, with several."""
_RUN = (mark("Run"), "Run on {n} image", mark("Run on {n} images"))


def format_rows(names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Title, no icon, and note of each format."""
    from anylabel_plus.formats import FORMATS

    return [(tr(FORMATS[name].title), "", tr(FORMATS[name].note)) for name in names]


def mark_labelled(session: Session, states: dict[str, bool]) -> None:
    """Tell the folder's list which images (by relative path) have label files now."""
    for number, item in enumerate(session.files):
        state = states.get(item.relative)
        if state is not None:
            session.files.set_labelled(number, [state])


class JobDialog(DialogFrame):
    """Runs the job ``job_id`` on the open folder in a process of its own; the window stays usable."""

    def __init__(self, session: Session, job_id: str, parent: QWidget | None = None) -> None:
        self.job: JobRow = JOBS[job_id]
        super().__init__(parent, self.job.icon, tr(self.job.title), " ")
        self.setObjectName("job_dialog")
        self._session = session
        self._changed: set[str] = set()
        rows = job_options.rows(self.job.options_type())
        self._format = next((option for option in rows if option.name == "format"), None)
        self.formats: SideList | None = None
        self.form = JobForm(rows, session.settings, self._given())
        self.report = JobReport()
        self.runner = JobRunner(self)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._options_page())
        self._pages.addWidget(self.report)
        self.body.addWidget(self._pages)
        self.cancel_run = Button(tr("Cancel run"), "stop", clicked=self._cancel)
        self.back = Button(tr("Back to options"), kind="ghost", clicked=self._show_options)
        self.open_out = Button(tr("Open folder"), "folder-open", clicked=self._open_out)
        self.close_button = Button(tr("Close"), kind="ghost", clicked=self.close)
        self.run_button = Button(self._run_text(), "play", "primary", clicked=self.run)
        self.run_button.setDefault(True)
        for button in (self.back, self.open_out, self.cancel_run, self.close_button, self.run_button):
            self.buttons.addWidget(button)
        self.runner.events.connect(self._take)
        self.runner.ended.connect(self._ended)
        self.form.changed.connect(self._say_what)
        session.folder_changed.connect(self._folder_changed)
        self._folder_changed()
        self._show_options()
        self.resize(860 if self._format else 700, 620)

    # Options -----------------------------------------------------------------------------------

    def _given(self) -> dict[str, Any]:
        session = self._session
        given: dict[str, Any] = {}
        if session.folder is not None and self.job.id != "import":
            given["dataset"] = session.folder
        labels = session.settings.get("files.labels_dir")
        if labels:
            given["labels_dir"] = Path(labels)
        if self._format is not None:
            given["format"] = self._format.choices[0]
        return given

    def _options_page(self) -> QWidget:
        page = QWidget()
        body = row(spacing=0)
        if self._format is not None:
            self.formats = SideList(format_rows(self._format.choices), tr("Format"))
            self.formats.chosen.connect(self._format_chosen)
            self.formats.choose(0)
            side = QWidget()
            side.setFixedWidth(248)
            column = QVBoxLayout(side)
            column.setContentsMargins(10, 12, 10, 12)
            column.addWidget(self.formats)
            body.addWidget(side)
            body.addWidget(hairline(vertical=True))
        body.addWidget(scrolled(self.form), 1)
        page.setLayout(body)
        if self.job.id == "import" and self._session.folder is not None:
            self.form.fields["dataset"].set_value(self._session.folder)
        return page

    def _format_chosen(self, number: int) -> None:
        if self._format is not None and number >= 0:
            self.form.set_given("format", self._format.choices[number])

    def _run_text(self) -> str:
        count = len(self._session.files)
        plain, one, many = _VERBS.get(self.job.id, _RUN)
        return tr(plain) if self.job.id == "import" or not count else ntr(one, many, count)

    def _folder_changed(self) -> None:
        folder, count = self._session.folder, len(self._session.files)
        self.subtitle.setText(
            f"{short_path(folder)} · {ntr('{n} image', '{n} images', count)}" if folder else tr(self.job.note)
        )
        self.subtitle.setToolTip(str(folder or ""))
        self.run_button.setText(self._run_text())

    def _say_what(self) -> None:
        self.note.set_role("text_2")
        if self.job.id == "export":
            self.note.setText(tr("Your project keeps everything. What the format cannot hold is listed."))
        elif self.job.changes_dataset and self.job.id != "import":
            self.note.setText(tr("The previous label files are kept: Dataset, Roll back a run."))
        else:
            self.note.setText(tr(self.job.note))

    def _show_options(self) -> None:
        self._pages.setCurrentIndex(0)
        self.run_button.setText(self._run_text())
        self._say_what()
        self._show_buttons(self.close_button, self.run_button)

    def _show_buttons(self, *shown: Button) -> None:
        for button in (self.back, self.open_out, self.cancel_run, self.close_button, self.run_button):
            button.setVisible(button in shown)

    # Running -----------------------------------------------------------------------------------

    def run(self) -> None:
        """Start the job with the options entered; what is missing is said at the foot."""
        try:
            values = self.form.values()
            job_options.from_json(self.job.options_type(), values)
            if not self._session.flush():
                raise UserError(tr("The open labels could not be saved."), tr("Save them first."))
        except UserError as error:
            self.note.set_role("danger")
            self.note.setText(said(error))
            return
        from anylabel_plus.settings import service_options

        self._out = Path(values["out"]) if values.get("out") else None
        self._changed.clear()
        self.report.start(tr("Starting: {job}", job=tr(self.job.title)))
        self._pages.setCurrentIndex(1)
        self.note.set_role("text_2")
        self.note.setText(tr("The window can be used while this runs.") if not self.isModal() else "")
        self._show_buttons(self.cancel_run)
        self.cancel_run.setEnabled(True)
        service = service_options(self._session.settings) if self.job.uses_model else None
        self._session.expect_changes(True)
        self.runner.start(self.job.id, values, service)

    def _take(self, events: list[Event]) -> None:
        self.report.add(events)
        self._changed.update(self.report.changed_items(events))

    def _cancel(self) -> None:
        self.cancel_run.setEnabled(False)
        self.note.setText(tr("Stopping after the current image…"))
        self.runner.cancel()

    def _ended(self, end: JobEnded) -> None:
        self.report.finish(end)
        self.note.setText(tr("Done images are kept. Run again to go on.") if end.report.cancelled else "")
        shown = [self.back, self.close_button]
        if self._out is not None and not end.error and not end.report.cancelled:
            shown.insert(1, self.open_out)
        if end.error or end.report.cancelled or end.report.failed:
            self.run_button.setText(tr("Go on") if end.report.cancelled else tr("Run again"))
            shown.append(self.run_button)
        self._show_buttons(*shown)
        if end.details:
            import logging

            logging.getLogger(__name__).error("job %s: %s", self.job.id, end.details)
        self._refresh_session()
        self._session.expect_changes(False)

    def _refresh_session(self) -> None:
        """Let the window show what the job wrote."""
        session = self._session
        if not self.job.changes_dataset:
            return
        if self.job.id == "import":
            target = Path(self.form.values()["dataset"])
            if session.folder is None or target.resolve() == session.folder.resolve():
                session.open_folder(target)
            return
        session.reload_labels(tr(self.job.title))
        mark_labelled(session, {item.relative: True for item in session.files if item.relative in self._changed})

    def _open_out(self) -> None:
        if self._out is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._out)))

    def reject(self) -> None:
        """Escape and every other way to close: a job that runs is cancelled first, and says so."""
        if self.runner.running:
            self._cancel()
        else:
            super().reject()
