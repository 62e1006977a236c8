"""A user finds images: filter, order, jumps, several at once, the bin and the way back, statistics."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu
from window_driver import Driver

from anylabel_plus.ui import file_requests
from anylabel_plus.ui.dialogs.statistics_dialog import StatisticsDialog
from anylabel_plus.ui.panels.file_filter import toggled
from anylabel_plus.ui.panels.file_list import FileList

Open = Callable[..., Driver]
SQUARE = [[80, 60], [200, 60], [200, 180], [80, 180]]


def label(image: Path, *labels: str, **top: Any) -> None:
    shapes = [
        {"label": name, "points": SQUARE, "shape_type": "polygon", "group_id": None, "flags": {}} for name in labels
    ]
    for shape in shapes:
        if shape["label"].startswith("model "):
            shape["provenance"] = {"source": "model", "score": 0.3}
    data = {"version": "5", "flags": {}, "shapes": shapes, "imagePath": image.name, "imageData": None, **top}
    image.with_suffix(".json").write_text(json.dumps({**data, "imageHeight": 240, "imageWidth": 320}))


@pytest.fixture
def labelled(folder: Path) -> Path:
    label(folder / "image_0.png", "car", checked=True)
    label(folder / "image_1.png", "car", "bus")
    label(folder / "image_3.png", "model dog")
    return folder


def opened(open_window: Open, folder: Path) -> Driver:
    driver = open_window(str(folder))
    driver.until(lambda: driver.session.index.ready, "the index")
    driver.wait()
    return driver


def shown(driver: Driver) -> list[str]:
    model = driver.find("file_list", FileList).model()
    return [str(model.data(model.index(row, 0))) for row in range(model.rowCount())]


def type_filter(driver: Driver, text: str, wanted: Sequence[str]) -> None:
    field = driver.find("file_filter", QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text) if text else field.clear()
    driver.until(lambda: shown(driver) == list(wanted), f"{wanted}, shown are {shown(driver)}")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the next questions are answered with; their texts are put in its place."""
    given = ["delete"]
    monkeypatch.setattr(
        file_requests, "ask", lambda *arguments: given.append(f"{arguments[1]} {arguments[2]}") or given[0]
    )
    return given


def test_the_filter_field_speaks_the_query_language(open_window: Open, labelled: Path) -> None:
    driver = opened(open_window, labelled)
    driver.keys(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert driver.find("file_filter", QLineEdit).hasFocus()
    type_filter(driver, "label:car", ["image_0.png", "image_1.png"])
    assert driver.find("files_panel").header.count.text() == "2"
    type_filter(driver, "label:car -label:bus", ["image_0.png"])
    type_filter(driver, "labelled:no", ["image_2.png", "image_4.png"])
    type_filter(driver, "by:model score:<0.5 checked:no", ["image_3.png"])
    type_filter(driver, "re:_[34]", ["image_3.png", "image_4.png"])
    type_filter(driver, "nothing", [])
    type_filter(driver, "", [f"image_{n}.png" for n in range(5)])


def test_a_wrong_query_is_told_and_the_list_stays(open_window: Open, labelled: Path) -> None:
    driver = opened(open_window, labelled)
    type_filter(driver, "label:car", ["image_0.png", "image_1.png"])
    field, note = driver.find("file_filter", QLineEdit), driver.find("file_filter_note", QLabel)
    QTest.keyClicks(field, " colour:red")
    driver.until(lambda: "colour" in note.text(), "a note")
    assert note.isVisible()
    assert len(shown(driver)) == 2
    field.setText("label:bus")
    driver.until(lambda: shown(driver) == ["image_1.png"] and not note.isVisible(), "the note to go")


def test_next_and_previous_go_through_what_is_shown(open_window: Open, labelled: Path) -> None:
    driver = opened(open_window, labelled)
    type_filter(driver, "labelled:yes -label:bus", ["image_0.png", "image_3.png"])
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_D)
    driver.wait()
    assert driver.session.image_path == labelled / "image_3.png"
    assert not driver.window.actions_["next_image"].isEnabled()
    driver.keys(Qt.Key.Key_A)
    driver.wait()
    assert driver.session.image_path == labelled / "image_0.png"


