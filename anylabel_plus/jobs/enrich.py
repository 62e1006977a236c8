"""Boxes to masks: each rectangle becomes the box prompt of a promptable model.

The mask carries the box in its provenance, which is how a re-run knows that the box is done and
how exports know that both are one object.
"""

# ruff: noqa: RUF009 (``option`` makes a dataclass field)
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.geometry import Box, box_iou, clip_box
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.masks import bounds as mask_bounds
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.dataset.runs import open_run
from anylabel_plus.dataset.scan import Dataset
from anylabel_plus.formats.instances import box_of, pairs, prompt_box
from anylabel_plus.inference import DEFAULT_MODEL
from anylabel_plus.inference.base import Candidate, ModelInfo, Prompt, ProposeOptions
from anylabel_plus.inference.protocol import Answer, ServiceOptions
from anylabel_plus.jobs import items
from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, Job, JobStarted, Note
from anylabel_plus.jobs.options import check, option, to_json


class Models(Protocol):
    """What jobs need of ``inference.service.Service``."""

    def info(self, model: str) -> ModelInfo: ...
    def segment_many(self, image: Path, asked: Sequence[Prompt], model: str) -> list[Answer]: ...
    def propose(self, image: Path, options: ProposeOptions, model: str) -> Answer: ...


ServiceFactory = Callable[[ServiceOptions], Models]
"""Makes the service in the process that needs it; a module-level function, so that it can travel."""


def open_service(options: ServiceOptions) -> Models:
    """The real service, loaded on first use."""
    from anylabel_plus.inference.service import Service

    return Service(options)


@dataclass(frozen=True)
class EnrichOptions:
    """What to do with the boxes of a data set."""

    dataset: Path = option("folder", "Data set", "Folder of images with their label files.", positional=True)
    boxes_to_masks: bool = option("flag", "Boxes to masks", "Make a mask from each box.", default=True, only="cli")
    model: str = option(
        "model", "Model", "The model that turns boxes into masks.", default=DEFAULT_MODEL, setting="assist.model"
    )
    min_box_iou: float = option(
        "number",
        "Smallest box overlap",
        "A mask whose bounds overlap its box by less (IoU) is not kept; the box is listed.",
        default=0.6,
        low=0.0,
        high=1.0,
    )
    labels: tuple[str, ...] = option(
        "labels", "Only these labels", "Names with commas between; empty: all.", default=()
    )
    replace: bool = option(
        "flag", "Replace the boxes", "Turn each box into its mask instead of keeping both.", default=False
    )
    labels_dir: Path | None = option(
        "folder", "Label folder", "Label files are here, not beside the images.", default=None
    )
    output: Path | None = option(
        "folder", "Write to", "Label files go here; the data set stays as it is.", default=None
    )


def enrich(
    options: EnrichOptions, service: ServiceOptions | None = None, factory: ServiceFactory = open_service
) -> Job:
    """Add one mask for each rectangle that has none; see ``EnrichOptions``.

    Raises:
        UserError: the data set or the model cannot be used.
    """
    check(options)
    if not options.boxes_to_masks:
        raise UserError("enrich was not told what to do.", "Add --boxes-to-masks.")
    dataset = Dataset(options.dataset, options.labels_dir, options.output)
    found, notes = items.opened(dataset)
    models = factory(service or ServiceOptions())
    info = models.info(options.model)
    if "box" not in info.prompts:
        raise UserError(f"{info.title} does not take boxes.", "Choose another model with --model.")
    yield JobStarted("Boxes to masks", len(found))
    yield from notes
    added = unmatched = 0
    with open_run(
        items.journal_root(dataset), "enrich", to_json(options), {"weights_sha256": info.weights_sha256}
    ) as run:
        for item in found:
            try:
                loaded = items.load(dataset, item)
                outcome = Enriched(loaded.document)
                outcome.run(options, models, info, item.image)
                yield from items.unheld(loaded, outcome.document)
                changed = items.store(run, loaded, outcome.document)
            except Exception as error:
                yield ItemFailed(item.relative, items.reason(error))
                continue
            yield from items.remarks(loaded.document, dataset.source(item), item.relative)
            yield from _events(item.relative, outcome, changed)
            added += outcome.added
            unmatched += len(outcome.unmatched)
    return {"added": added, "unmatched": unmatched, "model": info.id, "provider": info.provider}


def _events(name: str, outcome: Enriched, changed: bool) -> Iterator[Event]:
    for text in (*outcome.unmatched, *outcome.older):
        yield Note(text, name)
    if not outcome.boxes:
        yield ItemSkipped(name, "no boxes to turn into masks")
    else:
        yield ItemDone(name, changed, {"added": outcome.added, "boxes": outcome.boxes})


