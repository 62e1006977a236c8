"""Overlay pictures: copies of the images with their shapes drawn on them."""
# ruff: noqa: RUF009 (``option`` makes a dataclass field)

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus import files, images, paths
from anylabel_plus.core.document import Document
from anylabel_plus.core.geometry import bounds, outline, shape_mask
from anylabel_plus.core.labels import LabelColors, rgb, text_on
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.dataset.scan import Dataset, ImageItem
from anylabel_plus.formats import native
from anylabel_plus.formats.instances import pairs
from anylabel_plus.jobs import items
from anylabel_plus.jobs.base import ItemDone, ItemFailed, Job, JobStarted
from anylabel_plus.jobs.options import check, option

_FILL = 0.4


@dataclass(frozen=True)
class OverlayOptions:
    """What to draw and where to."""

    dataset: Path = option("folder", "Data set", "Folder of images with their label files.", positional=True)
    out: Path = option("folder", "Folder", "The pictures go here, as JPEG.", positional=True)
    max_side: int = option("whole", "Longest side", "", default=1600, low=64, high=20000, unit="px")
    labels_dir: Path | None = option(
        "folder", "Label folder", "Label files are here, not beside the images.", default=None
    )


def overlays(options: OverlayOptions) -> Job:
    """Write one JPEG for each image; see ``OverlayOptions``.

    Raises:
        UserError: the data set is empty, or the pictures would lie in it.
    """
    check(options)
    out = options.out.absolute()
    dataset = Dataset(options.dataset, options.labels_dir)
    found, notes = items.opened(dataset)
    items.check_outside(options.out, options.dataset)
    items.make_folder(options.out)
    yield JobStarted("Overlay pictures", len(found))
    yield from notes
    colors = LabelColors()
    for item in found:
        try:
            document = _document(item)
            colors = colors.with_labels(dict.fromkeys(shape.label for shape in document.shapes))
            picture = drawn(item.image, document, colors, options.max_side)
            target = out / f"{item.stem}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            files.sweep_temporaries(target.parent)
            files.write_atomic(target, images.encode_jpeg(picture), durable=False)
        except Exception as error:
            yield ItemFailed(item.relative, items.reason(error))
            continue
        yield ItemDone(item.relative, detail={"shapes": len(document.shapes)})
    return {"output": str(out)}


def _document(item: ImageItem) -> Document:
    facts = images.probe(item.image)
    source = item.label_source
    if source is None:
        return native.new_document(item.name, facts.width, facts.height)
    return native.parse(items.read_bytes(source), str(source), facts, editable=False)


def drawn(image: Path, document: Document, colors: LabelColors, max_side: int) -> NDArray[np.uint8]:
    """The image with filled outlines and label tags, (H, W, 3) uint8 RGB, at most ``max_side`` long.

    Raises:
        UserError: the image cannot be read.
    """
    picture, facts = images.load_reduced(image, max_side)
    canvas = np.ascontiguousarray(picture)
    return drawn_on(canvas, document, colors, (canvas.shape[1] / facts.width, canvas.shape[0] / facts.height))


def drawn_on(
    canvas: NDArray[np.uint8], document: Document, colors: LabelColors, scale: tuple[float, float] = (1.0, 1.0)
) -> NDArray[np.uint8]:
    """A picture, (H, W, 3) uint8 RGB, with the shapes of ``document``; ``scale`` takes their points to its pixels.

    ``canvas`` is drawn on.
    """
    import cv2

    line = max(1, round(max(canvas.shape) / 640))
    for shape in document.shapes:
        color = rgb(colors.color(shape.label))
        if KINDS[shape.kind].has_area and shape.kind != "rectangle":
            _fill(canvas, shape, document, color)
        closed = KINDS[shape.kind].closed or shape.kind == "cuboid"
        rings = [np.rint((ring * scale - 0.5) * 16).astype(np.int32) for ring in outline(shape)]
        if shape.kind in ("point", "points"):
            for x, y in np.concatenate(rings):
                cv2.circle(canvas, (int(x), int(y)), 3 * line * 16, color, -1, cv2.LINE_AA, 4)
        else:
            cv2.polylines(canvas, rings, closed, color, line, cv2.LINE_AA, 4)
    return _tags(canvas, document, colors, scale)


def _fill(canvas: NDArray[np.uint8], shape: Shape, document: Document, color: tuple[int, int, int]) -> None:
    """Blend the shape's pixels with its colour, in place."""
    height, width = canvas.shape[:2]
    mask = shape_mask(shape, document.width, document.height)
    if not mask.area:
        return
    rows = ((np.arange(height) + 0.5) * document.height / height).astype(np.intp) - mask.y
    columns = ((np.arange(width) + 0.5) * document.width / width).astype(np.intp) - mask.x
    row_in = np.flatnonzero((rows >= 0) & (rows < mask.crop.shape[0]))
    column_in = np.flatnonzero((columns >= 0) & (columns < mask.crop.shape[1]))
    if not row_in.size or not column_in.size:
        return
    window = canvas[row_in[0] : row_in[-1] + 1, column_in[0] : column_in[-1] + 1]
    inside = mask.crop[np.ix_(rows[row_in], columns[column_in])]
    window[inside] = (window[inside] * (1 - _FILL) + np.array(color) * _FILL).astype(np.uint8)


@functools.cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(paths.resources("fonts", "Inter-SemiBold.otf")), size)


def _tags(
    canvas: NDArray[np.uint8], document: Document, colors: LabelColors, scale: tuple[float, float]
) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw

    picture = Image.fromarray(canvas)
    draw = ImageDraw.Draw(picture)
    font = _font(max(10, max(canvas.shape) // 90))
    made_from_boxes = {mask.id for mask in pairs(document.shapes).values()}
    for shape in document.shapes:
        if shape.id in made_from_boxes:
            continue  # its box has the tag
        text = shape.label if shape.score is None else f"{shape.label} {shape.score:.2f}"
        x1, y1 = bounds(shape)[:2]
        left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
        wide, high = right - left + 8, bottom - top + 6
        x = min(max(x1 * scale[0], 0), max(canvas.shape[1] - wide, 0))
        y = min(max(y1 * scale[1] - high, 0), max(canvas.shape[0] - high, 0))
        color = colors.color(shape.label)
        draw.rectangle((x, y, x + wide, y + high), fill=color)
        draw.text((x + 4 - left, y + 3 - top), text, font=font, fill=text_on(color))
    return np.asarray(picture)
