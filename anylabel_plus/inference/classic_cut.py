"""GrabCut on a small view of the image: colour models, a prior of place, and edges refined at image resolution.

Pure functions of arrays; deterministic, and independent of the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask, from_full
from anylabel_plus.inference.base import Pixels

Box = tuple[float, float, float, float]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

WORK_SIDE = 224
"""Longest side of the view that GrabCut sees, in pixels."""

_MAX_ENLARGE = 3.0
_MARGIN = 0.4
_LEAST_MARGIN_PX = 6.0
_COMPONENTS = 5
_FLAT_PART, _NOISE = 0.3, 3.0
_GUIDE_PIXELS = 1_500_000
"""Larger areas have their edges drawn at this size and enlarged: beyond it the work grows and nobody sees more."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of the image, resized: image columns x0..x1 and rows y0..y1 as ``pixels`` (h, w, 3) uint8."""

    pixels: Pixels
    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def scale(self) -> tuple[float, float]:
        """View pixels for one image pixel, across and down."""
        height, width = self.pixels.shape[:2]
        return width / (self.x1 - self.x0), height / (self.y1 - self.y0)

    def box(self, box: Box) -> Box:
        """An image box in view pixels."""
        sx, sy = self.scale
        return (box[0] - self.x0) * sx, (box[1] - self.y0) * sy, (box[2] - self.x0) * sx, (box[3] - self.y0) * sy

    def centres(self) -> tuple[Floats, Floats]:
        """Image x (1, w) and y (h, 1) of the view's pixel centres."""
        height, width = self.pixels.shape[:2]
        sx, sy = self.scale
        x = (np.arange(width, dtype=np.float32) + 0.5) / sx + self.x0
        y = (np.arange(height, dtype=np.float32) + 0.5) / sy + self.y0
        return x[None, :].astype(np.float32), y[:, None].astype(np.float32)


def view_around(pixels: Pixels, box: Box, margin: float = _MARGIN, work_side: int = WORK_SIDE) -> View:
    """The view of ``box`` and its surroundings, at most ``work_side`` pixels a side."""
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = box
    pad = max(margin * float(np.sqrt(max(x2 - x1, 1.0) * max(y2 - y1, 1.0))), _LEAST_MARGIN_PX)
    left, top = max(int(x1 - pad), 0), max(int(y1 - pad), 0)
    right, bottom = min(int(np.ceil(x2 + pad)), width), min(int(np.ceil(y2 + pad)), height)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    scale = min(work_side / max(right - left, bottom - top), _MAX_ENLARGE)
    size = max(round((right - left) * scale), 8), max(round((bottom - top) * scale), 8)
    part = pixels[top:bottom, left:right]
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return View(np.ascontiguousarray(cv2.resize(part, size, interpolation=mode)), left, top, right, bottom)


@dataclass(frozen=True, slots=True)
class Cut:
    """One run: ``region`` 0 or 1 and ``evidence`` -1..1 (how much better the object's colours fit), both (h, w)."""

    region: Floats
    evidence: Floats


