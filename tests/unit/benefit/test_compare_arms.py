"""The interval holds the truth as often as it says, and verdicts follow from it."""

from __future__ import annotations

import numpy as np
import pytest

from anylabel_plus.benefit.compare import compare, interval


@pytest.mark.parametrize(("seeds", "images", "seed_spread"), [(5, 40, 0.0), (5, 40, 0.01), (8, 120, 0.02)])
def test_the_interval_holds_the_truth_about_95_times_of_100(seeds: int, images: int, seed_spread: float) -> None:
    random = np.random.default_rng(4)
    held = 0
    for _ in range(150):
        of_image = random.normal(0.02, 0.06, images)
        of_seed = random.normal(0, seed_spread, (seeds, 1))
        low, high = interval(of_image + of_seed + random.normal(0, 0.02, (seeds, images)))
        held += low <= 0.02 <= high
    assert 0.87 <= held / 150 <= 1.0


def test_an_interval_is_not_wider_than_it_has_to_be() -> None:
    differences = np.random.default_rng(5).normal(0.0, 0.05, (1, 100))
    low, high = interval(differences)
    assert high - low == pytest.approx(2 * 1.96 * 0.05 / 10, rel=0.2)


@pytest.mark.parametrize(
    ("effect", "images", "verdict"),
    [(0.05, 40, "PROMOTE"), (-0.05, 40, "REJECT"), (0.0, 40, "INCONCLUSIVE"), (0.05, 29, "INCONCLUSIVE")],
)
def test_verdicts(effect: float, images: int, verdict: str) -> None:
    random = np.random.default_rng(6)
    without = random.uniform(0.3, 0.8, (3, images))
    found = compare(without, without + effect + random.normal(0, 0.01, (3, images)))
    assert found.verdict == verdict
    assert found.low < found.difference < found.high
    assert found.with_ - found.without == pytest.approx(found.difference)


def test_an_effect_smaller_than_what_counts_is_none() -> None:
    without = np.full((3, 50), 0.5)
    assert compare(without, without + 0.002).verdict == "INCONCLUSIVE"
    assert compare(without, without + 0.002, min_effect=0.001).verdict == "PROMOTE"


def test_pairing_finds_what_unpaired_scores_hide() -> None:
    random = np.random.default_rng(7)
    without = random.uniform(0.0, 0.9, (3, 40))  # images differ far more than the arms
    assert compare(without, without + 0.03).verdict == "PROMOTE"


def test_one_score_for_all_images_needs_more_seeds() -> None:
    few = compare([[0.5], [0.5]], [[0.6], [0.6]], images=40)
    assert (few.verdict, few.images) == ("INCONCLUSIVE", 40)
    assert "seeds" in few.reason
    assert compare([[0.5], [0.51], [0.5], [0.5]], [[0.6], [0.6], [0.61], [0.6]], images=40).verdict == "PROMOTE"


@pytest.mark.parametrize(("without", "with_"), [([], []), ([[0.5]], [[0.5, 0.6]])])
def test_scores_that_cannot_be_paired_are_refused(without: list[float], with_: list[float]) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        compare(without, with_)
