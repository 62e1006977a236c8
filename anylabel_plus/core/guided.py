"""The guided filter: a soft mask follows the colours of an image.

K. He, J. Sun, X. Tang, "Guided image filtering" (2010), "Fast guided filter" (2015).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def coefficients(guide: Floats, target: Floats, side: int, eps: float) -> Floats:
    """How ``target`` (h, w) depends on the colours of ``guide`` (h, w, 3), both 0..1, around each pixel.

    Args:
        side: side of the window in pixels, odd.
        eps: how much colour variance counts as flat; larger smooths more.

    Returns:
        (h, w, 4): three weights and an offset; the filtered value is their sum with the colours.
    """

    def mean(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT))

    centre, level = mean(guide), mean(target)
    cross = mean(guide * target[..., None]) - centre * level[..., None]
    weights = _solve(_variance(guide, centre, mean, eps), cross)
    offset = level - (weights * centre).sum(2)
    return mean(np.dstack([weights, offset]).astype(np.float32))


def filtered(guide: Floats, target: Floats, side: int, eps: float) -> Floats:
    """``target`` (h, w) as the colours of ``guide`` (h, w, 3) tell it; see ``coefficients``."""
    found = coefficients(guide, target, side, eps)
    return np.asarray((found[..., :3] * guide).sum(2) + found[..., 3], np.float32)


def _variance(guide: NDArray[Any], centre: NDArray[Any], mean: Any, eps: float) -> list[NDArray[Any]]:
    """The six entries of each pixel's symmetric 3 x 3 colour covariance, ``eps`` added on the diagonal."""
    return [
        mean(guide[..., i] * guide[..., j]) - centre[..., i] * centre[..., j] + (eps if i == j else 0.0)
        for i, j in _PAIRS
    ]


def _solve(entries: list[NDArray[Any]], right: NDArray[Any]) -> NDArray[Any]:
    """(h, w, 3) solutions of the symmetric systems with these entries, by cofactors."""
    rr, rg, rb, gg, gb, bb = entries
    c00, c01, c02 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c00 + rg * c01 + rb * c02
    red, green, blue = right[..., 0], right[..., 1], right[..., 2]
    rows = ((c00, c01, c02), (c01, c11, c12), (c02, c12, c22))
    solved = np.stack([a * red + b * green + c * blue for a, b, c in rows], axis=2)
    return np.asarray(solved / determinant[..., None])
