"""Processes that train side by side, and one of them that ends too early."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from conftest import MakeTrainer

from anylabel_plus.core.errors import UserError
from anylabel_plus.training.pocket import replicas, train
from anylabel_plus.training.pocket.replicas import Replicas


def beside(rank: int, place: Path) -> None:
    """Three steps with weights of 4, while rank 0 has made one step with weights of 0."""
    others = Replicas(rank, 2, place)
    model = torch.nn.Linear(2, 1)
    torch.nn.init.constant_(model.weight, 4.0)
    meeting = others.meet(model, 99.0, 3, stop=True)
    assert meeting.seconds == 7.0
    others.leave()


def ends(rank: int, place: Path) -> None:
    """Comes to the meeting and goes before it begins."""
    Replicas(rank, 2, place)
    raise SystemExit(3)


def test_a_meeting_gives_all_the_mean_by_steps_and_the_clock_of_the_first() -> None:
    model = torch.nn.Linear(2, 1)
    torch.nn.init.constant_(model.weight, 0.0)
    with replicas.started(2, beside) as others:
        meeting = others.meet(model, 7.0, 1, stop=False)
    assert meeting == replicas.Meeting(7.0, 4, True)
    assert torch.allclose(model.weight, torch.full((1, 2), 3.0))


def test_a_process_that_ended_is_said() -> None:
    with pytest.raises(UserError, match="has ended"), replicas.started(2, ends) as others:
        others.meet(torch.nn.Linear(1, 1), 0.0, 1, stop=False)


def test_two_processes_train_one_model(make_trainer: MakeTrainer, tmp_path: Path) -> None:
    figures = make_trainer(tmp_path, steps=8, replicas=2, meet_seconds=0.2, validation_masks=1).run()
    assert figures["step"] >= 8
    rows = [json.loads(line) for line in (tmp_path / train.LOG).read_text().splitlines()]
    assert len(rows) == 2 and rows[0]["config"]["replicas"] == 2, "only the first one writes the log"
    state = train.read_checkpoint(tmp_path / train.CHECKPOINT)
    assert all(torch.isfinite(value).all() for value in state["average"].values())
