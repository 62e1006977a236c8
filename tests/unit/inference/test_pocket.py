"""The pocket family against exact truth: a graph that finds flat colours, on flat scenes of many sizes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from anylabel_plus import images
from anylabel_plus.core import masks
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference import catalog, cell_masks, pocket, pocket_edges, pocket_everything, pocket_graph, runtime
from anylabel_plus.inference.base import Candidate, Prompt, ProposeOptions
from anylabel_plus.inference.pocket_edges import EdgeOptions
from anylabel_plus.inference.runtime import RuntimeOptions, open_session

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"
FILES = FIXTURES / "pocket.encoder.onnx", FIXTURES / "pocket.decoder.onnx"
OPTIONS = RuntimeOptions(device="cpu", threads=1)
PLAIN = replace(pocket.OPTIONS, edges=None, batch=16)  # the graph's own cells, whose truth is exact
SIZES = [(640, 480), (480, 640), (512, 512), (1500, 500), (350, 901), (101, 77), (2400, 1601)]
GREY = (64, 64, 64)
COLOURS = [(192, 64, 64), (64, 192, 64), (64, 64, 192)]


@cache
def model() -> pocket.PocketModel:
    return made(PLAIN)


def made(options: pocket.PocketOptions) -> pocket.PocketModel:
    spec = catalog.resolve(str(FILES[0]))
    return pocket.PocketModel(spec, open_session(FILES[0], OPTIONS), open_session(FILES[1], OPTIONS), options)


def scene(width: int, height: int) -> tuple[NDArray[np.uint8], list[masks.Mask], list[tuple[float, float]]]:
    """Three ellipses on grey, off the diagonal so that swapped coordinates miss."""
    picture = np.full((height, width, 3), GREY, np.uint8)
    truth, centres = [], []
    for k, colour in enumerate(COLOURS):
        region = np.zeros((height, width), np.uint8)
        x, y = width * (0.16 + 0.33 * k), height * (0.75 - 0.28 * k)
        cv2.ellipse(region, ((x, y), (width * 0.2, height * 0.24), 15.0 * k), 1, -1)
        picture[region > 0] = colour
        truth.append(masks.from_full(region))
        centres.append((x, y))
    return picture, truth, centres


def point(x: float, y: float, label: int = 1) -> Prompt:
    return Prompt(points=((x, y, label),))


def first_iou(found: list[Candidate], truth: masks.Mask) -> float:
    return masks.iou(found[0].mask, truth) if found else 0.0


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_points_and_boxes_find_the_object_exactly(width: int, height: int) -> None:
    picture, truth, centres = scene(width, height)
    embedding = model().encode(picture)
    for mask, centre in zip(truth, centres, strict=True):
        assert first_iou(model().decode(embedding, point(*centre)), mask) > 0.96
        assert first_iou(model().decode(embedding, Prompt(box=mask.bounds)), mask) > 0.95


def test_a_cell_off_would_be_noticed() -> None:
    picture, truth, centres = scene(640, 480)
    found = model().decode(model().encode(picture), point(*centres[1]))[0]
    exact = masks.iou(found.mask, truth[1])
    cell = round(2 / (512 / 640))
    for dx, dy in ((cell, 0), (0, cell), (-cell, 0), (0, -cell)):
        assert masks.iou(masks.shifted(found.mask, dx, dy), truth[1]) < exact - 0.005


@pytest.mark.parametrize(
    ("width", "height", "columns", "rows", "padded"),
    [
        (1, 1, 512, 512, (512, 512)),
        (3, 2000, 1, 512, (32, 512)),
        (30000, 50, 512, 1, (512, 32)),
        (640, 480, 512, 384, (512, 384)),
        (481, 640, 385, 512, (416, 512)),
        (512, 512, 512, 512, (512, 512)),
    ],
)
def test_the_picture_lies_where_the_contract_says(
    width: int, height: int, columns: int, rows: int, padded: tuple[int, int]
) -> None:
    box = pocket_graph.letterbox(width, height, 512)
    assert (box.columns, box.rows, box.padded) == (columns, rows, padded)
    picture = np.full((height, width, 3), (10, 20, 30), np.uint8)
    feed = pocket_graph.image_feed(picture, box)
    assert feed.shape == (1, 3, padded[1], padded[0]) and feed.dtype == np.float32
    assert (feed[0, :, :rows, :columns] == np.array([10, 20, 30])[:, None, None]).all()
    outside = np.ones((padded[1], padded[0]), bool)
    outside[:rows, :columns] = False
    assert (feed[0][:, outside] == np.array([124, 116, 104])[:, None]).all()
    found = model().decode(model().encode(picture), point(width / 2, height / 2))
    assert masks.equal(found[0].mask, masks.from_full(np.ones((height, width), bool)))


def test_prompts_become_the_inputs_of_the_contract() -> None:
    box = pocket_graph.letterbox(1024, 512, 512)
    region = np.zeros((512, 1024), bool)
    region[:256, :512] = True
    feeds = pocket_graph.prompt_feeds(
        [
            Prompt(points=((10.0, 20.0, 1), (30.5, 40.5, 0))),
            Prompt(box=(100.0, 90.0, 60.0, 50.0)),
            Prompt(mask=masks.from_full(region)),
            Prompt(points=((1.0, 1.0, 1),), logits=np.full((64, 128), 99.0, np.float32)),
        ],
        box,
    )
    assert feeds["points"].shape == (4, 2, 2)
    assert feeds["points"][0].tolist() == [[5.0, 10.0], [15.25, 20.25]]
    assert feeds["labels"].tolist() == [[1, 0], [-1, -1], [-1, -1], [1, -1]]
    assert feeds["boxes"][1].tolist() == [30.0, 25.0, 50.0, 45.0]
    assert feeds["has_box"].tolist() == [0, 1, 0, 0]
    assert feeds["has_mask"].tolist() == [0, 0, 1, 1]
    assert feeds["mask"].shape == (4, 1, 64, 128)
    assert (feeds["mask"][2, 0, :32, :64] == 6.0).all() and (feeds["mask"][2, 0, 33:, :] == -6.0).all()
    assert (feeds["mask"][3] == 10.0).all() and not feeds["mask"][:2].any()
    assert all(value.dtype == np.float32 for value in feeds.values())


def test_logits_of_another_image_are_refused() -> None:
    picture, _, centres = scene(640, 480)
    prompt = Prompt(points=((*centres[0], 1),), logits=np.zeros((5, 7), np.float32))
    with pytest.raises(UserError, match=r"shape \[5, 7\], not \[96, 128\]"):
        model().decode(model().encode(picture), prompt)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_with_exif_is_segmented_upright(tmp_path: Path, orientation: int) -> None:
    from PIL import Image

    picture, truth, centres = scene(480, 320)
    turned = {1: picture, 3: picture[::-1, ::-1], 6: np.rot90(picture, 1), 8: np.rot90(picture, -1)}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.png"
    Image.fromarray(np.ascontiguousarray(turned)).save(path, exif=exif)
    pixels = images.load(path)
    assert first_iou(model().decode(model().encode(pixels), point(*centres[0])), truth[0]) > 0.96


def test_excluding_points_and_previous_masks_reach_the_graph() -> None:
    picture, truth, centres = scene(640, 480)
    embedding = model().encode(picture)
    two = ((*centres[0], 1), (*centres[1], 1))
    both = masks.union(truth[0], truth[1])
    assert first_iou(model().decode(embedding, Prompt(points=two)), both) > 0.96
    assert first_iou(model().decode(embedding, Prompt(points=(*two, (*centres[1], 0)))), truth[0]) > 0.96
    first = model().decode(embedding, point(*centres[0]))[0]
    second = Prompt(points=((*centres[1], 1),), logits=first.logits)
    assert first_iou(model().decode(embedding, second), both) > 0.95
    assert first_iou(model().decode(embedding, Prompt(points=((*centres[1], 1),), mask=truth[0])), both) > 0.95
    assert first_iou(model().decode(embedding, Prompt(mask=truth[2])), truth[2]) > 0.95


def test_candidates_come_best_first_without_copies_and_empty_ones() -> None:
    picture, truth, centres = scene(640, 480)
    embedding = model().encode(picture)
    found = model().decode(embedding, point(*centres[0]))
    assert [round(one.score, 2) for one in found] == [0.9, 0.7]
    assert found[1].mask.area < found[0].mask.area
    assert all(one.stability is not None and 0.8 < one.stability <= 1.0 for one in found)
    everywhere = model().encode(np.full((64, 64, 3), GREY, np.uint8))
    assert len(model().decode(everywhere, point(32, 32))) == 1  # shrunk, it is the same
    assert model().decode(everywhere, point(32, 32, 0)) == []
    assert model().decode(embedding, Prompt()) == []
    assert masks.iou(found[0].mask, truth[0]) > 0.96


def test_the_main_output_can_be_preferred() -> None:
    box = pocket_graph.letterbox(512, 512, 512)
    logits = np.full((2, 256, 256), -5.0, np.float32)
    logits[0, :100, :100] = logits[1, :200, :200] = 5.0
    answer = pocket_graph.Decoded(logits, np.array([0.7, 0.8], np.float32))
    assert pocket.distinct(answer, box, 0.0) == [1, 0]
    assert pocket.distinct(answer, box, 0.2) == [0, 1]
    assert answer.scores.tolist() == pytest.approx([0.7, 0.8])


def batch_prompts(truth: list[masks.Mask], centres: list[tuple[float, float]]) -> list[Prompt]:
    return [
        point(*centres[0]),
        Prompt(box=truth[1].bounds),
        Prompt(points=((*centres[0], 1), (*centres[1], 1), (*centres[2], 0))),
        Prompt(points=((*centres[2], 1),), mask=truth[0]),
        Prompt(),
        Prompt(box=truth[2].bounds, points=((*centres[2], 1),)),
    ] * 4


def test_a_batch_answers_as_its_prompts_do_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    alike = made(replace(PLAIN, replay=1))  # every prompt in one run
    picture, truth, centres = scene(640, 480)
    embedding = alike.encode(picture)
    prompts = batch_prompts(truth, centres)
    singles = [alike.decode(embedding, prompt) for prompt in prompts]
    runs: list[int] = []
    run = alike._decoder.run
    monkeypatch.setattr(alike._decoder, "run", lambda *a: runs.append(len(a[1]["points"])) or run(*a))
    many = alike.decode_many(embedding, prompts)
    assert runs == [16, 4]  # 20 prompts that ask something
    for one, other in zip(singles, many, strict=True):
        assert [c.score for c in one] == pytest.approx([c.score for c in other])
        assert all(masks.equal(a.mask, b.mask) for a, b in zip(one, other, strict=True))
        assert all(np.allclose(a.logits, b.logits, atol=1e-4) for a, b in zip(one, other, strict=True))


def test_on_a_cpu_each_prompt_has_a_run_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    single = made(replace(PLAIN, batch=0))
    picture, _, centres = scene(640, 480)
    runs: list[int] = []
    run = single._decoder.run
    monkeypatch.setattr(single._decoder, "run", lambda *a: runs.append(len(a[1]["points"])) or run(*a))
    single.decode_many(single.encode(picture), [point(*centre) for centre in centres])
    assert runs == [1, 1, 1]


def test_a_batch_can_be_stopped() -> None:
    picture, truth, centres = scene(101, 77)
    with pytest.raises(Cancelled):
        model().decode_many(model().encode(picture), batch_prompts(truth, centres), lambda: True)


@pytest.mark.parametrize("passes", [1, 2])
def test_refining_passes_give_the_answer_back_to_the_graph(passes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, truth, centres = scene(640, 480)
    refining = made(replace(PLAIN, refine_passes=passes))
    embedding = refining.encode(picture)
    seen: list[list[float]] = []
    run = refining._decoder.run
    monkeypatch.setattr(refining._decoder, "run", lambda *a: seen.append(a[1]["has_mask"].tolist()) or run(*a))
    found = refining.decode_many(embedding, [point(*centres[0]), point(*centres[1], 0)])
    assert seen == [[0.0, 0.0]] + [[1.0, 0.0]] * passes
    assert first_iou(found[0], truth[0]) > 0.93
    assert found[1] == []


def test_everything_finds_each_object_once() -> None:
    picture, truth, _ = scene(640, 480)
    found = model().propose(model().encode(picture), ProposeOptions(points_per_side=8))
    background = masks.from_full((picture == GREY).all(2))
    for mask in (*truth, background):
        assert sum(masks.iou(one.mask, mask) > 0.9 for one in found) == 1
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    limited = model().propose(model().encode(picture), ProposeOptions(points_per_side=8, max_candidates=2))
    assert len(limited) == 2
    large = model().propose(model().encode(picture), ProposeOptions(points_per_side=8, min_area_px=60_000))
    assert [one.mask.area > 60_000 for one in large] == [True]
    assert not model().propose(model().encode(picture), ProposeOptions(points_per_side=8, min_score=0.95))


def test_everything_asks_no_more_where_it_has_found_something(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, _, _ = scene(640, 480)
    embedding = model().encode(picture)
    asked: list[int] = []
    run = model()._decoder.run

    def watched(*given: Any) -> Any:
        if not given[1]["has_mask"].any():  # a good answer is given back once, which asks no new point
            asked.append(len(given[1]["points"]))
        return run(*given)

    monkeypatch.setattr(model()._decoder, "run", watched)
    model().propose(embedding, ProposeOptions(points_per_side=16))
    assert max(asked) <= 16
    assert sum(asked) < 245  # of 256: some points of each ellipse are left out
    with pytest.raises(Cancelled):
        model().propose(embedding, ProposeOptions(), lambda: True)


def test_the_grid_covers_the_image_far_apart_first() -> None:
    points = pocket_everything.grid(160, 80, 16)
    assert len(set(points)) == 256
    assert min(points) == (5.0, 2.5) and max(points) == (155.0, 77.5)
    assert {(x - 25) % 40 for x, _ in points[:16]} == {0}


def test_edges_follow_the_image_between_cells() -> None:
    width, height = 1600, 1200
    picture, truth, _ = scene(width, height)
    noise = np.random.default_rng(3).integers(-12, 13, picture.shape)
    picture = np.clip(picture.astype(int) + noise, 0, 255).astype(np.uint8)
    box = pocket_graph.letterbox(width, height, 512)
    region = masks.full(truth[1], width, height).astype(np.float32)
    # What a coarse model would say: right on the whole, an edge of eight pixels' softness, and two cells off.
    small = cv2.resize(region, (box.columns // 2, box.rows // 2), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), 1.5)
    logits = np.full((box.padded[1] // 2, box.padded[0] // 2), -4.0, np.float32)
    logits[: soft.shape[0], : soft.shape[1]] = (soft - 0.3) * 8
    plain = cell_masks.to_mask(logits, box.frame)
    better = pocket_edges.refined(logits, picture, box.frame, EdgeOptions())
    assert plain is not None and better is not None
    assert masks.iou(better, truth[1]) > masks.iou(plain, truth[1]) + 0.02
    shrunk = pocket_edges.refined(logits, picture, box.frame, EdgeOptions(max_pixels=40_000))
    assert shrunk is not None and masks.iou(shrunk, truth[1]) > masks.iou(plain, truth[1])
    assert pocket_edges.refined(np.full_like(logits, -1.0), picture, box.frame, EdgeOptions()) is None


def test_edges_are_looked_for_in_the_pixels_that_come_with_the_embedding() -> None:
    picture, truth, centres = scene(900, 601)
    refining = made(pocket.PocketOptions(edges=EdgeOptions()))
    assert refining.wants_pixels and not model().wants_pixels
    embedding = replace(refining.encode(picture), pixels=picture)
    assert first_iou(refining.decode(embedding, point(*centres[0])), truth[0]) > 0.97


@pytest.mark.parametrize(
    ("encoder", "decoder", "message"),
    [
        ("analytic_nchw.encoder.onnx", "pocket.decoder.onnx", "is no pocket encoder"),
        ("pocket.encoder.onnx", "analytic.decoder.onnx", "is no pocket decoder"),
        ("pocket.decoder.onnx", "pocket.encoder.onnx", "is no pocket encoder"),
    ],
)
def test_other_graphs_are_refused_with_their_inputs(encoder: str, decoder: str, message: str) -> None:
    spec = catalog.resolve(str(FILES[0]))
    with pytest.raises(UserError, match=message) as caught:
        pocket.PocketModel(spec, open_session(FIXTURES / encoder, OPTIONS), open_session(FIXTURES / decoder, OPTIONS))
    assert "its inputs:" in caught.value.text


def test_files_of_two_exports_are_refused(tmp_path: Path) -> None:
    old = FILES[1].read_bytes()
    other = tmp_path / "pocket.decoder.onnx"
    other.write_bytes(old.replace(b"anylabel_plus.version\x12\x010", b"anylabel_plus.version\x12\x017"))
    spec = catalog.resolve(str(FILES[0]))
    with pytest.raises(UserError, match="do not belong together"):
        pocket.PocketModel(spec, open_session(FILES[0], OPTIONS), open_session(other, OPTIONS))


def test_the_family_is_read_from_the_file(tmp_path: Path) -> None:
    assert catalog.resolve(str(FILES[0])).family == "pocket"
    assert catalog.resolve(str(FIXTURES / "analytic.encoder.onnx")).family == "sam"


@pytest.mark.gpu
@pytest.mark.skipif(not runtime.gpu_may_exist(), reason="no NVIDIA GPU")
def test_cpu_and_cuda_agree() -> None:
    spec = catalog.rows().get("pocket") or catalog.resolve(str(FILES[0]))
    one, other = (pocket.load(spec, RuntimeOptions(device)) for device in ("cpu", "cuda"))
    assert other.info.provider == runtime.CUDA, other.info.provider_note
    picture, truth, centres = scene(640, 480)
    prompts = [prompt for prompt in batch_prompts(truth, centres) if not prompt.empty]
    answers = [each.decode_many(each.encode(picture), prompts) for each in (one, other)]
    for found, again in zip(*answers, strict=True):
        assert len(found) == len(again)
        assert all(masks.iou(a.mask, b.mask) > 0.995 for a, b in zip(found, again, strict=True))
