"""Spawned processes that take tasks over a pipe and answer them in order: what the pools of jobs have in common."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar, cast

Task = TypeVar("Task")


class Lost(Exception):
    """The worker of a task died at it; ``how`` says by which signal or exit code."""

    def __init__(self, task: Any, how: str) -> None:
        super().__init__(how)
        self.task, self.how = task, how


class WorkerProcesses(Generic[Task]):
    """``count`` processes that run ``entry(pipe, *arguments)``; each has a task and one waiting at most.

    The entry receives tasks and sends one reply for each, in order, until its pipe ends.
    """

    def __init__(self, count: int, entry: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self._entry, self._arguments = entry, arguments
        self._context = multiprocessing.get_context("spawn")
        self._workers: dict[Connection, tuple[Any, list[Task]]] = {}
        for _ in range(count):
            self._start()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=self._entry, args=(theirs, *self._arguments), daemon=True)
        process.start()
        theirs.close()
        self._workers[ours] = (process, [])

    @property
    def full(self) -> bool:
        """Each worker has a task and one waiting."""
        return all(len(tasks) >= 2 for _, tasks in self._workers.values())

    @property
    def busy(self) -> bool:
        """True while an answer is to come."""
        return any(tasks for _, tasks in self._workers.values())

    def give(self, task: Task) -> None:
        """Give a task to the worker with the fewest."""
        pipe, (_, tasks) = min(self._workers.items(), key=lambda entry: len(entry[1][1]))
        tasks.append(task)
        with contextlib.suppress(OSError):  # a dead worker shows when it is read from
            pipe.send(task)

    def reply(self) -> Any:
        """Wait for the next reply.

        Raises:
            Lost: a worker died; another one has taken its place and its other tasks.
        """
        waiting = [pipe for pipe, (_, tasks) in self._workers.items() if tasks]
        pipe = cast("Connection", wait(waiting)[0])
        try:
            reply = pipe.recv()
        except (EOFError, OSError):
            raise self._replaced(pipe) from None
        self._workers[pipe][1].pop(0)
        return reply

    def _replaced(self, pipe: Connection) -> Lost:
        process, tasks = self._workers.pop(pipe)
        pipe.close()
        process.join()
        self._start()
        for task in tasks[1:]:
            self.give(task)
        code = process.exitcode
        return Lost(tasks[0], f"signal {-code}" if code < 0 else f"exit code {code}")

    def close(self, patience_s: float = 0.0) -> None:
        """End all workers; with patience each may finish the task it is at."""
        for pipe, (process, _) in self._workers.items():
            pipe.close()
            if not patience_s:
                process.terminate()
        for process, _ in self._workers.values():
            process.join(patience_s or None)
            if process.is_alive():
                process.kill()
                process.join()
        self._workers.clear()
