"""From a checkpoint to the two ONNX files, and the proof that they answer as torch does.

The weights are rounded to fp16 first and stored so; both sides of the comparison have the rounded ones.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from anylabel_plus import files
from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import runtime
from anylabel_plus.inference.download import file_sha256
from anylabel_plus.training.pocket.backbone import Backbone
from anylabel_plus.training.pocket.model import Decoder, Encoder, Features, Pocket, Prompts
from anylabel_plus.training.pocket.train import read_checkpoint

VERSION = 1
OPSET = 18
ENCODER, DECODER = "pocket.encoder.onnx", "pocket.decoder.onnx"
FEATURES = ("f32", "f16", "f8", "f4", "f2", "e8", "e4")
_PROMPTS = ("points", "labels", "boxes", "has_box", "mask", "has_mask")
_SMALL = 256
"""Tensors of fewer values stay in fp32: they weigh nothing."""
LOGIT_TOLERANCE = 1e-3

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Exported:
    """The files, their hashes, and the largest difference to torch, in logits and in expected IoU."""

    encoder: Path
    decoder: Path
    encoder_sha256: str
    decoder_sha256: str
    bytes: int
    logit_difference: float
    score_difference: float


class _EncoderGraph(nn.Module):
    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        features = self.encoder(image)
        return tuple(features[name] for name in FEATURES)


class _DecoderGraph(nn.Module):
    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        features: Features = dict(zip(FEATURES, inputs[: len(FEATURES)], strict=True))
        logits, scores, _ = self.decoder(features, Prompts(*inputs[len(FEATURES) :]))
        return logits, torch.sigmoid(scores)


def load(checkpoint: Path) -> Pocket:
    """The averaged model of ``checkpoint``, ready to answer.

    Raises:
        UserError: it cannot be read, or is of another model.
    """
    state = read_checkpoint(checkpoint)
    model = Pocket(Backbone())
    try:
        model.load_state_dict(state["average"])
    except (RuntimeError, KeyError) as error:
        raise UserError(f"{checkpoint}: is not a checkpoint of this model ({error}).") from error
    return model.eval()


def ready(model: Pocket) -> Pocket:
    """A copy with batch norms folded into their convolutions and weights rounded to fp16, in fp32."""
    folded = copy.deepcopy(model).eval()
    _fold(folded)
    with torch.no_grad():
        for parameter in folded.parameters():
            if parameter.numel() >= _SMALL:
                parameter.copy_(parameter.half().float())
    return folded.to(memory_format=torch.contiguous_format)


def _fold(module: nn.Module) -> None:
    """Fold each batch norm into the convolution registered just before it."""
    before: tuple[str, nn.Module] | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and before is not None and isinstance(before[1], nn.Conv2d):
            setattr(module, before[0], fuse_conv_bn_eval(before[1], child))
            setattr(module, name, nn.Identity())
        else:
            _fold(child)
        before = (name, child)


def export(checkpoint: Path, folder: Path) -> Exported:
    """Write both files to ``folder`` and compare them with torch.

    Raises:
        UserError: the checkpoint cannot be used, or the files do not answer as torch does.
    """
    model = ready(load(checkpoint))
    folder.mkdir(parents=True, exist_ok=True)
    encoder, decoder = folder / ENCODER, folder / DECODER
    _write(encoder, _encoder_graph(model))
    _write(decoder, _decoder_graph(model))
    logits, scores = parity(model, encoder, decoder)
    if not logits <= LOGIT_TOLERANCE:
        raise UserError(f"{decoder}: differs from torch by {logits:.2g} in logits, more than {LOGIT_TOLERANCE:g}.")
    sizes = encoder.stat().st_size + decoder.stat().st_size
    return Exported(encoder, decoder, file_sha256(encoder), file_sha256(decoder), sizes, logits, scores)


def example(model: Pocket, height: int, width: int, count: int, seed: int) -> tuple[Tensor, Features, Prompts]:
    """A made-up picture (1, 3, height, width), its features and ``count`` prompts of every kind."""
    rng = np.random.default_rng(seed)
    noise = torch.from_numpy(rng.uniform(0, 255, (1, 3, height // 16, width // 16)).astype(np.float32))
    image = nn.functional.interpolate(noise, (height, width), mode="bilinear").contiguous()
    with torch.no_grad():
        features = {name: value.contiguous() for name, value in model.encoder(image).items()}
    size = np.array([width, height], np.float32)
    low, high = rng.uniform(0.1, 0.4, (count, 2)) * size, rng.uniform(0.6, 0.9, (count, 2)) * size
    points = torch.from_numpy((rng.uniform(0.1, 0.9, (count, 3, 2)) * size).astype(np.float32))
    labels = torch.tensor([[1.0, float(i % 2), -1.0] for i in range(count)])
    boxes = torch.from_numpy(np.concatenate([low, high], 1).astype(np.float32))
    mask = torch.from_numpy(rng.normal(0, 4, (count, 1, height // 4, width // 4)).astype(np.float32)).clamp(-10, 10)
    has_mask = torch.tensor([float(i % 3 == 0) for i in range(count)])
    has_box = torch.tensor([float(i % 2 == 0) for i in range(count)])
    return image, features, Prompts(points, labels, boxes, has_box, mask * has_mask[:, None, None, None], has_mask)


def _inputs(features: Features, asked: Prompts) -> tuple[Tensor, ...]:
    return (*(features[name] for name in FEATURES), *(getattr(asked, name) for name in _PROMPTS))


def _encoder_graph(model: Pocket) -> onnx.ModelProto:
    image, _, _ = example(model, 512, 384, 1, 1)
    height, width = torch.export.Dim("h32", min=2, max=32) * 32, torch.export.Dim("w32", min=2, max=32) * 32
    return _traced(_EncoderGraph(model.encoder), (image,), ["image"], list(FEATURES), {"image": {2: height, 3: width}})


def _decoder_graph(model: Pocket) -> onnx.ModelProto:
    _, features, asked = example(model, 512, 384, 3, 1)
    rows, columns = torch.export.Dim("h32", min=2, max=32), torch.export.Dim("w32", min=2, max=32)
    batch, points = torch.export.Dim("batch", min=1, max=64), torch.export.Dim("points", min=1, max=64)
    strides = {"f32": 1, "f16": 2, "f8": 4, "f4": 8, "f2": 16, "e8": 4, "e4": 8}
    shapes: list[Any] = [{2: rows * strides[name], 3: columns * strides[name]} for name in FEATURES]
    shapes += [{0: batch, 1: points}, {0: batch, 1: points}, {0: batch}, {0: batch}]
    shapes += [{0: batch, 2: rows * 8, 3: columns * 8}, {0: batch}]
    names = [*FEATURES, *_PROMPTS]
    return _traced(
        _DecoderGraph(model.decoder), _inputs(features, asked), names, ["logits", "scores"], {"inputs": tuple(shapes)}
    )


def _traced(
    module: nn.Module, inputs: tuple[Tensor, ...], names: list[str], outputs: list[str], shapes: dict[str, Any]
) -> onnx.ModelProto:
    program = torch.onnx.export(
        module.eval(),
        inputs,
        input_names=names,
        output_names=outputs,
        opset_version=OPSET,
        dynamo=True,
        dynamic_shapes=shapes,
        verbose=False,
    )
    assert program is not None
    return program.model_proto


def _write(path: Path, model: onnx.ModelProto) -> None:
    _halve(model)
    del model.metadata_props[:]
    helper.set_model_props(model, {"anylabel_plus.family": "pocket", "anylabel_plus.version": str(VERSION)})
    for node in model.graph.node:  # traces of source files, which would double the size and differ by machine
        del node.metadata_props[:]
        node.ClearField("doc_string")
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        del value.metadata_props[:]
    model.doc_string = ""
    onnx.checker.check_model(model)
    files.write_atomic(path, model.SerializeToString(deterministic=True))


def _halve(model: onnx.ModelProto) -> None:
    """Store large fp32 tensors in fp16, with a cast that the runtime does once, when it loads the graph."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALL:
            continue
        name = tensor.name
        values = numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), values):
            continue  # a constant that the rounding did not touch
        tensor.CopyFrom(numpy_helper.from_array(half, name + ".fp16"))
        casts.append(helper.make_node("Cast", [name + ".fp16"], [name], name=name + ".cast", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def parity(model: Pocket, encoder: Path, decoder: Path) -> tuple[float, float]:
    """Largest differences (logits, scores) between torch and the files, over several sizes and all kinds of prompts."""
    options = runtime.RuntimeOptions(device="cpu", threads=0)
    first, second = runtime.open_session(encoder, options), runtime.open_session(decoder, options)
    worst = [0.0, 0.0]
    for seed, (height, width, count) in enumerate(((512, 512, 6), (512, 352, 1), (96, 512, 4), (448, 64, 3))):
        image, features, asked = example(model, height, width, count, seed)
        with torch.no_grad():
            logits, scores, _ = model.decoder(features, asked)
        found = first.run(None, {"image": image.numpy()})
        given = {name: found[name] for name in FEATURES} | {
            name: np.ascontiguousarray(getattr(asked, name).numpy()) for name in _PROMPTS
        }
        answer = second.run(None, given)
        worst[0] = max(worst[0], float(np.abs(answer["logits"] - logits.numpy()).max()))
        worst[1] = max(worst[1], float(np.abs(answer["scores"] - torch.sigmoid(scores).numpy()).max()))
    return worst[0], worst[1]
