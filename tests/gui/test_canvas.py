"""The canvas in the real window: drawn and edited by mouse at fractions of the image, read back from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from window_driver import Driver

from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import Shape, make_shape

Open = Callable[..., Driver]
NONE = Qt.KeyboardModifier.NoModifier
SIZE = np.array((320.0, 240.0))


def near(points: np.ndarray, fractions: list[tuple[float, float]]) -> bool:
    """True when points are those fractions of the image, to the pixel of the widget."""
    return bool(np.abs(points - np.array(fractions) * SIZE).max() < 1.0)


def saved_shapes(window: Driver, image: Path) -> tuple[Shape, ...]:
    window.wait()
    shapes: tuple[Shape, ...] = window.saved(image).shapes
    return shapes


def test_polygon_edit_undo_delete(open_window: Open, folder: Path) -> None:
    window, image = open_window(str(folder)), folder / "image_0.png"
    window.session.set_label("box")
    window.action("polygon")
    corners = [(0.25, 0.25), (0.6, 0.25), (0.6, 0.7), (0.25, 0.7)]
    for fx, fy in corners:
        window.click(fx, fy)
    window.click(0.25, 0.25)
    (shape,) = saved_shapes(window, image)
    assert (shape.kind, shape.label) == ("polygon", "box") and near(shape.points, corners)

    window.action("select")
    window.drag((0.6, 0.7), (0.8, 0.9))
    moved = [*corners[:2], (0.8, 0.9), corners[3]]
    (shape,) = saved_shapes(window, image)
    assert near(shape.points, moved)
    window.click(0.42, 0.25)
    (shape,) = saved_shapes(window, image)
    assert len(shape.points) == 5, "a click on an edge adds a point"
    window.click(0.42, 0.25, Qt.KeyboardModifier.ShiftModifier)
    (shape,) = saved_shapes(window, image)
    assert near(shape.points, moved), "Shift and a click takes it away"

    window.drag((0.5, 0.5), (0.55, 0.5))
    window.action("delete")
    assert saved_shapes(window, image) == ()
    for _ in range(5):
        window.action("undo")
    (shape,) = saved_shapes(window, image)
    assert near(shape.points, corners)
    window.action("redo")
    (shape,) = saved_shapes(window, image)
    assert near(shape.points, moved)


@pytest.mark.parametrize("kind", ["rectangle", "circle"])
def test_two_point_shapes_by_drag(open_window: Open, folder: Path, kind: str) -> None:
    window = open_window(str(folder))
    window.action(kind)
    window.drag((0.3, 0.3), (0.6, 0.8))
    (shape,) = saved_shapes(window, folder / "image_0.png")
    assert shape.kind == kind and near(shape.points, [(0.3, 0.3), (0.6, 0.8)])


def test_keys_reach_the_canvas_before_the_menus(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    window.session.set_label("box")
    window.action("polygon")
    window.canvas.setFocus()
    for fx, fy in ((0.2, 0.2), (0.5, 0.2), (0.5, 0.5), (0.4, 0.6)):
        window.click(fx, fy)
    window.keys(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    window.keys(Qt.Key.Key_Return)
    (shape,) = window.session.document.shapes
    assert len(shape.points) == 3, "Ctrl+Z took the last point, Return closed"
    window.keys(Qt.Key.Key_Escape)
    assert window.session.tool == "select"


def test_escape_takes_a_drag_back(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    session, canvas = window.session, window.canvas
    session.apply("Add", lambda d: add_shapes(d, [make_shape("rectangle", "a", [[80, 60], [200, 180]])]))
    before = session.document
    canvas.setFocus()
    QTest.mouseMove(canvas, window.at(0.4, 0.5))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, NONE, window.at(0.4, 0.5))
    QTest.mouseMove(canvas, window.at(0.5, 0.6))
    assert session.document is not before
    window.keys(Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, NONE, window.at(0.5, 0.6))
    assert session.document is before


def test_select_many_by_band_and_move_them_in_one_step(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    session = window.session
    shapes = [make_shape("rectangle", "a", [[x, 60], [x + 30, 90]]) for x in (40, 100, 250)]
    session.apply("Add", lambda d: add_shapes(d, shapes))
    window.drag((0.05, 0.1), (0.5, 0.6))
    assert session.selection == {1, 2}
    window.drag((0.17, 0.32), (0.27, 0.42))
    xs = [shape.points[0][0] for shape in session.document.shapes]
    assert abs(xs[0] - 72) < 1.5 and xs[1] - xs[0] == pytest.approx(60) and xs[2] == 250
    session.undo()
    assert [shape.points[0][0] for shape in session.document.shapes] == [40, 100, 250]


def test_zoom_actions_and_the_position_in_the_status_bar(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    canvas = window.canvas
    window.action("zoom_100")
    assert canvas.scale == 1.0
    middle = QPointF(canvas.width() / 2, canvas.height() / 2)
    point = canvas.image_from_widget(middle)
    window.action("zoom_in")
    assert canvas.scale > 1.0
    assert canvas.image_from_widget(middle) == pytest.approx(point, abs=1.0)
    window.action("fit")
    rect = canvas.image_rect()
    assert rect.left() >= 0 and rect.right() <= canvas.width() and rect.bottom() <= canvas.height()
    seen: list[tuple[float, float]] = []
    canvas.cursor_moved.connect(lambda x, y: seen.append((x, y)))
    QTest.mouseMove(canvas, window.at(0.5, 0.5))
    assert seen and near(np.array([seen[-1]]), [(0.5, 0.5)])


def test_hovering_the_list_and_the_canvas_is_one(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    session, canvas = window.session, window.canvas
    session.apply("Add", lambda d: add_shapes(d, [make_shape("rectangle", "a", [[80, 60], [200, 180]])]))
    QTest.mouseMove(canvas, window.at(0.4, 0.5))
    assert session.hovered == 1
    QTest.mouseMove(canvas, window.at(0.05, 0.05))
    assert session.hovered is None
    session.set_hovered(1)
    window.app.processEvents()
    assert [shape.id for shape in canvas.look.live()] == [1]
