"""Clicks that come together are played one after the other, and what was played is not played again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anylabel_plus.inference import catalog, pocket, pocket_replay, runtime
from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.runtime import RuntimeOptions, Session

ENCODER = Path(__file__).parents[2] / "fixtures" / "models" / "pocket.encoder.onnx"
CLICKS = ((20.0, 20.0, 1), (40.0, 30.0, 1), (70.0, 70.0, 0))
Feeds = Mapping[str, NDArray[Any]]


def fresh() -> pocket.PocketModel:
    model = pocket.load(catalog.resolve(str(ENCODER)), RuntimeOptions(device="cpu", threads=1))
    model.options = replace(model.options, edges=None, batch=16)
    return model


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> list[Feeds]:
    """What the decoder is asked, run by run."""
    seen: list[Feeds] = []
    run = Session.run

    def watched(self: Session, outputs: Sequence[str] | None, feeds: Feeds) -> dict[str, NDArray[Any]]:
        if "points" in feeds:
            seen.append({name: value.copy() for name, value in feeds.items()})
        return run(self, outputs, feeds)

    monkeypatch.setattr(runtime.Session, "run", watched)
    return seen


def clicks(feeds: Feeds) -> list[int]:
    return [int((row >= 0).sum()) for row in feeds["labels"]]


def test_a_series_begins_with_the_first_included_point_or_with_the_box() -> None:
    by_clicks = pocket_replay.series(Prompt(points=CLICKS), 20)
    assert [len(step.points) for step in by_clicks] == [1, 2, 3]
    after_excluding = pocket_replay.series(Prompt(points=(CLICKS[2], *CLICKS[:2])), 20)
    assert [len(step.points) for step in after_excluding] == [2, 3]
    boxed = pocket_replay.series(Prompt(points=CLICKS, box=(1, 2, 30, 40)), 20)
    assert [len(step.points) for step in boxed] == [0, 1, 2, 3] and all(step.box for step in boxed)
    assert [len(step.points) for step in pocket_replay.series(Prompt(points=CLICKS), 2)] == [2, 3]
    assert [len(step.points) for step in pocket_replay.series(Prompt(points=CLICKS), 1)] == [3]
    refined = Prompt(points=CLICKS, logits=np.zeros((8, 8), np.float32))
    assert pocket_replay.series(refined, 20) == [refined]


def test_each_click_is_asked_with_the_answer_before_it(fed: list[Feeds]) -> None:
    model = fresh()
    picture = np.full((128, 128, 3), 64, np.uint8)
    picture[10:60, 10:60] = 192, 64, 64
    embedding = model.encode(picture)
    model.decode(embedding, Prompt(points=CLICKS))
    assert [clicks(feeds) for feeds in fed] == [[1], [2], [3]]
    assert [float(feeds["has_mask"][0]) for feeds in fed] == [0.0, 1.0, 1.0]
    model.decode(embedding, Prompt(points=(*CLICKS, (15.0, 50.0, 1))))
    assert [clicks(feeds) for feeds in fed[3:]] == [[4]]


def test_what_is_remembered_does_not_change_the_answer_nor_leak_to_another_picture(fed: list[Feeds]) -> None:
    picture = np.full((96, 128, 3), 64, np.uint8)
    picture[10:60, 10:60] = 192, 64, 64
    other = np.full((96, 128, 3), 64, np.uint8)
    model, prompt = fresh(), Prompt(points=CLICKS)
    first, second = model.encode(picture), model.encode(other)
    for count in (1, 2):
        model.decode(first, Prompt(points=CLICKS[:count]))
    remembered = model.decode(first, prompt)
    played = fresh().decode(first, prompt)
    assert np.array_equal(remembered[0].mask.crop, played[0].mask.crop) and remembered[0].score == played[0].score
    del fed[:]
    model.decode(second, prompt)
    assert clicks(fed[0]) == [1]


def test_prompts_of_different_lengths_share_the_runs_of_a_batch(fed: list[Feeds]) -> None:
    model = fresh()
    picture = np.full((128, 128, 3), 64, np.uint8)
    picture[10:60, 10:60] = 192, 64, 64
    embedding = model.encode(picture)
    prompts = [Prompt(points=CLICKS[:1]), Prompt(points=CLICKS), Prompt(box=(10, 10, 60, 60))]
    together = model.decode_many(embedding, prompts)
    assert [len(clicks(feeds)) for feeds in fed] == [3, 1, 1]
    for prompt, found in zip(prompts, together, strict=True):
        alone = fresh().decode(embedding, prompt)
        assert np.array_equal(alone[0].mask.crop, found[0].mask.crop)


def test_the_memory_is_bounded() -> None:
    memory = pocket_replay.Memory()
    held = [{"f": np.zeros(1, np.float32)} for _ in range(20)]
    for arrays in held:
        known = memory.of(arrays)
        for number in range(100):
            pocket_replay.keep(known, (number,), np.zeros((1, 1), np.float32))
        assert len(known) == 64
    assert not memory.of(held[0])
