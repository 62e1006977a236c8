"""Questions that only the user can answer: unsaved edits, changed files, leftovers of a crash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.messages import show_exception
from anylabel_plus.ui.questions import Choice, ask
from anylabel_plus.ui.said import said
from anylabel_plus.ui.saver import LabelFile
from anylabel_plus.ui.session import Session

if TYPE_CHECKING:
    from anylabel_plus.ui.dialogs.conflict_dialog import Compared


def ask_conflict(parent: QWidget, session: Session, file: LabelFile) -> tuple[str, Compared | None]:
    """Show the conflict and wait; the dialog is loaded when it is needed first, not when the program starts."""
    from anylabel_plus.ui.dialogs import conflict_dialog

    return conflict_dialog.ask_conflict(parent, session, file)


class Decisions:
    """Each method asks and then does what was chosen; closing the question changes nothing."""

    def __init__(self, window: QWidget, session: Session) -> None:
        self._window = window
        self._session = session
        self._asking = False

    def may_close(self) -> bool:
        """Write what is pending; ask about work under way and unwritable edits. True when all is settled."""
        if self._session.work.text and not self._ends_work():
            return False
        while not self._session.close():
            files = self._session.unsaved_files
            reason = said(files[0].problem) if files and files[0].problem else tr("Saving automatically is off.")
            answer = ask(
                self._window,
                ntr("{n} label file not saved", "{n} label files not saved", len(files)),
                reason + "\n" + tr("Your edits are still here."),
                (
                    Choice("discard", tr("Discard edits and close"), "danger"),
                    Choice("copy", tr("Save a copy")),
                    Choice("stay", tr("Stay")),
                    Choice("retry", tr("Save"), "primary"),
                ),
                "ph.warning",
            )
            if answer == "retry":
                self._session.save_all()
            elif answer == "copy":
                self._save_copies(files)
            elif answer == "discard":
                for file in files:
                    self._session.discard_edits(file)
            else:
                return False
        return True

    def _ends_work(self) -> bool:
        answer = ask(
            self._window,
            tr("Work is under way"),
            self._session.work.text + "\n" + tr("What is finished stays, and it can go on from there later."),
            (Choice("end", tr("Stop it and close"), "danger"), Choice("stay", tr("Stay"), "primary")),
            "ph.warning",
        )
        return answer == "end"

    def _save_copies(self, files: list[LabelFile]) -> None:
        text = QFileDialog.getExistingDirectory(self._window, tr("Folder for the copies"), str(Path.home()))
        if not text:
            return
        for file in files:
            try:
                self._session.save_copy(Path(text, file.path.name), file, replace=False)
            except UserError as error:
                show_exception(error)
                return
            self._session.discard_edits(file)

    def resolve_conflict(self, file: LabelFile) -> None:
        """Another program changed or deleted a label file that was edited here."""
        if self._asking:
            return
        self._asking = True
        try:
            if file.path.exists():
                answer, compared = ask_conflict(self._window, self._session, file)
                if answer == "merge" and compared is not None:
                    merged = compared.merged.document
                    self._session.take_merged(file, merged, compared.theirs, compared.stamp)
                    self._session.say("success", tr("{name} is merged.", name=file.path.name))
            else:
                answer = self._ask_deleted(file)
            self._settle(file, answer)
        except UserError as error:
            show_exception(error)
        finally:
            self._asking = False

    def _ask_deleted(self, file: LabelFile) -> str:
        return ask(
            self._window,
            tr("{name} was deleted by another program", name=file.path.name),
            tr("Your edits are not written yet. Which version is kept?"),
            (
                Choice("theirs", tr("Discard mine")),
                Choice("copy", tr("Save mine as a copy")),
                Choice("mine", tr("Keep mine"), "primary"),
            ),
            "ph.warning",
        )

    def _settle(self, file: LabelFile, answer: str) -> None:
        if answer == "mine":
            self._session.overwrite(file)
        elif answer == "theirs":
            self._session.take_theirs(file)
        elif answer == "copy":
            target = file.path.with_name(f"{file.path.stem} (mine).json")
            copy = self._session.save_copy(target, file, replace=False)
            self._session.take_theirs(file)
            if copy is not None:
                self._session.say("success", tr("Your version is in {name}.", name=copy.name))

    def offer_recovered(self, found: list[Any]) -> None:
        """Edits that a crash kept from being written."""
        if not found:
            return
        names = ", ".join(row.label_path.name for row in found[:3]) + (" …" if len(found) > 3 else "")
        answer = ask(
            self._window,
            ntr("{n} label file to recover", "{n} label files to recover", len(found)),
            tr("The program ended before these edits were written: {names}", names=names),
            (
                Choice("discard", tr("Discard"), "danger"),
                Choice("later", tr("Later")),
                Choice("recover", tr("Recover"), "primary"),
            ),
            "rollback",
        )
        if answer in ("recover", "discard"):
            self._session.settle_recovered(found, keep=answer == "recover")
