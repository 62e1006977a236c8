"""The client against real worker processes."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import flat_family
import numpy as np
import pytest
from PIL import Image

from anylabel_plus.inference.base import Prompt, ProposeOptions
from anylabel_plus.inference.client import (
    Answered,
    Busy,
    Client,
    ClientEvent,
    Failed,
    ModelLoaded,
    WorkerGone,
    WorkerRestarted,
)
from anylabel_plus.inference.protocol import ServiceOptions

POINT = Prompt(points=((20.5, 10.5, 1),))
WAIT_S = 30.0


class Ear:
    """Collects events and waits for the one wanted."""

    def __init__(self) -> None:
        self.events: queue.Queue[ClientEvent] = queue.Queue()
        self.heard: list[ClientEvent] = []

    def __call__(self, event: ClientEvent) -> None:
        self.events.put(event)

    def wait(self, *kinds: type) -> ClientEvent:
        deadline = time.monotonic() + WAIT_S
        while True:
            event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            self.heard.append(event)
            if isinstance(event, kinds):
                return event


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return make_image(tmp_path / "a.png", 8)


def make_image(path: Path, left: int) -> Path:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[5:25, left:40] = (200, 100, 50)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def client(ear: Ear) -> Iterator[Client]:
    made = Client(ServiceOptions(threads=1), ear, flat_family.worker)
    yield made
    made.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("inference-")]


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_prompt_is_answered_with_the_exact_mask(client: Client, ear: Ear, image: Path) -> None:
    generation = client.segment(image, POINT, "flat")
    event = ear.wait(Answered, Failed)
    assert isinstance(event, Answered), event
    assert event.generation == generation
    assert (event.answer.width, event.answer.height) == (60, 40)
    candidate = event.answer.candidates[0]
    assert (candidate.mask.x, candidate.mask.y, candidate.mask.crop.shape) == (8, 5, (20, 32))
    assert candidate.mask.crop.all()
    assert not candidate.mask.crop.flags.writeable
    assert candidate.logits is not None
    assert candidate.logits.dtype == np.float32
    assert {"image", "encode", "decode", "total"} <= set(event.answer.timing_ms)
    stages = [event.stage for event in ear.heard if isinstance(event, Busy)]
    assert stages[:4] == ["load_model", "image", "encode", "decode"]
    assert any(isinstance(event, ModelLoaded) for event in ear.heard)


def test_only_the_newest_of_many_prompts_is_answered(client: Client, ear: Ear, image: Path) -> None:
    newest = [client.segment(image, POINT, "flat:slow=0.05") for _ in range(20)][-1]
    event = ear.wait(Answered)
    assert isinstance(event, Answered)
    assert event.generation == newest
    ear.wait(Busy)
    assert sum(isinstance(event, Answered) for event in ear.heard) == 1


def test_a_cancelled_prompt_is_never_answered(client: Client, ear: Ear, image: Path, tmp_path: Path) -> None:
    client.load("flat:slow=0.5")
    ear.wait(ModelLoaded)
    cancelled = client.segment(image, POINT, "flat:slow=0.5")
    ear.wait(Busy)
    client.cancel()
    second = client.segment(make_image(tmp_path / "b.png", 12), POINT, "flat:slow=0.5")
    event = ear.wait(Answered)
    assert isinstance(event, Answered)
    assert event.generation == second != cancelled
    assert event.answer.candidates[0].mask.x == 12


def test_a_prompt_goes_before_a_long_list_to_encode_ahead(client: Client, ear: Ear, tmp_path: Path) -> None:
    ahead = [make_image(tmp_path / f"{index}.png", 8 + index) for index in range(30)]
    client.prefetch(ahead, "flat:slow=0.4")
    ear.wait(Busy)
    start = time.monotonic()
    client.segment(make_image(tmp_path / "now.png", 3), POINT, "flat:slow=0.4")
    event = ear.wait(Answered)
    assert isinstance(event, Answered)
    assert event.answer.candidates[0].mask.x == 3
    assert time.monotonic() - start < 8  # the list alone takes twelve seconds
    client.prefetch([], "flat:slow=0.4")


def test_an_image_encoded_ahead_is_not_encoded_again(client: Client, ear: Ear, image: Path) -> None:
    client.prefetch([image], "flat")
    while ear.wait(Busy) != Busy("", 0):
        pass
    client.segment(image, POINT, "flat")
    event = ear.wait(Answered)
    assert isinstance(event, Answered)
    assert event.answer.timing_ms["encode"] == 0.0


def test_a_killed_worker_is_replaced_and_the_prompt_answered(client: Client, ear: Ear, image: Path) -> None:
    client.load("flat:slow=1")
    ear.wait(ModelLoaded)
    first = client.pid
    assert first is not None
    generation = client.segment(image, POINT, "flat:slow=1")
    ear.wait(Busy)
    os.kill(first, signal.SIGKILL)
    restarted = ear.wait(WorkerRestarted)
    assert isinstance(restarted, WorkerRestarted)
    assert "SIGKILL" in restarted.reason
    assert restarted.restarts == 1
    event = ear.wait(Answered)
    assert isinstance(event, Answered)
    assert event.generation == generation
    assert client.pid not in (None, first)
    assert not running(first)


def test_an_idle_worker_that_is_killed_is_replaced(client: Client, ear: Ear, image: Path) -> None:
    client.segment(image, POINT, "flat")
    ear.wait(Answered)
    first = client.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    ear.wait(WorkerRestarted)
    client.segment(image, POINT, "flat")
    ear.wait(Answered)
    assert client.pid not in (None, first)


def test_a_worker_that_keeps_dying_is_given_up(ear: Ear, image: Path) -> None:
    client = Client(ServiceOptions(), ear, flat_family.dying_worker)
    client.segment(image, POINT, "flat")
    gone = ear.wait(WorkerGone)
    assert isinstance(gone, WorkerGone)
    assert "exit code 7" in gone.reason
    assert sum(isinstance(event, WorkerRestarted) for event in ear.heard) == 3
    assert client.pid is None
    client.close()


def test_an_error_of_the_user_comes_with_its_hint(client: Client, ear: Ear, image: Path) -> None:
    generation = client.segment(image, POINT, "no-such-model")
    assert ear.wait(Failed) == Failed(generation, "No model is called no-such-model.", "Try flat.")
    client.segment(image, Prompt(points=((900.0, 10.0, 1),)), "flat")
    event = ear.wait(Failed)
    assert isinstance(event, Failed)
    assert "900,10" in event.text
    assert "60 x 40" in event.text


def test_a_bug_of_a_family_is_told_with_details_and_the_worker_lives(client: Client, ear: Ear, image: Path) -> None:
    client.segment(image, POINT, "flat:bug")
    event = ear.wait(Failed)
    assert isinstance(event, Failed)
    assert "ZeroDivisionError" in event.text
    assert "Traceback" in event.details
    pid = client.pid
    client.segment(image, POINT, "flat")
    ear.wait(Answered)
    assert client.pid == pid


def test_all_objects_can_be_asked_for(client: Client, ear: Ear, image: Path) -> None:
    client.propose(image, ProposeOptions(), "flat")
    event = ear.wait(Answered)
    assert isinstance(event, Answered)
    assert event.answer.candidates[0].mask.area == 40 * 60 - 20 * 32


def test_close_ends_the_process_and_may_be_called_at_once(ear: Ear, image: Path) -> None:
    client = Client(ServiceOptions(), ear, flat_family.worker)
    client.segment(image, POINT, "flat:slow=30")
    ear.wait(Busy)
    pid = client.pid
    assert pid is not None
    start = time.monotonic()
    client.close()
    assert time.monotonic() - start < 20
    assert not running(pid)
    client.close()
    with pytest.raises(RuntimeError):
        client.segment(image, POINT, "flat")
    unused = Client(ServiceOptions(), ear)
    unused.close()
    assert unused.pid is None


def test_close_ends_a_worker_that_hangs(ear: Ear, image: Path) -> None:
    client = Client(ServiceOptions(), ear, flat_family.deaf_worker)
    client.segment(image, POINT, "flat")
    while client.pid is None:
        time.sleep(0.01)
    pid = client.pid
    client.close()
    assert not running(pid)


def test_a_listener_that_fails_does_not_silence_the_client(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reported = []
    monkeypatch.setattr(threading, "excepthook", reported.append)
    ear = Ear()

    def listen(event: ClientEvent) -> None:
        ear(event)
        raise ValueError("listener")

    client = Client(ServiceOptions(), listen, flat_family.worker)
    client.segment(image, POINT, "flat")
    ear.wait(Answered)
    client.close()
    assert reported


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_worker_ignores_ctrl_c_and_loads_no_qt(ear: Ear, image: Path) -> None:
    client = Client(ServiceOptions(), ear, flat_family.telling_worker)
    client.load("flat")
    loaded = ear.wait(ModelLoaded, Failed)
    assert isinstance(loaded, ModelLoaded)
    assert loaded.info.title == ""  # no Qt; onnxruntime only once a model needs it
    assert client.pid is not None
    os.kill(client.pid, signal.SIGINT)
    client.segment(image, POINT, "flat")
    ear.wait(Answered)
    assert not any(isinstance(event, WorkerRestarted) for event in ear.heard)
    client.close()
