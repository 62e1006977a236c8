"""The image shown: its picture and its document are loaded in threads and swapped in one place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.history import History
from anylabel_plus.settings import Settings
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.saver import LabelFile
from anylabel_plus.ui.session_base import Change
from anylabel_plus.ui.session_saving import SavingSession

if TYPE_CHECKING:
    from anylabel_plus.ui.picture import Picture


class ImageSession(SavingSession):
    """Shows one image at a time; the newest request wins."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.picture: Picture | None = None
        self.problem = ""
        """Why the open image or its label file cannot be used, or an empty string."""
        self._reader = Background("documents", self)
        self._loader: Any = None
        self._wanted: Path | None = None
        self._picture_ready: Picture | None = None
        self._labels_ready: tuple[Document | None, Any, str] | None = None

    def reload(self) -> None:
        """Read the image and its label file again from disk; edits not on disk are given up."""
        if self._file is not None:
            self.discard_edits(self._file)
            self._file = None
        if self.image_path is not None:
            self._show(self.image_path)

    def _show(self, path: Path) -> None:
        """Load ``path`` and its label file in threads; what is shown stays until both are there."""
        self._wanted, self._picture_ready, self._labels_ready = path, None, None
        self._wait_for("image")
        label_path = self._label_path_of(path)
        self._reader.run(
            lambda: _read_labels(path, label_path),
            lambda result: self._labels_read(path, result),
            lambda error: self._labels_read(path, (None, None, str(error))),
        )
        self._pictures().load(path)
        self.busy_changed.emit()

    def _pictures(self) -> Any:
        if self._loader is None:
            from anylabel_plus.ui.picture import PictureLoader

            self._loader = PictureLoader(self)
            self._loader.loaded.connect(self._picture_loaded)
            self._loader.failed.connect(self._picture_failed)
        return self._loader

    def _labels_read(self, path: Path, result: tuple[Document | None, Any, str]) -> None:
        if path == self._wanted:
            self._labels_ready = result
            self._swap_when_ready()

    def _picture_loaded(self, path: Path, picture: Picture) -> None:
        if path == self._wanted:
            self._picture_ready = picture
            self._swap_when_ready()
        elif path == self.image_path and self._wanted is None:
            self.picture = picture
            self.picture_changed.emit()
            self._picture_complete()

    def _picture_failed(self, path: Path, text: str) -> None:
        if path != self._wanted:
            return
        self._leave_file()
        self._wanted = None
        self.image_path, self.picture, self.problem = path, None, text
        self._replace_document(None)
        self.say("error", text)
        self._ended("image")
        self.busy_changed.emit()

    def _swap_when_ready(self) -> None:
        path, picture, labels = self._wanted, self._picture_ready, self._labels_ready
        if path is None or picture is None or labels is None:
            return
        self._leave_file()
        self._wanted = None
        self.image_path, self.picture = path, picture
        document, stamp, self.problem = labels
        kept = self._unsaved.get(self._label_path_of(path))
        if kept is not None:
            self._file = kept
        elif not self.problem:
            self._file = self._new_file(path, document, stamp)
        self._replace_document(self._file.document if self._file else None)
        if self.problem:
            self.say("error", self.problem)
        self._picture_complete()
        self.busy_changed.emit()

    def _new_file(self, path: Path, document: Document | None, stamp: Any) -> LabelFile:
        label_path = self._label_path_of(path)
        if document is None:
            from anylabel_plus.formats import native

            assert self.picture is not None
            document = native.new_document(_path_text(path, label_path), self.picture.width, self.picture.height)
        return LabelFile(path, label_path, document, document, stamp)

    def _replace_document(self, document: Document | None) -> None:
        self._history = self._file.history if self._file else History()
        self.set_hidden(())
        self.select(())
        self.set_hovered(None)
        self.document = document
        self.image_changed.emit()
        self._set_document(document, Change("document"), None)
        self._set_save_state("not_saved" if self._file and self._file.dirty else "clean")

    def _picture_complete(self) -> None:
        """The picture shown may still be a preview; the image is loaded when it is not."""
        if self.picture is not None and self.picture.complete:
            self._ended("image")
            self._pictures().prefetch(self._neighbours())

    def _label_path_of(self, image: Path) -> Path:
        """The label file of an image, by the rule of the open folder."""
        return image.with_suffix(".json")

    def _neighbours(self) -> list[Path]:
        """Images that are likely to be shown next, the likeliest first."""
        return []


def _read_labels(image: Path, label_path: Path) -> tuple[Document | None, Any, str]:
    """Document (None without a label file), stamp of the file, and what is wrong with it."""
    from anylabel_plus import images
    from anylabel_plus.formats import native

    stamp = native.stamp(label_path)
    if stamp is None:
        return None, None, ""
    try:
        return native.read(label_path, facts=images.probe(image)), stamp, ""
    except UserError as error:
        return None, stamp, str(error)


def _path_text(image: Path, label_path: Path) -> str:
    """``imagePath`` for a new label file: relative to it where that is possible."""
    try:
        return Path(os.path.relpath(image, label_path.parent)).as_posix()
    except ValueError:  # another drive
        return str(image)
