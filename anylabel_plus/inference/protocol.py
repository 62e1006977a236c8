"""What service, worker process and client say to each other. Light: the window imports it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask
from anylabel_plus.inference.base import Candidate, Crop, ModelInfo, Prompt, ProposeOptions
from anylabel_plus.inference.region import Part


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """How to run models. ``cache_dir`` None = no embeddings on disk; ``weights_dir`` and
    ``model_rows_dir`` None = the user's data folder. ``zoom``: small objects are looked at closer."""

    device: str = "auto"
    threads: int = 0
    cache_dir: Path | None = None
    memory_mb: int = 512
    disk_mb: int = 4096
    weights_dir: Path | None = None
    model_rows_dir: Path | None = None
    zoom: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Candidates, best first, in pixels of the upright image of ``width`` x ``height``.

    ``timing_ms`` holds what was done for this answer: load_model, image, encode (0.0 when it
    came from the cache), decode, total.
    """

    candidates: tuple[Candidate, ...]
    width: int
    height: int
    info: ModelInfo
    timing_ms: Mapping[str, float] = field(default_factory=dict)


# Requests, client to worker.


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Answer ``prompt``; a newer one makes this one stale."""

    generation: int
    path: Path | Part
    prompt: Prompt
    model: str


@dataclass(frozen=True, slots=True)
class Propose:
    """Find all objects; made stale like a ``Segment``."""

    generation: int
    path: Path | Part
    options: ProposeOptions
    model: str


@dataclass(frozen=True, slots=True)
class Prefetch:
    """Encode these images when there is nothing else to do, in this order; replaces the earlier list."""

    paths: tuple[Path | Part, ...]
    model: str


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model and say what it is."""

    generation: int
    model: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Forget every prompt with a lower generation."""

    generation: int


Request = Segment | Propose | Prefetch | Load | Cancel

STAGES = {
    "": "",
    "load_model": "Loading model",
    "image": "Reading image",
    "encode": "Encoding image",
    "decode": "Answering",
    "propose": "Looking for objects",
    "prefetch": "Encoding ahead",
}

# Events, worker to client (the last two come from the client itself).


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """The answer to the newest request."""

    generation: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Failed:
    """A request could not be answered. ``details`` is for the log, empty for what the user can put right."""

    generation: int
    text: str
    hint: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Busy:
    """What the worker is doing: a key of ``STAGES``; empty and generation 0 when nothing is left to do."""

    stage: str
    generation: int

    @property
    def title(self) -> str:
        """For the user."""
        return STAGES.get(self.stage, self.stage)


@dataclass(frozen=True, slots=True)
class ModelLoaded:
    """A model is ready."""

    info: ModelInfo


@dataclass(frozen=True, slots=True)
class WorkerRestarted:
    """The worker process ended by itself and a new one was started; ``restarts`` in the last five minutes."""

    reason: str
    restarts: int


@dataclass(frozen=True, slots=True)
class WorkerGone:
    """The worker process keeps ending; it is started again only by the next request."""

    reason: str


ClientEvent = Answered | Failed | Busy | ModelLoaded | WorkerRestarted | WorkerGone


@dataclass(frozen=True, slots=True, eq=False)
class PackedCandidate:
    """A ``Candidate`` with one bit a pixel: a mask of 24 megapixels crosses the pipe as 3 MB."""

    score: float
    stability: float | None
    logits: NDArray[np.float32] | None
    bits: NDArray[np.uint8]
    size: tuple[int, int]
    x: int
    y: int
    crop: Crop | None = None


def pack(candidate: Candidate) -> PackedCandidate | Candidate:
    """For the pipe; ``unpack`` gives the same values back.

    A mask that makes its pixels when they are looked at goes as it is: making, packing and sending
    those of three large candidates takes longer than a decoder's run.
    """
    mask = candidate.mask
    if type(mask) is not Mask:
        return candidate
    height, width = mask.crop.shape
    bits = np.packbits(mask.crop)
    return PackedCandidate(
        candidate.score, candidate.stability, candidate.logits, bits, (height, width), mask.x, mask.y, candidate.crop
    )


def unpack(packed: PackedCandidate | Candidate) -> Candidate:
    """The inverse of ``pack``; the crop is read-only."""
    if isinstance(packed, Candidate):
        return packed
    height, width = packed.size
    crop = np.unpackbits(packed.bits, count=height * width).view(np.bool_).reshape(height, width)
    crop.setflags(write=False)
    return Candidate(packed.score, Mask(crop, packed.x, packed.y), packed.stability, packed.logits, packed.crop)
