"""Progress of a job while it runs, and its report at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, JobStarted, Report
from anylabel_plus.ui import words
from anylabel_plus.ui.widgets.event_list import EventList, EventRow
from anylabel_plus.ui.widgets.marks import Badge, Notice, SectionHeader, hairline, text_label
from anylabel_plus.ui.widgets.progress import Progress

if TYPE_CHECKING:
    from anylabel_plus.jobs.process import JobEnded


LINE, FAILURES_IN_VIEW = 28, 7
LATEST = 60
"""Finished images that are listed, newest first."""


class JobReport(QWidget):
    """Bar and counts above; below them failures and remarks, and what was finished last."""

    def __init__(self) -> None:
        super().__init__()
        self.failed, self.skipped, self.changed = Badge(), Badge(), Badge()
        self.left = SectionHeader("Run", self.changed, self.skipped, self.failed)
        self.progress = Progress("images")
        self.notice = Notice("", "success")
        self.events = EventList("Failures and remarks")
        self.heading = SectionHeader("Failures and remarks")
        self.finished = EventList("Finished images")
        self.finished_heading = SectionHeader("Finished images", remark="Latest first")
        self.facts = text_label("", "small", "2", wrap=True)
        self._report, self._shapes = Report(), 0
        self._latest: deque[EventRow] = deque(maxlen=LATEST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 12)
        layout.setSpacing(10)
        for widget in (self.left, self.progress, self.notice, self.facts, hairline(), self.heading):
            layout.addWidget(widget)
        layout.addWidget(self.events)
        layout.addWidget(self.finished_heading)
        layout.addWidget(self.finished, 1)
        layout.addStretch(0)

    def start(self, text: str) -> None:
        """A new run."""
        self._report, self._shapes = Report(), 0
        self._latest.clear()
        self.events.clear()
        self.finished.clear()
        self.progress.wait(text)
        for widget in (self.notice, self.facts):
            widget.hide()
        self._show_counts()

    def add(self, events: list[Event]) -> None:
        """What happened since the last call."""
        rows: list[EventRow] = []
        for event in events:
            self._report.add(event)
            if isinstance(event, JobStarted):
                self.progress.start(event.total)
            elif isinstance(event, ItemDone):
                self._shapes += _shapes_in(event)
                self._latest.appendleft(EventRow("done", event.item, _outcome(event)))
            elif isinstance(event, ItemSkipped):
                self._latest.appendleft(EventRow("skipped", event.item, short_reason(event.item, event.reason)))
            elif isinstance(event, ItemFailed):
                rows.append(EventRow("failed", event.item, short_reason(event.item, event.reason)))
            else:
                rows.append(EventRow("note", event.item, short_reason(event.item, event.text)))
        self.events.add(rows)
        self.finished.show_rows(self._latest)
        if self._report.total:
            self.progress.set(self._handled(), self._shapes_text())
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
        left = report.total - self._handled()
        self.left.remark.setText(f"{words.plural(left, 'image')} left" if left > 0 else "")
        for heading, rows in ((self.heading, self.events), (self.finished_heading, self.finished)):
            heading.setVisible(rows.count() > 0)
            rows.setVisible(rows.count() > 0)
        self.events.setFixedHeight(LINE * min(max(self.events.count(), 1), FAILURES_IN_VIEW) + 2)

    def _shapes_text(self) -> str:
        return f"· {words.plural(self._shapes, 'shape')}" if self._shapes else ""

    def finish(self, end: JobEnded) -> None:
        """The last word."""
        report = end.report
        handled = f"{words.number(self._handled())} of {words.number(report.total)} images"
        shapes, part = self._shapes_text(), self._handled() / report.total if report.total else 1.0
        if end.error:
            self.progress.finish("Not done", "", good=False, fraction=part)
            self.notice.set(f"{end.error} {end.hint}".strip(), "danger")
        elif report.cancelled:
            self.progress.finish(f"Cancelled after {handled}", shapes, good=False, fraction=part)
            self.notice.set("What was finished stays. Run again to go on from here.", "warning")
        elif report.failed:
            self.progress.finish(handled, shapes, good=False)
            count = words.plural(len(report.failed), "image")
            self.notice.set(f"{count} could not be done. Everything else is finished.", "warning")
        else:
            self.progress.finish(handled, shapes)
            self.notice.set("Finished.", "success")
        self.notice.show()
        self.facts.setText(_facts(report.summary))
        self.facts.setVisible(bool(report.summary))


def _shapes_in(event: ItemDone) -> int:
    """Shapes that were added to the image, or written for it."""
    found = event.detail.get("added", event.detail.get("shapes", 0))
    return found if isinstance(found, int) else 0


def _outcome(event: ItemDone) -> str:
    if "added" in event.detail:
        return f"{words.plural(_shapes_in(event), 'shape')} added"
    if "shapes" in event.detail:
        return words.plural(_shapes_in(event), "shape")
    return "" if event.changed else "Nothing to change"


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
        parts.append(f"{key.replace('_', ' ').capitalize()} {text}")
    return " · ".join(parts)
