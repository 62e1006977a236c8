"""Which images of the open folder are for training, validation and testing: read, changed and followed in a thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.language import ntr
from anylabel_plus.ui.messages import show_exception
from anylabel_plus.ui.said import said

if TYPE_CHECKING:
    from anylabel_plus.dataset.hidden_json import Stamp
    from anylabel_plus.ui.session import Session

_LOOK_MS = 200


class _Read:
    """The parts of a folder's images by their path below it, and the state of the file they were read from."""

    def __init__(self, folder: Path) -> None:
        from anylabel_plus.dataset import split_file

        self.root, self.prefix = split_file.place_of(folder)
        self.stamp: Stamp | None = split_file.stamp(self.root)
        splits = split_file.Splits.load(self.root)
        start = len(self.prefix)
        self.parts = {name[start:]: part for name, part in splits.parts.items() if name.startswith(self.prefix)}


class SplitKeeper(QObject):
    """``changed``: other parts are shown now. They are kept by ``session.files``."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._thread = Background("splits", self)
        self._folder: Path | None = None
        self._read: _Read | None = None
        self._complained = ""
        self._watcher: QFileSystemWatcher | None = None
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._look_again)
        session.folder_changed.connect(self._folder_changed)
        session.index.changed.connect(self._look.start)
        session.closed.connect(self._close)

    @property
    def _session(self) -> Session:
        # Not kept here: the two would hold each other, and be collected in whatever thread comes along.
        return cast("Session", self.parent())

    def put(self, part: str) -> None:
        """Put the chosen images of the list into a part; a message tells of it, or why it is refused."""
        from anylabel_plus.ui.session.folder import labels_folder

        session, folder = self._session, self._session.folder
        items = [session.files[row] for row in session.desk.rows]
        if folder is None or not items:
            return
        labels_dir = labels_folder(session.settings)

        def work() -> _Read:
            from anylabel_plus.dataset.split_file import place_of
            from anylabel_plus.dataset.splits import assign

            root, prefix = place_of(folder)
            assign(root, {prefix + item.relative: part for item in items}, labels_dir)
            return _Read(folder)

        def done(read: _Read) -> None:
            session.release("split")
            if folder == self._folder:
                self._take(read)
                session.say("success", _told(part, len(items)))
                session.index.changed.emit()  # what filters by part answers differently now

        def failed(error: BaseException) -> None:
            session.release("split")
            show_exception(error)

        session.hold("split")
        self._thread.run(work, done, failed)

    # Following the file --------------------------------------------------------------------------

    def _folder_changed(self) -> None:
        folder = self._session.folder
        if folder == self._folder:
            return
        self._folder, self._read, self._complained = folder, None, ""
        if self._watcher is not None:
            self._watcher.deleteLater()
            self._watcher = None
        if folder is not None:
            self._watch(folder)
            self._load(folder, "splits")

    def _load(self, folder: Path, name: str) -> None:
        """Read the split file, unless it is the one that was read; ``name`` is what the session waits for, if any."""
        session, before = self._session, self._read

        def work() -> _Read | None:
            from anylabel_plus.dataset import split_file

            # Another split file may have come up nearer, or the first one at all.
            place, now = split_file.place_of(folder), before and split_file.stamp(before.root)
            same = before is not None and (place, now) == ((before.root, before.prefix), before.stamp)
            return None if same else _Read(folder)

        def done(read: _Read | None) -> None:
            session.release(name)
            if read is not None and folder == self._folder and not session.signalsBlocked():
                self._take(read)

        def failed(error: BaseException) -> None:
            session.release(name)
            if not isinstance(error, UserError):
                show_exception(error)
            elif str(error) != self._complained:  # it is looked at again and again
                self._complained = str(error)
                session.say("warning", said(error))

        if name:
            session.hold(name)
        self._thread.run(work, done, failed)

    def _take(self, read: _Read) -> None:
        self._read = read
        self._session.files.parts = read.parts
        self._watch(read.root)
        self.changed.emit()

    def _watch(self, root: Path) -> None:
        """Be told of changes in the hidden folder, where the split file is replaced; before that, of its coming."""
        from anylabel_plus.dataset.scan import HIDDEN_FOLDER

        hidden = root / HIDDEN_FOLDER
        place = str(hidden if hidden.is_dir() else root)
        if self._watcher is None:
            self._watcher = QFileSystemWatcher(self)
            self._watcher.directoryChanged.connect(self._look.start)
        if place not in self._watcher.directories():
            if self._watcher.directories():
                self._watcher.removePaths(self._watcher.directories())
            self._watcher.addPath(place)

    def _look_again(self) -> None:
        if self._folder is not None:
            self._watch(self._read.root if self._read is not None else self._folder)
            self._load(self._folder, "")

    def _close(self) -> None:
        self._look.stop()
        self._thread.close()


def _told(part: str, count: int) -> str:
    if part == "train":
        return ntr("{n} image is in the training set.", "{n} images are in the training set.", count)
    if part == "val":
        return ntr("{n} image is in the validation set.", "{n} images are in the validation set.", count)
    if part == "test":
        return ntr("{n} image is in the test set.", "{n} images are in the test set.", count)
    return ntr("{n} image is in no set.", "{n} images are in no set.", count)
