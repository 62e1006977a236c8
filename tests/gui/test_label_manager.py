"""The user keeps the labels of a data set in order: names, colours, order, keys, and the way back from each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from anylabel_plus.core.attributes import Attribute
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.formats import native
from anylabel_plus.settings import Settings
from anylabel_plus.ui.widgets.buttons import Button

Open = Callable[..., Any]
ALT = Qt.KeyboardModifier.AltModifier


def box(label: str, x: float = 10, **fields: Any) -> Shape:
    return make_shape("rectangle", label, [[x, 10], [x + 40, 60]], **fields)


@pytest.fixture
def labelled(folder: Path) -> Path:
    """Three of the five images have shapes."""
    for number, labels in enumerate((("cat", "dog"), ("cat",), ("bird", "cat", "cot"))):
        image = folder / f"image_{number}.png"
        document = native.new_document(image.name, 320, 240)
        shapes = [box(label, 20 + 60 * n) for n, label in enumerate(labels)]
        image.with_suffix(".json").write_bytes(native.serialize(add_shapes(document, shapes)))
    return folder


def labels_on_disk(folder: Path) -> list[list[str]]:
    return [
        [shape["label"] for shape in json.loads(path.read_bytes())["shapes"]] for path in sorted(folder.glob("*.json"))
    ]


def manage(driver: Any) -> Any:
    driver.action("label_manager")
    dialog = driver.find("label_manager")
    driver.until(lambda: dialog.labels.model.counts is not None, "the counts")
    return dialog


def close(driver: Any, dialog: Any) -> None:
    dialog.close()
    driver.window.activateWindow()
    driver.wait()


def rename(driver: Any, dialog: Any, names: list[str], into: str) -> None:
    page = dialog.labels
    page.choose(names)
    field = driver.find("new_label_name", QLineEdit)
    field.setFocus()
    QTest.keyClicks(field, into)
    QTest.keyClick(field, Qt.Key.Key_Return)
    driver.until(lambda: not page.busy, "the end of the run")
    driver.wait()


def undo_in_toast(driver: Any) -> None:
    level, _, action = next(message for message in reversed(driver.messages) if message[2] is not None)
    assert level == "success"
    assert action.title == "Undo"
    action.run()
    driver.wait()


def test_counts_are_of_the_whole_data_set(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled))
    dialog = manage(driver)
    model = dialog.labels.model
    rows = {model.name(n): model.shapes(model.name(n)) for n in range(model.rowCount())}
    assert rows == {"cat": 3, "dog": 1, "bird": 1, "cot": 1}
    dialog.labels.search.setText("ca")
    assert model.rowCount() == 1
    close(driver, dialog)


def test_a_label_is_renamed_everywhere_and_the_toast_takes_it_back(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled))
    before = {path: path.read_bytes() for path in labelled.glob("*.json")}
    dialog = manage(driver)
    color = driver.session.labels.color("cat")
    driver.session.set_label("cat")
    rename(driver, dialog, ["cat"], "tiger")
    assert labels_on_disk(labelled) == [["tiger", "dog"], ["tiger"], ["bird", "tiger", "cot"]]
    session = driver.session
    assert [shape.label for shape in session.document.shapes] == ["tiger", "dog"]
    assert session.undo_name == "Rename cat to tiger"
    assert session.labels.color("tiger") == color
    assert "cat" not in session.labels
    assert session.label == "tiger"
    assert "tiger now: 3 shapes in 3 images" in driver.texts("success")[-1]
    undo_in_toast(driver)
    assert {path: path.read_bytes() for path in before} == before
    assert [shape.label for shape in session.document.shapes] == ["cat", "dog"]
    assert session.labels.color("cat") == color
    assert "tiger" not in session.labels
    close(driver, dialog)


def test_several_labels_become_one(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled))
    dialog = manage(driver)
    dialog.labels.choose(["cot", "bird"])
    driver.find("new_label_name", QLineEdit).setText("cat")
    assert driver.find("label_rename", Button).text() == "Merge"
    driver.find("new_label_name", QLineEdit).clear()
    rename(driver, dialog, ["cot", "bird"], "cat")
    assert labels_on_disk(labelled) == [["cat", "dog"], ["cat"], ["cat", "cat", "cat"]]
    assert sorted(driver.session.labels) == ["cat", "dog"]
    close(driver, dialog)


def test_delete_asks_with_the_number_of_shapes_first(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled))
    dialog = manage(driver)
    page = dialog.labels
    page.choose(["cat"])
    button = driver.find("label_delete", Button)
    button.click()
    assert button.text() == "Delete 3 shapes"
    assert labels_on_disk(labelled)[1] == ["cat"]
    button.click()
    driver.until(lambda: not page.busy, "the end of the run")
    driver.wait()
    assert labels_on_disk(labelled) == [["dog"], [], ["bird", "cot"]]
    assert "cat" not in driver.session.labels
    undo_in_toast(driver)
    assert labels_on_disk(labelled)[1] == ["cat"]
    assert "cat" in driver.session.labels
    close(driver, dialog)


def test_what_could_not_be_written_is_said_and_the_label_stays_known(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled))
    (labelled / "image_1.json").chmod(0o444)
    dialog = manage(driver)
    rename(driver, dialog, ["cat"], "tiger")
    assert labels_on_disk(labelled) == [["tiger", "dog"], ["cat"], ["bird", "tiger", "cot"]]
    assert "read-only" in dialog.labels.notice.text()
    assert {"cat", "tiger"} <= set(driver.session.labels)
    close(driver, dialog)


def test_colours_and_order_are_stored_and_a_colour_too_close_is_warned_of(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled))
    dialog = manage(driver)
    page = dialog.labels
    page.choose(["dog"])
    near = driver.session.labels.color("cat")
    driver.find("color_1").click()
    assert driver.session.labels.color("dog") == near
    assert "hard to tell from that of cat" in page.notice.text()
    undo_in_toast(driver)
    assert driver.session.labels.color("dog") != near
    page.choose(["dog"])
    driver.find("color_9").click()
    page.list.setFocus()
    page.choose(["dog"])
    QTest.keyClick(page.list, Qt.Key.Key_Up, ALT)
    driver.find("label_up").click() if driver.find("label_up").isEnabled() else None
    driver.wait()
    stored = json.loads((labelled / ".anylabel_plus/labels.json").read_text())
    assert next(iter(stored["slots"])) == "dog"
    assert stored["custom"] == {"dog": "#CC22AA"}
    close(driver, dialog)


def test_a_class_list_is_imported_and_only_its_labels_are_allowed(open_window: Open, labelled: Path) -> None:
    (labelled / "classes.txt").write_bytes("\ufeff horse \r\ncat\r\n\r\nfox\r\n".encode())
    driver = open_window(str(labelled))
    dialog = manage(driver)
    dialog.labels.take_list(labelled / "classes.txt")
    assert list(driver.session.labels)[:3] == ["horse", "cat", "fox"]
    close(driver, dialog)
    session = driver.session
    session.settings.set("labels.validate", "exact")
    session.select([session.document.shapes[0].id])
    driver.action("edit_label")
    field = driver.find("label_edit", QLineEdit)
    QTest.keyClicks(field, "hose")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "“hose” is no label of this data set" in driver.texts("warning")[-1]
    assert field.hasFocus()
    assert session.document.shapes[0].label == "cat"
    field.selectAll()
    QTest.keyClicks(field, "horse")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert session.document.shapes[0].label == "horse"
    assert driver.canvas.hasFocus()


def test_number_keys_take_a_label_and_a_tool(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled))
    driver.action("digit_shortcuts")
    dialog = driver.find("label_manager")
    driver.until(lambda: dialog.labels.model.counts is not None, "the counts")
    label, tool = dialog.keys._rows["0"]
    label.setCurrentIndex(label.findText("bird"))
    label.activated.emit(label.currentIndex())
    tool.setCurrentIndex(tool.findData("rectangle"))
    tool.activated.emit(tool.currentIndex())
    driver.wait()
    close(driver, dialog)
    session = driver.session
    first = session.document.shapes[0].id
    session.select((first,))
    driver.canvas.setFocus()
    driver.keys("0")
    assert (session.tool, session.label, session.selection) == ("rectangle", "bird", frozenset())
    driver.drag((0.5, 0.5), (0.9, 0.9))
    driver.wait()
    assert labels_on_disk(labelled)[0] == ["cat", "dog", "bird"]
    stored = json.loads((labelled / ".anylabel_plus/labeling.json").read_text())
    assert stored["digit_shortcuts"] == {"0": {"mode": "rectangle", "label": "bird"}}


def test_the_attributes_file_of_x_anylabeling_is_imported(open_window: Open, labelled: Path) -> None:
    source = labelled / "attributes.json"
    source.write_text(
        json.dumps({"cat": {"fur": ["short", "long"]}, "__widget_types__": {"cat": {"fur": "radiobutton"}}})
    )
    driver = open_window(str(labelled))
    dialog = manage(driver)
    dialog.show_page("attributes")
    dialog.attributes.take_file(source)
    assert driver.session.labeling.schema.of("cat")[0].kind == "radio"
    source.write_text("[1]")
    dialog.attributes.take_file(source)
    assert "must hold an object" in dialog.attributes.notice.text()
    dialog.attributes.label.setCurrentIndex(0)
    dialog.attributes._show()
    driver.find("add_attribute", Button).click()
    name = dialog.findChild(QLineEdit, "attribute_name_0")
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "seen")
    QTest.keyClick(name, Qt.Key.Key_Return)
    driver.wait()
    assert [row.name for row in driver.session.labeling.schema.of("dog")] == ["seen"]
    # Tab goes on to the kind although the lines are made anew.
    dialog.activateWindow()
    driver.until(dialog.isActiveWindow, "the dialog in front")
    name = dialog.findChild(QLineEdit, "attribute_name_0")
    name.setFocus()
    name.end(False)
    QTest.keyClicks(name, "2")
    QTest.keyClick(name, Qt.Key.Key_Tab)
    assert [row.name for row in driver.session.labeling.schema.of("dog")] == ["seen2"]
    assert QApplication.focusWidget() is dialog.findChild(QWidget, "attribute_kind_0")
    dialog.attributes._change(0, Attribute("seen", "text"))
    driver.wait()
    stored = json.loads((labelled / ".anylabel_plus/labeling.json").read_text())
    assert stored["attributes"]["*"] == {"seen": {"kind": "text"}}
    close(driver, dialog)


def test_flags_are_set_up_by_lines(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled))
    dialog = manage(driver)
    dialog.show_page("flags")
    dialog.flags.shape.setFocus()
    QTest.keyClicks(dialog.flags.shape, "(: x")
    dialog.flags.image.setFocus()
    assert "no regular expression" in dialog.flags.notice.text()
    QTest.keyClicks(dialog.flags.image, "blurred")
    dialog.flags.shape.setFocus()
    dialog.flags.shape.selectAll()
    QTest.keyClicks(dialog.flags.shape, "cat|dog: asleep, young")
    dialog.flags.image.setFocus()
    assert driver.session.labeling.flags_of("dog") == ("asleep", "young")
    assert driver.session.labeling.image_flags == ("blurred",)
    close(driver, dialog)


def test_a_rename_taken_back_in_the_list_of_runs_brings_the_colour_back(open_window: Open, labelled: Path) -> None:
    driver = open_window(str(labelled))
    dialog = manage(driver)
    dialog.labels.choose(["cat"])
    driver.find("color_20").click()
    rename(driver, dialog, ["cat"], "tiger")
    close(driver, dialog)
    driver.action("job_rollback")
    runs = driver.find("dialog_rollback")
    assert "cat to tiger" in runs._row(runs._runs[0])[2]
    driver.until(runs.roll_back.isEnabled, "the number of files")
    runs.roll_back.click()
    driver.until(lambda: "rolled back" in runs.notice.text(), "the rollback")
    driver.wait()
    assert labels_on_disk(labelled)[1] == ["cat"]
    assert driver.session.labels.color("cat") == "#FF7744"
    assert "tiger" not in driver.session.labels
    runs.close()


def test_a_new_data_set_starts_with_what_was_taken_over(open_window: Open, labelled: Path) -> None:
    start = {"image_flags": ["blurred"], "digit_shortcuts": {"4": {"label": "dog", "mode": "polygon"}}}
    Settings().set("labels.start", start)
    driver = open_window(str(labelled))
    assert driver.session.labeling.image_flags == ("blurred",)
    assert driver.session.labeling.keys(["cat", "dog"])["4"].mode == "polygon"
    assert not (labelled / ".anylabel_plus/labeling.json").exists()
