"""One background thread with a queue, whose results arrive in the GUI thread."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

_log = logging.getLogger(__name__)


class Background(QObject):
    """Runs pieces of work one after the other in a thread of its own, started on first use.

    Results and exceptions are handed to ``done(result)`` and ``failed(error)`` in the thread that
    owns this object. Create one for each kind of work that must not wait for another.
    """

    _finished = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        # Not given to the thread: it would drop the last reference to a closed window, and destroy it there.
        self._callbacks: dict[int, tuple[Callable[[Any], object] | None, Callable[[BaseException], object] | None]] = {}
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._open = 0
        self._closed = False
        self._finished.connect(self._deliver)
        tasks = self._queue
        self.destroyed.connect(lambda: tasks.put(None))  # a window that is built again takes its threads along

    def run(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], object] | None = None,
        failed: Callable[[BaseException], object] | None = None,
    ) -> None:
        """Queue ``work``. Without ``failed`` an exception of the work is logged as a bug."""
        if self._closed:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
            self._thread.start()
        self._open += 1
        number = next(self._numbers)
        self._callbacks[number] = (done, failed)
        self._queue.put((number, work))

    @property
    def busy(self) -> bool:
        """True while work is queued, running, or its result is not yet delivered."""
        return self._open > 0

    def _loop(self) -> None:
        while (task := self._queue.get()) is not None:
            number, work = task
            try:
                result, error = work(), None
            except Exception as problem:
                result, error = None, problem
            try:
                self._finished.emit((number, result, error))
            except RuntimeError:  # the object has been destroyed meanwhile: nobody waits for the result
                return
            del task, work, result, error  # not kept until the next task comes

    def _deliver(self, outcome: Any) -> None:
        number, result, error = outcome
        done, failed = self._callbacks.pop(number)
        self._open -= 1
        if error is not None:
            if failed is None:
                _log.error("%s: background work failed", self._name, exc_info=error)
            else:
                failed(error)
        elif done is not None:
            done(result)

    def drain(self, timeout_s: float) -> bool:
        """Wait in the calling thread for all queued work and deliver its results; False on timeout."""
        from PySide6.QtCore import QCoreApplication, QEvent

        end = time.monotonic() + timeout_s
        while self._open and time.monotonic() < end:
            # Only results of this object are delivered: no user input comes in between.
            QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
            if self._open:
                time.sleep(0.002)
        return not self._open

    def close(self, timeout_s: float = 5.0) -> None:
        """End the thread after the work that is queued; later work is refused."""
        self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout_s)
            self._thread = None
