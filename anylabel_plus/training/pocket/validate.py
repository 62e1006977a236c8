"""A quick look at how a model does while it is trained; ``evaluate`` measures the shipped files as users run them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from anylabel_plus.core import masks
from anylabel_plus.core.errors import Cancelled
from anylabel_plus.training.pocket import prompts
from anylabel_plus.training.pocket.batches import prompts_of
from anylabel_plus.training.pocket.config import INPUT_SIDE, PADDING, TrainConfig
from anylabel_plus.training.pocket.model import Pocket
from anylabel_plus.training.pocket.sources import Picture, Pixels
from anylabel_plus.training.pocket.stopping import Stop

_MIN_SIDE = 24
Bools = NDArray[np.bool_]


def letterboxed(pixels: Pixels, side: int = INPUT_SIDE) -> Pixels:
    """``pixels`` with a long side of ``side``, padded right and below to multiples of 32."""
    factor = side / max(pixels.shape[:2])
    width, height = (max(1, round(extent * factor)) for extent in (pixels.shape[1], pixels.shape[0]))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(pixels, (width, height), interpolation=way)
    framed = np.full((-(-height // 32) * 32, -(-width // 32) * 32, 3), PADDING, np.uint8)
    framed[:height, :width] = resized
    return framed


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
    """IoU with a box, with one click and with three clicks."""
    pixels = picture.pixels()
    target = masks.full(picture.mask(index), picture.width, picture.height)
    x1, y1, x2, y2 = prompts.tight_box(target)
    long_side, side = max(pixels.shape[:2]), max(x2 - x1, y2 - y1)
    if side < 0.3 * long_side:
        reach = 0.9 * max(side, 16.0)
        ax, ay = (x1 + x2) / 2, (y1 + y2) / 2
        left, top = int(max(ax - reach, 0)), int(max(ay - reach, 0))
        right, bottom = int(min(ax + reach, picture.width)), int(min(ay + reach, picture.height))
        pixels, target = pixels[top:bottom, left:right], target[top:bottom, left:right]
    framed = letterboxed(pixels)
    factor = INPUT_SIDE / max(pixels.shape[:2])
    image = torch.from_numpy(framed.transpose(2, 0, 1)[None].copy()).to(device).float()
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
        features = model.encoder(image.contiguous(memory_format=torch.channels_last))

        def answer(prompt: prompts.Drawn, previous: torch.Tensor | None) -> tuple[Bools, torch.Tensor]:
            asked = prompts_of([prompt], None, 32, device)
            height, width = framed.shape[:2]
            asked.mask = torch.zeros(1, 1, height // 4, width // 4, device=device)
            if previous is not None:
                asked.mask = torch.nn.functional.avg_pool2d(previous.clamp(-10, 10), 2)
                asked.has_mask = torch.ones(1, device=device)
            logits = model.decoder(features, asked)[0][:, :1].float()
            full = cv2.resize(logits[0, 0].cpu().numpy(), (width, height), interpolation=cv2.INTER_LINEAR)
            inner = full[: round(target.shape[0] * factor), : round(target.shape[1] * factor)]
            sized = cv2.resize(inner, (target.shape[1], target.shape[0]), interpolation=cv2.INTER_LINEAR)
            return sized > 0, logits

        boxed = prompts.empty()
        boxed.box[:] = np.array(prompts.tight_box(target), np.float32) * factor
        boxed.has_box = True
        figures = [_iou(answer(boxed, None)[0], target)]
        clicked, mask, previous = prompts.empty(), np.zeros_like(target), None
        for _ in range(3):
            click = prompts.corrective(mask, target)
            if click is not None:
                clicked.add(click[0] * factor, click[1] * factor, click[2])
            mask, previous = answer(clicked, previous)
            figures.append(_iou(mask, target))
    return [figures[0], figures[1], figures[3]]


def _iou(found: Bools, target: Bools) -> float:
    return float((found & target).sum() / max((found | target).sum(), 1))
