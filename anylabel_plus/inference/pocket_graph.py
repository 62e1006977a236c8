"""How an image and its prompts become the inputs of the pocket model's two graphs, and a clear word about other graphs.

The picture is resized so that its long side is the model's input side, put at the top left and padded to multiples of
32. A decoder's cell covers 2 x 2 input pixels; the previous mask it takes covers 4 x 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import cell_masks
from anylabel_plus.inference.base import Pixels, Prompt
from anylabel_plus.inference.cell_masks import Frame, Logits
from anylabel_plus.inference.runtime import Session

DEFAULT_SIDE, LARGEST_SIDE = 512, 1024
FAMILY_KEY, VERSION_KEY = "anylabel_plus.family", "anylabel_plus.version"
PREVIOUS_LIMIT = 10.0
"""Previous logits are clipped to this magnitude, as in training."""

_STEP = 32
_CELL, _PREVIOUS_CELL = 2, 4
PADDING = (124, 116, 104)
"""RGB of what lies outside the picture."""
_MASK_LOGIT = 6.0
_PROMPTS = ("points", "labels", "boxes", "has_box", "mask", "has_mask")

Feeds = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where an image of ``width`` x ``height`` px lies in the input: ``columns`` x ``rows`` px, then padding."""

    width: int
    height: int
    columns: int
    rows: int

    @property
    def padded(self) -> tuple[int, int]:
        """Width and height of the input in pixels."""
        return -(-self.columns // _STEP) * _STEP, -(-self.rows // _STEP) * _STEP

    @property
    def scale(self) -> tuple[float, float]:
        """Input pixels an image pixel, across and down (equal but for rounding to whole pixels)."""
        return self.columns / self.width, self.rows / self.height

    @property
    def frame(self) -> Frame:
        """The decoder's cells over the image."""
        return self._frame(_CELL)

    @property
    def previous_frame(self) -> Frame:
        """The cells of the previous mask over the image."""
        return self._frame(_PREVIOUS_CELL)

    @property
    def previous_shape(self) -> tuple[int, int]:
        """Rows and columns of the previous mask, padding included."""
        across, down = self.padded
        return down // _PREVIOUS_CELL, across // _PREVIOUS_CELL

    def _frame(self, cell: int) -> Frame:
        fx, fy = self.scale
        return Frame(self.width, self.height, fx / cell, fy / cell, max(self.padded) // cell)


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """Outputs for one prompt: ``logits`` (K, H/2, W/2) float32 and ``scores`` (K,), 0 to 1."""

    logits: Logits
    scores: NDArray[np.float32]


def letterbox(width: int, height: int, side: int) -> Letterbox:
    """How an image of ``width`` x ``height`` px is put into an input with the long side ``side``."""
    scale = side / max(width, height)
    return Letterbox(width, height, max(1, round(width * scale)), max(1, round(height * scale)))


def image_feed(pixels: Pixels, box: Letterbox) -> NDArray[np.float32]:
    """The encoder's input, float32 (1, 3, H, W) in 0..255, for an upright RGB image (H, W, 3) uint8."""
    size = box.columns, box.rows
    if size != (box.width, box.height):
        shrinks = box.columns <= box.width
        method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
    across, down = box.padded
    padded = np.empty((1, 3, down, across), np.float32)
    padded[:] = np.array(PADDING, np.float32)[None, :, None, None]
    padded[0, :, : box.rows, : box.columns] = pixels.transpose(2, 0, 1)
    return padded


def prompt_feeds(prompts: Sequence[Prompt], box: Letterbox) -> Feeds:
    """The decoder's prompt inputs for a batch of prompts in image pixels.

    Raises:
        UserError: logits that were made for an image of another size.
    """
    count, longest = len(prompts), max(1, *(len(prompt.points) for prompt in prompts))
    scale = np.array(box.scale)
    feeds: Feeds = {
        "points": np.zeros((count, longest, 2), np.float32),
        "labels": np.full((count, longest), -1.0, np.float32),
        "boxes": np.zeros((count, 4), np.float32),
        "has_box": np.zeros(count, np.float32),
        "mask": np.zeros((count, 1, *box.previous_shape), np.float32),
        "has_mask": np.zeros(count, np.float32),
    }
    for row, prompt in enumerate(prompts):
        if prompt.points:
            values = np.array(prompt.points, np.float64)
            feeds["points"][row, : len(values)] = values[:, :2] * scale
            feeds["labels"][row, : len(values)] = values[:, 2] > 0
        if prompt.box is not None:
            x1, y1, x2, y2 = prompt.box
            corners = np.array([(min(x1, x2), min(y1, y2)), (max(x1, x2), max(y1, y2))])
            feeds["boxes"][row], feeds["has_box"][row] = (corners * scale).reshape(-1), 1.0
        previous = _previous(prompt, box)
        if previous is not None:
            feeds["mask"][row, 0], feeds["has_mask"][row] = previous, 1.0
    return feeds


def _previous(prompt: Prompt, box: Letterbox) -> Logits | None:
    """Previous logits (H/4, W/4): those of the candidate that is refined, else the mask's, else None."""
    rows, columns = box.previous_shape
    if prompt.logits is not None:
        if prompt.logits.shape != (rows, columns):
            raise UserError(
                f"The logits of the prompt have the shape {list(prompt.logits.shape)}, not {[rows, columns]}.",
                "Give back the logits of a candidate of the same image and model.",
            )
        return np.clip(np.asarray(prompt.logits, np.float32), -PREVIOUS_LIMIT, PREVIOUS_LIMIT)
    if prompt.mask is None or not prompt.mask.area:
        return None
    cells = cell_masks.from_mask(prompt.mask, box.previous_frame)[:rows, :columns]
    return np.asarray(cells * (_MASK_LOGIT / PREVIOUS_LIMIT), np.float32)


def as_previous(logits: Logits) -> Logits:
    """Decoder logits (..., H/2, W/2) as the previous logits (..., H/4, W/4) that go with the next prompt."""
    *front, rows, columns = logits.shape
    fours = logits.reshape(*front, rows // 2, 2, columns // 2, 2).mean((-3, -1))
    return np.asarray(np.clip(fours, -PREVIOUS_LIMIT, PREVIOUS_LIMIT), np.float32)


def features(encoder: Session, decoder: Session) -> list[str]:
    """Names of the encoder's outputs that the decoder takes.

    Raises:
        UserError: one of the two is no graph of this family, or they do not belong together.
    """
    for session, role in ((encoder, "encoder"), (decoder, "decoder")):
        family = session.metadata.get(FAMILY_KEY, "pocket")
        if family != "pocket":
            raise _refuse(session, f"says that it is of the family {family}", role)
    inputs = [tensor.name for tensor in encoder.inputs]
    if inputs != ["image"]:
        raise _refuse(encoder, "is no pocket encoder", "encoder")
    made = {tensor.name for tensor in encoder.outputs}
    wanted = [tensor.name for tensor in decoder.inputs if tensor.name not in _PROMPTS]
    names = {tensor.name for tensor in decoder.inputs}
    if not set(_PROMPTS) <= names or not {"logits", "scores"} <= {tensor.name for tensor in decoder.outputs}:
        raise _refuse(decoder, "is no pocket decoder", "decoder")
    versions = [session.metadata.get(VERSION_KEY, "") for session in (encoder, decoder)]
    if not wanted or not set(wanted) <= made or versions[0] != versions[1]:
        raise UserError(
            f"{encoder.name} (version {versions[0] or 'not said'}, gives {', '.join(sorted(made))}) and {decoder.name} "
            f"(version {versions[1] or 'not said'}, takes {', '.join(wanted)}) do not belong together.",
            "Use the two files of one export.",
        )
    return wanted


def _refuse(session: Session, what: str, role: str) -> UserError:
    tensors = ", ".join(f"{tensor.name} {list(tensor.shape)}" for tensor in session.inputs)
    return UserError(f"{session.name} {what} (its inputs: {tensors}).", f"Is it the {role} of a pocket model?")
