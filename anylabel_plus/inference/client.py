"""The window's handle on the inference worker: a process of its own, restarted when it dies.

No call blocks: processes are started and the pipe is written by threads. No Qt here.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from anylabel_plus.inference.base import Prompt, ProposeOptions
from anylabel_plus.inference.protocol import (
    Answer,
    Answered,
    Busy,
    Cancel,
    ClientEvent,
    Failed,
    Load,
    ModelLoaded,
    Prefetch,
    Propose,
    Request,
    Segment,
    ServiceOptions,
    WorkerGone,
    WorkerRestarted,
    unpack,
)
from anylabel_plus.inference.region import Part

__all__ = ["Answered", "Busy", "Client", "ClientEvent", "Failed", "ModelLoaded", "WorkerGone", "WorkerRestarted"]

MAX_RESTARTS = 3
RESTART_WINDOW_S = 300.0
_JOIN_S = 2.0

Entry = Callable[[Connection, ServiceOptions], None]


class Client:
    """Sends requests to the worker process and hands its events to ``on_event``.

    The process starts with the first request. When it dies, a new one is started and the last
    unanswered prompt is sent again; after ``MAX_RESTARTS`` in ``RESTART_WINDOW_S`` it stays down
    until the next request.

    Args:
        options: for the worker's ``Service``.
        on_event: called on a thread of the client, one event at a time; must return soon and may
            not call ``close``.
        entry: the worker's entry point, a module-level function.
    """

    def __init__(
        self, options: ServiceOptions, on_event: Callable[[ClientEvent], None], entry: Entry | None = None
    ) -> None:
        self._options = options
        self._on_event = on_event
        self._entry = entry
        self._changed = threading.Condition()
        self._telling = threading.Lock()
        self._outbox: list[Request] = []
        self._generation = 0
        self._prompt: Segment | Propose | None = None
        self._load: Load | None = None
        self._ahead: Prefetch | None = None
        self._life: _Life | None = None
        self._deaths: list[float] = []
        self._sender: threading.Thread | None = None
        self._closing = False

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        life = self._life
        return None if life is None else life.pid

    def segment(self, image_path: Path | Part, prompt: Prompt, model: str) -> int:
        """Ask for candidates; every earlier prompt is forgotten. Returns the generation of the answer."""
        with self._changed:
            self._generation += 1
            self._prompt = Segment(self._generation, image_path, prompt, model)
            return self._queue(self._prompt)

    def propose(self, image_path: Path | Part, options: ProposeOptions, model: str) -> int:
        """Ask for all objects; otherwise as ``segment``."""
        with self._changed:
            self._generation += 1
            self._prompt = Propose(self._generation, image_path, options, model)
            return self._queue(self._prompt)

    def prefetch(self, image_paths: Iterable[Path | Part], model: str) -> None:
        """Encode these images when nothing else is to do; replaces the earlier list, an empty one stops it."""
        with self._changed:
            self._ahead = Prefetch(tuple(image_paths), model)
            if self._ahead.paths or self._life is not None:
                self._queue(self._ahead)

    def load(self, model: str) -> int:
        """Load a model ahead of the first prompt; answered by ``ModelLoaded`` or ``Failed``."""
        with self._changed:
            self._generation += 1
            self._load = Load(self._generation, model)
            return self._queue(self._load)

    def cancel(self) -> None:
        """Forget the prompts sent so far; nothing is heard of them any more."""
        with self._changed:
            if self._prompt is None:
                return
            self._generation += 1
            self._prompt = None
            self._queue(Cancel(self._generation))

    def close(self) -> None:
        """End the worker and the threads; takes at most a few seconds when the worker hangs."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.join(_JOIN_S)
        life = self._life
        if life is not None:
            life.end()
            self._life = None
        if sender is not None:
            sender.join()

    def _queue(self, request: Request) -> int:
        # The lock is held. Only the newest of each kind is worth sending.
        if self._closing:
            raise RuntimeError("the client is closed")
        prompt = (Segment, Propose, Cancel)
        kind = prompt if isinstance(request, prompt) else (type(request),)
        self._outbox = [old for old in self._outbox if not isinstance(old, kind)]
        self._outbox.append(request)
        if self._sender is None:
            self._sender = threading.Thread(target=self._send, name="inference-requests", daemon=True)
            self._sender.start()
        self._changed.notify_all()
        return self._generation

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._outbox)
                if self._closing:
                    break
                requests, self._outbox = self._outbox, []
            life = self._life or self._start()
            if life is not None:
                # A dead worker is noticed by the thread that reads from it.
                with contextlib.suppress(OSError):
                    for request in requests:
                        life.connection.send(request)
        if self._life is not None:
            with contextlib.suppress(OSError):
                self._life.connection.send(None)

    def _start(self) -> _Life | None:
        entry = self._entry
        if entry is None:
            from anylabel_plus.inference import service_worker

            entry = service_worker.main
        try:
            life = _Life(entry, self._options)
        except OSError as error:
            self._died(f"it could not be started ({error.strerror})")
            return None
        self._life = life
        life.listen(self._receive, self._ended)
        return life

    def _receive(self, message: Any) -> None:
        event = self._current_event(message)
        if event is not None:
            self._tell(event)

    def _current_event(self, message: Any) -> ClientEvent | None:
        """The event of a message, None when it is about a request that was replaced or cancelled."""
        with self._changed:
            prompt = self._prompt.generation if self._prompt is not None else -1
            if isinstance(message, tuple):
                answered, packed = message
                if answered.generation != prompt:
                    return None
                self._prompt = None
            elif isinstance(message, Failed):
                load = self._load.generation if self._load is not None else -1
                if message.generation == prompt:
                    self._prompt = None
                elif message.generation == load:
                    self._load = None
                else:
                    return None
                return message
            elif isinstance(message, Busy):
                return message if message.generation in (0, prompt) else None
            else:
                assert isinstance(message, ModelLoaded)
                return message
        answer: Answer = answered.answer
        candidates = tuple(unpack(candidate) for candidate in packed)
        return Answered(
            answered.generation,
            Answer(candidates, answer.width, answer.height, answer.info, answer.timing_ms),
        )

    def _ended(self, life: _Life) -> None:
        reason = life.bury()
        if self._life is life:
            self._life = None
        if not self._closing:
            self._died(reason)

    def _died(self, reason: str) -> None:
        with self._changed:
            now = time.monotonic()
            self._deaths = [death for death in self._deaths if now - death < RESTART_WINDOW_S] + [now]
            restarts = len(self._deaths)
        if restarts > MAX_RESTARTS:
            with self._changed:
                self._prompt = self._load = self._ahead = None
                self._outbox = []
            self._tell(WorkerGone(reason))
            return
        self._tell(WorkerRestarted(reason, restarts))
        with self._changed, contextlib.suppress(RuntimeError):  # closed meanwhile
            for request in (self._load, self._ahead, self._prompt):
                if request is not None:
                    self._queue(request)
            if not self._outbox:
                self._queue(Cancel(self._generation))  # starts the new worker, asks nothing of it

    def _tell(self, event: ClientEvent) -> None:
        with self._telling:
            try:
                self._on_event(event)
            except Exception:
                # A bug of the listener must not end the thread that the next answer comes through.
                threading.excepthook(threading.ExceptHookArgs([*sys.exc_info(), threading.current_thread()]))


