"""Which images a data set holds and where their label files are.

One ``os.scandir`` pass, no file is opened (except a label file that two images lay claim to).
Files of a folder come first, then its subfolders, both in natural order. Hidden files and folders
(``.anylabel_plus`` among them) are no part of a data set.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from pathlib import Path
from typing import NamedTuple, TypeVar, overload

from anylabel_plus.core.errors import UserError
from anylabel_plus.files import TEMPORARY_PREFIX

# The same set as ``images.EXTENSIONS`` (a test compares them); scanning must not load an image library.
_OF_EXTRAS = frozenset((
    ".heic", ".heif", ".hif", ".dcm", ".dicom",
    ".3fr", ".arw", ".cr2", ".cr3", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw",
    ".nef", ".nrw", ".orf", ".pef", ".raf", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
))  # fmt: skip
EXTENSIONS = _OF_EXTRAS | frozenset((
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".tif", ".tiff",
    ".gif", ".ppm", ".pgm", ".pbm", ".pnm", ".webp", ".avif", ".jp2", ".j2k",
))  # fmt: skip
HIDDEN_FOLDER = ".anylabel_plus"

_Row = TypeVar("_Row", str, tuple[str, str])
_PIECE = 4096
_USUAL = frozenset((".jpg", ".png"))
_DIGITS = re.compile(r"\d+")
_ZEROS = {ord(digit): "0" for digit in "0123456789"}


def natural_key(name: str) -> tuple[str, str]:
    """Sort key: numbers by value, letters without regard to case, the text itself last."""
    return _DIGITS.sub(_pad, name.casefold()), name


def _pad(match: re.Match[str]) -> str:
    return match.group().lstrip("0").rjust(24, "0")


def natural_sorted(names: list[str]) -> list[str]:
    """``names`` in natural order; quick when they differ in their digits only.

    Works in pieces: one call into C over 100,000 names would keep the window's thread waiting.
    """
    pieces = [names[start : start + _PIECE] for start in range(0, len(names), _PIECE)]
    forms: set[str] = set()
    for piece in pieces:
        lines = "\n".join(piece)
        forms.update(lines.translate(_ZEROS).split("\n"))
        if len(forms) > 1 or lines.count("\n") != len(piece) - 1:
            return [name for _, name in _merged([sorted(map(natural_key, piece)) for piece in pieces])]
    return _merged([sorted(piece) for piece in pieces])


def _merged(runs: list[list[_Row]]) -> list[_Row]:
    """Sorted lists as one: neighbours are merged two by two, which the built-in sort does in one pass."""
    while len(runs) > 1:
        runs = [sorted(chain(*runs[n : n + 2])) for n in range(0, len(runs), 2)]
    return runs[0] if runs else []


def _absolute(path: str | Path) -> str:
    """Absolute and without ``..``, links left as they are."""
    return os.path.normpath(Path(path).absolute())


class Place(NamedTuple):
    """One folder of a data set and the folders of its label files (all plain text paths)."""

    root: str
    relative: str
    """Folder below ``root`` with forward slashes, empty for ``root`` itself."""
    folder: str
    labels: str
    """Where label files of this folder are written."""
    flat: str
    """A flat label folder to read from when ``labels`` has none, or an empty string."""


class ImageItem(NamedTuple):
    """One image of a data set. Small, since there may be a million of them."""

    place: Place
    name: str
    own_label: str = ""
    """Name of the label file when it is not ``<stem>.json`` (two images with one stem)."""
    labelled: bool = False
    """True when a label file lay beside the image while scanning (not known for a label folder)."""

    @property
    def relative(self) -> str:
        """Path below the data set's folder, with forward slashes: the item's name in reports."""
        return f"{self.place.relative}/{self.name}" if self.place.relative else self.name

    @property
    def image(self) -> Path:
        """The image file."""
        return Path(self.place.folder, self.name)

    @property
    def label_name(self) -> str:
        """File name of the label file."""
        return self.own_label or self.name[: self.name.rfind(".")] + ".json"

    @property
    def label(self) -> Path:
        """Where the label file is written (it may not exist)."""
        return Path(self.place.labels, self.label_name)

    @property
    def label_source(self) -> Path | None:
        """The label file that exists: the mirrored one, else one in a flat label folder, else None."""
        if os.path.exists(path := os.path.join(self.place.labels, self.label_name)):
            return Path(path)
        if self.place.flat and os.path.exists(path := os.path.join(self.place.flat, self.label_name)):
            return Path(path)
        return None

    @property
    def stem(self) -> str:
        """``relative`` without its extension; ``<name>.<ext>`` stays whole for a colliding stem."""
        full = self.relative
        return full if self.own_label else full[: full.rfind(".")]


@dataclass(slots=True)
class Scan(Sequence[ImageItem]):
    """The images found, in natural order.

    ``problems`` are (relative path, text): folders that could not be read, images that share a
    stem. ``orphans`` are label files beside no image. ``folders`` are all folders visited.
    ``leftovers`` are temporaries of this program, of living processes too.
    """

    root: Path
    items: list[ImageItem] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> ImageItem: ...
    @overload
    def __getitem__(self, index: slice) -> list[ImageItem]: ...
    def __getitem__(self, index: int | slice) -> ImageItem | list[ImageItem]:
        return self.items[index]

    def __iter__(self) -> Iterator[ImageItem]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A folder of images, where its label files are, and where they are written.

    ``labels_dir`` is read flat or mirrored and written mirrored. ``output`` receives the label
    files, mirrored; the data set itself then stays as it is.
    """

    root: Path
    labels_dir: Path | None = None
    output: Path | None = None

    @property
    def hidden(self) -> Path:
        """The hidden folder of runs and other traces; not created here."""
        return self.root / HIDDEN_FOLDER

    def scan(self) -> Scan:
        """All images; raises UserError when the folder cannot be read."""
        return scan(self.root, self.labels_dir)

    def target(self, item: ImageItem) -> Path:
        """Where the label file of ``item`` is written."""
        if self.output is None:
            return item.label
        return Path(self.output, item.place.relative, item.label_name)

    def source(self, item: ImageItem) -> Path | None:
        """The label file to start from: one already in ``output``, else the data set's, else None."""
        if self.output is not None and (target := self.target(item)).exists():
            return target
        return item.label_source


