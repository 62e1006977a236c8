"""The SAM family against exact truth: an analytic SAM on flat scenes, and the official export's own names."""

from __future__ import annotations

import pickle
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
from anylabel_plus.inference import catalog, cell_masks, sam
from anylabel_plus.inference.base import Candidate, Embedding, Prompt, ProposeOptions
from anylabel_plus.inference.runtime import RuntimeOptions

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"
OPTIONS = RuntimeOptions(device="cpu", threads=1)
SIZES = [(640, 480), (480, 640), (1024, 1024), (1500, 500), (350, 900), (160, 120), (2400, 1600)]
COLOURS = [(220, 40, 40), (40, 200, 60), (240, 220, 60)]


@cache
def model(name: str) -> sam.SamModel:
    return sam.load(catalog.resolve(str(FIXTURES / f"{name}.yaml")), OPTIONS)


def scene(width: int, height: int) -> tuple[NDArray[np.uint8], list[masks.Mask], list[tuple[float, float]]]:
    """Three ellipses on one colour, off the diagonal so that swapped coordinates miss."""
    picture = np.full((height, width, 3), (40, 60, 200), np.uint8)
    truth, centres = [], []
    for k, colour in enumerate(COLOURS):
        region = np.zeros((height, width), np.uint8)
        x, y = width * (0.15 + 0.33 * k), height * (0.75 - 0.28 * k)
        cv2.ellipse(region, ((x, y), (width * 0.2, height * 0.24), 15.0 * k), 1, -1)
        picture[region > 0] = colour
        truth.append(masks.from_full(region))
        centres.append((x, y))
    return picture, truth, centres


def first_iou(found: list[Candidate], truth: masks.Mask) -> float:
    return masks.iou(found[0].mask, truth) if found else 0.0


@pytest.mark.parametrize("name", ["analytic", "analytic_nchw", "analytic_multi"])
def test_points_and_boxes_find_the_object(name: str) -> None:
    by_point, by_box = [], []
    for width, height in SIZES:
        picture, truth, centres = scene(width, height)
        embedding = model(name).encode(picture)
        for mask, (x, y) in zip(truth, centres, strict=True):
            by_point.append(first_iou(model(name).decode(embedding, Prompt(points=((x, y, 1),))), mask))
            by_box.append(first_iou(model(name).decode(embedding, Prompt(box=mask.bounds)), mask))
    assert np.mean(by_point) >= 0.93
    assert np.mean(by_box) >= 0.93
    assert min(by_point + by_box) >= 0.88


@pytest.mark.parametrize("fault", ["swapped", "unscaled"])
def test_wrong_coordinates_would_be_noticed(fault: str) -> None:
    results = []
    for width, height in ((300, 200), (2400, 1500)):
        picture, truth, centres = scene(width, height)
        embedding = model("analytic").encode(picture)
        for mask, (x, y) in zip(truth, centres, strict=True):
            scale = 1024 / width
            wrong = (y, x) if fault == "swapped" else (x * scale, y * scale)
            results.append(first_iou(model("analytic").decode(embedding, Prompt(points=((*wrong, 1),))), mask))
    assert np.mean(results) < 0.2


def test_both_encoder_variants_agree() -> None:
    picture, truth, centres = scene(900, 600)
    for (x, y), mask in zip(centres, truth, strict=True):
        prompt = Prompt(points=((x, y, 1),))
        one, two = (model(name).decode(model(name).encode(picture), prompt) for name in ("analytic", "analytic_nchw"))
        assert masks.iou(one[0].mask, two[0].mask) > 0.98
        assert masks.iou(one[0].mask, mask) > 0.9


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
    assert pixels.shape == picture.shape
    found = model("analytic").decode(model("analytic").encode(pixels), Prompt(points=((*centres[0], 1),)))
    assert first_iou(found, truth[0]) > 0.9


def test_a_cached_embedding_gives_the_same_answer() -> None:
    picture, _, centres = scene(700, 500)
    fresh = model("tiny").encode(picture)
    stored = Embedding(
        {key: value.astype(np.float16) for key, value in fresh.arrays.items()}, fresh.width, fresh.height
    )
    prompt = Prompt(points=((*centres[1], 1),), box=(100, 100, 400, 300))
    one, two = model("tiny").decode(fresh, prompt), model("tiny").decode(stored, prompt)
    assert [c.score for c in one] == [c.score for c in two]
    assert all(masks.equal(a.mask, b.mask) for a, b in zip(one, two, strict=True))


