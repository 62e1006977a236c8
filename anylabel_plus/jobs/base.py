"""Jobs are generators: finish one item on disk, yield its event, go on.

Each yield is progress, a point to cancel and a point to resume. To add a job: a module with an
options dataclass and a generator of events, its row in ``JOBS`` (``jobs/__init__``), its command
row in ``cli`` and its dialog row in ``ui/dialogs``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class JobStarted:
    """The number of items is known; ``title`` says what is being done."""

    title: str
    total: int


@dataclass(frozen=True, slots=True)
class ItemDone:
    """One item is finished on disk. ``changed`` is False when nothing had to be written."""

    item: str
    changed: bool = True
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemSkipped:
    """One item was left alone on purpose."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class ItemFailed:
    """One item could not be done; the job goes on."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something the user should read in the report (a loss of the target format, a fallback …)."""

    text: str
    item: str = ""


Event = JobStarted | ItemDone | ItemSkipped | ItemFailed | Note
Job = Generator[Event, None, Mapping[str, Any]]
"""Returns the job's summary: plain JSON data such as counts and output paths."""


@dataclass(slots=True)
class Report:
    """What happened to every item."""

    title: str = ""
    total: int = 0
    done: int = 0
    changed: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    summary: Mapping[str, Any] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def exit_code(self) -> int:
        """0 done, 3 finished with failed items, 130 cancelled."""
        if self.cancelled:
            return 130
        return 3 if self.failed else 0

    def add(self, event: Event) -> None:
        """Count one event."""
        if isinstance(event, JobStarted):
            self.title, self.total = event.title, event.total
        elif isinstance(event, ItemDone):
            self.done += 1
            self.changed += event.changed
        elif isinstance(event, ItemSkipped):
            self.skipped.append((event.item, event.reason))
        elif isinstance(event, ItemFailed):
            self.failed.append((event.item, event.reason))
        else:
            self.notes.append((event.item, event.text))

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``--json`` and for the pipe to the window."""
        return {
            "title": self.title,
            "total": self.total,
            "done": self.done,
            "changed": self.changed,
            "skipped": [{"item": item, "reason": reason} for item, reason in self.skipped],
            "failed": [{"item": item, "reason": reason} for item, reason in self.failed],
            "notes": [{"item": item, "text": text} for item, text in self.notes],
            "cancelled": self.cancelled,
            **self.summary,
        }


def run(
    job: Job,
    on_event: Callable[[Event], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Drive ``job`` to its end, or until ``cancelled`` says so after an item.

    A ``KeyboardInterrupt`` cancels too: what is finished stays. Exceptions of the job pass through
    after it was closed.
    """
    report = Report()
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as end:
                report.summary = end.value or {}
                return report
            report.add(event)
            if on_event is not None:
                on_event(event)
            if cancelled is not None and cancelled():
                report.cancelled = True
                return report
    except KeyboardInterrupt:
        report.cancelled = True
        return report
    finally:
        job.close()
