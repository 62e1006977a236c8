"""Progress of a job while it runs, and its report at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, JobStarted, Report
from anylabel_plus.ui import words
from anylabel_plus.ui.language import mark, ntr, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.event_list import EventList, EventRow
from anylabel_plus.ui.widgets.marks import Badge, Notice, SectionHeader, hairline, text_label
from anylabel_plus.ui.widgets.progress import Progress

if TYPE_CHECKING:
    from anylabel_plus.jobs.process import JobEnded


LINE, FAILURES_IN_VIEW = 28, 7
LATEST = 60
"""Finished images that are listed, newest first."""

_COUNTS = {
    "added": ("{n} shape added", mark("{n} shapes added")),
    "unmatched": ("{n} box without a mask", mark("{n} boxes without a mask")),
    "instances": ("{n} object", mark("{n} objects")),
    "negatives": ("{n} image without objects", mark("{n} images without objects")),
}
_NAMES = {"model": mark("Model: {value}"), "output": mark("Written to {value}")}
"""Entries of a job's summary -> what is said of them."""


class JobReport(QWidget):
    """Bar and counts above; below them failures and remarks, and what was finished last."""

    def __init__(self) -> None:
        super().__init__()
        self.failed, self.skipped, self.changed = Badge(), Badge(), Badge()
        self.left = SectionHeader(tr("Run"), self.changed, self.skipped, self.failed)
        self.progress = Progress(tr("images"))
        self.notice = Notice("", "success")
        self.events = EventList(tr("Failures and remarks"))
        self.heading = SectionHeader(tr("Failures and remarks"))
        self.finished = EventList(tr("Finished images"))
        self.finished_heading = SectionHeader(tr("Finished images"), remark=tr("Latest first"))
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
                self._latest.appendleft(EventRow("skipped", event.item, short_reason(event.item, said(event.reason))))
            elif isinstance(event, ItemFailed):
                rows.append(EventRow("failed", event.item, short_reason(event.item, said(event.reason))))
            else:
                rows.append(EventRow("note", event.item, short_reason(event.item, said(event.text))))
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
            (self.changed, report.changed, mark("{n} changed"), "success"),
            (self.skipped, len(report.skipped), mark("{n} skipped"), "neutral"),
            (self.failed, len(report.failed), mark("{n} failed"), "danger"),
        ):
            badge.set(ntr(word, word, count) if count else "", tone)
        left = report.total - self._handled()
        self.left.remark.setText(ntr("{n} image left", "{n} images left", left) if left > 0 else "")
        for heading, rows in ((self.heading, self.events), (self.finished_heading, self.finished)):
            heading.setVisible(rows.count() > 0)
            rows.setVisible(rows.count() > 0)
        self.events.setFixedHeight(LINE * min(max(self.events.count(), 1), FAILURES_IN_VIEW) + 2)

    def _shapes_text(self) -> str:
        return "· " + ntr("{n} shape", "{n} shapes", self._shapes) if self._shapes else ""

    def finish(self, end: JobEnded) -> None:
        """The last word."""
        report = end.report
        done, total = words.number(self._handled()), words.number(report.total)
        handled = tr("{done} of {total} images", done=done, total=total)
        shapes, part = self._shapes_text(), self._handled() / report.total if report.total else 1.0
        if end.error:
            self.progress.finish(tr("Not done"), "", good=False, fraction=part)
            self.notice.set(f"{said(end.error)} {said(end.hint)}".strip(), "danger")
        elif report.cancelled:
            self.progress.finish(
                tr("Cancelled after {done} of {total} images", done=done, total=total),
                shapes,
                good=False,
                fraction=part,
            )
            self.notice.set(tr("What was finished stays. Run again to go on from here."), "warning")
        elif report.failed:
            self.progress.finish(handled, shapes, good=False)
            one = "{n} image could not be done. Everything else is finished."
            many = "{n} images could not be done. Everything else is finished."
            self.notice.set(ntr(one, many, len(report.failed)), "warning")
        else:
            self.progress.finish(handled, shapes)
            self.notice.set(tr("Finished."), "success")
        self.notice.show()
        self.facts.setText(_facts(report.summary))
        self.facts.setVisible(bool(report.summary))


def _shapes_in(event: ItemDone) -> int:
    """Shapes that were added to the image, or written for it."""
    found = event.detail.get("added", event.detail.get("shapes", 0))
    return found if isinstance(found, int) else 0


def _outcome(event: ItemDone) -> str:
    if "added" in event.detail:
        return ntr("{n} shape added", "{n} shapes added", _shapes_in(event))
    if "shapes" in event.detail:
        return ntr("{n} shape", "{n} shapes", _shapes_in(event))
    return "" if event.changed else tr("Nothing to change")


def short_reason(item: str, text: str) -> str:
    """``text`` without the path of ``item`` that it starts with: the line shows the item already."""
    head, colon, rest = text.partition(": ")
    if item and colon and head.replace("\\", "/").endswith(item):
        return rest[:1].upper() + rest[1:]
    return text


def _facts(summary: Mapping[str, Any]) -> str:
    """What the job says of its result, on one line; the rest of its summary is for the command line."""
    parts = [ntr(one, many, summary[key]) for key, (one, many) in _COUNTS.items() if summary.get(key)]
    parts += [tr(text, value=summary[key]) for key, text in _NAMES.items() if summary.get(key)]
    return " · ".join(parts)
