"""Is this cutout good enough? Measures from 0 (bad) to 1 (good), each with its limit, and the reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask, clip, tight

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
_FULL_SIDE = 64
"""Square root of the area from which on size is no concern."""
_SHARP_SIDE = 256
_RAMP, _STEP = 0.2, 0.42
"""Steepest slope by contrast of an edge as wide as the window looked at, and of a sharp one."""
_SOFTEST = 0.5
_LOOKED_AT = 1024
_WINDOW = np.ones((7, 7), np.uint8)
_NEAR = np.ones((5, 5), np.uint8)


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """A cutout with a lower measure is rejected; 0 switches a measure off.

    Args:
        border: how free of the image's border it is.
        min_area: pixels of the object (not a measure).
        occlusion: how whole it is: not covered by other shapes, not in far-apart parts.
        sharpness: how sharp its edges and its texture are, at most 256 px large.
        mask: how well the mask fits the edges of the image, and how sure a model was of it.
    """

    border: float = 0.9
    min_area: int = 256
    occlusion: float = 0.85
    sharpness: float = 0.25
    mask: float = 0.4


NO_LIMITS = QualityLimits(0.0, 0, 0.0, 0.0, 0.0)
WORDS: dict[str, str] = {
    "border": "touches the border of the image",
    "size": "is tiny",
    "occlusion": "is partly hidden, or in several parts",
    "sharpness": "is blurred",
    "mask": "has a doubtful mask",
}


def measured(
    pixels: Bytes,
    mask: Mask,
    over: Sequence[Mask] = (),
    beside: Sequence[Mask] = (),
    confidence: float = 1.0,
    image_sharpness: float = 1.0,
) -> dict[str, float]:
    """The measures of the object ``mask`` in the upright image ``pixels`` (H, W, 3), rounded to three digits.

    Args:
        over: masks of other objects drawn over it.
        beside: masks of all other objects.
        confidence: score of the model that made the mask, 1 for a person's.
        image_sharpness: that of the whole image (``of_image``): where nothing is sharp, soft objects are right.
    """
    height, width = pixels.shape[:2]
    mask = tight(clip(mask, width, height))
    if not mask.area:
        return dict.fromkeys(WORDS, 0.0)
    reach = 8
    x0, y0 = max(0, mask.x - reach), max(0, mask.y - reach)
    x1 = min(width, mask.x + mask.crop.shape[1] + reach)
    y1 = min(height, mask.y + mask.crop.shape[0] + reach)
    shrink = min(1.0, _SHARP_SIDE / max(x1 - x0, y1 - y0))
    grey = cv2.cvtColor(np.ascontiguousarray(pixels[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY)
    inside = np.zeros(grey.shape, np.uint8)
    top, left = mask.y - y0, mask.x - x0
    inside[top : top + mask.crop.shape[0], left : left + mask.crop.shape[1]] = mask.crop
    if shrink < 1:
        size = max(1, round(grey.shape[1] * shrink)), max(1, round(grey.shape[0] * shrink))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        inside = (cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5).astype(np.uint8)
    found = {
        "border": border(mask, width, height),
        "size": min(1.0, float(np.sqrt(mask.area)) / _FULL_SIDE),
        "occlusion": min(wholeness(mask), uncovered(mask, over, beside)),
        "sharpness": sharpness(grey, inside) / max(_SOFTEST, min(1.0, image_sharpness)),
        "mask": min(confidence, agreement(grey, inside)),
    }
    return {name: round(min(1.0, max(0.0, value)), 3) for name, value in found.items()}


def of_image(pixels: Bytes) -> float:
    """Sharpness of the middle of an image (H, W, 3)."""
    top, left = (max(0, (side - _LOOKED_AT) // 2) for side in pixels.shape[:2])
    part = np.ascontiguousarray(pixels[top : top + _LOOKED_AT, left : left + _LOOKED_AT])
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    return sharpness(np.asarray(grey, np.uint8), np.ones(grey.shape, np.uint8))


def verdict(measures: Mapping[str, float], area: int, limits: QualityLimits) -> tuple[str, ...]:
    """Why a cutout of ``area`` pixels is rejected, in words; empty: it is good."""
    reasons = []
    if area < limits.min_area:
        reasons.append(f"{WORDS['size']} ({area} px, less than {limits.min_area})")
    for name, words in WORDS.items():
        limit = getattr(limits, name, 0.0)
        if measures.get(name, 1.0) < limit:
            reasons.append(f"{words} ({measures[name]:.2f}, less than {limit:g})")
    return tuple(reasons)


def border(mask: Mask, width: int, height: int) -> float:
    """1 for an object clear of the image's border, less for each pixel along it."""
    side = max(mask.crop.shape)
    rows, columns = mask.crop.shape
    # Outlines often stop a pixel short of the border.
    touching = 0
    if mask.x <= 1:
        touching += int(mask.crop[:, : 2 - mask.x].any(axis=1).sum())
    if mask.y <= 1:
        touching += int(mask.crop[: 2 - mask.y].any(axis=0).sum())
    if mask.x + columns >= width - 1:
        touching += int(mask.crop[:, max(0, width - 2 - mask.x) :].any(axis=1).sum())
    if mask.y + rows >= height - 1:
        touching += int(mask.crop[max(0, height - 2 - mask.y) :].any(axis=0).sum())
    return 1.0 - min(1.0, 4.0 * touching / float(side))


