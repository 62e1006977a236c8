"""Previews in processes of their own: what was asked for last wins, and a death is said and made good."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_scene import FakeScene

from anylabel_plus.jobs.preview_process import Opened, Preview, PreviewPool, Refused, Reply, Restarted, Sources, Wanted

SOURCES = Sources("bank", ("folder",))
PATIENCE_S = 60.0


class Listener:
    def __init__(self, workers: int) -> None:
        self.replies: queue.Queue[Reply] = queue.Queue()
        self.pool = PreviewPool(self.replies.put, workers, FakeScene)

        self.opened: list[Opened] = []

    def next(self) -> Reply:
        while isinstance(reply := self.replies.get(timeout=PATIENCE_S), Opened):
            self.opened.append(reply)
        return reply

    def picture(self) -> Preview:
        reply = self.next()
        assert isinstance(reply, Preview), reply
        return reply


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    made: list[Listener] = []

    def start(workers: int = 1) -> Listener:
        made.append(Listener(workers))
        return made[-1]

    yield start
    for listener in made:
        listener.pool.close()


def wanted(key: str, index: int = 0, seed: int = 5, **recipe: Any) -> Wanted:
    return Wanted(key, recipe, seed, index)


def test_pictures_come_with_their_shapes_and_sizes(listen: Callable[..., Listener]) -> None:
    listener = listen()
    number = listener.pool.ask(SOURCES, [wanted("a", 3, seed=77)], 160)
    picture = listener.picture()
    assert listener.opened == [Opened(number, 3, 1, notes=("one was left out",))]
    assert (picture.key, picture.seed, picture.index) == ("a", 77, 3)
    assert (picture.width, picture.height) == (160, 80)
    assert picture.pixels == bytes([77]) * (160 * 80 * 3)
    (outline,) = picture.outlines
    assert outline.label == "cup" and outline.pasted
    assert outline.box == (30.0, 20.0, 40.0, 28.0)
    assert len(outline.rings) == 2, "the hole is a ring too"
    (spot,) = picture.spots
    assert spot.relative == 10 / 160
    assert (spot.x, spot.y) == (35 / 160, 28 / 80)
    assert picture.skips == (("too hidden", 2),)
    assert picture.background == "b.png" and picture.blend == "gaussian" and picture.ms > 0


def test_what_is_asked_for_later_takes_the_place_of_what_is_queued(
    listen: Callable[..., Listener], tmp_path: Path
) -> None:
    listener, gate = listen(), tmp_path / "gate"
    listener.pool.ask(SOURCES, [wanted("slow", wait=str(gate)), wanted("never"), wanted("never")], 64)
    number = listener.pool.ask(SOURCES, [wanted("new", 1), wanted("new", 2)], 64)
    gate.write_text("")
    first, second = listener.picture(), listener.picture()
    assert [(each.key, each.index) for each in (first, second)] == [("new", 1), ("new", 2)]
    assert {first.generation, second.generation} == {number}
    assert listener.replies.empty()


def test_two_processes_share_the_pictures(listen: Callable[..., Listener], tmp_path: Path) -> None:
    listener, gate = listen(2), tmp_path / "gate"
    listener.pool.ask(SOURCES, [wanted("held", wait=str(gate)), *(wanted("free", n) for n in range(4))], 64)
    free = [listener.picture().index for _ in range(4)]
    assert free == [1, 3, 0, 2], "the other one makes all the rest, those with its own backgrounds first"
    gate.write_text("")
    assert listener.picture().key == "held"


def test_a_dead_process_is_replaced_and_the_picture_made(listen: Callable[..., Listener], tmp_path: Path) -> None:
    listener = listen()
    before = listener.pool.pids
    listener.pool.ask(SOURCES, [wanted("a", die=str(tmp_path / "once")), wanted("b")], 64)
    assert listener.next() == Restarted("exit code 7")
    assert [listener.picture().key for _ in range(2)] == ["a", "b"]
    assert listener.pool.pids != before


def test_a_picture_that_kills_every_process_is_given_up(listen: Callable[..., Listener]) -> None:
    listener = listen()
    listener.pool.ask(SOURCES, [wanted("a", die_always=True), wanted("b")], 64)
    replies = [listener.next() for _ in range(4)]
    assert [each for each in replies if isinstance(each, Restarted)] == [Restarted("exit code 7")] * 2
    (refused,) = (each for each in replies if isinstance(each, Refused))
    assert refused.key == "a" and "died twice" in refused.text
    assert [each.key for each in replies if isinstance(each, Preview)] == ["b"]


def test_errors_come_as_sentences_and_bugs_with_details(listen: Callable[..., Listener]) -> None:
    listener = listen()
    number = listener.pool.ask(SOURCES, [wanted("a", bad=True), wanted("b", bug=True), wanted("c")], 64)
    assert listener.next() == Refused(number, "a", "Recipe: bad.", "Make it good.")
    bug = listener.next()
    assert isinstance(bug, Refused) and "a bug" in bug.text and "Traceback" in bug.details
    assert listener.picture().key == "c"


def test_a_bank_that_cannot_be_opened_is_said_for_every_picture(listen: Callable[..., Listener]) -> None:
    listener = listen()
    number = listener.pool.ask(Sources("missing", ()), [wanted("a"), wanted("b")], 64)
    assert [listener.next() for _ in range(2)] == [
        Refused(number, key, "missing: there is no bank.", "Build one.") for key in "ab"
    ]
    listener.pool.ask(SOURCES, [wanted("c")], 64)
    assert listener.picture().key == "c"
