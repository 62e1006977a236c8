"""Two neighbours get one border: points are drawn to what is there, in the window and to the last digit in the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from window_driver import Driver

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import make_shape

Open = Callable[..., Driver]
FIELD = [[60.25, 40.5], [160.75, 40.5], [175.5, 110.25], [160.75, 180.5], [60.25, 180.5]]


def start(open_window: Open, folder: Path) -> Driver:
    window = open_window(str(folder))
    window.session.apply("Add", lambda d: add_shapes(d, [make_shape("polygon", "field", FIELD)]))
    window.session.set_label("wood")
    window.canvas.setFocus()
    return window


def click_near(window: Driver, x: float, y: float, dx: int = 4, dy: int = 0, **held: Qt.KeyboardModifier) -> None:
    """Click some screen pixels beside an image position."""
    at = window.canvas.widget_from_image(x, y).toPoint() + QPoint(dx, dy)
    QTest.mouseMove(window.canvas, at)
    QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, held.get("held", Qt.KeyboardModifier.NoModifier), at)


def test_a_polygon_beside_another_has_no_gap_and_no_overlap(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    window.session.settings.set("draw.follow", True)
    window.action("polygon")
    click_near(window, 160.75, 40.5)
    click_near(window, 160.75, 180.5)
    click_near(window, 250, 180)
    click_near(window, 250, 40)
    window.keys(Qt.Key.Key_Return)
    window.wait()
    field, wood = window.saved(folder / "image_0.png").shapes
    assert wood.points[:3].tolist() == FIELD[1:4], "the neighbour's own points, exactly"
    both = [geometry.shape_mask(shape, 320, 240) for shape in (field, wood)]
    assert masks.intersection_area(*both) == 0
    union = masks.union(*both)
    rows = masks.full(union, 320, 240)[60:160, 62:245]
    assert rows.all(), "not a pixel between them is free"


def test_alt_and_the_menu_switch_leave_points_free(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    window.action("linestrip")
    click_near(window, 160.75, 40.5, held=Qt.KeyboardModifier.AltModifier)
    window.action("snap")
    click_near(window, 160.75, 180.5)
    window.action("snap")
    click_near(window, 60.25, 180.5, -4)
    window.keys(Qt.Key.Key_Return)
    window.wait()
    strip = window.saved(folder / "image_0.png").shapes[1].points
    assert not np.isclose(strip[0, 0], 160.75) and not np.isclose(strip[1, 0], 160.75)
    assert strip[2].tolist() == [60.25, 180.5]


def test_a_point_dragged_to_its_neighbour_joins_it(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    other = make_shape("polygon", "wood", [[200, 60], [280, 60], [280, 160], [200, 160]])
    window.session.apply("Add", lambda d: add_shapes(d, [other]))
    scale = window.canvas.scale
    window.drag((200 / 320, 60 / 240), ((160.75 + 4 / scale) / 320, 40.5 / 240), steps=8)
    window.wait()
    saved = window.saved(folder / "image_0.png").shapes[1]
    assert saved.points[0].tolist() == FIELD[1]
