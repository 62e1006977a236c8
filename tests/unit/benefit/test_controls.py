"""The controls: what must be promoted, rejected or left open, on scenes whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from benefit_scenes import SIDE, scene, shifted

from anylabel_plus.benefit import score, student
from anylabel_plus.benefit.compare import Comparison, compare
from anylabel_plus.benefit.pictures import Floats, Picture
from anylabel_plus.benefit.pool import Pool, make_pool
from anylabel_plus.benefit.student import StudentSettings

SETTINGS = StudentSettings(side=SIDE, steps=120, batch=512, hidden=32, pixels=30_000, step=3)
SEEDS = (0, 1, 2)
EIGHTEEN_PX = round(18 * SIDE / 640)
"""18 pixels of a picture of 640, at the student's size."""
_seen: dict[bytes, Floats] = {}
_scores: dict[object, list[list[float]]] = {}


def measured(taught: student.Student, one: Picture) -> float:
    if one.key not in _seen:
        _seen[one.key] = score.seen(one, SETTINGS)
    return score.measured(taught, one, SETTINGS, _seen[one.key])


def scores(real: Pool, made: Pool | None, val: Sequence[Picture], seeds: Sequence[int]) -> list[list[float]]:
    students = [student.train(real, made, 3, seed, SETTINGS) for seed in seeds]
    return [[measured(taught, one) for one in val] for taught in students]


def outcome(
    train: Sequence[Picture], synthetic: Sequence[Picture], val: Sequence[Picture], seeds: Sequence[int] = SEEDS
) -> Comparison:
    real, made = (make_pool(some, 3, SETTINGS.per_picture(len(some))) for some in (train, synthetic))
    arm = (tuple(one.key for one in (*train, *val)), tuple(seeds))
    if arm not in _scores:  # the same for every test: saves its time
        _scores[arm] = scores(real, None, val, seeds)
    return compare(_scores[arm], scores(real, made, val, seeds))


@pytest.fixture(scope="module")
def train() -> list[Picture]:
    return [scene(seed) for seed in range(10)]


@pytest.fixture(scope="module")
def val() -> list[Picture]:
    return [scene(1000 + seed) for seed in range(32)]


def test_labels_shifted_by_18_px_are_rejected(train: list[Picture], val: list[Picture]) -> None:
    found = outcome(train, shifted(train, EIGHTEEN_PX), val)
    assert found.verdict == "REJECT"
    assert found.high < -0.02


def test_new_scenes_with_shifted_labels_are_rejected_too(train: list[Picture], val: list[Picture]) -> None:
    assert outcome(train, shifted([scene(5000 + n) for n in range(20)], EIGHTEEN_PX), val).verdict == "REJECT"


def test_duplicates_of_the_training_images_change_nothing(train: list[Picture], val: list[Picture]) -> None:
    renamed = [Picture(f"z{n}", one.pixels, one.classes) for n, one in enumerate(reversed(train))]
    found = outcome(train, renamed, val)
    assert found.verdict == "INCONCLUSIVE"
    assert abs(found.difference) < 1e-6


def test_duplicates_with_other_noise_come_out_near_zero(train: list[Picture], val: list[Picture]) -> None:
    random = np.random.default_rng(3)
    noisy = [
        Picture(
            one.name,
            np.clip(one.pixels + random.normal(0, 1.5, one.pixels.shape), 0, 255).astype(np.uint8),
            one.classes,
        )
        for one in train
    ]
    found = outcome(train, noisy, val)
    assert found.verdict == "INCONCLUSIVE"
    assert abs(found.difference) < 0.01


def test_a_set_that_covers_what_the_training_images_do_not_is_promoted(train: list[Picture]) -> None:
    varied = [scene(2000 + n, light=(0.4, 1.5), warm=(-0.3, 0.0, 0.3)[n % 3]) for n in range(32)]
    useful = [scene(3000 + n, light=(0.4, 1.5), warm=(-0.3, 0.0, 0.3)[n % 3]) for n in range(20)]
    found = outcome(train[:4], useful, varied)
    assert found.verdict == "PROMOTE"
    assert found.low > 0.02


def test_few_validation_images_never_decide(train: list[Picture], val: list[Picture]) -> None:
    found = outcome(train, shifted(train, EIGHTEEN_PX), val[:29])
    assert found.verdict == "INCONCLUSIVE"
    assert "29 validation images are too few" in found.reason
    assert found.high < 0


def test_the_same_seeds_give_the_same_numbers(train: list[Picture], val: list[Picture]) -> None:
    def numbers(seed: int) -> list[list[float]]:
        pools = [make_pool(some, 3, 600) for some in (train, shifted(train, 3))]
        return scores(*pools, val[:4], (seed,))

    first = numbers(7)
    assert first == numbers(7)
    assert first != numbers(8)
