"""The three sets of a benefit report, the firewall applied: training, validation and synthetic images with labels.

What measures is labelled by hand: no composite, no proposal that nobody looked at. What is trained on, synthetic or
not, shows no picture that measures.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from anylabel_plus import images
from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import FirewallError, UserError
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.dataset.scan import ImageItem, scan
from anylabel_plus.dataset.splits import HELD_OUT, HeldOut, Splits, content_hash, dataset_of, image_kind, is_made
from anylabel_plus.dataset.splits.held_out import held_out_of
from anylabel_plus.dataset.splits.origins import sources_in
from anylabel_plus.formats import native
from anylabel_plus.formats.instances import WORKING_LABELS, pairs
from anylabel_plus.jobs import items


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """One image with its labels. ``stamp`` names the bytes of the image and of its label file."""

    name: str
    image: Path
    document: Document
    data: bytes
    stamp: str


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """What is compared on what; ``labels`` are the classes, ``notes`` go to the report."""

    train: tuple[Labelled, ...]
    synthetic: tuple[Labelled, ...]
    val: tuple[Labelled, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def stamp(self) -> str:
        """A hash of everything in it."""
        parts = [[(one.name, one.stamp) for one in some] for some in (self.train, self.synthetic, self.val)]
        return hashlib.sha256(repr((parts, self.labels)).encode("utf-8", "surrogatepass")).hexdigest()


def read_sets(dataset: Path, synthetic: Path, val: Path | None, labels: Sequence[str]) -> Sets:
    """Read and check the three sets.

    Args:
        dataset: labelled by hand; its training split is trained on, or without one all that is not held out.
        synthetic: folder of synthetic images with their label files.
        val: folder of validation images; None: the validation split of ``dataset``.
        labels: labels that count, others are background; none means all of the data set's.

    Raises:
        UserError: a folder or label file cannot be read, a set is empty, or a label is unknown.
        FirewallError: a validation image is not labelled by hand, or a synthetic one shows pixels of a held-out one.
    """
    notes: list[str] = []
    splits = Splits.load(dataset)
    val_items = _val_items(dataset, splits, val)
    held = _held(dataset, splits, synthetic, val_items)
    measured = _measured(val_items, val or dataset, notes)
    made = _synthetic(synthetic, held, notes)
    train = _train(dataset, splits, held, notes)
    known = _labels((*train, *measured))
    unknown = [label for label in labels if label not in known]
    if unknown:
        raise UserError(
            f"No shape of {dataset} has the label {unknown[0]!r}.", f"Its labels are {', '.join(known[:20])}."
        )
    chosen = tuple(dict.fromkeys(labels)) or known
    if not chosen:
        raise UserError(f"{dataset}: no shape with an area has a label.", "Label some images first.")
    return Sets(train, made, measured, chosen, tuple(notes))


def area_shapes(document: Document) -> Iterator[Shape]:
    """The shapes that say which pixels are an object's: boxes that have a mask of their own are left out."""
    boxes = pairs(document.shapes)
    for shape in document.shapes:
        if KINDS[shape.kind].has_area and shape.id not in boxes and shape.label not in WORKING_LABELS:
            yield shape


def _labels(some: Iterable[Labelled]) -> tuple[str, ...]:
    return tuple(sorted({shape.label for one in some for shape in area_shapes(one.document) if shape.label.strip()}))


def _read(item: ImageItem, source: Path) -> Labelled:
    data = items.read_bytes(source)
    facts = images.probe(item.image)
    document = native.parse(data, str(source), facts, editable=False)
    stamp = f"{content_hash(item.image)} {hashlib.sha256(data).hexdigest()}"
    return Labelled(item.relative, item.image, document, data, stamp)


# ---------------------------------------------------------------- what measures


def _val_items(dataset: Path, splits: Splits, val: Path | None) -> list[ImageItem]:
    if val is not None:
        found = list(scan(val))
        if not found:
            raise UserError(f"{val}: holds no images.", "Give the folder of the validation images.")
        return found
    found = [item for item in scan(dataset) if splits.part(item.relative) == "val"]
    if not found:
        raise UserError(
            f"{dataset}: no image is in the validation split.",
            f"Make one with: anylabel-plus split {dataset} --ratio 8/1/1, or give a folder with --val.",
        )
    return found


