"""Task: F1, a few letters, Enter: a command, a label, a file, a setting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from anylabel_plus.ui import palette_entries
from anylabel_plus.ui.dialogs.settings_dialog import SettingsDialog

Open = Callable[..., Any]


def search(driver: Any, text: str) -> QLineEdit:
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_F1)
    field = driver.find("palette_query", QLineEdit)
    QTest.keyClicks(field, text)
    driver.app.processEvents()
    return field


def titles(driver: Any) -> list[str]:
    return [entry.title for entry in driver.window._palette._model.rows]


def test_a_file_is_opened_by_its_name(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    field = search(driver, "image_3")
    driver.until(lambda: "image_3.png" in titles(driver), "the file")
    while driver.window._palette._view.currentIndex().data() != "image_3.png":
        QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, Qt.Key.Key_Return)
    driver.wait()
    assert driver.session.image_path == folder / "image_3.png"
    assert driver.canvas.hasFocus()


def test_a_setting_opens_in_its_dialog(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    field = search(driver, "look closer")
    assert titles(driver)[0] == "Look closer at small objects"
    QTest.keyClick(field, Qt.Key.Key_Return)
    dialog = driver.window.findChild(SettingsDialog)
    assert not dialog._rows["assist.zoom"].isHidden() and dialog._rows["files.autosave"].isHidden()
    dialog.close()


def test_what_was_used_last_comes_first_also_in_the_next_window(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    QTest.keyClick(search(driver, "rulers"), Qt.Key.Key_Return)
    search(driver, "")
    assert titles(driver)[0] == "Rulers"
    driver.window._palette.close_now()
    again = open_window(str(folder))
    search(again, "")
    assert titles(again)[0] == "Rulers"


def test_the_assist_panel_and_the_path_by_keys(open_window: Open, folder: Path) -> None:
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    driver = open_window(str(folder))
    driver.action("assist_panel")
    assert driver.find("dock_assist").isAncestorOf(QApplication.focusWidget())
    driver.action("copy_image_path")
    assert QGuiApplication.clipboard().text() == str(folder / "image_0.png")


def test_a_command_comes_before_a_setting_with_the_same_words() -> None:
    def entry(id: str, title: str) -> palette_entries.Entry:
        return palette_entries.Entry(id, title, "", "", lambda: None)

    setting, command = entry("setting v", "Earlier versions kept"), entry("action v", "Restore an earlier version")
    assert palette_entries.ranked([setting, command], "earlier version", ()) == [command, setting]
