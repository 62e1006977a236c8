"""Tasks 38 to 46 of an annotator's day: labels, and what is said of the image (see test_annotators_day)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from by_hand import LEFT, NONE, draw_box, draw_polygon, labels, set_label, type_text
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from window_driver import Driver


def three_boxes(driver: Driver) -> None:
    """Boxes with the labels a, b and c, from left to right; none is selected."""
    for label, start in (("a", 0.1), ("b", 0.4), ("c", 0.7)):
        set_label(driver, label)
        draw_box(driver, (start, 0.2), (start + 0.15, 0.5))
        driver.press("Esc")


def top(image: Path) -> dict[str, Any]:
    """The label file but for its shapes."""
    data: dict[str, Any] = json.loads(image.with_suffix(".json").read_text("utf-8"))
    return {key: value for key, value in data.items() if key != "shapes"}


def test_task_38_number_keys_change_the_label_of_the_selection_and_of_the_next_shape(
    hands: Driver, image: Path
) -> None:
    three_boxes(hands)
    keys = {key.label: digit for digit, key in hands.session.labeling.keys(hands.session.labels).items()}
    hands.click(0.175, 0.35)
    hands.press(keys["c"])
    assert labels(hands, image) == ["c", "b", "c"]
    hands.press("Esc", keys["b"])
    draw_box(hands, (0.1, 0.6), (0.3, 0.9))
    assert labels(hands, image) == ["c", "b", "c", "b"]


def test_task_39_a_label_by_its_first_letters(hands: Driver, image: Path) -> None:
    set_label(hands, "pedestrian")
    draw_box(hands, (0.1, 0.2), (0.25, 0.5))
    hands.press("Esc")
    set_label(hands, "truck")
    draw_box(hands, (0.4, 0.2), (0.55, 0.5))
    hands.press("Ctrl+E")
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    type_text(hands, "ped")
    hands.press("Down", "Return")
    assert labels(hands, image) == ["pedestrian", "pedestrian"]
    assert hands.canvas.hasFocus()
    hands.press("Ctrl+Z")
    assert labels(hands, image) == ["pedestrian", "truck"]


def test_task_40_drawing_on_asks_nothing_unless_wanted(hands: Driver, image: Path) -> None:
    draw_box(hands, (0.1, 0.2), (0.25, 0.5))
    hands.press("R")
    hands.drag((0.4, 0.2), (0.55, 0.5))
    assert hands.canvas.hasFocus() and labels(hands, image) == ["car", "car"]
    hands.press("Ctrl+Y", "R")
    hands.drag((0.7, 0.2), (0.85, 0.5))
    hands.wait()
    type_text(hands, "bus")
    hands.press("Return")
    assert labels(hands, image) == ["car", "car", "bus"]
    assert hands.canvas.hasFocus()


def test_task_39_the_key_of_the_label_begins_anew_in_its_field(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    QTest.mouseDClick(hands.canvas, LEFT, NONE, hands.at(0.35, 0.4))
    hands.wait()
    field = hands.find("label_edit", QLineEdit)
    assert field.hasFocus() and field.selectedText() == "car"
    hands.press("End")
    # As on Linux, where a text field takes this key before the actions get it.
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    field.keyPressEvent(key)
    type_text(hands, "truck")
    hands.press("Return")
    assert labels(hands, image) == ["truck"]


def test_letters_typed_into_a_label_are_no_keys(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    set_label(hands, "dr apGuHQ 12")
    assert hands.session.image_path == image and not hands.session.hidden
    assert labels(hands, image) == ["dr apGuHQ 12"]


def test_task_44_tags_of_the_image(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.press("Ctrl+Shift+T")
    type_text(hands, "night")
    hands.press("Return")
    hands.wait()
    assert top(image)["tags"] == ["night"]
    hands.canvas.setFocus()
    hands.press("Ctrl+Z")
    hands.wait()
    assert not top(image).get("tags")


def test_task_45_an_image_is_checked(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.press("Ctrl+Alt+K")
    hands.wait()
    assert top(image)["checked"] is True
    hands.press("Ctrl+Alt+K")
    hands.wait()
    assert not top(image).get("checked")
    hands.press("D")
    hands.wait()
    hands.press("Ctrl+Alt+K")
    other = image.with_name("image_1.png")
    assert hands.in_file(other) == [] and top(other)["checked"] is True, "an image without objects is checked too"


def test_task_46_labels_that_are_not_in_the_list_are_refused(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.session.settings.set("labels.validate", "exact")
    hands.press("Ctrl+E")
    type_text(hands, "catt")
    hands.press("Return")
    assert labels(hands, image) == ["car"]
    assert "catt" in hands.texts("warning")[-1]
