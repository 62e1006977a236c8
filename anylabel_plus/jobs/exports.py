"""Export: a data set written in another program's format, all of it or nothing.

The export is made in a hidden folder beside its target and put in place at the end.
"""
# ruff: noqa: RUF009 (``option`` makes a dataclass field)

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anylabel_plus import files, formats, images
from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.dataset.scan import Dataset, ImageItem
from anylabel_plus.formats import native
from anylabel_plus.formats.base import Loss, merge_losses
from anylabel_plus.formats.exchange import ExportItem, ExportOptions, ExportWriter, read_classes
from anylabel_plus.formats.instances import WORKING_LABELS
from anylabel_plus.jobs import items, quick_read
from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, Job, JobStarted, Note
from anylabel_plus.jobs.options import check, option
from anylabel_plus.jobs.quick_read import Rings

if TYPE_CHECKING:
    from anylabel_plus.formats.coco import CocoWriter

MARK = ".anylabel-plus-export"
_CLASSES = "classes.txt"
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Errors of the disk, not of an image."""


@dataclass(frozen=True)
class ExportJobOptions:
    """What to export and how."""

    format: str = option("choice", "Format", "", positional=True, choices=formats.WRITABLE)
    dataset: Path = option("folder", "Data set", "Folder of images with their label files.", positional=True)
    out: Path = option(
        "folder",
        "Folder",
        "The export goes here; made when missing. For COCO also a file name ending in .json.",
        positional=True,
    )
    labels: tuple[str, ...] = option(
        "labels", "Only these labels", "In this order, which fixes the class numbers; empty: all.", default=()
    )
    images: str = option(
        "choice",
        "Images",
        "Auto copies them for YOLO and VOC and leaves them where they are for COCO and masks.",
        default="auto",
        choices=("auto", "copy", "link", "none"),
    )
    labelled_only: bool = option("flag", "Only labeled images", "Leave out images without shapes.", default=False)
    rle: bool = option(
        "flag", "Masks for everything", "COCO: write every segmentation as RLE.", default=False, only_formats=("coco",)
    )
    voc_one_based: bool = option(
        "flag", "Count from 1", "VOC: pixels count from 1, as in the devkit.", default=False, only_formats=("voc",)
    )
    overwrite: bool = option("flag", "Replace the folder", "Even when this program did not make it.", default=False)
    labels_dir: Path | None = option(
        "folder", "Label folder", "Label files are here, not beside the images.", default=None
    )


def export(options: ExportJobOptions) -> Job:
    """Write the data set; see ``ExportJobOptions``.

    Raises:
        UserError: the data set is empty, the target is in the way, or it cannot be written.
    """
    check(options)
    row = formats.FORMATS[options.format]
    make_writer = formats.writer(options.format)
    target = Path(os.path.realpath(options.out))
    single = options.format == "coco" and target.suffix.lower() == ".json" and not target.is_dir()
    _check_target(target, options, single)
    dataset = Dataset(options.dataset, options.labels_dir)
    found, notes = items.opened(dataset)
    how = row.images if options.images == "auto" else options.images
    if how != "none" or options.format == "masks":
        items.check_outside(options.out, options.dataset)
    if single and how != "none":
        raise UserError("Images cannot go into a single file.", "Name a folder for the export, or use --images none.")
    labels, more = _labels(options, dataset, found, row.needs_labels)
    yield JobStarted(f"Export as {row.title}", len(found))
    yield from (*notes, *more)
    with _in_place(target, "annotations.json" if single else "") as folder:
        settings = ExportOptions(labels, bool(options.labels), how != "none", options.voc_one_based, options.rle)
        writer = make_writer(folder, settings)
        exporter = _Exporter(options, dataset, writer, folder / row.images_folder if how != "none" else None, how)
        yield from exporter.run(found)
        summary = dict(writer.finish())
        yield from exporter.notes(summary)
        if not exporter.written:
            raise UserError("Nothing was exported: every image failed or was left out.", _first(exporter))
    return {"output": str(target), "format": row.id, "images": exporter.written, "negatives": exporter.empty, **summary}


def _first(exporter: _Exporter) -> str:
    return f"The first reason: {exporter.reasons[0]}" if exporter.reasons else ""


class _Exporter:
    """Runs through the images, gives each to the writer, gathers what did not fit."""

    def __init__(
        self, options: ExportJobOptions, dataset: Dataset, writer: ExportWriter, images_folder: Path | None, how: str
    ) -> None:
        self._options, self._dataset, self._writer = options, dataset, writer
        self._images_folder, self._how = images_folder, how
        self._names: set[str] = set()
        self._losses: list[Loss] = []
        self._remarks: list[Event] = []
        self.written = self.empty = 0
        self.reasons: list[str] = []
        self._quick: CocoWriter | None = writer if getattr(writer, "quick", False) else None  # type: ignore[assignment]

    def run(self, found: Iterable[ImageItem]) -> Iterator[Event]:
        """One event for each image."""
        for item in found:
            try:
                yield self._one(item)
                yield from self._remarks
            except Exception as error:
                if isinstance(error, OSError) and error.errno in _DISK:
                    raise
                self.reasons.append(f"{item.relative}: {items.reason(error)}")
                yield ItemFailed(item.relative, items.reason(error))
            if len(self._losses) > 256:
                self._losses = merge_losses(self._losses)

    def _one(self, item: ImageItem) -> Event:
        facts = images.probe(item.image)
        source = item.label_source
        data = items.read_bytes(source) if source is not None else None
        rings = None
        if data is not None and self._quick is not None:
            rings = quick_read.simple_rings(data, facts.width, facts.height)
        document = None
        self._remarks = []
        if rings is None and data is not None:
            document = native.parse(data, str(source), facts, editable=False)
            self._remarks = items.remarks(document, source, item.relative)
        empty = not rings and (document is None or not document.shapes)
        if empty and self._options.labelled_only:
            return ItemSkipped(item.relative, "has no shapes")
        target = ExportItem(item.relative, self._name(item), item.image, facts.width, facts.height)
        losses = self._write(target, document, rings)
        self._losses.extend(losses)
        self.written += 1
        self.empty += empty
        return ItemDone(item.relative, detail={"losses": len(losses)} if losses else {})

    def _write(self, target: ExportItem, document: Document | None, rings: Rings | None) -> Sequence[Loss]:
        image = self._bring_image(target)
        try:
            if rings and self._quick is not None:
                self._quick.add_rings(target, rings)
                return ()
            return self._writer.add(target, document)
        except Exception:
            if image is not None:
                image.unlink()  # without its labels it would be taken for a background image
            raise

    def _name(self, item: ImageItem) -> str:
        """The image's path in the export, with a stem that no other image there has."""
        name = item.relative
        dot = name.rfind(".")
        stem, ending = name[:dot], name[dot:]
        unique, number = stem, 1
        while unique.casefold() in self._names:
            number += 1
            unique = f"{stem}_{ending[1:]}" if number == 2 else f"{stem}_{ending[1:]}_{number}"
        self._names.add(unique.casefold())
        if unique != stem:
            self._losses.append(Loss("name", 1, "images with the name of another one were renamed (name_ending)"))
        return unique + ending

    def _bring_image(self, item: ExportItem) -> Path | None:
        if self._images_folder is None:
            return None
        target = self._images_folder / item.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._how == "link":
            with contextlib.suppress(OSError):  # another disk: copied below
                os.link(item.image, target)
                return target
        shutil.copyfile(item.image, target)
        return target

    def notes(self, summary: Mapping[str, Any]) -> Iterator[Event]:
        """What the report should say beside the images."""
        for loss in merge_losses(self._losses):
            yield Note(f"{loss.count} x {loss.text}")
        if self.empty:
            yield Note(f"{self.empty} images have no shapes and were written as background images")
        unused = [label for label, count in summary.get("labels", {}).items() if not count]
        if unused:
            yield Note(f"no object has the label {', '.join(unused[:20])}{' …' if len(unused) > 20 else ''}")
        if self.written and not summary.get("instances"):
            yield Note("the export holds no object at all")


