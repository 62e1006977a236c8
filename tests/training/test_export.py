"""The exported files keep the contract, answer as torch does, and work in the program."""

from __future__ import annotations

import contextlib
import hashlib
import io
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
from anylabel_plus.inference import pocket, runtime
from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.model_spec import ModelFile, ModelSpec
from anylabel_plus.training.pocket import command, export, sources, train
from anylabel_plus.training.pocket.export import DECODER, ENCODER, FEATURES


@pytest.fixture(scope="session")
def files(run: Run, tmp_path_factory: pytest.TempPathFactory) -> export.Exported:
    """Exported by the command; once, for it takes a minute."""
    told, folder = io.StringIO(), tmp_path_factory.mktemp("onnx")
    with contextlib.redirect_stdout(told):
        assert command.main(["export", str(run.out / train.CHECKPOINT), "--out", str(folder)]) == 0
    row = json.loads(told.getvalue().splitlines()[-1])
    return export.Exported(**{**row, "encoder": Path(row["encoder"]), "decoder": Path(row["decoder"])})


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


def test_files_that_differ_from_torch_are_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_encoder_graph", "_decoder_graph", "_write"):
        monkeypatch.setattr(export, name, lambda *_: None)
    monkeypatch.setattr(export, "parity", lambda *_: (float("nan"), 0.0))
    with pytest.raises(UserError, match="differs from torch by nan in logits"):
        export.export(run.out / train.CHECKPOINT, tmp_path)


def test_the_program_segments_a_shape_with_them(files: export.Exported, pictures: Path) -> None:
    """At the scale of the short run's crops; measured while this was written: a mean IoU of .64."""
    rows = tuple(
        ModelFile(path.name, role=role) for role, path in (("encoder", files.encoder), ("decoder", files.decoder))
    )
    spec = ModelSpec(
        id="short", title="Short", family="pocket", files=rows, folder=files.encoder.parent, input_size=128
    )
    model = pocket.load(spec, runtime.RuntimeOptions(device="cpu", threads=1))
    overlaps = []
    for picture in sources.load([pictures])[:8]:
        mask = picture.mask(int(np.argmax(picture.areas)))
        candidates = model.decode(model.encode(picture.pixels()), Prompt(box=mask.bounds))
        assert candidates and 0 <= candidates[0].score <= 1
        overlaps.append(masks.iou(candidates[0].mask, mask))
    assert np.mean(overlaps) > 0.5


def test_the_command_measures_them(files: export.Exported, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (files.encoder.name, files.decoder.name) == (ENCODER, DECODER)
    words = [
        "evaluate",
        str(files.encoder.parent),
        "--data",
        str(pictures),
        "--each",
        "2",
        "--unseen",
        "round",
        "--threads",
        "1",
    ]
    assert command.main(words) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["unseen"]["objects"] == 2 and 0.1 < figures["all"]["box"] <= 1
    assert 1 <= figures["all"]["noc85"] <= 10