def test_enter_in_the_field_goes_to_the_list(open_window: Open, labelled: Path) -> None:
    driver = opened(open_window, labelled)
    type_filter(driver, "label:bus", ["image_1.png"])
    driver.keys(Qt.Key.Key_Return)
    assert driver.find("file_list").hasFocus()
    driver.keys(Qt.Key.Key_Down)
    driver.until(lambda: driver.session.image_path == labelled / "image_1.png", "the image")


def test_common_filters_and_orders_are_in_menus(open_window: Open, labelled: Path) -> None:
    driver = opened(open_window, labelled)
    bar = driver.find("files_panel").bar
    driver.until(lambda: bool(bar._labels), "the labels")
    menu: QMenu = bar.filter_menu()
    for name in ("labelled:no", "checked:no", "waiting:yes", "label:car", "-label:car"):
        assert [action for action in menu.findChildren(type(menu.menuAction())) if action.objectName() == name], name
    next(action for action in menu.actions() if action.objectName() == "waiting:yes").trigger()
    driver.until(lambda: shown(driver) == ["image_3.png"], "the filter")
    assert driver.find("file_filter", QLineEdit).text() == "waiting:yes"
    driver.find("file_filter", QLineEdit).clear()
    driver.until(lambda: len(shown(driver)) == 5, "all")
    order: QMenu = bar.order_menu()
    next(action for action in order.actions() if action.objectName() == "count").trigger()
    driver.until(lambda: shown(driver)[-1] == "image_1.png", "the order")
    next(action for action in bar.order_menu().actions() if action.objectName() == "descending").trigger()
    driver.until(lambda: shown(driver)[0] == "image_1.png", "the other order")
    assert toggled("a checked:no", "checked:yes") == "a checked:yes"
    assert toggled("a checked:no", "checked:no") == "a"


def test_a_save_changes_what_passes_the_filter(open_window: Open, labelled: Path) -> None:
    driver = opened(open_window, labelled)
    type_filter(driver, "labelled:no", ["image_2.png", "image_4.png"])
    driver.session.open_row(2)
    driver.wait()
    driver.session.set_label("cat")
    driver.action("rectangle")
    driver.drag((0.3, 0.3), (0.6, 0.6))
    driver.wait()
    assert [shape.label for shape in driver.saved(labelled / "image_2.png").shapes] == ["cat"]
    driver.until(lambda: shown(driver) == ["image_4.png"], "the index to follow")
    type_filter(driver, "label:cat", ["image_2.png"])


def test_changes_of_other_programs_are_noticed(open_window: Open, labelled: Path) -> None:
    driver = opened(open_window, labelled)
    type_filter(driver, "label:lamp", [])
    label(labelled / "image_4.png", "lamp")
    driver.until(lambda: shown(driver) == ["image_4.png"], "the change on disk")
    assert driver.session.files.labelled(4)


def test_jumps_to_what_is_still_to_be_done(open_window: Open, labelled: Path) -> None:
    driver = opened(open_window, labelled)
    for action, wanted in (
        ("next_unlabelled", 2), ("next_unlabelled", 4), ("next_unlabelled", 2), ("previous_unlabelled", 4),
        ("next_unchecked", 1), ("next_unchecked", 2), ("previous_unchecked", 1), ("previous_unchecked", 4),
    ):  # fmt: skip
        driver.action(action)
        driver.until(lambda row=wanted: driver.session.row == row, f"{action} to {wanted}, not {driver.session.row}")
        driver.wait()


def test_the_preset_of_x_anylabeling_has_its_keys_for_jumps(open_window: Open, labelled: Path) -> None:
    driver = opened(open_window, labelled)
    driver.session.settings.set("keys.preset", "X-AnyLabeling")
    driver.canvas.setFocus()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    driver.keys(Qt.Key.Key_D, both)
    driver.until(lambda: driver.session.row == 1, "the next unchecked")
    driver.wait()
    driver.keys(Qt.Key.Key_A, both)
    driver.until(lambda: driver.session.row == 4, "the unchecked before, round the start")


def choose(driver: Driver, *rows: int) -> None:
    view = driver.find("file_list", FileList)
    flags = QItemSelectionModel.SelectionFlag
    view.setCurrentIndex(view.model().index(rows[0], 0))
    for row in rows[1:]:
        view.selectionModel().select(view.model().index(row, 0), flags.Select)
    driver.wait()
    assert driver.session.desk.rows == tuple(sorted(rows))


