"""Models at work: encode an image once, answer any number of prompts.

The command line and jobs use a ``Service`` in their own process, the window through the worker
process (``service_worker`` and ``client``).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference import embeddings, prompts
from anylabel_plus.inference.base import (
    Candidate,
    Embedding,
    ModelInfo,
    Pixels,
    Prompt,
    PromptableModel,
    ProposeOptions,
    Stop,
    never,
)
from anylabel_plus.inference.protocol import Answer, ServiceOptions
from anylabel_plus.inference.runtime import RuntimeOptions

__all__ = ["Answer", "Service", "ServiceOptions"]

Loader = Callable[[str, ServiceOptions], PromptableModel]
OnStage = Callable[[str], None]
_KNOWN_IMAGES = 4096


def load_model(text: str, options: ServiceOptions) -> PromptableModel:
    """The model that ``text`` names (id, model file or YAML), ready to answer.

    Raises:
        UserError: no such model, its files are missing or damaged, or its family is not there yet.
    """
    from anylabel_plus.inference import catalog, family_of, weights

    spec = catalog.resolve(text, weights_dir=options.weights_dir, rows_dir=options.model_rows_dir)
    weights.ensure(spec)
    return family_of(spec).load(spec, RuntimeOptions(options.device, options.threads))


@dataclass(slots=True)
class _Picture:
    """What is known of an image; ``pixels`` only while they are needed."""

    pixel_hash: str
    width: int
    height: int
    pixels: Pixels | None = None


class _Clock:
    """Milliseconds of each stage, and the poll for cancellation between stages."""

    def __init__(self, stop: Stop, on_stage: OnStage | None) -> None:
        self._stop = stop
        self._on_stage = on_stage
        self._start = self._last = time.perf_counter()
        self.timing: dict[str, float] = {}

    def enter(self, stage: str) -> None:
        """Raises Cancelled when nobody wants the answer any more."""
        if self._stop():
            raise Cancelled
        if self._on_stage is not None:
            self._on_stage(stage)
        self._last = time.perf_counter()

    def leave(self, stage: str) -> None:
        self.timing[stage] = round((time.perf_counter() - self._last) * 1000, 3)

    def finish(self) -> dict[str, float]:
        self.timing["total"] = round((time.perf_counter() - self._start) * 1000, 3)
        return self.timing


class Service:
    """Loads models and answers prompts. Not thread-safe: one caller at a time.

    Holds one loaded model, the embeddings of recent images and nothing else of them.
    ``stop`` is polled between stages; the stages are load_model, image, encode, decode, propose.
    """

    def __init__(self, options: ServiceOptions | None = None, loader: Loader = load_model) -> None:
        self.options = options or ServiceOptions()
        self._loader = loader
        self._loaded: tuple[str, PromptableModel] | None = None
        self._known: OrderedDict[tuple[str, int, int], _Picture] = OrderedDict()
        self._cache = embeddings.EmbeddingCache(
            self.options.cache_dir, self.options.memory_mb * 1_000_000, self.options.disk_mb * 1_000_000
        )

    def info(self, model: str) -> ModelInfo:
        """Load ``model`` if it is not loaded, and say what it is.

        Raises:
            UserError: it cannot be loaded.
        """
        return self._model(model).info

    def segment(
        self,
        image: Path | Pixels,
        prompt: Prompt,
        model: str,
        stop: Stop = never,
        on_stage: OnStage | None = None,
    ) -> Answer:
        """Candidates for ``prompt``, best first. Each image is encoded once for any number of prompts.

        Args:
            image: a file, or upright RGB pixels.
            prompt: in upright image pixels; boxes are clipped to the image.
            model: an id, or a model file.

        Raises:
            UserError: the model, the image or the prompt cannot be used; says which and why.
            Cancelled: ``stop`` said so.
        """
        clock = _Clock(stop, on_stage)
        loaded = self._timed_model(model, clock)
        prompts.supported(prompt, loaded.info)
        picture = self._picture(image, clock)
        prompt = prompts.checked(prompt, picture.width, picture.height)
        embedding = self._embedding(image, picture, loaded, clock)
        clock.enter("decode")
        candidates = loaded.decode(embedding, prompt)
        clock.leave("decode")
        return self._answer(candidates, picture, loaded, clock)

    def propose(
        self,
        image: Path | Pixels,
        options: ProposeOptions,
        model: str,
        stop: Stop = never,
        on_stage: OnStage | None = None,
    ) -> Answer:
        """All objects the model finds, best first. Arguments and errors as for ``segment``."""
        clock = _Clock(stop, on_stage)
        loaded = self._timed_model(model, clock)
        if "everything" not in loaded.info.prompts:
            raise UserError(f"{loaded.info.title} cannot look for objects by itself.", "Choose another model.")
        picture = self._picture(image, clock)
        embedding = self._embedding(image, picture, loaded, clock)
        clock.enter("propose")
        candidates = loaded.propose(embedding, options, stop)
        clock.leave("propose")
        return self._answer(candidates, picture, loaded, clock)

    def prefetch(self, image: Path, model: str, stop: Stop = never, on_stage: OnStage | None = None) -> None:
        """Encode ``image`` so that its first prompt is answered at once. Raises as ``segment``."""
        clock = _Clock(stop, on_stage)
        loaded = self._timed_model(model, clock)
        self._embedding(image, self._picture(image, clock), loaded, clock)

    def _model(self, text: str) -> PromptableModel:
        if self._loaded is None or self._loaded[0] != text:
            self._loaded = None  # frees the old model before the new one needs the memory
            model = self._loader(text, self.options)
            _limit_opencv(self.options.threads)
            self._loaded = (text, model)
        return self._loaded[1]

    def _timed_model(self, text: str, clock: _Clock) -> PromptableModel:
        if self._loaded is not None and self._loaded[0] == text:
            return self._loaded[1]
        clock.enter("load_model")
        model = self._model(text)
        clock.leave("load_model")
        return model

    def _picture(self, image: Path | Pixels, clock: _Clock) -> _Picture:
        """Size and pixel hash; decodes the file only when it is new or has changed."""
        clock.enter("image")
        stamp = _stamp(image) if isinstance(image, Path) else None
        picture = self._known.get(stamp) if stamp is not None else None
        if picture is None:
            picture = _examine(image)
            if stamp is not None:
                self._known[stamp] = _Picture(picture.pixel_hash, picture.width, picture.height)
                while len(self._known) > _KNOWN_IMAGES:
                    self._known.popitem(last=False)
        clock.leave("image")
        return picture

    def _embedding(self, image: Path | Pixels, picture: _Picture, model: PromptableModel, clock: _Clock) -> Embedding:
        name = _cache_key(picture, model)
        found = self._cache.get(name)
        if found is not None and (found.width, found.height) == (picture.width, picture.height):
            clock.timing["encode"] = 0.0
            return found
        if picture.pixels is None:
            clock.enter("image")
            picture = _examine(image)  # with its hash: the file may have changed since it was looked at
            name = _cache_key(picture, model)
            clock.leave("image")
        clock.enter("encode")
        assert picture.pixels is not None
        fresh = self._cache.put(name, model.encode(picture.pixels), keep_file=model.cacheable)
        clock.leave("encode")
        return fresh

    def _answer(self, candidates: list[Candidate], picture: _Picture, model: PromptableModel, clock: _Clock) -> Answer:
        return Answer(tuple(candidates), picture.width, picture.height, model.info, clock.finish())


def _cache_key(picture: _Picture, model: PromptableModel) -> str:
    weights = model.info.weights_sha256 or f"family:{model.info.family}"
    return embeddings.key(picture.pixel_hash, weights, model.preprocessing)


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise UserError(f"{path}: the image cannot be read ({error.strerror}).") from error
    return str(path.absolute()), status.st_mtime_ns, status.st_size


def _examine(image: Path | Pixels) -> _Picture:
    from anylabel_plus import images

    pixels = images.load(image) if isinstance(image, Path) else image
    return _Picture(images.pixel_hash(pixels), pixels.shape[1], pixels.shape[0], pixels)


def _limit_opencv(threads: int) -> None:
    if threads:
        import cv2

        cv2.setNumThreads(threads)
