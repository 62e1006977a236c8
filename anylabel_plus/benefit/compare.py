"""A paired comparison of two arms, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Verdict = Literal["PROMOTE", "INCONCLUSIVE", "REJECT"]
MIN_IMAGES = 30
MIN_EFFECT = 0.003
MIN_SEEDS = 4
_DRAWS = 4000
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Comparison:
    """``difference`` is the mean score with the synthetic set less that without, ``low`` to ``high`` its 95 %
    interval, ``reason`` why the verdict is what it is."""

    verdict: Verdict
    difference: float
    low: float
    high: float
    without: float
    with_: float
    images: int
    seeds: int
    reason: str


def compare(
    without: ArrayLike,
    with_: ArrayLike,
    *,
    images: int | None = None,
    min_effect: float = MIN_EFFECT,
    min_images: int = MIN_IMAGES,
) -> Comparison:
    """Compare scores (seeds, images) of two arms, the same images in the same order.

    ``images`` is given where one score of each seed stands for so many images; the spread is then that of the seeds,
    and ``MIN_SEEDS`` of them are needed for a verdict.

    PROMOTE when the whole interval lies above ``min_effect``, REJECT when it lies below ``-min_effect``, else
    INCONCLUSIVE; with fewer than ``min_images`` images always INCONCLUSIVE.

    Raises:
        ValueError: the arrays are empty or differ in shape.
    """
    first, second = (np.atleast_2d(np.asarray(scores, np.float64)) for scores in (without, with_))
    if first.shape != second.shape or not first.size:
        raise ValueError(f"scores of {first.shape} and {second.shape} cannot be compared")
    differences = second - first
    seeds, count = differences.shape
    low, high = interval(differences)
    verdict, reason = _verdict(low, high, min_effect)
    if images is not None:
        if seeds < MIN_SEEDS:
            verdict = "INCONCLUSIVE"
            reason = f"with one score for all images at least {MIN_SEEDS} seeds are needed, not {seeds}"
        count = images
    if count < min_images:
        verdict = "INCONCLUSIVE"
        are = "images are" if count != 1 else "image is"
        reason = f"{count} validation {are} too few: at least {min_images} are needed"
    return Comparison(
        verdict, float(differences.mean()), low, high, float(first.mean()), float(second.mean()), count, seeds, reason
    )


def interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % interval of the mean of ``differences`` (seeds, images), by drawing images and seeds again.

    Both are drawn, each by itself: an unlucky seed is unlucky for all images. Small numbers are made up for: the
    spread of a mean over n things drawn again is too small by sqrt((n - 1) / n).
    """
    seeds, count = differences.shape
    random = np.random.default_rng(20)
    middle = differences.mean()
    by_image = differences.mean(axis=0) - middle
    by_seed = differences.mean(axis=1) - middle
    image_part = by_image[random.integers(count, size=(_DRAWS, count))].mean(axis=1) * _widened(count)
    seed_part = by_seed[random.integers(seeds, size=(_DRAWS, seeds))].mean(axis=1) * _widened(seeds)
    ends = np.quantile(middle + image_part + seed_part, ((1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2))
    return float(ends[0]), float(ends[1])


def _widened(count: int) -> float:
    return float(np.sqrt(count / (count - 1))) if count > 1 else 1.0


def _verdict(low: float, high: float, least: float) -> tuple[Verdict, str]:
    if low > least:
        return "PROMOTE", f"the whole interval is above +{least:g}"
    if high < -least:
        return "REJECT", f"the whole interval is below -{least:g}"
    return "INCONCLUSIVE", f"the interval is neither all above +{least:g} nor all below -{least:g}"
