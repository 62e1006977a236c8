"""Made pictures and a run of two minutes at most, shared by the tests. All of them need the extra ``[train]``."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from anylabel_plus.training.pocket import config, made
from anylabel_plus.training.pocket.config import TrainConfig

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
    """A finished run: its folder, the loss of each step and what ``Trainer.run`` returned."""

    out: Path
    losses: list[float]
    figures: dict[str, Any]


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
    losses: list[float] = []
    step = trainer._step
    trainer._step = lambda batch: losses.append(step(batch)) or losses[-1]  # type: ignore[func-returns-value,method-assign]
    return Run(out, losses, trainer.run())
