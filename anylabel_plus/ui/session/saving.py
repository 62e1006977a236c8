"""Saving behind every finished gesture, without ever losing an edit."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from anylabel_plus import paths
from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.settings import Settings
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.messages import MessageAction
from anylabel_plus.ui.said import said
from anylabel_plus.ui.saver import LabelFile, Saver
from anylabel_plus.ui.session.base import SaveState
from anylabel_plus.ui.session.document import DocumentSession

if TYPE_CHECKING:
    from anylabel_plus.dataset.versions import Limits

AUTOSAVE_DELAY_MS = 300
CLOSE_WAIT_S = 20.0
LEFT_BYTES = 256 << 20
"""Memory for the undo histories of images shown before; the one left longest ago goes first."""
LEFT_PLAIN = 16
"""Images without a history whose documents are kept too."""


class SavingSession(DocumentSession):
    """The label file of the open image, and those of other images whose edits are not on disk."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self._file: LabelFile | None = None
        self._unsaved: dict[Path, LabelFile] = {}
        self._left: OrderedDict[Path, LabelFile] = OrderedDict()
        # Not a method of this object: the two would hold each other, and be collected in whatever thread comes along.
        self._saver = Saver(paths.user_state("recovery"), self, partial(version_limits, self.settings))
        self._save_state: SaveState = "clean"
        self._autosave = QTimer(self)
        self._autosave.setSingleShot(True)
        self._autosave.timeout.connect(self.save)

    @property
    def save_state(self) -> SaveState:
        """ "clean", "saving", "saved" or "not_saved", of the open image."""
        return self._save_state

    @property
    def dirty(self) -> bool:
        """True when an edit of any image is not on disk yet."""
        return bool(self._unsaved) or (self._file is not None and self._file.dirty)

    @property
    def unsaved_files(self) -> list[LabelFile]:
        """Label files whose edits are in memory only, the open one first."""
        current = [self._file] if self._file is not None and self._file.dirty else []
        return current + [file for file in self._unsaved.values() if file is not self._file]

    @property
    def label_path(self) -> Path | None:
        """The label file of the open image, whether it exists or not."""
        return self._file.path if self._file else None

    def save(self) -> None:
        """Write the open document now, if it differs from the file."""
        self._autosave.stop()
        self._ended("autosave")
        self.end_stroke()
        if self._file is not None and self._file.dirty:
            self._write(self._file)

    def save_all(self) -> None:
        """Try to write every label file whose edits are in memory only."""
        self.save()
        for file in list(self._unsaved.values()):
            if not file.saving:
                self._write(file)

    def save_copy(self, target: Path, file: LabelFile | None = None, *, replace: bool = True) -> Path | None:
        """Write the document of ``file`` (the open one) elsewhere; the label file stays as it is.

        Where ``replace`` is False and ``target`` is taken, a free name beside it is used.

        Returns:
            The path of the copy, None when no image is open.

        Raises:
            UserError: the copy could not be written.
        """
        file = file or self._file
        if file is None:
            return None
        from anylabel_plus import files
        from anylabel_plus.formats import native

        data = native.serialize(file.document)
        try:
            if not replace:
                return files.write_beside(target, data)
            files.write_atomic(target, data)
        except OSError as error:
            text = tr("{file}: the copy was not saved ({reason}).", file=target, reason=error.strerror)
            raise UserError(text, tr("Choose another folder.")) from error
        return target

    def overwrite(self, file: LabelFile) -> None:
        """Save the edits of ``file`` over what another program wrote meanwhile."""
        from anylabel_plus.formats import native

        file.stamp = native.stamp(file.path)
        file.found_kept = False  # what is written over stays among the earlier versions
        self._write(file)

    def discard_edits(self, file: LabelFile) -> None:
        """Give up the edits of one label file; the file on disk stays as it is."""
        self._unsaved.pop(file.path, None)
        self._left.pop(file.path, None)
        file.document = file.saved
        self._saver.forget(file.path)

    def _gesture_finished(self) -> None:
        file = self._file
        if file is None or self.document is None:
            return
        file.document = self.document
        if not file.dirty and not file.saving:  # undone before it was written
            self._saved_already(file)
            return
        self._tell_unheld(file)
        self._saver.record(file)  # also what was undone while the newer state is being written
        if self.settings.get("files.autosave"):
            self._wait_for("autosave")
            self._autosave.start(AUTOSAVE_DELAY_MS)
            self._set_save_state("saving")
        else:
            self._set_save_state("not_saved" if file.dirty else "clean")

    def _tell_unheld(self, file: LabelFile) -> None:
        """Say once what the program of the label file could not open, before it is written."""
        from anylabel_plus.formats import native

        for loss in native.unheld(file.saved, file.document):
            if loss.kind not in file.told:
                file.told.add(loss.kind)
                hint = tr("Undo, or convert the shape, if {file} is to be opened there.", file=file.path.name)
                self.say("warning", f"{said(loss.text)} {hint}", MessageAction(tr("Undo"), self.undo))

    def _saved_already(self, file: LabelFile) -> None:
        self._unsaved.pop(file.path, None)
        self._saver.forget(file.path)
        self._autosave.stop()
        self._ended("autosave")
        self._set_save_state("clean")

    def _write(self, file: LabelFile) -> None:
        self._unsaved[file.path] = file
        self._wait_for(("save", file.path))
        if file is self._file:
            self._set_save_state("saving")
        self._saver.save(file, self._written, self._not_written)

    def _written(self, file: LabelFile, document: Document) -> None:
        if not file.dirty:
            self._unsaved.pop(file.path, None)
        file.history.mark_saved(document)
        if file.dirty and not file.saving and not self._autosave.isActive() and self.settings.get("files.autosave"):
            self._write(file)  # changed, or undone, while the thread was writing
        if file is self._file:
            self._set_save_state("saving" if file.dirty else "saved")
        if not file.saving:
            self._ended(("save", file.path))
        self._label_file_written(file)

    def _not_written(self, file: LabelFile) -> None:
        if file is self._file:
            self._set_save_state("not_saved")
        self._ended(("save", file.path))
        from anylabel_plus.formats.native import ChangedOnDisk

        problem = file.problem
        if isinstance(problem, ChangedOnDisk):
            self.conflict.emit(file)
            return
        text = (
            said(problem)
            if isinstance(problem, UserError)
            else tr("{name} was not saved ({reason}).", name=file.path.name, reason=problem)
        )
        self.say(
            "error",
            tr("{reason} Your edits are kept in memory.", reason=text),
            MessageAction(tr("Try again"), self.save_all),
        )

    def _set_save_state(self, state: SaveState) -> None:
        if state != self._save_state:
            self._save_state = state
            self.save_state_changed.emit(state)

    def _leave_file(self) -> None:
        """Before another image is shown: write what is dirty, keep it until it is on disk."""
        self.end_stroke()
        file = self._file
        if file is None:
            return
        if self.settings.get("files.autosave"):
            self.save()
        elif file.dirty:
            self._unsaved[file.path] = file
        self._left[file.path] = file
        self._left.move_to_end(file.path)
        self._drop_left()
        self._file = None

    def _drop_left(self) -> None:
        plain = [path for path, file in self._left.items() if not file.history.can_undo and not file.history.can_redo]
        for path in plain[:-LEFT_PLAIN]:
            del self._left[path]
        held = {path: file.history.size_bytes for path, file in self._left.items()}
        total = sum(held.values())
        while total > LEFT_BYTES and len(self._left) > 1:
            path, _ = self._left.popitem(last=False)
            total -= held[path]

    def _drop_file(self) -> None:
        """The open image is gone with its label file: nothing of it is kept or written again."""
        file, self._file = self._file, None
        if file is not None:
            self._unsaved.pop(file.path, None)
            self._left.pop(file.path, None)
            self._saver.forget(file.path)
            self._autosave.stop()
            self._ended("autosave")

    def _kept_file(self, path: Path) -> LabelFile | None:
        """The label file as this session left it, with its history, unless it changed on disk since."""
        from anylabel_plus.formats import native

        file = self._unsaved.get(path) or self._left.get(path)
        if file is None or file.dirty or file.saving:
            return file
        try:
            return file if native.stamp(path) == file.stamp else None
        except UserError:
            return file  # out of reach: what is in memory is all there is

    def _label_file_written(self, file: LabelFile) -> None:
        """A label file is on disk; the folder layer marks its image."""

    def flush(self) -> bool:
        """Wait until everything that saves by itself is on disk; False when an edit is in memory only."""
        self.end_stroke()
        if self.settings.get("files.autosave"):
            self.save_all()
        self._saver.drain(CLOSE_WAIT_S)
        return not self.dirty


def version_limits(settings: Settings) -> Limits:
    """How many earlier versions of label files the settings allow."""
    from anylabel_plus.dataset.versions import Limits

    get = settings.get
    return Limits(get("versions.per_image"), float(get("versions.days")), get("versions.total_mb") * 1_000_000)
