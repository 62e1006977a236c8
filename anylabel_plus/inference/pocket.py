"""The built-in model: a small promptable segmenter that comes with the program.

The encoder runs once an image (or once a crop, see ``zoom``), the decoder once a batch of prompts. Cells of 2 x 2 input
pixels are enlarged to image resolution where the object is, and only when somebody looks at a large mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.inference import (
    cell_masks,
    pairs,
    pocket_edges,
    pocket_everything,
    pocket_graph,
    pocket_replay,
)
from anylabel_plus.inference.base import (
    Candidate,
    Embedding,
    Pixels,
    Prompt,
    ProposeOptions,
    Stop,
    never,
)
from anylabel_plus.inference.cell_masks import Logits
from anylabel_plus.inference.model_spec import ModelSpec
from anylabel_plus.inference.pocket_edges import EdgeOptions
from anylabel_plus.inference.pocket_everything import WORTH_REFINING
from anylabel_plus.inference.pocket_graph import Decoded, Feeds, Letterbox
from anylabel_plus.inference.runtime import CPU, RuntimeOptions, Session

_BATCH = 16
_DUPLICATE_IOU = 0.95
_MAX_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class PocketOptions:
    """How answers are made of the decoder's outputs.

    Args:
        batch: prompts in one run of the graph. 0 = one on a CPU, where larger maps leave its caches and cost a sixth
            more, and 16 elsewhere.
        refine_passes: times that an answer is decoded again with itself as the previous mask.
        replay: clicks that come together are played one after the other, at most so many (see ``pocket_replay``).
        main_bonus: added to the first output's score when candidates are put in order: it is trained for every
            prompt, the others for ambiguous ones.
        edges: how edges follow the image at its own resolution; None leaves them as the cells have them.
    """

    batch: int = 0
    refine_passes: int = 0
    replay: int = 20
    main_bonus: float = 0.0
    edges: EdgeOptions | None = None


OPTIONS = PocketOptions(edges=EdgeOptions())
"""What is in use."""


def load(spec: ModelSpec, options: RuntimeOptions) -> PocketModel:
    """Open the encoder and the decoder of ``spec``.

    Raises:
        UserError: a file is missing, damaged, or no graph of this family (with the inputs it has).
    """
    return PocketModel(spec, *pairs.open_pair(spec, options))


class PocketModel:
    """One loaded pocket model. Implements ``base.PromptableModel``."""

    cacheable = True

    def __init__(self, spec: ModelSpec, encoder: Session, decoder: Session, options: PocketOptions = OPTIONS) -> None:
        self._encoder, self._decoder = encoder, decoder
        self.options = options
        self._memory = pocket_replay.Memory()
        self._features = pocket_graph.features(encoder, decoder)
        side = spec.input_size or pocket_graph.DEFAULT_SIDE
        if side % 32 or side > pocket_graph.LARGEST_SIDE:
            raise UserError(
                f"{spec.id}: input_size {side} is not a multiple of 32 up to {pocket_graph.LARGEST_SIDE}.",
                "Correct the model's row.",
            )
        self.input_side: int | None = side
        self._side = side
        self.preprocessing = f"pocket-v1-{side}"
        self.info = pairs.info(spec, encoder, decoder)

    @property
    def wants_pixels(self) -> bool:
        """True while edges follow the image; an embedding without its pixels is answered as the cells have it."""
        return self.options.edges is not None

    def encode(self, pixels: Pixels) -> Embedding:
        """Features of one upright RGB image, or of a crop of one."""
        height, width = pixels.shape[:2]
        feed = pocket_graph.image_feed(pixels, self._box(width, height))
        return Embedding(self._encoder.run(self._features, {"image": feed}), width, height)

    def decode(self, embedding: Embedding, prompt: Prompt) -> list[Candidate]:
        """Up to three candidates, best first; see ``base.PromptableModel``."""
        return self.decode_many(embedding, [prompt])[0]

    def decode_many(self, embedding: Embedding, prompts: Sequence[Prompt], stop: Stop = never) -> list[list[Candidate]]:
        """Candidates for each prompt, the graph run once for up to 16 of them; see ``base.PromptableModel``."""
        box = self._box(embedding.width, embedding.height)
        asked = [index for index, prompt in enumerate(prompts) if not prompt.empty or prompt.logits is not None]
        found: list[list[Candidate]] = [[] for _ in prompts]
        for first in range(0, len(asked), _BATCH):
            if stop():
                raise Cancelled
            chunk = asked[first : first + _BATCH]
            answers = self._run(embedding, [prompts[index] for index in chunk], box)
            for index, answer in zip(chunk, answers, strict=True):
                found[index] = self._candidates(answer, embedding, box)
        return found

    def propose(self, embedding: Embedding, options: ProposeOptions, stop: Stop = never) -> list[Candidate]:
        """Objects under a grid of points, filtered by score, stability and overlap, best first.

        Raises:
            Cancelled: ``stop`` said so between two batches of points.
        """
        box = self._box(embedding.width, embedding.height)

        def ask(points: Sequence[tuple[float, float]]) -> list[Decoded]:
            clicks = [Prompt(points=((x, y, 1),)) for x, y in points]
            answers = self._run_once(embedding, clicks, box)
            good = [row for row, answer in enumerate(answers) if answer.scores[0] >= WORTH_REFINING]
            again = [_after(clicks[row], pocket_graph.as_previous(answers[row].logits[0])) for row in good]
            return self._run_once(embedding, again, box) if again else []

        found = pocket_everything.look(ask, box, options, stop)
        candidates = []
        for part in found:
            mask = self._mask(part.logits, embedding, box)
            if mask is not None and mask.area >= options.min_area_px:
                logits = pocket_graph.as_previous(part.logits)
                candidates.append(Candidate(part.score, mask, part.stability, logits))
        return candidates

    def _box(self, width: int, height: int) -> Letterbox:
        return pocket_graph.letterbox(width, height, self._side)

    def _run(self, embedding: Embedding, prompts: Sequence[Prompt], box: Letterbox) -> list[Decoded]:
        """Outputs for each prompt, its clicks played one after the other, all prompts side by side."""
        known = self._memory.of(embedding.arrays)
        played = [pocket_replay.series(prompt, self.options.replay) for prompt in prompts]
        starts = [pocket_replay.begin(known, steps) for steps in played]
        previous = [logits for _, logits in starts]
        answers: dict[int, Decoded] = {}
        for step in range(max(map(len, played))):
            due = [row for row, steps in enumerate(played) if starts[row][0] <= step < len(steps)]
            asked = [_after(played[row][step], previous[row]) for row in due]
            fresh = self._run_once(embedding, asked, box) if asked else []
            for row, answer in zip(due, fresh, strict=True):
                answers[row] = answer
                previous[row] = logits = pocket_graph.as_previous(answer.logits[0])
                if prompts[row].mask is None and prompts[row].logits is None:
                    pocket_replay.keep(known, pocket_replay.key(played[row], step), logits)
        return [answers[row] for row in range(len(prompts))]

    def _run_once(self, embedding: Embedding, prompts: Sequence[Prompt], box: Letterbox) -> list[Decoded]:
        size = self.options.batch or (1 if self._decoder.provider == CPU else _BATCH)
        parts = [prompts[first : first + size] for first in range(0, len(prompts), size)]
        return [answer for part in parts for answer in self._run_graph(embedding, part, box)]

    def _run_graph(self, embedding: Embedding, prompts: Sequence[Prompt], box: Letterbox) -> list[Decoded]:
        feeds: Feeds = {name: np.asarray(embedding.arrays[name], np.float32) for name in self._features}
        feeds |= pocket_graph.prompt_feeds(prompts, box)
        for step in range(self.options.refine_passes + 1):
            answer = self._decoder.run(["logits", "scores"], feeds)
            logits = answer["logits"]
            if step < self.options.refine_passes:
                some = (logits[:, 0] > 0).any((1, 2))  # an empty answer would only ask for nothing again
                feeds["mask"][some, 0] = pocket_graph.as_previous(logits[some, 0])
                feeds["has_mask"][some] = 1.0
        scores = np.nan_to_num(np.clip(answer["scores"], 0.0, 1.0))
        return [Decoded(logits[row], scores[row]) for row in range(len(prompts))]

    def _candidates(self, answer: Decoded, embedding: Embedding, box: Letterbox) -> list[Candidate]:
        found: list[Candidate] = []
        for index in distinct(answer, box, self.options.main_bonus):
            logits = answer.logits[index]
            mask = self._mask(logits, embedding, box)
            if mask is not None:
                stable = cell_masks.stability(logits, box.frame)
                previous = pocket_graph.as_previous(logits)
                found.append(Candidate(float(answer.scores[index]), mask, stable, previous))
        return found

    def _mask(self, logits: Logits, embedding: Embedding, box: Letterbox) -> Mask | None:
        if self.options.edges is None or embedding.pixels is None:
            return cell_masks.to_mask(logits, box.frame)
        return pocket_edges.refined(logits, embedding.pixels, box.frame, self.options.edges)


def _after(prompt: Prompt, previous: Logits | None) -> Prompt:
    """``prompt`` as the one that follows an answer; an answer without a pixel would only ask for nothing again."""
    if previous is None or not (previous > 0).any():
        return prompt
    return replace(prompt, logits=previous)


def distinct(answer: Decoded, box: Letterbox, main_bonus: float) -> list[int]:
    """Outputs worth offering, best first: not empty, and not nearly the same as a better one."""
    columns, rows = box.frame.used
    regions = answer.logits[:, :rows, :columns] > 0
    rated = answer.scores.copy()
    rated[0] += main_bonus
    chosen: list[int] = []
    for index in np.argsort(-rated, kind="stable"):
        same = (cell_masks.overlap(regions[index], regions[other]) > _DUPLICATE_IOU for other in chosen)
        if regions[index].any() and not any(same):
            chosen.append(int(index))
        if len(chosen) == _MAX_CANDIDATES:
            break
    return chosen