def test_logits_fed_back_reach_the_graph() -> None:
    picture, truth, centres = scene(640, 480)
    embedding = model("analytic").encode(picture)
    first = model("analytic").decode(embedding, Prompt(points=((*centres[0], 1),)))[0]
    second = model("analytic").decode(embedding, Prompt(points=((*centres[1], 1),), logits=first.logits))[0]
    both = masks.union(truth[0], truth[1])
    assert masks.iou(second.mask, both) > 0.9


def test_a_previous_mask_is_turned_into_logits() -> None:
    picture, truth, centres = scene(640, 480)
    embedding = model("analytic").encode(picture)
    found = model("analytic").decode(embedding, Prompt(points=((*centres[1], 1),), mask=truth[0]))
    assert first_iou(found, masks.union(truth[0], truth[1])) > 0.9
    alone = model("analytic").decode(embedding, Prompt(mask=truth[2]))
    assert first_iou(alone, truth[2]) > 0.9


def test_an_excluding_point_takes_its_region_out() -> None:
    picture, truth, centres = scene(640, 480)
    embedding = model("analytic").encode(picture)
    points = ((*centres[0], 1), (*centres[1], 1), (*centres[1], 0))
    assert first_iou(model("analytic").decode(embedding, Prompt(points=points)), truth[0]) > 0.9


def test_four_masks_give_three_candidates_by_the_rule() -> None:
    picture, truth, centres = scene(640, 480)
    embedding = model("analytic_multi").encode(picture)
    single = model("analytic_multi").decode(embedding, Prompt(points=((*centres[0], 1),)))
    assert [round(c.score, 2) for c in single] == [0.9, 0.7, 0.6]
    boxed = model("analytic_multi").decode(embedding, Prompt(box=truth[0].bounds))
    assert [round(c.score, 2) for c in boxed] == [0.93, 0.7, 0.6]
    areas = [c.mask.area for c in boxed]
    assert areas[2] < areas[0] < areas[1]


def test_nothing_under_the_prompt_gives_no_candidates() -> None:
    picture, _, _ = scene(640, 480)
    embedding = model("analytic").encode(picture)
    assert model("analytic").decode(embedding, Prompt()) == []
    assert model("analytic").decode(embedding, Prompt(points=((5, 5, 1), (6, 6, 0)))) == []


def test_propose_finds_every_object_once_and_can_be_stopped() -> None:
    picture, truth, _ = scene(640, 480)
    embedding = model("analytic").encode(picture)
    found = model("analytic").propose(embedding, ProposeOptions(points_per_side=6))
    for mask in truth:
        assert sum(masks.iou(candidate.mask, mask) > 0.85 for candidate in found) == 1
    assert len(found) == 4  # the background is a region too
    few = model("analytic").propose(embedding, ProposeOptions(points_per_side=2, max_candidates=1))
    assert len(few) == 1
    with pytest.raises(Cancelled):
        model("analytic").propose(embedding, ProposeOptions(), stop=lambda: True)


def test_the_official_export_runs_with_every_prompt() -> None:
    picture, truth, centres = scene(300, 200)
    tiny = model("tiny")
    assert "256x256" in tiny.preprocessing
    embedding = tiny.encode(picture)
    assert embedding.arrays["image_embeddings"].shape == (1, 32, 16, 16)
    click = Prompt(points=((*centres[0], 1),))
    first = tiny.decode(embedding, click)
    assert 1 <= len(first) <= 3
    assert first[0].logits is not None and first[0].logits.shape == (64, 64)
    again = tiny.decode(embedding, replace(click, logits=first[0].logits))
    assert not np.array_equal(again[0].logits, first[0].logits)  # type: ignore[arg-type]
    for prompt in (Prompt(box=truth[0].bounds), Prompt(points=((1, 1, 0), (*centres[1], 1)), box=(0, 0, 300, 200))):
        for candidate in tiny.decode(embedding, prompt):
            assert 0 <= candidate.score <= 1
            x1, y1, x2, y2 = candidate.mask.bounds
            assert x1 >= 0 and y1 >= 0 and x2 <= 300 and y2 <= 200


def _graph(path: Path, inputs: dict[str, list[Any]], outputs: list[str]) -> Path:
    onnx = pytest.importorskip("onnx")
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    shapes = [helper.make_tensor_value_info(name, floats, shape) for name, shape in inputs.items()]
    first = next(iter(inputs))
    nodes = [helper.make_node("Identity", [first], [name]) for name in outputs]
    results = [helper.make_tensor_value_info(name, floats, inputs[first]) for name in outputs]
    graph = helper.make_graph(nodes, "g", shapes, results)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


