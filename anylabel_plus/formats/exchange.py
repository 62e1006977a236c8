"""What readers and writers of other programs' formats have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Protocol

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape
from anylabel_plus.formats.base import Loss

IMPORTED = Provenance("import")
MASK_DETAIL_PX = 0.5
"""Largest distance between a mask's edge and the polygon written for it."""


@dataclass(frozen=True, slots=True)
class ExportItem:
    """One image to be written.

    ``relative`` is its path below the data set; ``name`` its path in the export: the same, unless
    another image of the same folder has the same stem. ``width`` and ``height`` are those of the
    upright image.
    """

    relative: str
    name: str
    image: Path
    width: int
    height: int

    @property
    def stem(self) -> str:
        """``name`` without its extension."""
        return self.name[: self.name.rfind(".")]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How to write. ``labels`` is the class list in order; with ``only_labels`` shapes with any other
    label are left out. ``with_images`` says that the images lie in the export too. ``one_based``:
    VOC boxes count pixels from 1."""

    labels: tuple[str, ...] = ()
    only_labels: bool = False
    with_images: bool = False
    one_based: bool = False
    rle: bool = False


class ExportWriter(Protocol):
    """Writes one data set into an empty folder."""

    def add(self, item: ExportItem, document: Document | None) -> Sequence[Loss]:
        """Write one image (None: it has no label file); returns what did not fit."""
        ...

    def finish(self) -> Mapping[str, Any]:
        """Write the rest; returns counts as plain JSON data: "instances", "labels" and others."""
        ...


class WriterFactory(Protocol):
    """A writer class."""

    def __call__(self, folder: Path, options: ExportOptions) -> ExportWriter: ...


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read. ``images`` is the folder of the images, None = found from the source.
    ``one_based``: VOC boxes count pixels from 1."""

    images: Path | None = None
    one_based: bool = False


@dataclass(slots=True)
class Imported:
    """What a source says of one image.

    ``name`` is the image's path in the data set, ``image`` the file. ``width`` and ``height`` are
    the size by the source, 0 when it names none. ``shapes`` are in pixels of that size, or in
    0..1 of width and height when ``normalized``. ``problems`` are objects that had to be left out.
    With ``error`` the whole image is a failed item.
    """

    name: str
    image: Path | None = None
    width: int = 0
    height: int = 0
    shapes: list[Shape] = field(default_factory=list)
    normalized: bool = False
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    error: str = ""


class ReadSource(Protocol):
    """The reader of a format."""

    def __call__(self, source: Path, options: ImportOptions) -> Source:
        """Raises UserError when the source as a whole cannot be read."""
        ...


@dataclass(slots=True)
class Source:
    """An opened source: number of images, class list in order where it has one, and the images."""

    total: int
    items: Iterator[Imported]
    labels: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


def safe_relative(text: str) -> PurePosixPath:
    """A file name of a source as a path below a folder; raises ValueError when it leaves it."""
    clean = text.replace("\\", "/").strip()
    path = PurePosixPath(clean)
    if not clean or path.is_absolute() or PureWindowsPath(clean).drive or ".." in path.parts or "\0" in clean:
        raise ValueError(f"the file name {text!r} leaves the folder of the images")
    return path


def find_image(name: PurePosixPath, folders: Sequence[Path]) -> Path | None:
    """The first existing file called ``name`` (else its last part) below one of ``folders``."""
    for candidate in (name, PurePosixPath(name.name)):
        for folder in folders:
            path = folder.joinpath(*candidate.parts)
            if path.is_file():
                return path
    return None


def read_text(path: Path) -> str:
    """A UTF-8 text with or without BOM; raises UserError naming the file."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text (byte {error.start}).") from error


def read_classes(path: Path) -> tuple[str, ...]:
    """Class names of a list, one a line: BOM, spaces and empty lines at the end do not matter.

    Raises:
        UserError: an empty line between names (numbers would shift), or the same name twice.
    """
    lines = [line.strip() for line in read_text(path).splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        if not line:
            raise UserError(f"{path}: line {number} is empty.", "Each line names one class.")
        if line in lines[: number - 1]:
            raise UserError(f"{path}: line {number} names {line!r} a second time.")
    return tuple(lines)
