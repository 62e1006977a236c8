"""What one image gives to an object bank: cutouts of its outlined objects, and the sizes and places of all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import EMPTY, Mask
from anylabel_plus.core.shapes import Shape
from anylabel_plus.formats.instances import Instance, instance_box, instance_mask, instances
from anylabel_plus.synthesis import alike, cutting, quality
from anylabel_plus.synthesis.bank import cutout_id
from anylabel_plus.synthesis.bank_file import ImageRecord, SeenObject
from anylabel_plus.synthesis.cutting import Cut, CutOptions
from anylabel_plus.synthesis.scene import Cutout, Rgba, SourceRef

Bytes = NDArray[np.uint8]
OUTLINES = frozenset(("polygon", "mask", "circle"))
"""Kinds that say where an object ends; boxes only say where to look."""
_UNSCORED = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class ImageSource:
    """An image that objects are cut from, as ``SourceRef`` names it; ``content`` is the hash of its bytes."""

    dataset: str
    image: str
    content: str


@dataclass(slots=True)
class Found:
    """What an image gave: its record, pixels by cutout id, and texts for the report."""

    record: ImageRecord
    pixels: dict[str, Rgba] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def add(self, cut: Cut, label: str, source: SourceRef, measures: dict[str, float]) -> None:
        """One more cutout; a second one with the same pixels is left out."""
        height, width = cut.pixels.shape[:2]
        name = cutout_id(label, cut.pixels)
        if name in self.pixels:
            self.remarks.append(f"shapes[{source.shape}] ({label}): the same pixels as another cutout, left out")
            return
        cutout = Cutout(name, label, width, height, cut.area, source, measures, min(measures.values(), default=1.0))
        self.pixels[name] = cut.pixels
        record = self.record
        looks = (*record.looks, alike.look(cut.pixels))
        self.record = replace(record, cutouts=(*record.cutouts, cutout), looks=looks)


def objects(document: Document) -> list[Instance]:
    """The objects of a label file, crowd regions left out."""
    return [one for one in instances(document)[0] if not one.crowd]


def cut_objects(
    source: ImageSource,
    document: Document,
    pixels: Bytes | None,
    options: CutOptions,
    labels: Collection[str] = (),
    shapes: Collection[int] | None = None,
) -> Found:
    """Cut the outlined objects of ``document`` from the upright ``pixels`` (H, W, 3).

    Args:
        pixels: None when nothing is to be cut (see ``chosen``).
        labels: only these; empty: all. All objects count for priors.
        shapes: only objects of which one of these shapes (ids) is a part; None: all.
    """
    every = objects(document)
    seen = tuple(_seen(one, document.width, document.height) for one in every)
    found = Found(ImageRecord(source.dataset, source.image, objects=seen))
    height, width = pixels.shape[:2] if pixels is not None else (document.height, document.width)
    masks = [instance_mask(one, width, height) if outlined(one) else EMPTY for one in every]
    soft = quality.of_image(pixels) if pixels is not None else 1.0
    boxes: Counter[str] = Counter()
    for number, one in enumerate(every):
        if (labels and one.label not in labels) or (shapes is not None and not _ids(one) & set(shapes)):
            continue
        if not outlined(one) or pixels is None:
            boxes[one.label] += 1
            continue
        shape = shape_number(document, one)
        try:
            cut = cutting.cut(pixels, masks[number], options)
        except UserError as error:
            found.remarks.append(f"shapes[{shape}] ({one.label}): {error.text}")
            continue
        others = [mask for place, mask in enumerate(masks) if place != number and mask.area]
        over = [mask for mask in masks[number + 1 :] if mask.area]
        measures = quality.measured(pixels, masks[number], over, others, confidence(one.parts), soft)
        ref = SourceRef(source.image, source.dataset, shape, width, height, cut.box, source.content)
        found.add(cut, one.label, ref, measures)
    if boxes:
        found.remarks.append(f"{sum(boxes.values())} objects are boxes only and cannot be cut out: {_named(boxes)}")
    return found


def cut_picture(source: ImageSource, label: str, pixels: Rgba | None, options: CutOptions) -> Found:
    """The object that the alpha of a picture (H, W, 4) shows. Raises UserError when there is none."""
    if pixels is None:
        raise UserError(f"{source.image}: has no alpha channel: where the object ends is not known.")
    try:
        cut = cutting.cut_rgba(pixels, options)
    except UserError as error:
        raise UserError(f"{source.image}: {error.text}") from error
    height, width = pixels.shape[:2]
    mask = Mask(pixels[..., 3] >= 128)
    measures = quality.measured(np.ascontiguousarray(pixels[..., :3]), mask)
    # A cut-out picture may fill its frame, and what lies beyond its edge is no background.
    measures = {name: measures[name] for name in ("size", "sharpness")}
    found = Found(ImageRecord(source.dataset, source.image))
    found.add(cut, label, SourceRef(source.image, source.dataset, -1, width, height, cut.box, source.content), measures)
    return found


def picture_label(relative: str, given: str = "") -> str:
    """Label of a picture: the one given, else the folder it lies in, else its name without the number at its end."""
    if given.strip():
        return given.strip()
    folder, _, name = relative.rpartition("/")
    if folder:
        return folder.rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    return re.sub(r"[\s_\-.(]*\d+\)?$", "", stem) or stem


def outlined(one: Instance) -> bool:
    """Whether the object's shapes say where it ends."""
    return all(shape.kind in OUTLINES for shape in one.parts)


def shape_number(document: Document, one: Instance) -> int:
    """Number of the object's first shape in the label file, its rectangle where a mask was made of it."""
    return document.index_of(one.drawn.id)


def confidence(parts: Iterable[Shape]) -> float:
    """How sure a model was of the parts nobody has reviewed; 1 where people drew or accepted them."""
    scores = [1.0]
    for shape in parts:
        origin = shape.provenance
        if origin is not None and origin.untouched_by_people:
            scores.append(_UNSCORED if origin.score is None else min(1.0, max(0.0, origin.score)))
    return min(scores)


def _ids(one: Instance) -> set[int]:
    rectangle = {one.rectangle.id} if one.rectangle is not None else set()
    return {shape.id for shape in one.parts} | rectangle


def _seen(one: Instance, width: int, height: int) -> SeenObject:
    x1, y1, x2, y2 = instance_box(one)
    longer = max(x2 - x1, y2 - y1)
    text = any(shape.text.strip() for shape in (*one.parts, one.drawn))
    x, y = min(max((x1 + x2) / 2 / width, 0.0), 1.0), min(max(y2 / height, 0.0), 1.0)
    return SeenObject(
        one.label, round(longer / max(width, height), 6), round(longer, 2), round(x, 5), round(y, 5), text
    )


def _named(counts: Counter[str]) -> str:
    names = [f"{label} ({count})" for label, count in counts.most_common(5)]
    return ", ".join(names) + (" …" if len(counts) > 5 else "")


def chosen(every: Sequence[Instance], labels: Collection[str]) -> bool:
    """Whether there is anything to cut at all."""
    return any(outlined(one) and (not labels or one.label in labels) for one in every)
