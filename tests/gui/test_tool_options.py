"""The option bar shows what the tool in hand has, from rows, at every width."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from window_driver import Driver

from anylabel_plus.settings import ROWS
from anylabel_plus.ui.actions import ACTIONS
from anylabel_plus.ui.tool_options import OPTIONS

Open = Callable[..., Driver]


def test_every_tool_has_its_options_and_no_others(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    for tool in ("brush", "eraser", "wand", "polygon"):
        window.action(tool)
        for option in OPTIONS:
            control = window.find(option.setting.replace(".", "_"))
            assert control.isVisibleTo(window.window) == (tool in option.tools), (tool, option.setting)
            assert control.accessibleName() and control.toolTip()
            assert option.setting in ROWS


@pytest.mark.parametrize("tool", ["brush", "wand"])
def test_nothing_is_cut_off_at_1366(open_window: Open, folder: Path, tool: str) -> None:
    window = open_window(str(folder))
    window.window.resize(1366, 768)
    window.action(tool)
    window.wait()
    bar = window.find("option_bar")
    for widget in window.find("tool_options").findChildren(QWidget):
        if widget.isVisible() and widget.sizeHint().isValid() and widget.maximumWidth() > 10_000:
            assert widget.width() >= widget.minimumSizeHint().width(), widget.objectName()
            right = widget.mapTo(bar, widget.rect().topRight()).x()
            assert right < bar.width(), f"{widget.objectName()} is cut off"


def test_a_choice_on_the_bar_is_the_setting(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    window.action("brush")
    settings = window.session.settings
    window.find("paint_tip").chosen.emit("square")
    assert settings.get("paint.tip") == "square"
    settings.set("paint.output", "polygon")
    assert window.find("paint_output").current() == "polygon"
    window.find("paint_size_px_slider").setValue(100)
    assert settings.get("paint.size_px") == ROWS["paint.size_px"].high


def test_no_tool_moves_the_picture_or_squeezes_the_panels(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.window.resize(1366, 768)
    driver.wait()
    before = driver.canvas.geometry(), driver.find("dock_shapes").width()
    for action_id in (row.id for row in ACTIONS if row.tool):
        driver.window.actions_[action_id].trigger()
        for _ in range(20):  # a layout that gives way does so step by step
            driver.app.processEvents()
        assert (driver.canvas.geometry(), driver.find("dock_shapes").width()) == before, action_id
