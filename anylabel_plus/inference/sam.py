"""Segment Anything (SAM 1 contract): ViT-B/L/H, MobileSAM and whatever else speaks it.

The encoder runs once an image, the decoder once a prompt. The decoder is always asked for a small ``orig_im_size`` and
its low-resolution logits are used: its own enlargement to image size costs more than the decoder itself. Masks are
enlarged here, only where the object is. The logits of a candidate go back in as ``mask_input`` with the next click.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import Cancelled
from anylabel_plus.inference import cell_masks, pairs, sam_graph
from anylabel_plus.inference.base import (
    Candidate,
    Embedding,
    Pixels,
    Prompt,
    ProposeOptions,
    Stop,
    decode_each,
    never,
)
from anylabel_plus.inference.catalog import ModelSpec
from anylabel_plus.inference.cell_masks import Frame, Logits
from anylabel_plus.inference.runtime import RuntimeOptions, Session

_SMALL_SIDE = 256
_DUPLICATE_IOU = 0.95
_MAX_CANDIDATES = 3
_KEY = "image_embeddings"
_FP16_LIMIT = 65504.0
_LEAST_SCORE = 0.5
_LEAST_STABILITY = 0.8


def load(spec: ModelSpec, options: RuntimeOptions) -> SamModel:
    """Open the encoder and the decoder of ``spec``.

    Raises:
        UserError: a file is missing, damaged, or no SAM-1 graph (with the inputs it has).
    """
    return SamModel(spec, *pairs.open_pair(spec, options))


class SamModel:
    """One loaded SAM. Implements ``base.PromptableModel``."""

    cacheable = True
    wants_pixels = False

    def __init__(self, spec: ModelSpec, encoder: Session, decoder: Session) -> None:
        self._encoder, self._decoder = encoder, decoder
        self._out = sam_graph.plan_decoder(decoder)
        self._in = sam_graph.plan_encoder(encoder, self._out.embedding_cells, spec.input_size)
        self._cells = self._out.mask_cells or self._in.side // 4
        self.preprocessing = self._in.version
        self.input_side: int | None = self._in.side
        self.info = pairs.info(spec, encoder, decoder)

    def encode(self, pixels: Pixels) -> Embedding:
        """Embed one upright RGB image; the embedding is rounded to fp16 and kept as float32."""
        height, width = pixels.shape[:2]
        output = self._encoder.run([self._in.output], {self._in.name: self._in.feed(pixels)})[self._in.output]
        rounded = np.clip(output, -_FP16_LIMIT, _FP16_LIMIT).astype(np.float16).astype(np.float32)
        return Embedding({_KEY: rounded}, width, height)

    def decode(self, embedding: Embedding, prompt: Prompt) -> list[Candidate]:
        """Up to three candidates, best first; see ``base.PromptableModel``."""
        if prompt.empty and prompt.logits is None:
            return []
        frame = self._frame(embedding)
        logits, scores = self._run(embedding, prompt, frame)
        chosen = _choose(logits, scores, _is_single_point(prompt), frame)
        found: list[Candidate] = []
        for index in chosen:
            mask = cell_masks.to_mask(logits[index], frame)
            if mask is not None:
                stable = cell_masks.stability(logits[index], frame)
                found.append(Candidate(_unit(scores[index]), mask, stable, self._returned(logits[index])))
        return found

    def decode_many(self, embedding: Embedding, prompts: Sequence[Prompt], stop: Stop = never) -> list[list[Candidate]]:
        """One after the other; see ``base.PromptableModel``."""
        return decode_each(self.decode, embedding, prompts, stop)

    def propose(self, embedding: Embedding, options: ProposeOptions, stop: Stop = never) -> list[Candidate]:
        """Objects under a grid of points, filtered by score, stability and overlap, best first.

        Scores under 0.5 and stabilities under 0.8 are never proposed, whatever ``options`` allows.

        Raises:
            Cancelled: ``stop`` said so between two points.
        """
        frame = self._frame(embedding)
        pool: list[tuple[float, float, Logits]] = []
        for x, y in _grid(embedding, options.points_per_side):
            if stop():
                raise Cancelled
            logits, scores = self._run(embedding, Prompt(points=((x, y, 1),)), frame)
            for index in _candidates(len(logits), True, scores):
                score, stable = _unit(scores[index]), cell_masks.stability(logits[index], frame)
                if score >= max(options.min_score, _LEAST_SCORE) and stable >= max(
                    options.min_stability, _LEAST_STABILITY
                ):
                    pool.append((score, stable, logits[index].copy()))
        return self._distinct(pool, frame, options)

    def _distinct(
        self, pool: list[tuple[float, float, Logits]], frame: Frame, options: ProposeOptions
    ) -> list[Candidate]:
        pool.sort(key=lambda entry: (-entry[0], -entry[1]))
        kept: list[NDArray[np.bool_]] = []
        found: list[Candidate] = []
        columns, rows = frame.used
        for score, stable, logits in pool:
            if len(found) >= options.max_candidates:
                break
            region = logits[:rows, :columns] > 0
            if any(cell_masks.overlap(region, other) > options.max_overlap for other in kept):
                continue
            mask = cell_masks.to_mask(logits, frame)
            if mask is None or mask.area < options.min_area_px:
                continue
            kept.append(region)
            found.append(Candidate(score, mask, stable, self._returned(logits)))
        return found

    def _frame(self, embedding: Embedding) -> Frame:
        width, height = embedding.width, embedding.height
        if self._out.masks == "masks":
            small_width, small_height = _small_size(width, height)
            return Frame(width, height, small_width / width, small_height / height, max(small_width, small_height))
        cells_a_pixel = self._cells / self._in.side
        columns, rows = self._in.resized(width, height)
        fx, fy = columns / width * cells_a_pixel, rows / height * cells_a_pixel
        return Frame(width, height, fx, fy, self._cells)

    def _returned(self, logits: Logits) -> Logits | None:
        return logits if "mask_input" in self._out.inputs and logits.shape == (self._cells, self._cells) else None

    def _run(self, embedding: Embedding, prompt: Prompt, frame: Frame) -> tuple[NDArray[np.float32], list[float]]:
        """Low-resolution logits (k, L, L) and their k scores."""
        columns, rows = self._in.resized(embedding.width, embedding.height)
        coords, labels = _points(prompt, (columns / embedding.width, rows / embedding.height))
        previous, has_previous = self._previous(prompt, frame)
        small = _small_size(embedding.width, embedding.height)
        feeds: dict[str, NDArray[Any]] = {
            _KEY: np.asarray(embedding.arrays[_KEY], np.float32),
            "point_coords": coords,
            "point_labels": labels,
            "mask_input": previous,
            "has_mask_input": np.array([has_previous], np.float32),
            "orig_im_size": np.array([small[1], small[0]], np.float32),
        }
        answer = self._decoder.run(self._out.outputs, {name: feeds[name] for name in self._out.inputs})
        logits = np.asarray(answer[self._out.masks], np.float32)
        logits = logits.reshape(-1, *logits.shape[-2:])
        if self._out.scores is None:
            return logits, [cell_masks.stability(part, frame) for part in logits]
        return logits, [float(score) for score in np.asarray(answer[self._out.scores]).reshape(-1)[: len(logits)]]

    def _previous(self, prompt: Prompt, frame: Frame) -> tuple[NDArray[np.float32], float]:
        cells = self._cells
        if prompt.logits is not None:
            logits = np.asarray(prompt.logits, np.float32)
            if logits.shape != (cells, cells):  # of a model with another grid over the same square
                logits = cv2.resize(logits, (cells, cells), interpolation=cv2.INTER_LINEAR)
            return logits[None, None], 1.0
        if prompt.mask is not None and prompt.mask.area:
            square = replace(frame, cells=cells)
            return cell_masks.from_mask(prompt.mask, square)[None, None], 1.0
        return np.zeros((1, 1, cells, cells), np.float32), 0.0


def _is_single_point(prompt: Prompt) -> bool:
    return len(prompt.points) == 1 and prompt.box is None and prompt.mask is None and prompt.logits is None


def _unit(score: float) -> float:
    return min(max(float(score), 0.0), 1.0) if np.isfinite(score) else 0.0


def _small_size(width: int, height: int) -> tuple[int, int]:
    scale = _SMALL_SIDE / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _grid(embedding: Embedding, side: int) -> list[tuple[float, float]]:
    centres = (np.arange(max(1, side)) + 0.5) / max(1, side)
    return [(float(x * embedding.width), float(y * embedding.height)) for y in centres for x in centres]


def _points(prompt: Prompt, scale: tuple[float, float]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """``point_coords`` (1, n, 2) in pixels of the image resized by ``scale``, and ``point_labels`` (1, n)."""
    rows = [(x, y, 1.0 if label else 0.0) for x, y, label in prompt.points]
    if prompt.box is not None:
        x1, y1, x2, y2 = prompt.box
        rows += [(min(x1, x2), min(y1, y2), 2.0), (max(x1, x2), max(y1, y2), 3.0)]
    values = np.array(rows, np.float64).reshape(-1, 3)
    # Ours are pixel-edge coordinates (a centre lies at +0.5) and the graph adds 0.5 to pixel indices.
    coords = values[:, :2] * scale - 0.5
    labels = values[:, 2]
    if prompt.box is None:
        coords, labels = np.vstack([coords, (0.0, 0.0)]), np.append(labels, -1.0)
    return coords.astype(np.float32)[None], labels.astype(np.float32)[None]


def _candidates(count: int, single_point: bool, scores: list[float]) -> list[int]:
    """Indices of masks in the order to offer them.

    Of four masks the first is trained for unambiguous prompts and the others for a single point.
    """
    if count == 4:
        rest = sorted(range(1, 4), key=lambda index: -scores[index])
        return rest if single_point else [0, *rest]
    return sorted(range(count), key=lambda index: -scores[index])


def _choose(logits: NDArray[np.float32], scores: list[float], single_point: bool, frame: Frame) -> list[int]:
    columns, rows = frame.used
    order = _candidates(len(logits), single_point, scores)
    chosen: list[int] = []
    for index in order:
        region = logits[index, :rows, :columns] > 0
        same = (cell_masks.overlap(region, logits[other, :rows, :columns] > 0) > _DUPLICATE_IOU for other in chosen)
        if not region.any() or any(same):
            continue
        chosen.append(index)
        if len(chosen) == _MAX_CANDIDATES:
            break
    return chosen
