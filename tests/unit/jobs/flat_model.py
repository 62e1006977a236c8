"""Small data sets on disk, and a model that finds flat-coloured things."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.masks import from_full, tight
from anylabel_plus.core.shapes import Shape
from anylabel_plus.formats import native
from anylabel_plus.inference.base import Candidate, ModelInfo, Prompt, ProposeOptions
from anylabel_plus.inference.protocol import Answer, ServiceOptions

WIDTH, HEIGHT = 80, 60
THINGS = {"left": (10, 10, 30, 40), "right": (45, 15, 70, 35)}


def save_image(path: Path, *, width: int = WIDTH, height: int = HEIGHT) -> None:
    """A grey picture with a red and a green rectangle."""
    picture = np.full((height, width, 3), 90, np.uint8)
    for color, (x1, y1, x2, y2) in zip(((0, 0, 255), (0, 255, 0)), THINGS.values(), strict=True):
        picture[y1:y2, x1:x2] = color
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def save_labels(path: Path, image: str, *shapes: Shape) -> None:
    document = add_shapes(native.new_document(image, WIDTH, HEIGHT), shapes)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(native.serialize(document))


class FlatModels:
    """Answers like a promptable model: the things of ``save_image`` under the box, or all of them."""

    def __init__(self, options: ServiceOptions | None = None) -> None:
        self.threads = (options or ServiceOptions()).threads
        self.asked = 0

    def info(self, model: str) -> ModelInfo:
        prompts = frozenset({"box", "everything"} if model != "points" else {"point"})
        return ModelInfo(model, "Flat", "flat", "f" * 64, prompts, "opencv")

    def _things(self, image: Path) -> list[Candidate]:
        data = np.frombuffer(image.read_bytes(), np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
        found = []
        for number, channel in enumerate((2, 1)):
            mask = tight(from_full(picture[:, :, channel] == 255))
            if mask.area:
                found.append(Candidate(0.9 - number * 0.2, mask))
        return found

    def _answer(self, candidates: list[Candidate], model: str) -> Answer:
        return Answer(tuple(candidates), WIDTH, HEIGHT, self.info(model))

    def segment_many(self, image: Path, asked: Sequence[Prompt], model: str) -> list[Answer]:
        return [self._segment(image, prompt, model) for prompt in asked]

    def _segment(self, image: Path, prompt: Prompt, model: str) -> Answer:
        self.asked += 1
        assert prompt.box is not None
        x1, y1, x2, _ = prompt.box
        inside = [
            candidate
            for candidate in self._things(image)
            if candidate.mask.x >= x1 - 5 and candidate.mask.x < x2 and candidate.mask.y >= y1 - 5
        ]
        return self._answer(inside, model)

    def propose(self, image: Path, options: ProposeOptions, model: str) -> Answer:
        self.asked += 1
        if image.name.startswith("bug"):
            raise RuntimeError("the model broke")
        return self._answer([one for one in self._things(image) if one.score >= options.min_score], model)


def flat(options: ServiceOptions) -> Any:
    """A ``ServiceFactory``; at module level, so that worker processes can make it."""
    return FlatModels(options)
