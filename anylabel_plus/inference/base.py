"""What every model family speaks: prompts in, candidates out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, the upright image."""


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """What the user asks of a model, all in upright image pixels (pixel centres at +0.5).

    ``points`` are (x, y, label) with label 1 = include, 0 = exclude. ``box`` is xyxy. ``mask`` is
    the previous mask; ``logits`` the low-resolution logits of the candidate that the next click
    refines (``Candidate.logits`` given back unchanged), preferred over ``mask`` by families that
    can use them.
    """

    points: tuple[tuple[float, float, int], ...] = ()
    box: tuple[float, float, float, float] | None = None
    mask: Mask | None = None
    logits: NDArray[np.float32] | None = None

    @property
    def empty(self) -> bool:
        """True when there is nothing to answer."""
        return not self.points and self.box is None and self.mask is None


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A mask that a model proposes. ``score`` is the model's own estimate, 0 to 1.

    ``stability`` is the IoU of the mask at a raised and a lowered threshold, None when the family
    has no such measure.
    """

    score: float
    mask: Mask
    stability: float | None = None
    logits: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """The encoder's output for one image, reusable for any number of prompts.

    ``arrays`` are what the cache stores (rounded to fp16 before first use, so that a result does
    not depend on the cache); ``width`` and ``height`` the upright image's size; ``facts`` small
    JSON data the decoder needs (scale, crop); ``pixels`` the image itself for families whose
    "embedding" is the picture (``cacheable`` is then False).
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


class PromptableModel(Protocol):
    """One loaded model of a promptable family. Not thread-safe: one caller at a time."""

    info: ModelInfo
    cacheable: bool
    """Whether ``Embedding.arrays`` are worth storing."""
    preprocessing: str
    """Version text of the preprocessing (input size, resize rule): part of the cache key."""

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

    def propose(self, embedding: Embedding, options: ProposeOptions, stop: Stop = never) -> list[Candidate]:
        """All objects found, best first, filtered and without near-duplicates."""
        ...
