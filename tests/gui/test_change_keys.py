"""Task: make the keys one's own, in the shortcuts dialog, with the keyboard alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from anylabel_plus.settings import Settings
from anylabel_plus.ui.actions import ACTIONS
from anylabel_plus.ui.dialogs.keys_dialog import KeysDialog
from anylabel_plus.ui.dialogs.keys_list import FIXED
from anylabel_plus.ui.widgets.key_recorder import KeyRecorder

Open = Callable[..., Any]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def dialog(open_window: Open, folder: Path) -> tuple[Any, KeysDialog]:
    driver = open_window(str(folder))
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_F1, SHIFT)
    driver.until(lambda: driver.window.findChild(KeysDialog) is not None, "the dialog")
    shown = driver.window.findChild(KeysDialog)
    yield driver, shown
    if shiboken6.isValid(shown):
        shown.close()


def press(dialog: KeysDialog, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(dialog.focusWidget() or dialog, key, modifier)
    QApplication.processEvents()


def shortcuts(driver: Any, action_id: str) -> list[str]:
    keys = driver.window.actions_[action_id].shortcuts()
    return [key.toString(QKeySequence.SequenceFormat.PortableText) for key in keys]


def test_every_action_is_listed_and_found_by_name_and_key(dialog: tuple[Any, KeysDialog]) -> None:
    _, shown = dialog
    titles = {row.title for row in shown.rows()}
    assert {action.title.removesuffix("…") for action in ACTIONS} <= titles
    assert {title for _, title in FIXED} <= titles
    shown.filter.setText("undo")
    assert [row.title for row in shown.rows() if not row.heading] == ["Undo"]
    shown.filter.setText("ctrl d")
    assert [row.action_id for row in shown.rows() if not row.heading] == ["delete_labels", "duplicate"]
    shown.filter.setText("nothing like this")
    assert shown.rows() == []


def test_a_key_is_given_by_pressing_it_and_works(dialog: tuple[Any, KeysDialog]) -> None:
    driver, shown = dialog
    QTest.keyClicks(shown.filter, "duplicate")
    press(shown, Qt.Key.Key_Down)
    assert shown.focusWidget() is shown.list
    press(shown, Qt.Key.Key_Return)
    recorder = shown.findChild(KeyRecorder, "keys_record")
    assert recorder.recording
    press(shown, Qt.Key.Key_F7)
    assert not recorder.recording
    assert shortcuts(driver, "duplicate") == ["Ctrl+D", "F7"]
    assert json.loads(Settings().path.read_text())["keys.own"] == {"duplicate": ["Ctrl+D", "F7"]}
    assert "1 action has keys of your own" in shown.note.text()
    shown.close()
    from anylabel_plus.core.document import add_shapes
    from anylabel_plus.core.shapes import make_shape

    driver.session.apply(
        "Add", lambda document: add_shapes(document, [make_shape("rectangle", "cat", [[9, 9], [50, 50]])])
    )
    driver.session.select((driver.session.document.shapes[0].id,))
    driver.wait()
    driver.window.activateWindow()
    driver.until(driver.window.isActiveWindow, "the window in front")
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_F7)
    driver.wait()
    assert len(driver.saved(driver.session.image_path).shapes) == 2


def test_a_key_in_use_is_taken_only_on_request(dialog: tuple[Any, KeysDialog]) -> None:
    driver, shown = dialog
    shown.choose("fit")
    shown.edit.record()
    press(shown, Qt.Key.Key_D, CTRL)
    assert "Ctrl D belongs to Duplicate" in shown.edit.conflict.text()
    assert shortcuts(driver, "duplicate") == ["Ctrl+D"]
    assert shown.focusWidget() is shown.findChild(QPushButton, "keys_take")
    press(shown, Qt.Key.Key_Space)
    assert shortcuts(driver, "fit") == ["Ctrl+F", "Ctrl+D"]
    assert shortcuts(driver, "duplicate") == []
    shown.choose("fit")
    shown.findChild(QPushButton, "keys_reset").click()
    assert (shortcuts(driver, "fit"), shortcuts(driver, "duplicate")) == (["Ctrl+F"], ["Ctrl+D"])


def test_keys_of_the_canvas_and_escape_are_not_taken(dialog: tuple[Any, KeysDialog]) -> None:
    driver, shown = dialog
    shown.choose("fit")
    shown.edit.record()
    press(shown, Qt.Key.Key_5)
    assert "belongs to a label" in shown.edit.conflict.text()
    shown.edit.record()
    press(shown, Qt.Key.Key_Escape)
    assert shown.isVisible() and not shown.edit.recorder.recording
    assert shortcuts(driver, "fit") == ["Ctrl+F"]


def test_keys_are_removed_with_the_delete_key(dialog: tuple[Any, KeysDialog]) -> None:
    driver, shown = dialog
    shown.choose("next_image")
    shown.list.setFocus()
    press(shown, Qt.Key.Key_Delete)
    assert shortcuts(driver, "next_image") == ["D", "Ctrl+Shift+D"]
    shown.findChild(QPushButton, "keys_remove_0").click()
    assert shortcuts(driver, "next_image") == ["Ctrl+Shift+D"]
    shown.findChild(QPushButton, "keys_reset_all").click()
    assert shortcuts(driver, "next_image") == ["D", "Ctrl+Shift+D", "PgDown"]


def test_own_keys_stay_when_the_preset_changes(dialog: tuple[Any, KeysDialog]) -> None:
    driver, shown = dialog
    shown.choose("fit")
    shown.edit.offer("S")
    shown.preset.setCurrentText("X-AnyLabeling")
    assert shortcuts(driver, "open_image") == ["Ctrl+I"]
    assert shortcuts(driver, "fit") == ["Ctrl+F", "S"]
    assert shortcuts(driver, "hide_selected") == []


def test_keys_travel_in_a_file(dialog: tuple[Any, KeysDialog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, shown = dialog
    target = tmp_path / "mine.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(target), ""))
    shown.preset.setCurrentText("labelme")
    shown.choose("fit")
    shown.edit.offer("F8")
    shown.findChild(QPushButton, "keys_export").click()
    shown.preset.setCurrentText("AnyLabeling")
    shown.findChild(QPushButton, "keys_reset_all").click()
    assert shortcuts(driver, "fit") == ["Ctrl+F"]
    shown.findChild(QPushButton, "keys_import").click()
    assert driver.session.settings.get("keys.preset") == "labelme"
    assert shortcuts(driver, "fit") == ["Ctrl+F", "F8"]
    data = json.loads(target.read_text())
    target.write_text(json.dumps(data | {"keys": {"fit": ["F8"], "from_the_future": ["F9"]}}))
    shown.import_from(target)
    assert "from_the_future" in shown.note.text()
    target.write_text('{"preset": "labelme", "keys": {"fit": ["F8"], "save": ["F8"]}}')
    shown.import_from(target)
    assert "F8 is given to two actions" in shown.note.text()
    target.write_text("no keys")
    shown.import_from(target)
    assert "no file of exported keys" in shown.note.text()
    assert shortcuts(driver, "fit") == ["F8"]
