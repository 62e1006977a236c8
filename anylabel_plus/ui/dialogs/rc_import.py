"""Taking over the settings of another program: choose its file, see what is taken and what is not, take it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.rivals import rc_file, taking
from anylabel_plus.settings import Settings
from anylabel_plus.ui.dialogs.frame import DialogFrame
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.messages import show_exception
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.event_list import EventList, EventRow
from anylabel_plus.ui.widgets.inputs import ComboBox
from anylabel_plus.ui.widgets.marks import text_label


class RcImportDialog(DialogFrame):
    """Lists what the chosen file would change before anything is changed; the file itself is only read.

    ``taken`` is emitted with the number of things taken over.
    """

    taken = Signal(int)

    def __init__(self, settings: Settings, home: Path, parent: QWidget | None = None, path: Path | None = None) -> None:
        subtitle = tr("From AnyLabeling, X-AnyLabeling or labelme. Their files are not changed.")
        super().__init__(parent, "download-simple", tr("Import settings"), subtitle)
        self.setObjectName("rc_import_dialog")
        self._settings = settings
        self._found: taking.Taking | None = None
        self.files = ComboBox()
        self.files.setObjectName("rc_file")
        self.files.setAccessibleName(tr("Configuration file"))
        self.files.currentIndexChanged.connect(lambda _: self._read())
        self.choose = Button(tr("Choose file…"), clicked=self._choose)
        self.choose.setObjectName("rc_choose")
        name = text_label(tr("File"), "small", "2")
        name.setBuddy(self.files)
        top = QHBoxLayout()
        top.setContentsMargins(20, 14, 20, 8)
        top.setSpacing(10)
        top.addWidget(name)
        top.addWidget(self.files, 1)
        top.addWidget(self.choose)
        self.body.addLayout(top)
        self.lines = EventList(tr("What is taken and what is not"))
        self.lines.setObjectName("rc_lines")
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 0, 12, 8)
        holder.addWidget(self.lines)
        self.body.addLayout(holder, 1)
        cancel = Button(tr("Cancel"), clicked=self.reject)
        cancel.setObjectName("rc_cancel")
        self.take = Button(tr("Import"), kind="primary", clicked=self._take)
        self.take.setObjectName("rc_take")
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.take)
        self.resize(760, 520)
        for file in [*([path] if path is not None else []), *rc_file.find(home)]:
            if self.files.findData(str(file)) < 0:
                self.files.addItem(str(file), str(file))
        self._read()

    def _choose(self) -> None:
        text, _ = QFileDialog.getOpenFileName(self, tr("Configuration file"), str(Path.home()), tr("All files (*)"))
        if text:
            self.show_file(Path(text))

    def show_file(self, path: Path) -> None:
        """Make a file the chosen one."""
        if self.files.findData(str(path)) < 0:
            self.files.addItem(str(path), str(path))
        self.files.setCurrentIndex(self.files.findData(str(path)))

    def _read(self) -> None:
        """Show what the chosen file would change."""
        self._found = None
        self.lines.clear()
        text = self.files.currentData()
        self.note.set_role("text_2")
        self.note.setText("" if text else tr("No such file is in your home folder. Choose one."))
        if text:
            try:
                self._found = taking.plan(rc_file.read(Path(text)))
            except UserError as error:
                self.note.set_role("danger")
                self.note.setText(said(error))
        if self._found is not None:
            self._show(self._found)
        self.take.setEnabled(self._found is not None)

    def _show(self, found: taking.Taking) -> None:
        rows = [EventRow("done", line.name, line.text) for line in found.taken]
        rows += [EventRow("skipped", line.name, said(line.text)) for line in found.left]
        self.lines.show_rows(rows)
        self.note.setText(tr("Taken over: {taken}. Left: {left}.", taken=len(found.taken), left=len(found.left)))

    def _take(self) -> None:
        assert self._found is not None
        try:
            taking.take(self._settings, self._found)
        except UserError as error:
            show_exception(error)
            return
        self.taken.emit(len(self._found.taken))
        self.accept()
