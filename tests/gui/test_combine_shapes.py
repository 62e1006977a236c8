"""Union, difference, intersection, merging and separating shapes, as a user does it; the saved files tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape

Open = Callable[..., Any]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def box(x1: float, y1: float, x2: float, y2: float, label: str = "cat", **fields: Any) -> Shape:
    return make_shape("rectangle", label, [[x1, y1], [x2, y2]], **fields)


def disc(x: int, y: int, radius: int, label: str = "cat") -> Shape:
    rows, columns = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    mask = Mask(rows**2 + columns**2 <= radius**2, x - radius, y - radius)
    x1, y1, x2, y2 = mask.bounds
    return make_shape("mask", label, [[x1, y1], [x2, y2]], mask=mask)


@pytest.fixture
def driver(open_window: Open, folder: Path) -> Any:
    return open_window(str(folder))


@pytest.fixture
def image(folder: Path) -> Path:
    return folder / "image_0.png"


def put(driver: Any, *shapes: Shape) -> list[int]:
    first = driver.session.document.next_id
    driver.session.apply("Add", lambda document: add_shapes(document, shapes))
    return list(range(first, first + len(shapes)))


def test_two_boxes_become_one_with_exact_corners_and_back(driver: Any, image: Path) -> None:
    model = Provenance("model", "m", score=0.5)
    put(driver, box(20.5, 30, 100, 90, "dog", provenance=model, score=0.5), box(100, 30, 180.25, 90, "cat"))
    driver.canvas.setFocus()
    driver.click(0.15, 0.2)
    driver.click(0.5, 0.2, CTRL)
    assert driver.session.selection == {1, 2}
    driver.keys(Qt.Key.Key_M, CTRL | SHIFT)
    driver.wait()
    (shape,) = driver.saved(image).shapes
    assert (shape.kind, shape.label, shape.points.tolist()) == ("rectangle", "dog", [[20.5, 30], [180.25, 90]])
    assert (shape.provenance, shape.score) == (None, None)
    assert driver.session.undo_name == "Union of 2 shapes"
    assert driver.session.selection == {1}
    driver.action("undo")
    driver.wait()
    assert [shape.label for shape in driver.saved(image).shapes] == ["dog", "cat"]
    driver.action("redo")
    driver.wait()
    assert len(driver.saved(image).shapes) == 1


def test_the_shape_selected_first_is_cut_and_the_others_go_or_stay(driver: Any, image: Path) -> None:
    big, small = put(driver, box(20, 20, 200, 200, "road"), box(60, 60, 100, 100, "car"))
    driver.session.select((big,))
    driver.session.select((big, small))
    driver.action("subtract_keep")
    driver.wait()
    road, car = driver.saved(image).shapes
    assert (road.kind, len(road.holes), geometry.area(road)) == ("polygon", 1, 180 * 180 - 1600)
    assert car.label == "car"
    driver.action("undo")
    driver.session.select((big, small))  # together: the lowest is cut
    driver.action("subtract")
    driver.wait()
    (road,) = driver.saved(image).shapes
    assert (road.label, len(road.holes)) == ("road", 1)
    driver.action("undo")
    driver.session.select((small,))
    driver.session.select((big, small))
    driver.action("subtract")
    driver.wait()
    assert "Nothing would be left of car" in driver.texts("info")[-1]
    assert len(driver.saved(image).shapes) == 2
    assert driver.session.undo_name == "Add"


def test_what_has_nothing_in_common_and_what_is_locked_is_left_alone(driver: Any) -> None:
    put(driver, box(20, 20, 60, 60), box(100, 100, 140, 140), box(20, 20, 50, 50, locked=True))
    driver.session.select((1, 2))
    driver.action("intersect")
    driver.wait()
    assert "no area in common" in driver.texts("info")[-1]
    driver.session.select((1, 3))
    before = driver.session.document
    for action in ("union", "subtract", "intersect", "merge"):
        driver.action(action)
        driver.wait()
        assert "1 selected shape is locked" in driver.texts("warning")[-1]
    assert driver.session.document is before
    driver.session.select((1,))
    driver.app.processEvents()
    assert not driver.window.actions_["union"].isEnabled()
    assert (
        driver.window.actions_.tip(driver.window.actions_["union"]) == "Select two or more shapes with an area first."
    )


def test_masks_are_combined_pixel_by_pixel(driver: Any, image: Path) -> None:
    put(driver, disc(100, 100, 40), disc(130, 100, 40))
    a, b = (shape.mask for shape in driver.session.document.shapes)
    driver.session.select((1, 2))
    driver.action("intersect")
    driver.wait()
    (shape,) = driver.saved(image).shapes
    assert shape.mask is not None
    assert masks.equal(shape.mask, masks.intersect(a, b))


def test_parts_of_a_union_are_one_object_and_can_be_separated(driver: Any, image: Path) -> None:
    put(driver, box(20, 20, 60, 60), box(100, 100, 140, 140), box(30, 30, 70, 70))
    driver.action("select_all")
    driver.action("merge")
    driver.wait()
    first, second = driver.saved(image).shapes
    assert first.group_id == second.group_id == 1
    assert driver.session.selection == {3, 4}
    driver.action("separate")
    driver.wait()
    assert [shape.group_id for shape in driver.saved(image).shapes] == [None, None]


def test_a_mask_in_pieces_is_separated(driver: Any, image: Path) -> None:
    mask = masks.union(disc(60, 60, 20).mask, disc(160, 120, 30).mask)  # type: ignore[arg-type]
    x1, y1, x2, y2 = mask.bounds
    put(driver, make_shape("mask", "cat", [[x1, y1], [x2, y2]], mask=mask))
    driver.session.select((1,))
    driver.action("separate")
    driver.wait()
    big, small = driver.saved(image).shapes
    assert (big.kind, small.kind) == ("mask", "mask")
    assert geometry.area(big) > geometry.area(small)
    driver.session.select((1,))
    driver.action("separate")
    driver.wait()
    assert "in one piece" in driver.texts("info")[-1]


def test_lines_and_points_are_merged(driver: Any, image: Path) -> None:
    put(
        driver,
        make_shape("line", "road", [[10, 10], [50, 20]]),
        make_shape("linestrip", "road", [[90, 60], [70, 40], [50, 20]]),
        make_shape("point", "p", [[5, 5]]),
    )
    driver.session.select((1, 3))
    driver.app.processEvents()
    assert not driver.window.actions_["merge"].isEnabled()
    driver.session.select((1, 2))
    driver.action("merge")
    driver.wait()
    road = driver.saved(image).shapes[0]
    assert road.kind == "linestrip"
    assert len(road.points) == 4


def test_the_menus_have_menus_inside(driver: Any) -> None:
    shape_menu = driver.find("menu_shape", QMenu)
    inner = {menu.title() for menu in shape_menu.findChildren(QMenu)}
    assert {"Combine", "Region", "Convert"} <= inner
    combine = driver.find("submenu_combine", QMenu)
    assert [action.objectName() for action in combine.actions()][:2] == ["union", "subtract"]
    driver.action("commands")
    driver.find("palette_query").setText("convert to mask")
    titles = [entry.title for entry in driver.window._palette._model.rows]
    assert titles[0] == "Convert to mask"
    driver.window._palette.close_now()


def test_two_hundred_polygons_and_large_masks_do_not_hold_the_window(driver: Any) -> None:
    import time

    turns = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    shapes = [
        make_shape("polygon", "c", np.stack((x + 12 * np.cos(turns), y + 12 * np.sin(turns)), axis=1))
        for x in range(20, 300, 14)
        for y in range(20, 220, 20)
    ]
    put(driver, *shapes)
    driver.action("select_all")
    worst = 0.0
    driver.window.actions_["union"].trigger()
    while not driver.session.is_idle:
        start = time.perf_counter()
        driver.app.processEvents()
        worst = max(worst, time.perf_counter() - start)
        time.sleep(0.001)
    assert len(driver.session.document.shapes) < len(shapes)
    assert worst < 0.5