SAM2 = {
    "image_embed": [1, 256, 64, 64], "high_res_feats_0": [1, 32, 256, 256], "high_res_feats_1": [1, 64, 128, 128],
    "point_coords": [1, "n", 2], "point_labels": [1, "n"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        (SAM2, ["masks"], "this is a SAM 2 decoder"),
        ({"backbone_fpn_0": [1, 2]}, ["masks"], "this is a SAM 3 decoder"),
        (
            {"image_embeddings": [1], "interm_embeddings": [1], "point_coords": [1]},
            ["masks"],
            "this is a SAM-HQ decoder",
        ),
        (
            {"images": [1, 3, 640, 640]},
            ["output0"],
            r"a SAM 1 decoder is needed \(its inputs: images \[1, 3, 640, 640\]",
        ),
    ],
)
def test_another_decoder_is_named(
    tmp_path: Path, inputs: dict[str, list[Any]], outputs: list[str], message: str
) -> None:
    decoder = _graph(tmp_path / "x.decoder.onnx", inputs, outputs)
    spec = catalog.resolve(f"{FIXTURES / 'analytic.encoder.onnx'},{decoder}")
    with pytest.raises(UserError, match=message):
        sam.load(spec, OPTIONS)


def test_swapped_files_are_noticed(tmp_path: Path) -> None:
    spec = catalog.resolve(str(FIXTURES / "analytic.yaml"))
    encoder, decoder = spec.files
    swapped = replace(spec, files=(replace(encoder, role="decoder"), replace(decoder, role="encoder")))
    with pytest.raises(UserError, match="a SAM 1 decoder is needed") as caught:
        sam.load(swapped, OPTIONS)
    assert "swapped" in caught.value.hint


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (6000, 4000), (200, 300)])
def test_enlarged_logits_follow_the_formula(width: int, height: int) -> None:
    scale = 256 / max(width, height)
    frame = cell_masks.Frame(width, height, scale, scale, 256)
    rows, columns = np.mgrid[:256, :256]
    logits = (30.0 - np.hypot(columns - 100.0, rows - 60.0)).astype(np.float32)
    mask = cell_masks.to_mask(logits, frame)
    assert mask is not None
    # Cells 65 to 135 across and 25 to 95 down hold all of it.
    x0, y0 = int(65 / scale), int(25 / scale)
    y, x = np.ogrid[y0 : min(int(95 / scale), height), x0 : min(int(135 / scale), width)]
    across, down = ((x + 0.5) * scale - 100.5).astype(np.float32), ((y + 0.5) * scale - 60.5).astype(np.float32)
    assert masks.iou(mask, masks.from_full(across**2 + down**2 < 900.0, x0, y0)) > 0.995


def test_mask_to_logits_and_back() -> None:
    region = np.zeros((400, 600), np.uint8)
    cv2.circle(region, (420, 150), 90, 1, -1)
    mask = masks.from_full(region)
    scale = 256 / 600
    frame = cell_masks.Frame(600, 400, scale, scale, 256)
    back = cell_masks.to_mask(cell_masks.from_mask(mask, frame), frame)
    assert back is not None and masks.iou(back, mask) > 0.98
    assert cell_masks.stability(cell_masks.from_mask(mask, frame), frame) > 0.9


def test_a_large_mask_is_made_when_it_is_looked_at_and_travels_small() -> None:
    frame = cell_masks.Frame(6000, 4000, 256 / 6000, 256 / 6000, 256)
    rows, columns = np.mgrid[:256, :256]
    logits = (70.0 - np.hypot(columns - 120.0, rows - 85.0)).astype(np.float32)
    mask = cell_masks.to_mask(logits, frame)
    assert isinstance(mask, masks.Mask)
    sent = pickle.dumps(mask)
    assert len(sent) < 100_000
    received = pickle.loads(sent)  # noqa: S301 - our own bytes
    assert masks.equal(received, mask)
    assert mask.area == pytest.approx(np.pi * (70 * 6000 / 256) ** 2, rel=0.005)
    x1, y1, x2, y2 = mask.bounds
    assert mask.crop.any(0).all() and mask.crop.any(1).all()
    assert (x2 - x1, y2 - y1) == mask.crop.shape[::-1]
    assert not mask.crop.flags.writeable
