"""Formats: files of other programs, read into documents and written from them.

To add a format:
 1. a module here with pure functions text <-> shapes at the top and file access at the bottom; it
    imports ``base``, ``exchange`` and ``instances``, never another format;
 2. to be read: a function ``read(source, options) -> Iterator[Imported]`` that yields one entry for
    each image and an ``Imported`` with ``error`` for a bad one;
 3. to be written: a class with ``__init__(folder, options)``, ``add(item, document) -> losses`` and
    ``finish() -> summary`` (see ``exchange.ExportWriter``); it writes into ``folder`` only, which
    is swapped into place when everything is done, and reports what it cannot hold as ``Loss``;
 4. its row in FORMATS (menu, command line and tests follow from it);
 5. a tiny golden folder in ``tests/fixtures/formats``.
The program's own JSON is ``native`` and has no row: a data set is always in it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from anylabel_plus.core.errors import UserError

if TYPE_CHECKING:
    from anylabel_plus.formats.exchange import ReadSource, WriterFactory


@dataclass(frozen=True, slots=True)
class Format:
    """One row: ``reader`` and ``writer`` are names in ``module``, empty when it cannot.

    ``images_folder`` is where images go in an export; ``images`` is what happens to them unless
    the user says otherwise ("copy" or "none"); ``needs_labels`` says that class numbers must be
    known before the first file is written.
    """

    id: str
    title: str
    note: str
    module: str
    reader: str = ""
    writer: str = ""
    images_folder: str = "images"
    images: str = "none"
    needs_labels: bool = False


FORMATS: dict[str, Format] = {
    row.id: row
    for row in (
        Format(
            "coco",
            "COCO instances",
            "One json; polygons or RLE masks.",
            "coco",
            reader="read",
            writer="CocoWriter",
        ),
        Format(
            "yolo",
            "YOLO labels",
            "Boxes or polygons in txt files.",
            "yolo",
            reader="read",
        ),
        Format(
            "yolo-detect",
            "YOLO boxes",
            "A txt per image, and data.yaml.",
            "yolo",
            writer="DetectWriter",
            images="copy",
            needs_labels=True,
        ),
        Format(
            "yolo-segment",
            "YOLO segmentation",
            "A txt per image, and data.yaml.",
            "yolo",
            writer="SegmentWriter",
            images="copy",
            needs_labels=True,
        ),
        Format(
            "voc",
            "Pascal VOC",
            "An XML per image, boxes only.",
            "voc",
            reader="read",
            writer="VocWriter",
            images_folder="JPEGImages",
            images="copy",
        ),
        Format(
            "masks",
            "PNG masks",
            "A PNG per image, and classes.txt.",
            "mask_png",
            writer="MaskWriter",
            needs_labels=True,
        ),
    )
}
READABLE = tuple(row.id for row in FORMATS.values() if row.reader)
WRITABLE = tuple(row.id for row in FORMATS.values() if row.writer)


def reader(name: str) -> ReadSource:
    """The ``read`` function of a format; raises UserError when it has none."""
    row = FORMATS.get(name)
    if row is None or not row.reader:
        raise UserError(f"{name} is no format that can be imported.", f"Choose one of {', '.join(READABLE)}.")
    module = importlib.import_module(f"{__name__}.{row.module}")
    return cast("ReadSource", getattr(module, row.reader))


def writer(name: str) -> WriterFactory:
    """The writer class of a format; raises UserError when it has none."""
    row = FORMATS.get(name)
    if row is None or not row.writer:
        raise UserError(f"{name} is no format that can be exported.", f"Choose one of {', '.join(WRITABLE)}.")
    module = importlib.import_module(f"{__name__}.{row.module}")
    return cast("WriterFactory", getattr(module, row.writer))
