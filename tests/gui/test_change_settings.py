"""Task: find a setting by a word, change it, and put one back; all with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from anylabel_plus.settings import Settings
from anylabel_plus.ui.dialogs.keys_dialog import KeysDialog
from anylabel_plus.ui.dialogs.settings_dialog import SettingsDialog

Open = Callable[..., Any]


def opened(open_window: Open, folder: Path) -> tuple[Any, SettingsDialog]:
    driver = open_window(str(folder))
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    dialog = driver.window.findChild(SettingsDialog)
    assert dialog is not None and dialog.search.hasFocus()
    return driver, dialog


def shown(dialog: SettingsDialog) -> list[str]:
    return [key for key, line in dialog._rows.items() if not line.isHidden()]


def test_a_setting_is_found_and_switched(open_window: Open, folder: Path) -> None:
    driver, dialog = opened(open_window, folder)
    assert all(key.startswith("appearance.") for key in shown(dialog))
    QTest.keyClicks(dialog.search, "crosshair")
    assert shown(dialog) == ["canvas.crosshair"]
    QTest.keyClick(dialog.search, Qt.Key.Key_Down)
    focused = QApplication.focusWidget()
    assert focused is not None and dialog._rows["canvas.crosshair"].field.isAncestorOf(focused)
    QTest.keyClick(focused, Qt.Key.Key_Space)
    assert Settings().get("canvas.crosshair") is False
    driver.until(lambda: not driver.window.actions_["crosshair"].isChecked(), "the menu")
    reset = dialog.findChild(QToolButton, "canvas.crosshair.reset")
    assert reset.isVisible()
    reset.click()
    assert Settings().get("canvas.crosshair") is True
    assert not reset.isVisible()
    dialog.close()


def test_words_of_the_note_and_keys_are_searched_too(open_window: Open, folder: Path) -> None:
    _, dialog = opened(open_window, folder)
    dialog.search.setText("wheel ctrl")
    assert "canvas.wheel" in shown(dialog)
    dialog.search.setText("models.mirror")
    assert shown(dialog) == ["models.mirror"]
    dialog.search.setText("no such thing")
    assert shown(dialog) == [] and not dialog._nothing.isHidden()
    QTest.keyClick(dialog.search, Qt.Key.Key_Escape)
    assert shown(dialog)
    dialog.close()


def test_own_keys_lead_to_the_shortcuts(open_window: Open, folder: Path) -> None:
    driver, dialog = opened(open_window, folder)
    dialog.show_setting("keys.own")
    dialog.findChild(QPushButton, "keys.own.edit").click()
    driver.until(lambda: driver.window.findChild(KeysDialog) is not None, "the shortcuts")
    driver.window.findChild(KeysDialog).close()


def test_a_table_is_put_back(open_window: Open, folder: Path) -> None:
    Settings().set("labels.start", {"labels": ["cat"]})
    _, dialog = opened(open_window, folder)
    dialog.show_setting("labels.start")
    dialog.findChild(QToolButton, "labels.start.reset").click()
    assert Settings().get("labels.start") == {}
    dialog.close()
