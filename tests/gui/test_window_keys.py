"""Keys, menus under the pointer, labels by digit, copying and keeping shapes: as a user does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QScrollBar,
    QWidget,
)

from anylabel_plus import paths
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.formats import native
from anylabel_plus.inference.base import Candidate, ModelInfo
from anylabel_plus.ui.actions import CONTEXT_MENU, POINTER_ACTIONS, SUBMENUS

Open = Callable[..., Any]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def square(x: float, y: float, side: float = 60, label: str = "cat", **fields: Any) -> Shape:
    return make_shape("polygon", label, [[x, y], [x + side, y], [x + side, y + side], [x, y + side]], **fields)


def put(driver: Any, *shapes: Shape) -> list[int]:
    """Add shapes to the open image; their ids."""
    first = driver.session.document.next_id
    driver.session.apply("Add", lambda document: add_shapes(document, shapes))
    return list(range(first, first + len(shapes)))


def test_digits_label_the_selection_or_the_next_shape(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    first, second = put(driver, square(20, 20, label="cat"), square(120, 20, label="dog"))
    driver.canvas.setFocus()
    driver.session.select((first,))
    driver.keys("2")
    assert driver.session.document.shape(first).label == "dog"
    driver.keys("1")
    assert driver.session.document.shape(first).label == "cat"
    assert driver.session.undo_name == "Label 1 shape cat"
    driver.session.select(())
    driver.keys("2")
    assert driver.session.label == "dog"
    assert driver.session.document.shape(second).label == "dog"
    driver.keys("7")
    assert "key 7" in driver.window.status.state.text()
    # Not while a name is being typed.
    field = driver.find("label_edit", QLineEdit)
    driver.action("edit_label")
    driver.keys("ab12d")
    assert field.text() == "ab12d"
    assert driver.session.label == "dog"
    assert driver.session.row == 0


def test_counting_shapes_does_not_spoil_a_label_that_is_about_to_be_typed(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    put(driver, square(20, 20, label="dog"))
    field = driver.find("label_edit", QLineEdit)
    driver.action("edit_label")
    counted: list[bool] = []
    driver.find("labels_panel")._counting.timeout.connect(lambda: counted.append(True))  # type: ignore[attr-defined]
    put(driver, square(120, 20, label="dog"))
    driver.until(lambda: bool(counted), "the shapes to be counted")
    driver.session.set_label("cow")
    assert field.hasFocus()
    assert field.selectedText() == "cow"
    driver.keys("ab12d")
    assert field.text() == "ab12d"


def test_digits_enter_tab_and_escape_belong_to_the_candidates_in_any_tool(open_window: Open, folder: Path) -> None:
    import numpy as np

    driver = open_window(str(folder))
    put(driver, square(20, 20, label="cat"), square(120, 20, label="dog"))
    session = driver.session
    session.set_label("dog")

    def offer() -> None:
        session.candidates = tuple(Candidate(0.9 - n / 10, Mask(np.ones((30, 30), bool), 40 * n, 40)) for n in range(3))
        session.chosen = 0
        session.candidates_changed.emit()
        driver.app.processEvents()

    offer()
    driver.canvas.setFocus()
    assert session.tool == "select"
    driver.keys("3")
    assert session.chosen == 2
    driver.keys(Qt.Key.Key_Tab)
    assert session.chosen == 0
    assert not session.selection
    driver.keys(Qt.Key.Key_Escape)
    assert session.candidates == ()
    offer()
    driver.find("shape_list").setFocus()
    driver.keys("2")
    assert session.chosen == 1
    assert session.label == "dog"
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_Return)
    assert len(session.document.shapes) == 3
    assert session.document.shapes[-1].label == "dog"


def test_an_error_behind_a_key_or_a_click_is_told(
    open_window: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = open_window(str(folder))

    def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(driver.canvas.performer, "perform", broken)
    put(driver, square(20, 20))
    driver.session.select((1,))
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_Right)
    assert "broken on purpose" in driver.texts("error")[-1]
    driver.messages.clear()
    driver.click(0.5, 0.5)
    assert "broken on purpose" in driver.texts("error")[-1]
    monkeypatch.undo()


def test_escape_steps_back_from_anywhere(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    session = driver.session
    (only,) = put(driver, square(20, 20))
    session.select((only,))
    driver.action("rectangle")
    driver.find("shape_list").setFocus()
    driver.keys(Qt.Key.Key_Escape)
    assert (session.tool, session.selection, driver.canvas.hasFocus()) == ("select", {only}, True)
    driver.keys(Qt.Key.Key_Escape)
    assert session.selection == frozenset()
    driver.session.select((only,))
    driver.action("edit_label")
    driver.keys("dog")
    driver.keys(Qt.Key.Key_Escape)
    assert driver.canvas.hasFocus()
    assert (session.selection, session.document.shape(only).label) == ({only}, "cat")


def test_f6_goes_through_the_areas_and_back(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    put(driver, square(20, 20))
    areas = driver.window._area_widgets()
    driver.canvas.setFocus()

    def area() -> QWidget:
        focus = QApplication.focusWidget()
        return next(one for one in areas if one is focus or one.isAncestorOf(focus))

    seen = []
    for _ in range(len(areas) * 2):
        driver.keys(Qt.Key.Key_F6)
        seen.append(area())
        if seen[-1] is driver.canvas:
            break
    assert len(seen) == len(set(seen)) >= 5
    assert seen[-1] is driver.canvas
    driver.keys(Qt.Key.Key_F6, SHIFT)
    assert area() is seen[-2]


def test_points_are_added_and_removed_by_key(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    (only,) = put(driver, square(80, 60, 120))
    session, canvas = driver.session, driver.canvas
    canvas.setFocus()

    def point_at(x: float, y: float) -> None:
        # First elsewhere: a pointer that is there already does not move.
        QTest.mouseMove(canvas, QPoint(1, 1))
        driver.app.processEvents()
        QTest.mouseMove(canvas, canvas.widget_from_image(x, y).toPoint())
        driver.app.processEvents()

    point_at(140, 70)
    driver.keys(Qt.Key.Key_P, CTRL | SHIFT)
    points = session.document.shape(only).points
    assert len(points) == 5
    assert points[1] == pytest.approx([140, 60], abs=1)
    point_at(140, 60)
    driver.keys(Qt.Key.Key_Backspace)
    assert session.document.shape(only).points.tolist() == [[80, 60], [200, 60], [200, 180], [80, 180]]
    assert session.undo_name == "Delete point"
    point_at(80, 60)
    driver.keys(Qt.Key.Key_Backspace)
    point_at(200, 60)
    driver.keys(Qt.Key.Key_Backspace)
    assert len(session.document.shape(only).points) == 3
    assert "needs its 3 points" in driver.texts("info")[-1]
    point_at(10, 10)
    driver.keys(Qt.Key.Key_Backspace)
    assert "Point at a point" in driver.texts("info")[-1]


def test_groups_get_the_next_number_and_are_saved(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    put(driver, square(5, 5, group_id=4), square(80, 5), square(160, 5))
    session = driver.session
    session.select((2,))
    driver.app.processEvents()
    assert not driver.window.actions_["group"].isEnabled()
    session.select((2, 3))
    driver.app.processEvents()
    driver.canvas.setFocus()
    driver.keys("g")
    driver.wait()
    assert [shape.group_id for shape in driver.saved(folder / "image_0.png").shapes] == [4, 5, 5]
    driver.keys("u")
    driver.wait()
    assert [shape.group_id for shape in driver.saved(folder / "image_0.png").shapes] == [4, None, None]


def test_a_double_click_edits_the_label(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.window.docks["labels"].close()
    first, second = put(driver, square(20, 20), square(160, 100, label="dog"))
    field = driver.find("label_edit", QLineEdit)
    QTest.mouseDClick(
        driver.canvas,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        driver.canvas.widget_from_image(190, 130).toPoint(),
    )
    driver.app.processEvents()
    assert driver.session.selection == {second}
    assert field.hasFocus()
    assert field.selectedText() == "dog"
    for letter in "cow":
        driver.keys(letter)
    driver.keys(Qt.Key.Key_Return)
    assert driver.session.document.shape(second).label == "cow"
    assert driver.session.document.shape(first).label == "cat"
    assert field.text() == "cow"
    driver.until(driver.canvas.hasFocus, "the focus to go back to the canvas")
    assert not driver.session.stroke_open


def test_with_the_setting_off_every_new_shape_asks_for_its_label(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.session.set_label("cat")
    driver.action("rectangle")
    driver.drag((0.1, 0.1), (0.3, 0.3))
    assert driver.canvas.hasFocus() or not driver.find("label_edit").hasFocus()
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_Y, CTRL)
    assert driver.session.settings.get("labels.auto_use_last") is False
    driver.drag((0.5, 0.5), (0.8, 0.8))
    field = driver.find("label_edit", QLineEdit)
    assert field.hasFocus()
    assert field.selectedText() == "cat"
    driver.wait()
    QTest.qWait(400)  # saving, counting and listing the labels: the text stays selected
    assert field.selectedText() == "cat"
    driver.keys("dog")
    driver.keys(Qt.Key.Key_Return)
    assert [shape.label for shape in driver.session.document.shapes] == ["cat", "dog"]
    assert driver.canvas.hasFocus()


def open_menu(driver: Any, widget: QWidget, at: QPoint) -> QMenu:
    QTest.mouseMove(widget, at)
    QTest.mousePress(widget, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, at)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))
    driver.app.processEvents()
    menu = driver.window.context_menus.shown
    assert menu is not None
    return menu


def test_the_canvas_has_a_menu_about_the_shape_under_the_pointer(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    _, second = put(driver, square(20, 20), square(160, 60, 100))
    canvas, session = driver.canvas, driver.session
    menu = open_menu(driver, canvas, canvas.widget_from_image(200, 62).toPoint())
    assert session.selection == {second}
    shown = [action.objectName() or action.text() for action in menu.actions() if not action.isSeparator()]
    assert shown == [action_id for group in CONTEXT_MENU for action_id in group]
    inner = menu.findChild(QMenu, "submenu_combine")
    assert [action.objectName() for action in inner.actions()] == list(SUBMENUS["Combine"])
    entry = next(action for action in menu.actions() if action.objectName() == "add_point")
    menu.setActiveAction(entry)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    driver.app.processEvents()
    assert len(session.document.shape(second).points) == 5
    assert driver.window.context_menus.shown is None
    assert canvas.menu_at is None
    # With a drawing tool the right button is the tool's.
    driver.action("assist_point")
    at = canvas.widget_from_image(40, 40).toPoint()
    QApplication.sendEvent(canvas, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.mapToGlobal(at)))
    assert driver.window.context_menus.shown is None


def test_the_list_of_shapes_has_a_menu(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    first, second = put(driver, square(20, 20), square(160, 60, 100))
    rows = driver.find("shape_list", QAbstractItemView)
    driver.window.docks.bring_forward("shapes")
    driver.app.processEvents()
    at = rows.visualRect(rows.model().index(1, 0)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    menu = open_menu(driver, rows.viewport(), at)
    shown = {action.objectName() or action.text() for action in menu.actions() if not action.isSeparator()}
    assert shown == {action_id for group in CONTEXT_MENU for action_id in group} - POINTER_ACTIONS
    entry = next(action for action in menu.actions() if action.objectName() == "delete")
    menu.setActiveAction(entry)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    driver.app.processEvents()
    assert [shape.id for shape in driver.session.document.shapes] == [first]
    assert second not in driver.session.selection


def test_copied_shapes_are_text_and_go_to_another_image(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    model = Provenance("model", model="m", score=0.5)
    put(driver, square(20, 20, label="Käfer", group_id=3), square(100, 100, provenance=model, locked=True))
    driver.action("select_all")
    driver.session.select((1, 2))
    driver.action("copy")
    text = json.loads(QGuiApplication.clipboard().text())
    assert [shape["label"] for shape in text["shapes"]] == ["Käfer", "cat"]
    driver.action("next_image")
    driver.wait()
    driver.action("paste")
    driver.wait()
    pasted = driver.saved(folder / "image_1.png").shapes
    assert [(s.label, s.group_id, s.locked) for s in pasted] == [("Käfer", 3, False), ("cat", None, False)]
    assert pasted[0].provenance is None
    assert pasted[1].provenance.edited
    assert driver.session.selection == {1, 2}
    QGuiApplication.clipboard().setText("no shapes")
    driver.action("paste")
    assert len(driver.session.document.shapes) == 2
    assert "holds no shapes" in driver.texts("info")[-1]


def test_shapes_are_kept_only_for_images_without_a_label_file(open_window: Open, folder: Path) -> None:
    empty = native.new_document("image_2.png", 320, 240)
    native.save(empty, folder / "image_2.json")
    driver = open_window(str(folder))
    put(driver, square(20, 20), square(100, 100))
    driver.action("next_image")
    driver.wait()
    assert driver.session.document.shapes == ()
    driver.action("previous_image")
    driver.wait()
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_P, CTRL)
    assert driver.find("status_mode").text() == "Keeping shapes"
    assert driver.find("status_mode").isVisible()
    driver.session.open_row(3)
    driver.wait()
    assert len(driver.saved(folder / "image_3.png").shapes) == 2
    assert "2 shapes of image_0.png kept" in driver.texts("info")[-1]
    driver.session.open_row(2)
    driver.wait()
    assert driver.session.document.shapes == ()
    # Taking it back takes the file back, and coming again does not bring the shapes again.
    driver.session.open_row(3)
    driver.wait()
    driver.action("undo")
    driver.wait()
    assert not (folder / "image_3.json").exists()
    driver.session.open_row(2)
    driver.wait()
    driver.session.open_row(3)
    driver.wait()
    assert driver.session.document.shapes == ()
    assert not (folder / "image_3.json").exists()


def test_shapes_are_not_kept_from_another_folder(open_window: Open, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.png").write_bytes((folder / "image_0.png").read_bytes())
    driver = open_window(str(folder))
    driver.session.settings.set("files.keep_previous_shapes", True)
    put(driver, square(20, 20))
    driver.session.open_folder(other)
    driver.wait()
    assert driver.session.image_path == other / "x.png"
    assert driver.session.document.shapes == ()


def test_undoing_everything_takes_the_made_file_away_and_redo_brings_it_back(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    label = folder / "image_0.json"
    put(driver, square(20, 20))
    driver.wait()
    assert label.exists()
    assert driver.session.files.labelled(0) is True
    driver.action("undo")
    driver.wait()
    assert not label.exists()
    assert driver.session.files.labelled(0) is False
    assert not driver.session.dirty
    driver.action("redo")
    driver.wait()
    assert len(native.read(label).shapes) == 1
    assert driver.session.files.labelled(0) is True


def test_a_made_file_that_another_program_changed_is_not_deleted(
    open_window: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anylabel_plus.ui import decisions

    asked: list[str] = []

    def ask_conflict(_parent: object, _session: object, file: Any) -> tuple[str, None]:
        asked.append(file.path.name)
        return "theirs", None

    monkeypatch.setattr(decisions, "ask_conflict", ask_conflict)
    driver = open_window(str(folder))
    driver.session._look_timer.stop()  # else it may see the change before the edit does
    label = folder / "image_0.json"
    put(driver, square(20, 20))
    driver.wait()
    theirs = label.read_text().replace("cat", "their cat")
    label.write_text(theirs)
    driver.action("undo")
    driver.wait()
    driver.until(lambda: bool(driver.session.document.shapes), "their shapes")
    assert asked
    assert label.read_text() == theirs
    assert driver.session.document.shapes[0].label == "their cat"


def test_remarks_on_a_label_file_are_told_once(open_window: Open, folder: Path) -> None:
    text = {
        "version": "1",
        "flags": {},
        "shapes": [
            {"label": "AUTOLABEL_OBJECT", "points": [[1, 1], [9, 9]], "shape_type": "rectangle", "flags": {}},
            {"label": "odd", "points": [[1, 1], [9, 9]], "shape_type": "spiral", "flags": {}},
        ],
        "imagePath": "image_1.png",
        "imageData": None,
        "imageHeight": 240,
        "imageWidth": 320,
    }
    (folder / "image_1.json").write_text(json.dumps(text))
    driver = open_window(str(folder))
    for row in (1, 0, 1):
        driver.session.open_row(row)
        driver.wait()
    told = [one for one in driver.texts("info") if "image_1.json" in one]
    assert len(told) == 1
    assert "shapes[0]" in told[0]
    assert "shapes[1]" in told[0]
    assert str(folder) not in told[0]


def test_the_status_bar_tells_zoom_hidden_shapes_and_missing_detail(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.action("zoom_100")
    assert driver.find("status_zoom").text() == "100%"
    (only,) = put(driver, square(20, 20))
    driver.session.set_hidden((only,))
    bar = driver.window.status
    assert bar._shapes.text() == "1 shape, 1 hidden"
    driver.canvas.detail_changed.emit("outlines only")
    assert bar._shapes.text() == "1 shape, 1 hidden, outlines only"
    driver.session.model_info = ModelInfo("m", "M", "sam", None, frozenset(), "CPUExecutionProvider")
    driver.session.answer_ms = 8.2
    driver.session.model_changed.emit()
    assert driver.find("status_device").text() == "CPU · 8 ms"


def test_a_key_of_a_disabled_action_says_why_it_does_nothing(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_D, CTRL)
    assert driver.window.status.state.text() == "Select a shape first."
    menu = driver.find("menu_edit", QMenu)
    actions = driver.window.actions_
    menu.hovered.emit(actions["copy"])
    assert driver.window.status.state.text() == "Select a shape first."
    put(driver, square(20, 20))
    driver.action("select_all")
    driver.app.processEvents()
    assert actions.tip(actions["copy"]) == ""
    assert actions.why_not(QKeySequence("Ctrl+D")[0]) == ""


def nameless(top: QWidget) -> list[str]:
    """Controls of one window that take the focus and that a screen reader could not name."""
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider, QAbstractSpinBox, QAbstractItemView)
    found = []
    for widget in top.findChildren(QWidget):
        own = widget.window() is top.window() and not widget.objectName().startswith("qt_")
        if not own or not isinstance(widget, kinds) or isinstance(widget, QScrollBar):
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (widget.accessibleName() or text) and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            found.append(f"{type(widget).__name__} {widget.objectName()} in {widget.parent()}")
    return found


def test_every_control_has_a_name(open_window: Open, folder: Path) -> None:
    from anylabel_plus.ui.dialogs.keys_dialog import KeysDialog
    from anylabel_plus.ui.dialogs.settings_dialog import SettingsDialog
    from anylabel_plus.ui.requests import open_job_dialog

    driver = open_window(str(folder))
    put(driver, square(20, 20))
    window, session = driver.window, driver.session
    assert nameless(window) == []
    dialogs = [SettingsDialog(session.settings, window), KeysDialog(session.settings, window)]
    jobs = ("import", "export", "autolabel", "enrich", "rollback")
    dialogs += [open_job_dialog(window, session, job_id) for job_id in jobs]
    driver.action("commands")
    for dialog in (*dialogs, window._palette):
        assert nameless(dialog) == []
        dialog.close()


def test_a_disabled_tool_says_why_and_every_tool_its_key(open_window: Open, folder: Path) -> None:
    driver = open_window()
    button = driver.find("tool_polygon")
    assert not button.isEnabled()
    assert "Open an image first." in button.toolTip()
    driver.session.open_folder(folder)
    driver.wait()
    assert "Open an image first." not in button.toolTip()
    assert ">P<" in button.toolTip()
    assert button.accessibleName() == "Polygon"


def test_the_opacity_of_masks_is_in_the_option_bar_while_there_are_masks(open_window: Open, folder: Path) -> None:
    import numpy as np

    driver = open_window(str(folder))
    slider = driver.find("mask_opacity", QAbstractSlider)
    put(driver, square(20, 20))
    assert not slider.isVisible()
    put(driver, make_shape("mask", "cat", [[10, 10], [40, 40]], mask=Mask(np.ones((30, 30), bool), 10, 10)))
    assert slider.isVisible()
    assert slider.value() == 45
    slider.setValue(80)
    assert driver.session.settings.get("canvas.mask_opacity") == 0.8
    driver.until(driver.session.settings.path.exists, "the setting to be written")
    driver.until(lambda: "0.8" in driver.session.settings.path.read_text(), "the setting to be written")
    driver.session.settings.set("canvas.mask_opacity", 0.3)
    assert slider.value() == 30


def test_the_samples_open_with_their_boxes_and_stay_as_they_were_labelled(open_window: Open) -> None:
    driver = open_window()
    driver.action("open_samples")
    driver.wait()
    folder = paths.user_data("samples")
    assert driver.session.folder == folder
    pictures = {path.name for path in paths.resources("samples", "images").iterdir()}
    assert {path.name for path in folder.iterdir() if path.suffix != ".json" and path.is_file()} == pictures
    assert {item.name for item in driver.session.files} == pictures
    boxes = native.read(folder / "cat.json").shapes
    assert [shape.kind for shape in boxes] == ["rectangle"] * len(boxes)
    assert boxes
    driver.session.open_image(folder / "cat.jpg")
    driver.wait()
    put(driver, square(20, 20, label="mine"))
    driver.wait()

    def kept() -> dict[Path, bytes]:  # the index is made anew from these, at any time
        found = (path for path in folder.rglob("*") if not path.name.startswith("index"))
        return {path: path.read_bytes() for path in found if path.is_file()}

    before = kept()
    driver.action("close_folder")
    driver.wait()
    driver.action("open_samples")
    driver.wait()
    assert kept() == before
    (folder / "coins.jpg").unlink()
    driver.action("open_samples")
    driver.wait()
    assert (folder / "coins.jpg").exists()
    assert native.read(folder / "cat.json").shapes[-1].label == "mine"


def test_closing_the_folder_saves_and_shows_the_welcome_page(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    put(driver, square(20, 20))
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_W, CTRL)
    driver.wait()
    session = driver.session
    assert (session.folder, session.image_path, session.document, len(session.files)) == (None, None, None, 0)
    assert len(driver.saved(folder / "image_0.png").shapes) == 1
    driver.until(lambda: driver.window.pages.currentWidget() is not driver.canvas, "the welcome page")
    session.open_folder(folder)
    driver.wait()
    assert len(session.document.shapes) == 1
    assert session.undo_name == "Add"


def test_a_key_in_the_moment_of_a_change_finds_the_actions_as_they_are(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.canvas.setFocus()
    session = driver.session
    assert not driver.window.actions_["undo"].isEnabled()
    session.apply("add", lambda document: add_shapes(document, [square(20, 20)]))
    QTest.keyClick(driver.canvas, Qt.Key.Key_Z, CTRL)  # before the event loop has run once
    assert not session.document.shapes
    QTest.keyClick(driver.canvas, Qt.Key.Key_Z, CTRL | SHIFT)
    assert len(session.document.shapes) == 1
