"""The magic wand: pixels of similar colour around one pixel, or anywhere in the image."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import masks
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""

FURTHEST_PX = 8192
"""A connected area is followed so far from the click, in images that are read in tiles."""
WHOLE_MOST_PX = 200_000_000
"""Larger images are not searched as a whole."""
_FIRST_SIDE = 512
_STRIP_ROWS = 1024


class Source(Protocol):
    """Pixels that can be read in parts."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    def crop(self, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        """Columns ``x0`` to ``x1`` and rows ``y0`` to ``y1``, the last ones left out."""
        ...


def similar(source: Source, x: int, y: int, tolerance: int, *, contiguous: bool = True, smooth_px: int = 0) -> Mask:
    """The pixels whose red, green and blue each differ by at most ``tolerance`` from those of (x, y).

    With ``contiguous`` only those that hang together with it by their edges; the search begins in
    a small window and doubles it while the region reaches its edge, so a small region of a huge
    image is found at once. ``smooth_px`` evens the edge out and drops what is smaller than it, by
    the median of a square that reaches so far.

    Raises:
        ValueError: (x, y) is outside the image.
        UserError: the image is huge, and the search would need all of it.
    """
    width, height = source.width, source.height
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"({x}, {y}) is outside an image of {width} x {height} pixels")
    found = _around(source, x, y, tolerance) if contiguous else _everywhere(source, x, y, tolerance)
    return _smoothed(found, smooth_px, width, height) if smooth_px else found


def _around(source: Source, x: int, y: int, tolerance: int) -> Mask:
    import cv2

    width, height = source.width, source.height
    side = _FIRST_SIDE
    while True:
        left, top = max(0, x - side // 2), max(0, y - side // 2)
        right, bottom = min(width, x + side // 2), min(height, y + side // 2)
        window = np.ascontiguousarray(source.crop(left, top, right, bottom))
        filled = np.zeros((bottom - top + 2, right - left + 2), np.uint8)
        flags = 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
        reach = (tolerance,) * 3
        _n, _image, filled, box = cv2.floodFill(window, filled, (x - left, y - top), 0, reach, reach, flags)
        x0, y0, columns, rows = box
        cut = (x0 == 0 and left > 0) or (y0 == 0 and top > 0)
        cut |= (x0 + columns == right - left and right < width) or (y0 + rows == bottom - top and bottom < height)
        if not cut:
            crop = filled[1 + y0 : 1 + y0 + rows, 1 + x0 : 1 + x0 + columns] == 1
            return Mask(crop, left + x0, top + y0)
        if side >= 2 * FURTHEST_PX and width * height > WHOLE_MOST_PX:
            raise UserError(
                f"The similar area reaches further than {FURTHEST_PX:,} pixels from the click.",
                "Lower the tolerance, or use the brush.",
            )
        side *= 2


def _everywhere(source: Source, x: int, y: int, tolerance: int) -> Mask:
    import cv2

    width, height = source.width, source.height
    if width * height > WHOLE_MOST_PX:
        raise UserError(
            f"An image of {width:,} x {height:,} pixels is not searched as a whole.", "Turn Connected on for the wand."
        )
    seed = source.crop(x, y, x + 1, y + 1)[0, 0].astype(int)
    low, high = np.clip(seed - tolerance, 0, 255), np.clip(seed + tolerance, 0, 255)
    found = np.empty((height, width), np.bool_)
    for top in range(0, height, _STRIP_ROWS):
        end = min(top + _STRIP_ROWS, height)
        found[top:end] = cv2.inRange(np.ascontiguousarray(source.crop(0, top, width, end)), low, high) > 0
    return masks.tight(Mask(found), copy=True)


def _smoothed(mask: Mask, reach: int, width: int, height: int) -> Mask:
    import cv2

    # At the image's edge the region goes on as it is, elsewhere there is nothing around it.
    crop = cv2.copyMakeBorder(mask.crop.astype(np.uint8), reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    rows, columns = mask.crop.shape
    if mask.x == 0:
        crop[:, :reach] = crop[:, reach : reach + 1]
    if mask.y == 0:
        crop[:reach] = crop[reach : reach + 1]
    if mask.x + columns == width:
        crop[:, -reach:] = crop[:, -reach - 1 : -reach]
    if mask.y + rows == height:
        crop[-reach:] = crop[-reach - 1 : -reach]
    even = cv2.medianBlur(crop, 2 * reach + 1)
    return masks.tight(masks.clip(Mask(even > 0, mask.x - reach, mask.y - reach), width, height), copy=True)
