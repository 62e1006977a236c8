"""Batches for training, drawn in other processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from anylabel_plus.core.errors import UserError
from anylabel_plus.training.pocket import prompts, stopping
from anylabel_plus.training.pocket.config import Stage, TrainConfig
from anylabel_plus.training.pocket.model import Prompts
from anylabel_plus.training.pocket.prompts import Drawn
from anylabel_plus.training.pocket.samples import CropMaker
from anylabel_plus.training.pocket.sources import Picture


@dataclass(eq=False)
class Batch:
    """images (I, 3, S, S) uint8; targets (I * T, 1, S / 2, S / 2) float32 coverage; drawn prompts, one a target."""

    images: Tensor
    targets: Tensor
    drawn: list[Drawn]


class _Crops(IterableDataset[Batch | UserError]):
    """Batches without end. Picklable, for systems where a worker is a new process that shares nothing.

    An error that the user can act on is handed over as a value: torch would wrap one that is raised into its own text.
    """

    def __init__(self, maker: CropMaker, stage: Stage, seed: int) -> None:
        self._maker, self._stage, self._seed = maker, stage, seed

    def __iter__(self) -> Iterator[Batch | UserError]:
        worker = torch.utils.data.get_worker_info()
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self._seed, self._stage.side, worker.id if worker else 0])
        while True:
            try:
                yield _batch(self._maker, self._stage, rng)
            except UserError as error:
                yield error


def _batch(maker: CropMaker, stage: Stage, rng: np.random.Generator) -> Batch:
    images: list[NDArray[np.uint8]] = []
    targets: list[NDArray[np.float32]] = []
    drawn: list[Drawn] = []
    for _ in range(stage.images):
        crop = maker.draw(rng, stage.side)
        images.append(crop.pixels.transpose(2, 0, 1))
        for target in crop.targets:
            drawn.append(prompts.drawn(target, rng))
            half = stage.side // 2
            coverage = target.reshape(half, 2, half, 2).mean((1, 3), dtype=np.float32)
            targets.append(coverage[None])
    return Batch(torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(targets)), drawn)


def batches(
    pictures: Sequence[Picture],
    cutouts: Sequence[NDArray[np.uint8]],
    config: TrainConfig,
    stage: Stage,
    seed: int,
    start_method: str | None = None,
) -> Iterator[Batch]:
    """Batches without end. The same ``seed`` gives the same ones in the same order with the same number of workers.

    ``start_method`` of the workers: that of the system when None.

    Raises:
        UserError: on ``next``, when a picture cannot be read or a mask is damaged.
    """
    loader = DataLoader(
        _Crops(CropMaker(pictures, cutouts, config), stage, seed),
        batch_size=None,
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
        worker_init_fn=stopping.deaf,
        multiprocessing_context=start_method if config.workers else None,
    )
    for batch in loader:
        if isinstance(batch, UserError):
            raise batch
        yield batch


def prompts_of(drawn: Sequence[Drawn], logits: Tensor | None, side: int, device: torch.device) -> Prompts:
    """The prompts as the decoder takes them.

    Args:
        drawn: one prompt each.
        logits: (B, 1, S / 2, S / 2) of the previous masks, or None when there are none.
        side: of the encoder's input.
        device: where to put them.
    """
    count = len(drawn)
    longest = max(1, *(prompt.count for prompt in drawn))
    points = np.stack([prompt.points[:longest] for prompt in drawn])
    labels = np.stack([prompt.labels[:longest] for prompt in drawn])
    if logits is None:
        mask, has_mask = torch.zeros(count, 1, side // 4, side // 4, device=device), torch.zeros(count, device=device)
    else:
        mask = torch.nn.functional.avg_pool2d(logits.clamp(-10, 10), 2)
        has_mask = torch.ones(count, device=device)
    return Prompts(
        torch.from_numpy(points).to(device),
        torch.from_numpy(labels).to(device),
        torch.from_numpy(np.stack([prompt.box for prompt in drawn])).to(device),
        torch.tensor([float(prompt.has_box) for prompt in drawn], device=device),
        mask,
        has_mask,
    )