class _Life:
    """One worker process, its pipe, and the thread that reads from it."""

    def __init__(self, entry: Entry, options: ServiceOptions) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=entry, args=(theirs, options), name="inference-worker", daemon=True)
        try:
            self.process.start()
        except BaseException:
            self.connection.close()
            raise
        finally:
            theirs.close()
        self.pid = self.process.pid
        self._reader: threading.Thread | None = None

    def listen(self, on_message: Callable[[Any], None], on_end: Callable[[_Life], None]) -> None:
        def read() -> None:
            with contextlib.suppress(EOFError, OSError):
                while True:
                    on_message(self.connection.recv())
            on_end(self)

        self._reader = threading.Thread(target=read, name="inference-answers", daemon=True)
        self._reader.start()

    def bury(self) -> str:
        """Wait for the dead process; returns why it ended. Called by the reading thread."""
        self.process.join(_JOIN_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode
        self.process.close()
        self.connection.close()
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            hint = ", perhaps because memory ran out" if name == "SIGKILL" else ""
            return f"it was ended by {name}{hint}"
        return f"it ended with exit code {code}"

    def end(self) -> None:
        """The worker was asked to end: wait, then insist. The reading thread buries it."""
        if self._reader is None:
            return
        self._reader.join(_JOIN_S)
        if self._reader.is_alive():
            with contextlib.suppress(ValueError):  # just buried
                self.process.kill()
            self._reader.join()
