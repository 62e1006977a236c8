"""What happens to the open image's files behind the program's back, and going back to other versions.

A look at the disk is taken in a thread every second or so and when the window becomes active: not all file
systems tell of changes by themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.settings import Settings
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.messages import MessageAction
from anylabel_plus.ui.said import said
from anylabel_plus.ui.saver import LabelFile
from anylabel_plus.ui.session.base import Change
from anylabel_plus.ui.session.image import ImageSession, Labels, read_labels

if TYPE_CHECKING:
    from anylabel_plus.dataset.versions import Version

LOOK_EVERY_MS = 1200


@dataclass(frozen=True, slots=True)
class _Found:
    """What lies on the disk: the label file's stamp (None: no file), whether image and folder are there."""

    stamp: Any
    image: bool
    folder: bool
    writable: bool


class OutsideSession(ImageSession):
    """Notices changes of other programs; reloads, merges and restores, each as one undoable edit."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self._lookout = Background("lookout", self)
        self._looking = False
        self._expecting = 0
        self.read_only = False
        """True while the folder of the open image's label file takes no files; edits stay in memory and in the log."""
        self._told_of: tuple[object, ...] = ()
        self._look_timer = QTimer(self)
        self._look_timer.setInterval(LOOK_EVERY_MS)
        self._look_timer.timeout.connect(self.look_outside)
        self._look_timer.start()
        self.image_changed.connect(self.look_outside)

    # Looking ---------------------------------------------------------------------------------

    def expect_changes(self, expected: bool) -> None:
        """True while a job of this window writes label files: these changes are no surprise."""
        self._expecting += 1 if expected else -1

    def look_outside(self) -> None:
        """See, in a thread, whether the open image's files are still as they were."""
        file = self._file
        if file is None or self._looking or self._expecting or file.saving:
            return
        self._looking = True
        path, image = file.path, file.image_path

        def failed(_: BaseException) -> None:
            self._looking = False

        self._lookout.run(lambda: _look(path, image), lambda found: self._looked(file, found), failed)

    def _looked(self, file: LabelFile, found: _Found) -> None:
        self._looking = False
        self._set_read_only(found.folder and not found.writable)
        if file is not self._file or file.saving or self._expecting or self.stroke_open or "reload" in self.pending:
            return
        if not found.folder:
            text = tr("{folder} cannot be reached. Edits are kept here until it is back.", folder=file.path.parent)
            self._tell_once(("folder", file.path.parent), "warning", text)
        elif not found.image:
            text = tr(
                "{image} was moved, renamed or deleted. Its labels stay in {labels}.",
                image=file.image_path.name,
                labels=file.path.name,
            )
            action = MessageAction(tr("Look for new images"), self._look_again)
            self._tell_once(("image", file.image_path), "warning", text, action)
        elif found.stamp != file.stamp:
            self._label_file_differs(file, found.stamp)
        else:
            self._told_of = ()

    def _set_read_only(self, read_only: bool) -> None:
        if read_only != self.read_only:
            self.read_only = read_only
            self.writable_changed.emit()

    def _label_file_differs(self, file: LabelFile, stamp: Any) -> None:
        if stamp is None:
            text = tr("{name} was deleted by another program. Its shapes are still here.", name=file.path.name)
            self._tell_once(
                ("deleted", file.path), "warning", text, MessageAction(tr("Save again"), lambda: self.overwrite(file))
            )
        elif not file.dirty:
            self.reload_labels(tr("Load the changed file"), outside=True)
        elif not self.settings.get("files.autosave"):
            text = tr("{name} was changed by another program, and you have unsaved edits.", name=file.path.name)
            action = MessageAction(tr("Compare"), lambda: self.conflict.emit(file))
            self._tell_once(("changed", file.path, stamp), "warning", text, action)

    def _tell_once(self, what: tuple[object, ...], level: str, text: str, action: MessageAction | None = None) -> None:
        if self._told_of != what:
            self._told_of = what
            self.say(level, text, action)

    def _look_again(self) -> None:
        """List the folder again; the folder layer knows how."""

    # Taking over -----------------------------------------------------------------------------

    def take_theirs(self, file: LabelFile) -> None:
        """Give up the edits of ``file`` for what is on disk; on the open image this can be undone."""
        if file is self._file:
            self.reload_labels(tr("Load the changed file"))
        else:
            self.discard_edits(file)

    def take_merged(self, file: LabelFile, merged: Document, theirs: Document, stamp: Any) -> None:
        """Go on with ``merged``, made of the edits of ``file`` and of ``theirs``, which is on disk; one edit."""
        name = tr("Merge with the changed file")
        before = file.document
        file.saved, file.stamp, file.found_kept = theirs, stamp, False
        if file is self._file:
            self.end_stroke()
            self._history.push(name, before, merged)
            self._set_document(merged, Change("document"), None)
            self._gesture_finished()
            self.save()
            return
        file.history.push(name, before, merged)
        file.document = merged
        self._write(file) if file.dirty else self.discard_edits(file)

    def reload_labels(self, name: str, *, outside: bool = False) -> None:
        """Read the open image's label file again, as one undoable edit called ``name``.

        Nothing happens when the file is still the one that was read or written last. ``outside``:
        say that another program changed it.
        """
        file = self._file
        if file is None:
            return
        self._wait_for("reload")
        image, path = file.image_path, file.path
        self._reader.run(
            lambda: read_labels(image, path), lambda result: self._labels_reloaded(file, name, result, outside)
        )

    def _labels_reloaded(self, file: LabelFile, name: str, result: Labels, outside: bool) -> None:
        self._ended("reload")
        document, stamp, problem = result
        if problem:
            self._tell_once(("problem", problem), "error", problem)
        if problem or file is not self._file or stamp == file.stamp or self.document is None:
            return
        if outside and (file.dirty or file.saving):
            return  # edited meanwhile: saving finds the conflict
        if outside and document is not None and _same_bytes(document, file.saved):
            file.stamp = stamp  # only touched, or copied back
            return
        self.end_stroke()
        before, after = self.document, document or self._empty_document(file.image_path, file.path)
        self.discard_edits(file)
        file.document = file.saved = after
        file.stamp, file.found_kept = stamp, False
        # Going back before a file of another program must not delete it.
        file.without_file = after if document is None and stamp is None else None
        self._history.push(name, before, after)
        self._set_document(after, Change("document"), None)
        self._set_save_state("saved")
        if outside:
            text = tr("{name} was changed by another program and is shown as it is now.", name=file.path.name)
            self.say("info", text, MessageAction(tr("Undo"), self.undo))

    # Versions --------------------------------------------------------------------------------

    def find_versions(self, done: Callable[[list[Version]], object]) -> None:
        """Read, in a thread, the earlier versions of the open image's label file, oldest first."""
        file = self._file
        if file is None:
            done([])
            return
        path, root = file.path, file.root

        def find() -> list[Version]:
            from anylabel_plus.dataset.versions import listed

            return listed(path, root)

        self._wait_for("versions")

        def found(versions: list[Version]) -> None:
            self._ended("versions")
            done(versions)

        def failed(error: BaseException) -> None:
            self._ended("versions")
            self.say("error", said(error))
            done([])

        self._reader.run(find, found, failed)

    def read_version(self, version: Version, done: Callable[[Document | None, str], object]) -> None:
        """Read, in a thread, a version as a document of the open image; None and why when it cannot be shown."""
        file = self._file
        if file is None:
            return
        image, path = file.image_path, file.path

        def read() -> Document | None:
            from anylabel_plus import images
            from anylabel_plus.formats import native

            return None if version.data is None else native.parse(version.data, path.name, images.probe(image))

        def ready(document: Document | None) -> None:
            if file is self._file:
                done(document or file.without_file or self._empty_document(image, path), "")

        self._reader.run(read, ready, lambda error: done(None, said(error)))

    def restore_version(self, document: Document, name: str, *, no_file: bool = False) -> bool:
        """Make a version (see ``read_version``) the open document, as one undoable edit called ``name``.

        ``no_file``: in that version there was no label file; saving deletes it.
        """
        file = self._file
        if file is None or self.document is None:
            return False
        if no_file:
            file.without_file = document
        return self.apply(name, lambda _: document)

    def shut_lookout(self) -> None:
        """End the thread of this layer."""
        self._look_timer.stop()
        self._lookout.close(1.0)


def _look(path: Path, image: Path) -> _Found:
    from anylabel_plus.formats import native

    try:
        stamp = native.stamp(path)
    except UserError:
        return _Found(None, False, False, True)
    folder = next(above for above in path.parents if above.exists())
    writable = os.access(folder, os.W_OK)
    return _Found(stamp, image.exists(), path.parent.is_dir() and image.parent.is_dir(), writable)


def _same_bytes(a: Document, b: Document) -> bool:
    from anylabel_plus.formats import native

    return native.serialize(a) == native.serialize(b)
