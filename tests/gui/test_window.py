"""The main job of the window through its real entry: open, draw, save, undo, go on, fail, recover, close."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from anylabel_plus import files, paths
from anylabel_plus.formats import native
from anylabel_plus.inference import DEFAULT_MODEL
from anylabel_plus.ui import decisions
from anylabel_plus.ui.session.engine import RESTARTED

Open = Callable[..., Any]

LABELS = """{
  "version": "0.4.36",
  "flags": {},
  "shapes": [
    {
      "label": "cat",
      "text": "",
      "points": [[80.0, 60], [200.5, 60.0], [200.0, 180.0], [80.0, 180.0]],
      "group_id": null,
      "shape_type": "polygon",
      "flags": {},
      "mine": {"kept": [1, 2.50]}
    }
  ],
  "imagePath": "image_1.png",
  "imageData": null,
  "imageHeight": 240,
  "imageWidth": 320,
  "text": ""
}"""


@pytest.fixture
def labelled(folder: Path) -> Path:
    """The folder with a label file beside its second image."""
    (folder / "image_1.json").write_text(LABELS)
    return folder


def answer(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Answer the questions of the window in this order; gives back the titles that were asked."""
    asked: list[str] = []
    left = list(answers)

    def ask(_parent: object, title: str, *_: object) -> str:
        asked.append(title)
        return left.pop(0)

    def ask_conflict(parent: object, _session: object, file: Any) -> tuple[str, None]:
        return ask(parent, f"{file.path.name} was changed by another program"), None

    monkeypatch.setattr(decisions, "ask", ask)
    monkeypatch.setattr(decisions, "ask_conflict", ask_conflict)
    return asked


def test_open_draw_save_and_read_back(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    assert [item.name for item in driver.session.files] == [f"image_{n}.png" for n in range(5)]
    assert driver.session.image_path == folder / "image_0.png"
    driver.session.set_label("box")
    driver.action("rectangle")
    driver.drag((0.25, 0.25), (0.625, 0.75))
    driver.wait()
    shape = driver.saved(folder / "image_0.png").shapes[0]
    assert (shape.kind, shape.label, shape.provenance) == ("rectangle", "box", None)
    assert sorted(shape.points.ravel()) == pytest.approx([60, 80, 180, 200], abs=1.5)
    assert driver.session.save_state == "saved"
    assert driver.session.files.labelled(0) is True
    assert driver.close()


def test_opening_and_leafing_writes_nothing(open_window: Open, labelled: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in labelled.iterdir()}
    driver = open_window(str(labelled))
    for _ in range(4):
        driver.action("next_image")
        driver.wait()
    assert driver.close()
    assert {path.name: path.stat().st_mtime_ns for path in labelled.iterdir()} == before


def test_undo_to_the_opened_state_gives_the_original_bytes(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled / "image_1.png"))
    shape = driver.session.document.shapes[0]
    driver.click(0.4, 0.5)
    assert driver.session.selection == {shape.id}
    driver.keys(Qt.Key.Key_Right)
    driver.wait()
    moved = (labelled / "image_1.json").read_text()
    assert moved != LABELS
    assert '"mine": {"kept": [1, 2.50]}' in moved
    driver.action("undo")
    driver.wait()
    assert (labelled / "image_1.json").read_text() == LABELS
    assert driver.close()


def test_undo_survives_leafing(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled / "image_1.png"))
    driver.action("select_all")
    driver.action("delete")
    driver.wait()
    assert not driver.saved(labelled / "image_1.png").shapes
    driver.action("next_image")
    driver.wait()
    assert not driver.session.can_undo
    driver.action("previous_image")
    driver.wait()
    driver.action("undo")
    driver.wait()
    assert (labelled / "image_1.json").read_text() == LABELS


