"""Filling holes, growing, shrinking and smoothing of one shape by a number of pixels.

A mask stays a mask and is worked on pixel by pixel; boxes and circles keep their kind where the
result is one; everything else becomes polygons. An empty list: nothing of the shape is left.
"""

from __future__ import annotations

import numpy as np

from anylabel_plus.core import edits, geometry, masks
from anylabel_plus.core.masks import Polygon
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.regions import pixels, vector
from anylabel_plus.regions.placing import as_mask, as_outlines, reshaped


def without_holes(shape: Shape) -> Shape:
    """The shape with every hole filled; itself when it has none."""
    if shape.mask is not None:
        return as_mask(shape, pixels.filled(shape.mask))[0]
    return edits.changed_shape(shape, holes=())


def grown(shape: Shape, px: float, size: tuple[int, int]) -> list[Shape]:
    """The shape with its border ``px`` further out, or in when negative, cut to the image.

    Corners stay corners. ``size`` is width and height of the image.
    """
    if px == 0:
        return [shape]
    if shape.mask is not None:
        return as_mask(shape, masks.clip(pixels.grown(shape.mask, px), *size))
    if not KINDS[shape.kind].has_area:
        return []
    if shape.kind == "circle" and (round_one := _circle(shape, px, size)) is not None:
        return round_one
    return _outlined(shape, vector.grown(geometry.area_rings(shape), px), size)


def _circle(shape: Shape, px: float, size: tuple[int, int]) -> list[Shape] | None:
    """A circle of another radius; None when it does not fit into the image."""
    radius = geometry.radius(shape)
    if radius + px <= 0 or radius <= 0:
        return []
    centre = shape.points[0]
    rim = centre + (shape.points[1] - centre) * ((radius + px) / radius)
    x, y = centre.tolist()
    if px > 0 and not (radius + px <= min(x, y, size[0] - x, size[1] - y)):
        return None
    return [reshaped(shape, "circle", np.stack((centre, rim)))]


def smoothed(shape: Shape, px: float, size: tuple[int, int]) -> list[Shape]:
    """The shape without details narrower than ``px``, its corners rounded."""
    if px <= 0:
        return [shape]
    if shape.mask is not None:
        return as_mask(shape, masks.clip(pixels.smoothed(shape.mask, px), *size))
    if not KINDS[shape.kind].has_area:
        return []
    return _outlined(shape, vector.rounded(geometry.area_rings(shape), px), size)


def _outlined(shape: Shape, parts: list[Polygon], size: tuple[int, int]) -> list[Shape]:
    """``shape`` as these parts, cut to the image unless it reached outside before."""
    x1, y1, x2, y2 = geometry.bounds(shape)
    if parts and x1 >= 0 and y1 >= 0 and x2 <= size[0] and y2 <= size[1]:
        parts = vector.clip(vector.rings_of(parts), *size)
    return as_outlines(shape, parts)