# ---------------------------------------------------------------- labels


def _labels(
    options: ExportJobOptions, dataset: Dataset, found: Iterable[ImageItem], needed: bool
) -> tuple[tuple[str, ...], list[Event]]:
    """The class list: the user's, else ``classes.txt`` of the data set and other labels behind it, sorted."""
    notes: list[Event] = []
    if options.labels:
        names = tuple(dict.fromkeys(label.strip() for label in options.labels if label.strip()))
        return names, notes
    fixed: tuple[str, ...] = ()
    path = dataset.root / _CLASSES
    if path.is_file():
        fixed = tuple(name for name in read_classes(path) if name not in ("_background_", "__ignore__"))
    if not needed:
        return fixed, notes
    present: set[str] = set()
    for item in found:
        present |= _labels_of(item)
    rest = sorted(present - set(fixed))
    if fixed and rest:
        notes.append(Note(f"{_CLASSES} does not name {', '.join(rest[:20])}: put behind its names"))
    return (*fixed, *rest), notes


def _labels_of(item: ImageItem) -> set[str]:
    source = item.label_source
    try:
        data = source.read_bytes() if source is not None else None
        if data is None:
            return set()
        quick = quick_read.labels_of(data)
        document: Document | None = native.parse(data, str(source), editable=False) if quick is None else None
    except (UserError, OSError):
        return set()  # fails again, and is reported, when it is exported
    if quick is not None:
        return quick
    assert document is not None
    shapes = (shape for shape in document.shapes if KINDS[shape.kind].has_area)
    return {shape.label for shape in shapes if shape.label.strip() and shape.label not in WORKING_LABELS}


