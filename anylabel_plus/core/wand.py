"""The magic wand: pixels of similar colour around one pixel, or anywhere in the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import masks
from anylabel_plus.core.masks import Mask

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB."""

_FIRST_SIDE = 512
_STRIP_ROWS = 1024


def similar(pixels: Pixels, x: int, y: int, tolerance: int, *, contiguous: bool = True, smooth_px: int = 0) -> Mask:
    """The pixels whose red, green and blue each differ by at most ``tolerance`` from those of (x, y).

    With ``contiguous`` only those that hang together with it by their edges; the search begins in
    a small window and doubles it while the region reaches its edge, so a small region of a huge
    image is found at once. ``smooth_px`` evens the edge out and drops what is smaller than it, by
    the median of a square that reaches so far.

    Raises:
        ValueError: (x, y) is outside the image.
    """
    height, width = pixels.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"({x}, {y}) is outside an image of {width} x {height} pixels")
    found = _around(pixels, x, y, tolerance) if contiguous else _everywhere(pixels, x, y, tolerance)
    return _smoothed(found, smooth_px, width, height) if smooth_px else found


def _around(pixels: Pixels, x: int, y: int, tolerance: int) -> Mask:
    import cv2

    height, width = pixels.shape[:2]
    side = _FIRST_SIDE
    while True:
        left, top = max(0, x - side // 2), max(0, y - side // 2)
        right, bottom = min(width, x + side // 2), min(height, y + side // 2)
        window = np.ascontiguousarray(pixels[top:bottom, left:right])
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
        side *= 2


def _everywhere(pixels: Pixels, x: int, y: int, tolerance: int) -> Mask:
    import cv2

    seed = pixels[y, x].astype(int)
    low, high = np.clip(seed - tolerance, 0, 255), np.clip(seed + tolerance, 0, 255)
    found = np.empty(pixels.shape[:2], np.bool_)
    for top in range(0, len(pixels), _STRIP_ROWS):
        strip = np.ascontiguousarray(pixels[top : top + _STRIP_ROWS])
        found[top : top + _STRIP_ROWS] = cv2.inRange(strip, low, high) > 0
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
