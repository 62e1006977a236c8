"""What the worker has to do next: prompts first, the newest only, encoding ahead when nothing else waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from anylabel_plus.inference.protocol import Cancel, Load, Prefetch, Propose, Request, Segment
from anylabel_plus.inference.region import Part


class Mailbox:
    """Filled by the thread that reads the pipe, emptied by the thread that works.

    ``interrupt`` is called, with the lock held so that it cannot hit the next work by mistake, when
    even a running encoder should stop: somebody waits for another image, or nobody for this one.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._condition = threading.Condition()
        self._urgent: Segment | Propose | None = None
        self._load: Load | None = None
        self._ahead: list[Path | Part] = []
        self._wanted: tuple[tuple[Path | Part, ...], str] = ((), "")
        self._current: Segment | Propose | Load | Prefetch | None = None
        self._newest = 0
        self._closed = False

    def put(self, request: Request) -> None:
        """Take a request in."""
        with self._condition:
            if isinstance(request, Prefetch):
                self._take_prefetch(request)
            elif isinstance(request, Load):
                self._load = request
            else:
                self._take_prompt(request)
            self._condition.notify_all()

    def close(self) -> None:
        """Let ``next`` return None and every ``stale`` be True."""
        with self._condition:
            self._closed = True
            self._interrupt()
            self._condition.notify_all()

    def idle(self) -> bool:
        """True when nothing waits."""
        with self._condition:
            return self._urgent is None and self._load is None and not self._ahead

    def next(self) -> Segment | Propose | Load | Prefetch | None:
        """Wait for the next work; a prefetch holds one path. None after ``close``."""
        with self._condition:
            self._current = None
            while not self._closed:
                self._current = self._pick()
                if self._current is not None:
                    return self._current
                self._condition.wait()
            return None

    def stale(self) -> bool:
        """Whether the work that ``next`` gave last should stop at the next stage."""
        with self._condition:
            current = self._current
            if self._closed:
                return True
            if isinstance(current, Segment | Propose):
                return current.generation < self._newest
            if isinstance(current, Prefetch):
                # Encoding the image that somebody waits for is no waste of time.
                blocked = self._urgent is not None and not self._same(current, self._urgent)
                return blocked or not self._is_wanted(current)
            return False

    def put_back(self, request: Prefetch) -> None:
        """An interrupted prefetch is done later, unless another list without it came meanwhile."""
        with self._condition:
            if self._is_wanted(request):
                self._ahead.insert(0, request.paths[0])

    def _take_prompt(self, request: Segment | Propose | Cancel) -> None:
        self._newest = max(self._newest, request.generation)
        if isinstance(request, Cancel):
            self._urgent = None
            return  # what is being encoded will serve the next prompt
        self._urgent = request
        if self._current is not None and not self._same(self._current, request):
            self._interrupt()

    def _take_prefetch(self, request: Prefetch) -> None:
        self._wanted = (request.paths, request.model)
        self._ahead = list(request.paths)
        if isinstance(self._current, Prefetch):
            if not self._is_wanted(self._current):
                self._interrupt()
            else:
                self._ahead.remove(self._current.paths[0])

    def _is_wanted(self, request: Prefetch) -> bool:
        paths, model = self._wanted
        return request.model == model and request.paths[0] in paths

    @staticmethod
    def _same(current: Segment | Propose | Load | Prefetch, waiting: Segment | Propose) -> bool:
        if isinstance(current, Load):
            return True  # loading cannot be interrupted
        path = current.paths[0] if isinstance(current, Prefetch) else current.path
        return (path, current.model) == (waiting.path, waiting.model)

    def _pick(self) -> Segment | Propose | Load | Prefetch | None:
        if self._urgent is not None:
            chosen, self._urgent = self._urgent, None
            return chosen
        if self._load is not None:
            load, self._load = self._load, None
            return load
        if self._ahead:
            return Prefetch((self._ahead.pop(0),), self._wanted[1])
        return None
