""" "Everything" without a model: regions of one colour between edges, each redrawn by the mask step."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import Cancelled
from anylabel_plus.core.masks import Mask, from_full, iou
from anylabel_plus.inference.base import Candidate, Pixels, ProposeOptions, Stop
from anylabel_plus.inference.classic_margin import refine

_SIDE = 192
_MERGE_SCALE = 250.0
_LEAST_PART = 0.003
_MOST_PART = 0.5
_MOST_REGIONS = 25
_BORDER_PART = 0.35
_WORK_SIDE = 112
_HIGHEST_SCORE = 0.5

Labels = NDArray[np.int32]


def propose(pixels: Pixels, options: ProposeOptions, stop: Stop) -> list[Candidate]:
    """At most 25 regions of an upright RGB image, best first, scores 0..0.5.

    Raises:
        Cancelled: ``stop`` said so.
    """
    height, width = pixels.shape[:2]
    scale = min(_SIDE / max(width, height), 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    labels = segments(small)
    found: list[Candidate] = []
    for score, region in _ranked(small, labels):
        if stop():
            raise Cancelled
        if score < options.min_score or len(found) >= min(options.max_candidates, _MOST_REGIONS):
            break
        mask = refine(pixels, _enlarged(region, width, height), _WORK_SIDE)
        if mask is None or mask.area < options.min_area_px:
            continue
        if all(iou(mask, other.mask) <= options.max_overlap for other in found):
            found.append(Candidate(round(float(score), 4), mask))
    return found


def segments(pixels: Pixels) -> Labels:
    """Label (h, w) of each pixel: regions grown over the graph of neighbours, weakest edge first (Felzenszwalb)."""
    smooth = cv2.bilateralFilter(pixels, 7, 30, 5)
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB).astype(np.float32)
    height, width = pixels.shape[:2]
    index = np.arange(height * width, dtype=np.int32).reshape(height, width)
    pairs, steps = [], []
    for first, second in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1, :], np.s_[1:, :]),
        (np.s_[:-1, :-1], np.s_[1:, 1:]),
        (np.s_[:-1, 1:], np.s_[1:, :-1]),
    ):
        step = lab[first] - lab[second]
        steps.append(np.sqrt(np.einsum("ijk,ijk->ij", step, step)).ravel())
        pairs.append(np.stack([index[first].ravel(), index[second].ravel()], 1))
    order = np.argsort(np.concatenate(steps), kind="stable")
    edges = np.concatenate(pairs)[order]
    weights = np.concatenate(steps)[order]
    least = max(8, int(_LEAST_PART * height * width))
    return _merged(height * width, edges, weights, least).reshape(height, width)


def _merged(count: int, edges: NDArray[np.int32], weights: NDArray[np.float32], least: int) -> Labels:
    parent = list(range(count))
    size = [1] * count
    inner = [0.0] * count

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    left, right, cost = edges[:, 0].tolist(), edges[:, 1].tolist(), weights.tolist()
    for first, second, weight in zip(left, right, cost, strict=True):
        a, b = root(first), root(second)
        if a == b or weight > min(inner[a] + _MERGE_SCALE / size[a], inner[b] + _MERGE_SCALE / size[b]):
            continue
        parent[b], size[a], inner[a] = a, size[a] + size[b], weight
    for first, second in zip(left, right, strict=True):
        a, b = root(first), root(second)
        if a != b and (size[a] < least or size[b] < least):
            parent[b], size[a] = a, size[a] + size[b]
    roots = np.array([root(node) for node in range(count)], np.int32)
    return np.unique(roots, return_inverse=True)[1].astype(np.int32)


def _ranked(pixels: Pixels, labels: Labels) -> list[tuple[float, NDArray[np.bool_]]]:
    """Regions with their scores, best first; those that look like background are left out."""
    height, width = labels.shape
    border = np.zeros((height, width), np.bool_)
    border[[0, -1], :] = border[:, [0, -1]] = True
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    ranked = []
    for label in range(int(labels.max()) + 1):
        region = labels == label
        area = int(np.count_nonzero(region))
        part = area / region.size
        touching = np.count_nonzero(region & border) / np.count_nonzero(border)
        if part < _LEAST_PART or part > _MOST_PART or touching > _BORDER_PART:
            continue
        score = _HIGHEST_SCORE * _contrast(lab, region) * (1.0 - touching / _BORDER_PART * 0.5) * _solidity(region)
        ranked.append((score, region))
    return sorted(ranked, key=lambda entry: -entry[0])


def _contrast(lab: NDArray[np.float32], region: NDArray[np.bool_]) -> float:
    solid = region.astype(np.uint8)
    around = (cv2.dilate(solid, np.ones((7, 7), np.uint8)) > 0) & ~region
    if not around.any():
        return 0.0
    step = lab[region].mean(0) - lab[around].mean(0)
    return float(min(np.sqrt(float(step @ step)) / 60.0, 1.0))


def _solidity(region: NDArray[np.bool_]) -> float:
    points = cv2.findNonZero(region.astype(np.uint8))
    hull = cv2.contourArea(cv2.convexHull(points))
    return float(np.sqrt(min(len(points) / max(hull, 1.0), 1.0)))


def _enlarged(region: NDArray[np.bool_], width: int, height: int) -> Mask:
    """A region of the small picture at image size (blocky; the mask step draws its edge)."""
    rows, columns = region.shape
    x, y, across, down = cv2.boundingRect(region.astype(np.uint8))
    x0, x1 = round(x * width / columns), round((x + across) * width / columns)
    y0, y1 = round(y * height / rows), round((y + down) * height / rows)
    part = region[y : y + down, x : x + across].astype(np.uint8)
    size = max(x1 - x0, 1), max(y1 - y0, 1)
    return from_full(cv2.resize(part, size, interpolation=cv2.INTER_NEAREST), x0, y0)
