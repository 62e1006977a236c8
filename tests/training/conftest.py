"""Made pictures and a run of two minutes at most, shared by the tests. All of them need the extra ``[train]``."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anylabel_plus.training.pocket import config, made
from anylabel_plus.training.pocket.config import Stage, TrainConfig

if TYPE_CHECKING:
    from anylabel_plus.training.pocket.train import Trainer

HERE = Path(__file__).parent
HAS_TORCH = importlib.util.find_spec("torch") is not None
collect_ignore_glob = [] if HAS_TORCH else ["test_*.py"]
STEPS = 110

MakeTrainer = Callable[..., "Trainer"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The marker of all tests here; torch and its exporter warn of their own future."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.train)
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, and what ``Trainer.run`` returned.

    ``before`` and ``after`` are the loss and the IoU of the averaged model on the same crops, not trained on.
    """

    out: Path
    figures: dict[str, Any]
    before: tuple[float, float]
    after: tuple[float, float]


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder of made pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    made.write(folder, 40)
    return folder


@pytest.fixture(scope="session")
def make_trainer(pictures: Path) -> MakeTrainer:
    """A trainer on the made pictures that draws its crops in this process."""
    from anylabel_plus.training.pocket.train import Trainer

    def make(out: Path, *, said: list[str] | None = None, resume: bool = False, **changed: Any) -> Trainer:
        start = changed.pop("start", None)
        run = replace(config.tiny(TrainConfig((pictures,), out)), **{"threads": 1, "workers": 0, **changed})
        return Trainer(run, [].append if said is None else said.append, resume=resume, start=start)

    return make


@pytest.fixture(scope="session")
def run(make_trainer: MakeTrainer, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of ``STEPS`` steps."""
    out = tmp_path_factory.mktemp("run")
    trainer = make_trainer(out, steps=STEPS)
    before = judged(trainer)
    figures = trainer.run()
    return Run(out, figures, before, judged(trainer))


def judged(trainer: Trainer) -> tuple[float, float]:
    """Mean loss and mean IoU of the averaged model on crops of the held-out pictures, always the same ones."""
    import torch

    from anylabel_plus.training.pocket import losses, sources
    from anylabel_plus.training.pocket.batches import batches, prompts_of

    _, held_out = sources.split(sources.load(trainer.config.data), trainer.config)
    source = batches(held_out, [], trainer.config, Stage(0.0, 96, 6), 99)
    rows = []
    for batch in (next(source) for _ in range(5)):
        with torch.no_grad():
            features = trainer.average.encoder(batch.images.float())
            features = {name: value.repeat_interleave(trainer.config.targets, 0) for name, value in features.items()}
            asked = prompts_of(batch.drawn, None, 96, trainer.device)
            logits, scores, rough = trainer.average.decoder(features, asked)
        loss = float(losses.total(logits, scores, rough, batch.targets))
        rows.append((loss, float(losses.ious(logits, batch.targets)[:, 0].mean())))
    return sum(loss for loss, _ in rows) / len(rows), sum(iou for _, iou in rows) / len(rows)