def test_next_and_previous_stop_at_the_ends(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    assert not driver.window.actions_["previous_image"].isEnabled()
    for expected in (1, 2, 3, 4):
        driver.keys("d")
        driver.wait()
        assert driver.session.row == expected
    driver.app.processEvents()
    assert not driver.window.actions_["next_image"].isEnabled()
    driver.session.next_image()
    assert driver.session.row == 4
    driver.keys("a")
    driver.wait()
    assert driver.session.image_path.name == "image_3.png"


def test_a_failed_save_keeps_the_edit(open_window: Open, labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = open_window(str(labelled / "image_1.png"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(files, "write_atomic", full)
        driver.action("select_all")
        driver.action("delete")
        driver.wait()
        assert driver.session.save_state == "not_saved"
        assert (labelled / "image_1.json").read_text() == LABELS
        assert any("image_1.json" in text and "No space left" in text for text in driver.texts("error"))
        # Leafing away does not lose it, closing asks.
        driver.action("next_image")
        driver.wait()
        driver.action("previous_image")
        driver.wait()
        assert driver.session.document.shapes == ()
        asked = answer(monkeypatch, "stay")
        assert not driver.close()
        assert asked == ["1 label file not saved"]
    driver.action("save")
    driver.wait()
    assert driver.session.save_state == "saved"
    assert not driver.saved(labelled / "image_1.png").shapes
    assert driver.close()


def test_discarding_unsaved_edits_on_close(open_window: Open, labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = open_window(str(labelled / "image_1.png"))
    driver.session.settings.set("files.autosave", False)
    driver.action("select_all")
    driver.action("delete")
    driver.wait()
    assert driver.session.dirty
    assert driver.window.windowTitle().startswith("• ")
    asked = answer(monkeypatch, "discard")
    assert driver.close()
    assert asked == ["1 label file not saved"]
    assert (labelled / "image_1.json").read_text() == LABELS
    assert not list(paths.user_state("recovery").glob("*.recovery"))


@pytest.mark.parametrize("choice", ["mine", "theirs", "copy"])
def test_a_file_changed_by_another_program(
    open_window: Open, labelled: Path, monkeypatch: pytest.MonkeyPatch, choice: str
) -> None:
    path = labelled / "image_1.json"
    driver = open_window(str(labelled / "image_1.png"))
    theirs = LABELS.replace('"cat"', '"dog"')
    files.write_atomic(path, theirs.encode())
    asked = answer(monkeypatch, choice)
    driver.action("select_all")
    driver.action("delete")
    driver.wait()
    assert asked == ["image_1.json was changed by another program"]
    if choice == "mine":
        assert not native.read(path).shapes
    else:
        assert path.read_text() == theirs
        assert [shape.label for shape in driver.session.document.shapes] == ["dog"]
    assert (labelled / "image_1 (mine).json").exists() == (choice == "copy")
    assert driver.close()


def test_a_broken_label_file_is_shown_and_left_alone(open_window: Open, labelled: Path) -> None:
    (labelled / "image_1.json").write_text('{"shapes": [')
    driver = open_window(str(labelled / "image_1.png"))
    assert driver.session.document is None
    assert "image_1.json" in driver.session.problem
    assert not driver.window.actions_["rectangle"].isEnabled()
    said = driver.find("shapes_panel").empty  # type: ignore[attr-defined]
    assert said.title.text() == "Labels cannot be shown" and "image_1.json" in said.text.text()
    driver.action("next_image")
    driver.wait()
    assert driver.session.document is not None
    assert (labelled / "image_1.json").read_text() == '{"shapes": ['


def test_a_broken_image_is_an_error_and_not_the_end(open_window: Open, folder: Path) -> None:
    (folder / "image_1.png").write_bytes(b"this is no picture")
    driver = open_window(str(folder))
    driver.action("next_image")
    driver.wait()
    assert driver.session.picture is None
    assert "image_1.png" in driver.session.problem
    page = driver.window.pages.currentWidget()
    assert page.objectName() == "nothing_to_show" and page.broken.title.text() == "image_1.png cannot be shown"
    page.next.click()
    driver.wait()
    assert driver.session.picture is not None
    assert driver.window.pages.currentWidget() is driver.canvas


def test_an_empty_folder_says_so_where_the_image_would_be(open_window: Open, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    driver = open_window(str(tmp_path / "bare"))
    page = driver.window.pages.currentWidget()
    assert page.objectName() == "nothing_to_show" and page.empty.title.text() == "bare has no images"


def test_another_theme_moves_nothing(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.window.show()
    driver.wait()
    places = [driver.find(name).geometry() for name in ("tool_strip", "foot", "canvas")]
    for mode in ("light", "dark"):
        driver.action(f"theme_{mode}")
        driver.wait()
        assert [driver.find(name).geometry() for name in ("tool_strip", "foot", "canvas")] == places
        assert driver.find("foot").height() == driver.window.status.height()


def test_tabs_count_and_an_assist_tool_makes_its_room_at_once(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled / "image_1.png"))
    driver.until(lambda: driver.window.docks["shapes"].windowTitle() == "Shapes  1", "the count in the tab")
    assert driver.window.docks["shapes"].toggleViewAction().text() == "Shapes"
    driver.action("assist_point")
    driver.wait()
    room = driver.canvas.view
    strip = driver.find("candidate_strip")
    assert room.oy + 240 * room.scale <= driver.canvas.height() - strip.used_height  # type: ignore[attr-defined]
    driver.click(0.4, 0.4)
    driver.wait()
    assert driver.session.candidates and driver.canvas.view == room


def test_points_candidates_and_accepting(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.session.set_label("square")
    driver.action("assist_box")
    driver.drag((0.2, 0.2), (0.68, 0.8))
    driver.wait()
    assert driver.session.candidates, driver.messages
    driver.action("assist_finish")
    driver.wait()
    shape = driver.saved(folder / "image_0.png").shapes[0]
    assert (shape.kind, shape.label) == ("polygon", "square")
    assert shape.provenance is not None
    assert (shape.provenance.source, shape.provenance.model, shape.provenance.reviewed) == (
        "model",
        DEFAULT_MODEL,
        True,
    )
    assert shape.points.min(axis=0) == pytest.approx([80, 60], abs=6)
    assert shape.points.max(axis=0) == pytest.approx([200, 180], abs=6)
    assert driver.session.prompt.empty
    driver.action("undo")
    driver.wait()
    assert not driver.session.document.shapes
    assert not (folder / "image_0.json").exists()


def test_a_killed_worker_is_replaced(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.action("assist_box")
    driver.drag((0.2, 0.2), (0.68, 0.8))
    driver.wait()
    first = driver.session.worker_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    driver.until(lambda: RESTARTED in driver.texts("warning"), "the news of the restart")
    driver.wait()
    driver.action("assist_run")
    driver.wait()
    assert driver.session.candidates
    assert driver.session.worker_pid not in (None, first)
    assert driver.session.document is not None


CRASH = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from window_driver import Driver
from anylabel_plus import files
def full(*_, **__): raise OSError(28, "No space left on device")
driver = Driver(sys.argv[1])
files.write_atomic = full
driver.action("select_all")
driver.action("delete")
driver.wait()
os._exit(9)
"""


def test_edits_of_a_crashed_window_are_offered(
    open_window: Open, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = str(Path(__file__).parent)
    script = [sys.executable, "-c", CRASH, str(labelled / "image_1.png"), here]
    crashed = subprocess.run(script, capture_output=True, text=True, timeout=120, check=False)
    assert crashed.returncode == 9, crashed.stderr
    assert (labelled / "image_1.json").read_text() == LABELS
    asked = answer(monkeypatch, "recover")
    driver = open_window(str(labelled / "image_1.png"))
    driver.until(lambda: bool(asked), "the offer")
    driver.wait()
    assert asked == ["1 label file to recover"]
    assert not native.read(labelled / "image_1.json").shapes
    assert driver.session.document.shapes == ()
    driver.action("undo")
    driver.wait()
    assert (labelled / "image_1.json").read_text() == LABELS
    assert driver.close()


def test_a_dropped_folder_opens(open_window: Open, folder: Path) -> None:
    driver = open_window()
    assert driver.session.folder is None
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    none = Qt.KeyboardModifier.NoModifier
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, none)
    QApplication.sendEvent(driver.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(driver.window, QDropEvent(QPointF(5, 5), copy, data, left, none))
    driver.wait()
    assert driver.session.folder == folder
    assert driver.window.state.recent == [folder]


def test_copy_and_paste_between_images(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled / "image_1.png"))
    driver.action("select_all")
    driver.action("copy")
    driver.action("next_image")
    driver.wait()
    driver.action("paste")
    driver.wait()
    data = json.loads((labelled / "image_2.json").read_text())
    assert data["shapes"][0]["label"] == "cat"
    assert data["imagePath"] == "image_2.png"


def test_layout_and_folder_are_remembered(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.window.docks["labels"].close()
    assert driver.close()
    again = open_window()
    assert not again.window.docks["labels"].isVisible()
    assert again.window.state.recent == [folder]
    again.action("reset_layout")
    assert not again.window.docks["labels"].isHidden()


def test_every_request_is_bound_and_every_tool_exists(open_window: Open) -> None:
    from anylabel_plus.ui.actions import ACTIONS, BY_ID, TOOL_STRIP, TOOL_STRIP_FOOT
    from anylabel_plus.ui.canvas.tools import TOOLS
    from anylabel_plus.ui.icons import icon

    driver = open_window()
    assert driver.window.actions_.unbound == []
    assert len(BY_ID) == len(ACTIONS)
    assert {row.tool for row in ACTIONS if row.tool} <= set(TOOLS)
    assert {name for group in (*TOOL_STRIP, TOOL_STRIP_FOOT) for name in group} <= set(BY_ID)
    for row in ACTIONS:
        if row.icon:
            icon(row.icon)


def test_the_idle_window_has_loaded_nothing_heavy(home: Path) -> None:
    code = (
        "import sys\nfrom anylabel_plus.ui.app import build\napp, window = build([])\n"
        "for _ in range(50): app.processEvents()\n"
        "print([name for name in ('cv2', 'PIL', 'onnxruntime', 'qtawesome', 'yaml') if name in sys.modules])\n"
        "window.close()\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.strip() == "[]", result.stderr


def test_a_label_file_opens_its_image(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled / "image_1.json"))
    assert driver.session.image_path == labelled / "image_1.png"
    assert driver.session.row == 1
    assert [shape.label for shape in driver.session.document.shapes] == ["cat"]


def test_label_colours_stay(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled / "image_0.png"))
    for label in ("zebra", "ant"):
        driver.session.set_label(label)
        driver.action("rectangle")
        driver.drag((0.1, 0.1), (0.3, 0.3))
        driver.wait()
    colours = {label: driver.session.labels.color(label) for label in ("zebra", "ant")}
    assert driver.close()
    again = open_window(str(labelled / "image_1.png"))
    again.action("previous_image")
    again.wait()
    assert {label: again.session.labels.color(label) for label in ("zebra", "ant")} == colours
    assert again.session.labels.color("cat") not in colours.values()


def test_a_job_shows_on_the_open_image_as_one_undoable_edit(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled / "image_1.png"))
    driver.action("job_enrich")
    dialog = driver.find("dialog_enrich")
    before = LABELS.replace('"shape_type": "polygon"', '"shape_type": "rectangle"').replace(
        "[[80.0, 60], [200.5, 60.0], [200.0, 180.0], [80.0, 180.0]]", "[[90.0, 60], [210.0, 180.0]]"
    )
    files.write_atomic(labelled / "image_1.json", before.encode())
    driver.session.reload_labels("Load the changed file")
    driver.wait()
    dialog.run()
    driver.until(lambda: not dialog.runner.running and driver.session.is_idle, "the end of the job")
    driver.until(lambda: len(driver.session.document.shapes) == 2, "the masks of the job on the canvas")
    box, mask = driver.session.document.shapes
    assert (box.kind, mask.kind, mask.label) == ("rectangle", "mask", "cat")
    assert driver.session.undo_name == "Boxes to masks"
    driver.action("undo")
    driver.wait()
    assert (labelled / "image_1.json").read_text() == before
    dialog.close()


def test_the_palette_is_as_high_as_what_it_found(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.window.open_palette()
    palette = driver.find("command_palette")
    high = palette.height()
    driver.find("palette_query").setText("light theme")  # type: ignore[attr-defined]
    low = palette.height()
    driver.find("palette_query").setText("qzqzqz")  # type: ignore[attr-defined]
    assert palette.height() <= low < high
    assert palette._model.rows[0].title == "Nothing found"  # type: ignore[attr-defined]
    driver.keys(Qt.Key.Key_Return)
