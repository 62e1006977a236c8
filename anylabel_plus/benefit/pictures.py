"""What the student sees of a picture: features of each pixel at a reduced size, and the class map it should give."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Classes = NDArray[np.int16]
"""(h, w) int16: 0 is background, n the n-th label."""

Places = NDArray[np.intp]

_SPREADS = (1.5, 3.0, 6.0)
_EDGES = (1.0, 2.0, 4.0)
_AROUND = ((4, 2.0), (8, 4.0), (16, 8.0))
"""Distance at which a colour of the surroundings is taken, and the blur it is taken from."""
_WAYS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One labelled picture at the student's size: (h, w, 3) uint8 RGB ``pixels`` and their ``classes``."""

    name: str
    pixels: NDArray[np.uint8]
    classes: Classes

    @property
    def key(self) -> bytes:
        """Hash of pixels and classes: what is done by chance to a picture depends on it, not on its name or place."""
        content = hashlib.sha256(repr(self.pixels.shape).encode())
        content.update(self.pixels.tobytes())
        content.update(self.classes.tobytes())
        return content.digest()


def features(pixels: NDArray[np.uint8], rows: Places, columns: Places) -> Floats:
    """(n, F) float32: colour, spread, edges and surroundings of the pixels at ``rows`` and ``columns``, (n,) each.

    ``pixels`` is (h, w, 3) uint8 RGB. Values are about -3 to 3 and tell nothing of the place in the picture. The
    surroundings are colours in eight directions at three distances: by them a border is placed, and labels that lie
    beside their objects are told from good ones.
    """
    import cv2

    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = (lab - np.array((50, 0, 0), np.float32)) / np.array((25, 20, 20), np.float32)
    blurred = {sigma: _blur(lab, sigma) for sigma in (1.0, 2.0, 4.0, 8.0)}
    parts: list[Floats] = [every[rows, columns] for every in (lab, *blurred.values())]
    for sigma in _SPREADS:
        spread = _blur(lab * lab, sigma) - _blur(lab, sigma) ** 2
        parts.append(np.sqrt(np.maximum(spread[rows, columns], 0)))
    for sigma in _EDGES:
        light = np.ascontiguousarray(blurred[sigma][..., 0])
        slopes = [cv2.Sobel(light, cv2.CV_32F, *order)[rows, columns] * (sigma / 4) for order in ((1, 0), (0, 1))]
        parts.append(np.stack((*slopes, np.hypot(*slopes)), axis=1))
    for distance, sigma in _AROUND:
        there = blurred[sigma]
        parts += [_beside(there, rows + y * distance, columns + x * distance) - there[rows, columns] for x, y in _WAYS]
    return np.concatenate(parts, axis=1, dtype=np.float32)


def _blur(values: Floats, sigma: float) -> Floats:
    import cv2

    blurred: Floats = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return blurred


def _beside(values: Floats, rows: Places, columns: Places) -> Floats:
    """The values at places that may lie outside; the edge goes on there."""
    height, width = values.shape[:2]
    return values[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]


def lattice(shape: tuple[int, ...], step: int) -> tuple[Places, Places]:
    """Rows and columns, (n,) each, of every ``step``-th pixel of a picture (h, w, …)."""
    rows, columns = np.mgrid[step // 2 : shape[0] : step, step // 2 : shape[1] : step]
    return rows.ravel(), columns.ravel()


def near_borders(classes: Classes, px: int) -> NDArray[np.bool_]:
    """(h, w) bool: pixels at most ``px`` rows or columns from one of another class."""
    import cv2

    window = np.ones((2 * px + 1, 2 * px + 1), np.uint8)
    return np.asarray(cv2.dilate(classes, window) != cv2.erode(classes, window))