def scan(root: Path, labels_dir: Path | None = None) -> Scan:
    """All images below ``root``; raises UserError when it is missing or not a folder."""
    found = Scan(Path(root))
    for batch in iter_batches(root, labels_dir, into=found):
        found.items.extend(batch)
    return found


def iter_batches(
    root: Path, labels_dir: Path | None = None, *, size: int = 4096, into: Scan | None = None
) -> Iterator[list[ImageItem]]:
    """The images below ``root`` in lists of up to ``size``, for a reader that shows them as they come.

    ``into`` collects problems, orphans and folders. Raises UserError when ``root`` is missing or
    no folder.
    """
    top = _absolute(root)
    if not Path(top).is_dir():
        what = "is not a folder" if os.path.exists(top) else "does not exist"
        raise UserError(f"{root}: {what}.", "Give the folder that holds the images.")
    found = Scan(Path(root)) if into is None else into
    labels = _absolute(labels_dir) if labels_dir is not None else ""
    pending = [""]
    seen: set[tuple[int, int]] = set()
    _first_visit(top, seen)
    while pending:
        relative = pending.pop()
        folder = os.path.join(top, *relative.split("/")) if relative else top
        mirrored = os.path.join(labels, *relative.split("/")) if labels and relative else labels
        place = Place(top, relative, folder, mirrored or folder, labels if relative else "")
        images, subfolders = _read_folder(place, found, seen)
        pending.extend(f"{relative}/{name}" if relative else name for name in reversed(natural_sorted(subfolders)))
        for start in range(0, len(images), size):
            yield images[start : start + size]


def _read_folder(place: Place, found: Scan, seen: set[tuple[int, int]]) -> tuple[list[ImageItem], list[str]]:
    names: list[str] = []
    labels: set[str] = set()
    subfolders: list[str] = []
    try:
        with os.scandir(place.folder) as entries:
            for entry in entries:
                name = entry.name
                # A quick answer for nearly all names; the slower questions are for the rest.
                extension = name[-4:].lower()
                if extension not in _USUAL:
                    extension = os.path.splitext(name)[1].lower()
                if name[0] == ".":
                    if name.startswith(TEMPORARY_PREFIX):
                        found.leftovers.append(entry.path)
                    continue
                if extension in EXTENSIONS and not entry.is_dir():
                    names.append(name)
                elif extension == ".json":
                    labels.add(name)
                elif entry.is_dir() and (not entry.is_symlink() or _first_visit(entry.path, seen)):
                    subfolders.append(name)
    except OSError as error:
        found.problems.append((place.relative or ".", f"folder cannot be read ({error.strerror})"))
        return [], []
    found.folders.append(place.folder)
    return _items(place, natural_sorted(names), labels, found), subfolders


