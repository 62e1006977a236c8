"""Simulated annotators: prompts that fit their target, clicks that correct the largest error."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from anylabel_plus.training.pocket import prompts

Bools = NDArray[np.bool_]


def frame(*boxes: tuple[int, int, int, int], side: int = 96) -> Bools:
    found = np.zeros((side, side), np.bool_)
    for x1, y1, x2, y2 in boxes:
        found[y1:y2, x1:x2] = True
    return found


def at(mask: Bools, x: float, y: float) -> bool:
    return bool(mask[int(y), int(x)])


@pytest.mark.parametrize("seed", range(60))
def test_a_first_prompt_fits_its_target(seed: int) -> None:
    rng = np.random.default_rng(seed)
    target = frame((20, 30, 70, 60), (30, 60, 50, 80))
    prompt = prompts.drawn(target, rng)
    assert prompt.has_box or prompt.count >= 1
    assert (prompt.labels[: prompt.count] >= 0).all() and (prompt.labels[prompt.count :] == -1).all()
    for (x, y), label in zip(prompt.points[: prompt.count], prompt.labels[: prompt.count], strict=True):
        assert at(target, x, y) == (label == 1)
        assert x % 1 == y % 1 == 0.5, "clicks are at the centres of pixels"
    if prompt.has_box:
        x1, y1, x2, y2 = prompt.box
        assert max(abs(x1 - 20), abs(x2 - 70)) <= 5.01 and max(abs(y1 - 30), abs(y2 - 80)) <= 5.01


def test_all_kinds_of_prompts_come_by_their_shares() -> None:
    rng, target = np.random.default_rng(0), frame((20, 30, 70, 60))
    kinds = {"one": 0, "box": 0, "box and clicks": 0, "clicks": 0}
    for _ in range(1500):
        prompt = prompts.drawn(target, rng)
        if prompt.has_box:
            kinds["box and clicks" if prompt.count else "box"] += 1
        else:
            kinds["one" if prompt.count == 1 else "clicks"] += 1
    assert kinds["one"] / 1500 == pytest.approx(0.38, abs=0.07)
    assert kinds["box"] / 1500 == pytest.approx(0.37, abs=0.05)
    assert kinds["box and clicks"] / 1500 == pytest.approx(0.09, abs=0.03)
    assert kinds["clicks"] / 1500 == pytest.approx(0.14, abs=0.05)


@pytest.mark.parametrize("target", [frame((0, 0, 96, 96)), frame((5, 5, 6, 6)), frame((0, 40, 96, 41))])
def test_targets_that_fill_the_frame_or_are_a_pixel_wide_can_be_asked_for(target: Bools) -> None:
    for seed in range(40):
        prompt = prompts.drawn(target, np.random.default_rng(seed))
        assert np.isfinite(prompt.points).all() and np.isfinite(prompt.box).all()
        if prompt.has_box:
            assert prompt.box[2] - prompt.box[0] >= 1.9 and prompt.box[3] - prompt.box[1] >= 1.9


def test_prompts_depend_on_the_seed_alone() -> None:
    target = frame((20, 30, 70, 60))

    def drawn(seed: int) -> list[object]:
        rng = np.random.default_rng(seed)
        few = [prompts.drawn(target, rng) for _ in range(8)]
        return [(p.points.tolist(), p.labels.tolist(), p.box.tolist(), p.has_box) for p in few]

    assert drawn(1) == drawn(1) != drawn(2)


def test_the_tight_box_is_around_all_pixels() -> None:
    assert prompts.tight_box(frame((20, 30, 70, 60), (80, 10, 82, 12))) == (20, 10, 82, 60)


def test_a_correcting_click_goes_to_the_middle_of_the_largest_error() -> None:
    target = frame((10, 10, 50, 50))
    missed = target & ~frame((10, 10, 31, 50))  # 21 x 40 are missing
    also_wrong = missed | frame((70, 70, 85, 85))
    click = prompts.corrective(also_wrong, target)
    assert click is not None
    x, y, label = click
    assert label == 1 and x == pytest.approx(20.5, abs=1) and 18 < y < 42
    mostly_wrong = target | frame((60, 60, 95, 95))
    assert prompts.corrective(mostly_wrong, target) == (77.5, 77.5, 0)
    assert prompts.corrective(np.zeros_like(target), target) == pytest.approx((29.5, 29.5, 1), abs=1.1)
    assert prompts.corrective(target, target.copy()) is None


def test_a_thin_error_is_smaller_than_a_thick_one_of_less_area() -> None:
    target = frame((10, 10, 60, 60))
    found = (target | frame((0, 80, 96, 84))) & ~frame((20, 20, 36, 36))  # 384 thin pixels, 256 thick ones
    click = prompts.corrective(found, target)
    assert click is not None and click[2] == 1 and at(frame((20, 20, 36, 36)), click[0], click[1])


@pytest.mark.parametrize("seed", range(20))
def test_correcting_clicks_of_training_lie_in_the_inner_half_of_the_largest_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = [cv2.GaussianBlur(rng.normal(0, 1, (96, 96)), (0, 0), 6) for _ in range(2)]
    target, found = noise[0] > 0.01, noise[1] > 0.01
    click = prompts.corrective(found, target, rng)
    assert click is not None
    x, y, label = click
    error = target & ~found if label else found & ~target
    other = found & ~target if label else target & ~found
    depth, rest = (
        cv2.distanceTransform(np.pad(m.view(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1] for m in (error, other)
    )
    assert depth.max() >= rest.max()
    assert depth[int(y), int(x)] >= 0.5 * depth.max() - 1e-6


def test_the_first_click_stays_when_there_are_too_many() -> None:
    prompt = prompts.empty()
    for number in range(11):
        prompt.add(number, number, number % 2)
    assert prompt.count == prompts.MAX_POINTS
    assert prompt.points[:, 0].tolist() == [0, 4, 5, 6, 7, 8, 9, 10]
    assert prompt.labels.tolist() == [0, 0, 1, 0, 1, 0, 1, 0]
