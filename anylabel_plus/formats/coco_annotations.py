"""COCO annotations as plain data: from objects, and to shapes. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from anylabel_plus.core.geometry import clip_box
from anylabel_plus.core.masks import bounds as mask_bounds
from anylabel_plus.core.masks import intersection_area, rasterize, rle_decode, rle_encode
from anylabel_plus.core.shapes import Points, Shape, as_points, make_shape
from anylabel_plus.formats.exchange import IMPORTED
from anylabel_plus.formats.instances import CROWD_KEY, Instance, instance_box, instance_mask, instance_rings

# ---------------------------------------------------------------- objects to annotations


def annotation(instance: Instance, width: int, height: int, *, rle: bool = False) -> dict[str, Any] | None:
    """The COCO fields of one object (no ids), or None when no pixel of it is in the image."""
    x1, y1, x2, y2 = instance_box(instance)
    if clip_box((x1, y1, x2, y2), width, height) is None:
        return None
    fields: dict[str, Any] = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": 0.0, "iscrowd": int(instance.crowd)}
    rings = None if rle or instance.crowd else _plain_rings(instance)
    if rings is not None:
        fields["area"] = sum(ring_area(ring) for ring in rings)
        fields["segmentation"] = [[float(value) for point in ring for value in point] for ring in rings]
        return fields if fields["area"] > 0 else None
    mask = instance_mask(instance, width, height)
    if not mask.area:
        return None
    fields["area"] = float(mask.area)
    fields["segmentation"] = rle_encode(mask, width, height)
    if instance.box is None and any(part.mask is not None for part in instance.parts):
        left, top, right, bottom = mask_bounds(mask)
        fields["bbox"] = [left, top, right - left, bottom - top]
    return fields


def _plain_rings(instance: Instance) -> list[Points] | None:
    """The parts as simple rings, or None where only pixels can say it (holes, masks, overlapping parts)."""
    if instance.box_only and instance.box is not None:
        x1, y1, x2, y2 = instance.box
        return [as_points([(x1, y1), (x2, y1), (x2, y2), (x1, y2)])]
    if any(part.mask is not None for part in instance.parts):
        return None
    parts = instance_rings(instance, 0.0)
    if any(len(rings) > 1 for rings in parts):
        return None
    rings = [rings[0] for rings in parts]
    if len(rings) > 1:
        pixels = [rasterize([ring]) for ring in rings]
        if any(intersection_area(a, b) for n, a in enumerate(pixels) for b in pixels[:n]):
            return None
    return rings


def ring_area(ring: Sequence[Sequence[float]] | Points) -> float:
    """Square pixels inside a ring (shoelace formula)."""
    total = 0.0
    before_x, before_y = ring[-1][0], ring[-1][1]
    for x, y in ring:
        total += before_x * y - x * before_y
        before_x, before_y = x, y
    return float(abs(total)) * 0.5


# ---------------------------------------------------------------- annotations to shapes


def shapes_of(record: Mapping[str, Any], label: str, group_id: int) -> tuple[list[Shape], list[str]]:
    """The shapes of one annotation and notes about what was left out.

    ``group_id`` is used when the annotation has several parts. Raises ValueError with the reason
    when it cannot be read.
    """
    fields: dict[str, Any] = {"provenance": IMPORTED}
    if record.get("iscrowd"):
        fields["extra"] = {CROWD_KEY: 1}
    attributes = record.get("attributes")
    if isinstance(attributes, dict) and attributes:
        fields["attributes"] = attributes
    if isinstance(record.get("score"), int | float):
        fields["score"] = float(record["score"])
    notes = ["keypoints are not imported"] if record.get("keypoints") else []
    segmentation = record.get("segmentation")
    if isinstance(segmentation, dict):
        return [_mask_shape(segmentation, label, fields)], notes
    if isinstance(segmentation, list) and segmentation:
        return _polygon_shapes(segmentation, record.get("bbox"), label, group_id, fields), notes
    x, y, width, height = _box(record.get("bbox"))
    return [make_shape("rectangle", label, [(x, y), (x + width, y + height)], **fields)], notes


def _mask_shape(rle: Mapping[str, Any], label: str, fields: Mapping[str, Any]) -> Shape:
    mask = rle_decode(rle)
    if not mask.area:
        raise ValueError("its RLE is empty")
    x1, y1, x2, y2 = mask.bounds
    return make_shape("mask", label, [(x1, y1), (x2, y2)], mask=mask, **fields)


def _polygon_shapes(
    parts: Sequence[Any], box: Any, label: str, group_id: int, fields: Mapping[str, Any]
) -> list[Shape]:
    rings = [_ring(part) for part in parts]
    if len(rings) == 1 and _is_box(rings[0], box):
        xs, ys = [x for x, _ in rings[0]], [y for _, y in rings[0]]
        return [make_shape("rectangle", label, [(min(xs), min(ys)), (max(xs), max(ys))], **fields)]
    group = {} if len(rings) == 1 else {"group_id": group_id}
    return [make_shape("polygon", label, ring, **group, **fields) for ring in rings]


def _ring(part: Any) -> list[tuple[float, float]]:
    if not isinstance(part, list) or len(part) < 6 or len(part) % 2:
        raise ValueError("a polygon needs an even count of at least 6 numbers")
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in part):
        raise ValueError("a polygon holds something that is no number")
    return [(float(x), float(y)) for x, y in zip(part[::2], part[1::2], strict=True)]


def _box(value: Any) -> tuple[float, float, float, float]:
    if not isinstance(value, list) or len(value) != 4:
        raise ValueError("it has neither a segmentation nor a bbox of four numbers")
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in value):
        raise ValueError("its bbox holds something that is no number")
    x, y, width, height = (float(number) for number in value)
    if width <= 0 or height <= 0:
        raise ValueError(f"its bbox {value} has no area")
    return x, y, width, height


def _is_box(ring: Sequence[tuple[float, float]], box: Any) -> bool:
    """True for the four corners of a rectangle in drawing order, equal to the annotation's bbox."""
    if len(ring) != 4:
        return False
    xs, ys = {x for x, _ in ring}, {y for _, y in ring}
    turns = all((a[0] == b[0]) != (a[1] == b[1]) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    if len(xs) != 2 or len(ys) != 2 or not turns:
        return False
    try:
        x, y, width, height = _box(box)
    except ValueError:
        return True
    wanted = (min(xs), min(ys), max(xs), max(ys))
    return all(abs(a - b) <= 0.01 for a, b in zip(wanted, (x, y, x + width, y + height), strict=True))