def grab(pixels: Pixels, trimap: NDArray[np.uint8], rounds: int) -> Cut:
    """GrabCut from ``trimap`` (GC_BGD, GC_FGD, GC_PR_BGD, GC_PR_FGD); falls back to the trimap where it cannot run."""
    labels = trimap.copy()
    away, near = np.zeros((1, 13 * _COMPONENTS)), np.zeros((1, 13 * _COMPONENTS))
    # GrabCut seeds its colour clusters from OpenCV's global generator.
    cv2.setRNGSeed(0)
    flat = np.zeros(trimap.shape, np.float32)
    if not (labels & 1).any() or (labels & 1).all():
        return Cut((labels & 1).astype(np.float32), flat)
    try:
        cv2.grabCut(_roughened(pixels), labels, None, away, near, rounds, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # too few pixels of one side to model
        return Cut((trimap & 1).astype(np.float32), flat)
    region = (labels & 1).astype(np.float32)
    if min(away[0, :_COMPONENTS].sum(), near[0, :_COMPONENTS].sum()) <= 1e-6:
        return Cut(region, flat)
    ratio = _likelihood(pixels, near[0]) - _likelihood(pixels, away[0])
    return Cut(region, (np.clip(ratio, -8.0, 8.0) / 8.0).astype(np.float32))


def _roughened(pixels: Pixels) -> Pixels:
    """``pixels`` with a fixed faint noise where much of it is perfectly flat: on plateaus the cut takes seconds."""
    same = np.count_nonzero((pixels[:, 1:] == pixels[:, :-1]).all(2))
    if same < _FLAT_PART * pixels.shape[0] * pixels.shape[1]:
        return pixels
    noise = np.random.default_rng(0).normal(0.0, _NOISE, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def _likelihood(pixels: Pixels, model: NDArray[Any]) -> Floats:
    """Log likelihood (h, w) under one of GrabCut's colour mixtures."""
    weights = model[:_COMPONENTS]
    means = model[_COMPONENTS : 4 * _COMPONENTS].reshape(_COMPONENTS, 3)
    covariances = model[4 * _COMPONENTS :].reshape(_COMPONENTS, 3, 3)
    values = pixels.reshape(-1, 3).astype(np.float32)
    total = np.full(len(values), -np.inf, np.float32)
    for weight, mean, covariance in zip(weights, means, covariances, strict=True):
        if weight <= 1e-6:
            continue
        spread = covariance + 9.0 * np.eye(3)
        root = np.linalg.cholesky(np.linalg.inv(spread)).astype(np.float32)
        offset = (values - mean.astype(np.float32)) @ root
        constant = np.float32(np.log(weight) - 0.5 * np.log(np.linalg.det(spread)))
        total = np.logaddexp(total, constant - 0.5 * np.einsum("ij,ij->i", offset, offset))
    return total.reshape(pixels.shape[:2])


def smooth(values: Floats, sigma: float) -> Floats:
    """Gaussian blur of a float map."""
    blurred: Floats = cv2.GaussianBlur(values, (0, 0), sigma)
    return blurred


def refined_mask(pixels: Pixels, view: View, margin: Floats) -> Mask:
    """The region ``margin`` > 0 (h, w of the view) at image resolution, its edge drawn to the image's own edges.

    A guided filter whose coefficients are found in the view and applied to the full-size grey values.
    """
    inside = cv2.boundingRect((smooth(margin, 1.0) > -0.2).astype(np.uint8))
    sx, sy = view.scale
    if inside[2] == 0:
        return from_full(np.zeros((1, 1), np.bool_))
    height, width = margin.shape
    left, top = max(inside[0] - 2, 0), max(inside[1] - 2, 0)
    right, bottom = min(inside[0] + inside[2] + 2, width), min(inside[1] + inside[3] + 2, height)
    x0, y0 = view.x0 + int(left / sx), view.y0 + int(top / sy)
    x1 = min(view.x0 + int(np.ceil(right / sx)), view.x1)
    y1 = min(view.y0 + int(np.ceil(bottom / sy)), view.y1)
    if sx >= 1.0 and sy >= 1.0:
        fine = _sample(margin, view, (x0, y0, x1, y1))
        return from_full(fine > 0, x0, y0)
    slope, offset = _guide(view.pixels, margin)
    shrink = max(1.0, float(np.sqrt((x1 - x0) * (y1 - y0) / _GUIDE_PIXELS)))
    area = (x0, y0, x1, y1)
    guide = cv2.cvtColor(np.ascontiguousarray(pixels[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY)
    if shrink > 1.0:
        guide = cv2.resize(guide, None, fx=1.0 / shrink, fy=1.0 / shrink, interpolation=cv2.INTER_AREA)
    size = (guide.shape[1], guide.shape[0])
    value = _sample(slope, view, area, size) * guide + _sample(offset, view, area, size)
    if shrink > 1.0:
        levels = cv2.convertScaleAbs(np.clip(value, -1.0, 1.0), alpha=127.0, beta=127.5)
        return from_full(cv2.resize(levels, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR) > 127, x0, y0)
    return from_full(value > 0, x0, y0)


def _guide(pixels: Pixels, margin: Floats) -> tuple[Floats, Floats]:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    size = (5, 5)
    mean_grey, mean_value = cv2.blur(grey, size), cv2.blur(margin, size)
    covariance = cv2.blur(grey * margin, size) - mean_grey * mean_value
    variance = cv2.blur(grey * grey, size) - mean_grey * mean_grey
    slope = covariance / (variance + 60.0)
    offset = mean_value - slope * mean_grey
    return cv2.blur(slope, size), cv2.blur(offset, size)


def _sample(values: Floats, view: View, area: tuple[int, int, int, int], size: tuple[int, int] | None = None) -> Floats:
    """``values`` of the view, interpolated at the centres of ``size`` (columns, rows) cells over an image area."""
    columns, rows = size or (area[2] - area[0], area[3] - area[1])
    sx, sy = view.scale
    fx, fy = sx * (area[2] - area[0]) / columns, sy * (area[3] - area[1]) / rows
    back = np.array(
        [[fx, 0.0, (area[0] - view.x0) * sx + 0.5 * fx - 0.5], [0.0, fy, (area[1] - view.y0) * sy + 0.5 * fy - 0.5]]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    result: Floats = cv2.warpAffine(values, back, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return result
