"""Questions that only the user can answer: unsaved edits, changed files, leftovers of a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui import words
from anylabel_plus.ui.messages import show_exception
from anylabel_plus.ui.questions import Choice, ask
from anylabel_plus.ui.saver import LabelFile
from anylabel_plus.ui.session import Session


class Decisions:
    """Each method asks and then does what was chosen; closing the question changes nothing."""

    def __init__(self, window: QWidget, session: Session) -> None:
        self._window = window
        self._session = session
        self._asking = False

    def may_close(self) -> bool:
        """Write what is pending; ask about edits that cannot be written. True when all is settled."""
        while not self._session.close():
            files = self._session.unsaved_files
            count = words.plural(len(files), "label file")
            reason = str(files[0].problem) if files and files[0].problem else "Saving automatically is off."
            answer = ask(
                self._window,
                f"{count} not saved",
                f"{reason}\nYour edits are still here.",
                (
                    Choice("discard", "Discard edits and close", "danger"),
                    Choice("copy", "Save a copy"),
                    Choice("stay", "Stay"),
                    Choice("retry", "Save", "primary"),
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

    def _save_copies(self, files: list[LabelFile]) -> None:
        text = QFileDialog.getExistingDirectory(self._window, "Folder for the copies", str(Path.home()))
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
        what = "changed" if file.path.exists() else "deleted"
        self._asking = True
        try:
            answer = ask(
                self._window,
                f"{file.path.name} was {what} by another program",
                "Your edits are not written yet. Which version is kept?",
                (
                    Choice("theirs", "Load theirs" if what == "changed" else "Discard mine"),
                    Choice("copy", "Save mine as a copy"),
                    Choice("mine", "Keep mine", "primary"),
                ),
                "ph.warning",
            )
            self._settle(file, answer)
        except UserError as error:
            show_exception(error)
        finally:
            self._asking = False

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
                self._session.say("success", f"Your version is in {copy.name}.")

    def offer_recovered(self, found: list[Any]) -> None:
        """Edits that a crash kept from being written."""
        if not found:
            return
        names = ", ".join(row.label_path.name for row in found[:3]) + (" …" if len(found) > 3 else "")
        answer = ask(
            self._window,
            f"{words.plural(len(found), 'label file')} to recover",
            f"The program ended before these edits were written: {names}",
            (Choice("discard", "Discard", "danger"), Choice("later", "Later"), Choice("recover", "Recover", "primary")),
            "rollback",
        )
        if answer in ("recover", "discard"):
            self._session.settle_recovered(found, keep=answer == "recover")
