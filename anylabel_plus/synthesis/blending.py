"""How the edge of a pasted object is mixed with what is behind it.

Each blend gives (alpha, rgb) of a patch; the paste then changes pixels where alpha is not 0, at most 3 pixels
outside the object's mask. Gaussian, box, motion and Poisson edges after Dwibedi et al. 2017, "Cut, Paste and Learn";
Poisson image editing after Pérez et al. 2003, kept inside the mask, its membrane solved on a coarse grid.

To add a blend: a function here and its row in BLENDS, its name in ``recipe.BLENDS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.synthesis.posing import line_kernel

Grey = NDArray[np.uint8]
Rgb = NDArray[np.uint8]
_GRID, _ROUNDS = 96, 80
_FAINT = 6
"""Alpha below this is nothing: it could not be seen, and would change pixels far from the object."""


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """What a blend works on: ``rgb`` (h, w, 3), ``alpha`` and ``mask`` (h, w) of the part of a patch that is in the
    frame, ``behind`` the picture there. ``feather`` in pixels, ``angle`` in degrees."""

    rgb: Rgb
    alpha: Grey
    mask: Grey
    behind: Rgb
    feather: float
    angle: float


def _none(edge: Edge) -> tuple[Grey, Rgb]:
    return edge.mask, edge.rgb


def _gaussian(edge: Edge) -> tuple[Grey, Rgb]:
    if edge.feather < 0.1:
        return edge.mask, edge.rgb
    return cv2.GaussianBlur(edge.mask, (0, 0), edge.feather / 2, borderType=cv2.BORDER_REPLICATE), edge.rgb


def _alpha(edge: Edge) -> tuple[Grey, Rgb]:
    # Glow and smoke further out than an edge have no label, and are left out.
    near = cv2.dilate(edge.mask, np.ones((5, 5), np.uint8))
    return cv2.min(edge.alpha, near), edge.rgb


def _box(edge: Edge) -> tuple[Grey, Rgb]:
    size = 2 * max(1, min(3, round(edge.feather))) + 1
    return cv2.blur(edge.mask, (size, size), borderType=cv2.BORDER_REPLICATE), edge.rgb


def _motion(edge: Edge) -> tuple[Grey, Rgb]:
    kernel = line_kernel(min(5.0, 2.0 + 1.5 * edge.feather), edge.angle)
    return cv2.filter2D(edge.mask, -1, kernel, borderType=cv2.BORDER_REPLICATE), edge.rgb


def _poisson(edge: Edge) -> tuple[Grey, Rgb]:
    """The gradients of the object in the light of the background, inside the mask alone.

    What Poisson's equation adds to the object is a membrane: it has the difference to the background along the
    edge and is as smooth as can be inside. It is found on a coarse grid, since it has no detail.
    """
    soft = cv2.min(_gaussian(edge)[0], edge.mask)
    ring = cv2.subtract(cv2.dilate(edge.mask, np.ones((5, 5), np.uint8)), edge.mask)
    if not cv2.countNonZero(ring):
        return soft, edge.rgb
    height, width = edge.mask.shape
    step = max(1.0, max(height, width) / _GRID)
    grid = (max(2, round(width / step)), max(2, round(height / step)))
    difference = cv2.subtract(edge.behind, edge.rgb, dtype=cv2.CV_16S).astype(np.float32)
    known = (ring > 0).astype(np.float32)
    share = cv2.resize(known, grid, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(difference * known[..., None], grid, interpolation=cv2.INTER_AREA)
    membrane = cv2.resize(_membrane(sums, share), (width, height), interpolation=cv2.INTER_LINEAR)
    lit: Rgb = cv2.add(edge.rgb, membrane, dtype=cv2.CV_8U)
    return soft, lit


def _membrane(sums: NDArray[np.float32], share: NDArray[np.float32]) -> NDArray[np.float32]:
    """A harmonic (h, w, 3) field with the values ``sums / share`` where ``share`` is not 0.

    A first guess by blurring what is known ever wider, then Jacobi's relaxation.
    """
    fixed = share > 1e-3
    field = np.where(fixed[..., None], sums / np.maximum(share, 1e-6)[..., None], 0.0).astype(np.float32)
    values, weight, missing = field.copy(), fixed.astype(np.float32), ~fixed
    for sigma in (1.5, 3.0, 6.0, 12.0, 24.0, 48.0):
        if not missing.any():
            break
        spread = cv2.GaussianBlur(weight, (0, 0), sigma)
        blurred = cv2.GaussianBlur(values * weight[..., None], (0, 0), sigma)
        reached = missing & (spread > 1e-3)
        field[reached] = blurred[reached] / spread[reached][:, None]
        missing &= ~reached
    free = (~fixed).astype(np.uint8)
    cross = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
    for _ in range(_ROUNDS):
        cv2.copyTo(cv2.filter2D(field, -1, cross, borderType=cv2.BORDER_REPLICATE), free, field)
    return field


BLENDS: dict[str, Callable[[Edge], tuple[Grey, Rgb]]] = {
    "none": _none,
    "gaussian": _gaussian,
    "alpha": _alpha,
    "box": _box,
    "motion": _motion,
    "poisson": _poisson,
}


def paste(edge: Edge, blend: str, canvas: Rgb) -> None:
    """Change ``canvas`` (h, w, 3), a view of the picture that ``edge`` describes.

    Opaque pixels are copied; only the thin band of the others is computed.
    """
    alpha, rgb = BLENDS[blend](edge)
    if blend == "none":
        cv2.copyTo(rgb, alpha, canvas)
        return
    # Flat places of a bool array are found far faster than pairs of an 8-bit one.
    flat = np.flatnonzero((alpha >= _FAINT) & (alpha < 255 - _FAINT))
    rows, columns = np.divmod(flat, alpha.shape[1])
    share = alpha.reshape(-1)[flat].astype(np.int32)[:, None]
    front, back = rgb.reshape(-1, 3)[flat].astype(np.int32), canvas[rows, columns].astype(np.int32)
    mixed = (front * share + back * (255 - share) + 127) // 255
    cv2.copyTo(rgb, cv2.threshold(alpha, 254 - _FAINT, 255, cv2.THRESH_BINARY)[1], canvas)
    canvas[rows, columns] = mixed
