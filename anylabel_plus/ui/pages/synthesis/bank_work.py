"""Making a bank from the open folder, and adding the selected shapes to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.pages.synthesis.desk import Desk, default_bank
from anylabel_plus.ui.pages.synthesis.generate_bar import GenerateBar
from anylabel_plus.ui.said import said

if TYPE_CHECKING:
    from anylabel_plus.jobs.process import JobEnded


class BankWork(QObject):
    """The job runs where the foot of the page shows its progress."""

    def __init__(self, desk: Desk, foot: GenerateBar) -> None:
        super().__init__(foot)
        self._desk, self._foot = desk, foot
        self._cutter = Background("synthesis-cutter", self)
        desk.session.closed.connect(self._cutter.close)
        self._target = Path()

    def build(self) -> None:
        """Cut out the objects of the open folder, into the bank in use or into one beside the folder."""
        session = self._desk.session
        target = self._bank_folder()
        if session.folder is None or target is None or not self._saved():
            return
        self._target = target
        values = {"dataset": str(session.folder), "out": str(target)}
        labels_dir = session.settings.get("files.labels_dir")
        if labels_dir:
            values["labels_dir"] = labels_dir
        self._foot.start("bank", values, tr("Building the object bank"), target)

    def ended(self, end: JobEnded) -> None:
        """Show the bank that was made."""
        if end.report.summary.get("cutouts") == 0:
            self._desk.say.emit(
                "warning",
                tr("No cutout was found: objects need polygons or masks. Dataset, Boxes to masks makes them."),
            )
        if (self._target / "bank.json").is_file():
            self._desk.shelf.open_bank(self._target)
            if not end.error and not end.report.cancelled:
                self._foot.show_options()

    def add_shapes(self) -> None:
        """Cut out the selected shapes of the open image."""
        session = self._desk.session
        document, image, target = session.document, session.image_path, self._bank_folder()
        if document is None or image is None or target is None or not session.selection:
            self._desk.say.emit("info", tr("Select shapes in the open image first."))
            return
        from anylabel_plus.jobs.bank import cut_shapes

        chosen = tuple(session.selection)
        session.hold("cutting")

        def done(found: list[object]) -> None:
            session.release("cutting")
            self._desk.say.emit("success", ntr("{n} cutout added.", "{n} cutouts added.", len(found)))
            self._desk.shelf.open_bank(target)

        def failed(error: BaseException) -> None:
            session.release("cutting")
            if not isinstance(error, UserError | OSError):
                raise error
            self._desk.say.emit("error", said(error))

        self._cutter.run(lambda: cut_shapes(image, document, chosen, target), done, failed)

    def _bank_folder(self) -> Path | None:
        session = self._desk.session
        if self._desk.shelf.bank_folder is not None:
            return self._desk.shelf.bank_folder
        folder = session.folder or (session.image_path.parent if session.image_path is not None else None)
        return default_bank(folder)

    def _saved(self) -> bool:
        if self._desk.session.flush():
            return True
        self._desk.say.emit("error", tr("The open labels could not be saved. Save them first."))
        return False