def _first_visit(path: str, seen: set[tuple[int, int]]) -> bool:
    """Follow a link to a folder once only, so that links in a circle end."""
    status = os.stat(path)
    key = (status.st_dev, status.st_ino)
    if key in seen:
        return False
    seen.add(key)
    return True


def _items(place: Place, names: list[str], labels: set[str], found: Scan) -> list[ImageItem]:
    beside = place.labels == place.folder
    stems = [name[: name.rfind(".")] for name in names]
    own: Iterable[str] = repeat("")
    labelled: Iterable[bool] = repeat(False)
    if len(set(stems)) < len(stems):
        own = _own_labels(place, names, stems, found)
    if labels:
        marks = zip(stems, own, strict=False)
        labelled = [(mine or f"{stem}.json") in labels for stem, mine in marks]
    # One call into C for each row: a folder may hold 100,000 images.
    rows = map(tuple.__new__, repeat(ImageItem), zip(repeat(place), names, own, labelled, strict=False))
    items: list[ImageItem] = []
    while piece := list(islice(rows, _PIECE)):  # in pieces, see ``natural_sorted``
        items.extend(piece)
    if beside and labels:
        claimed = {item.label_name for item in items if item.labelled}
        prefix = f"{place.relative}/" if place.relative else ""
        found.orphans.extend(prefix + name for name in natural_sorted(list(labels - claimed)))
    return items


def _own_labels(place: Place, names: list[str], stems: list[str], found: Scan) -> list[str]:
    """Label file names of images that share a stem: one keeps ``<stem>.json``, the others ``<name>.json``."""
    by_stem: dict[str, list[str]] = {}
    for name, stem in zip(names, stems, strict=True):
        by_stem.setdefault(stem, []).append(name)
    own: dict[str, str] = {}
    for stem, rivals in by_stem.items():
        if len(rivals) == 1:
            continue
        owner = _owner(place, stem, rivals)
        for name in rivals:
            own[name] = "" if name == owner else f"{name}.json"
        where = f"{place.relative}/{stem}" if place.relative else stem
        others = ", ".join(f"{own[name]} for {name}" for name in rivals if own[name])
        found.problems.append((where, f"{len(rivals)} images share this name; {stem}.json is for {owner}, {others}"))
    return [own.get(name, "") for name in names]


def _owner(place: Place, stem: str, rivals: list[str]) -> str:
    """The image that ``<stem>.json`` names, else the first in order, a camera's JPEG before its raw file."""
    for folder in (place.labels, place.flat):
        try:
            data = json.loads(Path(folder, f"{stem}.json").read_bytes()) if folder else None
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(data, dict) and isinstance(text := data.get("imagePath"), str):
            named = text.replace("\\", "/").rsplit("/", 1)[-1]
            if named in rivals:
                return named
    return next((name for name in rivals if os.path.splitext(name)[1].lower() not in _OF_EXTRAS), rivals[0])


def label_path(image: Path, root: Path, labels_dir: Path | None = None) -> Path:
    """Where the label file of one image is written, by the same rules as ``scan``.

    Looks whether another image with the same stem lies beside it.
    """
    image, top = Path(_absolute(image)), Path(_absolute(root))
    inside = image.parent.relative_to(top).as_posix() if image.parent.is_relative_to(top) else ""
    relative = "" if inside == "." else inside
    labels = str(image.parent)
    if labels_dir is not None:
        labels = os.path.join(_absolute(labels_dir), *relative.split("/"))
    place = Place(str(top), relative, str(image.parent), labels, _absolute(labels_dir) if labels_dir else "")
    # A look at each possible name costs the same in a folder of ten and of a million images.
    endings = [case for ending in EXTENSIONS for case in (ending, ending.upper())]
    found = {name for name in (image.stem + ending for ending in endings) if Path(image.parent, name).exists()}
    rivals = natural_sorted(_distinct(image, found | {image.name}))
    own = ""
    if len(rivals) > 1 and image.name in rivals and _owner(place, image.stem, rivals) != image.name:
        own = f"{image.name}.json"
    return ImageItem(place, image.name, own).label


def _distinct(image: Path, names: set[str]) -> list[str]:
    """Without the other spellings of the image's own name on a disk that ignores case."""
    folded = image.name.casefold()
    return [name for name in names if name == image.name or name.casefold() != folded]
