"""The object bank of a data set: its objects cut out by their outlines, judged, and what its labels say of sizes.

Images of the validation and test splits, copies of them and composites are left out.
"""
# ruff: noqa: RUF009 (``option`` makes a dataclass field)

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anylabel_plus import images
from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import FirewallError, UserError
from anylabel_plus.dataset.scan import Dataset, ImageItem, Scan
from anylabel_plus.formats import native
from anylabel_plus.inference import DEFAULT_MODEL
from anylabel_plus.inference.base import ModelInfo
from anylabel_plus.inference.protocol import ServiceOptions
from anylabel_plus.jobs import items
from anylabel_plus.jobs.bank_access import content_hash, forbidden, held, writing
from anylabel_plus.jobs.bank_sources import Found, ImageSource, chosen, cut_objects, cut_picture, objects, picture_label
from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, Job, JobStarted, Note
from anylabel_plus.jobs.enrich import Enriched, EnrichOptions, Models, ServiceFactory, open_service
from anylabel_plus.jobs.options import check, option
from anylabel_plus.synthesis.bank import Bank, is_bank
from anylabel_plus.synthesis.bank_file import ImageRecord
from anylabel_plus.synthesis.bank_writer import BankWriter
from anylabel_plus.synthesis.cutting import CutOptions
from anylabel_plus.synthesis.quality import NO_LIMITS, QualityLimits
from anylabel_plus.synthesis.scene import Cutout

if TYPE_CHECKING:
    pass

_CUTTING = 1
"""Raised when the same image gives other cutouts than before: all are cut again."""
_LIMITS = QualityLimits()


@dataclass(frozen=True)
class BankOptions:
    """What to cut out, and what is good enough."""

    dataset: Path = option(
        "folder", "Data set", "Folder of images with their label files, or one image of it.", positional=True
    )
    out: Path = option("folder", "Object bank", "Made when missing, added to when it is there.", positional=True)
    labels: tuple[str, ...] = option(
        "labels",
        "Only these labels",
        "Names with commas between; empty: all. Others of the data set leave the bank.",
        default=(),
    )
    min_area: int = option(
        "whole", "Smallest area", "Smaller objects are rejected.", default=_LIMITS.min_area, low=0, unit="px"
    )
    min_score: float = option(
        "number", "Mask", "Lowest score of a mask: its model's, and how well it fits the edges of the image.",
        default=_LIMITS.mask, low=0.0, high=1.0,
    )  # fmt: skip
    min_sharpness: float = option("number", "Sharpness", "From 0 to 1.", default=_LIMITS.sharpness, low=0.0, high=1.0)
    min_whole: float = option(
        "number", "Wholeness", "From 0 to 1; less when other objects hide a part, or it is in several parts.",
        default=_LIMITS.occlusion, low=0.0, high=1.0,
    )  # fmt: skip
    min_border: float = option(
        "number", "Clear of the border", "From 0 to 1; less for objects that the border cuts off.",
        default=_LIMITS.border, low=0.0, high=1.0,
    )  # fmt: skip
    all: bool = option("flag", "Accept all", "No filter; people's decisions stay.", default=False)
    max_side: int = option(
        "whole", "Longest side", "Larger cutouts are stored shrunk.", default=1024, low=64, high=8192, unit="px"
    )
    rgba: bool = option(
        "flag", "Pictures with alpha", "Each picture is one object, its alpha says where; no label files.",
        default=False,
    )  # fmt: skip
    label: str = option(
        "text", "Label", "Of pictures with alpha; else their folder's name, or their own without its number.",
        default="",
    )  # fmt: skip
    boxes_to_masks: bool = option("flag", "Boxes to masks", "Ask a model where objects in boxes end.", default=False)
    model: str = option(
        "model", "Model", "The model that turns boxes into masks.", default=DEFAULT_MODEL, setting="assist.model"
    )
    min_box_iou: float = option(
        "number", "Smallest box overlap", "A mask whose bounds overlap its box by less (IoU) is not taken.",
        default=0.6, low=0.0, high=1.0,
    )  # fmt: skip
    labels_dir: Path | None = option(
        "folder", "Label folder", "Label files are here, not beside the images.", default=None
    )

    @property
    def limits(self) -> QualityLimits:
        """What the filter asks."""
        if self.all:
            return NO_LIMITS
        return QualityLimits(self.min_border, self.min_area, self.min_whole, self.min_sharpness, self.min_score)


