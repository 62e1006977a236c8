"""Progress of a job while it runs, and its report at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, JobStarted, Note, Report
from anylabel_plus.ui import words
from anylabel_plus.ui.widgets.event_list import EventList, EventRow
from anylabel_plus.ui.widgets.marks import Badge, Notice, SectionHeader, hairline, row, text_label
from anylabel_plus.ui.widgets.progress import Progress

if TYPE_CHECKING:
    from anylabel_plus.jobs.process import JobEnded


class JobReport(QWidget):
    """Bar and counts above, failures and remarks below."""

    def __init__(self) -> None:
        super().__init__()
        self.progress = Progress("images")
        self.failed, self.skipped, self.changed = Badge(), Badge(), Badge()
        self.current = text_label("", "small", "3")
        self.notice = Notice("", "success")
        self.events = EventList("Failures and remarks")
        self.heading = SectionHeader("Failures and remarks")
        self._report = Report()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 12)
        layout.setSpacing(10)
        layout.addWidget(self.progress)
        layout.addLayout(row(self.changed, self.skipped, self.failed, None, self.current))
        layout.addWidget(self.notice)
        layout.addWidget(hairline())
        layout.addWidget(self.heading)
        layout.addWidget(self.events, 1)
        self.facts = text_label("", "small", "2", wrap=True)
        layout.addWidget(self.facts)

    def start(self, text: str) -> None:
        """A new run."""
        self._report = Report()
        self.events.clear()
        self.progress.wait(text)
        self.notice.hide()
        self.facts.hide()
        self.heading.hide()
        self._show_counts()

    def add(self, events: list[Event]) -> None:
        """What happened since the last call."""
        rows: list[EventRow] = []
        for event in events:
            self._report.add(event)
            if isinstance(event, JobStarted):
                self.progress.start(event.total)
            elif isinstance(event, ItemFailed):
                rows.append(EventRow("failed", event.item, short_reason(event.item, event.reason)))
            elif isinstance(event, Note):
                rows.append(EventRow("note", event.item, short_reason(event.item, event.text)))
        self.events.add(rows)
        self.heading.setVisible(self.events.count() > 0)
        if self._report.total:
            self.progress.set(self._handled())
        last = next((e.item for e in reversed(events) if isinstance(e, ItemDone | ItemSkipped | ItemFailed)), "")
        if last:
            self.current.setText(last)
        self._show_counts()

    @staticmethod
    def changed_items(events: list[Event]) -> set[str]:
        """Names of the items that were written."""
        return {event.item for event in events if isinstance(event, ItemDone) and event.changed}

    def _handled(self) -> int:
        return self._report.done + len(self._report.skipped) + len(self._report.failed)

    def _show_counts(self) -> None:
        report = self._report
        for badge, count, word, tone in (
            (self.changed, report.changed, "changed", "success"),
            (self.skipped, len(report.skipped), "skipped", "neutral"),
            (self.failed, len(report.failed), "failed", "danger"),
        ):
            badge.set(f"{words.number(count)} {word}" if count else "", tone)

    def finish(self, end: JobEnded) -> None:
        """The last word."""
        report = end.report
        handled = f"{words.number(self._handled())} of {words.number(report.total)} images"
        self.current.setText("")
        if end.error:
            self.progress.finish("Not done", "", good=False)
            self.notice.set(f"{end.error} {end.hint}".strip(), "danger")
        elif report.cancelled:
            self.progress.finish(f"Cancelled after {handled}", "", good=False)
            self.notice.set("What was finished stays. Run again to go on from here.", "warning")
        elif report.failed:
            self.progress.finish(handled, "", good=False)
            count = words.plural(len(report.failed), "image")
            self.notice.set(f"{count} could not be done. Everything else is finished.", "warning")
        else:
            self.progress.finish(handled, "")
            self.notice.set("Finished.", "success")
        self.notice.show()
        self.facts.setText(_facts(report.summary))
        self.facts.setVisible(bool(report.summary))


def short_reason(item: str, text: str) -> str:
    """``text`` without the path of ``item`` that it starts with: the line shows the item already."""
    head, colon, rest = text.partition(": ")
    if item and colon and head.replace("\\", "/").endswith(item):
        return rest[:1].upper() + rest[1:]
    return text


def _facts(summary: Mapping[str, Any]) -> str:
    """The plain facts of a summary on one line."""
    parts = []
    for key, value in summary.items():
        if isinstance(value, bool) or value in (None, "", [], {}) or isinstance(value, list | dict):
            continue
        text = words.number(value) if isinstance(value, int) else str(value)
        parts.append(f"{key.replace('_', ' ')}: {text}")
    return "   ".join(parts)
