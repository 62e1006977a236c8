"""The image shown: its picture and its document are loaded in threads and swapped in one place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.history import History
from anylabel_plus.images.choice import FIRST, Choice
from anylabel_plus.settings import Settings
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.messages import MessageAction
from anylabel_plus.ui.said import said
from anylabel_plus.ui.saver import LabelFile
from anylabel_plus.ui.session.base import Change
from anylabel_plus.ui.session.saving import SavingSession

if TYPE_CHECKING:
    from anylabel_plus.ui.picture import Picture

NOTES_SHOWN = 3
Labels = tuple[Document | None, Any, str]
"""Document (None without a label file), stamp of the file, and what is wrong with it."""


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
        self._choices: dict[Path, Choice] = {}
        self._bands_shown: dict[int, tuple[int, ...]] = {}
        self._wanted_labels = Path()
        self._picture_ready: Picture | None = None
        self._labels_ready: Labels | None = None
        self._told: set[Path] = set()

    def read_labels_of(self, image: Path, label_path: Path, done: Callable[[Document | None], object]) -> None:
        """Hand ``done`` the document of another image, as it is in memory or on disk; None without labels.

        A label file that cannot be read is reported, and ``done`` is not called.
        """
        kept = self._kept_file(label_path)
        if kept is not None:
            done(kept.document)
            return
        flat = self._flat_label_path(label_path)
        self._wait_for("other labels")

        def read(result: Labels) -> None:
            self._ended("other labels")
            document, _, problem = result
            if problem:
                self.say("error", problem)
            else:
                done(document)

        self._reader.run(lambda: read_labels(image, label_path, flat), read)

    def _show(self, path: Path) -> None:
        """Load ``path`` and its label file in threads; what is shown stays until both are there."""
        self._wanted, self._picture_ready, self._labels_ready = path, None, None
        self._wanted_labels = label_path = self._label_path_of(path)
        self._wait_for("image")
        flat = self._flat_label_path(label_path)
        self._reader.run(
            lambda: read_labels(path, label_path, flat) if path == self._wanted else None,
            lambda result: self._labels_read(path, result),
            lambda error: self._labels_read(path, (None, None, said(error))),
        )
        self._pictures().load(path, self._choices.get(path, FIRST))
        self.busy_changed.emit()

    def show_page(self, page: int) -> None:
        """Show a page (0 is the first) of the open file; its labels stay. Kept until the program ends."""
        picture = self.picture
        if picture is not None and 0 <= page < picture.extent.pages and page != picture.choice.page:
            self._show_choice(Choice(page, picture.choice.bands))

    def show_bands(self, bands: tuple[int, ...]) -> None:
        """Show one band as grey or three as red, green and blue; so too in other images with as many bands."""
        picture = self.picture
        if picture is not None and bands != picture.choice.bands:
            self._bands_shown[picture.extent.bands] = bands
            self._show_choice(Choice(picture.choice.page, bands))

    def _show_choice(self, choice: Choice) -> None:
        if self.image_path is None or self._wanted is not None:
            return
        self._choices[self.image_path] = choice
        self._wait_for("image")
        self._pictures().load(self.image_path, choice)
        self.busy_changed.emit()

    def _pictures(self) -> Any:
        if self._loader is None:
            from anylabel_plus.ui.picture_loader import PictureLoader

            self._loader = PictureLoader(self)
            self._loader.loaded.connect(self._picture_loaded)
            self._loader.failed.connect(self._picture_failed)
            self._loader.part_ready.connect(self._part_ready)
        return self._loader

    def _labels_read(self, path: Path, result: Labels | None) -> None:
        if path == self._wanted and result is not None:
            self._labels_ready = result
            self._swap_when_ready()

    def _picture_loaded(self, path: Path, picture: Picture) -> None:
        if path == self._wanted:
            self._picture_ready = picture
            self._swap_when_ready()
        elif path == self.image_path and self._wanted is None:
            self.picture = picture
            self._picture_complete()

    def _part_ready(self, picture: Picture, box: tuple[float, float, float, float]) -> None:
        if picture is self.picture:
            self.picture_part_changed.emit(box)

    def _picture_failed(self, path: Path, text: str) -> None:
        if path == self.image_path and self._wanted is None:  # another page of it: what is shown stays
            self._ended("image")
            self.say("error", text)
            self.busy_changed.emit()
            return
        if path != self._wanted:
            return
        self._leave_file()
        self._wanted = None
        self.image_path, self.picture, self.problem = path, None, text
        self._replace_document(None)
        self._ended("image")
        self.busy_changed.emit()

    def _swap_when_ready(self) -> None:
        path, picture, labels = self._wanted, self._picture_ready, self._labels_ready
        if path is None or picture is None or labels is None:
            return
        self._leave_file()
        before, previous = self.document, self.image_path
        self._wanted = None
        self.image_path, self.picture = path, picture
        document, stamp, self.problem = labels
        kept = self._kept_file(self._wanted_labels)
        self._saver.get_ready()
        if kept is not None:
            self._file, self.problem = kept, ""
        elif not self.problem:
            self._file = self._new_file(path, self._wanted_labels, document, stamp)
        self._replace_document(self._file.document if self._file else None)
        if self.problem:
            self.say("error", self.problem)
        elif kept is None and document is not None:
            self._tell_notes(path, document)
        elif kept is None and before is not None and previous is not None:
            self._keep_shapes(before, previous)
        self._picture_complete()
        self.busy_changed.emit()

    def _tell_notes(self, path: Path, document: Document) -> None:
        """Say once what of a label file is kept but not shown, or was taken as something else."""
        from anylabel_plus.formats import native

        notes = native.notes(document)
        if notes and path not in self._told:
            self._told.add(path)
            left = len(notes) - NOTES_SHOWN
            more = " " + ntr("And {n} more remark.", "And {n} more remarks.", left) if left > 0 else ""
            text = "\n".join(note.replace(f"{self._wanted_labels}: ", "") for note in notes[:NOTES_SHOWN])
            self.say("info", f"{self._wanted_labels.name}: {text}{more}")

    def _keep_shapes(self, before: Document, previous: Path) -> None:
        """Where that is wanted, copy the shapes of the image of this folder shown before: one edit, to be undone."""
        wanted = self.settings.get("files.keep_previous_shapes")
        if not wanted or self.image_path is None or previous.parent != self.image_path.parent:
            return
        from anylabel_plus.ui.copying import copies_for

        assert self.document is not None
        copies = copies_for(self.document, before.shapes, (before.width, before.height))
        if copies:
            n, image = len(copies), previous.name
            name = ntr("Keep {n} shape of {image}", "Keep {n} shapes of {image}", n, image=image)
            self.apply(name, lambda document: add_shapes(document, copies))
            text = ntr("{n} shape of {image} kept.", "{n} shapes of {image} kept.", n, image=image)
            self.say("info", text, MessageAction(tr("Undo"), self.undo))

    def _new_file(self, path: Path, label_path: Path, document: Document | None, stamp: Any) -> LabelFile:
        if document is None:
            document = self._empty_document(path, label_path)
            without = document if stamp is None else None
            return LabelFile(path, label_path, document, document, stamp, without, root=self._root_of(path))
        return LabelFile(path, label_path, document, document, stamp, root=self._root_of(path))

    def _root_of(self, path: Path) -> Path:
        """The folder of the data set that an image belongs to."""
        return path.parent

    def _empty_document(self, image: Path, label_path: Path) -> Document:
        from anylabel_plus.formats import native

        assert self.picture is not None
        return native.new_document(_path_text(image, label_path), self.picture.width, self.picture.height)

    def show_nothing(self) -> None:
        """Show no image; what was edited is saved as when another image is opened."""
        self._leave_file()
        self.image_path = self.picture = self._wanted = None
        self.problem = ""
        self._replace_document(None)
        self.picture_changed.emit()
        self._ended("image")
        self.busy_changed.emit()

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
        self.picture_changed.emit()
        if self.picture is not None and self.picture.complete:
            bands = self._bands_shown.get(self.picture.extent.bands, ())
            if bands and not self.picture.choice.bands:
                self._show_choice(Choice(self.picture.choice.page, bands))
                return
            self._ended("image")
            self._pictures().prefetch(self._neighbours())

    def _label_path_of(self, image: Path) -> Path:
        """The label file of an image, by the rule of the open folder."""
        return image.with_suffix(".json")

    def _flat_label_path(self, label_path: Path) -> Path | None:
        """Another place to read labels from when ``label_path`` does not exist."""
        return None

    def _neighbours(self) -> list[Path]:
        """Images that are likely to be shown next, the likeliest first."""
        return []


def read_labels(image: Path, label_path: Path, flat: Path | None = None) -> Labels:
    from anylabel_plus import images
    from anylabel_plus.formats import native

    stamp = native.stamp(label_path)
    source = label_path if stamp is not None else flat
    if source is None or native.stamp(source) is None:
        return None, stamp, ""
    try:
        return native.read(source, facts=images.probe(image)), stamp, ""
    except UserError as error:
        return None, stamp, said(error)


def _path_text(image: Path, label_path: Path) -> str:
    """``imagePath`` for a new label file: relative to it where that is possible."""
    try:
        return Path(os.path.relpath(image, label_path.parent)).as_posix()
    except ValueError:  # another drive
        return str(image)
