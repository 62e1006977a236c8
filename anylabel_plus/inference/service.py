"""Models at work: encode an image once, answer any number of prompts.

The command line and jobs use a ``Service`` in their own process, the window through the worker
process (``service_worker`` and ``client``).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import embeddings, prompts, region, zoom
from anylabel_plus.inference.base import ModelInfo, Pixels, Prompt, PromptableModel, ProposeOptions, Stop, never
from anylabel_plus.inference.protocol import Answer, ServiceOptions
from anylabel_plus.inference.region import Part
from anylabel_plus.inference.runtime import RuntimeOptions
from anylabel_plus.inference.sight import Clock, OnStage, Picture, Sight, examine

__all__ = ["Answer", "Service", "ServiceOptions"]

Loader = Callable[[str, ServiceOptions], PromptableModel]
_Stamp = tuple[str, int, int, object]
"""Path, time and size of a file, and which part of it."""
_KNOWN_IMAGES = 4096
_KEPT_BYTES = 320_000_000  # an image of 100 megapixels: decoding it for each click would take longer than the answer


def load_model(text: str, options: ServiceOptions) -> PromptableModel:
    """The model that ``text`` names (id, model file or YAML), ready to answer.

    Raises:
        UserError: no such model, its files are missing or damaged, or its family is not there yet.
    """
    from anylabel_plus.inference import catalog, family_of, weights

    spec = catalog.resolve(text, weights_dir=options.weights_dir, rows_dir=options.model_rows_dir)
    weights.ensure(spec)
    return family_of(spec).load(spec, RuntimeOptions(options.device, options.threads))


class Service:
    """Loads models and answers prompts. Not thread-safe: one caller at a time.

    Holds one loaded model, the embeddings of recent images and the pixels of the last one, which the next prompt may
    look at more closely (see ``zoom``). ``stop`` is polled between stages; the stages are load_model, image, encode,
    decode, propose.
    """

    def __init__(self, options: ServiceOptions | None = None, loader: Loader = load_model) -> None:
        self.options = options or ServiceOptions()
        self._loader = loader
        self._loaded: tuple[str, PromptableModel] | None = None
        self._known: OrderedDict[_Stamp, Picture] = OrderedDict()
        self._recent: Picture | None = None
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
        image: Path | Part | Pixels,
        prompt: Prompt,
        model: str,
        stop: Stop = never,
        on_stage: OnStage | None = None,
    ) -> Answer:
        """Candidates for one prompt, best first.

        Args:
            image: path, part of an image file (the prompt is in pixels of the whole one), or upright RGB pixels
                (H, W, 3) uint8.
            prompt: in upright image pixels; boxes are clipped to the image.
            model: an id, or a model file.

        Raises:
            UserError: the model, the image or the prompt cannot be used; says which and why.
            Cancelled: ``stop`` said so.
        """
        return self.segment_many(image, [prompt], model, stop, on_stage)[0]

    def segment_many(
        self,
        image: Path | Part | Pixels,
        asked: Sequence[Prompt],
        model: str,
        stop: Stop = never,
        on_stage: OnStage | None = None,
    ) -> list[Answer]:
        """An answer for each of several prompts of one image, in their order, sharing what can be shared.

        Other arguments and errors as for ``segment``; a prompt that cannot be used refuses all of them. Each answer's
        ``timing_ms`` holds its share of decoding, the first one's all that was spent before as well.
        """
        clock = Clock(stop, on_stage)
        loaded = self._timed_model(model, clock)
        for prompt in asked:
            prompts.supported(prompt, loaded.info)
        crop = image.crop if isinstance(image, Part) else None
        if crop is not None:
            asked = [region.into(prompt, crop) for prompt in asked]
        sight = self._sight(image, loaded, clock)
        width, height = sight.picture.size
        fit = [prompts.checked(prompt, width, height) for prompt in asked]
        if self.options.zoom and loaded.input_side is not None:
            options = zoom.OPTIONS.for_input(loaded.input_side)
            found = zoom.answer(fit, width, height, sight.decode, options)
        else:
            found = zoom.whole(fit, sight.decode)
        self._keep(sight.picture, loaded)
        timings = _shares(clock.finish(), len(asked))
        if crop is not None:
            found = [[region.out_of(candidate, crop) for candidate in candidates] for candidates in found]
            width, height = _whole_size(image, sight)
        return [
            Answer(tuple(candidates), width, height, loaded.info, timing)
            for candidates, timing in zip(found, timings, strict=True)
        ]

    def propose(
        self,
        image: Path | Part | Pixels,
        options: ProposeOptions,
        model: str,
        stop: Stop = never,
        on_stage: OnStage | None = None,
    ) -> Answer:
        """All objects the model finds, best first. Arguments and errors as for ``segment``."""
        clock = Clock(stop, on_stage)
        loaded = self._timed_model(model, clock)
        if "everything" not in loaded.info.prompts:
            raise UserError(f"{loaded.info.title} cannot look for objects by itself.", "Choose another model.")
        sight = self._sight(image, loaded, clock)
        embedding = sight.embedding()
        clock.enter("propose")
        candidates = loaded.propose(embedding, options, stop)
        clock.leave("propose")
        if isinstance(image, Part) and image.crop is not None:
            candidates = [region.out_of(candidate, image.crop) for candidate in candidates]
        self._keep(sight.picture, loaded)
        return Answer(tuple(candidates), *_whole_size(image, sight), loaded.info, clock.finish())

    def prefetch(self, image: Path | Part, model: str, stop: Stop = never, on_stage: OnStage | None = None) -> None:
        """Encode ``image`` so that its first prompt is answered at once, unless it is huge. Raises as ``segment``."""
        if isinstance(image, Path) and _huge(image):
            return  # only parts of it are ever asked about
        clock = Clock(stop, on_stage)
        loaded = self._timed_model(model, clock)
        self._sight(image, loaded, clock).embedding()

    def _model(self, text: str) -> PromptableModel:
        if self._loaded is None or self._loaded[0] != text:
            self._loaded = None  # frees the old model before the new one needs the memory
            model = self._loader(text, self.options)
            _limit_opencv(self.options.threads)
            self._loaded = (text, model)
        return self._loaded[1]

    def _timed_model(self, text: str, clock: Clock) -> PromptableModel:
        if self._loaded is not None and self._loaded[0] == text:
            return self._loaded[1]
        clock.enter("load_model")
        model = self._model(text)
        clock.leave("load_model")
        return model

    def _sight(self, image: Path | Part | Pixels, model: PromptableModel, clock: Clock) -> Sight:
        clock.enter("image")
        picture = self._picture(image)
        clock.leave("image")
        return Sight(image, picture, model, self._cache, clock)

    def _picture(self, image: Path | Part | Pixels) -> Picture:
        """Size and pixel hash; decodes the file only when it is new or has changed."""
        if not isinstance(image, Path | Part):
            return examine(image)
        stamp = _stamp(image)
        known = self._known.get(stamp)
        if known is not None:
            recent = self._recent
            return recent if recent is not None and recent.pixel_hash == known.pixel_hash else known
        picture = examine(image)
        self._known[stamp] = Picture(picture.pixel_hash, picture.width, picture.height)
        while len(self._known) > _KNOWN_IMAGES:
            self._known.popitem(last=False)
        return picture

    def _keep(self, picture: Picture, model: PromptableModel) -> None:
        """The next prompt may look at another crop of the same image: keep its pixels unless they are many."""
        if picture.pixels is None:
            return
        looked_at_again = model.wants_pixels or (self.options.zoom and model.input_side is not None)
        self._recent = picture if looked_at_again and picture.pixels.nbytes <= _KEPT_BYTES else None


def _shares(timing: dict[str, float], count: int) -> list[dict[str, float]]:
    """``timing`` divided among ``count`` answers: decoding evenly, everything else to the first."""
    if count < 2:
        return [timing] * count
    share = round(timing.get("decode", 0.0) / count, 3)
    first = {**timing, "decode": share, "total": round(timing["total"] - (count - 1) * share, 3)}
    return [first, *({"encode": 0.0, "decode": share, "total": share} for _ in range(count - 1))]


def _stamp(image: Path | Part) -> _Stamp:
    path = image if isinstance(image, Path) else image.path
    try:
        status = path.stat()
    except OSError as error:
        raise UserError(f"{path}: the image cannot be read ({error.strerror}).") from error
    part = None if isinstance(image, Path) else (image.choice, image.crop)
    return str(path.absolute()), status.st_mtime_ns, status.st_size, part


def _whole_size(image: Path | Part | Pixels, sight: Sight) -> tuple[int, int]:
    """Width and height of the image, also when only a part of it was looked at."""
    from anylabel_plus import images

    if not isinstance(image, Part) or image.crop is None:
        return sight.picture.size
    facts = images.probe(image.path)
    return facts.width, facts.height


def _huge(path: Path) -> bool:
    from anylabel_plus import images

    facts = images.probe(path)
    return facts.width * facts.height > images.HUGE_PIXELS


def _limit_opencv(threads: int) -> None:
    if threads:
        import cv2

        cv2.setNumThreads(threads)
