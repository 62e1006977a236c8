"""Masks: a boolean crop with an offset; RLE; polygons with holes to pixels and back.

The pixel rule: pixel (column i, row j) belongs to a region exactly when its centre
(i + 0.5, j + 0.5) is inside it by the even-odd rule, edges half-open (a centre on a left or top
edge is in, on a right or bottom edge is out; a slanting edge counts as left or right).

This module is the door; the code is in ``mask_value``, ``mask_rle`` and ``mask_polygons``.
"""

from __future__ import annotations

from anylabel_plus.core.mask_polygons import Polygon, polygons, rasterize
from anylabel_plus.core.mask_rle import compress, counts, decompress, rle_area, rle_decode, rle_encode
from anylabel_plus.core.mask_value import (
    EMPTY,
    BoolArray,
    Mask,
    bounds,
    check_size,
    clip,
    equal,
    from_full,
    full,
    intersect,
    intersection_area,
    iou,
    shifted,
    subtract,
    tight,
    union,
)

__all__ = [
    "EMPTY",
    "BoolArray",
    "Mask",
    "Polygon",
    "bounds",
    "check_size",
    "clip",
    "compress",
    "counts",
    "decompress",
    "equal",
    "from_full",
    "full",
    "intersect",
    "intersection_area",
    "iou",
    "polygons",
    "rasterize",
    "rle_area",
    "rle_decode",
    "rle_encode",
    "shifted",
    "subtract",
    "tight",
    "union",
]
