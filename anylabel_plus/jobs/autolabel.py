"""Auto-labelling: a model proposes all objects of each image."""

# ruff: noqa: RUF009 (``option`` makes a dataclass field)
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from anylabel_plus.core import masks
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.geometry import Box, bounds, box_iou, shape_mask
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import KINDS, Shape, make_shape
from anylabel_plus.dataset.runs import Run, open_run
from anylabel_plus.dataset.scan import Dataset, ImageItem
from anylabel_plus.formats.instances import instance_mask, instances, pairs
from anylabel_plus.inference import DEFAULT_MODEL
from anylabel_plus.inference.base import Candidate, ModelInfo, ProposeOptions
from anylabel_plus.inference.protocol import ServiceOptions
from anylabel_plus.inference.runtime import core_count
from anylabel_plus.jobs import items
from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, Job, JobStarted
from anylabel_plus.jobs.enrich import ServiceFactory, mask_shape, model_provenance, open_service
from anylabel_plus.jobs.options import check, option, to_json
from anylabel_plus.jobs.worker_pool import Inline, Pool, Processes, Proposed

_SMALL_PART = 0.1
"""Parts of a mask smaller than this share of its largest part are left out of polygons."""


@dataclass(frozen=True)
class AutolabelOptions:
    """How to label a data set by a model."""

    dataset: Path = option("folder", "Data set", "Folder of images.", positional=True)
    model: str = option(
        "model", "Model", "The model that proposes objects.", default=DEFAULT_MODEL, setting="assist.model"
    )
    label: str = option("text", "Label", "Label of the shapes that are added.", default="object")
    on_existing: str = option(
        "choice",
        "Images with shapes",
        "Skip leaves them alone, merge adds what overlaps no shape, replace auto first removes the model's own "
        "shapes that nobody reviewed, edited or locked.",
        default="skip",
        choices=("skip", "merge", "replace-auto"),
    )
    shapes: str = option(
        "choice",
        "Add as",
        "Kind of the shapes that are added.",
        default="polygon",
        choices=("polygon", "mask", "rectangle"),
    )
    min_score: float = option(
        "number", "Smallest score", "Leave out proposals below it.", default=0.0, low=0.0, high=1.0
    )
    min_stability: float = option(
        "number", "Smallest stability", "Where the model measures it.", default=0.0, low=0.0, high=1.0
    )
    max_overlap: float = option(
        "number",
        "Largest overlap",
        "Of two proposals that overlap more (IoU) the better stays.",
        default=0.7,
        low=0.0,
        high=1.0,
    )
    points_per_side: int = option(
        "whole", "Grid points", "Prompts along each side of an image.", default=16, low=1, high=128
    )
    min_area: int = option("whole", "Smallest area", "In pixels.", default=64, low=1, unit="px")
    max_shapes: int = option("whole", "Most shapes", "For each image.", default=100, low=1)
    detail: float = option(
        "number",
        "Polygon detail",
        "Largest distance between mask edge and polygon.",
        default=1.0,
        low=0.0,
        high=20.0,
        unit="px",
    )
    workers: int = option("whole", "Processes", "Each loads the model once.", default=1, low=1, high=64)
    labels_dir: Path | None = option(
        "folder", "Label folder", "Label files are here, not beside the images.", default=None
    )
    output: Path | None = option(
        "folder", "Write to", "Label files go here; the data set stays as it is.", default=None
    )


