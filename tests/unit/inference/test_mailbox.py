from __future__ import annotations

import threading
from pathlib import Path

from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.mailbox import Mailbox
from anylabel_plus.inference.protocol import Cancel, Load, Prefetch, Segment

A, B, C = Path("a"), Path("b"), Path("c")


class Box:
    """A mailbox that counts interruptions."""

    def __init__(self) -> None:
        self.interrupted = 0
        self.mailbox = Mailbox(self.interrupt)

    def interrupt(self) -> None:
        self.interrupted += 1


def segment(generation: int, path: Path = A, model: str = "m") -> Segment:
    return Segment(generation, path, Prompt(points=((1, 1, 1),)), model)


def test_prompts_go_before_loads_before_encoding_ahead() -> None:
    mailbox = Box().mailbox
    load = Load(2, "m")
    mailbox.put(Prefetch((B, C), "m"))
    mailbox.put(load)
    newest = segment(3)
    mailbox.put(segment(1))
    mailbox.put(newest)
    assert mailbox.next() is newest
    assert mailbox.next() is load
    assert mailbox.next() == Prefetch((B,), "m")
    assert not mailbox.idle()
    assert mailbox.next() == Prefetch((C,), "m")
    assert mailbox.idle()


def test_a_newer_prompt_makes_the_older_stale_and_interrupts_it_only_for_another_image() -> None:
    box = Box()
    box.mailbox.put(segment(1, A))
    box.mailbox.next()
    assert not box.mailbox.stale()
    box.mailbox.put(segment(2, A))
    assert box.mailbox.stale()
    assert box.interrupted == 0  # its embedding serves the newer prompt
    box.mailbox.next()
    box.mailbox.put(segment(3, B))
    assert box.interrupted == 1
    box.mailbox.next()
    box.mailbox.put(segment(4, B, "other"))
    assert box.interrupted == 2


def test_cancel_drops_what_waits_and_stops_what_runs() -> None:
    box = Box()
    box.mailbox.put(segment(1))
    box.mailbox.next()
    box.mailbox.put(Cancel(2))
    assert box.mailbox.stale()
    box.mailbox.put(segment(3))
    box.mailbox.put(Cancel(4))
    assert box.mailbox.idle()
    assert box.interrupted == 0


def test_encoding_ahead_gives_way_to_another_image_and_is_done_later() -> None:
    box = Box()
    box.mailbox.put(Prefetch((A, B), "m"))
    first = box.mailbox.next()
    assert first == Prefetch((A,), "m")
    box.mailbox.put(segment(1, A))
    assert not box.mailbox.stale()  # it is what the prompt needs
    assert box.interrupted == 0
    box.mailbox.put(segment(2, C))
    assert box.mailbox.stale()
    assert box.interrupted == 1
    box.mailbox.put_back(first)
    assert isinstance(box.mailbox.next(), Segment)
    assert box.mailbox.next() == first
    assert box.mailbox.next() == Prefetch((B,), "m")


def test_a_new_list_replaces_the_old_and_stops_what_it_does_not_want() -> None:
    box = Box()
    box.mailbox.put(Prefetch((A, B), "m"))
    running = box.mailbox.next()
    assert isinstance(running, Prefetch)
    box.mailbox.put(Prefetch((A, C), "m"))
    assert not box.mailbox.stale()
    assert box.interrupted == 0
    box.mailbox.put(Prefetch((C,), "m"))
    assert box.mailbox.stale()
    assert box.interrupted == 1
    box.mailbox.put_back(running)
    assert box.mailbox.next() == Prefetch((C,), "m")
    assert box.mailbox.idle()


def test_loading_is_not_interrupted() -> None:
    box = Box()
    box.mailbox.put(Load(1, "m"))
    box.mailbox.next()
    box.mailbox.put(segment(2))
    assert box.interrupted == 0
    assert not box.mailbox.stale()


def test_close_wakes_the_worker_and_stops_everything() -> None:
    box = Box()
    heard: list[object] = []
    thread = threading.Thread(target=lambda: heard.append(box.mailbox.next()))
    thread.start()
    box.mailbox.close()
    thread.join(5)
    assert heard == [None]
    assert box.mailbox.stale()
    assert box.interrupted == 1
    box.mailbox.put(segment(9))
    assert box.mailbox.next() is None
