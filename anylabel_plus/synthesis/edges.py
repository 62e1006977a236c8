"""Edges of cutouts: where an object ends, softly, and no colour of the old background left in its rim.

``refined`` turns a hard mask into alpha; ``clean`` gives pixels of the rim, and some beyond it, colours of the object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import guided
from anylabel_plus.core.masks import BoolArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
_RIDGE = np.ones((7, 7), np.uint8)
_SURE = 250
_FEWEST_THIN_PX = 6
_RIM_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class EdgeOptions:
    """How edges are made.

    Args:
        erode: take the outermost pixel away, where masks are most often wrong.
        most_eroded: not where that would take more than this share of the object.
        follow_px: how far alpha may follow the edges of the image; 0 does not.
        eps: how much colour variance (of values 0..1) counts as flat when following.
        steepness: how much the followed edge is steepened.
        feather_px: sigma of the soft edge; 0 keeps it hard.
        rim_px: how deep into a large object colours count as mixed with those behind it; less in small ones.
        outline: colours of the rim that are like neither inside nor background are the object's outline, and stay.
        reach_px: how far beyond the object its colours are continued, for warping.
    """

    erode: bool = True
    most_eroded: float = 0.15
    follow_px: int = 3
    eps: float = 2e-3
    steepness: float = 1.6
    feather_px: float = 0.6
    rim_px: float = 2.0
    outline: float = 30.0
    reach_px: int = 6


def refined(mask: BoolArray, pixels: Bytes, options: EdgeOptions) -> Bytes:
    """Alpha (h, w) of the object ``mask`` (h, w) in the image ``pixels`` (h, w, 3).

    Both reach some pixels beyond the object, except where the image ends: there the object goes on. Holes stay holes.
    """
    hard = mask.astype(np.uint8)
    inner = eroded(hard, options.most_eroded) if options.erode else hard
    alpha = inner.astype(np.float32)
    shrunk = bool(hard.sum() > inner.sum())
    if options.follow_px > 0 and shrunk:
        alpha = _followed(inner, pixels, options)
    if options.feather_px > 0:
        alpha = cv2.GaussianBlur(alpha, (0, 0), options.feather_px, borderType=cv2.BORDER_REFLECT)
    # Whatever the filters say, nothing outside the mask shows; inside the hard core all of it does.
    allowed = hard if shrunk else cv2.dilate(hard, _CROSS)
    alpha = np.where(allowed > 0, alpha, 0.0)
    return np.asarray(np.clip(np.rint(alpha * 255.0), 0, 255), np.uint8)


def eroded(hard: Bytes, most: float) -> Bytes:
    """``hard`` (h, w), 0 and 1, without its outermost pixels, but with its thin parts whole.

    Unchanged when more than the share ``most`` of it would go.
    """
    inner = cv2.erode(hard, _CROSS)
    body = cv2.dilate(cv2.morphologyEx(hard, cv2.MORPH_OPEN, _DISC), _CROSS)
    thin = _large(hard & (1 - body), _FEWEST_THIN_PX)
    inner = inner | thin
    area = int(hard.sum())
    return hard if area - int(inner.sum()) > most * area else inner


def clean(pixels: Bytes, alpha: Bytes, options: EdgeOptions, *, soft: bool = False) -> Bytes:
    """``pixels`` (h, w, 3) with colours of the sure inside in the rim of ``alpha`` (h, w) and up to ``reach_px`` beyond
    it, black further out.

    ``soft``: alpha is the picture's own, so that opaque pixels are right and even half-transparent areas have colours.
    """
    sure = _own_colours(alpha) if soft else _inside(alpha, min(options.rim_px, _RIM_SHARE * max(alpha.shape)))
    if not sure.any():
        sure = alpha >= max(1, int(alpha.max()))
    elif not soft:
        sure = sure | _outline(pixels, alpha, sure, options.outline)
    near = cv2.dilate((alpha > 0).astype(np.uint8), _DISC, iterations=max(1, options.reach_px // 2)) > 0
    result = np.where(near[..., None], _spread(pixels, sure), 0)
    result[sure] = pixels[sure]
    return np.asarray(result, np.uint8)


def _followed(inner: Bytes, pixels: Bytes, options: EdgeOptions) -> Floats:
    """Alpha near the edge as the image says it, 0 and 1 elsewhere."""
    side = 2 * options.follow_px + 1
    guide = pixels.astype(np.float32) / 255.0
    followed = guided.filtered(guide, inner.astype(np.float32), side, options.eps)
    followed = np.clip((followed - 0.5) * options.steepness + 0.5, 0.0, 1.0)
    core = cv2.erode(inner, _DISC)
    beyond = cv2.dilate(inner, _CROSS)
    # Thin parts have no core: they stay as they were drawn.
    thin = inner & (1 - cv2.dilate(core, _DISC, iterations=2))
    return np.asarray(np.where((core | thin) > 0, inner, np.where(beyond > 0, followed, 0.0)), np.float32)


def _inside(alpha: Bytes, rim_px: float) -> BoolArray:
    """Pixels whose colours are the object's own: deep inside, or in the middle of thin parts."""
    solid = (alpha >= _SURE).astype(np.uint8)
    depth = cv2.distanceTransform(cv2.copyMakeBorder(solid, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 3)
    depth = depth[1:-1, 1:-1]
    deepest = cv2.dilate(depth, _RIDGE)
    sure = (depth > rim_px) | ((depth > 0) & (depth >= deepest - 0.25))
    # Parts without a single opaque pixel: their most opaque ones.
    opacity = cv2.dilate(alpha, _RIDGE)
    faint = (cv2.dilate(solid, _RIDGE) == 0) & (alpha >= 64) & (alpha >= opacity)
    return np.asarray(sure | faint)


def _outline(pixels: Bytes, alpha: Bytes, sure: BoolArray, least: float) -> BoolArray:
    """Pixels of the rim that are no mixture of the nearest inside and the nearest background, such as a dark tyre."""
    beyond = cv2.dilate((alpha > 0).astype(np.uint8), _DISC) == 0
    rim = (alpha >= 128) & ~sure
    if not beyond.any() or not rim.any():
        return np.zeros(alpha.shape, np.bool_)
    inner, outer, own = (
        values[rim].astype(np.float32) for values in (_nearest(pixels, sure), _nearest(pixels, beyond), pixels)
    )
    across = inner - outer
    length = (across * across).sum(1)
    share = np.clip(((own - outer) * across).sum(1) / np.maximum(length, 1e-6), 0.0, 1.0)
    off = np.linalg.norm(own - outer - share[:, None] * across, axis=1)
    found = np.zeros(alpha.shape, np.uint8)
    found[rim] = off > least + 0.6 * np.sqrt(length)
    return _large(found, _FEWEST_THIN_PX) > 0


def _own_colours(alpha: Bytes) -> BoolArray:
    around = cv2.dilate(alpha, _RIDGE)
    return np.asarray((alpha >= 16) & (alpha >= around * 0.9))


def _spread(pixels: Bytes, sure: BoolArray) -> Bytes:
    """Each pixel beside ``sure`` with the colour of the nearest sure one, smoothed along the edge."""
    nearest = _nearest(pixels, sure)
    # Only among themselves: the inside would bleed into an outline.
    weight = (~sure).astype(np.float32)
    total = cv2.GaussianBlur(nearest.astype(np.float32) * weight[..., None], (0, 0), 1.2)
    share = cv2.GaussianBlur(weight, (0, 0), 1.2)[..., None]
    return np.asarray(np.clip(np.rint(total / np.maximum(share, 1e-6)), 0, 255), np.uint8)


def _nearest(pixels: Bytes, some: BoolArray) -> Bytes:
    """Each pixel with the colour of the nearest of ``some``, (h, w, 3)."""
    _distances, places = cv2.distanceTransformWithLabels(
        1 - some.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_place = np.zeros((int(places.max()) + 1, 3), np.uint8)
    of_place[places[some]] = pixels[some]
    return np.asarray(of_place[places], np.uint8)


def _large(parts: Bytes, fewest: int) -> Bytes:
    """Without connected parts of fewer pixels."""
    count, places, statistics, _centres = cv2.connectedComponentsWithStats(parts, connectivity=8)
    kept: Any = np.zeros(count, np.uint8)
    kept[1:] = statistics[1:, cv2.CC_STAT_AREA] >= fewest
    return np.asarray(kept[places], np.uint8)
