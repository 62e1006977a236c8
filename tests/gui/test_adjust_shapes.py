"""Growing, smoothing and simplifying with the result shown at once, in the bar above the canvas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from anylabel_plus.core import geometry
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.ui.widgets.sliders import ValueEdit

Open = Callable[..., Any]
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def driver(open_window: Open, folder: Path) -> Any:
    return open_window(str(folder))


@pytest.fixture
def image(folder: Path) -> Path:
    return folder / "image_0.png"


def put(driver: Any, *shapes: Shape) -> None:
    driver.session.apply("Add", lambda document: add_shapes(document, shapes))
    driver.wait()


def wavy() -> Shape:
    turns = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radius = 70 + 2 * np.sin(20 * turns)
    return make_shape("polygon", "leaf", np.stack((150 + radius * np.cos(turns), 120 + radius * np.sin(turns)), 1))


def facts(driver: Any) -> str:
    return str(driver.find("adjust_facts").toolTip())


def test_fewer_points_with_live_preview_by_keys_alone(driver: Any, image: Path) -> None:
    put(driver, wavy())
    driver.session.select((1,))
    bar, options = driver.find("adjust_bar"), driver.find("option_bar")
    place = driver.canvas.geometry()
    driver.action("simplify")
    driver.wait()
    assert bar.isVisible()
    assert not options.isVisible()
    assert driver.canvas.geometry() == place  # the image stays where it is
    assert QApplication.focusWidget().objectName() == "adjust_slider"
    first = len(driver.session.document.shapes[0].points)
    assert first < 240
    assert f"{first} of 240 points" in facts(driver)
    assert "IoU 0.9" in facts(driver)
    driver.keys(Qt.Key.Key_Right, SHIFT)
    driver.wait()
    assert len(driver.session.document.shapes[0].points) < first
    assert driver.session.stroke_open  # nothing is kept yet
    driver.keys(Qt.Key.Key_Return)
    driver.wait()
    saved = driver.saved(image).shapes[0]
    assert len(saved.points) == len(driver.session.document.shapes[0].points) < first
    assert driver.session.undo_name == "Simplify"
    assert options.isVisible()
    assert not bar.isVisible()
    assert QApplication.focusWidget() is driver.canvas
    driver.action("undo")
    driver.wait()
    assert len(driver.saved(image).shapes[0].points) == 240


def test_escape_leaves_everything_as_it_was(driver: Any) -> None:
    put(driver, wavy())
    before = driver.session.document
    driver.session.select((1,))
    for action in ("simplify", "smooth", "grow"):
        driver.action(action)
        driver.wait()
        assert driver.session.document is not before
        driver.keys(Qt.Key.Key_Escape)
        driver.wait()
        assert driver.session.document is before
        assert driver.session.undo_name == "Add"
    driver.action("grow")
    driver.canvas.setFocus()
    driver.keys(Qt.Key.Key_Escape)  # from the canvas too
    assert driver.session.document is before
    assert driver.session.selection == {1}


def test_a_mask_grows_and_shrinks_by_pixels(driver: Any, image: Path) -> None:
    mask = Mask(np.ones((40, 60), bool), 100, 80)
    put(driver, make_shape("mask", "cat", [[100, 80], [160, 120]], mask=mask))
    driver.session.select((1,))
    driver.action("grow")
    field = driver.find("adjust_value", ValueEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "-10")
    QTest.keyClick(field, Qt.Key.Key_Return)  # takes the number and keeps it
    driver.wait()
    (shape,) = driver.saved(image).shapes
    assert geometry.bounds(shape) == (110, 90, 150, 110)
    assert driver.session.undo_name == "Grow or shrink"
    driver.action("grow")
    driver.wait()
    assert driver.find("adjust_value", ValueEdit).value() == -10  # as used last
    assert "1 shape is too small and stays" in facts(driver)
    driver.keys(Qt.Key.Key_Right, SHIFT)
    driver.wait()
    assert "Area -" in facts(driver)
    driver.keys(Qt.Key.Key_Escape)


def test_what_would_vanish_stays_and_is_counted(driver: Any) -> None:
    put(
        driver,
        make_shape("rectangle", "a", [[20, 20], [24, 24]]),
        make_shape("rectangle", "b", [[100, 100], [200, 200]]),
    )
    driver.session.select((1, 2))
    driver.action("grow")
    driver.window.adjust_bar.adjustment.set_value(-5)
    driver.wait()
    assert "1 shape is too small and stays" in facts(driver)
    QTest.mouseClick(driver.find("adjust_apply", QPushButton), Qt.MouseButton.LeftButton)
    small, big = driver.session.document.shapes
    assert small.points.tolist() == [[20, 20], [24, 24]]
    assert big.points.tolist() == [[105, 105], [195, 195]]


def test_another_edit_undo_and_another_image_end_the_adjusting(driver: Any, folder: Path) -> None:
    put(driver, wavy())
    bar = driver.find("adjust_bar")
    driver.session.select((1,))
    driver.action("simplify")
    driver.wait()
    driver.action("undo")
    driver.wait()
    assert not bar.isVisible()
    assert len(driver.session.document.shapes[0].points) == 240
    driver.action("simplify")
    driver.wait()
    driver.session.select(())
    driver.wait()
    assert not bar.isVisible()
    assert driver.session.undo_name == "Simplify"
    driver.action("undo")
    driver.session.select((1,))
    driver.action("smooth")
    driver.wait()
    driver.action("next_image")
    driver.wait()
    assert not bar.isVisible()
    assert driver.find("option_bar").isVisible()
    assert len(driver.saved(folder / "image_0.png").shapes[0].points) != 240


def test_locked_shapes_are_refused(driver: Any) -> None:
    put(driver, wavy().with_(locked=True))
    driver.session.select((1,))
    driver.action("smooth")
    driver.wait()
    assert "locked" in driver.texts("warning")[-1]
    assert not driver.find("adjust_bar").isVisible()
    assert driver.session.can_undo
    assert not driver.session.stroke_open


def test_every_control_of_the_bar_says_what_it_is(driver: Any) -> None:
    put(driver, wavy())
    driver.session.select((1,))
    driver.action("smooth")
    driver.wait()
    for name in ("adjust_slider", "adjust_value", "adjust_cancel", "adjust_apply"):
        widget = driver.find(name, QWidget)
        assert widget.accessibleName() or widget.text()  # type: ignore[attr-defined]
        assert widget.toolTip()
    driver.keys(Qt.Key.Key_Escape)
