"""Buttons of the tool strip with several tools: by right click, long press and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from window_driver import Driver

from anylabel_plus.ui.tool_variants import LONG_PRESS_MS, VariantButton

Open = Callable[..., Driver]
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def choose(window: Driver, menu_name: str, action_id: str) -> None:
    window.until(lambda: window.window.findChild(QMenu, menu_name) is not None, "the menu")
    menu = window.find(menu_name, QMenu)
    (action,) = [action for action in menu.actions() if action.objectName() == f"variant_{action_id}"]
    action.trigger()
    menu.close()
    window.app.processEvents()


def test_a_right_click_offers_the_other_tools_and_the_button_remembers(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    button = window.find("tool_polygon", VariantButton)
    QTest.mouseClick(button, RIGHT)
    choose(window, "variants_polygon", "quadrilateral")
    assert window.session.tool == "quadrilateral" and button.isChecked()
    window.action("select")
    assert not button.isChecked()
    QTest.mouseClick(button, LEFT)
    assert window.session.tool == "quadrilateral", "a click takes up what was used last"
    assert "Quadrilateral" in button.toolTip()
    window.action("polygon")
    assert button.current == "polygon" and button.isChecked()


def test_a_long_press_and_the_down_key_show_the_menu(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    button = window.find("tool_select", VariantButton)
    QTest.mousePress(button, LEFT)
    QTest.qWait(LONG_PRESS_MS + 100)
    choose(window, "variants_select", "select_lasso")
    QTest.mouseRelease(button, LEFT)
    assert window.session.tool == "select_lasso"
    other = window.find("tool_linestrip", VariantButton)
    other.setFocus()
    QTest.keyClick(other, Qt.Key.Key_Down)
    choose(window, "variants_linestrip", "line")
    assert window.session.tool == "line"
