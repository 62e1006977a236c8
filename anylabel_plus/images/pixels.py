"""Arrays of any depth and channels to upright 8-bit RGB, by the rule of the package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.images.depth import (
    Window,
    default_windows,
    narrowed_in_place,
    narrowing,
    opencv,
    row_blocks,
    to_8_bit,
)

__all__ = ["Pixels", "halved", "opencv", "row_blocks", "shrunk", "to_8_bit", "to_rgb", "upright"]

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, C-contiguous, upright."""

_STRIP_ROWS = 512


def _on_white(block: NDArray[np.uint8]) -> NDArray[np.uint8]:
    values = block.astype(np.uint16)
    alpha = values[..., 3:]
    laid: NDArray[np.uint16] = (values[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return laid.astype(np.uint8)


def to_rgb(array: NDArray[Any], *, bgr: bool = False, windows: Sequence[Window] | None = None) -> Pixels:
    """(H, W), (H, W, 3) or (H, W, 4) of any number type to RGB, seen through ``windows``.

    ``bgr`` says that colour channels come in OpenCV's order; a fourth channel is straight alpha.
    ``array`` itself may be changed and given back.
    """
    cv2 = opencv()
    if array.dtype != np.uint8 and windows is None:
        windows = default_windows(array)
    if array.ndim == 2 and array.dtype == np.uint16 and array.flags.owndata and array.flags.c_contiguous:
        array = narrowed_in_place(array, windows or ())
    narrow = narrowing(array, windows or ()) if array.dtype != np.uint8 else None
    if narrow is None and array.ndim == 3 and array.shape[2] == 3:
        result = np.ascontiguousarray(array)
        if bgr:
            # In place: such an array comes from a decoder and belongs to nobody else.
            for rows in row_blocks(result):
                result[rows] = cv2.cvtColor(result[rows], cv2.COLOR_BGR2RGB)
        return result
    result = np.empty((*array.shape[:2], 3), np.uint8)
    for rows in row_blocks(array):
        block = narrow(array[rows]) if narrow else array[rows]
        if block.ndim == 2:
            result[rows] = cv2.cvtColor(np.ascontiguousarray(block), cv2.COLOR_GRAY2RGB)
            continue
        if block.shape[2] == 4:
            block = _on_white(block)
        result[rows] = block[..., ::-1] if bgr else block
    return result


def upright(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """``array`` turned and mirrored as EXIF's ``orientation`` asks, in place where the size stays."""
    if orientation == 1:
        return array
    if array.ndim == 3 and array.shape[2] > 4:  # more channels than OpenCV turns
        return np.stack([upright(array[..., n], orientation) for n in range(array.shape[2])], axis=2)
    cv2 = opencv()
    array = np.ascontiguousarray(array)
    if orientation <= 4:
        array = array if array.flags.writeable else array.copy()
        return np.asarray(cv2.flip(array, {2: 1, 3: -1, 4: 0}[orientation], dst=array))
    turned = cv2.transpose(array)
    if orientation == 5:
        return np.asarray(turned)
    return np.asarray(cv2.flip(turned, {6: 1, 7: -1, 8: 0}[orientation], dst=turned))


def shrunk(array: NDArray[Any], max_side: int) -> NDArray[Any]:
    """``array`` with its longer side at most ``max_side`` pixels, averaged; never enlarged."""
    height, width = array.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return array
    cv2 = opencv()
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(array, size, interpolation=cv2.INTER_AREA))


def halved(source: Pixels) -> Pixels:
    """Half the size, rounded up; in strips, so that copies stay small.

    An odd last row or column is averaged with itself, which keeps the factor at exactly two.
    """
    cv2 = opencv()
    height, width = source.shape[:2]
    out_w, out_h = (width + 1) // 2, (height + 1) // 2
    result = np.empty((out_h, out_w, 3), np.uint8)
    for top in range(0, out_h, _STRIP_ROWS):
        rows = min(_STRIP_ROWS, out_h - top)
        strip = source[2 * top : 2 * (top + rows)]
        if strip.shape[0] % 2 or width % 2:
            strip = cv2.copyMakeBorder(strip, 0, strip.shape[0] % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        cv2.resize(strip, (out_w, rows), dst=result[top : top + rows], interpolation=cv2.INTER_AREA)
    return result