def autolabel(
    options: AutolabelOptions, service: ServiceOptions | None = None, factory: ServiceFactory = open_service
) -> Job:
    """Add the objects that a model finds; see ``AutolabelOptions``.

    Raises:
        UserError: the data set or the model cannot be used.
    """
    check(options)
    if not options.label.strip():
        raise UserError("The label is empty.", "Give one with --label.")
    dataset = Dataset(options.dataset, options.labels_dir, options.output)
    found, notes = items.opened(dataset, labels_needed=False)
    workers = min(options.workers, len(found))
    threads = max(1, core_count() // workers) if workers > 1 else (service or ServiceOptions()).threads
    service = replace(service or ServiceOptions(), threads=threads)
    models = factory(service)
    info = models.info(options.model)
    if "everything" not in info.prompts:
        raise UserError(f"{info.title} cannot look for objects by itself.", "Choose another model with --model.")
    yield JobStarted("Auto-label", len(found))
    yield from notes
    how = _propose_options(options)
    same_run = {name: value for name, value in to_json(options).items() if name != "workers"}
    facts = {"workers": workers, "threads_per_worker": threads or core_count(), "weights_sha256": info.weights_sha256}
    added = 0
    with open_run(items.journal_root(dataset), "autolabel", same_run, facts) as run:
        pool: Pool = Inline(models, options.model, how)
        if workers > 1:
            del models  # the workers have their own
            pool = Processes(workers, service, factory, options.model, how)
        try:
            for event in _label_all(options, dataset, found, pool, run, info):
                added += event.detail.get("added", 0) if isinstance(event, ItemDone) else 0
                yield event
        finally:
            pool.close()
    return {"added": added, "model": info.id, "provider": info.provider, **facts}


def _propose_options(options: AutolabelOptions) -> ProposeOptions:
    return ProposeOptions(
        options.points_per_side,
        options.min_score,
        options.min_stability,
        options.max_overlap,
        options.min_area,
        options.max_shapes,
    )


def _label_all(
    options: AutolabelOptions, dataset: Dataset, found: Sequence[ImageItem], pool: Pool, run: Run, info: ModelInfo
) -> Iterator[Event]:
    waiting: dict[int, items.Loaded] = {}
    for key, item in enumerate(found):
        try:
            loaded = items.load(dataset, item)
            skipped = options.on_existing == "skip" and bool(loaded.document.shapes)
            if skipped:
                items.store(run, loaded, loaded.document)
        except Exception as error:
            yield ItemFailed(item.relative, items.reason(error))
            continue
        if skipped:
            yield ItemSkipped(item.relative, "already has shapes")
            continue
        yield from items.remarks(loaded.document, dataset.source(item), item.relative)
        waiting[key] = loaded
        pool.submit(key, item.image)
        while pool.full:
            yield from _finish(options, waiting, pool.next(), run, info)
    while pool.busy:
        yield from _finish(options, waiting, pool.next(), run, info)


def _finish(
    options: AutolabelOptions, waiting: dict[int, items.Loaded], answer: Proposed, run: Run, info: ModelInfo
) -> Iterator[Event]:
    loaded = waiting.pop(answer.key)
    name = loaded.item.relative
    if answer.error is not None:
        yield ItemFailed(name, str(answer.error))
        return
    try:
        document = labelled(loaded.document, answer.candidates, options, info)
        yield from items.unheld(loaded, document)
        changed = items.store(run, loaded, document)
    except Exception as error:
        yield ItemFailed(name, items.reason(error))
        return
    before = {id(shape) for shape in loaded.document.shapes}
    yield ItemDone(name, changed, {"added": sum(id(shape) not in before for shape in document.shapes)})


# ---------------------------------------------------------------- pure: document and candidates to document


def labelled(
    document: Document, candidates: Sequence[Candidate], options: AutolabelOptions, info: ModelInfo
) -> Document:
    """``document`` with the candidates as shapes, by the rule of ``on_existing``.

    A candidate that overlaps a shape that stays (IoU over one half) is left out. A shape that is
    removed and would be added again just the same stays as it is, so that re-runs change nothing.
    """
    removed = _removable(document) if options.on_existing == "replace-auto" else []
    gone = {shape.id for shape in removed}
    kept = tuple(shape for shape in document.shapes if shape.id not in gone)
    standing = _standing(document.with_(shapes=kept))
    # Groups of removed shapes are free again, else a re-run would number its own anew.
    groups = max((shape.group_id or 0 for shape in kept), default=0)
    made: list[Shape] = []
    for candidate in candidates:
        mask = masks.clip(candidate.mask, document.width, document.height)
        if candidate.score < options.min_score or not mask.area:
            continue
        shapes = shapes_of(mask, candidate.score, options, info, groups + 1)
        if _covered(_union(shapes, document.width, document.height), standing):
            continue
        groups += len(shapes) > 1
        made.extend(shapes)
    if len(made) == len(removed) and all(_same(old, new) for old, new in zip(removed, made, strict=True)):
        return document
    if not made and not removed:
        return document
    return add_shapes(document.with_(shapes=kept), made)


def _removable(document: Document) -> list[Shape]:
    """Shapes that a model made and nobody touched; the mask of a box that is still there stays with it."""
    paired = {mask.id for mask in pairs(document.shapes).values()}
    return [
        shape
        for shape in document.shapes
        if shape.provenance is not None
        and shape.provenance.untouched_by_people
        and not shape.locked
        and shape.id not in paired
    ]


def _standing(document: Document) -> list[tuple[Mask, Box | None]]:
    """Pixels (and box, where it is one) of all that stays: each shape, and objects of several shapes."""
    width, height = document.width, document.height
    single = [shape for shape in document.shapes if KINDS[shape.kind].has_area]
    found = [(shape_mask(s, width, height), bounds(s) if s.kind == "rectangle" else None) for s in single]
    joint = [one for one in instances(document)[0] if len(one.parts) > 1]
    return [*found, *((instance_mask(one, width, height), None) for one in joint)]


def _union(shapes: Sequence[Shape], width: int, height: int) -> Mask:
    first, *others = (shape_mask(shape, width, height) for shape in shapes)
    for other in others:
        first = masks.union(first, other)
    return first


def _covered(mask: Mask, standing: Sequence[tuple[Mask, Box | None]]) -> bool:
    box = masks.bounds(mask)
    return any(
        masks.iou(mask, other) > 0.5 or (other_box is not None and box_iou(box, other_box) > 0.5)
        for other, other_box in standing
    )


def shapes_of(mask: Mask, score: float, options: AutolabelOptions, info: ModelInfo, group_id: int) -> list[Shape]:
    """The shapes of one candidate; several polygons share ``group_id``."""
    provenance = model_provenance(info, score, {"everything": True})
    fields = {"score": provenance.score, "provenance": provenance}
    if options.shapes == "mask":
        return [mask_shape(options.label, mask, **fields)]
    if options.shapes == "rectangle":
        x1, y1, x2, y2 = masks.bounds(mask)
        return [make_shape("rectangle", options.label, [(x1, y1), (x2, y2)], **fields)]
    parts = masks.polygons(mask, options.detail)
    parts = [part for part in parts if part.area >= _SMALL_PART * parts[0].area]
    group = {"group_id": group_id} if len(parts) > 1 else {}
    return [make_shape("polygon", options.label, part.exterior, holes=part.holes, **group, **fields) for part in parts]


def _same(old: Shape, new: Shape) -> bool:
    if (old.kind, old.label, old.group_id, old.provenance) != (new.kind, new.label, new.group_id, new.provenance):
        return False
    if old.mask is not None and new.mask is not None and not masks.equal(old.mask, new.mask):
        return False
    rings = [(old.points, new.points), *zip(old.holes, new.holes, strict=False)]
    return len(old.holes) == len(new.holes) and all(a.shape == b.shape and bool((a == b).all()) for a, b in rings)
