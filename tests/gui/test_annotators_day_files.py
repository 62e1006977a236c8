"""Tasks 1 to 3 and 48 to 60 of an annotator's day: images, files, models, export (see test_annotators_day)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from by_hand import CORNERS, command, draw_box, draw_polygon, labels, near, only, set_label
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from window_driver import PATIENCE_S, Driver

Open = Callable[..., Driver]


def type_path(path: Path) -> None:
    """Once the dialog of files is there: paste a path, accept."""

    end = time.monotonic() + PATIENCE_S

    def step() -> None:
        dialogs = [w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()]
        field = dialogs[0].findChild(QLineEdit, "fileNameEdit") if dialogs else None
        if field is not None and field.text() == str(path):
            QTimer.singleShot(20, step)
            dialogs[0].accept()
            typed.append(True)
        elif field is not None:
            # At once: while a path is typed, the dialog goes on its own into folders that are complete already.
            field.setText(str(path))
            QTimer.singleShot(50, step)
        elif not typed and time.monotonic() < end:
            QTimer.singleShot(20, step)
        if dialogs and time.monotonic() > end:
            dialogs[0].reject()

    typed: list[bool] = []
    QTimer.singleShot(20, step)


@pytest.fixture
def no_native_dialogs() -> None:
    """Qt's own dialog of files, which can be typed into on every system."""
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)


@pytest.mark.usefixtures("no_native_dialogs")
def test_task_01_open_a_folder(open_window: Open, folder: Path) -> None:
    driver = open_window()
    type_path(folder)
    driver.press("Ctrl+U")
    driver.wait()
    assert driver.session.folder == folder and driver.session.image_path == folder / "image_0.png"


@pytest.mark.usefixtures("no_native_dialogs")
def test_task_02_open_an_image(open_window: Open, folder: Path) -> None:
    driver = open_window()
    type_path(folder / "image_3.png")
    driver.press("Ctrl+O")
    driver.wait()
    assert driver.session.image_path == folder / "image_3.png"
    assert len(driver.session.files) == 5


def test_task_03_leaf_through_the_images(hands: Driver, folder: Path) -> None:
    seen = []
    for key in ("D", "Ctrl+Shift+D", "PgDown", "A", "Ctrl+Shift+A", "PgUp"):
        hands.press(key)
        hands.wait()
        seen.append(hands.session.row)
    assert seen == [1, 2, 3, 2, 1, 0]
    assert not list(folder.glob("*.json")), "leafing writes nothing"


