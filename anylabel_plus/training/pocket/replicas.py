"""Several processes that train the same model, each on crops of its own, and average their weights now and then.

Source: S. Stich, "Local SGD Converges Fast and Communicates Little", ICLR 2019; each process counts by the steps it
made. On a CPU this uses the cores better than threads within one process, and a core that is busy with other things
slows down one process instead of all.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, distributed, multiprocessing, nn

from anylabel_plus.core.errors import UserError

Target = Callable[[int, Path], None]
"""What a process other than the first does: its rank, and where they meet."""


@dataclass(frozen=True)
class Meeting:
    """What the processes agreed on: seconds of training, steps of all since the last time, whether to stop."""

    seconds: float
    steps: int
    stop: bool


class Replicas:
    """This process among ``count``. Rank 0 validates and writes checkpoints."""

    def __init__(self, rank: int, count: int, place: Path) -> None:
        self.rank = rank
        distributed.init_process_group("gloo", init_method=place.as_uri(), rank=rank, world_size=count)

    def meet(self, model: nn.Module, seconds: float, steps: int, stop: bool) -> Meeting:
        """Wait for the others, and give ``model`` the mean weights of all.

        The clock of rank 0 holds for all. Raises RuntimeError when another process has ended.
        """
        facts = torch.tensor([seconds if self.rank == 0 else 0.0, float(steps), float(stop)], dtype=torch.float64)
        distributed.all_reduce(facts)
        total = float(facts[1])
        if total:
            _average(model, steps / total)
        return Meeting(float(facts[0]), round(total), bool(facts[2] > 0))

    def leave(self) -> None:
        """The last thing to call."""
        distributed.destroy_process_group()


@torch.no_grad()
def _average(model: nn.Module, share: float) -> None:
    values: list[Tensor] = [value for value in model.state_dict().values() if value.dtype.is_floating_point]
    flat = torch.cat([value.detach().float().reshape(-1).cpu() for value in values]) * share
    distributed.all_reduce(flat)
    first = 0
    for value in values:
        value.copy_(flat[first : first + value.numel()].reshape(value.shape))
        first += value.numel()


@contextlib.contextmanager
def started(count: int, target: Target) -> Iterator[Replicas]:
    """Rank 0, with the other processes running ``target``; they are ended with the block.

    Raises:
        UserError: one of them has ended before its time; what it says itself is on stderr.
    """
    with tempfile.TemporaryDirectory(prefix="anylabel-plus-train-") as folder:
        place = Path(folder) / "meeting"
        context = multiprocessing.get_context("spawn")
        others = [context.Process(target=target, args=(rank, place)) for rank in range(1, count)]
        for process in others:
            process.start()
        try:
            replicas = Replicas(0, count, place)
            yield replicas
        except RuntimeError as error:
            others[0].join(1)
            ended = [process.name for process in others if not process.is_alive()]
            if not ended:
                raise
            raise UserError(f"A process that trained beside this one has ended ({', '.join(ended)}).") from error
        finally:
            if distributed.is_initialized():
                distributed.destroy_process_group()
            for process in others:
                process.join(10)
                process.terminate()
