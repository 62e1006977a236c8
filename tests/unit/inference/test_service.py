from __future__ import annotations

import os
import pickle
from pathlib import Path

import flat_family
import numpy as np
import pytest
from PIL import Image

from anylabel_plus import images
from anylabel_plus.core import masks
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference import protocol
from anylabel_plus.inference.base import Candidate, Prompt, ProposeOptions
from anylabel_plus.inference.protocol import ServiceOptions
from anylabel_plus.inference.service import Service

POINT = Prompt(points=((20.5, 10.5, 1),))
FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"


class Loads:
    """Counts what was loaded and keeps the models."""

    def __init__(self) -> None:
        self.models: list[flat_family.FlatModel] = []

    def __call__(self, text: str, options: ServiceOptions) -> flat_family.FlatModel:
        self.models.append(flat_family.load(text, options))
        return self.models[-1]


def write(path: Path, left: int = 8) -> Path:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[5:25, left:40] = (200, 100, 50)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write(tmp_path / "a.png")


def test_an_image_is_encoded_once_for_many_prompts(image: Path) -> None:
    loads = Loads()
    service = Service(ServiceOptions(), loads)
    first = service.segment(image, POINT, "flat")
    second = service.segment(image, Prompt(box=(10, 6, 30, 20)), "flat")
    assert len(loads.models) == 1
    assert loads.models[0].encoded == 1
    assert first.timing_ms["encode"] > 0
    assert second.timing_ms["encode"] == 0
    assert "load_model" in first.timing_ms
    assert "load_model" not in second.timing_ms
    assert masks.equal(first.candidates[0].mask, second.candidates[0].mask)


def test_results_do_not_depend_on_the_cache(image: Path, tmp_path: Path) -> None:
    options = ServiceOptions(cache_dir=tmp_path / "cache")
    fresh = Service(options, flat_family.load).segment(image, POINT, "flat").candidates[0]
    loads = Loads()
    cached = Service(options, loads).segment(image, POINT, "flat").candidates[0]
    uncached = Service(ServiceOptions(), flat_family.load).segment(image, POINT, "flat").candidates[0]
    assert loads.models[0].encoded == 0
    for other in (cached, uncached):
        assert masks.equal(fresh.mask, other.mask)
        assert np.array_equal(fresh.logits, other.logits)
    assert fresh.logits[0, 0] == np.float32(np.float16(np.float32(200) / 3))


