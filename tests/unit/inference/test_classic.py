"""The classic model on drawn scenes: right, deterministic, never empty for a sane box."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from anylabel_plus.core import masks
from anylabel_plus.core.errors import Cancelled
from anylabel_plus.inference import catalog, classic
from anylabel_plus.inference.base import Candidate, Prompt, ProposeOptions


@pytest.fixture
def model(tmp_path: Path) -> classic.ClassicModel:
    spec = catalog.resolve("classic", weights_dir=tmp_path)
    return classic.load(spec, None)  # type: ignore[arg-type]


def scene(width: int = 480, height: int = 360) -> tuple[NDArray[np.uint8], list[masks.Mask]]:
    """Two textured objects on a textured ground."""
    rng = np.random.default_rng(3)
    picture = rng.normal((90, 130, 80), 14, (height, width, 3))
    truth = []
    for colour, centre, axes, angle in (
        ((190, 70, 60), (0.3, 0.45), (0.3, 0.42), 25),
        ((70, 80, 190), (0.72, 0.6), (0.22, 0.5), 160),
    ):
        region = np.zeros((height, width), np.uint8)
        cv2.ellipse(
            region, ((centre[0] * width, centre[1] * height), (axes[0] * width, axes[1] * height), angle), 1, -1
        )
        picture[region > 0] = rng.normal(colour, 14, (int(region.sum()), 3))
        truth.append(masks.from_full(region))
    return np.clip(picture, 0, 255).astype(np.uint8), truth


def ask(model: classic.ClassicModel, picture: NDArray[np.uint8], **prompt: object) -> list[Candidate]:
    return model.decode(model.encode(picture), Prompt(**prompt))  # type: ignore[arg-type]


def loosened(mask: masks.Mask, by: float) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = mask.bounds
    return x1 - by, y1 - by, x2 + by, y2 + by


@pytest.mark.parametrize("size", [(480, 360), (90, 120), (2000, 1500)])
def test_a_box_finds_its_object(model: classic.ClassicModel, size: tuple[int, int]) -> None:
    picture, truth = scene(*size)
    for mask in truth:
        for by in (0.0, 0.02 * size[0]):
            found = ask(model, picture, box=loosened(mask, by))
            assert masks.iou(found[0].mask, mask) > 0.9
            assert 0.5 < found[0].score < 1.0


def test_a_point_finds_its_object_among_the_candidates(model: classic.ClassicModel) -> None:
    picture, truth = scene()
    for mask in truth:
        x1, y1, x2, y2 = mask.bounds
        found = ask(model, picture, points=(((x1 + x2) / 2, (y1 + y2) / 2, 1),))
        assert max(masks.iou(candidate.mask, mask) for candidate in found) > 0.85
        assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_points_correct_a_box(model: classic.ClassicModel) -> None:
    picture, truth = scene()
    union = masks.union(*truth)
    boxed = ask(model, picture, box=union.bounds)
    first, second = ((m.bounds[0] + m.bounds[2]) / 2 for m in truth), ((m.bounds[1] + m.bounds[3]) / 2 for m in truth)
    (ax, bx), (ay, by) = tuple(first), tuple(second)
    pointed = ask(model, picture, box=union.bounds, points=((ax, ay, 1), (bx, by, 0)))
    assert masks.iou(pointed[0].mask, truth[0]) > max(masks.iou(boxed[0].mask, truth[0]), 0.75)
    crop = masks.full(pointed[0].mask, 480, 360)
    assert crop[int(ay), int(ax)] and not crop[int(by), int(bx)]


def test_a_previous_mask_is_kept_and_improved(model: classic.ClassicModel) -> None:
    picture, truth = scene()
    rough = np.zeros((360, 480), np.uint8)
    x1, y1, x2, y2 = (int(value) for value in truth[0].bounds)
    cv2.ellipse(rough, ((x1 + x2) // 2, (y1 + y2) // 2), (int((x2 - x1) / 2.4), int((y2 - y1) / 2.4)), 0, 0, 360, 1, -1)
    before = masks.from_full(rough)
    after = ask(model, picture, mask=before)[0].mask
    assert masks.iou(after, truth[0]) > masks.iou(before, truth[0])
    cut = ask(model, picture, mask=truth[0], points=((x1 + 0.35 * (x2 - x1), y1 + 0.5 * (y2 - y1), 0),))[0].mask
    assert masks.intersection_area(cut, truth[0]) < truth[0].area


def test_answers_do_not_depend_on_threads_or_on_what_was_asked_before(model: classic.ClassicModel) -> None:
    picture, truth = scene()
    before = cv2.getNumThreads()
    answers = []
    try:
        for threads, noise in ((1, 1), (2, 99), (2, 7)):
            cv2.setNumThreads(threads)
            cv2.setRNGSeed(noise)
            answers.append(ask(model, picture, box=truth[1].bounds))
    finally:
        cv2.setNumThreads(before)
    for other in answers[1:]:
        assert [c.score for c in other] == [c.score for c in answers[0]]
        assert all(masks.equal(a.mask, b.mask) for a, b in zip(answers[0], other, strict=True))


BOXES = [
    (0, 0, 480, 360),
    (0, 0, 1, 1),
    (479, 359, 480, 360),
    (100.2, 100.2, 100.9, 300),
    (-500, -500, 5000, 5000),
    (470, 350, 900, 900),
    (300, 200, 100, 50),
    (10, 10, 13, 13),
]


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("picture", ["flat", "noise", "scene"])
def test_a_sane_box_is_never_answered_by_nothing(
    model: classic.ClassicModel, box: tuple[float, float, float, float], picture: str
) -> None:
    pixels = {
        "flat": np.full((360, 480, 3), 128, np.uint8),
        "noise": np.random.default_rng(0).integers(0, 256, (360, 480, 3), dtype=np.uint8),
        "scene": scene()[0],
    }[picture]
    found = ask(model, pixels, box=box)
    assert found
    for candidate in found:
        assert candidate.mask.area > 0
        assert 0.0 <= candidate.score <= 1.0
        x1, y1, x2, y2 = candidate.mask.bounds
        assert 0 <= x1 < x2 <= 480 and 0 <= y1 < y2 <= 360


def test_empty_prompts_and_boxes_outside_have_no_answer(model: classic.ClassicModel) -> None:
    picture, _ = scene()
    assert ask(model, picture) == []
    assert ask(model, picture, box=(500, 400, 600, 500)) == []
    assert ask(model, picture, points=((5, 5, 0),)) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5)])
def test_tiny_pictures(model: classic.ClassicModel, shape: tuple[int, int]) -> None:
    pixels = np.zeros((*shape, 3), np.uint8)
    assert ask(model, pixels, box=(0, 0, shape[1], shape[0]))
    ask(model, pixels, points=((0.5, 0.5, 1),))
    model.propose(model.encode(pixels), ProposeOptions())


def test_propose_finds_the_objects_with_low_scores(model: classic.ClassicModel) -> None:
    picture, truth = scene()
    start = time.process_time()
    found = model.propose(model.encode(picture), ProposeOptions())
    assert time.process_time() - start < 30.0
    assert 2 <= len(found) <= 25
    assert all(0.0 <= candidate.score <= 0.5 for candidate in found)
    for mask in truth:
        assert max(masks.iou(candidate.mask, mask) for candidate in found) > 0.85
    for index, candidate in enumerate(found):
        assert all(masks.iou(candidate.mask, other.mask) <= 0.7 for other in found[:index])
    with pytest.raises(Cancelled):
        model.propose(model.encode(picture), ProposeOptions(), stop=lambda: True)
