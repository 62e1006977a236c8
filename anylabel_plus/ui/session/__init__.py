"""The session: one object through which every part of the window sees and changes the work.

It is built in layers, each a class with one responsibility, each using only those below it:

    base: signals, what is pending
    pointing: selection, hover, hidden shapes, tool, label
    document: document, edits, strokes, undo
    saving: label files, saving, recovery log
    image: picture and document of one image, loaded in threads
    outside: what other programs do to its files; earlier versions
    folder: the folder's list, next and previous
    labeling: labels and their colours, attributes, flags, number keys of the data set
    engine: the model worker and its state
    assist: prompts and candidates
    comparing: the image before, beside the open one
    windowing: which values of a deep image are shown as black and white

Beside the layers: ``index_keeper`` (the index of the folder), ``desk`` (chosen files, jumps, the bin) and ``splits``
(images for training, validation and testing).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from anylabel_plus.core.labeling import Labeling
from anylabel_plus.core.labels import LabelColors
from anylabel_plus.settings import Settings
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.messages import MessageAction
from anylabel_plus.ui.said import said
from anylabel_plus.ui.session.base import Change, Edit, SaveState
from anylabel_plus.ui.session.desk import FileDesk
from anylabel_plus.ui.session.folder import labels_folder
from anylabel_plus.ui.session.index_keeper import IndexKeeper
from anylabel_plus.ui.session.splits import SplitKeeper
from anylabel_plus.ui.session.windowing import WindowingSession
from anylabel_plus.ui.session.work import LongWork

__all__ = ["Change", "Edit", "MessageAction", "SaveState", "Session"]


class Session(WindowingSession):
    """All layers together; see the modules named above for methods and signals.

    ``index`` answers filters over the folder; ``desk`` has the files chosen in the list and the system's bin;
    ``splits`` says and changes which images are held out; ``work`` what runs for minutes.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.index = IndexKeeper(self)
        self.desk = FileDesk(self)
        self.splits = SplitKeeper(self)
        self.work = LongWork(self)

    def close(self) -> bool:
        """Write what is pending and end all threads and the worker.

        False, with everything still running, when an edit could not be written: it is still in
        memory, ``unsaved_files`` says where it belongs.
        """
        if not self.flush():
            return False
        self.shut_down()
        return True

    def announce(self) -> None:
        """Say again all that there is, for a window that was built around a session at work."""
        for signal in (self.folder_changed, self.image_changed, self.picture_changed, self.labels_changed):
            signal.emit()
        self.document_changed.emit(Change("document"), None)
        for signal in (self.selection_changed, self.prompt_changed, self.candidates_changed, self.view_changed):
            signal.emit()
        self.tool_changed.emit(self.tool)
        self.label_changed.emit(self.label)
        self.model_changed.emit()
        self.save_state_changed.emit(self.save_state)

    def open_prepared(self, prepare: Callable[[], Path]) -> None:
        """Run ``prepare`` in a thread and open the folder that it gives back."""
        self._wait_for("folder")

        def ready(folder: Path) -> None:
            self._ended("folder")
            self.open_folder(folder)

        def failed(error: BaseException) -> None:
            self._ended("folder")
            self.say("error", said(error))

        self._reader.run(prepare, ready, failed)

    def close_folder(self) -> None:
        """Show no folder and no image; what was edited is saved as when another image is opened."""
        self._leave_file()
        self._scan = next(self._scans)  # batches still on their way belong to none
        self._arrived.clear()
        self.folder = self.image_path = self.picture = self._wanted = None
        self._row, self.problem = -1, ""
        self.files.clear()
        self.labels = self._stored_labels = LabelColors()
        self.labeling, self.recent_labels = Labeling(), ()
        self.labeling_changed.emit()
        self._replace_document(None)
        self.picture_changed.emit()
        self.labels_changed.emit()
        self.folder_changed.emit()
        for what in ("scan", "image"):
            self._ended(what)
        self.busy_changed.emit()

    def find_recovered(self, done: Callable[[list[Any]], object]) -> None:
        """Look, in the saver's thread, for edits that a crash kept from being written."""
        self._saver.run(self._saver.recovered, done)

    def settle_recovered(self, found: list[Any], keep: bool) -> None:
        """Write what was found to its label files, or drop it; the open image shows it at once."""
        self._wait_for("recovery")

        def settled(beside: list[Path]) -> None:
            self._ended("recovery")
            for path in beside:
                self.say(
                    "info", tr("A label file was changed after the recovered edits. They are in {file}.", file=path)
                )
            if keep and self.label_path in {row.label_path for row in found}:
                self.reload_labels(tr("Recover edits"))

        def failed(error: BaseException) -> None:
            self._ended("recovery")
            self.say(
                "error", tr("{reason} Nothing was dropped; it is offered again at the next start.", reason=said(error))
            )

        labels_dir = labels_folder(self.settings)
        self._saver.run(lambda: self._saver.settle(found, keep, labels_dir), settled, failed)

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
        self.shut_lookout()
        for thread in (self._scanner, self._reader, self._saver):
            thread.close()
