"""Dialogs are generated from their rows, and jobs run from them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.formats import WRITABLE
from anylabel_plus.jobs import JOBS
from anylabel_plus.jobs import options as job_options
from anylabel_plus.jobs.base import ItemDone, ItemFailed, JobStarted, Note, Report
from anylabel_plus.jobs.process import JobEnded
from anylabel_plus.settings import SETTINGS, Settings
from anylabel_plus.ui import theme, words
from anylabel_plus.ui.dialogs.frame import short_path
from anylabel_plus.ui.dialogs.job_dialog import JobDialog
from anylabel_plus.ui.dialogs.job_report import JobReport, short_reason
from anylabel_plus.ui.dialogs.runs_dialog import RunsDialog
from anylabel_plus.ui.dialogs.settings_dialog import SettingsDialog
from anylabel_plus.ui.requests import open_job_dialog
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.widgets.dialog import Dialog
from anylabel_plus.ui.widgets.progress import Progress
from anylabel_plus.ui.widgets.toast import Toasts

PATIENCE_S = 60.0


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        QApplication.processEvents()
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Dialogs are held by connections of their own, which no collector sees, and each slows every later window."""
    yield
    for widget in qapp.topLevelWidgets():
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def session(home: Path, qapp: QApplication, folder: Path) -> Iterator[Session]:
    theme.apply(qapp, "dark")
    one = Session(Settings())
    one.open_folder(folder)
    until(lambda: one.is_idle and one.document is not None and len(one.files) == 5)
    yield one
    one.shut_down()


# Settings and keys ------------------------------------------------------------------------------


def test_every_setting_has_its_field_and_acts_at_once(home: Path, qapp: QApplication) -> None:
    settings = Settings()
    dialog = SettingsDialog(settings)
    shown = {row.key for row in SETTINGS if not (row.removed or row.renamed_to)}
    assert set(dialog._rows) == shown
    for setting in SETTINGS:
        if setting.key in shown:
            assert dialog._rows[setting.key].field.value() == setting.default, setting.key
    dialog._rows["canvas.crosshair"].field.set_value(False)
    dialog._rows["cache.memory_mb"].field.set_value(1024)
    dialog._rows["assist.output"].field._part._group.button(1).click()  # type: ignore[attr-defined]
    again = Settings(settings.path)
    assert again.get("canvas.crosshair") is False
    assert again.get("cache.memory_mb") == 1024
    assert again.get("assist.output") == "mask"


def test_a_section_is_reset_alone(home: Path, qapp: QApplication) -> None:
    settings = Settings()
    settings.set("canvas.crosshair", False)
    settings.set("models.threads", 3)
    dialog = SettingsDialog(settings, None, "canvas")
    dialog._reset()
    assert settings.get("canvas.crosshair") is True
    assert settings.get("models.threads") == 3


