"""Writes label files and the recovery log in a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.history import History
from anylabel_plus.ui.background import Background

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class LabelFile:
    """One image's label file as the session holds it: what is on disk, and what should be.

    ``stamp`` is that of the file as last read or written (None: there is no file), ``saved`` the
    document that the file holds. ``without_file`` is the document that stands for "there is no
    label file", None when there was one: saving it takes away the file that was made meanwhile.
    ``problem`` is why the last save failed.
    """

    image_path: Path
    path: Path
    document: Document
    saved: Document
    stamp: Any = None
    without_file: Document | None = None
    history: History = field(default_factory=History)
    problem: Exception | None = None
    saving: int = 0
    recorded: bool = False

    @property
    def dirty(self) -> bool:
        """True when the document differs from what the file holds."""
        return self.document is not self.saved


class Saver(Background):
    """One thread for all writes of label files: they never wait for the window, nor it for them."""

    def __init__(self, recovery_folder: Path, parent: QObject | None = None) -> None:
        super().__init__("saver", parent)
        self._recovery_folder = recovery_folder
        self._recovery_log: Any = None
        self._newest: dict[Path, Document] = {}

    def record(self, file: LabelFile) -> None:
        """Put the document as it is now into the recovery log; it stays there until it is saved."""
        document, path = file.document, file.path
        self._newest[path] = document
        file.recorded = True
        self.run(lambda: self._record(path, document))

    def save(
        self, file: LabelFile, done: Callable[[LabelFile, Document], None], failed: Callable[[LabelFile], None]
    ) -> None:
        """Write ``file.document`` if the file on disk is still the one that was read.

        ``done(file, document)`` or ``failed(file)`` (with ``file.problem`` set) is called in the
        GUI thread. ``file.saved`` and ``file.stamp`` are up to date then.
        """
        document = file.document
        file.saving += 1

        def written(_: object) -> None:
            file.saving -= 1
            file.saved, file.problem = document, None
            done(file, document)

        def not_written(error: BaseException) -> None:
            file.saving -= 1
            file.problem = error if isinstance(error, Exception) else RuntimeError(str(error))
            failed(file)

        self.run(lambda: self._write(file, document), written, not_written)

    def forget(self, path: Path) -> None:
        """Drop what the recovery log holds of one label file (the user gave the edits up)."""
        self._newest.pop(path, None)
        self.run(lambda: self._forget(path))

    def close(self, timeout_s: float = 20.0) -> None:
        """End the thread; what is not in a label file by then stays in the recovery log."""
        if self._recovery_log is not None:
            self.run(self._recovery_log.close)
        super().close(timeout_s)

    # In the thread ---------------------------------------------------------------------------

    def _recovery(self) -> Any:
        if self._recovery_log is None:
            from anylabel_plus.dataset.recovery import RecoveryLog

            self._recovery_log = RecoveryLog(self._recovery_folder)
        return self._recovery_log

    def _record(self, path: Path, document: Document) -> None:
        if self._newest.get(path) is not document:
            return  # a newer one is queued behind this
        from anylabel_plus.formats import native

        try:
            self._recovery().record(path, native.serialize(document))
        except UserError as error:
            # The file itself is written next; without a log only a crash in between would cost the edit.
            _log.warning("recovery log of %s not written (%s)", path, error)

    def _forget(self, path: Path) -> None:
        try:
            self._recovery().forget(path)
        except UserError as error:
            _log.warning("recovery log of %s not cleared (%s)", path, error)

    def _write(self, file: LabelFile, document: Document) -> None:
        from anylabel_plus.formats import native

        expected = _known_state(file)
        if document is file.without_file:
            native.remove(file.path, expected)
        else:
            if file.path.parent != file.image_path.parent:
                _make_folder(file.path)
            native.save(document, file.path, expected)
        # Here and not in the GUI thread: the next save may already be waiting.
        file.stamp = native.stamp(file.path)
        if self._newest.get(file.path) in (document, None):
            self._newest.pop(file.path, None)
            self._forget(file.path)

    def recovered(self) -> list[Any]:
        """Edits of dead processes that were never written; call in this thread's queue only."""
        if not self._recovery_folder.is_dir():
            return []
        return list(self._recovery().pending())

    def settle(self, found: list[Any], keep: bool, create_below: Path | None = None) -> list[Path]:
        """Write what was found to its label files (``keep``), then drop it from the log.

        Gives the files that were written beside newer label files (see ``recovery.restore``).
        """
        from anylabel_plus.dataset.recovery import restore

        beside = restore(found, create_below) if keep else []
        self._recovery().discard()
        return beside


def _make_folder(label_path: Path) -> None:
    try:
        label_path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{label_path}: was not saved, its folder cannot be made ({error.strerror}).",
            "Make the folder for labels writable, then save again.",
        ) from error


def _known_state(file: LabelFile) -> Any:
    """The stamp the label file may have: also that of a file which was only touched or copied back."""
    from anylabel_plus.formats import native

    found = native.stamp(file.path)
    if found is None or file.stamp is None or found == file.stamp or found.size != file.stamp.size:
        return file.stamp
    try:
        return found if file.path.read_bytes() == native.serialize(file.saved) else file.stamp
    except OSError:
        return file.stamp