def build(options: BankOptions, service: ServiceOptions | None = None, factory: ServiceFactory = open_service) -> Job:
    """Cut out the objects of a data set; see ``BankOptions``. What is done and unchanged is not done again.

    Raises:
        FirewallError: all there is belongs to a validation or test split.
        UserError: the data set, the bank or the model cannot be used.
    """
    check(options)
    root, only = (options.dataset, "") if not options.dataset.is_file() else _one(options.dataset)
    dataset = Dataset(root, options.labels_dir)
    found, notes = items.opened(dataset)
    items.check_outside(options.out, root)
    if only:
        found = Scan(root, [item for item in found if item.name == only and not item.place.relative])
    yield JobStarted("Object bank", len(found))
    yield from notes
    with _Builder(options, dataset, _models(options, service, factory)) as builder:
        yield from builder.run(found)
        bank = builder.finish(found, whole=not only)
    yield from _judgements(bank)
    accepted = sum(one.accepted for one in bank.cutouts)
    return {
        "output": str(bank.root),
        "cutouts": len(bank.cutouts),
        "accepted": accepted,
        "rejected": len(bank.cutouts) - accepted,
        "added": builder.added,
        "left_out": builder.held,
        "labels": {label: len(bank.usable([label])) for label in sorted({one.label for one in bank.cutouts})},
    }


