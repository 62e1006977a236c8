"""The training loop: batches, corrective clicks, steps, moving average, checkpoints, validation on the way."""

from __future__ import annotations

import copy
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from anylabel_plus import files
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.training.pocket import backbone, losses, prompts, replicas, sources, stopping
from anylabel_plus.training.pocket.batches import Batch, batches, prompts_of
from anylabel_plus.training.pocket.config import FREE_TO_CHANGE, Stage, TrainConfig, changes, read, written
from anylabel_plus.training.pocket.model import Features, Pocket
from anylabel_plus.training.pocket.replicas import Replicas
from anylabel_plus.training.pocket.stopping import Stop
from anylabel_plus.training.pocket.validate import Validator

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
MANIFEST = "manifest.tsv"
_ROUNDS = ((0.40, 0), (0.70, 1), (0.90, 2), (1.0, 3))
"""How many corrective clicks precede the step: cumulated shares."""
_NO_CLICK = 0.2
"""Share of prompts that only get their own mask back in a round."""
_KEEP_BUSY_LOG_S = 20.0
_CONTENT = {"model", "average", "optimizer", "step", "seconds", "seen", "rng", "config"}

Say = Callable[[str], None]


class Trainer:
    """A run that can be left and taken up again.

    What it draws depends on the seed alone; a run that was taken up again draws other crops from there on than one that
    was not, but always the same ones.

    Args:
        config: every number of the run.
        say: gets a line of progress now and then.
        resume: go on from ``config.out``'s checkpoint.
        start: weights of an earlier run to begin with, a checkpoint of its own.
        rank: of this process among ``config.replicas``; only 0 validates, logs and writes checkpoints.

    Raises:
        UserError: the data or the checkpoint cannot be used, or the run to take up was configured otherwise.
    """

    def __init__(
        self, config: TrainConfig, say: Say, *, resume: bool = False, start: Path | None = None, rank: int = 0
    ) -> None:
        self.config, self._say, self.rank = config, say, rank
        self._begun_from = (resume, start)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if config.threads:
            torch.set_num_threads(config.threads)
        pictures = sources.load(config.data)
        self.training, held_out = sources.split(pictures, config)
        self._cutouts = sources.load_cutouts(config.cutouts)
        torch.manual_seed(config.seed)
        self.model = Pocket(backbone.pretrained()).to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model).eval()
        self._optimizer = _optimizer(self.model, config)
        self.step, self.seconds, self.seen, self.loss = 0, 0.0, 0, 0.0
        self._rng = np.random.default_rng([config.seed, 7, rank])
        self._validator = Validator(held_out, config)
        config.out.mkdir(parents=True, exist_ok=True)
        if resume:
            self._restore(config.out / CHECKPOINT)
        else:
            if start is not None:
                self._take_weights(start, read_checkpoint(start))
            self._log({"config": json.loads(written(config)), "start": None if start is None else str(start)})

    @property
    def progress(self) -> float:
        """How much of the run is done, 0..1."""
        if self.config.steps:
            return min(self.step / self.config.steps, 1.0)
        return min(self.seconds / 60 / self.config.minutes, 1.0)

    def run(self) -> dict[str, Any]:
        """Train to the end; the last validation's figures.

        A checkpoint is written every few minutes, at the end, and when Ctrl+C or SIGTERM comes.

        Raises:
            Cancelled: one of these came; the step in progress was finished and the checkpoint is written.
            UserError: a picture or a mask turned out to be damaged.
        """
        with stopping.on_signals() as stop:
            self._say(f"Training from step {self.step}; Ctrl+C ends it with a checkpoint.")
            try:
                if self.config.replicas > 1:
                    with replicas.started(self.config.replicas, Follower(self.config, *self._begun_from)) as others:
                        self._learn(stop, others)
                else:
                    self._learn(stop)
            except (Cancelled, RuntimeError, UserError):
                # Asked for in a validation, or the signal ended other processes of the run: what was learnt is kept.
                if not stop.asked:
                    raise
            self._save()
            if not stop.asked:
                return self._validate(stop)
        self._say(f"Stopped at step {self.step}, {self.seconds / 60:.1f} minutes; all of it is in the checkpoint.")
        self._say(f"Go on with: --resume --out {self.config.out}")
        raise Cancelled

    def follow(self, others: Replicas) -> None:
        """Train beside rank 0 until it says that the run is done."""
        with stopping.on_signals() as stop:
            self._learn(stop, others)

    def _learn(self, stop: Stop, others: Replicas | None = None) -> None:
        """Steps until the run is done or to be left; checkpoints and validations when they are due."""
        saved = validated = said = met = time.monotonic()
        stage: Stage | None = None
        source: Iterator[Batch] = iter(())
        since, done = 0, self.progress >= 1
        while not done:
            if self.config.stage(self.progress) != stage:
                stage = self.config.stage(self.progress)
                seed = (self.config.seed + 1009 * self.rank) * 1_000_003 + self.step
                # Forking a process whose other threads are at work can hang.
                method = "spawn" if self.config.replicas > 1 else None
                source = batches(self.training, self._cutouts, self.config, stage, seed, method)
                next(source)  # starting the workers is not training
            begun = time.monotonic()
            loss = self._step(next(source))
            self.seconds += time.monotonic() - begun
            self.loss = 0.98 * self.loss + 0.02 * loss if self.loss else loss
            now, since = time.monotonic(), since + 1
            if others is None:
                done = stop.asked or self.progress >= 1
            elif now - met > self.config.meet_seconds:
                meeting = others.meet(self.model, self.seconds, since, stop.asked)
                self.seconds, self.step = meeting.seconds, self.step + meeting.steps - since
                stop.asked, since, met = meeting.stop, 0, time.monotonic()
                done = stop.asked or self.progress >= 1
            if self.rank:
                continue
            if now - said > _KEEP_BUSY_LOG_S:
                said = now
                self._say(f"{self.progress:6.1%}  step {self.step}  side {stage.side}  loss {self.loss:.4f}")
            if now - saved > 60 * self.config.checkpoint_minutes:
                self._save()
                saved = time.monotonic()
            if now - validated > 60 * self.config.validate_minutes:
                self._validate(stop)
                validated = time.monotonic()

    def _step(self, batch: Batch) -> float:
        self._set_rates()
        self.model.train()
        images = batch.images.to(self.device).float().contiguous(memory_format=torch.channels_last)
        targets = batch.targets.to(self.device)
        side, each = images.shape[-1], targets.shape[0] // images.shape[0]
        with torch.autocast(self.device.type, torch.bfloat16):
            features = self.model.encoder(images)
            features = {name: _repeated(value, each) for name, value in features.items()}
            previous = self._rounds(features, batch, side)
            asked = prompts_of(batch.drawn, previous, side, self.device)
            logits, scores, rough = self.model.decoder(features, asked)
        loss = losses.total(logits.float(), scores.float(), rough.float(), targets)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 3.0)
        self._optimizer.step()
        self.step += 1
        self.seen += len(batch.drawn)
        self._follow()
        return float(loss.detach())

    def _rounds(self, features: Features, batch: Batch, side: int) -> Tensor | None:
        """Answer and correct a few times without learning; the logits (B, 1, S / 2, S / 2) before the last click."""
        drawn_share = float(self._rng.random())
        rounds = next(count for share, count in _ROUNDS if drawn_share < share)
        if not rounds or self.step < self.config.warmup_steps:
            return None
        previous: Tensor | None = None
        targets = (batch.targets[:, 0] > 0.5).numpy()
        self.model.decoder.eval()
        with torch.no_grad():
            fixed = {name: value.detach() for name, value in features.items()}
            for _ in range(rounds):
                asked = prompts_of(batch.drawn, previous, side, self.device)
                previous = self.model.decoder(fixed, asked)[0][:, :1].float()
                found = (previous[:, 0] > 0).cpu().numpy()
                for index, prompt in enumerate(batch.drawn):
                    if self._rng.random() >= _NO_CLICK:
                        click = prompts.corrective(found[index], targets[index], self._rng)
                        if click is not None:
                            prompt.add(click[0] * 2, click[1] * 2, click[2])
        self.model.decoder.train()
        return previous

    def _set_rates(self) -> None:
        progress, config = self.progress, self.config
        rate = config.rate * min(1.0, (self.step + 1) / config.warmup_steps)
        if progress > config.decay_from:
            rate *= 0.5 * (1 + math.cos(math.pi * (progress - config.decay_from) / (1 - config.decay_from)))
        tuned = progress >= config.tune_from
        for group in self._optimizer.param_groups:
            group["lr"] = rate * (config.backbone_rate if group["name"] == "backbone" else 1.0)
        for parameter in self.model.encoder.backbone.parameters():
            parameter.requires_grad_(tuned)

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average a little towards the model; faster at the beginning."""
        keep = min(self.config.average, (1 + self.step) / (10 + self.step))
        own = self.model.state_dict()
        for name, value in self.average.state_dict().items():
            if value.dtype.is_floating_point:
                value.lerp_(own[name], 1 - keep)
            else:
                value.copy_(own[name])

    def _validate(self, stop: Stop) -> dict[str, Any]:
        figures = self._validator.figures(self.average, self.device, stop)
        row = {"step": self.step, "minutes": round(self.seconds / 60, 2), "loss": round(self.loss, 4), **figures}
        self._log(row)
        self._say("validation: " + json.dumps(figures))
        return row

    def _log(self, row: dict[str, Any]) -> None:
        if self.rank:
            return
        with (self.config.out / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "seen": self.seen,
            "loss": self.loss,
            "rng": json.dumps(self._rng.bit_generator.state),
            "config": written(self.config),
        }
        with files.atomic_writer(self.config.out / CHECKPOINT) as stream:
            torch.save(state, stream)

    def _restore(self, path: Path) -> None:
        """Go on where ``path`` was written, with a row in the log."""
        state = read_checkpoint(path)
        changed = _allowed_changes(path, config_of(path, state), self.config)
        self._take_weights(path, state)
        self._optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.seen = int(state["step"]), float(state["seconds"]), int(state["seen"])
        self.loss = float(state.get("loss", 0.0))
        if not self.rank:
            self._rng.bit_generator.state = json.loads(state["rng"])
        self._log({"resumed": self.step, "minutes": round(self.seconds / 60, 2), "changed": changed})
        self._say(f"Taken up again at step {self.step}, {self.seconds / 60:.1f} minutes.")
        for name, (before, now) in changed.items():
            self._say(f"{name} was {before}, is {now} from here on.")

    def _take_weights(self, path: Path, state: dict[str, Any]) -> None:
        try:
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
        except RuntimeError as error:
            raise UserError(f"{path}: is not a checkpoint of this model ({error}).") from error


@dataclass(frozen=True)
class Follower:
    """What a process beside the first runs; picklable."""

    config: TrainConfig
    resume: bool
    start: Path | None

    def __call__(self, rank: int, place: Path) -> None:
        """Train as ``rank`` until the first process ends the run."""
        try:
            trainer = Trainer(self.config, lambda _: None, resume=self.resume, start=self.start, rank=rank)
            others = Replicas(rank, self.config.replicas, place)
            trainer.follow(others)
            others.leave()
        except UserError as error:
            print(f"error: {error}", file=sys.stderr, flush=True)
            raise SystemExit(error.exit_code) from error


def _repeated(x: Tensor, times: int) -> Tensor:
    """Each of the batch ``times`` times, in the channels-last memory that the convolutions want."""
    return x.permute(0, 2, 3, 1).repeat_interleave(times, 0).permute(0, 3, 1, 2)


def _optimizer(model: Pocket, config: TrainConfig) -> torch.optim.AdamW:
    own = list(model.encoder.backbone.parameters())
    known = {id(parameter) for parameter in own}
    others = [parameter for parameter in model.parameters() if id(parameter) not in known]
    groups: list[dict[str, Any]] = [
        {"name": "backbone", "params": own, "weight_decay": config.weight_decay},
        {"name": "decay", "params": [p for p in others if p.ndim > 1], "weight_decay": config.weight_decay},
        {"name": "plain", "params": [p for p in others if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.rate)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint, loaded without executing anything.

    Raises:
        UserError: there is none, it is damaged, or it is none of this training.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no checkpoint.") from error
    except Exception as error:  # torch raises many kinds for a damaged file
        raise UserError(f"{path}: the checkpoint cannot be read ({error}).") from error
    missing = _CONTENT - set(state) if isinstance(state, dict) else _CONTENT
    if missing:
        raise UserError(f"{path}: is not a checkpoint of this training (no {', '.join(sorted(missing))}).")
    return dict(state)


def config_of(path: Path, state: dict[str, Any]) -> TrainConfig:
    """The configuration in the content ``state`` of the checkpoint ``path``.

    Raises:
        UserError: it cannot be understood.
    """
    try:
        return read(state["config"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(f"{path}: its configuration cannot be read ({error}).") from error


def _allowed_changes(path: Path, before: TrainConfig, now: TrainConfig) -> dict[str, tuple[str, str]]:
    """What differs from the run in ``path``, as text for the log."""
    found = changes(before, now)
    for name in found.keys() - FREE_TO_CHANGE:
        raise UserError(
            f"{path}: was trained with {name} {found[name][0]}, this would go on with {found[name][1]}.",
            "Resume with the same, or begin another run from its weights with --start.",
        )
    return {name: (str(was), str(is_now)) for name, (was, is_now) in found.items()}


def write_manifest(trainer: Trainer) -> None:
    """The list of the pictures trained on, with their hashes, beside the checkpoint: tab-separated, one a line."""
    rows = sources.manifest(trainer.training)
    lines = ["\t".join(rows[0]), *("\t".join(" ".join(value.split()) for value in row.values()) for row in rows)]
    files.write_atomic(trainer.config.out / MANIFEST, ("\n".join(lines) + "\n").encode())
