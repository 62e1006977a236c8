"""Masks: a boolean crop with an offset; RLE; polygons with holes to pixels and back.

The pixel rule: pixel (column i, row j) belongs to a region exactly when its centre
(i + 0.5, j + 0.5) is inside it by the even-odd rule, edges half-open (a centre on a left or top
edge is in, on a right or bottom edge is out).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """Pixels of one region: ``crop`` is bool (h, w), read-only, its top-left pixel at (x, y).

    ``x`` and ``y`` are integer columns and rows of the upright image; the crop may reach over the
    image's edge only while being read, ``clip`` puts that right.
    """

    crop: BoolArray
    x: int = 0
    y: int = 0

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """xyxy pixel edges of the crop, not of its set pixels."""
        height, width = self.crop.shape
        return float(self.x), float(self.y), float(self.x + width), float(self.y + height)

    @property
    def area(self) -> int:
        """Number of set pixels."""
        return int(np.count_nonzero(self.crop))
