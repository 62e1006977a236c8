"""A shape brought to an image of another size, as when pictures of one scene differ in resolution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from anylabel_plus.core import edits
from anylabel_plus.core.mask_value import Mask
from anylabel_plus.core.shapes import Points, Shape
from anylabel_plus.core.vertices import following


def rescaled(shape: Shape, sx: float, sy: float) -> Shape:
    """``shape`` with its x times ``sx`` and its y times ``sy``.

    A circle stays one: its radius grows by the geometric mean. A rotated box keeps its right
    angles: its centre and the lengths of its sides follow, its direction that of its first side.
    Masks are resampled to whole pixels.

    Raises:
        ValueError: a factor that is not positive, or a mask of which no pixel would be left.
    """
    if not (sx > 0 and sy > 0):
        raise ValueError(f"factors must be positive, not {sx} and {sy}")
    if shape.mask is not None:
        return edits.changed_shape(shape, **_resampled(shape.mask, sx, sy))
    by = np.array((sx, sy))
    points = shape.points * by
    if shape.kind == "circle":
        rim = shape.points[1] - shape.points[0]
        points = np.stack((points[0], points[0] + rim * math.sqrt(sx * sy)))
    elif shape.kind == "rotation":
        points = _upright_box(shape.points, by)
    holes: dict[str, Any] = {"holes": tuple(ring * by for ring in shape.holes)} if shape.holes else {}
    return edits.changed_shape(shape, points=points, **holes, **following(shape, points))


def _upright_box(corners: Points, by: Points) -> Points:
    """Four corners of a box with right angles, as near to the scaled ones as can be."""
    centre = corners.mean(axis=0) * by
    along, across = (corners[1] - corners[0]) * by, (corners[3] - corners[0]) * by
    length, breadth = float(np.hypot(*along)), float(np.hypot(*across))
    unit = along / length if length else np.array((1.0, 0.0))
    normal = np.array((-unit[1], unit[0]))
    if float(normal @ across) < 0:
        normal = -normal
    a, b = unit * length / 2, normal * breadth / 2
    box: Points = np.stack((centre - a - b, centre + a - b, centre + a + b, centre - a + b))
    return box


def _resampled(mask: Mask, sx: float, sy: float) -> dict[str, Any]:
    """The fields of a mask shape; a pixel is set where the old mask is set at its centre."""
    x1, y1, x2, y2 = mask.bounds
    left, top = math.floor(x1 * sx), math.floor(y1 * sy)
    columns = np.arange(left, math.ceil(x2 * sx), dtype=np.float64)
    rows = np.arange(top, math.ceil(y2 * sy), dtype=np.float64)
    pixels = mask.sample((columns + 0.5) / sx, (rows + 0.5) / sy)
    if not pixels.any():
        raise ValueError("no pixel of the mask is left at this size")
    return edits.mask_fields(Mask(pixels, left, top))
