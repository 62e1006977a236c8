"""What commands print: messages and progress on stderr, results on stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from anylabel_plus.jobs.base import Event, ItemFailed, JobStarted, Note, Report

_REDRAW_S = 0.1


def say(text: str) -> None:
    """One message for the user, on stderr."""
    print(printable(text), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """``text`` on one line, file names with undecodable bytes or control characters made harmless."""
    shown = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else " " for c in shown)


def print_result(text: str) -> None:
    """One line of a command's result, on stdout."""
    print(printable(text))


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on one line of stdout, flushed. ASCII, so that every terminal and pipe takes it."""
    print(json.dumps(value), flush=True)


class Progress:
    """Shows the events of a job on stderr: a line redrawn in place on a terminal, else only what matters.

    Use it as the ``on_event`` of ``jobs.base.run``, then call ``close``.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._title = ""
        self._total = self._done = self._failed = 0
        self._drawn = 0.0
        self._width = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, JobStarted):
            self._title, self._total = event.title, event.total
            if not self._quiet and not self._live:
                say(f"{event.title}: {event.total}")
            return
        if isinstance(event, Note):
            return
        self._done += 1
        if isinstance(event, ItemFailed):
            self._failed += 1
            self.message(f"failed: {event.item}: {event.reason}")
        self._draw(final=self._done == self._total)

    def step(self, done: int, total: int, title: str) -> None:
        """Progress of something that is no job, such as a download; ``total`` 0 = not known."""
        self._title, self._done, self._total = title, done, total
        self._draw(final=bool(total) and done >= total)

    def message(self, text: str) -> None:
        """A message that does not run into the progress line."""
        self._wipe()
        if not self._quiet:
            say(text)

    def close(self) -> None:
        """Remove the progress line."""
        self._wipe()

    def _draw(self, *, final: bool) -> None:
        now = time.monotonic()
        if not self._live or (not final and now - self._drawn < _REDRAW_S):
            return
        self._drawn = now
        amount = f"{self._done}/{self._total}" if self._total else f"{self._done}"
        failed = f", {self._failed} failed" if self._failed else ""
        text = printable(f"{self._title}: {amount}{failed}")
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def _wipe(self) -> None:
        if self._live and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
        self._width = 0


def finish(report: Report, *, as_json: bool, more: Mapping[str, Any] | None = None) -> int:
    """Print a job's report (JSON on stdout, or text on stderr) and return its exit code."""
    if as_json:
        print_json({**report.to_json(), **(more or {})})
        return report.exit_code
    for item, text in report.notes:
        say(f"note: {item}: {text}" if item else f"note: {text}")
    counts = [f"{report.done} done", f"{report.changed} changed"]
    if report.skipped:
        counts.append(f"{len(report.skipped)} skipped")
    if report.failed:
        counts.append(f"{len(report.failed)} failed")
    ending = " (cancelled; run the same command again to go on)" if report.cancelled else ""
    say(f"{report.title or 'Finished'}: {', '.join(counts)}{ending}")
    for reason, count in _reasons(report.skipped):
        say(f"  skipped {count}: {reason}")
    for key, value in {**report.summary, **(more or {})}.items():
        if isinstance(value, str | int | float):
            say(f"  {key.replace('_', ' ')}: {value}")
    return report.exit_code


def _reasons(entries: list[tuple[str, str]]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for _, reason in entries:
        counts[reason] = counts.get(reason, 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])
