"""The files chosen in the list, jumps to what is still to be done, and the system's bin with a way back."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QFile, QObject, QStandardPaths, Signal

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.messages import MessageAction
from anylabel_plus.ui.said import said

if TYPE_CHECKING:
    from anylabel_plus.dataset.scan import ImageItem
    from anylabel_plus.ui.session import Session


@dataclass(frozen=True, slots=True)
class Binned:
    """One file that went to the bin; ``there`` is its place in it, "" where the system does not tell."""

    path: Path
    there: str


@dataclass(frozen=True, slots=True)
class _Thrown:
    """What one step threw away: images with their rows, and the files."""

    items: tuple[tuple[int, ImageItem, bool], ...]
    files: tuple[Binned, ...]


def to_bin(path: Path) -> Binned:
    """Move a file to the system's bin; raises UserError when there is none or it refuses."""
    if sys.platform.startswith("linux"):
        # Qt makes the bin, but not the folder that it lies in, where no desktop has made that.
        home = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation))
        with contextlib.suppress(OSError):
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = QFile(str(path))
    if not file.moveToTrash():
        raise UserError(
            tr("{path}: cannot be moved to the bin ({reason}).", path=path, reason=file.errorString()),
            tr("Nothing was deleted."),
        )
    there = file.fileName()
    return Binned(path, there if there != str(path) and os.path.exists(there) else "")


def from_bin(binned: Binned) -> None:
    """Put a file back; raises UserError when the bin was emptied or its old place is taken."""
    if not binned.there or not os.path.exists(binned.there):
        raise UserError(tr("{name} is not in the bin any more.", name=binned.path.name))
    if binned.path.exists():
        raise UserError(tr("{path}: another file is there now; it stays in the bin.", path=binned.path))
    try:
        Path(binned.there).rename(binned.path)
        note = Path(binned.there).parent.parent / "info" / f"{Path(binned.there).name}.trashinfo"
        note.unlink(missing_ok=True)  # the entry of the desktop's bin, where there is one
    except OSError as error:
        raise UserError(
            tr("{path}: cannot be put back ({reason}).", path=binned.path, reason=error.strerror)
        ) from error


