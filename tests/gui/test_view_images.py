"""Task: see more in an image: brightness, navigator, rulers, the image before beside it. No file changes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QDoubleSpinBox, QLineEdit
from window_driver import Driver

from anylabel_plus import images
from anylabel_plus.ui.widgets.sliders import SliderValue


@pytest.fixture
def driver(open_window: Callable[..., Driver], folder: Path) -> Driver:
    driver = open_window(str(folder))
    driver.window.after_first_paint()
    driver.wait()
    return driver


def shown(driver: Driver, fx: float, fy: float) -> tuple[int, int, int]:
    """The colour on the canvas at a fraction of the image."""
    driver.until(lambda: driver.canvas.finished, "the canvas drawn")
    image = driver.canvas.grab().toImage()
    color = image.pixelColor(driver.at(fx, fy) * image.devicePixelRatio())
    return color.red(), color.green(), color.blue()


def enter(slider: Any, text: str) -> None:
    """Type a value into a slider's field."""
    field = slider.findChild(QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_pixels_are_shown_brighter_until_the_next_image(driver: Driver, folder: Path) -> None:
    driver.keys(Qt.Key.Key_F9)
    assert driver.find("view_panel").isVisible()
    before = shown(driver, 0.05, 0.05)
    enter(driver.find("brightness", SliderValue), "30")
    assert driver.session.display.brightness == 30
    bright = shown(driver, 0.05, 0.05)
    assert all(now - then == pytest.approx(77, abs=2) for now, then in zip(bright, before, strict=True))
    driver.action("next_image")
    driver.wait()
    assert driver.session.display.plain
    driver.find("display_keep", QCheckBox).click()
    enter(driver.find("gamma", SliderValue), "2")
    driver.action("next_image")
    driver.wait()
    assert driver.session.display.gamma == 2.0
    driver.action("reset_display")
    assert driver.session.display.plain
    assert not list(folder.glob("*.json"))


def test_the_navigator_moves_the_view(driver: Driver) -> None:
    driver.keys(Qt.Key.Key_F9)
    for _ in range(6):
        driver.action("zoom_in")
    navigator = driver.find("navigator")
    QTest.mouseClick(navigator, Qt.MouseButton.LeftButton, pos=navigator.rect().center() + QPoint(30, 20))
    x0, y0, x1, y1 = driver.session.viewed
    assert (x0 + x1) / 2 > 160
    assert (y0 + y1) / 2 > 120
    navigator.setFocus()
    QTest.keyClick(navigator, Qt.Key.Key_Left)
    assert driver.session.viewed[0] < x0


def test_rulers_show_where_the_image_begins(driver: Driver) -> None:
    top = driver.find("ruler_top")
    assert not top.isVisible()
    driver.action("rulers")
    assert top.isVisible()
    assert top.width() == driver.canvas.width()
    assert driver.find("ruler_left").height() == driver.canvas.height()
    driver.action("rulers")
    assert not top.isVisible()


def test_the_image_before_lies_beside_this_one(driver: Driver) -> None:
    assert not driver.window.actions_["compare"].isEnabled()
    driver.action("next_image")
    driver.wait()
    # Image 0 has its square from x = 80, image 1 from x = 90, both of other colours.
    plain = shown(driver, 100 / 320, 0.5)
    driver.action("compare")
    driver.wait()
    assert shown(driver, 100 / 320, 0.5) != plain
    at = QPointF(driver.at(0.5, 0.5))
    event = QWheelEvent(
        at,
        driver.canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, -120 * 20),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ShiftModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(driver.canvas, event)
    assert driver.session.compare_at == 0.0
    assert shown(driver, 100 / 320, 0.5) == plain
    driver.session.set_compare_at(1.0)
    driver.action("next_image")
    driver.wait()
    assert driver.session.compared is not None
    driver.action("compare")
    assert driver.session.compared is None


def test_the_values_shown_as_black_and_white_of_a_deep_image(
    open_window: Callable[..., Driver], tmp_path: Path
) -> None:
    values = np.linspace(1000, 5000, 320 * 240).astype(np.uint16).reshape(240, 320)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "scan.png").write_bytes(images.encode_png(values))
    driver = open_window(str(tmp_path / "deep"))
    driver.window.after_first_paint()
    driver.wait()
    driver.keys(Qt.Key.Key_F9)
    own = driver.session.own_window
    assert own is not None
    assert 990 <= own.low < own.high <= 5010
    black = driver.find("window_black", QDoubleSpinBox)
    assert black.isVisible()
    black.setFocus()
    black.selectAll()
    QTest.keyClicks(black, "3000")
    QTest.keyClick(black, Qt.Key.Key_Return)
    driver.wait()
    assert shown(driver, 0.5, 0.25) == (0, 0, 0)
    assert shown(driver, 0.5, 0.75)[0] > 60
    driver.action("reset_display")
    driver.wait()
    assert driver.session.window == own
    assert shown(driver, 0.5, 0.25)[0] == pytest.approx(64, abs=3)


def test_an_image_of_8_bits_has_no_such_values(driver: Driver) -> None:
    driver.keys(Qt.Key.Key_F9)
    assert driver.session.window is None
    assert not driver.find("window_black", QDoubleSpinBox).isVisible()


def test_the_navigator_covers_no_panel_and_gives_the_room_back(driver: Driver) -> None:
    driver.window.showNormal()
    driver.window.resize(1366, 768)
    docks = driver.window.docks
    QTest.qWait(300)

    def heights() -> list[int]:
        return [dock.height() for dock in docks.shown()]

    before = heights()
    driver.keys(Qt.Key.Key_F9)
    driver.until(lambda: docks["view"] in docks.shown(), "the navigator")
    QTest.qWait(300)
    shown = docks.shown()
    for above, below in itertools.pairwise(shown):
        assert above.geometry().bottom() < below.geometry().top(), (above.objectName(), below.objectName())
    driver.keys(Qt.Key.Key_F9)
    QTest.qWait(400)
    assert heights() == pytest.approx(before, abs=2)