# ---------------------------------------------------------------- the target folder


def _check_target(target: Path, options: ExportJobOptions, single: bool) -> None:
    root = Path(os.path.realpath(options.dataset))
    if target == root or target in root.parents:
        raise UserError(f"{options.out}: the export cannot take the place of the data set.", "Give another folder.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{target.parent}: cannot be made ({error.strerror or error}).") from error
    if options.overwrite or not target.exists():
        return
    if target.is_file() and not (single and _made_by_us(target)):
        raise UserError(
            f"{options.out}: exists and was not made by an export.",
            "Give another name, or --overwrite to replace it." if single else "Give the name of a folder.",
        )
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise UserError(
            f"{options.out}: is not empty and was not made by an export.",
            "Give another folder, or --overwrite to replace it.",
        )


def _made_by_us(path: Path) -> bool:
    with path.open("rb") as stream:
        return b"Exported by AnyLabel Plus" in stream.read(200)


@contextlib.contextmanager
def _in_place(target: Path, only: str) -> Iterator[Path]:
    """A hidden folder beside ``target`` that takes its place when the block ends well.

    With ``only`` it is not the folder but this one file of it that does.
    """
    _sweep(target.parent)
    folder = files.temporary_beside(target)
    try:
        folder.mkdir()
        yield folder
        (folder / MARK).write_bytes(b"Made by AnyLabel Plus; a new export may replace this folder.\n")
        old = files.temporary_beside(target)
        if target.exists() and not only:
            target.replace(old)
        (folder / only).replace(target)
        files.sync_folder(target.parent)
        _remove(old)
    except OSError as error:
        raise UserError(f"{target}: cannot be written ({error.strerror or error}).") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove(path: Path) -> None:
    """A folder, or the file that stood in its place."""
    if path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove folders and files that dead exports left beside the target."""
    files.sweep_temporaries(parent)
    with os.scandir(parent) as entries:
        dead = [entry.path for entry in entries if entry.is_dir() and files.dead_temporary(entry.name)]
    for path in dead:
        shutil.rmtree(path, ignore_errors=True)
