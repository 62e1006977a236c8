"""One image while a request about it is answered: its pixels, its embeddings by crop, and the time spent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference import embeddings
from anylabel_plus.inference.base import Candidate, Crop, Embedding, Pixels, Prompt, PromptableModel, Stop
from anylabel_plus.inference.region import Part

OnStage = Callable[[str], None]


@dataclass(slots=True)
class Picture:
    """What is known of an image; ``pixels`` only while they are needed."""

    pixel_hash: str
    width: int
    height: int
    pixels: Pixels | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height


def examine(image: Path | Part | Pixels) -> Picture:
    """Decode and hash an image or a part of one. Raises UserError when it cannot be read."""
    from anylabel_plus import images

    if isinstance(image, Part) and image.crop is not None:
        pixels = images.load_part(image.path, image.choice, image.crop)
    elif isinstance(image, Part):
        pixels = images.load(image.path, image.choice)
    else:
        pixels = images.load(image) if isinstance(image, Path) else image
    return Picture(images.pixel_hash(pixels), pixels.shape[1], pixels.shape[0], pixels)


class Clock:
    """Milliseconds of each stage, and the poll for cancellation between stages."""

    def __init__(self, stop: Stop, on_stage: OnStage | None) -> None:
        self.stop = stop
        self._on_stage = on_stage
        self._start = self._last = time.perf_counter()
        self.timing: dict[str, float] = {}

    def enter(self, stage: str) -> None:
        """Raises Cancelled when nobody wants the answer any more."""
        if self.stop():
            raise Cancelled
        if self._on_stage is not None:
            self._on_stage(stage)
        self._last = time.perf_counter()

    def leave(self, stage: str) -> None:
        """Add the time since ``enter`` to the stage."""
        self.timing[stage] = round(self.timing.get(stage, 0.0) + (time.perf_counter() - self._last) * 1000, 3)

    def finish(self) -> dict[str, float]:
        """The time of each stage and ``total``."""
        self.timing["total"] = round((time.perf_counter() - self._start) * 1000, 3)
        return self.timing


class Sight:
    """One image and one model during one request.

    Args:
        image: path, part of an image file, or upright RGB pixels.
        picture: what is known of it; replaced when the file turns out to have changed.
        cache: where embeddings of the image and of its crops are kept.
    """

    def __init__(
        self,
        image: Path | Part | Pixels,
        picture: Picture,
        model: PromptableModel,
        cache: embeddings.EmbeddingCache,
        clock: Clock,
    ) -> None:
        self._image = image
        self.picture = picture
        self._model = model
        self._cache = cache
        self._clock = clock

    def decode(self, crop: Crop | None, prompts: Sequence[Prompt]) -> list[list[Candidate]]:
        """Candidates for prompts in ``crop`` (None: the whole image), both in the crop's own pixels.

        Raises:
            UserError: the image cannot be read any more, or the model cannot answer.
            Cancelled: nobody wants the answer any more.
        """
        embedding = self.embedding(crop)
        self._clock.enter("decode")
        found = self._model.decode_many(embedding, prompts, self._clock.stop)
        self._clock.leave("decode")
        return found

    def embedding(self, crop: Crop | None = None) -> Embedding:
        """The embedding of the image or of a crop of it, from the cache or made now. Errors as ``decode``."""
        width, height = self.picture.size if crop is None else (crop[2] - crop[0], crop[3] - crop[1])
        found = self._cache.get(self._key(crop))
        if found is None or (found.width, found.height) != (width, height):
            pixels = self._part(crop)
            self._clock.enter("encode")
            fresh = self._model.encode(pixels)
            found = self._cache.put(self._key(crop), fresh, keep_file=self._model.cacheable)
            self._clock.leave("encode")
        else:
            self._clock.timing.setdefault("encode", 0.0)
        if self._model.wants_pixels and found.pixels is None:
            found = replace(found, pixels=self._part(crop))
        return found

    def _key(self, crop: Crop | None) -> str:
        info = self._model.info
        weights = info.weights_sha256 or f"family:{info.family}"
        return embeddings.key(self.picture.pixel_hash, weights, self._model.preprocessing, crop)

    def _part(self, crop: Crop | None) -> Pixels:
        """Pixels of the image or of a crop of it; decodes the file when they are not at hand."""
        if self.picture.pixels is None:
            self._clock.enter("image")
            fresh = examine(self._image)  # with its hash: the file may have changed since it was looked at
            if fresh.size != self.picture.size:
                raise UserError(
                    f"{getattr(self._image, 'path', self._image)}: the image changed while it was being answered.",
                    "Ask again.",
                )
            self.picture = fresh
            self._clock.leave("image")
        pixels = self.picture.pixels
        assert pixels is not None
        return pixels if crop is None else np.ascontiguousarray(pixels[crop[1] : crop[3], crop[0] : crop[2]])
