"""Cutouts made ready for warping, and the cache that keeps them.

A sprite is a cutout with a clear margin and colours that go on under its transparent pixels, in halved sizes. Warped
bilinearly it takes up neither foreign colours at its edge nor aliases when it gets small.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.scene import OPAQUE, Cutout, CutoutSource, Rgba

MARGIN = 2
"""Clear pixels around each level, with the colours of its edge: a level's frame begins so far left and above."""
_SMALLEST = 24
CACHE_BYTES = 128 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """``levels[k]`` is (h, w, 4) uint8 at 1/2**k of the cutout's size. ``box`` is the tight box of its opaque pixels
    in the cutout (xyxy), ``ring`` their convex outline (N, 2), both in pixels of the cutout."""

    cutout: Cutout
    levels: tuple[Rgba, ...]
    box: tuple[int, int, int, int]
    ring: NDArray[np.float64]

    @property
    def nbytes(self) -> int:
        """Memory of the pixels."""
        return sum(level.nbytes for level in self.levels)

    @property
    def longer(self) -> int:
        """The longer side of the tight box in pixels."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    def level(self, scale: float) -> int:
        """The smallest level that is still enlarged by no more than 1 for this scale."""
        found = 0
        while found + 1 < len(self.levels) and scale * 2 ** (found + 1) <= 1.0:
            found += 1
        return found


def _halved(premultiplied: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = premultiplied.shape[:2]
    padded = cv2.copyMakeBorder(premultiplied, 0, height % 2, 0, width % 2, cv2.BORDER_CONSTANT)
    small: NDArray[np.float32] = cv2.resize(
        padded, (padded.shape[1] // 2, padded.shape[0] // 2), interpolation=cv2.INTER_AREA
    )
    return small


def _straight(premultiplied: NDArray[np.float32], below: Rgba | None) -> Rgba:
    """Colours divided by alpha; where there is none those of the next smaller level shine through."""
    height, width = premultiplied.shape[:2]
    alpha = premultiplied[..., 3:]
    if below is None:
        total = float(alpha.sum())
        fill: NDArray[np.float32] = np.broadcast_to(
            (premultiplied[..., :3].sum(axis=(0, 1)) / max(total, 1e-6)).astype(np.float32), (height, width, 3)
        )
    else:
        larger = cv2.resize(below[..., :3], (below.shape[1] * 2, below.shape[0] * 2), interpolation=cv2.INTER_LINEAR)
        fill = larger[:height, :width].astype(np.float32) / 255.0
    # A little alpha says little of the colour: trust it by its share.
    trust = np.minimum(alpha * 4.0, 1.0)
    colour = premultiplied[..., :3] / np.maximum(alpha, 1e-6) * trust + fill * (1.0 - trust)
    result = np.empty((height, width, 4), np.uint8)
    np.clip(colour * 255.0 + 0.5, 0, 255, out=colour)
    result[..., :3] = colour
    result[..., 3] = alpha[..., 0] * 255.0 + 0.5
    return result


def prepare(cutout: Cutout, rgba: Rgba) -> Sprite:
    """The sprite of a cutout.

    Raises:
        UserError: no pixel is opaque.
    """
    opaque = rgba[..., 3] >= OPAQUE
    if not opaque.any():
        raise UserError(f"Cutout {cutout.id} ({cutout.label}): no pixel of it is opaque.", "Build the bank again.")
    x, y, width, height = cv2.boundingRect(opaque.view(np.uint8))
    points = cv2.convexHull(cv2.findNonZero(opaque.view(np.uint8))).reshape(-1, 2).astype(np.float64) + 0.5
    floats = rgba.astype(np.float32) / 255.0
    floats[..., :3] *= floats[..., 3:]
    stack = [floats]
    while min(stack[-1].shape[:2]) > _SMALLEST:
        stack.append(_halved(stack[-1]))
    levels: list[Rgba] = []
    for premultiplied in reversed(stack):
        levels.insert(0, _straight(premultiplied, levels[0] if levels else None))
    padded = tuple(map(_padded, levels))
    return Sprite(cutout, padded, (x, y, x + width, y + height), points)


def _padded(level: Rgba) -> Rgba:
    room: Rgba = cv2.copyMakeBorder(level, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_REPLICATE)
    room[:MARGIN, :, 3] = room[-MARGIN:, :, 3] = 0
    room[:, :MARGIN, 3] = room[:, -MARGIN:, 3] = 0
    room.setflags(write=False)
    return room


class Sprites:
    """Sprites of a bank, the least recently used ones dropped above ``limit`` bytes."""

    def __init__(self, bank: CutoutSource, limit: int = CACHE_BYTES) -> None:
        self._bank, self._limit, self._used = bank, limit, 0
        self._kept: OrderedDict[str, Sprite] = OrderedDict()

    def get(self, cutout: Cutout) -> Sprite:
        """The sprite of ``cutout``. Raises UserError when its file cannot be read."""
        sprite = self._kept.get(cutout.id)
        if sprite is not None:
            self._kept.move_to_end(cutout.id)
            return sprite
        sprite = prepare(cutout, self._bank.read(cutout))
        self._kept[cutout.id] = sprite
        self._used += sprite.nbytes
        while self._used > self._limit and len(self._kept) > 1:
            self._used -= self._kept.popitem(last=False)[1].nbytes
        return sprite
