"""Arrays of any depth and channels to upright 8-bit RGB, by the rule of the package."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, C-contiguous, upright."""

_BLOCK_PIXELS = 1 << 20
_ToBytes = Callable[[NDArray[Any]], NDArray[np.uint8]]


def opencv() -> Any:
    """cv2, imported on first use and silent: its messages would come before our one clear line."""
    if "cv2" not in sys.modules:
        _map_library()
    import cv2

    cv2.utils.logging.setLogLevel(0)
    return cv2


def _map_library() -> None:
    """Have the system load OpenCV's library, 20 to 80 ms, while other threads of Python go on.

    The import itself would hold Python's lock all that time and so stop the window. It is the
    import that fails, with its reason, when the library is not there.
    """
    import ctypes
    from importlib.util import find_spec

    spec = find_spec("cv2")
    if not sys.platform.startswith("linux") or spec is None or spec.origin is None:
        return
    load = ctypes.CDLL(None).dlopen  # a foreign function: called without the lock, unlike CDLL(path)
    load.restype, load.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    for library in Path(spec.origin).parent.glob("cv2*.so"):
        load(os.fsencode(library), os.RTLD_LAZY)


def row_blocks(array: NDArray[Any]) -> Iterator[slice]:
    """Slices of rows, each of about a million pixels, so that no second full-size array is needed."""
    step = max(1, _BLOCK_PIXELS // max(1, array.shape[1]))
    for top in range(0, array.shape[0], step):
        yield slice(top, top + step)


def _from_16_bit(array: NDArray[Any]) -> _ToBytes:
    colour = array[..., :3] if array.ndim == 3 else array
    twelve = int(colour.max()) <= 4095
    cv2 = opencv()

    def convert(block: NDArray[Any]) -> NDArray[np.uint8]:
        block = np.ascontiguousarray(block, np.uint16)
        result = np.asarray(cv2.convertScaleAbs(block, alpha=255 / 4095 if twelve else 1 / 257)).reshape(block.shape)
        if block.ndim == 3 and block.shape[2] == 4:
            result[..., 3] = (block[..., 3].astype(np.uint32) + 128) // 257
        return result

    return convert


def _stretched(array: NDArray[Any]) -> _ToBytes:
    low, high = np.inf, -np.inf
    for rows in row_blocks(array):
        finite = array[rows][np.isfinite(array[rows])]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    scale = 255.0 / (high - low) if high > low else 0.0

    def convert(block: NDArray[Any]) -> NDArray[np.uint8]:
        if not scale:
            return np.zeros(block.shape, np.uint8)
        values = np.where(np.isfinite(block), block, low).astype(np.float64)
        return np.rint((values - low) * scale).astype(np.uint8)

    return convert


def _on_white(block: NDArray[np.uint8]) -> NDArray[np.uint8]:
    values = block.astype(np.uint16)
    alpha = values[..., 3:]
    laid: NDArray[np.uint16] = (values[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return laid.astype(np.uint8)


def _narrowing(array: NDArray[Any]) -> _ToBytes | None:
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        return _from_16_bit(array)
    return None if array.dtype == np.uint8 else _stretched(array)


def _narrowed_in_place(array: NDArray[Any]) -> NDArray[np.uint8]:
    """16-bit grey to 8-bit in the same memory, half of which is given back.

    Widening to RGB beside the 16-bit values would take a fifth more memory at the peak.
    """
    narrow, shape, size = _from_16_bit(array), array.shape, array.size
    values = array.reshape(-1)
    octets = values.view(np.uint8)
    for start in range(0, size, _BLOCK_PIXELS):
        # Value n is read from bytes 2n and 2n + 1 and written to byte n: never ahead of the reading.
        octets[start : min(start + _BLOCK_PIXELS, size)] = narrow(values[start : start + _BLOCK_PIXELS])
    del values, octets
    array.resize(((size + 1) // 2,), refcheck=False)
    return array.view(np.uint8)[:size].reshape(shape)


def to_8_bit(array: NDArray[Any]) -> NDArray[np.uint8]:
    """The same channels as uint8; ``array`` itself when it is that already."""
    narrow = _narrowing(array)
    if narrow is None:
        return array
    result = np.empty(array.shape, np.uint8)
    for rows in row_blocks(array):
        result[rows] = narrow(array[rows])
    return result


def to_rgb(array: NDArray[Any], *, bgr: bool = False) -> Pixels:
    """(H, W), (H, W, 3) or (H, W, 4) of any number type to RGB.

    ``bgr`` says that colour channels come in OpenCV's order; a fourth channel is straight alpha.
    ``array`` itself may be changed and given back.
    """
    cv2 = opencv()
    if array.ndim == 2 and array.dtype == np.uint16 and array.flags.owndata and array.flags.c_contiguous:
        array = _narrowed_in_place(array)
    narrow = _narrowing(array)
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
    cv2 = opencv()
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