@pytest.fixture
def bin_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "Trash" / "files"


def test_images_go_to_the_bin_and_come_back(open_window: Open, labelled: Path, bin_: Path, answers: list[str]) -> None:
    before = {path.name: path.read_bytes() for path in labelled.glob("image*")}
    driver = opened(open_window, labelled)
    choose(driver, 1, 3)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_Delete, both)
    driver.wait()
    assert "2 images" in answers[1] and "2 label files" in answers[1]
    assert shown(driver) == ["image_0.png", "image_2.png", "image_4.png"]
    assert {path.name for path in bin_.iterdir()} == {"image_1.png", "image_1.json", "image_3.png", "image_3.json"}
    assert not (labelled / "image_1.png").exists()
    assert not (labelled / "image_1.json").exists()
    assert driver.session.image_path == labelled / "image_2.png"
    driver.action("restore_files")
    driver.wait()
    assert shown(driver) == [f"image_{n}.png" for n in range(5)]
    assert {path.name: path.read_bytes() for path in labelled.glob("image*")} == before
    assert not list(bin_.iterdir())
    assert driver.session.files[driver.session.row].image == driver.session.image_path


def test_nothing_is_deleted_when_the_question_is_closed(
    open_window: Open, labelled: Path, bin_: Path, answers: list[str]
) -> None:
    answers[0] = ""
    driver = opened(open_window, labelled)
    driver.action("delete_image")
    driver.wait()
    assert len(shown(driver)) == 5
    assert not bin_.exists()


def test_an_edit_of_a_deleted_image_goes_with_it(
    open_window: Open, labelled: Path, bin_: Path, answers: list[str]
) -> None:
    driver = opened(open_window, labelled)
    driver.session.set_label("cat")
    driver.action("rectangle")
    driver.drag((0.3, 0.3), (0.6, 0.6))
    driver.action("delete_image")
    driver.wait()
    assert not (labelled / "image_0.json").exists()
    assert "cat" in (bin_ / "image_0.json").read_text()
    assert driver.session.image_path == labelled / "image_1.png"
    assert driver.close()
    assert not (labelled / "image_0.json").exists()


def test_labels_of_several_images_go_to_the_bin(
    open_window: Open, labelled: Path, bin_: Path, answers: list[str]
) -> None:
    driver = opened(open_window, labelled)
    choose(driver, 0, 1, 2)
    driver.action("delete_labels")
    driver.wait()
    assert "2 images" in answers[1]
    assert sorted(path.name for path in labelled.glob("*.json")) == ["image_3.json"]
    driver.until(lambda: driver.session.document is not None and not driver.session.document.shapes, "no shapes")
    assert [driver.session.files.labelled(row) for row in range(5)] == [False, False, False, True, False]
    driver.action("restore_files")
    driver.wait()
    driver.until(lambda: bool(driver.session.document and driver.session.document.shapes), "the shapes back")
    assert sorted(path.name for path in labelled.glob("*.json")) == ["image_0.json", "image_1.json", "image_3.json"]


def test_statistics_count_filter_and_export(open_window: Open, labelled: Path, tmp_path: Path) -> None:
    driver = opened(open_window, labelled)
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    dialog = driver.find("statistics_dialog", StatisticsDialog)
    driver.until(lambda: dialog.model.rowCount() == 3, "the counts")
    assert [(one.name, one.shapes) for one in dialog.model.labels] == [("car", 2), ("bus", 1), ("model dog", 1)]
    assert "person 3" in dialog.sums.text()
    dialog.grab()
    dialog.save(tmp_path / "table.csv")
    rows = list(csv.DictReader((tmp_path / "table.csv").read_text("utf-8-sig").splitlines()))
    assert [(row["name"], row["shapes"], row["images"]) for row in rows] == [
        ("car", "2", "2"), ("bus", "1", "1"), ("model dog", "1", "1"),
    ]  # fmt: skip
    dialog.list.activated.emit(dialog.model.index(1))
    driver.until(lambda: shown(driver) == ["image_1.png"], "the filter of the label")
