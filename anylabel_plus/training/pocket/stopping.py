"""Ctrl+C and SIGTERM as a wish that the loop looks at, so that a run ends between two steps, its checkpoint whole."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType


@dataclass(eq=False)
class Stop:
    """``asked`` becomes true with the first signal."""

    asked: bool = False


@contextlib.contextmanager
def on_signals() -> Iterator[Stop]:
    """While the block runs, the first Ctrl+C or SIGTERM only sets ``asked``; a second Ctrl+C ends it at once.

    Outside the main thread, where Python takes no signals, nobody ever asks.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def asked(number: int, _: FrameType | None) -> None:
        if stop.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.asked = True

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def deaf(_: int = 0) -> None:
    """For processes that draw batches: a Ctrl+C reaches them too, but ending them is their parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
