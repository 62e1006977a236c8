"""What a SAM-1 encoder and decoder want, read from their graphs, and a clear word about other graphs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.inference.base import Pixels
from anylabel_plus.inference.runtime import Session, Tensor

_MEAN = np.array((123.675, 116.28, 103.53), np.float32)
_STD = np.array((58.395, 57.12, 57.375), np.float32)
_PATCH = 16
_DEFAULT_SIDE = 1024
_DTYPES: dict[str, Any] = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
_REQUIRED = ("image_embeddings", "point_coords", "point_labels")
_OPTIONAL = ("mask_input", "has_mask_input", "orig_im_size")

_OTHERS: tuple[tuple[str, str], ...] = (
    ("high_res_feats_0", "a SAM 2 decoder"),
    ("backbone_fpn_0", "a SAM 3 decoder"),
    ("language_mask", "a SAM 3 decoder"),
    ("tokens", "a SAM 3 language encoder"),
    ("interm_embeddings", "a SAM-HQ decoder"),
    ("batched_point_coords", "an EfficientSAM decoder"),
    ("batched_images", "an EfficientSAM encoder"),
    ("input_ids", "a Grounding DINO model"),
    ("orig_target_sizes", "a detector"),
)


def shown(tensors: Iterable[Tensor]) -> str:
    """Inputs or outputs as a user can compare them: names and shapes."""
    return ", ".join(f"{tensor.name} {list(tensor.shape)}" for tensor in tensors)


def _refuse(session: Session, wanted: str) -> UserError:
    names = {tensor.name for tensor in session.inputs}
    what = next((title for name, title in _OTHERS if name in names), "")
    if not what and set(_REQUIRED) <= names:
        what = "a SAM decoder"
    if not what and len(session.inputs) == 1 and "high_res_feats_0" in {tensor.name for tensor in session.outputs}:
        what = "a SAM 2 encoder"
    lead = f"this is {what}; " if what else ""
    return UserError(
        f"{session.name}: {lead}a SAM 1 {wanted} is needed (its inputs: {shown(session.inputs)}).",
        "Are encoder and decoder swapped, or is the model of another family?",
    )


@dataclass(frozen=True, slots=True)
class EncoderPlan:
    """How to feed an encoder: ``layout`` HWC, CHW, NHWC or NCHW; fixed ``height`` and ``width`` or None when dynamic.

    ``normalise`` is True when the graph wants normalised values, False when it takes 0..255. ``side`` is the side of
    the padded square the model sees, in pixels.
    """

    name: str
    output: str
    layout: str
    height: int | None
    width: int | None
    dtype: Any
    normalise: bool
    side: int

    @property
    def version(self) -> str:
        """Names the preprocessing: part of the cache key."""
        size = f"{self.width or 'any'}x{self.height or 'any'}"
        values = "norm" if self.normalise else "raw"
        return f"sam1-v1-{self.layout}-{size}-{self.side}-{values}-{np.dtype(self.dtype).name}"

    def resized(self, width: int, height: int) -> tuple[int, int]:
        """Columns and rows of the resized image: its longest side fills the graph, its aspect stays."""
        columns, rows = self.width or self.side, self.height or self.side
        scale = min(columns / width, rows / height)
        return max(1, min(columns, int(width * scale + 0.5))), max(1, min(rows, int(height * scale + 0.5)))

    def feed(self, pixels: Pixels) -> NDArray[Any]:
        """The graph's input for an upright RGB image (H, W, 3) uint8."""
        height, width = pixels.shape[:2]
        columns, rows = self.resized(width, height)
        smaller = columns <= width and rows <= height
        image = pixels
        if (columns, rows) != (width, height):
            image = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        values = image if self.dtype == np.uint8 else image.astype(np.float32)
        if self.normalise:
            values = (values - _MEAN) / _STD
        if self.height or self.width:
            padded = np.zeros((self.height or rows, self.width or columns, 3), values.dtype)
            padded[:rows, :columns] = values
            values = padded
        if "C" in self.layout[:2]:
            values = values.transpose(2, 0, 1)
        if self.layout.startswith("N"):
            values = values[None]
        return np.ascontiguousarray(values, self.dtype)


def _fixed(value: int | str | None) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _layout(shape: Sequence[int | str | None]) -> str | None:
    rank = len(shape)
    if rank == 3:
        return "CHW" if shape[0] == 3 and shape[2] != 3 else ("HWC" if shape[2] == 3 else None)
    if rank == 4:
        return "NCHW" if shape[1] == 3 else ("NHWC" if shape[3] == 3 else None)
    return None


def plan_encoder(session: Session, embedding_cells: int | None, row_side: int | None) -> EncoderPlan:
    """How to feed this encoder; ``embedding_cells`` is the side of the decoder's embedding input when it is fixed.

    Raises:
        UserError: the graph is no SAM-1 encoder.
    """
    images = [tensor for tensor in session.inputs if _layout(tensor.shape) and tensor.dtype in _DTYPES]
    if len(session.inputs) != 1 or not images:
        raise _refuse(session, "encoder")
    tensor = images[0]
    layout = _layout(tensor.shape) or ""
    outputs = [value for value in session.outputs if value.name == "image_embeddings"] or [
        value for value in session.outputs if len(value.shape) == 4
    ]
    if not outputs or any(value.name == "high_res_feats_0" for value in session.outputs):
        raise _refuse(session, "encoder")
    axes = tensor.shape[layout.index("H")], tensor.shape[layout.index("W")]
    height, width = _fixed(axes[0]), _fixed(axes[1])
    cells = _fixed(outputs[0].shape[-1]) or embedding_cells
    square = height if height == width else None
    side = cells * _PATCH if cells else square or row_side or _DEFAULT_SIDE
    dtype = _DTYPES[tensor.dtype]
    normalise = layout == "NCHW" and dtype != np.uint8
    if normalise and not height and not width:
        height = width = side  # the official encoder has no padding inside: it gets the whole square
    return EncoderPlan(tensor.name, outputs[0].name, layout, height, width, dtype, normalise, side)


@dataclass(frozen=True, slots=True)
class DecoderPlan:
    """How to feed a decoder: which optional inputs it has, ``cells`` of its mask grid, the output to read."""

    inputs: frozenset[str]
    embedding_cells: int | None
    mask_cells: int | None
    masks: str
    scores: str | None

    @property
    def outputs(self) -> list[str]:
        """Names to fetch."""
        return [self.masks] + ([self.scores] if self.scores else [])


def plan_decoder(session: Session) -> DecoderPlan:
    """How to feed this decoder.

    Raises:
        UserError: the graph is no SAM-1 decoder.
    """
    tensors = {tensor.name: tensor for tensor in session.inputs}
    names = frozenset(tensors)
    outputs = {tensor.name for tensor in session.outputs}
    masks = "low_res_masks" if "low_res_masks" in outputs else "masks" if "masks" in outputs else None
    known = set(_REQUIRED) | set(_OPTIONAL)
    if (
        masks is None
        or not set(_REQUIRED) <= names
        or names - known
        or ("mask_input" in names) != ("has_mask_input" in names)
    ):
        raise _refuse(session, "decoder")
    if masks == "masks" and "orig_im_size" not in names:
        raise _refuse(session, "decoder")
    scores = next((name for name in ("iou_predictions", "scores") if name in outputs), None)
    cells = _fixed(tensors["mask_input"].shape[-1]) if "mask_input" in names else None
    return DecoderPlan(names, _fixed(tensors["image_embeddings"].shape[-1]), cells, masks, scores)
