"""Values of more than eight bits to eight: the window of values that is shown as black to white."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_PIXELS = 1 << 20
_SAMPLE = 1 << 22
_TAIL = 0.001
ToBytes = Callable[[NDArray[Any]], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Window:
    """The values shown as 0 and as 255, what lies outside as the nearer of the two; ``low`` above ``high`` inverts."""

    low: float
    high: float


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
    step = max(1, BLOCK_PIXELS // max(1, array.shape[1]))
    for top in range(0, array.shape[0], step):
        yield slice(top, top + step)


def default_windows(array: NDArray[Any], *, colours: bool = True) -> tuple[Window, ...]:
    """The windows by the rule of the package, one for each band (H, W[, bands]); none for uint8.

    16-bit colours, which ``colours`` says that three or four bands are, keep their balance: all of 0 to
    65,535, or 0 to 4,095 when no value is above (12-bit cameras). Anything else, measured rather than
    meant for a screen, is shown from its lowest to its highest thousandth, band by band.
    """
    if array.dtype == np.uint8:
        return ()
    channels = array.shape[2] if array.ndim == 3 else 1
    if colours and channels in (3, 4) and array.dtype == np.uint16:
        twelve = int(array[..., :3].max()) <= 4095
        full = Window(0.0, 65535.0)
        return (*[Window(0.0, 4095.0) if twelve else full] * 3, full)[:channels]
    return tuple(_robust(array if array.ndim == 2 else array[..., n]) for n in range(channels))


def _robust(band: NDArray[Any]) -> Window:
    """Without the outer thousandths, which are dead pixels and glare; of all values when there is but one inside."""
    values = band.reshape(-1)[:: max(1, band.size // _SAMPLE)] if band.flags.c_contiguous else _strided(band)
    values = values[np.isfinite(values)]
    if not values.size:
        return Window(0.0, 0.0)
    cut = int(values.size * _TAIL)
    ordered = np.partition(values, (cut, values.size - 1 - cut))
    low, high = ordered[cut], ordered[values.size - 1 - cut]
    if low == high:
        low, high = values.min(), values.max()
    return Window(float(low), float(high))


def _strided(band: NDArray[Any]) -> NDArray[Any]:
    step = max(1, int((band.size / _SAMPLE) ** 0.5))
    return band[::step, ::step].reshape(-1)


def narrowing(array: NDArray[Any], windows: Sequence[Window]) -> ToBytes:
    """What turns blocks of rows of ``array`` into uint8 of the same shape, seen through ``windows``."""
    if array.dtype == np.uint16 and len(set(windows[:3])) == 1 and windows[0].high >= windows[0].low:
        return _from_16_bit(windows)

    def convert(block: NDArray[Any]) -> NDArray[np.uint8]:
        if block.ndim == 2:
            return _through(block, windows[0])
        bands = (_through(block[..., n], window) for n, window in enumerate(windows))
        return np.stack(tuple(bands), axis=2)

    return convert


def _through(block: NDArray[Any], window: Window) -> NDArray[np.uint8]:
    if window.high == window.low:
        return np.zeros(block.shape, np.uint8)
    values: NDArray[np.float64] = np.where(np.isfinite(block), block, window.low).astype(np.float64)
    least, most = sorted((window.low, window.high))
    np.clip(values, least, most, out=values)
    return np.rint((values - window.low) * (255.0 / (window.high - window.low))).astype(np.uint8)


def _from_16_bit(windows: Sequence[Window]) -> ToBytes:
    cv2 = opencv()
    low, high = windows[0].low, windows[0].high
    scale = 255.0 / (high - low) if high > low else 0.0

    def convert(block: NDArray[Any]) -> NDArray[np.uint8]:
        block = np.ascontiguousarray(block, np.uint16)
        lowered = cv2.subtract(block.reshape(block.shape[0], -1), low).reshape(block.shape) if low else block
        result = np.asarray(cv2.convertScaleAbs(lowered, alpha=scale)).reshape(block.shape)
        if block.ndim == 3 and block.shape[2] == 4:
            result[..., 3] = (block[..., 3].astype(np.uint32) + 128) // 257
        return result

    return convert


def narrowed_in_place(array: NDArray[Any], windows: Sequence[Window]) -> NDArray[np.uint8]:
    """16-bit grey to 8-bit in the same memory, half of which is given back.

    Widening to RGB beside the 16-bit values would take a fifth more memory at the peak.
    """
    narrow, shape, size = _from_16_bit(windows), array.shape, array.size
    values = array.reshape(-1)
    octets = values.view(np.uint8)
    for start in range(0, size, BLOCK_PIXELS):
        # Value n is read from bytes 2n and 2n + 1 and written to byte n: never ahead of the reading.
        part = narrow(values[start : start + BLOCK_PIXELS].reshape(1, -1))
        octets[start : min(start + BLOCK_PIXELS, size)] = part.reshape(-1)
    del values, octets
    array.resize(((size + 1) // 2,), refcheck=False)
    return array.view(np.uint8)[:size].reshape(shape)


def to_8_bit(array: NDArray[Any], windows: Sequence[Window] | None = None) -> NDArray[np.uint8]:
    """The same channels as uint8; ``array`` itself when it is that already."""
    if array.dtype == np.uint8:
        return array
    narrow = narrowing(array, default_windows(array) if windows is None else windows)
    result = np.empty(array.shape, np.uint8)
    for rows in row_blocks(array):
        result[rows] = narrow(array[rows])
    return result
