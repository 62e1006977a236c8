"""One image of a data set at work: read its document, write it back through the run's journal."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from anylabel_plus import files, images
from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.dataset.runs import Run
from anylabel_plus.dataset.scan import Dataset, ImageItem, Scan
from anylabel_plus.formats import native
from anylabel_plus.jobs.base import Event, Note


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """An image's document as read; ``before`` are the bytes of the file it will be written to (None:
    there is none), ``labelled`` says that a label file was read, ``carried`` that it comes from the data
    set and goes to an output folder."""

    item: ImageItem
    target: Path
    document: Document
    before: bytes | None
    labelled: bool
    facts: images.ImageFacts
    carried: bool = False


def load(dataset: Dataset, item: ImageItem) -> Loaded:
    """Read the label file of ``item``, or make an empty document.

    Raises:
        UserError: the image or its label file cannot be read.
    """
    facts = images.probe(item.image)
    source, target = dataset.source(item), dataset.target(item)
    if source is None:
        document = native.new_document(path_text(item.image, target), facts.width, facts.height)
        return Loaded(item, target, document, None, False, facts)
    data = read_bytes(source)
    document = native.parse(data, str(source), facts)
    if source == target:
        return Loaded(item, target, document, data, True, facts)
    document = document.with_(image_path=path_text(item.image, target))
    return Loaded(item, target, document, None, True, facts, carried=dataset.output is not None)


def remarks(document: Document, source: Path | None, name: str) -> list[Event]:
    """What the report should say of a label file that was read: shapes not shown, sizes that differ."""
    return [Note(text.removeprefix(f"{source}: "), name) for text in native.notes(document)]


def unheld(loaded: Loaded, document: Document) -> list[Event]:
    """What the report should say before ``document`` is stored: shapes that the file's own program cannot open."""
    return [Note(loss.text, loaded.item.relative) for loss in native.unheld(loaded.document, document)]


def store(run: Run, loaded: Loaded, document: Document) -> bool:
    """Write ``document``; False when the file already holds these bytes or nothing was changed.

    An output folder gets unchanged documents too, so that it holds all labels of the data set.

    Raises:
        UserError: the file was changed meanwhile, or cannot be written.
    """
    if document is loaded.document and not loaded.carried:
        return False
    return run.write(loaded.target, native.serialize(document), loaded.before)


def read_bytes(path: Path) -> bytes:
    """The file's bytes; raises UserError naming it."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error


def path_text(image: Path, label: Path) -> str:
    """``imagePath`` of a label file: the image relative to the label's folder, with forward slashes."""
    try:
        return Path(os.path.relpath(image.absolute(), label.parent.absolute())).as_posix()
    except ValueError:  # another drive
        return image.absolute().as_posix()


def reason(error: Exception) -> str:
    """An error as the reason of a failed item; a bug names its place, and one image does not end the job.

    Raises:
        Cancelled: ``error`` is one; it is no failure.
    """
    if isinstance(error, Cancelled):
        raise error
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or ''}: {error.strerror or error}".lstrip(": ")
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"unexpected {type(error).__name__} in {Path(last.filename).name}:{last.lineno}: {error}"


def journal_root(dataset: Dataset) -> Path:
    """Where the run's journal goes: the data set, or the output when the data set cannot be written."""
    if dataset.output is None or os.access(dataset.root, os.W_OK):
        return dataset.root
    dataset.output.mkdir(parents=True, exist_ok=True)
    return dataset.output


def opened(dataset: Dataset, *, labels_needed: bool = True) -> tuple[Scan, list[Event]]:
    """The images of the data set and remarks on it; sweeps temporaries that dead processes left.

    ``labels_needed``: a label folder that is missing is an error, since all images would count as
    unlabelled. The output folder is made.

    Raises:
        UserError: the folder is missing or holds no image, or another folder cannot be used.
    """
    if labels_needed and dataset.labels_dir is not None and not dataset.labels_dir.is_dir():
        raise UserError(f"{dataset.labels_dir}: is not a folder.", "Give the folder that holds the label files.")
    found = dataset.scan()
    for folder in found.folders:
        files.sweep_temporaries(Path(folder))
    for other in (dataset.labels_dir, dataset.output):
        if other is not None and other.is_dir():
            for folder in _folders(other):
                files.sweep_temporaries(Path(folder))
    if not found:
        raise UserError(f"{dataset.root}: holds no images.", "Give the folder that holds the images.")
    if dataset.output is not None:
        make_folder(dataset.output)
    notes: list[Event] = [Note(text, item) for item, text in found.problems]
    if dataset.labels_dir is not None:
        notes.extend(_shared(found))
    if found.orphans and dataset.labels_dir is None:
        first = found.orphans[0]
        notes.append(Note(f"{len(found.orphans)} JSON files lie beside no image and were left out, such as {first}"))
    return found, notes


def _shared(found: Scan) -> Iterator[Note]:
    """Label files of a flat label folder that are taken for images of several folders."""
    readers: dict[Path, list[str]] = {}
    for item in found:
        if (source := item.label_source) is not None:
            readers.setdefault(source, []).append(item.relative)
    for source, names in readers.items():
        if len(names) > 1:
            yield Note(f"{source} is read for {len(names)} images of this name: {', '.join(names[:5])}")


def make_folder(path: Path) -> None:
    """Make the folder that results go to; raises UserError when it cannot be made or written."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be made ({error.strerror or error}).", "Give another folder.") from error
    if not os.access(path, os.W_OK):
        raise UserError(f"{path}: cannot be written.", "Give another folder.")


def check_outside(target: Path, root: Path) -> None:
    """Raises UserError when pictures written to ``target`` would become images of the data set ``root``."""
    place, top = (Path(os.path.realpath(path)) for path in (target, root))
    if place == top or place in top.parents or top in place.parents:
        raise UserError(
            f"{target}: pictures there would mix with the images of the data set.", "Give a folder outside of it."
        )


def _folders(root: Path) -> Iterator[str]:
    for folder, names, _ in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".")]
        yield folder