class _Builder:
    """Takes the images one by one; the bank is opened with the first that may be used."""

    def __init__(self, options: BankOptions, dataset: Dataset, models: tuple[Models, ModelInfo] | None) -> None:
        self._options, self._dataset, self._models = options, dataset, models
        self._cutting = CutOptions(max_side=options.max_side)
        self._stamp = _options_stamp(options, models[1] if models is not None else None)
        self._root = str(dataset.root.absolute())
        self._held = held(dataset.root, options.out)
        self._stack = contextlib.ExitStack()
        self._writer: BankWriter | None = None
        self._free: list[str] = []
        self.held = self.added = 0
        self._why = self._content = ""

    def __enter__(self) -> _Builder:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is GeneratorExit and self._writer is not None:  # cancelled: what is done can be used
            with contextlib.suppress(UserError):
                self._writer.finish(self._options.limits)
        self._stack.close()

    @property
    def writer(self) -> BankWriter:
        """The bank that is written, nobody else's until the end."""
        if self._writer is None:
            self._writer = self._stack.enter_context(writing(self._options.out))
        return self._writer

    def run(self, found: Scan) -> Iterator[Event]:
        """One event and more for each image. Raises UserError when the bank cannot be written."""
        if self._options.out.exists():
            _ = self.writer  # what is in the way is said once, and not of each image
        for item in found:
            try:
                reason = forbidden(item.image, self._dataset.source(item), self._held)
                if reason is not None:
                    self.held += 1
                    self._why = self._why or f"{item.relative} {reason}"
                    yield ItemSkipped(item.relative, reason)
                    continue
                self._free.append(item.relative)
                events = self._rgba(item) if self._options.rgba else self._labelled(item)
            except Exception as error:
                yield ItemFailed(item.relative, items.reason(error))
                continue
            yield from events

    def finish(self, found: Scan, *, whole: bool) -> Bank:
        """Write the bank; what was cut from images that are gone or held out now goes. Raises as ``build``."""
        if not self._free and not is_bank(self._options.out):
            raise self._nothing("Give images of the training split.")
        gone = {item.relative for item in found} - set(self._free)
        kept = self._free if whole else [name for name in self.writer.images(self._root) if name not in gone]
        self.writer.keep_only(self._root, kept)
        bank = self.writer.finish(self._options.limits)
        if not self._free:
            raise self._nothing("What the bank had of them was removed.")
        return bank

    def _nothing(self, hint: str) -> UserError:
        """Why no image was used at all."""
        if not self.held:
            return UserError(f"{self._options.dataset}: none of its images can be read.")
        text = f"{self._options.dataset}: no image of it may be used for training pictures: {self._why}."
        return FirewallError(text, hint)

    def _labelled(self, item: ImageItem) -> list[Event]:
        source = self._dataset.source(item)
        if source is None:
            self.writer.forget(self._root, item.relative)
            return [ItemSkipped(item.relative, "has no label file")]
        data = items.read_bytes(source)
        stamp = {**self._stamp, "labels": _digest(data)}
        if self._unchanged(item, stamp):
            return [ItemDone(item.relative, changed=False)]
        facts = images.probe(item.image)
        document = native.parse(data, str(source), facts, editable=False)
        events: list[Event] = items.remarks(document, source, item.relative)
        if self._models is not None:
            document, texts = self._with_masks(item.image, document)
            events += [Note(text, item.relative) for text in texts]
        pixels = images.load(item.image) if chosen(objects(document), self._options.labels) else None
        got = cut_objects(self._source(item), document, pixels, self._cutting, self._options.labels)
        return self._added(item, stamp, got, events)

    def _rgba(self, item: ImageItem) -> list[Event]:
        from anylabel_plus.images.alpha import load_rgba

        label = picture_label(item.relative, self._options.label)
        stamp = {**self._stamp, "label": label}
        if self._options.labels and label not in self._options.labels:
            self.writer.forget(self._root, item.relative)
            return [ItemSkipped(item.relative, "has a label that was not asked for")]
        if self._unchanged(item, stamp):
            return [ItemDone(item.relative, changed=False)]
        try:
            got = cut_picture(self._source(item), label, load_rgba(item.image), self._cutting)
        except UserError as error:
            self.writer.forget(self._root, item.relative)
            return [ItemSkipped(item.relative, error.text.removeprefix(f"{item.relative}: "))]
        return self._added(item, stamp, got, [])

    def _added(self, item: ImageItem, stamp: Mapping[str, str], got: Found, events: list[Event]) -> list[Event]:
        """Write what was found in an image."""
        status = item.image.stat()
        marks: dict[str, str | int] = {
            **stamp,
            "image": self._content,
            "size": status.st_size,
            "mtime": status.st_mtime_ns,
        }
        record = dataclasses.replace(got.record, stamp=marks)
        self.writer.add(record, got.pixels)
        self.added += len(record.cutouts)
        events += [Note(text, item.relative) for text in got.remarks]
        return [*events, ItemDone(item.relative, detail={"cutouts": len(record.cutouts)})]

    def _unchanged(self, item: ImageItem, stamp: Mapping[str, str]) -> bool:
        """Whether image, labels and options are those that the bank's cutouts of it were made with."""
        known = self.writer.known(self._root, item.relative)
        if known is None or any(known.stamp.get(name) != value for name, value in stamp.items()):
            return False
        status = item.image.stat()
        if (known.stamp.get("size"), known.stamp.get("mtime")) == (status.st_size, status.st_mtime_ns):
            return True
        return known.stamp.get("image") == content_hash(item.image)

    def _source(self, item: ImageItem) -> ImageSource:
        self._content = content_hash(item.image)
        return ImageSource(self._root, item.relative, self._content)

    def _with_masks(self, image: Path, document: Document) -> tuple[Document, list[str]]:
        """The document with a mask for each box that has none, and why some got none."""
        assert self._models is not None
        models, info = self._models
        options = self._options
        asked = EnrichOptions(
            options.dataset, model=options.model, min_box_iou=options.min_box_iou, labels=options.labels
        )
        outcome = Enriched(document)
        outcome.run(asked, models, info, image)
        return outcome.document, outcome.unmatched