def test_a_revisited_image_is_not_even_decoded(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(ServiceOptions(), flat_family.load)
    service.prefetch(image, "flat")
    monkeypatch.setattr(images, "load", lambda path: pytest.fail("decoded again"))
    assert service.segment(image, POINT, "flat").width == 60


def test_a_changed_file_is_seen(image: Path) -> None:
    service = Service(ServiceOptions(), flat_family.load)
    service.segment(image, POINT, "flat")
    write(image, 12)
    os.utime(image, ns=(1, 1))
    assert service.segment(image, POINT, "flat").candidates[0].mask.x == 12


def test_the_same_pixels_under_another_name_are_known(image: Path, tmp_path: Path) -> None:
    loads = Loads()
    service = Service(ServiceOptions(), loads)
    service.segment(image, POINT, "flat")
    service.segment(write(tmp_path / "b.png"), POINT, "flat")
    service.segment(images.load(image), POINT, "flat")
    assert loads.models[0].encoded == 1


def test_an_embedding_that_fell_out_of_memory_is_made_again(image: Path, tmp_path: Path) -> None:
    service = Service(ServiceOptions(memory_mb=0), flat_family.load)
    other = write(tmp_path / "b.png", 12)
    for path, left in ((image, 8), (other, 12), (image, 8)):
        assert service.segment(path, POINT, "flat").candidates[0].mask.x == left


def test_pictures_are_not_written_to_the_cache(image: Path, tmp_path: Path) -> None:
    service = Service(ServiceOptions(cache_dir=tmp_path / "cache"), flat_family.load)
    assert service.segment(image, POINT, "flat:picture").candidates
    assert not list(tmp_path.glob("cache/*"))


def test_only_one_model_is_kept(image: Path) -> None:
    loads = Loads()
    service = Service(ServiceOptions(), loads)
    for model in ("flat", "flat", "flat:other", "flat"):
        assert service.info(model).id == model
    assert len(loads.models) == 3


def test_a_stage_is_told_before_it_starts_and_can_be_stopped(image: Path) -> None:
    stages: list[str] = []
    service = Service(ServiceOptions(), flat_family.load)
    service.segment(image, POINT, "flat", on_stage=stages.append)
    assert stages == ["load_model", "image", "encode", "decode"]
    seen: list[str] = []
    with pytest.raises(Cancelled):
        service.segment(image, POINT, "flat", stop=lambda: bool(seen), on_stage=seen.append)
    assert seen == ["image"]


def test_what_was_encoded_before_a_stop_is_kept(image: Path) -> None:
    loads = Loads()
    service = Service(ServiceOptions(), loads)
    seen: list[str] = []
    with pytest.raises(Cancelled):
        service.segment(image, POINT, "flat", stop=lambda: "encode" in seen, on_stage=seen.append)
    service.segment(image, POINT, "flat")
    assert loads.models[0].encoded == 1


def test_errors_name_what_is_wrong(image: Path, tmp_path: Path) -> None:
    service = Service(ServiceOptions(), flat_family.load)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing more")
    for path, prompt, model, text in (
        (tmp_path / "none.png", POINT, "flat", "none.png"),
        (broken, POINT, "flat", "broken.jpg"),
        (tmp_path, POINT, "flat", str(tmp_path)),
        (image, Prompt(), "flat", "empty"),
        (image, Prompt(box=(900, 0, 950, 10)), "flat", "outside the image of 60 x 40"),
        (image, POINT, "nope", "No model is called nope"),
        (image, Prompt(mask=masks.from_full(np.ones((40, 60), np.bool_))), "flat", "does not answer mask"),
    ):
        with pytest.raises(UserError, match=text):
            service.segment(path, prompt, model)


def test_a_model_that_cannot_propose_says_so(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Service(ServiceOptions(), flat_family.load).propose(image, ProposeOptions(), "flat").candidates
    monkeypatch.setattr(flat_family, "PROMPTS", frozenset({"point"}))
    with pytest.raises(UserError, match="by itself"):
        Service(ServiceOptions(), flat_family.load).propose(image, ProposeOptions(), "flat")


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (64, 33)])
def test_candidates_cross_the_pipe_unchanged(shape: tuple[int, int]) -> None:
    crop = np.random.default_rng(0).random(shape) > 0.5
    crop.setflags(write=False)
    candidate = Candidate(0.7, masks.Mask(crop, 3, 9), 0.5, np.eye(4, dtype=np.float32))
    again = protocol.unpack(protocol.pack(candidate))
    assert np.array_equal(again.mask.crop, crop)
    assert (again.mask.x, again.mask.y, again.score, again.stability) == (3, 9, 0.7, 0.5)
    assert np.array_equal(again.logits, candidate.logits)


def test_a_large_mask_crosses_the_pipe_before_its_pixels_are_made() -> None:
    from anylabel_plus.inference import cell_masks

    logits = np.full((256, 256), -5.0, np.float32)
    logits[30:150, 20:240] = 5.0
    mask = cell_masks.to_mask(logits, cell_masks.Frame(6000, 4000, 256 / 6000, 256 / 6000, 256))
    assert mask is not None
    sent = pickle.dumps(protocol.pack(Candidate(0.9, mask)))
    assert len(sent) < 100_000
    again = protocol.unpack(pickle.loads(sent)).mask  # noqa: S301 (our own bytes)
    x, y = np.linspace(10, 5990, 144), np.linspace(10, 3990, 96)
    early = again.sample(x, y)  # from the cells
    assert again.area > 10_000_000
    assert np.mean(early != again.sample(x, y)) < 0.01
    assert masks.equal(again, mask)


def test_the_catalogs_models_are_loaded_by_file(tmp_path: Path) -> None:
    scene = np.full((120, 160, 3), (30, 90, 30), np.uint8)
    scene[30:90, 40:100] = (200, 40, 40)
    service = Service(ServiceOptions(device="cpu", threads=1, weights_dir=tmp_path))
    answer = service.segment(scene, Prompt(points=((70, 60, 1),)), str(FIXTURES / "analytic.yaml"))
    truth = np.zeros((120, 160), np.bool_)
    truth[30:90, 40:100] = True
    assert masks.iou(answer.candidates[0].mask, masks.from_full(truth)) > 0.88
    assert answer.info.provider == "CPUExecutionProvider"
    with pytest.raises(UserError, match="No model is called"):
        service.info("no-such-model")
