"""The exported files keep the contract, answer as torch does, and work in the program."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from conftest import Run
from onnx import TensorProto

from anylabel_plus.core import masks
from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import runtime
from anylabel_plus.inference.base import Prompt
from anylabel_plus.training.pocket import command, evaluate, export, sources, train
from anylabel_plus.training.pocket.export import DECODER, ENCODER, FEATURES


@pytest.fixture(scope="session")
def files(run: Run, tmp_path_factory: pytest.TempPathFactory) -> export.Exported:
    return export.export(run.out / train.CHECKPOINT, tmp_path_factory.mktemp("onnx"))


def names(values: Any) -> list[str]:
    return [value.name for value in values]


def test_inputs_and_outputs_are_those_of_the_contract(files: export.Exported) -> None:
    encoder, decoder = onnx.load(files.encoder), onnx.load(files.decoder)
    assert names(encoder.graph.input) == ["image"] and names(encoder.graph.output) == list(FEATURES)
    prompts = ["points", "labels", "boxes", "has_box", "mask", "has_mask"]
    assert set(names(decoder.graph.input)) == {*FEATURES, *prompts}
    assert names(decoder.graph.output) == ["logits", "scores"]
    for model in (encoder, decoder):
        about = {entry.key: entry.value for entry in model.metadata_props}
        assert about == {"anylabel_plus.family": "pocket", "anylabel_plus.version": str(export.VERSION)}
        for value in (*model.graph.input, *model.graph.output):
            assert value.type.tensor_type.elem_type == TensorProto.FLOAT
        assert not any(node.metadata_props or node.doc_string for node in model.graph.node), "no paths of this machine"


def test_weights_are_stored_in_half_precision(files: export.Exported) -> None:
    for path in (files.encoder, files.decoder):
        kinds = {t.data_type for t in onnx.load(path).graph.initializer if np.prod(t.dims) >= 4096}
        assert kinds <= {TensorProto.FLOAT16, TensorProto.INT64}
    assert files.bytes == files.encoder.stat().st_size + files.decoder.stat().st_size < 20e6
    assert files.encoder_sha256 == hashlib.sha256(files.encoder.read_bytes()).hexdigest()


def test_the_files_answer_as_torch_does(files: export.Exported, run: Run) -> None:
    assert files.logit_difference <= 1e-3 and files.score_difference <= 1e-3
    model = export.ready(export.load(run.out / train.CHECKPOINT))
    options = runtime.RuntimeOptions(device="cpu", threads=1)
    encoder, decoder = (runtime.open_session(path, options) for path in (files.encoder, files.decoder))
    image, _, asked = export.example(model, 256, 320, 5, 77)
    with torch.no_grad():
        features = model.encoder(image)
        logits, scores, _ = model.decoder(features, asked)
    found = encoder.run(None, {"image": image.numpy()})
    given = {name: np.ascontiguousarray(getattr(asked, name).numpy()) for name in export._PROMPTS}
    answer = decoder.run(None, {name: found[name] for name in FEATURES} | given)
    assert answer["logits"].shape == (5, 3, 128, 160) and answer["scores"].shape == (5, 3)
    assert np.abs(answer["logits"] - logits.numpy()).max() <= 1e-3
    assert np.abs(answer["scores"] - torch.sigmoid(scores).numpy()).max() <= 1e-3
    assert np.ptp(answer["logits"]) > 2, "the comparison is of answers that say something"
    for index in range(5):
        alone = decoder.run(
            None, {name: found[name] for name in FEATURES} | {name: v[index : index + 1] for name, v in given.items()}
        )
        assert np.abs(alone["logits"][0] - answer["logits"][index]).max() <= 1e-3, "alone or among others"


def test_padding_points_say_nothing(files: export.Exported, run: Run) -> None:
    model = export.ready(export.load(run.out / train.CHECKPOINT))
    _, features, asked = export.example(model, 128, 128, 2, 3)
    with torch.no_grad():
        before = model.decoder(features, asked)[0]
        asked.points[:, 2] = torch.tensor([5.0, 99.0])  # their label is -1
        after = model.decoder(features, asked)[0]
    assert torch.equal(before, after)


def test_the_same_checkpoint_gives_the_same_bytes(files: export.Exported, run: Run, tmp_path: Path) -> None:
    again = export.export(run.out / train.CHECKPOINT, tmp_path)
    assert (again.encoder_sha256, again.decoder_sha256) == (files.encoder_sha256, files.decoder_sha256)


def test_files_that_differ_from_torch_are_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "parity", lambda *_: (float("nan"), 0.0))
    with pytest.raises(UserError, match="differs from torch by nan in logits"):
        export.export(run.out / train.CHECKPOINT, tmp_path)


def test_the_program_segments_a_shape_with_them(files: export.Exported, pictures: Path) -> None:
    service = evaluate.service_for(str(files.encoder.parent), 1)
    overlaps = []
    for picture in sources.load([pictures])[:8]:
        mask = picture.mask(int(np.argmax(picture.areas)))
        answer = service.segment(picture.path, Prompt(box=mask.bounds), "pocket")
        assert answer.candidates and 0 <= answer.candidates[0].score <= 1
        overlaps.append(masks.iou(answer.candidates[0].mask, mask))
    assert np.mean(overlaps) > 0.6


def test_the_command_exports_and_measures(
    run: Run, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["export", str(run.out / train.CHECKPOINT), "--out", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["encoder"] == str(tmp_path / ENCODER) and told["decoder"] == str(tmp_path / DECODER)
    words = ["evaluate", str(tmp_path), "--data", str(pictures), "--each", "2", "--unseen", "round", "--threads", "1"]
    assert command.main(words) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["unseen"]["objects"] == 2 and 0.3 < figures["all"]["box"] <= 1
    assert 1 <= figures["all"]["noc85"] <= 10
