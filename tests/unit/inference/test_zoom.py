"""The closer look: its geometry, and through the service that small objects come out exact at every scale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from anylabel_plus import images
from anylabel_plus.core import masks
from anylabel_plus.inference import embeddings, sight, zoom
from anylabel_plus.inference.base import Candidate, Crop, Prompt
from anylabel_plus.inference.protocol import ServiceOptions
from anylabel_plus.inference.service import Service

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"
POCKET = str(FIXTURES / "pocket.encoder.onnx")
SAM = str(FIXTURES / "analytic.yaml")
CPU = ServiceOptions(device="cpu", threads=1)
BASE = zoom.ZoomOptions()


def with_object(
    width: int, height: int, side: float, at: tuple[float, float], colour: tuple[int, int, int] = (192, 64, 64)
) -> tuple[NDArray[np.uint8], masks.Mask, tuple[float, float]]:
    """A tilted ellipse with the long axis ``side`` px around ``at`` (shares of the image), on grey."""
    region = np.zeros((height, width), np.uint8)
    x, y = at[0] * width, at[1] * height
    cv2.ellipse(region, ((x, y), (side, side * 0.7), 25.0), 1, -1)
    picture = np.full((height, width, 3), (64, 64, 64), np.uint8)
    picture[region > 0] = colour
    return picture, masks.from_full(region), (x, y)


@pytest.fixture(scope="module")
def service() -> Service:
    return Service(CPU)


def crops_of(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[Crop | None]:
    """Where the service decodes from now on."""
    seen: list[Crop | None] = []
    decode = sight.Sight.decode

    def spy(self: sight.Sight, crop: Crop | None, prompts: list[Prompt]) -> list[list[Candidate]]:
        seen.append(crop)
        return decode(self, crop, prompts)

    monkeypatch.setattr(sight.Sight, "decode", spy)
    return seen


# Geometry ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(640, 480), (5000, 400), (300, 200), (24000, 16000), (60, 3000)])
def test_crops_hold_their_object_and_lie_in_the_image(size: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    for _ in range(300):
        side = random.uniform(1, BASE.max_side * max(size))
        w, h = min(side, size[0]), min(side * random.uniform(0.1, 1), size[1])
        x, y = random.uniform(0, size[0] - w), random.uniform(0, size[1] - h)
        crop = zoom.crop_around((x, y, x + w, y + h), size, BASE)
        if crop is None:
            assert max(w, h, BASE.min_side_px) * BASE.factor * 2 > max(size) / BASE.min_gain / 2
            continue
        assert 0 <= crop[0] <= x and x + w <= crop[2] <= size[0]
        assert 0 <= crop[1] <= y and y + h <= crop[3] <= size[1]
        longest = max(crop[2] - crop[0], crop[3] - crop[1])
        assert longest <= max(max(w, h) * BASE.factor, BASE.min_side_px) * 2 ** (1 / BASE.steps_per_octave) + 1
        for axis in (0, 1):  # square, but for images that are narrower
            assert crop[axis + 2] - crop[axis] == min(longest, size[axis])


def test_a_model_that_sees_more_pixels_looks_closer_at_fewer_objects() -> None:
    assert BASE.for_input(512) == BASE.for_input(320) == BASE
    assert BASE.for_input(1024).max_side == BASE.max_side / 2


def test_nearby_prompts_share_a_crop() -> None:
    around = {
        zoom.crop_around((500 + dx, 300 + dy, 590 + dx + d, 380 + dy), (2000, 1500), BASE)
        for dx in (-2, 0, 2)
        for dy in (-2, 0, 2)
        for d in (-2, 0, 2)
    }
    assert len(around) <= 3


def test_no_crop_where_it_would_show_little_more() -> None:
    assert zoom.crop_around((10, 10, 14, 14), (36, 30), BASE) is None
    assert zoom.crop_around((10, 10, 14, 14), (41, 30), BASE) == (0, 0, 32, 30)


class Recorder:
    """A decoder that answers with the box it is given, or with ``says`` for clicks, and remembers what it was asked."""

    def __init__(self, says: dict[Crop | None, list[Candidate]] | None = None) -> None:
        self.says = says or {}
        self.asked: list[tuple[Crop | None, list[Prompt]]] = []

    def __call__(self, crop: Crop | None, prompts: list[Prompt]) -> list[list[Candidate]]:
        self.asked.append((crop, list(prompts)))
        return [self.says.get(crop, []) if prompt.box is None else [solid(*prompt.box)] for prompt in prompts]


def solid(x1: float, y1: float, x2: float, y2: float, score: float = 0.9, stability: float | None = 0.9) -> Candidate:
    mask = masks.Mask(np.ones((round(y2 - y1), round(x2 - x1)), bool), round(x1), round(y1))
    return Candidate(score, mask, stability, np.zeros((4, 4), np.float32))


def test_a_small_box_is_asked_in_its_crop_alone_and_a_large_one_in_the_image() -> None:
    ask = Recorder()
    small, large = Prompt(box=(400, 300, 440, 360)), Prompt(box=(0, 0, 400, 300))
    found = zoom.answer([small, large, small], 1000, 800, ask)
    (crop, inside), (whole, outside) = ask.asked
    assert crop is not None and whole is None
    assert len(inside) == 2 and len(outside) == 1
    assert inside[0].box == (400 - crop[0], 300 - crop[1], 440 - crop[0], 360 - crop[1])
    assert [one[0].mask.bounds for one in found] == [small.box, large.box, small.box]
    assert [one[0].crop for one in found] == [crop, None, crop]


def test_points_may_say_that_the_previous_mask_was_wrong() -> None:
    first = solid(100, 100, 900, 700)
    ask = Recorder({None: [first]})
    mask = masks.Mask(np.ones((60, 40), bool), 400, 300)
    assert zoom.answer([Prompt(points=((430.0, 370.0, 1),), mask=mask)], 1000, 800, ask) == [[first]]
    assert [where for where, _ in ask.asked] == [None]
    assert ask.asked[0][1][0].mask is mask


def test_a_click_is_asked_again_around_a_small_first_answer() -> None:
    first = solid(400, 300, 440, 360)
    crop = zoom.crop_around((400, 300, 440, 360), (1000, 800), BASE)
    assert crop is not None
    x, y = crop[:2]
    closer = solid(402 - x, 301 - y, 441 - x, 359 - y, 0.8)
    ask = Recorder({None: [first, solid(300, 200, 800, 700, 0.6)], crop: [closer]})
    found = zoom.answer([Prompt(points=((420.5, 330.5, 1), (900.0, 700.0, 0)))], 1000, 800, ask)[0]
    assert [where for where, _ in ask.asked] == [None, crop]
    second = ask.asked[1][1][0]
    assert second.points == ((420.5 - x, 330.5 - y, 1),)  # the far one is of no use here
    assert second.mask is not None and second.mask.bounds == (400 - x, 300 - y, 440 - x, 360 - y)
    assert second.logits is None
    assert [one.mask.bounds for one in found] == [(402, 301, 441, 359), (300, 200, 800, 700)]
    assert [one.crop for one in found] == [crop, None]


@pytest.mark.parametrize(
    "first",
    [
        solid(400, 300, 440, 360, score=0.3),
        solid(400, 300, 440, 360, stability=0.1),
        solid(100, 100, 600, 600),
    ],
)
def test_a_first_answer_that_is_large_or_not_credible_stands(first: Candidate) -> None:
    ask = Recorder({None: [first]})
    assert zoom.answer([Prompt(points=((420, 330, 1),))], 1000, 800, ask) == [[first]]
    assert len(ask.asked) == 1


@pytest.mark.parametrize("closer", ["clipped", "elsewhere", "nothing"])
def test_a_closer_answer_that_cannot_be_right_is_left(closer: str) -> None:
    first = solid(400, 300, 440, 360)
    crop = zoom.crop_around((400, 300, 440, 360), (1000, 800), BASE)
    assert crop is not None
    width, height = crop[2] - crop[0], crop[3] - crop[1]
    answers = {
        "clipped": [solid(5, 5, width, height)],
        "elsewhere": [solid(3, 3, 20, 20)],
        "nothing": [],
    }
    ask = Recorder({None: [first], crop: answers[closer]})
    assert zoom.answer([Prompt(points=((420, 330, 1),))], 1000, 800, ask) == [[first]]
    assert len(ask.asked) == (3 if closer == "clipped" else 2)


def test_a_first_answer_that_showed_too_little_is_followed_outwards() -> None:
    first = solid(400, 300, 430, 330)
    crop = zoom.crop_around((400, 300, 430, 330), (1000, 800), BASE)
    assert crop is not None
    wider = zoom.crop_around(crop, (1000, 800), replace(BASE, factor=BASE.growth))
    assert wider is not None
    ask = Recorder({None: [first], crop: [solid(0, 9, 40, 40)], wider: [solid(20, 38, 66, 75, 0.8)]})
    found = zoom.answer([Prompt(points=((420, 320, 1),))], 1000, 800, ask)[0]
    assert [where for where, _ in ask.asked] == [None, crop, wider]
    assert [(one.crop, one.mask.x) for one in found] == [(wider, wider[0] + 20)]


def test_excluding_points_near_the_crop_make_it_grow_and_far_ones_are_dropped() -> None:
    box = (400.0, 300.0, 440.0, 340.0)
    plain = zoom.crop_around(box, (1000, 800), BASE)
    assert plain is not None
    near = (float(plain[2] + 5), 320.0, 0)
    ask = Recorder()
    zoom.answer([Prompt(points=(near, (900.0, 50.0, 0)), box=box)], 1000, 800, ask)
    crop, (prompt,) = ask.asked[0]
    assert crop is not None and crop != plain
    assert prompt.points == ((near[0] - crop[0], near[1] - crop[1], 0),)
    assert crop[0] <= box[0] and crop[2] >= near[0] and crop[2] >= box[2]


def test_logits_go_back_to_the_crop_they_came_from() -> None:
    crop = zoom.crop_around((400, 300, 440, 360), (1000, 800), BASE)
    assert crop is not None
    x, y = crop[:2]
    logits = np.ones((4, 4), np.float32)
    ask = Recorder({crop: [solid(402 - x, 301 - y, 441 - x, 359 - y)], None: [solid(100, 100, 600, 600)]})
    inside = Prompt(points=((420, 330, 1), (425, 350, 1)), logits=logits, crop=crop)
    zoom.answer([inside], 1000, 800, ask)
    assert [(where, prompts[0].logits is logits) for where, prompts in ask.asked] == [(crop, True)]
    ask.asked.clear()
    beyond = replace(inside, points=((420, 330, 1), (800, 700, 1)))
    zoom.answer([beyond], 1000, 800, ask)
    assert [(where, prompts[0].logits) for where, prompts in ask.asked] == [(None, None)]
    ask.asked.clear()
    zoom.whole([inside, replace(inside, crop=None)], ask)
    assert [prompt.logits for prompt in ask.asked[0][1]] == [None, logits]


def test_an_object_that_leaves_the_crop_is_looked_at_in_a_larger_one() -> None:
    mask = masks.Mask(np.ones((60, 40), bool), 400, 300)
    crop = zoom.crop_around((400, 300, 440, 360), (2000, 1600), BASE)
    assert crop is not None
    clipped = solid(5, 5, crop[2] - crop[0], 100)
    ask = Recorder({crop: [clipped]})
    found = zoom.answer([Prompt(mask=mask)], 2000, 1600, ask)
    larger = ask.asked[1][0]
    assert larger is not None
    assert larger[2] - larger[0] > 1.4 * (crop[2] - crop[0])
    assert larger[0] <= crop[0] and larger[1] <= crop[1] and larger[2] >= crop[2] and larger[3] >= crop[3]
    assert [(one.mask.x, one.crop) for one in found[0]] == [(crop[0] + 5, crop)]  # the larger one showed nothing
    ask.says[larger] = [solid(9, 9, 120, 130)]
    found = zoom.answer([Prompt(mask=mask)], 2000, 1600, ask)
    assert [(one.mask.x, one.crop) for one in found[0]] == [(larger[0] + 9, larger)]


# Through the service -----------------------------------------------------------------------------


@pytest.mark.parametrize("model", [POCKET, SAM])
@pytest.mark.parametrize(
    ("width", "height", "side"),
    [(640, 480, 20), (2000, 1500, 60), (6000, 4000, 90), (200, 150, 40), (3000, 200, 120), (300, 2400, 50)],
)
@pytest.mark.parametrize("at", [(0.31, 0.42), (0.0, 0.0), (1.0, 0.97)])
def test_small_objects_come_out_exact(
    service: Service, model: str, width: int, height: int, side: int, at: tuple[float, float]
) -> None:
    picture, truth, _ = with_object(width, height, side, at)
    left, top, right, bottom = truth.bounds
    least = 0.97 if model == POCKET else 0.93
    answer = service.segment(picture, Prompt(box=truth.bounds), model)
    inside = Prompt(points=(((left + right) / 2, (top + bottom) / 2, 1),))
    boxed = answer.candidates[0]
    closer = model == POCKET or max(right - left, bottom - top) < 0.15 * max(width, height)
    assert (boxed.crop is not None) == closer
    if at == (0.31, 0.42):  # else the middle of the box may be grey
        assert masks.iou(boxed.mask, truth) > least
        clicked = service.segment(picture, inside, model).candidates[0]
        assert (clicked.crop is not None) == closer and masks.iou(clicked.mask, truth) > least
    rows, columns = np.nonzero(masks.full(truth, width, height))
    middle = len(rows) // 2
    seed = Prompt(points=((float(columns[middle]) + 0.5, float(rows[middle]) + 0.5, 1),), box=truth.bounds)
    assert masks.iou(service.segment(picture, seed, model).candidates[0].mask, truth) > least


def test_without_the_closer_look_the_same_objects_are_coarse() -> None:
    plain = Service(replace(CPU, zoom=False))
    picture, truth, _ = with_object(6000, 4000, 90, (0.31, 0.42))
    found = plain.segment(picture, Prompt(box=truth.bounds), POCKET).candidates
    assert found[0].crop is None and masks.iou(found[0].mask, truth) < 0.9


def test_an_image_of_a_few_pixels_is_enlarged(service: Service) -> None:
    picture, truth, _ = with_object(200, 160, 50, (0.5, 0.5))
    found = service.segment(picture, Prompt(box=truth.bounds), POCKET).candidates[0]
    assert found.crop is not None and max(found.crop[2] - found.crop[0], found.crop[3] - found.crop[1]) <= 128
    assert masks.iou(found.mask, truth) > 0.97
    tiny = np.full((6, 9, 3), 64, np.uint8)
    assert service.segment(tiny, Prompt(box=(2, 2, 4, 4)), POCKET).candidates[0].crop is None


def test_the_next_click_refines_the_closer_answer(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, truth, centre = with_object(2000, 1500, 60, (0.4, 0.4))
    picture[625:640, 822:837] = (64, 192, 64)  # at its side
    truth = masks.subtract(truth, masks.Mask(np.ones((15, 15), bool), 822, 625))
    first = service.segment(picture, Prompt(points=((*centre, 1),)), POCKET).candidates[0]
    assert first.crop is not None
    seen = crops_of(service, monkeypatch)
    points = ((*centre, 1), (829.5, 632.5, 1))
    second = service.segment(picture, Prompt(points, logits=first.logits, crop=first.crop), POCKET).candidates[0]
    assert seen == [first.crop]
    both = masks.union(truth, masks.Mask(np.ones((15, 15), bool), 822, 625))
    assert masks.iou(second.mask, both) > 0.95
    third = Prompt((*points, (829.5, 632.5, 0)), logits=second.logits, crop=second.crop)
    assert masks.iou(service.segment(picture, third, POCKET).candidates[0].mask, truth) > 0.95


def test_a_crop_is_encoded_once_and_kept_under_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, truth, _ = with_object(1000, 800, 60, (0.4, 0.4))
    path = tmp_path / "a.png"
    Image.fromarray(picture).save(path)
    service = Service(replace(CPU, cache_dir=tmp_path / "cache"))
    one = service.segment(path, Prompt(box=truth.bounds), POCKET)
    monkeypatch.setattr(images, "load", lambda path: pytest.fail("decoded again"))
    again = service.segment(path, Prompt(box=truth.bounds), POCKET)
    assert one.timing_ms["encode"] > 0 and again.timing_ms["encode"] == 0
    assert len(list((tmp_path / "cache").glob("*.emb"))) == 1  # the crop's: nobody needed the whole
    monkeypatch.undo()
    service.prefetch(path, POCKET)
    assert len(list((tmp_path / "cache").glob("*.emb"))) == 2
    fresh = Service(replace(CPU, cache_dir=tmp_path / "cache")).segment(path, Prompt(box=truth.bounds), POCKET)
    assert fresh.timing_ms["encode"] == 0 and masks.equal(fresh.candidates[0].mask, one.candidates[0].mask)
    key = embeddings.key("p", "w", "v")
    assert key != embeddings.key("p", "w", "v", (0, 0, 64, 64)) != embeddings.key("p", "w", "v", (0, 0, 64, 65))


def test_many_prompts_are_answered_as_one_by_one(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, truth, centre = with_object(1200, 900, 70, (0.4, 0.4))
    prompts = [
        Prompt(points=((*centre, 1),)),
        Prompt(box=truth.bounds),
        Prompt(points=((20.0, 20.0, 1),)),
        Prompt(points=((*centre, 1),), mask=truth),
    ]
    singles = [service.segment(picture, prompt, POCKET) for prompt in prompts]
    seen = crops_of(service, monkeypatch)
    many = service.segment_many(picture, prompts, POCKET)
    assert len(seen) < 5
    for one, other in zip(singles, many, strict=True):
        assert len(one.candidates) == len(other.candidates)
        assert all(masks.equal(a.mask, b.mask) for a, b in zip(one.candidates, other.candidates, strict=True))
    assert all(answer.timing_ms["encode"] == 0 for answer in many[1:])
    assert service.segment_many(picture, [], POCKET) == []


def test_pixels_of_a_file_that_changed_its_size_are_not_mixed_up(tmp_path: Path, service: Service) -> None:
    path = tmp_path / "a.png"
    picture, truth, _ = with_object(1000, 800, 60, (0.4, 0.4))
    Image.fromarray(picture).save(path)
    fresh = Service(CPU)
    assert masks.iou(fresh.segment(path, Prompt(box=truth.bounds), POCKET).candidates[0].mask, truth) > 0.97
    picture, truth, _ = with_object(700, 900, 50, (0.6, 0.3))
    Image.fromarray(picture).save(path)
    assert masks.iou(fresh.segment(path, Prompt(box=truth.bounds), POCKET).candidates[0].mask, truth) > 0.97
