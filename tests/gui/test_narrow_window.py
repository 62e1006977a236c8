"""A window too narrow for the right column: a rail of icons, panels over the canvas, and everything back when wide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from anylabel_plus.ui import main_window

Open = Callable[..., Any]
ALT = Qt.KeyboardModifier.AltModifier


def resize(driver: Any, width: int, height: int) -> None:
    """As the user drags the window's edge."""
    driver.window.resize(width, height)
    driver.until(lambda: driver.window.docks.collapsed == (width < 1280), "the column to follow the width")
    driver.app.processEvents()


def press(driver: Any, name: str) -> None:
    """Click a button of the rail."""
    QTest.mouseClick(driver.find(name), Qt.MouseButton.LeftButton)
    driver.app.processEvents()


@pytest.mark.parametrize("size", [(1200, 760), (1024, 700)])
def test_the_column_is_a_rail_and_a_click_opens_a_panel_beside_it(
    open_window: Open, folder: Path, size: tuple[int, int]
) -> None:
    driver = open_window(str(folder))
    rail, overlay, files = driver.find("dock_rail"), driver.find("dock_overlay"), driver.find("files_panel")
    assert not rail.isVisible()
    resize(driver, *size)
    assert rail.isVisible() and rail.width() == 44
    assert not overlay.isVisible() and not files.isVisible()
    assert driver.canvas.width() >= 480 and driver.canvas.height() >= 360
    assert driver.window.width() == size[0]
    press(driver, "rail_files")
    assert files.isVisible() and not driver.find("shapes_panel").isVisible()
    assert driver.find("rail_files").isChecked()  # type: ignore[attr-defined]
    assert overlay.geometry().right() + 1 == rail.geometry().left()
    pages = driver.canvas.parentWidget()
    assert overlay.y() == pages.mapTo(driver.window, QPoint()).y() and overlay.height() == pages.height()
    press(driver, "rail_shapes")
    assert not files.isVisible() and driver.find("shapes_panel").isVisible()
    assert not driver.find("rail_files").isChecked()  # type: ignore[attr-defined]
    press(driver, "rail_shapes")
    assert not overlay.isVisible()


def test_keys_open_panels_and_escape_leads_back_to_the_canvas(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    resize(driver, 1200, 760)
    driver.canvas.setFocus()
    field = driver.find("label_edit", QLineEdit)
    driver.keys(Qt.Key.Key_3, ALT)
    assert field.hasFocus()
    driver.keys("zebra")
    driver.keys(Qt.Key.Key_Return)
    assert driver.session.label == "zebra"
    assert driver.canvas.hasFocus()
    driver.keys(Qt.Key.Key_5, ALT)
    assert driver.find("files_panel").isVisible() and not field.isVisible()
    driver.keys(Qt.Key.Key_5, ALT)
    assert not driver.find("dock_overlay").isVisible() and driver.canvas.hasFocus()
    driver.keys(Qt.Key.Key_F9)
    assert driver.find("view_panel").isVisible()
    driver.keys(Qt.Key.Key_Escape)
    assert not driver.find("dock_overlay").isVisible() and driver.canvas.hasFocus()
    driver.action("edit_label")
    assert field.hasFocus() and field.selectedText() == "zebra"


def test_nothing_is_lost_when_the_window_is_wide_again(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    docks = driver.window.docks
    docks["labels"].close()
    docks.bring_forward("attributes")
    driver.app.processEvents()
    before = {name: docks[name].geometry() for name in ("assist", "attributes")}
    resize(driver, 1100, 700)
    press(driver, "rail_labels")
    assert driver.find("labels_panel").isVisible()
    assert driver.close()
    again = open_window()
    assert not again.window.docks["labels"].isVisible(), "the wide layout is what is kept"
    again.close()
    driver.window.show()
    resize(driver, 1366, 768)
    assert not driver.find("dock_rail").isVisible() and not driver.find("dock_overlay").isVisible()
    assert docks["labels"].isHidden()
    assert docks["attributes"].parentWidget() is driver.window
    driver.app.processEvents()
    for name, place in before.items():
        now = docks[name].geometry()
        assert (now.left(), now.width()) == (place.left(), place.width())
        assert abs(now.height() - place.height()) <= 40  # shared out anew, in the same order
    assert driver.find("attributes_panel").isVisible()


def test_the_layout_is_reset_behind_the_rail_too(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    docks = driver.window.docks
    docks["files"].setFloating(True)
    docks["labels"].close()
    resize(driver, 1200, 760)
    assert docks["files"].isVisible() and docks["files"].isFloating()
    driver.action("reset_layout")
    assert not docks["files"].isFloating() and not docks["files"].isVisible()
    press(driver, "rail_files")
    assert driver.find("files_panel").isVisible()
    resize(driver, 1366, 768)
    assert not docks["labels"].isHidden() and docks["files"].parentWidget() is driver.window


def test_a_window_that_starts_narrow_gets_its_column_when_it_grows(
    open_window: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_window, "NO_SCREEN_SIZE", QSize(1000, 700))
    driver = open_window(str(folder))
    assert driver.window.width() == 1000 and driver.window.docks.collapsed
    press(driver, "rail_labels")
    assert driver.find("label_edit").isVisible()
    resize(driver, 1366, 768)
    assert driver.find("shapes_panel").isVisible()
    assert driver.find("assist_panel").isVisible()
    column = driver.window.docks["shapes"]
    assert 272 <= column.width() <= 480 and column.height() > 200
