"""The user says more of shapes and images than a label: attributes, flags, group, texts, tags, checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.ui.widgets.commit_fields import CommitCheck, CommitCombo, CommitRadios

Open = Callable[..., Any]
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier

SET_UP = {
    "attributes": {
        "*": {"seen": {"kind": "check"}},
        "cat": {
            "fur": {"kind": "combo", "choices": ["short", "long"]},
            "mood": {"kind": "radio", "choices": ["calm", "wild"]},
            "age": {"kind": "number", "low": 0, "high": 30},
            "name": {"kind": "text"},
        },
    },
    "image_flags": ["blurred", "night"],
    "shape_flags": {".*": ["occluded"], "cat": ["asleep"]},
}


def square(x: float, label: str = "cat", **fields: Any) -> Shape:
    return make_shape("polygon", label, [[x, 20], [x + 60, 20], [x + 60, 80], [x, 80]], **fields)


def put(driver: Any, *shapes: Shape) -> list[int]:
    first = driver.session.document.next_id
    driver.session.apply("Add", lambda document: add_shapes(document, shapes))
    return list(range(first, first + len(shapes)))


def start(open_window: Open, folder: Path) -> Any:
    hidden = folder / ".anylabel_plus"
    hidden.mkdir()
    (hidden / "labeling.json").write_text(json.dumps(SET_UP))
    return open_window(str(folder))


def saved_shapes(driver: Any, folder: Path) -> list[dict[str, Any]]:
    driver.wait()
    data = json.loads((folder / "image_0.json").read_text(encoding="utf-8"))
    shapes: list[dict[str, Any]] = data["shapes"]
    return shapes


def type_into(driver: Any, name: str, text: str, kind: Any = QLineEdit) -> None:
    field = driver.find(name, kind)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    driver.app.processEvents()


def test_attributes_of_the_schema_are_filled_in_for_one_shape(open_window: Open, folder: Path) -> None:
    driver = start(open_window, folder)
    (first,) = put(driver, square(20))
    driver.session.select((first,))
    driver.keys(Qt.Key.Key_Return, ALT)
    driver.app.processEvents()
    assert driver.find("attribute_seen").hasFocus()
    QTest.keyClick(driver.find("attribute_seen"), Qt.Key.Key_Space)
    fur = driver.find("attribute_fur", CommitCombo)
    fur.setCurrentIndex(fur.findText("long"))
    fur.activated.emit(fur.currentIndex())
    mood = driver.find("attribute_mood", CommitRadios)
    mood._group.button(1).click()
    type_into(driver, "attribute_age", "3")
    assert driver.canvas.hasFocus()
    type_into(driver, "attribute_name", "Tom")
    driver.find("flag_asleep", CommitCheck).click()
    assert driver.session.undo_name == "Set asleep of 1 shape"
    shape = saved_shapes(driver, folder)[0]
    assert shape["attributes"] == {"seen": True, "fur": "long", "mood": "wild", "age": 3, "name": "Tom"}
    assert shape["flags"] == {"asleep": True}
    # A number out of its limits is not taken, and says why.
    age = driver.find("attribute_age", QLineEdit)
    type_into(driver, "attribute_age", "99")
    assert age.hasFocus()
    assert "30 or less" in age.toolTip()
    QTest.keyClick(age, Qt.Key.Key_Escape)
    assert age.text() == "3"
    # A second click takes a radio button's value away; undo brings it back.
    QTest.mouseClick(mood._group.button(1), Qt.MouseButton.LeftButton)
    assert "mood" not in saved_shapes(driver, folder)[0]["attributes"]
    driver.action("undo")
    assert saved_shapes(driver, folder)[0]["attributes"]["mood"] == "wild"


def test_many_shapes_are_changed_at_once_and_mixed_values_stay_until_then(open_window: Open, folder: Path) -> None:
    driver = start(open_window, folder)
    ids = put(
        driver,
        square(20, group_id=1, difficult=True, description="one", attributes={"fur": "short", "age": 1}),
        square(100, group_id=2, description="two", attributes={"fur": "short"}),
        square(180, "dog", locked=True, description="three"),
    )
    driver.session.select(ids)
    driver.window.docks.bring_forward("attributes")
    driver.wait()
    panel = driver.find("attributes_panel")
    assert panel.shape.heading.text() == "3 shapes"
    assert "1 locked shape" in panel.shape.locked.text()
    assert driver.find("shape_group", QLineEdit).text() == ""
    assert driver.find("shape_group", QLineEdit).placeholderText() == "Mixed values"
    assert driver.find("shape_difficult", CommitCheck).checkState() == Qt.CheckState.PartiallyChecked
    assert driver.find("attributes_label", QLineEdit).placeholderText() == "Mixed values"
    type_into(driver, "shape_group", "7")
    assert driver.session.undo_name == "Set group of 2 shapes"
    driver.find("shape_difficult", CommitCheck).click()
    type_into(driver, "attribute_age", "4.5")
    type_into(driver, "shape_description", "both", QPlainTextEdit)
    shapes = saved_shapes(driver, folder)
    assert [shape["group_id"] for shape in shapes] == [7, 7, None]
    assert [shape.get("difficult", False) for shape in shapes] == [True, True, False]
    assert [shape.get("attributes", {}) for shape in shapes] == [
        {"fur": "short", "age": 4.5},
        {"fur": "short", "age": 4.5},
        {},
    ]
    assert [shape["description"] for shape in shapes] == ["both", "both", "three"]
    for _ in range(4):
        driver.action("undo")
    shapes = saved_shapes(driver, folder)
    assert [shape["group_id"] for shape in shapes] == [1, 2, None]
    assert [shape["description"] for shape in shapes] == ["one", "two", "three"]
    assert "age" not in shapes[1]["attributes"]


def test_a_group_that_is_no_number_is_refused(open_window: Open, folder: Path) -> None:
    driver = start(open_window, folder)
    driver.session.select(put(driver, square(20)))
    driver.window.docks.bring_forward("attributes")
    driver.wait()
    type_into(driver, "shape_group", "seven")
    field = driver.find("shape_group", QLineEdit)
    assert field.property("error") is True
    assert "whole number" in field.toolTip()
    assert driver.session.document.shapes[0].group_id is None


def test_ctrl_t_edits_the_text_of_the_shape_or_of_the_image(open_window: Open, folder: Path) -> None:
    driver = start(open_window, folder)
    driver.window.docks["attributes"].close()
    (first,) = put(driver, square(20))
    driver.session.select((first,))
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_T, CTRL)
    field = driver.find("shape_text", QPlainTextEdit)
    assert field.hasFocus()
    driver.keys("STOP 1")
    driver.keys(Qt.Key.Key_Return)
    assert driver.canvas.hasFocus()
    assert driver.session.row == 0  # digits and letters went into the field
    driver.session.select(())
    driver.keys(Qt.Key.Key_T, CTRL)
    assert QApplication.focusWidget() is driver.find("image_text")
    driver.keys("a street")
    driver.keys(Qt.Key.Key_Return)
    assert saved_shapes(driver, folder)[0]["text"] == "STOP 1"
    assert json.loads((folder / "image_0.json").read_text())["image_text"] == "a street"
    driver.action("undo")
    driver.wait()
    assert "image_text" not in json.loads((folder / "image_0.json").read_text())


def test_the_image_has_flags_tags_a_description_and_is_checked(open_window: Open, folder: Path) -> None:
    driver = start(open_window, folder)
    put(driver, square(20))
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_K, CTRL | ALT)
    assert driver.session.undo_name == "Mark as checked"
    driver.action("edit_tags")
    driver.keys("street, night,street")
    driver.keys(Qt.Key.Key_Return)
    driver.find("image_flag_night", CommitCheck).click()
    type_into(driver, "image_new_flag", "rain")
    type_into(driver, "image_description", "A cat.", QPlainTextEdit)
    driver.wait()
    data = json.loads((folder / "image_0.json").read_text())
    assert data["checked"] is True
    assert data["tags"] == ["street", "night"]
    assert data["flags"] == {"night": True, "rain": True}
    assert data["description"] == "A cat."
    assert driver.session.labeling.image_flags == ("blurred", "night", "rain")
    stored = json.loads((folder / ".anylabel_plus/labeling.json").read_text())
    assert stored["image_flags"] == ["blurred", "night", "rain"]
    driver.action("toggle_checked")
    driver.wait()
    assert json.loads((folder / "image_0.json").read_text())["checked"] is False


def test_where_a_shape_comes_from_is_said(open_window: Open, folder: Path) -> None:
    driver = start(open_window, folder)
    origin = Provenance("model", "pocket", score=0.873, reviewed=True)
    driver.session.select(put(driver, square(20, provenance=origin)))
    driver.window.docks.bring_forward("attributes")
    driver.wait()
    panel = driver.find("attributes_panel")
    assert panel.shape.origin.text() == "Made by pocket · score 0.87 · accepted"
    assert panel.shape.heading.text().startswith("Polygon, ")


def test_values_that_the_set_up_does_not_know_are_kept_and_can_be_changed(open_window: Open, folder: Path) -> None:
    driver = start(open_window, folder)
    first, second = put(driver, square(20, "bus", attributes={"route": "12", "full": True}), square(100, "bus"))
    driver.session.select((first,))
    driver.window.docks.bring_forward("attributes")
    driver.wait()
    type_into(driver, "attribute_route", "13")
    driver.session.select((second,))
    driver.wait()
    assert driver.window.findChild(QLineEdit, "attribute_route") is None
    assert saved_shapes(driver, folder)[0]["attributes"] == {"route": "13", "full": True}


def test_the_label_of_many_shapes_is_changed_with_the_first_letters(open_window: Open, folder: Path) -> None:
    driver = start(open_window, folder)
    ids = put(driver, square(20, "cat"), square(100, "car"), square(180, "tomcat"))
    driver.session.select(ids[1:])
    driver.window.docks.bring_forward("attributes")
    driver.wait()
    field = driver.find("attributes_label", QLineEdit)
    field.setFocus()
    QTest.keyClicks(field, "tom")
    assert [field.completer().completionModel().index(0, 0).data()] == ["tomcat"]
    popup = field.completer().popup()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    driver.app.processEvents()
    assert [shape["label"] for shape in saved_shapes(driver, folder)] == ["cat", "tomcat", "tomcat"]
    assert driver.session.undo_name == "Label 1 shape tomcat"
    # What was used last comes first; the setting decides whether "cat" finds "tomcat".
    assert driver.session.suggestions()[0] == "tomcat"
    for mode, found in (("contains", ["tomcat", "cat"]), ("startswith", ["cat"])):
        driver.session.settings.set("labels.completion", mode)
        driver.session.select(ids[:2])
        driver.wait()
        field.completer().setCompletionPrefix("cat")
        model = field.completer().completionModel()
        assert [model.index(n, 0).data() for n in range(model.rowCount())] == found


def test_ctrl_enter_goes_from_the_label_on_to_its_attributes(open_window: Open, folder: Path) -> None:
    driver = start(open_window, folder)
    driver.session.select(put(driver, square(20, "dog")))
    driver.action("edit_label")
    field = driver.find("label_edit", QLineEdit)
    QTest.keyClicks(field, "cat")
    QTest.keyClick(field, Qt.Key.Key_Return, CTRL)
    driver.app.processEvents()
    assert driver.session.document.shapes[0].label == "cat"
    assert driver.find("attribute_seen").hasFocus()