def _measured(found: Sequence[ImageItem], root: Path, notes: list[str]) -> tuple[Labelled, ...]:
    """The validation images; each is checked to be labelled by hand."""
    read: list[Labelled] = []
    for item in found:
        source = item.label_source
        if is_made(image_kind(item.image, source or item.image / "none")):
            raise FirewallError(
                f"{item.image}: was made by a machine and cannot measure.", "Take it out of the validation images."
            )
        if source is None:
            continue
        one = _read(item, source)
        for number, shape in enumerate(one.document.shapes, 1):
            if shape.provenance is not None and shape.provenance.untouched_by_people:
                raise FirewallError(
                    f"{source}: shape {number} ({shape.label}) is a model's proposal that nobody reviewed.",
                    "Review the validation images, or take this one out of them.",
                )
        read.append(one)
    if len(read) < len(found):
        notes.append(f"{len(found) - len(read)} validation images have no label file and were left out")
    if not read:
        raise UserError(f"{root}: no validation image has a label file.", "Label the validation images by hand.")
    return tuple(read)


def _held(dataset: Path, splits: Splits, synthetic: Path, val: Sequence[ImageItem]) -> HeldOut:
    """Held out are the splits of both data sets and the validation images, wherever they are."""
    top = Path(os.path.normpath(dataset.absolute()))
    every = {top: splits}
    for folder in (top, synthetic.absolute()):
        root = dataset_of(folder)
        if root is not None and root not in every:
            every[root] = Splits.load(root)
    place = Path(val[0].place.root)
    names = {item.relative: "val" for item in val}
    # Nothing is written into a folder that was only named to measure on.
    keep = place in every
    every[place] = every[place].with_(names) if keep else Splits(place, names)
    return held_out_of(every.values(), keep=keep)


# ---------------------------------------------------------------- what is trained on


def _synthetic(folder: Path, held: HeldOut, notes: list[str]) -> tuple[Labelled, ...]:
    contents = {row.fingerprint.content: f"{row.relative}, which is in {row.where}" for row in held.rows}
    read: list[Labelled] = []
    without = 0
    for item in scan(folder):
        source = item.label_source
        if source is None:
            without += 1
            continue
        one = _read(item, source)
        reason = held.reason(item.image) or _made_from(one.data, held, contents)
        if reason is not None:
            raise FirewallError(
                f"{item.image}: {reason}.", "What measures must not be trained on: make the synthetic set without it."
            )
        read.append(one)
    if without:
        notes.append(f"{without} synthetic images have no label file and were left out")
    if not read:
        raise UserError(f"{folder}: holds no image with a label file.", "Give the folder of the synthetic images.")
    return tuple(read)


def _made_from(data: bytes, held: HeldOut, contents: dict[str, str]) -> str | None:
    """Why a composite may not be trained on: what it was made from measures."""
    for source in sources_in(data):
        if source.content in contents:
            return f"was made from {contents[source.content]}"
        path = Path(source.dataset, source.image)
        if path.is_absolute() and (reason := held.reason(path)) is not None:
            return f"was made from {path}, which {reason}"
    return None


def _train(dataset: Path, splits: Splits, held: HeldOut, notes: list[str]) -> tuple[Labelled, ...]:
    found = list(scan(dataset))
    chosen = [item for item in found if splits.part(item.relative) == "train"]
    if not chosen:
        chosen = [item for item in found if splits.part(item.relative) not in HELD_OUT]
    read: list[Labelled] = []
    left = {"made by a machine": 0, "with proposals that nobody reviewed": 0, "that show a held-out picture": 0}
    for item in chosen:
        source = item.label_source
        if source is None:
            continue
        why = ""
        if is_made(image_kind(item.image, source)):
            why = "made by a machine"
        elif held.reason(item.image) is not None:
            why = "that show a held-out picture"
        else:
            one = _read(item, source)
            origins = (shape.provenance for shape in one.document.shapes)
            if any(origin is not None and origin.untouched_by_people for origin in origins):
                why = "with proposals that nobody reviewed"
            else:
                read.append(one)
        if why:
            left[why] += 1
    notes += [f"{count} training images {why} were left out" for why, count in left.items() if count]
    if not read:
        raise UserError(
            f"{dataset}: no training image is labelled by hand.", "Label some, or put them into the training split."
        )
    return tuple(read)