class FileDesk(QObject):
    """``rows_changed``: other files are chosen now; ``bin_changed``: something can be put back, or not any more."""

    rows_changed = Signal()
    bin_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._thread = Background("bin", self)
        self._rows: tuple[int, ...] = ()
        self._thrown: list[_Thrown] = []
        session.files.modelReset.connect(self._forget)
        session.closed.connect(self._thread.close)

    @property
    def _session(self) -> Session:
        # Not kept here: the two would hold each other, and be collected in whatever thread comes along.
        return cast("Session", self.parent())

    # Chosen files --------------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[int, ...]:
        """The files chosen in the list, sorted; without a choice that of the open image."""
        count = len(self._session.files)
        rows = tuple(row for row in self._rows if row < count)
        return rows or ((self._session.row,) if 0 <= self._session.row < count else ())

    def choose(self, rows: Sequence[int]) -> None:
        """Choose these files."""
        found = tuple(sorted(rows))
        if found != self._rows:
            self._rows = found
            self.rows_changed.emit()

    def _forget(self) -> None:
        self._rows, self._thrown = (), []
        self.rows_changed.emit()
        self.bin_changed.emit()

    # Jumps ---------------------------------------------------------------------------------------

    def jump_unlabelled(self, step: int) -> None:
        """Show the next (1) or previous (-1) image without a label file, going round at the end."""
        session = self._session
        row = session.files.next_unlabelled(session.row, step)
        if row < 0:
            row = session.files.next_unlabelled(-1 if step > 0 else len(session.files), step)
        if row < 0 or row == session.row:
            session.say("info", tr("Every other image of this folder is labelled."))
        else:
            session.open_row(row)

    def jump_unchecked(self, step: int) -> None:
        """Show the next (1) or previous (-1) image that is not checked, going round at the end."""
        from anylabel_plus.dataset.index import Filter

        session = self._session
        if not session.index.ready:
            session.say("info", tr("The label files are still being read. Try again in a moment."))
            return

        def found(rows: list[int]) -> None:
            here = session.row
            others = [row for row in rows if row != here]
            if not others:
                session.say("info", tr("Every other image of this folder is checked."))
                return
            beyond = [row for row in others if (row > here) == (step > 0)] or others
            session.open_row(min(beyond) if step > 0 else max(beyond))

        session.index.find(Filter(checked=False), found, lambda error: session.say("error", said(error)))

    # The bin -------------------------------------------------------------------------------------

    @property
    def can_restore(self) -> bool:
        """True when the last step to the bin can be taken back."""
        return bool(self._thrown) and all(file.there for file in self._thrown[-1].files)

    def throw_images(self, rows: Sequence[int]) -> None:
        """Move images and their label files to the system's bin and out of the list."""
        session = self._session
        wanted = [row for row in sorted(set(rows)) if 0 <= row < len(session.files)]
        if not wanted or not self._settled():
            return
        items = tuple((row, session.files[row], bool(session.files.labelled(row))) for row in wanted)
        self._throw([item for _, item, _ in items], images=True, items=items)

    def throw_labels(self, rows: Sequence[int]) -> None:
        """Move the label files of images to the system's bin; the images stay."""
        if self._settled():
            self._throw([self._session.files[row] for row in sorted(set(rows))], images=False, items=())

    def _settled(self) -> bool:
        """Everything is on disk: what goes to the bin is what was seen last."""
        if self._session.flush():
            return True
        self._session.say("error", tr("Some edits are not saved. Nothing was deleted."))
        return False

    def _throw(
        self, chosen: Sequence[ImageItem], *, images: bool, items: tuple[tuple[int, ImageItem, bool], ...]
    ) -> None:
        session = self._session
        session.hold("bin")

        def work() -> tuple[list[Binned], set[ImageItem], str]:
            files: list[Binned] = []
            gone: set[ImageItem] = set()
            for item in chosen:
                label = item.label_source
                try:
                    if images:
                        files.append(to_bin(item.image))
                        gone.add(item)
                    if label is not None:
                        files.append(to_bin(label))
                except UserError as error:
                    return files, gone, said(error)
            return files, gone, ""

        def done(result: tuple[list[Binned], set[ImageItem], str]) -> None:
            files, gone, problem = result
            if files:
                thrown = tuple(entry for entry in items if entry[1] in gone)
                self._thrown.append(_Thrown(thrown, tuple(files)))
                self._take_out([row for row, _, _ in thrown])
                if not images:
                    self._look_at_labels(chosen)
                self._tell(len(gone) if images else len(files), images)
            if problem:
                session.say("error", problem)
            self.bin_changed.emit()
            session.release("bin")

        self._thread.run(work, done)

    def _tell(self, count: int, images: bool) -> None:
        text = (
            ntr("{n} image is in the bin.", "{n} images are in the bin.", count)
            if images
            else ntr("{n} label file is in the bin.", "{n} label files are in the bin.", count)
        )
        undo = MessageAction(tr("Put back"), self.restore) if self.can_restore else None
        self._session.say("success", text, undo)

    def _take_out(self, rows: Sequence[int]) -> None:
        """The rows leave the list; the image after them is shown when theirs was open."""
        if rows:
            self._rows = ()
            self._session.remove_rows(rows)
            self.rows_changed.emit()

    def _look_at_labels(self, items: Sequence[ImageItem]) -> None:
        session = self._session
        for item in items:
            row = session.files.row_of(item.image)
            if row >= 0:
                session.files.set_labelled(row, [item.label_source is not None])
            if item.image == session.image_path:
                session.reload_labels(tr("Delete label file"))

    def restore(self) -> None:
        """Put back what the last step moved to the bin."""
        if not self._thrown:
            return
        thrown, session = self._thrown.pop(), self._session
        session.hold("bin")

        def work() -> str:
            problems = []
            for file in thrown.files:
                try:
                    from_bin(file)
                except UserError as error:
                    problems.append(said(error))
            return "\n".join(problems[:3])

        def done(problem: str) -> None:
            for row, item, labelled in thrown.items:
                if item.image.exists():
                    session.insert_row(row, item, labelled)
            if not thrown.items:
                images = {file.path for file in thrown.files}
                self._look_at_labels([item for item in session.files if item.label in images])
            self.bin_changed.emit()
            if problem:
                session.say("error", problem)
            else:
                session.say("success", tr("Everything is back in its place."))
            session.release("bin")

        self._thread.run(work, done)