def test_task_48_shapes_of_the_previous_image_are_kept(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.press("Ctrl+P", "D")
    hands.wait()
    assert len(hands.session.document.shapes) == 1
    draw_box(hands, (0.7, 0.7), (0.9, 0.9))
    other = image.with_name("image_1.png")
    assert len(hands.in_file(other)) == 2
    # An image that was emptied on purpose stays empty when it is shown again.
    hands.press("Ctrl+A", "Delete")
    hands.wait()
    hands.press("A")
    hands.wait()
    hands.press("D")
    hands.wait()
    assert hands.session.document.shapes == () and hands.in_file(other) == []


def test_task_49_same_as_the_image_before(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.press("D")
    hands.wait()
    draw_box(hands, (0.7, 0.7), (0.9, 0.9))
    hands.press("Ctrl+Alt+D")
    hands.wait()
    other = image.with_name("image_1.png")
    assert [shape["shape_type"] for shape in hands.in_file(other)] == ["rectangle", "polygon"]
    hands.press("Ctrl+Z")
    assert len(hands.in_file(other)) == 1


def test_task_50_all_labels_of_an_image_are_deleted_and_come_back(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    draw_box(hands, (0.7, 0.7), (0.9, 0.9))
    before = hands.in_file(image)
    hands.press("Ctrl+Delete")
    hands.wait()
    assert hands.in_file(image) == []
    hands.press("Ctrl+Z")
    assert hands.in_file(image) == before


def test_task_51_undo_goes_on_where_an_image_was_left(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    draw_box(hands, (0.7, 0.7), (0.9, 0.9))
    hands.press("D")
    hands.wait()
    draw_polygon(hands)
    hands.press("A")
    hands.wait()
    hands.press("Ctrl+Z")
    assert near(only(hands, image)["points"], CORNERS)
    hands.press("Ctrl+Z")
    assert hands.in_file(image) == []
    hands.press("Ctrl+Shift+Z", "Ctrl+Shift+Z")
    assert len(hands.in_file(image)) == 2
    assert len(hands.in_file(image.with_name("image_1.png"))) == 1


@pytest.mark.usefixtures("no_native_dialogs")
def test_task_54_save_by_hand_and_save_a_copy(hands: Driver, image: Path, tmp_path: Path) -> None:
    command(hands, "save automatically")
    draw_polygon(hands)
    hands.wait()
    assert not image.with_suffix(".json").exists()
    hands.press("Ctrl+S")
    assert len(hands.in_file(image)) == 1
    copy = tmp_path / "copy.json"
    type_path(copy)
    hands.press("Ctrl+Shift+S")
    hands.wait()
    assert json.loads(copy.read_text("utf-8"))["shapes"] == hands.in_file(image)


@pytest.mark.parametrize(
    ("preset", "keys"),
    [
        ("X-AnyLabeling", {"Ctrl+R": "cuboid", "Ctrl+N": "brush", "O": "rotation"}),
        ("labelme", {"Ctrl+R": "rectangle", "Ctrl+N": "polygon"}),
        ("CVAT-like", {"N": None, "Shift+K": None}),
    ],
)
def test_task_55_keys_of_other_programs(hands: Driver, preset: str, keys: dict[str, str | None]) -> None:
    hands.session.settings.set("keys.preset", preset)
    hands.wait()
    for key, tool in keys.items():
        hands.press(key)
        assert tool is None or hands.session.tool == tool, key
    hands.press("F" if preset == "CVAT-like" else "D")
    hands.wait()
    assert hands.session.row == 1


def test_task_57_light_and_dark(hands: Driver) -> None:
    command(hands, "light theme")
    assert hands.session.settings.get("appearance.theme") == "light"
    command(hands, "dark theme")
    assert hands.session.settings.get("appearance.theme") == "dark"


def test_task_58_zoom_by_keys(hands: Driver) -> None:
    hands.press("Ctrl+0")
    assert hands.canvas.scale == pytest.approx(1.0)
    hands.press("Ctrl++")
    larger = hands.canvas.scale
    hands.press("Ctrl+-", "Ctrl+-")
    assert hands.canvas.scale < 1.0 < larger
    hands.press("Ctrl+F")
    assert hands.canvas.scale > 1.0


def test_task_59_a_model_finds_the_object(hands: Driver, image: Path) -> None:
    hands.session.settings.set("assist.model", "classic")
    hands.wait()
    hands.press("Q")
    hands.click(0.4, 0.5)
    hands.until(lambda: bool(hands.session.candidates), "a candidate")
    hands.press("F")
    shape = only(hands, image)
    assert shape["label"] == "car" and len(shape["points"]) >= 4
    set_label(hands, "red square")
    assert labels(hands, image) == ["red square"]


def test_task_60_export_and_quit(hands: Driver, image: Path, tmp_path: Path) -> None:
    draw_box(hands, (0.25, 0.25), (0.75, 0.75))
    hands.press("Ctrl+Shift+E")
    dialog = hands.find("dialog_export")
    assert dialog.isVisible()
    dialog.close()
    hands.window.activateWindow()
    hands.wait()
    hands.canvas.setFocus()
    hands.press("Ctrl+Q")
    hands.until(lambda: not hands.window.isVisible(), "the end")
    assert len(json.loads(image.with_suffix(".json").read_text("utf-8"))["shapes"]) == 1
