"""Import: images and labels of another program's format become a data set.

Each image and its label file are on disk before the next. Label files that already hold shapes
are left alone, so an import can be started again at any time and gives the same bytes.
"""
# ruff: noqa: RUF009 (``option`` makes a dataclass field)

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from anylabel_plus import files, formats, images
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import Shape
from anylabel_plus.dataset.runs import Run, open_run
from anylabel_plus.dataset.scan import EXTENSIONS, label_path
from anylabel_plus.formats import native
from anylabel_plus.formats.exchange import Imported, ImportOptions, Source, read_classes
from anylabel_plus.formats.native_frame import frame_of
from anylabel_plus.jobs import items
from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, Job, JobStarted, Note
from anylabel_plus.jobs.options import check, option, to_json

_CLASSES = "classes.txt"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class ImportJobOptions:
    """What to import and where to."""

    format: str = option("choice", "Format", "", positional=True, choices=formats.READABLE)
    source: Path = option("folder", "Source", "Folder (or COCO file) to import.", positional=True)
    dataset: Path = option("folder", "Data set", "Images and labels go here; made when missing.", positional=True)
    images: Path | None = option("folder", "Images", "Where the images are, when not beside the source.", default=None)
    link: bool = option("flag", "Hard-link images", "Share the disk space with the source.", default=False)
    reference: bool = option(
        "flag", "Refer to images", "Make symbolic links to the images where they are.", default=False
    )
    voc_one_based: bool = option(
        "flag", "Count from 1", "VOC: pixels count from 1, as in the devkit.", default=False, only_formats=("voc",)
    )
    labels_dir: Path | None = option(
        "folder", "Label folder", "Label files go here, not beside the images.", default=None
    )


def import_(options: ImportJobOptions) -> Job:
    """Make or extend a data set; see ``ImportJobOptions``.

    Raises:
        UserError: the source cannot be read as a whole, or the data set cannot be written.
    """
    check(options)
    if options.link and options.reference:
        raise UserError("--link and --reference exclude each other.")
    if options.images is not None and not options.images.is_dir():
        raise UserError(f"{options.images}: is not a folder.", "Give the folder of the images with --images.")
    settings = ImportOptions(options.images, options.voc_one_based)
    source = formats.reader(options.format)(options.source, settings)
    try:
        options.dataset.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{options.dataset}: cannot be made ({error.strerror or error}).") from error
    yield JobStarted(f"Import {formats.FORMATS[options.format].title}", source.total)
    for text in source.notes:
        yield Note(text)
    with open_run(options.dataset, "import", to_json(options)) as run:
        importer = _Importer(options, run)
        for entry in source.items:
            yield from importer.add(entry)
        yield from importer.classes(source)
    return {"shapes": importer.shapes, "images": importer.images}


class _Importer:
    """Brings one image after the other into the data set."""

    def __init__(self, options: ImportJobOptions, run: Run) -> None:
        self._options, self._run = options, run
        self._root = options.dataset.absolute()
        self._swept: set[Path] = set()
        self._names: set[str] = set()
        self.shapes = self.images = 0

    def add(self, entry: Imported) -> Iterator[Event]:
        """The events of one image."""
        if entry.error:
            yield ItemFailed(entry.name, entry.error)
            return
        try:
            event = self._add(entry)
        except Exception as error:
            yield ItemFailed(entry.name, items.reason(error))
            return
        for text in entry.notes:
            yield Note(text, entry.name)
        yield event
        for text in entry.problems:
            yield ItemFailed(entry.name, text)

    def _add(self, entry: Imported) -> Event:
        if entry.image is None:
            raise UserError("the image was not found.", "Name the folder of the images with --images.")
        target = self._root / entry.name
        if target.suffix.lower() not in EXTENSIONS:
            raise UserError(f"{target.suffix or 'no ending'} is no kind of image that can be read.")
        if entry.name in self._names:
            raise UserError("the source names this image a second time.")
        self._names.add(entry.name)
        facts = images.probe(entry.image)
        shapes = _placed(entry, facts)
        brought = self._bring(entry.image, target)
        label = label_path(target, self._root, self._options.labels_dir)
        before = label.read_bytes() if label.exists() else None
        self.images += 1
        if not shapes:
            return ItemDone(entry.name, brought)
        document = native.new_document(items.path_text(target, label), facts.width, facts.height)
        if before is not None:
            document = native.parse(before, str(label), facts)
            if document.shapes:
                return ItemSkipped(entry.name, "already has shapes")
        empty, document = document, add_shapes(document, shapes)
        entry.notes.extend(loss.text for loss in native.unheld(empty, document))
        self._sweep(label.parent)
        changed = self._run.write(label, native.serialize(document), before)
        self.shapes += len(shapes)
        return ItemDone(entry.name, changed or brought, {"shapes": len(shapes)})

    def _bring(self, image: Path, target: Path) -> bool:
        """Put the image at ``target``; False when it is there already. Another image is never replaced."""
        if os.path.lexists(target):
            if target.exists() and (target.samefile(image) or _same_content(target, image)):
                return False
            raise UserError("the data set has another image of this name.")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._sweep(target.parent)
        self._run.record(target, None, _file_hash(image))
        try:
            if self._options.reference:
                target.symlink_to(image.resolve())
                return True
            if self._options.link:
                with contextlib.suppress(OSError):  # another disk: copied below
                    os.link(image.resolve(), target)
                    return True
            with files.atomic_writer(target) as stream, image.open("rb") as data:
                shutil.copyfileobj(data, stream, _CHUNK)
        except OSError as error:
            raise UserError(f"{target}: cannot be written ({error.strerror or error}).") from error
        return True

    def _sweep(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if folder not in self._swept:
            self._swept.add(folder)
            files.sweep_temporaries(folder)

    def classes(self, source: Source) -> Iterator[Event]:
        """Keep the order of the source's class list: new names go behind those of ``classes.txt``."""
        if not source.labels:
            return
        path = self._root / _CLASSES
        before = path.read_bytes() if path.exists() else None
        known = read_classes(path) if before is not None else ()
        new = [name for name in dict.fromkeys(source.labels) if name and name not in known]
        if new:
            text = "".join(f"{name}\n" for name in (*known, *new))
            self._run.write(path, text.encode(), before)
            yield Note(f"{_CLASSES} keeps the order of the {len(known) + len(new)} labels for exports")


def _placed(entry: Imported, facts: images.ImageFacts) -> list[Shape]:
    """The shapes in pixels of the upright image."""
    if entry.normalized:
        size = (facts.width, facts.height)
        return [shape.with_(points=shape.points * size) for shape in entry.shapes]
    stated = (entry.width, entry.height) if entry.width and entry.height else None
    if stated is None or stated == (facts.width, facts.height):
        return list(entry.shapes)
    frame, _ = frame_of(stated, facts)
    if frame is None:
        entry.notes.append(f"the source says {stated[0]} x {stated[1]}, the image has {facts.width} x {facts.height}")
        return list(entry.shapes)
    return [
        shape.with_(
            points=frame.to_upright(shape.points),
            mask=None if shape.mask is None else frame.mask_to_upright(shape.mask),
        )
        for shape in entry.shapes
    ]


def _file_hash(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _same_content(a: Path, b: Path) -> bool:
    return a.stat().st_size == b.stat().st_size and _file_hash(a) == _file_hash(b)