class Enriched:
    """The document of one image while its boxes become masks.

    ``boxes`` counts those that concern the job, ``added`` the masks made now, ``unmatched`` says
    for each box that got none why; ``older`` names masks whose box was moved since they were made:
    they stay, since only a person can say which of the two is right.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.boxes = self.added = 0
        self.unmatched: list[str] = []
        self.older: list[str] = []

    def run(self, options: EnrichOptions, models: Models, info: ModelInfo, image: Path) -> None:
        """Ask the model for each box without a mask. Raises UserError."""
        paired = pairs(self.document.shapes)
        answers = self._answers(options, models, image, paired)
        made: list[Shape] = []
        replaced: dict[int, Shape] = {}
        for index, shape in enumerate(self.document.shapes):
            if not _concerns(shape, options):
                continue
            self.boxes += 1
            if shape.id in paired:
                if options.replace and not shape.locked:
                    replaced[shape.id] = _in_place_of(shape, paired[shape.id])
                continue
            mask = self._mask(index, shape, options, info, answers.get(index))
            if mask is None:
                continue
            self.added += 1
            self._note_older(shape, {mask.id for mask in paired.values()})
            if options.replace and not shape.locked:
                replaced[shape.id] = _in_place_of(shape, replace(mask, id=shape.id))
            else:
                made.append(mask)
        if replaced:
            moved = {mask.id for mask in replaced.values()}
            kept = (shape for shape in self.document.shapes if shape.id in replaced or shape.id not in moved)
            self.document = self.document.with_(shapes=tuple(replaced.get(shape.id, shape) for shape in kept))
        if made:
            self.document = add_shapes(self.document, made)

    def _note_older(self, box: Shape, paired: set[int]) -> None:
        for index, shape in enumerate(self.document.shapes):
            old = prompt_box(shape)
            if old is None or shape.id in paired or shape.label != box.label or shape.kind != "mask":
                continue
            if box_iou(old, box_of(box)) > 0.5:
                self.older.append(
                    f"shapes[{index}] ({shape.label}): a mask made before its box was moved is still there"
                )

    def _answers(
        self, options: EnrichOptions, models: Models, image: Path, paired: Mapping[int, Shape]
    ) -> dict[int, Answer]:
        """The model's answer for each box that needs one, all asked at once, by the shape's index."""
        wanted = [
            index
            for index, shape in enumerate(self.document.shapes)
            if _concerns(shape, options) and shape.id not in paired and self._inside(shape) is not None
        ]
        if not wanted:
            return {}
        prompts = [Prompt(box=box_of(self.document.shapes[index])) for index in wanted]
        return dict(zip(wanted, models.segment_many(image, prompts, options.model), strict=True))

    def _inside(self, shape: Shape) -> Box | None:
        return clip_box(box_of(shape), self.document.width, self.document.height)

    def _mask(
        self, index: int, shape: Shape, options: EnrichOptions, info: ModelInfo, answer: Answer | None
    ) -> Shape | None:
        box, inside = box_of(shape), self._inside(shape)
        if inside is None or answer is None:
            self.unmatched.append(f"shapes[{index}] ({shape.label}): the box is outside the image or has no area")
            return None
        if not answer.candidates:
            self.unmatched.append(f"shapes[{index}] ({shape.label}): the model found nothing in the box")
            return None
        best = answer.candidates[0]
        overlap = box_iou(mask_bounds(best.mask), inside)
        if overlap < options.min_box_iou:
            self.unmatched.append(
                f"shapes[{index}] ({shape.label}): the mask overlaps the box by {overlap:.2f}, "
                f"less than {options.min_box_iou:g}"
            )
            return None
        return mask_of(shape, box, best, info)


def _concerns(shape: Shape, options: EnrichOptions) -> bool:
    return shape.kind == "rectangle" and (not options.labels or shape.label in options.labels)


def _in_place_of(box: Shape, mask: Shape) -> Shape:
    """``mask`` with the fields of other programs that would go with the box, unless it has its own."""
    lost = {key: value for key, value in box.extra.items() if not mask.extra.get(key)}
    return mask.with_(extra={**mask.extra, **lost}) if lost else mask


def mask_of(shape: Shape, box: Box, candidate: Candidate, info: ModelInfo) -> Shape:
    """The mask shape of a box: its label, attributes, flags, text and group; the box in its provenance."""
    fields: dict[str, Any] = {
        "group_id": shape.group_id,
        "flags": shape.flags,
        "attributes": shape.attributes,
        "text": shape.text,
        "description": shape.description,
        "difficult": shape.difficult,
    }
    provenance = model_provenance(info, candidate.score, {"box": list(box)})
    return mask_shape(shape.label, candidate.mask, provenance=provenance, **fields)


def mask_shape(label: str, mask: Mask, **fields: Any) -> Shape:
    """A shape of kind ``mask``."""
    from anylabel_plus.core.masks import tight

    mask = tight(mask)
    x1, y1, x2, y2 = mask.bounds
    return make_shape("mask", label, [(x1, y1), (x2, y2)], mask=mask, **fields)


def model_provenance(info: ModelInfo, score: float, prompt: dict[str, Any]) -> Provenance:
    """Where a model's shape comes from; the score rounded, so that it is written in few digits."""
    return Provenance("model", info.id, info.weights_sha256, round(float(score), 4), prompt)
