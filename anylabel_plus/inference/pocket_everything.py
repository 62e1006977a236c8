"""All objects of an image: a grid of clicks, and of their answers those that are good and not the same.

Points are asked in batches, far apart first; a point that lies in a good answer already is not asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import Cancelled
from anylabel_plus.inference import cell_masks
from anylabel_plus.inference.base import ProposeOptions, Stop
from anylabel_plus.inference.cell_masks import Logits
from anylabel_plus.inference.pocket_graph import Decoded, Letterbox

Point = tuple[float, float]
Bits = NDArray[np.uint8]
Ask = Callable[[Sequence[Point]], list[Decoded]]

_BATCH = 16
# Logits of this family rise slowly at edges, so that its stabilities are lower than those of SAM.
_LEAST_SCORE = 0.6
_LEAST_STABILITY = 0.55
_SURE_SCORE, _SURE_STABILITY, _SURE_PART = 0.7, 0.6, 0.25
WORTH_REFINING = 0.38
"""A first answer with this score is given back to the model once, which sharpens it."""
_CONTAINED = 0.85
_PART = 0.3
"""A region inside another one is a part worth its own mask only when it is smaller than this share of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A proposed object: score, stability, the decoder's logits (rows, columns) and the region as packed bits."""

    score: float
    stability: float
    logits: Logits
    bits: Bits
    area: int

    @property
    def order(self) -> tuple[float, float]:
        """Sort key: best first."""
        return -self.score, -self.stability


def look(ask: Ask, box: Letterbox, options: ProposeOptions, stop: Stop) -> list[Found]:
    """Objects, best first, filtered and without near-duplicates.

    Args:
        ask: the decoder's outputs for one click each.
        box: how image and cells lie.

    Raises:
        Cancelled: ``stop`` said so between two batches.
    """
    pool: list[Found] = []
    asked: NDArray[np.bool_] | None = None
    waiting = grid(box.width, box.height, options.points_per_side)
    while waiting:
        if stop():
            raise Cancelled
        chunk, waiting = waiting[:_BATCH], waiting[_BATCH:]
        for answer in ask(chunk):
            for found in _good(answer, box, options):
                _add(pool, found)
                if asked is None:
                    asked = np.zeros((box.frame.used[1], box.frame.used[0]), np.bool_)
                if _sure(found, asked.size):
                    asked |= _region(found.logits, box)
        if asked is not None:
            waiting = [point for point in waiting if not _inside(asked, point, box)]
    return _distinct(pool, options)


def grid(width: int, height: int, side: int) -> list[Point]:
    """``side`` x ``side`` points in image pixels at the middles of equal cells, far apart first."""
    side = max(1, side)
    order = sorted(range(side * side), key=lambda index: (_rank(index % side, index // side), index))
    return [((index % side + 0.5) * width / side, (index // side + 0.5) * height / side) for index in order]


def _rank(column: int, row: int) -> int:
    """How late a grid point comes: halving the distance with each rank."""
    for rank, step in enumerate((4, 2)):
        if column % step == step // 2 and row % step == step // 2:
            return rank
    return 2


def _region(logits: Logits, box: Letterbox) -> NDArray[np.bool_]:
    columns, rows = box.frame.used
    return np.asarray(logits[:rows, :columns] > 0)


def _good(answer: Decoded, box: Letterbox, options: ProposeOptions) -> list[Found]:
    least_score = max(options.min_score, _LEAST_SCORE)
    least_stability = max(options.min_stability, _LEAST_STABILITY)
    least_cells = options.min_area_px * box.frame.fx * box.frame.fy
    found = []
    for score, logits in zip(answer.scores, answer.logits, strict=True):
        if score < least_score:
            continue
        region = _region(logits, box)
        area = int(np.count_nonzero(region))
        stable = cell_masks.stability(logits, box.frame)
        if area and area >= least_cells and stable >= least_stability:
            found.append(Found(float(score), stable, logits.copy(), np.packbits(region), area))
    return found


def _add(pool: list[Found], found: Found) -> None:
    """Keep the better of two that are nearly the same, so that the pool stays small."""
    for index, other in enumerate(pool):
        if _overlap(found, other)[0] > _CONTAINED:
            if found.order < other.order:
                pool[index] = found
            return
    pool.append(found)


def _sure(found: Found, cells: int) -> bool:
    good = found.score >= _SURE_SCORE and found.stability >= _SURE_STABILITY
    return good and found.area < _SURE_PART * cells  # what covers much of the picture has other things on it


def _inside(asked: NDArray[np.bool_], point: Point, box: Letterbox) -> bool:
    rows, columns = asked.shape
    column, row = int(point[0] * box.frame.fx), int(point[1] * box.frame.fy)
    return bool(asked[min(row, rows - 1), min(column, columns - 1)])


def _overlap(one: Found, other: Found) -> tuple[float, float]:
    """IoU, and the share of the smaller that is in the larger."""
    both = int(np.bitwise_count(one.bits & other.bits).sum())
    return both / (one.area + other.area - both), both / min(one.area, other.area)


def _distinct(pool: list[Found], options: ProposeOptions) -> list[Found]:
    kept: list[Found] = []
    covered: Bits | None = None
    for found in sorted(pool, key=lambda entry: entry.order):
        if len(kept) >= options.max_candidates:
            break
        if any(_same(found, other, options.max_overlap) for other in kept):
            continue
        if covered is not None and np.bitwise_count(found.bits & covered).sum() > _CONTAINED * found.area:
            smallest = min(other.area for other in kept if _overlap(found, other)[1] > 0)
            if smallest < found.area:
                continue  # several things that were found already, as one
        kept.append(found)
        covered = found.bits if covered is None else covered | found.bits
    return kept


def _same(found: Found, better: Found, max_overlap: float) -> bool:
    shared, contained = _overlap(found, better)
    ratio = min(found.area, better.area) / max(found.area, better.area)
    return shared > max_overlap or (contained > _CONTAINED and ratio > _PART)
