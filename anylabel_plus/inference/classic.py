"""The classic model: OpenCV's GrabCut with points, boxes and masks. Needs no weights and knows no objects.

A box is answered from two GrabCut runs, one that trusts the middle of the box and one that does not, weighed with how
objects lie in their boxes. Its "embedding" is the picture itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from anylabel_plus.core.masks import Mask, clip, from_full, iou
from anylabel_plus.inference import classic_cut, classic_margin, classic_place, classic_regions, family_of
from anylabel_plus.inference.base import (
    Candidate,
    Embedding,
    ModelInfo,
    Pixels,
    Prompt,
    ProposeOptions,
    Stop,
    decode_each,
    never,
)
from anylabel_plus.inference.classic_cut import Bools, Box, Floats, View
from anylabel_plus.inference.classic_place import Place
from anylabel_plus.inference.model_spec import ModelSpec
from anylabel_plus.inference.runtime import RuntimeOptions

_LEVELS, _LAST_LEVEL = (0.0, -0.34, -0.73, -1.2), -0.73
_FILLED = 0.9
_CLICK_SIDES = (0.12, 0.3, 0.6)
_CLICK_WORK_SIDE = 144
_CLICK_REACH = 2.5
_LOOSE, _TIGHT = -0.9, 0.9
_SAME_IOU = 0.93


def load(spec: ModelSpec, options: RuntimeOptions) -> ClassicModel:
    """The model; ``options`` do not matter, OpenCV runs on the CPU and answers the same on any number of threads."""
    return ClassicModel(spec)


class ClassicModel:
    """GrabCut behind ``base.PromptableModel``."""

    cacheable = False
    preprocessing = "classic-v1"
    input_side = None
    wants_pixels = False

    def __init__(self, spec: ModelSpec) -> None:
        self.info = ModelInfo(
            id=spec.id,
            title=spec.title,
            family=spec.family,
            weights_sha256=None,
            prompts=spec.prompts or family_of(spec).prompts,
            provider="opencv",
        )

    def encode(self, pixels: Pixels) -> Embedding:
        """The picture itself."""
        return Embedding({}, pixels.shape[1], pixels.shape[0], pixels=pixels)

    def decode(self, embedding: Embedding, prompt: Prompt) -> list[Candidate]:
        """Up to three candidates, best first; at least one for every prompt that touches the image."""
        pixels = _pixels(embedding)
        if prompt.empty:
            return []
        if prompt.box is None and prompt.mask is None:
            return _from_points(pixels, prompt)
        return _from_place(pixels, prompt)

    def decode_many(self, embedding: Embedding, prompts: Sequence[Prompt], stop: Stop = never) -> list[list[Candidate]]:
        """One after the other; see ``base.PromptableModel``."""
        return decode_each(self.decode, embedding, prompts, stop)

    def propose(self, embedding: Embedding, options: ProposeOptions, stop: Stop = never) -> list[Candidate]:
        """Regions of one colour, at most 25, each redrawn by the mask step; their scores stay under 0.5.

        Raises:
            Cancelled: ``stop`` said so between two regions.
        """
        return classic_regions.propose(_pixels(embedding), options, stop)


def _pixels(embedding: Embedding) -> Pixels:
    assert embedding.pixels is not None, "the classic model's embedding is the picture"
    return embedding.pixels


def _from_place(pixels: Pixels, prompt: Prompt) -> list[Candidate]:
    """Candidates for a box, a mask or both, with any points: the best one, then a tighter and a looser one."""
    height, width = pixels.shape[:2]
    mask = None if prompt.mask is None else clip(prompt.mask, width, height)
    box = _clipped(prompt.box, width, height) if prompt.box is not None else None
    if box is None and (mask is None or not mask.area):
        return _from_points(pixels, prompt) if prompt.points else []
    around = box or _with_points(_bounds(mask), prompt, width, height)
    view = classic_cut.view_around(pixels, around)
    place = _place(view, box, mask)
    margin, agreement = classic_margin.margin_map(view, place, prompt)
    # What a person has cut away may be what touched the side of the box.
    whole = box is not None and mask is None and all(label for _, _, label in prompt.points)
    level = _level(margin, view, around) if whole else 0.0
    score = _score(margin - level, place, agreement)
    found = [classic_margin.candidate(pixels, view, margin - level, prompt, score)]
    for shift, factor in ((_TIGHT, 0.85), (_LOOSE, 0.85)):
        other = classic_margin.candidate(pixels, view, margin - level - shift, prompt, score * factor)
        if other is not None and all(entry is None or iou(entry.mask, other.mask) < _SAME_IOU for entry in found):
            found.append(other)
    kept = [entry for entry in found if entry is not None]
    return kept or [_fallback(pixels, view, place)]


def _place(view: View, box: Box | None, mask: Mask | None) -> Place:
    if box is None:
        assert mask is not None
        return classic_place.from_mask(view, mask)
    boxed = classic_place.from_box(view, box)
    if mask is None or not mask.area:
        return boxed
    return classic_place.union(classic_place.from_mask(view, mask), boxed)


def _clipped(box: Box, width: int, height: int) -> Box | None:
    x1, x2 = sorted((min(max(box[0], 0.0), width), min(max(box[2], 0.0), width)))
    y1, y2 = sorted((min(max(box[1], 0.0), height), min(max(box[3], 0.0), height)))
    return (x1, y1, x2, y2) if x2 > x1 and y2 > y1 else None


def _bounds(mask: Mask | None) -> Box:
    assert mask is not None
    return mask.bounds


def _with_points(box: Box, prompt: Prompt, width: int, height: int) -> Box:
    xs = [box[0], box[2], *(x for x, _, label in prompt.points if label)]
    ys = [box[1], box[3], *(y for _, y, label in prompt.points if label)]
    return max(min(xs), 0.0), max(min(ys), 0.0), min(max(xs), float(width)), min(max(ys), float(height))


def _level(margin: Floats, view: View, box: Box) -> float:
    """The logit to cut at: lowered while the region does not reach the sides of its box, which it has to."""
    x1, y1, x2, y2 = view.box(box)
    for level in _LEVELS:
        _, _, across, down = cv2.boundingRect((margin > level).astype(np.uint8))
        if across >= _FILLED * (x2 - x1) and down >= _FILLED * (y2 - y1):
            return level
    return _LAST_LEVEL


def _score(margin: Floats, place: Place, agreement: float) -> float:
    """The IoU to expect, from how sure the pixels are and how far the two runs agree."""
    inside = margin[place.inside]
    sure = float(np.mean(np.abs(np.tanh(inside / 2.0)))) if inside.size else 0.0
    return min(max(0.2 + 0.4 * sure + 0.35 * agreement, 0.05), 0.95)


def _fallback(pixels: Pixels, view: View, place: Place) -> Candidate:
    """The presumed shape itself, when colour says nothing at all."""
    mask = classic_cut.refined_mask(pixels, replace(view), place.prior + 0.2)
    if not mask.area:
        x, y = (view.x0 + view.x1) // 2, (view.y0 + view.y1) // 2
        mask = from_full(np.ones((1, 1), np.bool_), x, y)
    return Candidate(0.1, mask)


def _from_points(pixels: Pixels, prompt: Prompt) -> list[Candidate]:
    """Candidates for points alone: a small, a middle and a large object around them, best first."""
    height, width = pixels.shape[:2]
    included = [(x, y) for x, y, label in prompt.points if label]
    if not included:
        return []
    xs, ys = [x for x, _ in included], [y for _, y in included]
    found: list[Candidate] = []
    for fraction in _CLICK_SIDES:
        reach = fraction * float(np.sqrt(width * height)) / 2
        box = _clipped((min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach), width, height)
        if box is None:
            continue
        candidate = _at_scale(pixels, prompt, box)
        if candidate is not None and all(iou(candidate.mask, other.mask) < _SAME_IOU for other in found):
            found.append(candidate)
    return sorted(found, key=lambda entry: -entry.score)


def _at_scale(pixels: Pixels, prompt: Prompt, box: Box) -> Candidate | None:
    view = classic_cut.view_around(pixels, box, 0.6, _CLICK_WORK_SIDE)
    place = classic_place.from_box(view, box)
    # The box is a guess here: the object may leave it, but not by far.
    free = replace(place, inside=place.radius < _CLICK_REACH)
    margin, agreement = classic_margin.margin_map(view, free, prompt)
    candidate = classic_margin.candidate(pixels, view, margin, prompt, 0.0)
    if candidate is None:
        return None
    return replace(candidate, score=round(float(0.6 * agreement * _contrast(view, margin)), 4))


def _contrast(view: View, margin: Floats) -> float:
    """0..1: how much the colours differ across the region's edge."""
    region: Bools = margin > 0
    block = np.ones((5, 5), np.uint8)
    solid = region.astype(np.uint8)
    within = region & (cv2.erode(solid, block) == 0)
    beyond = ~region & (cv2.dilate(solid, block) > 0)
    if not within.any() or not beyond.any():
        return 0.0
    step = view.pixels[within].mean(0) - view.pixels[beyond].mean(0)
    return float(min(np.sqrt(float(step @ step)) / 80.0, 1.0))