def cut_shapes(image: Path, document: Document, shape_ids: Collection[int], bank: Path) -> list[Cutout]:
    """Add the objects of these shapes (ids) to the bank in ``bank``, which is made when missing.

    A person chose them: they are accepted whatever the filter says.

    Raises:
        FirewallError: the image is held out, or a composite.
        UserError: none of the shapes can be cut out, or the bank cannot be written.
    """
    from anylabel_plus.dataset.splits import dataset_of

    image = Path(image).absolute()
    root = dataset_of(image.parent) or image.parent
    reason = forbidden(image, None, held(root, bank))
    if reason is not None:
        raise FirewallError(f"{image}: {reason}.", "Its objects may not be used for training pictures.")
    source = ImageSource(str(root), image.relative_to(root).as_posix(), content_hash(image))
    got = cut_objects(source, document, images.load(image), CutOptions(), shapes=shape_ids)
    if not got.record.cutouts:
        why = got.remarks[0] if got.remarks else "only shapes with a label and an area can be cut out"
        raise UserError(f"{image}: nothing was cut out: {why}.", "Choose polygons or masks.")
    with writing(bank) as writer:
        known = writer.known(*got.record.key)
        writer.add(got.record if known is None else _joined(known, got.record), got.pixels)
        made = writer.finish()
    chosen_ids = {one.id for one in got.record.cutouts}
    made = made.with_states({one.id: (True, "") for one in made.cutouts if one.id in chosen_ids})
    made.save()
    return [one for one in made.cutouts if one.id in chosen_ids]


def _joined(known: ImageRecord, more: ImageRecord) -> ImageRecord:
    """Cutouts that were there and new ones; the sizes and places seen last."""
    there = {one.id for one in known.cutouts}
    new = [place for place, one in enumerate(more.cutouts) if one.id not in there]
    cutouts = (*known.cutouts, *(more.cutouts[place] for place in new))
    looks = (*known.looks, *(more.looks[place] for place in new))
    return dataclasses.replace(known, cutouts=cutouts, looks=looks, objects=more.objects)


def _one(image: Path) -> tuple[Path, str]:
    return image.parent, image.name


def _models(
    options: BankOptions, service: ServiceOptions | None, factory: ServiceFactory
) -> tuple[Models, ModelInfo] | None:
    if not options.boxes_to_masks or options.rgba:
        return None
    models = factory(service or ServiceOptions())
    info = models.info(options.model)
    if "box" not in info.prompts:
        raise UserError(f"{info.title} does not take boxes.", "Choose another model with --model.")
    return models, info


def _options_stamp(options: BankOptions, info: ModelInfo | None) -> dict[str, str]:
    """What cutouts depend on beside image and labels; limits judge cutouts and do not change them."""
    facts: list[Any] = [_CUTTING, dataclasses.asdict(CutOptions(max_side=options.max_side)), options.rgba]
    facts.append(sorted(options.labels))
    if info is not None:
        facts.append([info.id, info.weights_sha256, options.min_box_iou])
    return {"options": _digest(json.dumps(facts, sort_keys=True).encode())}


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _judgements(bank: Bank) -> Iterator[Event]:
    """How many cutouts were rejected, by reason; a cutout may have several."""
    counts: dict[str, int] = {}
    for one in bank.cutouts:
        for reason in one.reasons:
            words = "looks like another one" if reason.startswith("looks like") else reason.partition(" (")[0]
            counts[words] = counts.get(words, 0) + 1
    for words, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        yield Note(f"{count} cutouts rejected: {words}")
    if not bank.cutouts:
        yield Note("the bank holds no cutout: objects need polygons or masks, or use boxes to masks")
