"""The session: one object through which every part of the window sees and changes the work.

It is built in layers, each a class with one responsibility, each using only those below it:

    session_base      signals, what is pending
    session_pointing  selection, hover, hidden shapes, tool, label
    session_document  document, edits, strokes, undo
    session_saving    label files, saving, recovery log
    session_image     picture and document of one image, loaded in threads
    session_folder    the folder's list, next and previous
    session_engine    the model worker and its state
    session_assist    prompts and candidates
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anylabel_plus.ui.session_assist import AssistSession
from anylabel_plus.ui.session_base import Change, Edit, MessageAction, SaveState

__all__ = ["Change", "Edit", "MessageAction", "SaveState", "Session"]


class Session(AssistSession):
    """All layers together; see the modules named above for methods and signals."""

    def close(self) -> bool:
        """Write what is pending and end all threads and the worker.

        False, with everything still running, when an edit could not be written: it is still in
        memory, ``unsaved_files`` says where it belongs.
        """
        if not self.flush():
            return False
        self.shut_down()
        return True

    def find_recovered(self, done: Callable[[list[Any]], object]) -> None:
        """Look, in the saver's thread, for edits that a crash kept from being written."""
        self._saver.run(self._saver.recovered, done)

    def settle_recovered(self, found: list[Any], keep: bool) -> None:
        """Write what was found to its label files, or drop it; the open image shows it at once."""
        self._wait_for("recovery")

        def settled(_: object) -> None:
            self._ended("recovery")
            if keep and self.label_path in {row.label_path for row in found}:
                self.reload_labels("Recover edits")

        def failed(error: BaseException) -> None:
            self._ended("recovery")
            self.say("error", f"{error} Nothing was dropped; it is offered again at the next start.")

        self._saver.run(lambda: self._saver.settle(found, keep), settled, failed)

    def shut_down(self) -> None:
        """End all threads and the worker at once; edits not written stay in the recovery log."""
        if self.signalsBlocked():
            return
        self._scan = 0
        self.closed.emit()
        self.blockSignals(True)
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._loader is not None:
            self._loader.close()
            self._loader = None
        for thread in (self._scanner, self._reader, self._saver):
            thread.close()
