"""Shapes from what can be seen in the end: pasted objects, and those that the background had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from anylabel_plus.core import edits
from anylabel_plus.core.masks import Mask, Polygon, intersection_area, polygons, rasterize, subtract, tight
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Points, Shape, make_shape
from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.synthesis.scene import Placement

DETAIL_PX = 0.3
"""Points of an outline are left out as far as this allows …"""
MOST_CHANGED = 0.006
"""… and as long as no more of the area changes than this, and the box not at all."""
_MOST_MOVED = 0.3
"""Pixels that may change sides for each one along an outline, at most."""


def _fewer(ring: Points) -> Points:
    """A ring through the middles of its steps and its corners, thinned by Douglas and Peucker's rule (OpenCV)."""
    after = np.roll(ring, -1, axis=0)
    lengths = np.abs(after - ring).sum(axis=1)
    # A slanted line is drawn in steps, one pixel long in one direction at least; longer on both sides is a corner.
    corner = np.minimum(lengths, np.roll(lengths, 1)) > 1
    both = np.stack([ring, (ring + after) / 2], axis=1).astype(np.float32)
    path = both[np.stack([corner, np.ones_like(corner)], axis=1)]
    fewer: Points = cv2.approxPolyDP(path.reshape(-1, 1, 2), DETAIL_PX, True).reshape(-1, 2).astype(np.float64)
    return fewer


def outlines(mask: Mask) -> list[Polygon]:
    """The parts of ``mask`` with holes; the same pixels but for less than ``MOST_CHANGED`` of them, the same box."""
    exact = polygons(mask)
    only = mask if len(exact) == 1 else None
    return [_thinned(part, only) for part in exact]


def _thinned(part: Polygon, truth: Mask | None) -> Polygon:
    """``part`` with as few points as may be; ``truth`` are its pixels, if known."""
    rings = [_fewer(ring) for ring in (part.exterior, *part.holes)]
    if part.area < 64 or min(map(len, rings)) < 3 or not _reaches(part.exterior, rings[0]):
        return part
    thin = Polygon(rings[0], tuple(rings[1:]))
    length = sum(float(np.abs(ring - np.roll(ring, -1, axis=0)).sum()) for ring in (part.exterior, *part.holes))
    if length * _MOST_MOVED <= MOST_CHANGED * part.area:
        return thin  # so long an outline could not change more
    truth = truth or rasterize([part.exterior, *part.holes])
    pixels = rasterize(rings)
    common = intersection_area(pixels, truth)
    good = pixels.area + truth.area - 2 * common <= MOST_CHANGED * truth.area and pixels.bounds == truth.bounds
    return thin if good else part


def _reaches(exact: Points, thin: Points) -> bool:
    """Whether the outermost rows and columns of pixels stay in, and no others come in."""
    low, high = exact.min(axis=0), exact.max(axis=0)
    if (thin.min(axis=0) < low - 0.5).any() or (thin.max(axis=0) > high + 0.5).any():
        return False
    return all(
        _holds_a_pixel(thin, axis, float(line)) for axis in (0, 1) for line in (low[axis] + 0.5, high[axis] - 0.5)
    )


def _holds_a_pixel(ring: Points, axis: int, line: float) -> bool:
    """Whether the line of pixel centres at ``line`` (x for axis 0, y for 1) has one inside of ``ring``."""
    here, there = ring[:, axis], np.roll(ring[:, axis], -1)
    crossing = np.flatnonzero((here <= line) != (there <= line))
    start, end = ring[crossing, 1 - axis], np.roll(ring[:, 1 - axis], -1)[crossing]
    share = (line - here[crossing]) / (there[crossing] - here[crossing])
    at = np.sort(start + share * (end - start))
    # From one crossing to the next is inside; a centre lies between when one is passed.
    return bool((np.ceil(at[1::2] - 0.5 - 1e-9) > np.ceil(at[0::2] - 0.5 + 1e-9)).any())


def share_text(value: float) -> str:
    """A share as attributes hold it."""
    return f"{min(max(value, 0.0), 1.0):.2f}"


def pasted_shapes(placement: Placement, recipe: Recipe, group: int | None, blend: str) -> list[Shape]:
    """The shapes of a pasted object: its visible part. ``group`` joins several parts of one."""
    attributes: dict[str, Any] = {
        "occlusion": share_text(placement.occlusion),
        "truncation": share_text(placement.truncation),
    }
    if recipe.amodal:
        attributes["amodal_box"] = ",".join(f"{value:g}" for value in placement.whole)
    fields = {"attributes": attributes, "provenance": _provenance(placement, blend)}
    return _shapes_of(placement.visible, placement.label, recipe.shapes, group, fields)


def _provenance(placement: Placement, blend: str) -> Provenance:
    extra: dict[str, Any] = {}
    cutout = placement.cutout
    if cutout is not None:
        source = cutout.source
        extra = {"cutout": cutout.id, "dataset": source.dataset, "image": source.image, "shape": source.shape}
    matrix = [[round(float(value), 6) for value in row] for row in placement.matrix]
    extra["placement"] = {"matrix": matrix, "depth": placement.depth, "blend": blend}
    return Provenance("synthesis", extra=extra)


def _shapes_of(mask: Mask, label: str, kind: str, group: int | None, fields: Mapping[str, Any]) -> list[Shape]:
    mask = tight(mask)
    if kind == "rectangle":
        x1, y1, x2, y2 = mask.bounds
        return [make_shape("rectangle", label, ((x1, y1), (x2, y2)), **fields)]
    if kind == "mask":
        return [make_shape("mask", label, **edits.mask_fields(mask), **fields)]
    parts = outlines(mask)
    joined = group if len(parts) > 1 else None
    return [make_shape("polygon", label, part.exterior, holes=part.holes, group_id=joined, **fields) for part in parts]


def kept_shapes(objects: Iterable[tuple[Shape, Mask]], covered: Mask, group: int) -> list[Shape]:
    """The background's own shapes, those partly covered cut to what is visible. ``group`` is the first free number."""
    found: list[Shape] = []
    for shape, mask in objects:
        hidden = intersection_area(mask, covered)
        if not hidden:
            found.append(shape)
            continue
        attributes = {**shape.attributes, "occlusion": share_text(hidden / mask.area)}
        if shape.kind not in ("polygon", "mask"):
            found.append(replace(shape, attributes=attributes))  # a box says no more of what is hidden
            continue
        parts = _shapes_of(subtract(mask, covered), shape.label, shape.kind, None, {})
        joined = shape.group_id
        if joined is None and len(parts) > 1:
            joined, group = group, group + 1
        found.extend(
            replace(shape, points=part.points, holes=part.holes, mask=part.mask, group_id=joined, attributes=attributes)
            for part in parts
        )
    return found
