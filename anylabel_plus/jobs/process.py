"""A job in a process of its own, so that the window stays free of models and their memory.

``JobProcess`` is the window's handle (it knows nothing of Qt); ``_main`` runs in the child. Both
talk over a pipe in JSON lines. The child stops after the current item when it is told to, or when
the window is gone; killed at any moment it leaves no damaged file.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference.protocol import ServiceOptions
from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, JobStarted, Note, Report, run

_EVENTS: dict[str, type[Any]] = {
    "started": JobStarted,
    "done": ItemDone,
    "skipped": ItemSkipped,
    "failed": ItemFailed,
    "note": Note,
}
_NAMES = {kind: name for name, kind in _EVENTS.items()}


@dataclass(frozen=True, slots=True)
class JobEnded:
    """The last word of a job: its report, or ``error`` (and ``hint``) when it could not be done.

    ``details`` is for the log, set when the error is a bug.
    """

    report: Report
    error: str = ""
    hint: str = ""
    details: str = ""


def event_to_json(event: Event) -> dict[str, Any]:
    """Plain data of an event, ``{"event": name, ...}``."""
    return {"event": _NAMES[type(event)], **asdict(event)}


def event_from_json(data: Mapping[str, Any]) -> Event:
    """The way back of ``event_to_json``."""
    fields = {key: value for key, value in data.items() if key != "event"}
    event: Event = _EVENTS[data["event"]](**fields)
    return event


class JobProcess:
    """Runs one job in a child process.

    ``on_event`` and ``on_end`` are called on a reader thread of this object, ``on_end`` exactly
    once and last. Options are plain JSON data (``jobs.options.to_json``).
    """

    def __init__(
        self,
        job_id: str,
        options: Mapping[str, Any],
        on_event: Callable[[Event], None],
        on_end: Callable[[JobEnded], None],
        service: ServiceOptions | None = None,
    ) -> None:
        self._on_event, self._on_end = on_event, on_end
        self._report = Report()
        self._cancelled = False
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_main, args=(theirs, job_id, json.dumps(dict(options)), service), name=f"job-{job_id}"
        )
        self._process.start()
        theirs.close()
        self._reader = threading.Thread(target=self._read, name=f"job-{job_id}-reader", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int | None:
        """Process id of the child."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """False once ``on_end`` was called or is about to be."""
        return self._reader.is_alive()

    def cancel(self) -> None:
        """Ask the job to stop after the item it is at."""
        self._cancelled = True
        with contextlib.suppress(OSError):
            self._pipe.send_bytes(b'{"cancel": true}')

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; False when it did not come in ``timeout`` seconds."""
        self._reader.join(timeout)
        return not self._reader.is_alive()

    def close(self, timeout: float = 5.0) -> None:
        """Cancel, wait a moment, then end the child by force (no file suffers)."""
        self.cancel()
        if not self.wait(timeout):
            self._process.kill()
            self.wait()

    def _read(self) -> None:
        ended: JobEnded | None = None
        try:
            while ended is None:
                data = json.loads(self._pipe.recv_bytes())
                if data["event"] == "end":
                    ended = self._end(data)
                    continue
                event = event_from_json(data)
                self._report.add(event)
                self._on_event(event)
        except (EOFError, OSError):
            pass  # the child died; said below
        finally:
            self._pipe.close()
            self._process.join()
            self._report.cancelled = self._report.cancelled or (ended is None and self._cancelled)
            self._on_end(ended or self._died())

    def _end(self, data: Mapping[str, Any]) -> JobEnded:
        self._report.summary = data["summary"]
        self._report.cancelled = data["cancelled"]
        return JobEnded(self._report, data["error"], data["hint"], data["details"])

    def _died(self) -> JobEnded:
        if self._cancelled:
            return JobEnded(self._report)
        code = self._process.exitcode or 0
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return JobEnded(
            self._report, f"The job's process died ({how}). What was finished stays.", "Run it again to go on."
        )


def _main(pipe: Connection, job_id: str, options: str, service: ServiceOptions | None) -> None:
    """Entry of the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the window decides
    stop = threading.Event()
    threading.Thread(target=_listen, args=(pipe, stop), daemon=True).start()
    end: dict[str, Any] = {"event": "end", "summary": {}, "cancelled": False, "error": "", "hint": "", "details": ""}

    def send(event: Event) -> None:
        pipe.send_bytes(json.dumps(event_to_json(event)).encode())

    try:
        from anylabel_plus import jobs

        report = run(jobs.start(job_id, json.loads(options), service), send, stop.is_set)
        end.update(summary=dict(report.summary), cancelled=report.cancelled)
    except Cancelled:
        end["cancelled"] = True
    except UserError as error:
        end.update(error=error.text, hint=error.hint)
    except OSError as error:
        if stop.is_set():
            return  # the window is gone
        end.update(error=f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))
    except Exception as error:
        end.update(error=f"Unexpected {type(error).__name__}: {error}", details=traceback.format_exc())
    with contextlib.suppress(OSError):
        pipe.send_bytes(json.dumps(end).encode())


def _listen(pipe: Connection, stop: threading.Event) -> None:
    """Set ``stop`` on a cancel message, or when the window is gone."""
    try:
        while True:
            if json.loads(pipe.recv_bytes()).get("cancel"):
                stop.set()
    except (EOFError, OSError):
        stop.set()
        parent = multiprocessing.parent_process()
        if parent is not None and parent.is_alive():
            return
        # Nobody reads the report: end soon, between two items if one is quick, else now.
        threading.Timer(10.0, os._exit, (1,)).start()
