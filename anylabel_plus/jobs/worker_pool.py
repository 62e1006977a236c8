"""Processes that run a model on many images at once. They only compute; one process writes.

A worker ends by itself when the process that started it is gone, however it died.
"""

from __future__ import annotations

import contextlib
import signal
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from anylabel_plus.core.errors import UserError
from anylabel_plus.inference.base import Candidate, ProposeOptions
from anylabel_plus.inference.protocol import PackedCandidate, ServiceOptions, pack, unpack
from anylabel_plus.jobs.enrich import Models, ServiceFactory
from anylabel_plus.jobs.items import reason
from anylabel_plus.jobs.lifeline import end_with_parent
from anylabel_plus.jobs.worker_processes import Lost, WorkerProcesses


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """The answer for the task ``key``: candidates, best first, or the reason why there are none."""

    key: int
    candidates: tuple[Candidate, ...] = ()
    error: UserError | None = None


class Pool(Protocol):
    """Takes tasks while it is not ``full``, gives back results while it is ``busy``."""

    @property
    def full(self) -> bool: ...
    @property
    def busy(self) -> bool: ...
    def submit(self, key: int, image: Path) -> None: ...
    def next(self) -> Proposed: ...
    def close(self) -> None: ...


class Inline:
    """The pool of one: the model runs in this process."""

    def __init__(self, models: Models, model: str, options: ProposeOptions) -> None:
        self._models, self._model, self._options = models, model, options
        self._waiting: deque[tuple[int, Path]] = deque()

    @property
    def full(self) -> bool:
        """One task at a time, so that each item is on disk before the next."""
        return bool(self._waiting)

    @property
    def busy(self) -> bool:
        """True when a result can be had."""
        return bool(self._waiting)

    def submit(self, key: int, image: Path) -> None:
        """Take a task."""
        self._waiting.append((key, image))

    def next(self) -> Proposed:
        """Compute the oldest task."""
        key, image = self._waiting.popleft()
        try:
            return Proposed(key, self._models.propose(image, self._options, self._model).candidates)
        except Exception as error:
            return Proposed(key, error=UserError(reason(error)))

    def close(self) -> None:
        """Nothing to end."""


class Processes:
    """A pool of ``count`` spawned processes, each with a model of its own."""

    def __init__(
        self, count: int, service: ServiceOptions, factory: ServiceFactory, model: str, options: ProposeOptions
    ) -> None:
        arguments = (service, factory, model, options)
        self._workers: WorkerProcesses[tuple[int, str]] = WorkerProcesses(count, work, arguments)

    @property
    def full(self) -> bool:
        """Each worker has a task and one waiting."""
        return self._workers.full

    @property
    def busy(self) -> bool:
        """True while an answer is to come."""
        return self._workers.busy

    def submit(self, key: int, image: Path) -> None:
        """Give a task to a worker."""
        self._workers.give((key, str(image)))

    def next(self) -> Proposed:
        """Wait for an answer. A worker that died fails its task; another one takes its place."""
        try:
            key, packed, error = self._workers.reply()
        except Lost as lost:
            return Proposed(lost.task[0], error=UserError(f"the worker process died at this image ({lost.how})."))
        return Proposed(key, _unpack(packed), UserError(*error) if error else None)

    def close(self) -> None:
        """End all workers."""
        self._workers.close()


def _unpack(packed: Sequence[PackedCandidate | Candidate]) -> tuple[Candidate, ...]:
    return tuple(unpack(entry) for entry in packed)


def work(
    pipe: Connection, service: ServiceOptions, factory: ServiceFactory, model: str, options: ProposeOptions
) -> None:
    """Entry of a worker: answers tasks until the pipe ends."""
    # Ctrl+C goes to the whole group; the process that writes decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    models = factory(service)
    with contextlib.suppress(EOFError, OSError):
        while True:
            key, image = pipe.recv()
            try:
                answer = models.propose(Path(image), options, model)
                reply: tuple[Any, ...] = (key, [pack(candidate) for candidate in answer.candidates], None)
            except Exception as error:
                reply = (key, [], (reason(error), ""))
            pipe.send(reply)
