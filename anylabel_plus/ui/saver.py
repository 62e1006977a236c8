"""Writes label files and the recovery log in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.history import History
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.language import tr

if TYPE_CHECKING:
    from anylabel_plus.dataset.versions import Limits

QUICK_S = 0.004
"""A document whose record took less is recorded before its gesture ends; others in the thread."""
QUICK_SHAPES = 50
"""The same, as long as no record of the document was timed."""
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
    root: Path | None = None
    """The data set's folder, whose hidden store keeps earlier versions; None: none are kept."""
    problem: Exception | None = None
    saving: int = 0
    found_kept: bool = False
    """True once the file as this session found it is among the kept versions."""
    told: set[str] = field(default_factory=set)
    """Kinds of losses of the file's dialect that the user was told of."""
    record_s: float | None = None
    """Processor time that its last record took, in seconds."""

    @property
    def dirty(self) -> bool:
        """True when the document differs from what the file holds."""
        return self.document is not self.saved


class Saver(Background):
    """One thread for all writes of label files: they never wait for the window, nor it for them.

    The recovery log has a thread of its own, so that it does not wait for a label file being written.
    """

    def __init__(
        self, recovery_folder: Path, parent: QObject | None = None, limits: Callable[[], Limits] | None = None
    ) -> None:
        """``limits`` says, in the thread, how many earlier versions are kept; without it none are."""
        super().__init__("saver", parent)
        self._log_thread = Background("recovery log", self)
        self._recovery_folder = recovery_folder
        self._recovery_log: Any = None
        self._newest: dict[Path, Document] = {}
        self._order = threading.Lock()
        self._sync_queued = False
        self._limits = limits
        self._keeper: Any = None

    def record(self, file: LabelFile) -> None:
        """Put the document as it is now into the recovery log; it stays there until it is saved.

        A small one is there when this returns, safe from the end of the process; a large one as
        soon as the thread has written it out.
        """
        document, path = file.document, file.path
        self._newest[path] = document
        if self._is_quick(file):
            self._record(file, document, sync=False)
            if not self._sync_queued:
                self._sync_queued = True
                self._log_thread.run(self._sync)
        else:
            self._log_thread.run(lambda: self._record(file, document, sync=True))

    @staticmethod
    def _is_quick(file: LabelFile) -> bool:
        if file.record_s is not None:
            return file.record_s < QUICK_S
        return len(file.document.shapes) < QUICK_SHAPES

    def get_ready(self) -> None:
        """Load what the first record needs before there is one."""
        self._log_thread.run(self._recovery)

    def save(
        self, file: LabelFile, done: Callable[[LabelFile, Document], None], failed: Callable[[LabelFile], None]
    ) -> None:
        """Write ``file.document`` if the file on disk is still the one that was read.

        ``done(file, document)`` or ``failed(file)`` (with ``file.problem`` set) is called in the
        GUI thread. ``file.saved`` and ``file.stamp`` are up to date then.
        """
        document, note = file.document, file.history.undo_name or ""
        file.saving += 1

        def written(_: object) -> None:
            file.saving -= 1
            file.saved, file.problem = document, None
            done(file, document)

        def not_written(error: BaseException) -> None:
            file.saving -= 1
            file.problem = error if isinstance(error, Exception) else RuntimeError(str(error))
            failed(file)

        self.run(lambda: self._write(file, document, note), written, not_written)

    def forget(self, path: Path) -> None:
        """Drop what the recovery log holds of one label file (the user gave the edits up)."""
        self._newest.pop(path, None)
        self._log_thread.run(lambda: self._forget(path))

    def drain(self, timeout_s: float) -> bool:
        """As ``Background.drain``, for both threads."""
        end = time.monotonic() + timeout_s
        return super().drain(timeout_s) and self._log_thread.drain(max(0.1, end - time.monotonic()))

    def close(self, timeout_s: float = 20.0) -> None:
        """End the threads; what is not in a label file by then stays in the recovery log."""
        super().close(timeout_s)
        if self._log_thread.busy or self._recovery_log is not None:
            self._log_thread.run(self._close_log)
        self._log_thread.close(timeout_s)

    # In the threads --------------------------------------------------------------------------

    def _recovery(self) -> Any:
        with self._order:
            if self._recovery_log is None:
                from anylabel_plus.dataset.recovery import RecoveryLog
                from anylabel_plus.formats import native  # noqa: F401 (the first record in the GUI thread needs it)

                self._recovery_log = RecoveryLog(self._recovery_folder)
            return self._recovery_log

    def _record(self, file: LabelFile, document: Document, *, sync: bool) -> None:
        if self._newest.get(file.path) is not document:
            return  # a newer one is queued behind this
        from anylabel_plus.formats import native

        log, start = self._recovery(), time.thread_time()
        try:
            data = native.serialize(document)
            with self._order:
                if self._newest.get(file.path) is not document:
                    return  # it was saved meanwhile
                log.record(file.path, data, sync=False)
            file.record_s = time.thread_time() - start
            if sync:
                log.sync()
        except UserError as error:
            # The file itself is written next; without a log only a crash in between would cost the edit.
            _log.warning("recovery log of %s not written (%s)", file.path, error)

    def _sync(self) -> None:
        self._sync_queued = False
        try:
            self._recovery().sync()
        except UserError as error:
            _log.warning("recovery log not on disk (%s)", error)

    def _forget(self, path: Path, saved: bytes | None = None) -> None:
        try:
            log = self._recovery()
            with self._order:
                if saved is not None or path not in self._newest:
                    log.forget(path, saved)
        except UserError as error:
            _log.warning("recovery log of %s not cleared (%s)", path, error)

    def _close_log(self) -> None:
        if self._recovery_log is not None:
            self._recovery_log.close()

    def _write(self, file: LabelFile, document: Document, note: str = "") -> None:
        from anylabel_plus.formats import native

        if file.stamp is not None and not file.path.parent.is_dir():
            raise UserError(
                tr("{file}: was not saved, its folder cannot be reached.", file=file.path),
                tr("Connect the drive again or bring the folder back, then save again."),
            )
        expected, data = _known_state(file), native.serialize(document)
        self._keep_found(file)
        if document is file.without_file:
            native.remove(file.path, expected)
        else:
            if file.path.parent != file.image_path.parent:
                _make_folder(file.path)
            native.save(document, file.path, expected, data)
        # Here and not in the GUI thread: the next save may already be waiting.
        file.stamp = native.stamp(file.path)
        with self._order:
            if self._newest.get(file.path) is document:
                del self._newest[file.path]
        self._forget(file.path, data)
        self._keep_saved(file, document, None if document is file.without_file else data, note)

    def _keep_found(self, file: LabelFile) -> None:
        """The first write of a session: what it replaces is kept before."""
        if self._limits is None or file.root is None or file.found_kept:
            return
        if self._keeper is None:
            from anylabel_plus.dataset.versions import Keeper

            self._keeper = Keeper()
        file.found_kept = True
        try:
            data = file.path.read_bytes() if file.path.exists() else None
            self._keeper.keep_found(file.root, file.path, data, self._limits())
        except OSError as error:
            _log.warning("%s: its version on disk is not kept (%s)", file.path, error)

    def _keep_saved(self, file: LabelFile, document: Document, data: bytes | None, note: str) -> None:
        if self._limits is None or file.root is None or self._keeper is None:
            return
        count = len(document.shapes)
        try:
            self._keeper.keep_saved(file.root, file.path, data, self._limits(), shapes=count, note=note)
        except OSError as error:
            _log.warning("%s: this version is not kept (%s)", file.path, error)

    def recovered(self) -> list[Any]:
        """Edits of dead processes that were never written; call in this thread's queue only."""
        if not self._recovery_folder.is_dir():
            return []
        found = list(self._recovery().pending())
        if not found:
            self._recovery().discard()  # logs of the dead whose edits are all in their files
        return found

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
            tr("{file}: was not saved, its folder cannot be made ({reason}).", file=label_path, reason=error.strerror),
            tr("Make the folder for labels writable, then save again."),
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
