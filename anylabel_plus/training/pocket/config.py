"""Every number of a training run, in one place; stored in each checkpoint and in the model card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

SHARES: Mapping[str, float] = {
    "ccp": 0.16,
    "coco": 0.2,
    "dsb": 0.09,
    "duts": 0.27,
    "ecssd": 0.13,
    "facade": 0.05,
    "micro": 0.03,
    "solar": 0.07,
}
"""How often a source is drawn; a source without a row is drawn by the square root of its number of pictures."""

TURNABLE = frozenset({"dsb", "facade", "micro", "solar"})
"""Sources whose pictures may be turned by quarters: they have no up and down, or none that matters."""

NO_LICENCE = frozenset({"duts", "ecssd"})
"""Sources without a stated licence, left out by ``strict``."""

FREE_LICENCES = ("CC BY 2.0", "CC BY-SA 2.0", "CC BY 4.0 (", "CC0", "MIT", "Apache-2.0", "No known copyright")
"""What a picture's licence text has to contain to be kept by ``strict``."""

INPUT_SIDE = 384
"""The long side of a picture for the encoder when it is used."""


@dataclass(frozen=True)
class Stage:
    """From ``start`` (0..1 of the run) on: crops of ``side`` pixels, ``images`` of them a step."""

    start: float
    side: int
    images: int


@dataclass(frozen=True)
class TrainConfig:
    """A run. ``minutes`` is time spent in training steps, not in validation or while interrupted."""

    data: tuple[Path, ...]
    out: Path
    cutouts: tuple[Path, ...] = ()
    strict: bool = False
    leave_out: tuple[str, ...] = ()
    minutes: float = 150.0
    steps: int = 0
    """Stop after this many steps instead; 0 = by ``minutes``."""
    seed: int = 1
    threads: int = 0
    workers: int = 1
    replicas: int = 1
    """Processes that train side by side; see ``replicas``."""
    meet_seconds: float = 20.0
    """How often they average their weights."""
    targets: int = 4
    """Objects asked for in each crop."""
    stages: tuple[Stage, ...] = (Stage(0.0, 256, 10), Stage(0.42, 320, 8), Stage(0.78, 416, 6))
    rate: float = 1.2e-3
    backbone_rate: float = 0.1
    """Learning rate of the backbone as a share of ``rate``."""
    tune_from: float = 0.3
    """Share of the run after which the backbone learns too."""
    decay_from: float = 0.4
    """Share of the run after which the learning rate falls to zero along a cosine."""
    warmup_steps: int = 150
    weight_decay: float = 0.01
    average: float = 0.998
    """Decay of the moving average of the weights, which is what is shipped."""
    paste_share: float = 0.33
    checkpoint_minutes: float = 4.0
    validate_minutes: float = 15.0
    validation_masks: int = 240
    validation_share: int = 12
    """One picture in so many is kept for validation, chosen by the hash of its origin."""
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))

    def stage(self, progress: float) -> Stage:
        """The stage at ``progress`` (0..1)."""
        return [stage for stage in self.stages if stage.start <= progress][-1]


FREE_TO_CHANGE = frozenset(
    {"data", "cutouts", "out", "strict", "leave_out", "shares", "minutes", "steps", "threads", "workers"}
    | {"replicas", "meet_seconds", "stages"}
    | {"checkpoint_minutes", "validate_minutes", "validation_masks"}
)
"""What may differ when a run is taken up again. A change of anything else would make it another run, or would let
pictures held out so far be trained on."""


def written(config: TrainConfig) -> str:
    """``config`` as JSON, as checkpoints and logs keep it."""
    return json.dumps(asdict(config), default=str)


def read(text: str) -> TrainConfig:
    """The configuration that ``written`` made ``text`` of; fields of other versions are left out.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is no such text.
    """
    data = json.loads(text)
    known = {row.name for row in fields(TrainConfig)}
    values: dict[str, Any] = {name: value for name, value in data.items() if name in known}
    for name in ("data", "cutouts"):
        values[name] = tuple(Path(folder) for folder in values.get(name, ()))
    values["out"], values["leave_out"] = Path(values["out"]), tuple(values.get("leave_out", ()))
    if "stages" in values:
        values["stages"] = tuple(Stage(**row) for row in values["stages"])
    return TrainConfig(**values)


def changes(before: TrainConfig, now: TrainConfig) -> dict[str, tuple[Any, Any]]:
    """Name, value before and value now of every number in which two configurations differ."""
    pairs = {row.name: (getattr(before, row.name), getattr(now, row.name)) for row in fields(TrainConfig)}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def tiny(config: TrainConfig) -> TrainConfig:
    """The same run made small enough to see in two minutes whether everything works; its model is of no use."""
    return replace(
        config,
        stages=(Stage(0.0, 96, 5), Stage(0.8, 128, 3)),
        targets=2,
        rate=3e-3,
        warmup_steps=5,
        average=0.9,
        validation_masks=12,
        validation_share=4,
        checkpoint_minutes=0.5,
    )