def wholeness(mask: Mask) -> float:
    """Share of the object in its largest part; parts that nearly touch count as one."""
    gap = max(1, round(0.02 * max(mask.crop.shape)))
    crop = mask.crop.astype(np.uint8)
    padded = cv2.copyMakeBorder(crop, gap, gap, gap, gap, cv2.BORDER_CONSTANT, value=0)
    joined = cv2.dilate(padded, np.ones((2 * gap + 1, 2 * gap + 1), np.uint8))
    count, places = cv2.connectedComponents(joined, connectivity=8)
    if count <= 2:
        return 1.0
    areas = np.bincount(places[padded > 0], minlength=count)[1:]
    return float(areas.max()) / float(areas.sum())


def uncovered(mask: Mask, over: Sequence[Mask] = (), beside: Sequence[Mask] = ()) -> float:
    """Share of the object's convex outline that shapes ``over`` it do not cover, and those ``beside`` do not bite out.

    Masks of real data often leave out what stands before the object: its mask has a notch where the other one is.
    """
    near_over, near = ([other for other in some if _meet(mask, other)] for some in (over, beside))
    if not near_over and not near:
        return 1.0
    outlines, _ = cv2.findContours(mask.crop.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = np.zeros(mask.crop.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(outlines)), 1)
    covering, biting = (np.zeros(hull.shape, np.bool_) for _ in range(2))
    for other in near_over:
        _mark(covering, mask, other)
    for other in near:
        _mark(biting, mask, other)
    hidden = (covering & mask.crop) | (biting & (hull > 0) & ~mask.crop)
    return 1.0 - float(np.count_nonzero(hidden)) / max(1, int(hull.sum()))


def sharpness(grey: Bytes, inside: Bytes) -> float:
    """How steep the strongest edges in and around ``inside`` (h, w) are, given their contrast."""
    values = grey.astype(np.float32)
    slope = cv2.magnitude(*(cv2.filter2D(values, -1, kernel) for kernel in _SLOPES))
    region = cv2.dilate(inside, _NEAR) > 0
    contrast = (cv2.dilate(values, _WINDOW) - cv2.erode(values, _WINDOW))[region]
    steepest = cv2.dilate(slope, _NEAR)[region]
    if not contrast.size:
        return 0.0
    strong = contrast >= max(12.0, 0.8 * float(np.percentile(contrast, 98)))
    if not strong.any():
        return 1.0  # one flat colour on the same colour: nothing says that it is blurred
    steepness = float(np.mean(steepest[strong] / contrast[strong]))
    return float((steepness - _RAMP) / (_STEP - _RAMP))


def agreement(grey: Bytes, inside: Bytes) -> float:
    """Whether the image has stronger edges along the outline of ``inside`` than some pixels off it."""
    values = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)
    slope = cv2.dilate(cv2.magnitude(*(cv2.filter2D(values, -1, kernel) for kernel in _SLOPES)), _NEAR)
    rim = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    # Where the image ends the outline is no edge.
    rim[[0, -1]] = rim[:, [0, -1]] = False
    wide = np.ones((13, 13), np.uint8)
    wider = np.ones((5, 5), np.uint8)
    grown, eaten = cv2.dilate(inside, wide), cv2.erode(inside, wide)
    off = ((cv2.dilate(grown, wider) - grown) | (eaten - cv2.erode(eaten, wider))) > 0
    if not rim.any():
        return 1.0
    on = float(slope[rim].mean())
    beside = float(slope[off].mean()) if off.any() else 0.0
    if on + beside < 2.0:
        return 0.5  # no edges anywhere
    return (on / (on + beside) - 0.3) / 0.3


_SLOPES: tuple[Any, Any] = (
    np.array([[-0.5, 0.0, 0.5]], np.float32),
    np.array([[-0.5], [0.0], [0.5]], np.float32),
)


def _meet(a: Mask, b: Mask) -> bool:
    ax, ay, ax2, ay2 = a.bounds
    bx, by, bx2, by2 = b.bounds
    return ax < bx2 and bx < ax2 and ay < by2 and by < ay2


def _mark(frame: NDArray[np.bool_], place: Mask, other: Mask) -> None:
    """Set the pixels of ``other`` in ``frame``, which lies where ``place`` does."""
    rows, columns = frame.shape
    moved = clip(Mask(other.crop, other.x - place.x, other.y - place.y), columns, rows)
    height, width = moved.crop.shape
    frame[moved.y : moved.y + height, moved.x : moved.x + width] |= moved.crop
