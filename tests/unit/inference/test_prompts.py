from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.inference import prompts
from anylabel_plus.inference.base import ModelInfo, Prompt

BAD_BOXES = [
    ((10, 10, 10, 50), "no area"),
    ((10, 10, 50, 10), "no area"),
    ((100, 0, 200, 50), "outside"),
    ((-50, 0, 0, 50), "outside"),
    ((0, 80, 50, 90), "outside"),
    ((math.nan, 0, 1, 1), "not finite"),
    ((0, 0, math.inf, 1), "not finite"),
]
BAD_POINTS = [
    ((-0.1, 5, 1), "outside"),
    ((5, 80.5, 1), "outside"),
    ((math.nan, 5, 1), "not finite"),
    ((5, 5, 2), "label 2"),
    ((5, 5, -1), "label -1"),
]


@pytest.mark.parametrize(("box", "reason"), BAD_BOXES)
def test_bad_boxes(box: tuple[float, float, float, float], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        prompts.checked(Prompt(box=box), 100, 80)


@pytest.mark.parametrize(("point", "reason"), BAD_POINTS)
def test_bad_points(point: tuple[float, float, int], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        prompts.checked(Prompt(points=((5, 5, 1), point)), 100, 80)


def test_an_empty_prompt() -> None:
    with pytest.raises(UserError, match="empty"):
        prompts.checked(Prompt(), 100, 80)


def test_a_box_partly_outside_is_clipped() -> None:
    assert prompts.checked(Prompt(box=(-5, 70, 120, 200)), 100, 80).box == (0, 70, 100, 80)


def test_corners_may_come_in_any_order() -> None:
    assert prompts.checked(Prompt(box=(50, 10, 20, 5)), 100, 80).box == (20, 5, 50, 10)


@given(st.tuples(*[st.floats(-1e6, 1e6) for _ in range(4)]))
def test_a_box_is_refused_or_inside(box: tuple[float, float, float, float]) -> None:
    try:
        x1, y1, x2, y2 = prompts.checked_box(box, 100, 80)
    except UserError:
        return
    assert 0 <= x1 < x2 <= 100
    assert 0 <= y1 < y2 <= 80


@given(st.floats(0, 100), st.floats(0, 80))
def test_points_up_to_the_edge_end_up_in_a_pixel(x: float, y: float) -> None:
    ((inside_x, inside_y, label),) = prompts.checked(Prompt(points=((x, y, 0),)), 100, 80).points
    assert (int(inside_x), int(inside_y)) <= (99, 79)
    assert int(inside_y) <= 79
    assert abs(inside_x - x) <= 0.5
    assert abs(inside_y - y) <= 0.5
    assert label == 0


def test_masks_are_clipped_or_refused() -> None:
    crop = np.ones((10, 10), np.bool_)
    clipped = prompts.checked(Prompt(mask=Mask(crop, 95, 75)), 100, 80).mask
    assert clipped is not None
    assert clipped.area == 25
    with pytest.raises(UserError, match="no pixel inside"):
        prompts.checked(Prompt(mask=Mask(crop, 200, 0)), 100, 80)


def test_logits_travel_unchanged() -> None:
    logits = np.zeros((256, 256), np.float32)
    assert prompts.checked(Prompt(points=((1, 1, 1),), logits=logits), 100, 80).logits is logits


@pytest.mark.parametrize(
    ("prompt", "able", "refused"),
    [
        (Prompt(points=((1, 1, 1),)), {"box"}, "point"),
        (Prompt(box=(0, 0, 5, 5)), {"point"}, "box"),
        (Prompt(mask=Mask(np.ones((2, 2), np.bool_))), {"point", "box"}, "mask"),
        (Prompt(points=((1, 1, 1),), mask=Mask(np.ones((2, 2), np.bool_))), {"point"}, ""),
        (Prompt(box=(0, 0, 5, 5)), {"box"}, ""),
    ],
)
def test_a_model_refuses_what_it_cannot_answer(prompt: Prompt, able: set[str], refused: str) -> None:
    info = ModelInfo("m", "Model M", "f", None, frozenset(able), "CPU")
    if not refused:
        prompts.supported(prompt, info)
        return
    with pytest.raises(UserError, match=f"Model M does not answer {refused} prompts") as caught:
        prompts.supported(prompt, info)
    assert ", ".join(sorted(able)) in caught.value.hint
