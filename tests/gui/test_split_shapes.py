"""Cutting shapes along a drawn line, by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from anylabel_plus.core import geometry
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Shape, make_shape

Open = Callable[..., Any]
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def driver(open_window: Open, folder: Path) -> Any:
    driver = open_window(str(folder))
    driver.canvas.setFocus()
    return driver


@pytest.fixture
def image(folder: Path) -> Path:
    return folder / "image_0.png"


def put(driver: Any, *shapes: Shape) -> None:
    driver.session.apply("Add", lambda document: add_shapes(document, shapes))


def polygon(*points: tuple[float, float], **fields: Any) -> Shape:
    return make_shape("polygon", "cat", points, **fields)


def test_a_line_from_outside_to_outside_cuts_at_its_second_click(driver: Any, image: Path) -> None:
    hole = [[100, 100], [120, 100], [120, 120], [100, 120]]
    put(driver, polygon((40, 40), (240, 44), (230, 200), (44, 190), holes=[hole], attributes={"a": "b"}))
    driver.keys(Qt.Key.Key_K, SHIFT)
    assert driver.session.tool == "split"
    driver.click(0.55, 0.02)
    driver.click(0.6, 0.95)
    driver.wait()
    left, right = driver.saved(image).shapes
    assert (left.label, left.attributes, left.group_id) == ("cat", {"a": "b"}, None)
    assert right.attributes == {"a": "b"}
    assert len(left.holes) + len(right.holes) == 1
    shared = {tuple(p) for p in left.points.tolist()} & {tuple(p) for p in right.points.tolist()}
    assert len(shared) == 2
    assert driver.session.undo_name == "Split 1 shape"
    assert driver.session.tool == "split"
    driver.action("undo")
    driver.wait()
    assert len(driver.saved(image).shapes) == 1


def test_a_bent_line_and_a_dragged_one(driver: Any, image: Path) -> None:
    put(driver, polygon((80, 40), (240, 40), (240, 200), (80, 200)))
    driver.action("split")
    for fx, fy in ((0.4, 0.05), (0.4, 0.5), (0.95, 0.5)):
        driver.click(fx, fy)
    driver.wait()
    assert sorted(len(shape.points) for shape in driver.saved(image).shapes) == [4, 6]
    driver.action("undo")
    driver.drag((0.1, 0.5), (0.9, 0.5), steps=12)
    driver.wait()
    assert len(driver.saved(image).shapes) == 2


def test_enter_and_escape_and_a_line_beside_everything(driver: Any) -> None:
    put(driver, polygon((80, 40), (240, 40), (240, 200), (80, 200)))
    driver.action("split")
    driver.click(0.4, 0.05)
    driver.click(0.4, 0.5)
    driver.keys(Qt.Key.Key_Return)
    driver.wait()
    assert "does not cut a shape apart" in driver.texts("info")[-1]
    driver.click(0.4, 0.05)
    driver.click(0.4, 0.5)
    driver.keys(Qt.Key.Key_Backspace)
    assert len(driver.canvas.tool.points) == 1
    driver.keys(Qt.Key.Key_Escape)
    assert driver.canvas.tool.draft is None
    driver.keys(Qt.Key.Key_Escape)
    assert driver.session.tool == "select"
    assert len(driver.session.document.shapes) == 1


def test_selected_shapes_are_cut_all_and_others_not(driver: Any, image: Path) -> None:
    mask = Mask(np.ones((60, 60), bool), 130, 60)
    put(
        driver,
        make_shape("rectangle", "a", [[20, 60], [100, 120]]),
        make_shape("mask", "b", [[130, 60], [190, 120]], mask=mask),
        make_shape("rectangle", "c", [[200, 60], [260, 120]]),
        make_shape("linestrip", "d", [[270, 60], [270, 120]]),
    )
    driver.session.select((1, 2, 4))
    driver.action("split")
    driver.click(0.02, 0.375)
    driver.click(0.95, 0.375)
    driver.wait()
    shapes = driver.saved(image).shapes
    assert [shape.label for shape in shapes] == ["a", "a", "b", "b", "c", "d", "d"]
    assert [shape.kind for shape in shapes] == ["rectangle"] * 2 + ["mask"] * 2 + ["rectangle", "line", "line"]
    assert sum(geometry.area(shape) for shape in shapes[2:4]) == 3600
    assert driver.session.selection == {1, 2, 4, 5, 6, 7}


def test_the_topmost_is_cut_when_none_is_selected_and_locked_ones_are_not(driver: Any, image: Path) -> None:
    put(
        driver,
        make_shape("rectangle", "low", [[40, 40], [240, 200]]),
        make_shape("rectangle", "top", [[60, 60], [220, 180]]),
    )
    driver.action("split")
    driver.click(0.5, 0.02)
    driver.click(0.5, 0.97)
    driver.wait()
    assert [shape.label for shape in driver.saved(image).shapes] == ["low", "top", "top"]
    # The pieces are selected now; a line beside them is meant for what it crosses.
    driver.click(0.15, 0.02)
    driver.click(0.15, 0.97)
    driver.wait()
    assert [shape.label for shape in driver.saved(image).shapes] == ["low", "low", "top", "top"]
    driver.action("undo")
    driver.session.apply("Lock", lambda d: d.with_(shapes=tuple(s.with_(locked=True) for s in d.shapes)))
    driver.session.select((1,))
    driver.click(0.3, 0.02)
    driver.click(0.3, 0.97)
    driver.wait()
    assert "locked" in driver.texts("warning")[-1]
    assert len(driver.session.document.shapes) == 3


def test_a_double_click_ends_the_line(driver: Any, image: Path) -> None:
    put(driver, polygon((80, 40), (240, 40), (240, 200), (80, 200)))
    driver.session.select((1,))
    driver.action("split")
    driver.click(0.5, 0.5)
    driver.click(0.5, 0.95)
    QTest.mouseDClick(driver.canvas, Qt.MouseButton.LeftButton, pos=driver.at(0.5, 0.95))
    driver.wait()
    assert len(driver.saved(image).shapes if image.with_suffix(".json").exists() else ()) == 1
    assert driver.texts("info")
