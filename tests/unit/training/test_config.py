"""The numbers of a run, and what of them may change when it is taken up again."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from anylabel_plus.training.pocket import config
from anylabel_plus.training.pocket.config import Stage, TrainConfig

CONFIG = TrainConfig((Path("a"), Path("b")), Path("out"), (Path("c"),), strict=True, leave_out=("coco",), seed=4)


def test_stages_follow_the_progress() -> None:
    run = replace(CONFIG, stages=(Stage(0.0, 96, 4), Stage(0.5, 128, 3)))
    assert [run.stage(progress).side for progress in (0.0, 0.49, 0.5, 1.0)] == [96, 96, 128, 128]


def test_every_stage_suits_the_strides() -> None:
    for run in (CONFIG, config.tiny(CONFIG)):
        assert run.stages[0].start == 0 and all(stage.side % 32 == 0 for stage in run.stages)


def test_what_is_written_is_read_again() -> None:
    for run in (CONFIG, config.tiny(CONFIG)):
        assert config.read(config.written(run)) == run
        assert not config.changes(run, config.read(config.written(run)))


def test_fields_of_other_versions_are_left_out() -> None:
    data = json.loads(config.written(CONFIG)) | {"momentum": 0.9}
    del data["cutouts"]
    assert config.read(json.dumps(data)) == replace(CONFIG, cutouts=())


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"out": 3}', '{"out": "x", "data": 3}', '{"out": "x", "stages": [1]}']
)
def test_what_is_no_configuration_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        config.read(text)


def test_changes_have_both_values() -> None:
    assert config.changes(CONFIG, replace(CONFIG, seed=5, rate=0.1)) == {"seed": (4, 5), "rate": (CONFIG.rate, 0.1)}


def test_what_would_let_held_out_pictures_in_is_not_free_to_change() -> None:
    names = {row.name for row in fields(TrainConfig)}
    assert names >= config.FREE_TO_CHANGE
    assert not {"seed", "validation_share", "targets", "rate"} & config.FREE_TO_CHANGE
