"""Every kind of shape is drawn by hand in the window and found in the saved file, as its format wants it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_driver import Driver

Open = Callable[..., Driver]
NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
SIZE = np.array((320.0, 240.0))


def raw(window: Driver, image: Path) -> list[dict[str, object]]:
    """The shapes of the label file, as they are in its JSON."""
    window.wait()
    shapes: list[dict[str, object]] = json.loads(image.with_suffix(".json").read_text())["shapes"]
    return shapes


def near(points: object, fractions: list[tuple[float, float]]) -> bool:
    return bool(np.abs(np.array(points) - np.array(fractions) * SIZE).max() < 1.0)


def test_corner_kinds_by_clicks(open_window: Open, folder: Path) -> None:
    window, image = open_window(str(folder)), folder / "image_0.png"
    window.session.set_label("thing")
    corners = [(0.1, 0.1), (0.3, 0.12), (0.28, 0.3), (0.12, 0.28)]
    window.canvas.setFocus()
    for kind, places in (("quadrilateral", corners), ("line", corners[:2]), ("points", corners[:3])):
        window.action(kind)
        for place in places:
            window.click(*place)
        if kind == "points":
            window.keys(Qt.Key.Key_Return)
    shapes = raw(window, image)
    assert [shape["shape_type"] for shape in shapes] == ["quadrilateral", "line", "points"]
    assert near(shapes[0]["points"], corners) and near(shapes[1]["points"], corners[:2])
    assert all(shape["label"] == "thing" for shape in shapes)


def test_a_cuboid_and_its_depth_in_the_file(open_window: Open, folder: Path) -> None:
    window, image = open_window(str(folder)), folder / "image_0.png"
    window.session.set_label("crate")
    window.action("cuboid")
    window.drag((0.2, 0.3), (0.5, 0.7))
    window.click(0.55, 0.2)
    (shape,) = raw(window, image)
    front = [(0.2, 0.3), (0.5, 0.3), (0.5, 0.7), (0.2, 0.7)]
    assert near(shape["points"], [*front, *((x + 0.05, y - 0.1) for x, y in front)])
    depth = shape["cuboid3d"]["depth_vector"]  # type: ignore[index]
    assert np.allclose(depth, (16, -24), atol=1.5)

    window.action("select")
    window.drag((0.55, 0.2), (0.6, 0.15))
    (shape,) = raw(window, image)
    points = np.array(shape["points"])
    assert np.allclose(shape["cuboid3d"]["depth_vector"], points[4] - points[0])  # type: ignore[index]
    assert near(points[:4], front), "the front face stays when the back one is dragged"


def test_a_rotated_box_is_turned_by_keys_and_by_its_handle(open_window: Open, folder: Path) -> None:
    window, image = open_window(str(folder)), folder / "image_0.png"
    window.session.set_label("boat")
    window.action("rotation")
    for place in ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6)):
        window.click(*place)
    window.action("select")
    window.canvas.setFocus()
    for _ in range(3):
        window.keys("z")
    window.keys("c")
    shape = window.session.document.shapes[0]
    assert math.degrees(shape_angle(shape.points)) == pytest.approx(2.9, abs=1e-6)
    assert window.session.tool == "select", "V and C turned nothing else on"
    window.keys("v")
    assert window.session.tool == "select"
    assert math.degrees(shape_angle(window.session.document.shapes[0].points)) == pytest.approx(1.9, abs=1e-6)

    from anylabel_plus.ui.canvas.handles import turn_handle

    shape = window.session.document.shapes[0]
    x, y = turn_handle(shape, window.canvas.scale)
    cx, cy = shape.points.mean(axis=0)
    reach = math.dist((x, y), (cx, cy))
    window.drag((x / 320, y / 240), ((cx + reach) / 320, cy / 240), steps=6)
    (saved,) = raw(window, image)
    assert saved["shape_type"] in ("rotation", "oriented_rectangle"), "by the dialect of the file"
    assert math.degrees(shape_angle(np.array(saved["points"]))) == pytest.approx(90, abs=1.5)
    window.action("undo")
    assert math.degrees(shape_angle(window.session.document.shapes[0].points)) == pytest.approx(1.9, abs=1e-6)


def shape_angle(points: np.ndarray) -> float:
    (ax, ay), (bx, by) = points[:2]
    return math.atan2(by - ay, bx - ax)


def test_freehand_polygon_in_one_stroke(open_window: Open, folder: Path) -> None:
    window, image = open_window(str(folder)), folder / "image_0.png"
    window.session.set_label("leaf")
    window.action("polygon")
    left = Qt.MouseButton.LeftButton
    turns = np.linspace(0, 2 * np.pi, 60)
    path = [window.at(0.5 + 0.2 * math.cos(t), 0.5 + 0.2 * math.sin(t)) for t in turns]
    QTest.mousePress(window.canvas, left, NONE, path[0])
    for at in path[1:]:
        QTest.mouseMove(window.canvas, at)
    QTest.mouseRelease(window.canvas, left, NONE, path[-1])
    (shape,) = raw(window, image)
    points = np.array(shape["points"]) / SIZE - 0.5
    assert 10 <= len(points) < 60
    assert np.abs(np.hypot(*points.T) - 0.2).max() < 0.01
    assert window.session.undo_name == "Add polygon"


def test_space_pans_while_a_polygon_is_drawn(open_window: Open, folder: Path) -> None:
    window, image = open_window(str(folder)), folder / "image_0.png"
    canvas = window.canvas
    canvas.setFocus()
    window.session.set_label("box")
    window.action("zoom_in")
    window.action("polygon")
    window.click(0.4, 0.4)
    window.click(0.6, 0.4)
    before = canvas.view
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    window.drag((0.5, 0.5), (0.45, 0.45))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.view != before
    window.click(0.6, 0.6)
    window.keys(Qt.Key.Key_Return)
    (shape,) = raw(window, image)
    assert near(shape["points"], [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6)])


def test_a_polyline_ends_with_ctrl_click_and_shift_keeps_it_straight(open_window: Open, folder: Path) -> None:
    window, image = open_window(str(folder)), folder / "image_0.png"
    window.session.set_label("lane")
    window.action("linestrip")
    window.click(0.1, 0.5)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, SHIFT, window.at(0.4, 0.52))
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, CTRL, window.at(0.6, 0.8))
    (shape,) = raw(window, image)
    points = np.array(shape["points"])
    assert shape["shape_type"] == "linestrip" and points[0, 1] == points[1, 1] and len(points) == 3
