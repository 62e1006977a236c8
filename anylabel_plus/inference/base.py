"""What every model family speaks: prompts in, candidates out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import Cancelled
from anylabel_plus.core.masks import Mask

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, the upright image."""

Crop = tuple[int, int, int, int]
"""xyxy whole pixels of the upright image: a part of it that was encoded by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """What the user asks of a model, all in upright image pixels (pixel centres at +0.5).

    ``points`` are (x, y, label) with label 1 = include, 0 = exclude. ``box`` is xyxy. ``mask`` is
    the previous mask; ``logits`` the low-resolution logits of the candidate that the next click
    refines (``Candidate.logits`` given back unchanged), preferred over ``mask`` by families that
    can use them. ``crop`` is the part of the image that those logits cover (``Candidate.crop`` given
    back with them).
    """

    points: tuple[tuple[float, float, int], ...] = ()
    box: tuple[float, float, float, float] | None = None
    mask: Mask | None = None
    logits: NDArray[np.float32] | None = None
    crop: Crop | None = None

    @property
    def empty(self) -> bool:
        """True when there is nothing to answer."""
        return not self.points and self.box is None and self.mask is None


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A mask that a model proposes. ``score`` is the model's own estimate, 0 to 1.

    ``stability`` is the IoU of the mask at a raised and a lowered threshold, None when the family
    has no such measure. ``crop`` is the part of the image that ``logits`` cover, None for all of it.
    """

    score: float
    mask: Mask
    stability: float | None = None
    logits: NDArray[np.float32] | None = None
    crop: Crop | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """The encoder's output for one image, reusable for any number of prompts.

    ``arrays`` are what the cache stores (rounded to fp16 before first use, so that a result does
    not depend on the cache); ``width`` and ``height`` the size of the upright image, or of the part of it that
    was encoded; ``facts`` small JSON data the decoder needs; ``pixels`` the image itself for families whose
    "embedding" is the picture (``cacheable`` is then False) and for those that look at it again when
    they decode (``wants_pixels``).
    """

    arrays: Mapping[str, NDArray[Any]]
    width: int
    height: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    pixels: Pixels | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a loaded model."""

    id: str
    title: str
    family: str
    weights_sha256: str | None
    prompts: frozenset[str]
    """Of "point", "box", "mask", "everything"."""
    provider: str
    """The provider in use as reported by the session, for example "CPUExecutionProvider"; "opencv" for ``classic``."""
    provider_note: str = ""
    """Why another provider that was asked for is not in use, or an empty string."""


@dataclass(frozen=True, slots=True)
class ProposeOptions:
    """How to look for all objects of an image ("everything")."""

    points_per_side: int = 16
    min_score: float = 0.0
    min_stability: float = 0.0
    max_overlap: float = 0.7
    min_area_px: int = 64
    max_candidates: int = 100


Stop = Callable[[], bool]
"""Polled between steps; True asks to stop (raise ``core.errors.Cancelled``)."""


def never() -> bool:
    """A ``Stop`` that never stops."""
    return False


def decode_each(
    decode: Callable[[Embedding, Prompt], list[Candidate]],
    embedding: Embedding,
    prompts: Sequence[Prompt],
    stop: Stop = never,
) -> list[list[Candidate]]:
    """``decode_many`` for families whose graph takes one prompt at a time.

    Raises:
        Cancelled: ``stop`` said so between two prompts.
    """
    found = []
    for prompt in prompts:
        if stop():
            raise Cancelled
        found.append(decode(embedding, prompt))
    return found


class PromptableModel(Protocol):
    """One loaded model of a promptable family. Not thread-safe: one caller at a time."""

    info: ModelInfo
    cacheable: bool
    """Whether ``Embedding.arrays`` are worth storing."""
    preprocessing: str
    """Version text of the preprocessing (input size, resize rule): part of the cache key."""
    input_side: int | None
    """Long side in pixels that every image is brought to before the model sees it; None when it works at image
    resolution. Small objects gain from a closer look (``zoom``) only where there is such a side."""

    @property
    def wants_pixels(self) -> bool:
        """Whether ``decode`` needs ``Embedding.pixels`` beside the arrays; the caller puts them there."""
        ...

    def encode(self, pixels: Pixels) -> Embedding:
        """Embed one upright RGB image."""
        ...

    def decode(self, embedding: Embedding, prompt: Prompt) -> list[Candidate]:
        """Candidates for ``prompt``, best first, masks cropped tightly and never empty of pixels
        unless the model found nothing (then the list is empty).

        Raises:
            UserError: the model cannot answer this kind of prompt.
        """
        ...

    def decode_many(self, embedding: Embedding, prompts: Sequence[Prompt], stop: Stop = never) -> list[list[Candidate]]:
        """``decode`` for each prompt, in their order, sharing work where the family can (else ``decode_each``).

        Raises:
            UserError: as ``decode``.
            Cancelled: ``stop`` said so between two steps.
        """
        ...

    def propose(self, embedding: Embedding, options: ProposeOptions, stop: Stop = never) -> list[Candidate]:
        """All objects found, best first, filtered and without near-duplicates."""
        ...
