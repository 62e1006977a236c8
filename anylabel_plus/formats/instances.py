"""From the shapes of a document to the objects that other formats know.

One object may be several shapes: a rectangle and the mask a model made from it, or the parts of
one object that share label and group.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from anylabel_plus.core.document import Document
from anylabel_plus.core.geometry import Box, bounds, convex_hull, outline, shape_mask
from anylabel_plus.core.masks import Mask, tight, union
from anylabel_plus.core.masks import polygons as mask_polygons
from anylabel_plus.core.shapes import KINDS, Points, Shape
from anylabel_plus.formats.base import Loss

WORKING_LABELS = ("AUTOLABEL_OBJECT", "AUTOLABEL_ADD", "AUTOLABEL_REMOVE")
CROWD_KEY = "iscrowd"


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One object: ``parts`` are the shapes that say where it is, ``box`` the human rectangle of
    the pair or of a shape that is a box only (xyxy in upright pixels), else None. ``drawn`` is the
    rectangle of a pair, else the first part: the shape whose attributes count."""

    label: str
    parts: tuple[Shape, ...]
    box: Box | None = None
    rectangle: Shape | None = None

    @property
    def drawn(self) -> Shape:
        """The shape a person drew or took over."""
        return self.rectangle or self.parts[0]

    @property
    def crowd(self) -> bool:
        """True for an imported COCO crowd region."""
        return any(bool(shape.extra.get(CROWD_KEY)) for shape in self.parts)

    @property
    def box_only(self) -> bool:
        """True when nothing but a rectangle is known."""
        return all(shape.kind == "rectangle" for shape in self.parts)


def box_of(shape: Shape) -> Box:
    """xyxy of a rectangle, corners in any order."""
    (x1, y1), (x2, y2) = shape.points[0], shape.points[-1]
    return float(min(x1, x2)), float(min(y1, y2)), float(max(x1, x2)), float(max(y1, y2))


def prompt_box(shape: Shape) -> Box | None:
    """The box that a mask was made from, from its provenance, or None."""
    prompt = shape.provenance.prompt if shape.provenance is not None else None
    box = prompt.get("box") if prompt is not None else None
    if not isinstance(box, list | tuple) or len(box) != 4:
        return None
    try:
        x1, y1, x2, y2 = (float(value) for value in box)
    except (TypeError, ValueError):
        return None
    return x1, y1, x2, y2


def _key(label: str, box: Box) -> tuple[str, tuple[float, ...]]:
    return label, tuple(round(value, 3) for value in box)


def pairs(shapes: Iterable[Shape]) -> dict[int, Shape]:
    """Id of a rectangle -> the mask (or polygon) that a model made from just this box and label."""
    made: dict[tuple[str, tuple[float, ...]], list[Shape]] = {}
    rectangles = []
    for shape in shapes:
        if shape.kind == "rectangle":
            rectangles.append(shape)
        elif shape.kind in ("mask", "polygon") and (box := prompt_box(shape)) is not None:
            made.setdefault(_key(shape.label, box), []).append(shape)
    found = {}
    for rectangle in rectangles:
        waiting = made.get(_key(rectangle.label, box_of(rectangle)))
        if waiting:
            found[rectangle.id] = waiting.pop(0)
    return found


def instances(document: Document, labels: Collection[str] | None = None) -> tuple[list[Instance], list[Loss]]:
    """The objects of ``document`` in z-order of their first shape, and what is no object.

    A rectangle and the mask made from it are one object; so are polygons and masks that share
    label and group (labelme's rule). With ``labels`` other ones are left out (a Loss too). Shapes
    without area, without label or with a working label are never objects.
    """
    paired = pairs(document.shapes)
    second = {mask.id for mask in paired.values()}
    grouped: dict[tuple[str, int], int] = {}
    found: list[Instance] = []
    losses: list[Loss] = []
    for shape in document.shapes:
        if shape.id in second:
            continue
        loss = _not_an_object(shape, labels)
        if loss is not None:
            losses.append(loss)
        elif shape.id in paired:
            found.append(Instance(shape.label, (paired[shape.id],), box_of(shape), shape))
        elif shape.kind == "rectangle":
            found.append(Instance(shape.label, (shape,), box_of(shape)))
        elif shape.group_id is not None and shape.kind in ("polygon", "mask"):
            key = (shape.label, shape.group_id)
            if key in grouped:
                first = found[grouped[key]]
                found[grouped[key]] = Instance(first.label, (*first.parts, shape))
            else:
                grouped[key] = len(found)
                found.append(Instance(shape.label, (shape,)))
        else:
            found.append(Instance(shape.label, (shape,)))
    return found, losses


def _not_an_object(shape: Shape, labels: Collection[str] | None) -> Loss | None:
    if not shape.label.strip():
        return Loss("label.none", 1, "shapes without a label were left out")
    if shape.label in WORKING_LABELS:
        return Loss("label.working", 1, f"leftovers of auto-labelling ({shape.label}) were left out")
    if labels is not None and shape.label not in labels:
        return Loss("label.unlisted", 1, f"shapes with the label {shape.label!r} were left out: it is not in the list")
    if not KINDS[shape.kind].has_area:
        title = KINDS[shape.kind].title.lower()
        return Loss(f"kind.{shape.kind}", 1, f"{title} shapes have no area and were left out")
    if _empty(shape):
        return Loss("empty", 1, "shapes whose area is empty were left out")
    return None


def _empty(shape: Shape) -> bool:
    if shape.kind == "mask":
        return shape.mask is None or not shape.mask.crop.any()
    spread = shape.points.max(axis=0) - shape.points.min(axis=0)
    if shape.kind == "circle":
        return not spread.any()
    return len(shape.points) < 2 or not spread.all()


def rings_of(shape: Shape) -> list[list[Points]]:
    """The parts of a vector shape, each an exterior ring followed by its holes."""
    if shape.kind == "cuboid":
        return [[convex_hull(shape.points)]]
    rings = outline(shape)
    return [rings] if shape.kind == "polygon" else [[ring] for ring in rings]


def instance_mask(instance: Instance, width: int, height: int) -> Mask:
    """All pixels of the object, cut to the image, tight."""
    first, *others = (shape_mask(shape, width, height) for shape in instance.parts)
    for other in others:
        first = union(first, other)
    return tight(first)


def instance_rings(instance: Instance, detail_px: float) -> list[list[Points]]:
    """The parts of the object as rings (exterior, holes), masks within ``detail_px`` of their edge."""
    found: list[list[Points]] = []
    for shape in instance.parts:
        if shape.mask is not None:
            found.extend([part.exterior, *part.holes] for part in mask_polygons(shape.mask, detail_px))
        else:
            found.extend(rings_of(shape))
    return found


def instance_box(instance: Instance) -> Box:
    """xyxy: the human rectangle where there is one, else the bounds of everything."""
    if instance.box is not None:
        return instance.box
    boxes = [bounds(shape) for shape in instance.parts]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def changed_kinds(found: Iterable[Instance]) -> list[Loss]:
    """A Loss for each object whose outline is a drawing of a curve or a solid."""
    texts = {"circle": "circles became polygons", "cuboid": "cuboids became their outline"}
    return [
        Loss(f"kind.{shape.kind}", 1, texts[shape.kind])
        for instance in found
        for shape in instance.parts
        if shape.kind in texts
    ]
