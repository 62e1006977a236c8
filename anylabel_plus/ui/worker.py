"""A job in its own process, as the window sees it: events in batches, in the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from anylabel_plus.inference.protocol import ServiceOptions
    from anylabel_plus.jobs.base import Event
    from anylabel_plus.jobs.process import JobEnded, JobProcess

_DRAIN_MS = 80


class JobRunner(QObject):
    """``events`` carries a list of job events, ``ended`` a ``JobEnded``; a fast job cannot flood the window."""

    events = Signal(list)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._waiting: list[Event] = []
        self._end: JobEnded | None = None
        self._process: JobProcess | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_DRAIN_MS)
        self._timer.timeout.connect(self._drain)

    @property
    def running(self) -> bool:
        """True from ``start`` until ``ended`` was emitted."""
        return self._process is not None

    def start(self, job_id: str, options: Mapping[str, Any], service: ServiceOptions | None) -> None:
        """Run a job with options as plain JSON data."""
        from anylabel_plus.jobs.process import JobProcess

        self._waiting, self._end = [], None
        self._process = JobProcess(job_id, options, self._on_event, self._on_end, service)
        self._timer.start()

    def cancel(self) -> None:
        """Stop after the current item."""
        if self._process is not None:
            self._process.cancel()

    def close(self) -> None:
        """End the process; by force when it does not stop soon."""
        if self._process is not None:
            self._process.close()

    # On the reader thread of the process --------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        with self._lock:
            self._waiting.append(event)

    def _on_end(self, end: JobEnded) -> None:
        with self._lock:
            self._end = end

    # In the GUI thread --------------------------------------------------------------------------

    def _drain(self) -> None:
        with self._lock:
            events, self._waiting = self._waiting, []
            end = self._end
        if events:
            self.events.emit(events)
        if end is not None:
            self._timer.stop()
            self._process = None
            self.ended.emit(end)