def test_a_setting_that_cannot_be_saved_says_so(
    home: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings()
    dialog = SettingsDialog(settings)
    blocked = home / "file"
    blocked.write_text("no folder")
    settings.path = blocked / "settings.json"
    dialog._rows["canvas.crosshair"].field.set_value(False)
    assert "settings were not saved" in dialog.note.text()


# Jobs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("job_id", [row.id for row in JOBS.values() if row.faces])
def test_every_job_has_a_dialog_with_its_options(session: Session, job_id: str) -> None:
    dialog = JobDialog(session, job_id)
    given = {"dataset", "format"} if job_id != "import" else {"format"}
    for option in job_options.rows(JOBS[job_id].options_type()):
        if option.only == "cli" or option.name in given:
            continue
        field = dialog.form.fields[option.name]
        if not option.required and option.default is not None:
            value = field.value()
            assert (list(value) if isinstance(value, tuple) else value) == (
                list(option.default) if isinstance(option.default, tuple) else option.default
            ), option.name


def test_options_of_one_format_are_shown_for_it_alone(session: Session, tmp_path: Path) -> None:
    dialog = JobDialog(session, "export")
    dialog.show()
    dialog.form.findChild(QWidget, "out").set_value(tmp_path / "out")  # type: ignore[union-attr]
    rle, one_based = dialog.form.fields["rle"], dialog.form.fields["voc_one_based"]
    order = list(WRITABLE)
    assert dialog.formats is not None and order[0] == "coco"
    assert not rle.isHidden() and one_based.isHidden()
    rle.set_value(True)
    assert dialog.form.values()["rle"] is True and "voc_one_based" not in dialog.form.values()
    dialog.formats.choose(order.index("voc"))
    assert rle.isHidden() and not one_based.isHidden()
    assert "rle" not in dialog.form.values(), "what belongs to another format is not taken along"
    dialog.formats.choose(order.index("yolo-detect"))
    assert rle.isHidden() and one_based.isHidden()
    dialog.formats.choose(order.index("coco"))
    assert dialog.form.values()["rle"] is True
    dialog.close()


def test_what_is_missing_is_said_and_outlined(session: Session) -> None:
    dialog = JobDialog(session, "export")
    dialog.run()
    assert not dialog.runner.running
    assert dialog.note.text() == "Folder is missing."
    assert dialog.form.fields["out"].edit.property("error") is True  # type: ignore[attr-defined]


def test_an_export_runs_and_reports(session: Session, folder: Path, tmp_path: Path) -> None:
    square = make_shape("rectangle", "cat", [[20, 20], [80, 90]])
    session.apply("Draw", lambda document: add_shapes(document, [square]))
    (folder / "image_4.png").write_bytes(b"broken")
    dialog = JobDialog(session, "export")
    dialog.show()
    assert dialog.run_button.text() == "Export 5 images"
    dialog.form.fields["out"].set_value(tmp_path / "out")
    dialog.run()
    assert dialog.runner.running
    until(lambda: not dialog.runner.running)
    data = json.loads(next((tmp_path / "out").rglob("*.json")).read_bytes())
    assert [one["bbox"] for one in data["annotations"]] == [[20, 20, 60, 70]]
    assert dialog.report.failed.text == "1 failed"
    assert "1 image could not be done" in dialog.report.notice.text()
    assert not dialog.open_out.isHidden()
    dialog.close()
    assert not dialog.isVisible()


def test_auto_label_changes_the_open_image_as_one_edit(session: Session, folder: Path) -> None:
    dialog = JobDialog(session, "autolabel")
    dialog.form.fields["label"].set_value("thing")
    dialog.show()
    dialog.run()
    until(lambda: not dialog.runner.running)
    until(lambda: session.is_idle)
    assert session.document is not None
    found = session.document.shapes
    assert found and all(shape.label == "thing" and shape.provenance is not None for shape in found)
    assert session.files.labelled(0) is True
    session.undo()
    assert session.document.shapes == ()
    dialog.close()


def test_escape_cancels_a_run_before_it_closes(session: Session) -> None:
    dialog = JobDialog(session, "autolabel")
    dialog.show()
    dialog.run()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    until(lambda: not dialog.runner.running)
    assert dialog.report.progress._left.text()
    assert not dialog.run_button.isHidden() and dialog.run_button.text() == "Go on"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_dialog_is_opened_once(session: Session, qapp: QApplication) -> None:
    window = QWidget()
    first = open_job_dialog(window, session, "export")
    assert open_job_dialog(window, session, "export") is first
    other = open_job_dialog(window, session, "rollback")
    assert isinstance(other, RunsDialog)
    assert len(window.findChildren(QDialog)) == 2
    window.deleteLater()


def test_a_run_is_rolled_back(session: Session, folder: Path) -> None:
    dialog = JobDialog(session, "autolabel")
    dialog.run()
    until(lambda: not dialog.runner.running)
    assert (folder / "image_0.json").exists()
    until(lambda: session.is_idle)
    runs = RunsDialog(session)
    runs.show()
    until(runs.roll_back.isEnabled)
    assert runs.roll_back.text() == "Roll back 5 files"
    runs.roll_back.click()
    assert session._expecting == 1  # the look at the disk must not take the files for another program's
    until(lambda: not runs._working)
    assert session._expecting == 0
    assert runs.notice.text() == "5 files rolled back."
    assert not (folder / "image_0.json").exists()
    assert session.files.labelled(0) is False
    runs.close()


def test_no_runs_is_an_empty_state(session: Session) -> None:
    runs = RunsDialog(session)
    assert not runs.roll_back.isEnabled()
    assert runs._list is None


def test_the_report_counts_and_lists(qapp: QApplication) -> None:
    report = JobReport()
    report.start("Starting export")
    report.add([JobStarted("Export", 4), ItemDone("a.png"), ItemDone("b.png", changed=False)])
    report.add([ItemFailed("c.png", "/data/c.png: file is truncated."), Note("2 holes joined", "a.png")])
    assert report.progress._left.text() == "3 of 4 images"
    assert (report.changed.text, report.failed.text) == ("1 changed", "1 failed")
    assert report.events.as_text() == "c.png: File is truncated.\na.png: 2 holes joined"
    assert report.left.remark.text() == "1 image left"
    assert report.finished.as_text() == "b.png: Nothing to change\na.png"
    report.add([ItemDone("d.png", detail={"added": 3})])
    assert report.finished.as_text().startswith("d.png: 3 shapes added")
    assert report.progress._extra.text() == "· 3 shapes"
    ended = Report(total=4, done=3, changed=2, failed=[("c.png", "x")])
    report.finish(JobEnded(ended, error="The job's process died.", hint="Run it again."))
    assert report.notice.text() == "The job's process died. Run it again."


def test_paths_are_shown_by_their_last_names() -> None:
    assert short_path(Path("/data/mai/portraits/images")) == "portraits / images"
    assert short_path(Path("/data")) == "data"
    assert (short_path(Path("/")), short_path(None)) == ("/", "")


def test_reasons_do_not_repeat_the_item() -> None:
    assert short_reason("a/b.png", "/x/a/b.png: not an image") == "Not an image"
    assert short_reason("b.png", "No weights: pull them") == "No weights: pull them"


# Progress, toasts, words ---------------------------------------------------------------


def test_progress_says_done_total_rate_and_time_left(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("anylabel_plus.ui.widgets.progress.time.monotonic", lambda: now[0])
    progress = Progress("images")
    progress.start(1280)
    now[0] += 0.5
    progress.set(10)
    assert progress._right.text() == ""
    now[0] += 12.5
    progress.set(338)
    assert progress._left.text() == "338 of 1,280 images"
    assert progress._right.text() == "26 images/s · 36 s left"


def test_toasts_at_most_two_and_never_the_same_twice(qapp: QApplication) -> None:
    host = QWidget()
    host.resize(900, 600)
    toasts = Toasts(host)
    ran: list[str] = []
    toasts.show("info", "One")
    toasts.show("info", "One")
    assert len(toasts.shown) == 1
    toasts.show("warning", "Two")
    third = toasts.show("error", "Three", "It failed.", ("Retry", lambda: ran.append("again")))
    assert [toast.key[1] for toast in toasts.shown] == ["Two", "Three"]
    third._act(lambda: ran.append("again"))
    assert ran == ["again"]
    assert [toast.key[1] for toast in toasts.shown] == ["Two"]
    host.deleteLater()


@pytest.mark.parametrize(
    ("shortcut", "shown"),
    [("Ctrl+K", "Ctrl K"), ("Return", "Enter"), ("Escape", "Esc"), ("Delete", "Del"), ("Ctrl++", "Ctrl +"), ("+", "+")],
)
def test_keys_are_written_as_on_the_keyboard(qapp: QApplication, shortcut: str, shown: str) -> None:
    assert words.keys(shortcut) == shown


def test_numbers_have_units_and_separators() -> None:
    assert words.number(1280) == "1,280"
    assert words.file_size(1) == "1 byte"
    assert words.duration(125) == "2 min 5 s"
    assert words.duration(3900) == "1 h 5 min"
    assert words.file_size(38_400_000) == "38 MB"


def test_a_closed_dialog_hands_the_keyboard_back_without_a_window_manager(qapp: QApplication) -> None:
    calls: list[bool] = []

    class Window(QWidget):
        def activateWindow(self) -> None:
            calls.append(True)

    window = Window()
    window.show()
    dialog = Dialog(window)
    dialog.show()
    QWidget.activateWindow(dialog)
    for _ in range(50):
        qapp.processEvents()
        if dialog.isActiveWindow():
            break
        QTest.qWait(10)
    assert dialog.isActiveWindow() and not calls
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert calls == [True]
    dialog.deleteLater()
    window.close()
