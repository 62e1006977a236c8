"""A quick look at how a model does while it is trained; ``evaluate`` measures the shipped files as users run them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from anylabel_plus.core import masks
from anylabel_plus.core.errors import Cancelled
from anylabel_plus.inference import cell_masks, pocket_graph, zoom
from anylabel_plus.inference.pocket_graph import Letterbox
from anylabel_plus.training.pocket import prompts
from anylabel_plus.training.pocket.batches import prompts_of
from anylabel_plus.training.pocket.config import INPUT_SIDE, TrainConfig
from anylabel_plus.training.pocket.model import Pocket
from anylabel_plus.training.pocket.sources import Picture, Pixels
from anylabel_plus.training.pocket.stopping import Stop

_MIN_SIDE = 24
Bools = NDArray[np.bool_]


class Validator:
    """The same objects of held-out pictures each time: as many of each source, with crops around small ones.

    Figures are the mean IoU by source and over all: box, one click, three clicks.
    """

    def __init__(self, pictures: Sequence[Picture], config: TrainConfig) -> None:
        rng = np.random.default_rng(5)
        by_source: dict[str, list[Picture]] = {}
        for picture in pictures:
            by_source.setdefault(picture.source, []).append(picture)
        each = max(1, config.validation_masks // max(1, len(by_source)))
        self._chosen: list[tuple[Picture, int]] = []
        for own in by_source.values():
            picked: list[tuple[Picture, int]] = []
            for index in range(each * 4):
                picture = own[index % len(own)]
                target = int(rng.integers(len(picture.masks)))
                x1, y1, x2, y2 = picture.mask(target).bounds
                if min(x2 - x1, y2 - y1) >= _MIN_SIDE and (picture, target) not in picked:
                    picked.append((picture, target))
            self._chosen += picked[:each]

    def figures(self, model: Pocket, device: torch.device, stop: Stop | None = None) -> dict[str, object]:
        """Mean IoU: {"box", "one", "three", "sources": {source: [box, one, three]}}; empty without held-out pictures.

        Raises:
            Cancelled: ``stop`` was asked for meanwhile.
        """
        found: dict[str, list[list[float]]] = {}
        for picture, index in self._chosen:
            if stop is not None and stop.asked:
                raise Cancelled
            found.setdefault(picture.source, []).append(_measure(model, picture, index, device))
        every = [row for rows in found.values() for row in rows]
        if not every:
            return {}
        means = np.mean(every, 0)
        by_source = {name: [round(float(v), 3) for v in np.mean(rows, 0)] for name, rows in sorted(found.items())}
        box, one, three = (round(float(value), 4) for value in means)
        return {"box": box, "one": one, "three": three, "sources": by_source}


def _measure(model: Pocket, picture: Picture, index: int, device: torch.device) -> list[float]:
    """IoU with a box, with one click and with three clicks; a small object is looked at closer."""
    pixels = picture.pixels()
    target = masks.full(picture.mask(index), picture.width, picture.height)
    box = prompts.tight_box(target)
    if max(box[2] - box[0], box[3] - box[1]) < zoom.OPTIONS.max_side * max(pixels.shape[:2]):
        crop = zoom.crop_around(box, (picture.width, picture.height), zoom.OPTIONS)
        if crop is not None:
            x1, y1, x2, y2 = crop
            pixels, target = pixels[y1:y2, x1:x2], target[y1:y2, x1:x2]
    framing = pocket_graph.letterbox(pixels.shape[1], pixels.shape[0], INPUT_SIDE)
    scale = np.array(framing.scale, np.float32)
    asked = _Asked(model, pixels, framing, device)
    boxed = prompts.empty()
    boxed.box[:] = np.array(prompts.tight_box(target), np.float32) * np.tile(scale, 2)
    boxed.has_box = True
    figures = [cell_masks.overlap(asked.answer(boxed, None)[0], target)]
    clicked, mask, previous = prompts.empty(), np.zeros_like(target), None
    for _ in range(3):
        click = prompts.corrective(mask, target)
        if click is not None:
            clicked.add(click[0] * scale[0], click[1] * scale[1], click[2])
        mask, previous = asked.answer(clicked, previous)
        figures.append(cell_masks.overlap(mask, target))
    return [figures[0], figures[1], figures[3]]


class _Asked:
    """One picture and the model that answers prompts about it."""

    def __init__(self, model: Pocket, pixels: Pixels, framing: Letterbox, device: torch.device) -> None:
        self._model, self._framing, self._device = model, framing, device
        image = torch.from_numpy(pocket_graph.image_feed(pixels, framing)).to(device)
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            self._features = model.encoder(image.contiguous(memory_format=torch.channels_last))

    def answer(self, prompt: prompts.Drawn, previous: torch.Tensor | None) -> tuple[Bools, torch.Tensor]:
        """The mask in the picture's pixels, and the logits (1, 1, H / 2, W / 2) for the next click."""
        asked = prompts_of([prompt], previous, 4, self._device)
        if previous is None:
            asked.mask = torch.zeros(1, 1, *self._framing.previous_shape, device=self._device)
        with torch.no_grad(), torch.autocast(self._device.type, torch.bfloat16):
            logits = self._model.decoder(self._features, asked)[0][:, :1].float()
        full = cv2.resize(logits[0, 0].cpu().numpy(), self._framing.padded, interpolation=cv2.INTER_LINEAR)
        inner = full[: self._framing.rows, : self._framing.columns]
        size = self._framing.width, self._framing.height
        return np.asarray(cv2.resize(inner, size, interpolation=cv2.INTER_LINEAR) > 0, np.bool_), logits
