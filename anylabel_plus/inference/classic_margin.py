"""The mask step of the classic model: two GrabCut runs and the points weighed into one map, and masks cut from it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask
from anylabel_plus.inference import classic_cut, classic_place
from anylabel_plus.inference.base import Candidate, Pixels, Prompt
from anylabel_plus.inference.classic_cut import Floats, View
from anylabel_plus.inference.classic_place import Place

# Weights of the maps in `margin_map`, fitted by logistic regression on boxes of photographed objects, every source of
# pictures counting the same.
_BOLD_REGION, _BOLD_EVIDENCE, _SHY_REGION, _SHY_EVIDENCE = 1.08, 2.14, 1.08, 0.55
_PRIOR, _CONSTANT = 0.26, -0.99
_LOGIT_AT_EDGE = -0.32
_POINT_SPREAD = 0.08
_POINT_STRENGTH = 6.0
_NEARNESS, _EXCLUDED_PART = 2.0, 0.25
_MIDDLE = 0.5
_KEPT_PART = 0.1

Mark = tuple[int, int, int]
"""A point in view pixels: column, row, label."""


def refine(pixels: Pixels, mask: Mask, work_side: int) -> Mask | None:
    """``mask`` redrawn to the image: the mask step alone, on a view of at most ``work_side`` pixels a side."""
    view = classic_cut.view_around(pixels, mask.bounds, work_side=work_side)
    prompt = Prompt(mask=mask)
    margin, _ = margin_map(view, classic_place.from_mask(view, mask), prompt)
    redrawn = candidate(pixels, view, margin, prompt, 0.0)
    return None if redrawn is None else redrawn.mask


def _trimap(place: Place, core: float, likely: float, marks: list[Mark], nearness: Floats | None) -> NDArray[np.uint8]:
    trimap = np.where(place.radius < likely, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    # The middle is taken for granted only while the points do not speak of something else.
    included = [place.radius[row, column] for column, row, label in marks if label]
    if nearness is None and (not included or min(included) < _MIDDLE):
        trimap[place.radius < core] = cv2.GC_FGD
    if nearness is not None:
        trimap[nearness < 0] = cv2.GC_PR_BGD
    trimap[~place.inside] = cv2.GC_BGD
    reach = max(2, round(0.03 * place.side))
    for column, row, label in marks:
        cv2.circle(trimap, (column, row), reach, cv2.GC_FGD if label else cv2.GC_BGD, -1)
    return trimap


def _nearness(place: Place, marks: list[Mark]) -> Floats | None:
    """-1..1: how much nearer a pixel is to an including than to an excluding point; None without excluding ones."""
    if all(label for _, _, label in marks):
        return None
    distances = {label: np.full(place.radius.shape, np.inf, np.float32) for label in (0, 1)}
    rows, columns = (line.astype(np.float32) for line in np.ogrid[: place.radius.shape[0], : place.radius.shape[1]])
    for column, row, label in marks:
        distances[label] = np.minimum(distances[label], np.hypot(columns - column, rows - row))
    # Without an including point the excluding ones rule over their surroundings only.
    include = np.minimum(distances[1], _EXCLUDED_PART * place.side if np.isinf(distances[1]).all() else np.inf)
    nearness: Floats = np.clip((distances[0] - include) / (_EXCLUDED_PART * place.side), -1.0, 1.0)
    return nearness


def _marks(view: View, prompt: Prompt) -> list[Mark]:
    """Points as (column, row, label) of the view, those outside it at its nearest pixel."""
    height, width = view.pixels.shape[:2]
    sx, sy = view.scale
    return [
        (
            min(max(int((x - view.x0) * sx), 0), width - 1),
            min(max(int((y - view.y0) * sy), 0), height - 1),
            1 if label else 0,
        )
        for x, y, label in prompt.points
    ]


def margin_map(view: View, place: Place, prompt: Prompt) -> tuple[Floats, float]:
    """How sure each pixel of the view is of the object (a logit, over 0 = in), and how far the runs agree (IoU)."""
    marks = _marks(view, prompt)
    nearness = _nearness(place, marks)
    bold = classic_cut.grab(view.pixels, _trimap(place, 0.4, 1.5, marks, nearness), 2)
    shy = classic_cut.grab(view.pixels, _trimap(place, 0.05, 0.7, marks, nearness), 2)
    blur = max(1.0, 1.5 * max(view.pixels.shape[:2]) / 192)
    margin = (
        _BOLD_REGION * classic_cut.smooth(bold.region, blur)
        + _BOLD_EVIDENCE * classic_cut.smooth(bold.evidence, blur * 4 / 3)
        + _SHY_REGION * classic_cut.smooth(shy.region, blur)
        + _SHY_EVIDENCE * classic_cut.smooth(shy.evidence, blur * 4 / 3)
        + _PRIOR * place.prior
        + _CONSTANT
        - _LOGIT_AT_EDGE
    ).astype(np.float32)
    if nearness is not None:
        margin += _NEARNESS * nearness
    margin[~place.inside] = -8.0
    for column, row, label in marks:
        margin += _pull(view, place, column, row, label)
    both = float(np.minimum(bold.region, shy.region).sum())
    either = float(np.maximum(bold.region, shy.region).sum())
    return margin, both / either if either else 0.0


def _pull(view: View, place: Place, column: int, row: int, label: int) -> Floats:
    """What a point adds to the logits around it: much where it is, less where the colour is like there."""
    height, width = view.pixels.shape[:2]
    dx = (np.arange(width, dtype=np.float32) - column)[None, :]
    dy = (np.arange(height, dtype=np.float32) - row)[:, None]
    spread = max(_POINT_SPREAD * place.side, 2.0)
    distance = (dx * dx + dy * dy) / (2.0 * spread * spread)
    colour = view.pixels.astype(np.float32) - view.pixels[row, column].astype(np.float32)
    alike = np.exp(-np.einsum("ijk,ijk->ij", colour, colour) / (2.0 * 30.0 * 30.0))
    pull: Floats = _POINT_STRENGTH * np.exp(-distance) + 0.5 * _POINT_STRENGTH * alike * np.exp(-distance / 32.0)
    return pull if label else -pull


def candidate(pixels: Pixels, view: View, margin: Floats, prompt: Prompt, score: float) -> Candidate | None:
    """The region of the view where ``margin`` is over 0, at image resolution; None when there is none."""
    kept = _kept_parts(margin, _marks(view, prompt))
    mask = classic_cut.refined_mask(pixels, view, kept)
    return Candidate(round(float(score), 4), mask) if mask.area else None


def _kept_parts(margin: Floats, marks: list[Mark]) -> Floats:
    """``margin`` without small loose parts, or with points only with the parts under an including point."""
    count, parts, facts, _ = cv2.connectedComponentsWithStats((margin > 0).astype(np.uint8), connectivity=8)
    if count <= 2:
        return margin
    areas = facts[:, cv2.CC_STAT_AREA].astype(np.int64)
    areas[0] = 0
    wanted = {int(parts[row, column]) for column, row, label in marks if label} - {0}
    keep = {index for index in range(1, count) if areas[index] >= _KEPT_PART * areas.max()}
    table = np.zeros(count, np.bool_)
    table[sorted(wanted or keep)] = True
    table[0] = True
    return np.where(table[parts], margin, -np.abs(margin) - 0.5).astype(np.float32)
