"""Backgrounds brought to the size of the picture, with their labelled objects, and where objects may stand on them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus import images
from anylabel_plus.core import edits
from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.geometry import shape_mask
from anylabel_plus.core.masks import BoolArray, Mask, full, rasterize
from anylabel_plus.core.rescale import rescaled
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.synthesis.appearance import noise_sigma
from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.synthesis.scene import Backdrop, ReadDocument

CACHE_BYTES = 128 << 20
SMALLEST_SIDE = 16
_WORKING = ("AUTOLABEL_OBJECT", "AUTOLABEL_ADD", "AUTOLABEL_REMOVE")
# Sum of the luminance table that libjpeg scales by the quality (ITU-T T.81, table K.1).
_BASE_SUM = 3688


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A background as decoded. ``shrunk`` is its size by that of the file; ``width`` and ``height`` are the file's."""

    backdrop: Backdrop
    pixels: NDArray[np.uint8]
    width: int
    height: int
    document: Document | None
    noise: float
    jpeg: int

    @property
    def shrunk(self) -> float:
        """Decoded pixels for one of the file."""
        return float(max(self.pixels.shape[:2]) / max(self.width, self.height))


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A background ready to be pasted on: ``pixels`` (H, W, 3) RGB, owned by the caller.

    ``scale`` and ``offset`` take points of the background to points of the stage: point * scale + offset. ``reduced``
    is its size by that of the picture it stands for (1 but for a preview). ``objects`` are the labelled shapes with
    their pixels, in z-order; ``others`` shapes without area. ``noise`` is that of the stage in grey levels, ``jpeg``
    the quality at which it was compressed (100: cannot be seen).
    """

    read: Read
    pixels: NDArray[np.uint8]
    crop: tuple[int, int, int, int]
    scale: tuple[float, float]
    offset: tuple[float, float]
    reduced: float
    objects: tuple[tuple[Shape, Mask], ...]
    others: tuple[Shape, ...]
    noise: float
    jpeg: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]


def jpeg_quality(path: Path, form: str) -> int:
    """The quality that a JPEG was written with, by its tables; 100 for other files."""
    if form not in ("JPEG", "MPO"):
        return 100
    from PIL import Image

    try:
        with Image.open(path) as image:
            tables: Any = getattr(image, "quantization", None)
    except Exception:
        return 100  # what cannot be told is not matched; the pixels were decoded already
    if not tables:
        return 100
    percent = 100.0 * sum(tables[min(tables)]) / _BASE_SUM
    quality = (200.0 - percent) / 2 if percent <= 100 else 5000.0 / percent
    return int(np.clip(round(quality), 1, 100))


class Backdrops:
    """Decoded backgrounds, the least recently used ones dropped above ``limit`` bytes."""

    def __init__(self, read_document: ReadDocument | None, limit: int = CACHE_BYTES) -> None:
        self._read_document, self._limit, self._used = read_document, limit, 0
        self._kept: OrderedDict[tuple[Path, int], Read] = OrderedDict()

    def read(self, backdrop: Backdrop, max_side: int = 0) -> Read:
        """The decoded background, its longer side at most ``max_side`` (0: whole).

        Raises:
            UserError: the image or its label file cannot be read.
        """
        key = (backdrop.path, max_side)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        if max_side:
            pixels, facts = images.load_reduced(backdrop.path, max_side)
        else:
            facts = images.probe(backdrop.path)
            pixels = images.load(backdrop.path)
        pixels.setflags(write=False)
        document = self._read_document(backdrop) if self._read_document is not None else None
        jpeg = jpeg_quality(backdrop.path, facts.format)
        found = Read(backdrop, pixels, facts.width, facts.height, document, noise_sigma(pixels), jpeg)
        self._kept[key] = found
        self._used += pixels.nbytes
        while self._used > self._limit and len(self._kept) > 1:
            self._used -= self._kept.popitem(last=False)[1].pixels.nbytes
        return found

    def stage(
        self, backdrop: Backdrop, recipe: Recipe, draws: NDArray[np.float64], max_side: int | None = None
    ) -> Stage:
        """The background cut and sized for a picture, never distorted. ``draws``: three numbers from 0 to 1.

        Raises:
            UserError: it cannot be read, or is too small for any object.
        """
        facts = images.probe(backdrop.path)
        width, height = recipe.size_px or (facts.width, facts.height)
        if min(facts.width, facts.height) < SMALLEST_SIDE:
            raise UserError(
                f"{backdrop.path}: {facts.width} x {facts.height} pixels are too few for a background.",
                "Leave it out of the folder of backgrounds.",
            )
        share = recipe.crop[0] + draws[0] * (recipe.crop[1] - recipe.crop[0])
        whole = min(facts.width / width, facts.height / height) * share
        crop_w, crop_h = min(facts.width, round(width * whole)), min(facts.height, round(height * whole))
        crop_w, crop_h = max(1, crop_w), max(1, crop_h)
        left, top = round(draws[1] * (facts.width - crop_w)), round(draws[2] * (facts.height - crop_h))
        if recipe.size_px is None and share < 1.0:
            width, height = crop_w, crop_h  # a part of the background keeps its pixels
        reduced = min(1.0, max_side / max(width, height)) if max_side else 1.0
        width, height = max(1, round(width * reduced)), max(1, round(height * reduced))
        needed = round(max(facts.width, facts.height) * max(width / crop_w, height / crop_h))
        read = self.read(backdrop, needed if reduced < 1.0 and needed * 2 <= max(facts.width, facts.height) else 0)
        crop = (left, top, left + crop_w, top + crop_h)
        return _staged(read, crop, (width, height), reduced)


def _staged(read: Read, crop: tuple[int, int, int, int], size: tuple[int, int], reduced: float) -> Stage:
    x1, y1, x2, y2 = crop
    ratio = read.shrunk
    rows, columns = read.pixels.shape[:2]
    part = read.pixels[round(y1 * ratio) : max(round(y2 * ratio), 1), round(x1 * ratio) : max(round(x2 * ratio), 1)]
    same = part.shape[1] == size[0] and part.shape[0] == size[1]
    if same:
        pixels = np.array(part)
    else:
        smaller = size[0] < part.shape[1]
        pixels = cv2.resize(part, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    scale = (size[0] / (x2 - x1), size[1] / (y2 - y1))
    offset = (-x1 * scale[0], -y1 * scale[1])
    objects, others = _objects(read.document, scale, offset, size)
    untouched = same and part.shape[:2] == (rows, columns)
    noise = read.noise if untouched else noise_sigma(pixels)
    jpeg = read.jpeg if same and ratio == 1.0 else 100  # resized pixels show no blocks
    return Stage(read, pixels, crop, scale, offset, reduced, objects, others, noise, jpeg)


def moved(shape: Shape, scale: tuple[float, float], offset: tuple[float, float]) -> Shape:
    """``shape`` of a background in the frame of the stage. Raises ValueError when nothing of a mask is left."""
    result = shape if scale == (1.0, 1.0) else rescaled(shape, *scale)
    if offset != (0.0, 0.0) and result.mask is not None:
        mask = replace(result.mask, x=result.mask.x + round(offset[0]), y=result.mask.y + round(offset[1]))
        result = edits.changed_shape(result, **edits.mask_fields(mask))
    elif offset != (0.0, 0.0):
        by = np.array(offset)
        holes: dict[str, Any] = {"holes": tuple(ring + by for ring in result.holes)} if result.holes else {}
        result = edits.changed_shape(result, points=result.points + by, **holes)
    # Nobody edited it: who made it stays as it was.
    return result if result is shape else replace(result, provenance=shape.provenance)


def _objects(
    document: Document | None, scale: tuple[float, float], offset: tuple[float, float], size: tuple[int, int]
) -> tuple[tuple[tuple[Shape, Mask], ...], tuple[Shape, ...]]:
    objects, others = [], []
    for shape in document.shapes if document is not None else ():
        if not shape.label.strip() or shape.label in _WORKING:
            continue
        try:
            here = moved(shape, scale, offset)
        except ValueError:
            continue  # smaller than a pixel now
        if not KINDS[shape.kind].has_area:
            inside = (here.points >= 0).all() and (here.points <= size).all()
            others.extend([here] if inside else [])
            continue
        mask = shape_mask(here, *size)
        if mask.crop.any():
            objects.append((here, mask))
    return tuple(objects), tuple(others)


def allowed(stage: Stage, recipe: Recipe) -> BoolArray | None:
    """(H, W) bool, where objects may stand; None when that is everywhere.

    Raises:
        UserError: the surface mask of this background is missing or cannot be read, or no pixel is allowed.
    """
    width, height = stage.size
    found: BoolArray | None = None

    def narrow(more: BoolArray) -> None:
        nonlocal found
        found = more if found is None else found & more

    if recipe.place == "region":
        region = np.zeros((height, width), np.bool_)
        for ring in recipe.region:  # several polygons add up
            region |= full(rasterize([np.array(ring) * (width, height)], width, height), width, height)
        narrow(region)
    if recipe.place == "surface" and recipe.surfaces:
        narrow(_surface(stage, Path(recipe.surfaces)))
    for labels, inside in ((recipe.on_labels, True), (recipe.not_on_labels, False)):
        if labels:
            covered = np.zeros((height, width), np.bool_)
            for shape, mask in stage.objects:
                if shape.label in labels:
                    rows, columns = mask.crop.shape
                    covered[mask.y : mask.y + rows, mask.x : mask.x + columns] |= mask.crop
            narrow(covered if inside else ~covered)
    if found is not None and not found.any():
        raise UserError(
            f"{stage.read.backdrop.path}: objects may stand nowhere on this background.",
            "See place, region, surfaces, on_labels and not_on_labels of the recipe.",
        )
    return found


def _surface(stage: Stage, folder: Path) -> BoolArray:
    path = folder / Path(stage.read.backdrop.name).with_suffix(".png")
    if not path.exists():
        path = folder / f"{Path(stage.read.backdrop.name).stem}.png"
    pixels = images.load(path).max(axis=2)
    if pixels.shape != (stage.read.height, stage.read.width):
        raise UserError(
            f"{path}: is {pixels.shape[1]} x {pixels.shape[0]} pixels, its background "
            f"{stage.read.width} x {stage.read.height}.",
            "A surface mask has the size of its background.",
        )
    x1, y1, x2, y2 = stage.crop
    part = np.ascontiguousarray(pixels[y1:y2, x1:x2])
    return np.asarray(cv2.resize(part, stage.size, interpolation=cv2.INTER_NEAREST) > 0)
