"""A job in a child process: events, the end, cancelling, a killed child; options as JSON."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from flat_model import save_image, save_labels

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.jobs import JOBS, options
from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, JobStarted, Note
from anylabel_plus.jobs.process import JobEnded, JobProcess, event_from_json, event_to_json


class Listener:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ends: list[JobEnded] = []
        self.first = threading.Event()

    def event(self, event: Event) -> None:
        self.events.append(event)
        self.first.set()

    def start(self, job: str, **values: object) -> JobProcess:
        return JobProcess(job, values, self.event, self.ends.append)


def test_a_job_reports_its_items_and_its_end(dataset: Path, tmp_path: Path) -> None:
    save_labels(dataset / "a.json", "a.png", make_shape("rectangle", "cat", [(1, 1), (9, 9)]))
    (dataset / "b.png").write_bytes(b"")
    listener = Listener()
    process = listener.start("export", format="coco", dataset=str(dataset), out=str(tmp_path / "out"))
    assert process.wait(60)
    (end,) = listener.ends
    assert (end.error, end.report.done, end.report.cancelled) == ("", 2, False)
    assert [item for item, _ in end.report.failed] == ["b.png"]
    assert end.report.summary["instances"] == 1
    assert listener.events[0] == JobStarted("Export as COCO instances", 3)
    assert not process.running


def test_what_the_user_can_put_right_arrives_as_it_is(tmp_path: Path) -> None:
    listener = Listener()
    assert listener.start("overlays", dataset=str(tmp_path), out=str(tmp_path / "o")).wait(60)
    assert "holds no images" in listener.ends[0].error
    assert listener.ends[0].hint


def many(root: Path, count: int = 400) -> Path:
    save_image(root / "0.png")
    for number in range(1, count):
        os.link(root / "0.png", root / f"{number}.png")
    return root


def test_cancel_stops_after_an_item(tmp_path: Path) -> None:
    listener = Listener()
    process = listener.start("overlays", dataset=str(many(tmp_path / "set")), out=str(tmp_path / "o"))
    assert listener.first.wait(60)
    process.cancel()
    assert process.wait(60)
    (end,) = listener.ends
    assert end.report.cancelled
    assert end.report.done < 400
    assert not end.error


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_job_is_said_once(tmp_path: Path) -> None:
    listener = Listener()
    process = listener.start("overlays", dataset=str(many(tmp_path / "set")), out=str(tmp_path / "o"))
    assert listener.first.wait(60)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(60)
    (end,) = listener.ends
    assert "signal 9" in end.error


@pytest.mark.parametrize(
    "event",
    [
        JobStarted("t", 3),
        ItemDone("a", False, {"n": 1}),
        ItemSkipped("a", "r"),
        ItemFailed("ü", "r"),
        Note("text", "item"),
    ],
)
def test_events_travel(event: Event) -> None:
    assert event_from_json(event_to_json(event)) == event


@pytest.mark.parametrize("job", JOBS)
def test_options_travel_as_json(job: str, tmp_path: Path) -> None:
    kind = JOBS[job].options_type()
    rows = options.rows(kind)
    given = {row.name: row.choices[0] if row.choices else str(tmp_path) for row in rows if row.required}
    value = options.from_json(kind, given)
    assert options.from_json(kind, options.to_json(value)) == value
    assert all(row.label for row in rows)
    assert JOBS[job].icon.startswith("ph.")


@pytest.mark.parametrize("wrong", [{"colour": 1}, {"dataset": "x", "min_score": 7}, {}])
def test_wrong_options_are_refused_as_json(wrong: dict[str, object]) -> None:
    with pytest.raises(UserError):
        options.from_json(JOBS["autolabel"].options_type(), wrong)
