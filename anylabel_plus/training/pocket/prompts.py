"""Simulated annotators: first prompts, and clicks that correct a mask (as in RITM and in the click protocol)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
MAX_POINTS = 8
ONE_CLICK, BOX, BOX_AND_CLICKS = 0.38, 0.75, 0.84
"""Cumulated shares of the kinds of prompts; the rest are several clicks."""


@dataclass(eq=False)
class Drawn:
    """A prompt in pixels of the crop: points (8, 2), labels (8,) 1, 0 or -1 for unused, box (4,) xyxy, has_box."""

    points: NDArray[np.float32]
    labels: NDArray[np.float32]
    box: NDArray[np.float32]
    has_box: bool = False
    count: int = 0

    def add(self, x: float, y: float, label: int) -> None:
        """One more click; when there is no room the second one is forgotten."""
        if self.count == MAX_POINTS:
            self.points[1:-1], self.labels[1:-1] = self.points[2:].copy(), self.labels[2:].copy()
            self.count -= 1
        self.points[self.count] = x, y
        self.labels[self.count] = label
        self.count += 1


def empty() -> Drawn:
    """A prompt that says nothing yet."""
    return Drawn(np.zeros((MAX_POINTS, 2), np.float32), np.full(MAX_POINTS, -1, np.float32), np.zeros(4, np.float32))


def drawn(target: Bools, rng: np.random.Generator) -> Drawn:
    """A first prompt for ``target`` (S, S), which has at least one pixel."""
    prompt, kind = empty(), rng.random()
    inside = _depth(target)
    if ONE_CLICK <= kind < BOX_AND_CLICKS:
        prompt.box[:] = _box(target, rng)
        prompt.has_box = True
    if kind < ONE_CLICK:
        prompt.add(*_inner(inside, rng), 1)
    elif kind >= BOX:
        for _ in range(int(rng.integers(1, 3)) if prompt.has_box else int(rng.integers(1, 4))):
            prompt.add(*_inner(inside, rng), 1)
        outside = _outside(target)
        for _ in range(int(rng.integers(0, 3)) if outside.any() else 0):
            prompt.add(*_somewhere(outside, rng), 0)
    return prompt


def _depth(mask: Bools) -> NDArray[np.float32]:
    """Distance of each pixel of ``mask`` to the nearest one that is not; the border of the frame counts as outside."""
    padded = np.pad(mask.view(np.uint8), 1)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1], np.float32)


def _inner(depth: NDArray[np.float32], rng: np.random.Generator) -> tuple[float, float]:
    """The deepest point, one nearly as deep, or anywhere inside."""
    deepest, way = float(depth.max()), rng.random()
    if way < 0.35:
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        return float(x) + 0.5, float(y) + 0.5
    return _somewhere(depth >= (0.6 if way < 0.75 else 0.15) * deepest, rng)


def _somewhere(mask: Bools, rng: np.random.Generator) -> tuple[float, float]:
    flat = np.flatnonzero(mask)
    y, x = divmod(int(flat[int(rng.integers(len(flat)))]), mask.shape[1])
    return x + 0.5, y + 0.5


def _outside(target: Bools) -> Bools:
    """Where a click says "not this": around the object, not at its very edge."""
    side = max(3, int(np.sqrt(target.sum()) * 0.5)) | 1
    near = cv2.dilate(target.view(np.uint8), np.ones((side, side), np.uint8))
    edge = cv2.dilate(target.view(np.uint8), np.ones((5, 5), np.uint8))
    return np.asarray((near > 0) & (edge == 0), np.bool_)


def tight_box(target: Bools) -> tuple[float, float, float, float]:
    """xyxy around all pixels of ``target``."""
    x, y, width, height = cv2.boundingRect(target.view(np.uint8))
    return float(x), float(y), float(x + width), float(y + height)


def _box(target: Bools, rng: np.random.Generator) -> NDArray[np.float32]:
    """The tight box as a hand draws it: exact half of the time, else off by up to a tenth of its side."""
    x1, y1, x2, y2 = tight_box(target)
    side = target.shape[0]
    loose = float(rng.choice([0.0, 0.02, 0.06], p=[0.35, 0.4, 0.25]))
    off = np.clip(rng.normal(0, loose, 4), -0.1, 0.1) * (x2 - x1, y2 - y1, x2 - x1, y2 - y1)
    box = np.clip(np.array([x1, y1, x2, y2]) + off, 0, side)
    return np.asarray([box[0], box[1], max(box[2], box[0] + 2), max(box[3], box[1] + 2)], np.float32)


def corrective(found: Bools, target: Bools, rng: np.random.Generator | None = None) -> tuple[float, float, int] | None:
    """The next click: the deepest point of the largest error (x, y, label) in the frame of the masks.

    With ``rng`` anywhere in the inner half of that error; None when the masks agree.
    """
    missed, wrong = _depth(target & ~found), _depth(found & ~target)
    depth, label = (missed, 1) if missed.max() >= wrong.max() else (wrong, 0)
    deepest = float(depth.max())
    if deepest <= 0:
        return None
    if rng is not None:
        return (*_somewhere(depth >= 0.5 * deepest, rng), label)
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(x) + 0.5, float(y) + 0.5, label
