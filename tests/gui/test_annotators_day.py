"""The tasks of an annotator's day, done by hand in the real window with the keys of AnyLabeling.

Every task ends with a look into the label file. ``day`` in the last column: in one of
``test_annotators_day*.py``, where tests carry the number of their task; other names: what tests it already.

| # | task | keys | test |
|---|---|---|---|
| 1 | open a folder | Ctrl+U | day_files |
| 2 | open an image | Ctrl+O | day_files |
| 3 | leaf through the images | D, A, Ctrl+Shift+D, Ctrl+Shift+A, PgUp, PgDown | day_files |
| 4 | draw a box by dragging | R | day |
| 5 | draw a box by two clicks | Ctrl+R | day |
| 6 | close a polygon by Enter | P, Return | day |
| 7 | close a polygon by a double click | Ctrl+N | day |
| 8 | close a polygon at its first point | P | day |
| 9 | take points back, give up | Backspace, Ctrl+Z, Esc | day |
| 10 | draw freehand | P | test_draw_every_kind: freehand polygon in one stroke |
| 11 | draw a circle | Shift+C | day |
| 12 | draw a line | Shift+L | day |
| 13 | draw points | Shift+P, Shift+T | day |
| 14 | draw a polyline | Shift+S, Ctrl+click | day |
| 15 | draw a quadrilateral | T | day |
| 16 | draw a rotated box, turn it | O, Z, X, C, V | day; test_draw_every_kind: turned by keys |
| 17 | draw a cuboid | Shift+R | day |
| 18 | share a border, leave it with Alt | P | test_shared_borders |
| 19 | move a shape and one of its points | Ctrl+J, arrows | day |
| 20 | add and remove points | Ctrl+Shift+P, Backspace, Shift+click | day; test_window_keys: points are added |
| 21 | cut a hole, remove it | Shift+X, Shift+Backspace | day |
| 22 | paint a mask | Shift+B, ] | day |
| 23 | erase | Ctrl+Shift+B, [ | day |
| 24 | pick an area by its colour | Shift+W, Return | day |
| 25 | join two shapes | Ctrl+Shift+M | day_shapes |
| 26 | subtract, intersect | F1 | day_shapes |
| 27 | split | Shift+K | day_shapes |
| 28 | convert to another kind | F1 | day_shapes |
| 29 | fewer points, with a preview | F1, arrows, Return | day_shapes |
| 30 | copy to another image | Ctrl+C, D, Ctrl+V | day_shapes |
| 31 | duplicate, cut, delete | Ctrl+D, Ctrl+X, Delete | day_shapes |
| 32 | copy to an image of another size | Ctrl+Alt+V | test_copy_between_images |
| 33 | group, ungroup | Ctrl+A, G, U | day_shapes |
| 34 | lock | Ctrl+L | day_shapes |
| 35 | hide; hidden shapes stay in the file | H, Ctrl+H, Shift+H | day_shapes |
| 36 | order | Ctrl+], Ctrl+Shift+[ | day_shapes |
| 37 | select by box, by lasso, all but one | Ctrl+Shift+J, Ctrl+Shift+I | day_shapes; test_select_and_change_many |
| 38 | label by number keys | 0 to 9 | day_labels |
| 39 | label by first letters | Ctrl+E, Return | day_labels |
| 40 | draw on with the label in hand; be asked each time | Ctrl+Y | day_labels |
| 41 | attributes | Alt+Return | test_attributes: of the schema |
| 42 | flags, difficult, group of many at once | Alt+Return | test_attributes: many shapes |
| 43 | text of a shape and of the image | Ctrl+T | test_attributes: ctrl t |
| 44 | tags, description, flags of the image | Ctrl+Shift+T | day_labels; test_attributes: the image has flags |
| 45 | image is checked | Ctrl+Alt+K | day_labels |
| 46 | only labels of the list | - | day_labels; test_label_manager: a class list |
| 47 | rename a label everywhere, take it back | Alt+L | test_label_manager |
| 48 | keep shapes of the previous image | Ctrl+P | day_files |
| 49 | same as the image before | Ctrl+Alt+D | day_files |
| 50 | delete all labels of an image, take it back | Ctrl+Delete, Ctrl+Z | day_files |
| 51 | undo and redo on an image left before | Ctrl+Z, Ctrl+Shift+Z | day_files |
| 52 | restore an earlier version | F1 | test_versions: an earlier version |
| 53 | a file that another program changed | - | test_versions: both changes are merged |
| 54 | save by hand, save a copy | Ctrl+S, Ctrl+Shift+S | day_files |
| 55 | take over keys of another program, change keys | Shift+F1 | day_files; test_first_start, test_change_keys |
| 56 | a command, a file, a setting by a few letters | F1, Ctrl+, | test_find_anything, test_change_settings |
| 57 | theme, language | F1 | day_files; test_switch_language |
| 58 | navigator, brightness, zoom, compare | F9, Ctrl++, Ctrl+0, Ctrl+F | day_files; test_view_images |
| 59 | let the model find it; label the folder | Q, E, F, Ctrl+B | day_files; test_window: points candidates |
| 60 | export, and leave | Ctrl+Shift+E, Ctrl+Q | day_files; test_dialogs, tests/e2e |
| 61 | find files by words and labels | Ctrl+Alt+F | test_find_files |
| 62 | jump to the next image without labels, unchecked | Alt+PgDown, Ctrl+PgDown | test_find_files |
| 63 | move an image to the bin, put it back | Ctrl+Shift+Delete | test_find_files |
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from by_hand import CORNERS, CTRL, LEFT, NONE, SHIFT, Spots, clicks, draw_polygon, near, only
from PySide6.QtTest import QTest
from window_driver import Driver

from anylabel_plus.core.masks import Mask


@pytest.mark.parametrize(("key", "dragged"), [("R", True), ("Ctrl+R", False)], ids=["task_04", "task_05"])
def test_box(hands: Driver, image: Path, key: str, dragged: bool) -> None:
    hands.press(key)
    if dragged:
        hands.drag((0.2, 0.3), (0.6, 0.7))
    else:
        clicks(hands, [(0.2, 0.3), (0.6, 0.7)])
    shape = only(hands, image)
    assert (shape["shape_type"], shape["label"]) == ("rectangle", "car")
    points = np.array(shape["points"])
    assert near([points.min(axis=0), points.max(axis=0)], [(0.2, 0.3), (0.6, 0.7)])


def test_task_06_polygon_closed_by_enter(hands: Driver, image: Path) -> None:
    hands.press("P")
    clicks(hands, CORNERS)
    hands.press("Return")
    shape = only(hands, image)
    assert shape["shape_type"] == "polygon" and near(shape["points"], CORNERS)


def test_task_07_polygon_closed_by_double_click(hands: Driver, image: Path) -> None:
    hands.press("Ctrl+N")
    clicks(hands, CORNERS[:3])
    last = hands.at(*CORNERS[3])
    QTest.mouseMove(hands.canvas, last)
    QTest.mouseClick(hands.canvas, LEFT, NONE, last)
    QTest.mouseDClick(hands.canvas, LEFT, NONE, last)
    shape = only(hands, image)
    assert near(shape["points"], CORNERS), "the second press of the double click adds no point"


def test_task_08_polygon_closed_at_its_first_point(hands: Driver, image: Path) -> None:
    hands.press("P")
    clicks(hands, [*CORNERS, CORNERS[0]])
    assert near(only(hands, image)["points"], CORNERS)


def test_task_09_points_taken_back_and_given_up(hands: Driver, image: Path) -> None:
    hands.press("P")
    clicks(hands, [*CORNERS[:3], (0.8, 0.8), (0.9, 0.9)])
    hands.press("Backspace", "Ctrl+Z")
    clicks(hands, CORNERS[3:])
    hands.press("Return")
    assert near(only(hands, image)["points"], CORNERS)
    hands.press("P")
    clicks(hands, [(0.7, 0.7), (0.8, 0.7), (0.8, 0.8)])
    hands.press("Esc")
    assert len(hands.in_file(image)) == 1


KINDS: dict[str, tuple[str, str, Spots, str]] = {
    "task_11": ("Shift+C", "circle", [(0.5, 0.5), (0.6, 0.5)], ""),
    "task_12": ("Shift+L", "line", [(0.2, 0.3), (0.6, 0.7)], ""),
    "task_13": ("Shift+P", "point", [(0.4, 0.4)], ""),
    "task_13_many": ("Shift+T", "points", [(0.4, 0.4), (0.5, 0.5), (0.3, 0.7)], "Return"),
    "task_14": ("Shift+S", "linestrip", [(0.2, 0.2), (0.4, 0.3), (0.6, 0.2)], "Return"),
    "task_15": ("T", "quadrilateral", [(0.2, 0.2), (0.5, 0.25), (0.55, 0.6), (0.15, 0.5)], ""),
    "task_16": ("O", "rotation", [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6)], ""),
    "task_17": ("Shift+R", "cuboid", [(0.2, 0.3), (0.5, 0.7), (0.55, 0.2)], ""),
}


@pytest.mark.parametrize("task", KINDS)
def test_kinds(hands: Driver, image: Path, task: str) -> None:
    key, kind, spots, end = KINDS[task]
    hands.press(key)
    assert hands.session.tool == kind
    clicks(hands, spots)
    if end:
        hands.press(end)
    shape = only(hands, image)
    points = np.array(shape["points"])
    assert shape["label"] == "car"
    assert len(points) == {"rotation": 4, "cuboid": 8}.get(kind, len(spots))
    assert shape["shape_type"] in (kind, "oriented_rectangle" if kind == "rotation" else kind)
    assert near(points[:1], spots[:1])
    if kind == "rotation":
        assert near(points, [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)])
    elif kind != "cuboid":
        assert near(points, spots)
    hands.press("Ctrl+Z")
    assert hands.in_file(image) == []


def test_task_14_polyline_ended_by_ctrl_click(hands: Driver, image: Path) -> None:
    hands.press("Shift+S")
    clicks(hands, [(0.2, 0.2), (0.4, 0.3)])
    hands.click(0.6, 0.2, CTRL)
    shape = only(hands, image)
    assert shape["shape_type"] == "linestrip" and near(shape["points"], [(0.2, 0.2), (0.4, 0.3), (0.6, 0.2)])


def test_task_19_a_point_and_the_whole_shape_are_moved(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.drag(CORNERS[2], (0.7, 0.8))
    moved = [CORNERS[0], CORNERS[1], (0.7, 0.8), CORNERS[3]]
    assert near(only(hands, image)["points"], moved)
    hands.drag((0.3, 0.3), (0.4, 0.4), steps=6)
    assert near(only(hands, image)["points"], [(x + 0.1, y + 0.1) for x, y in moved])
    before = np.array(only(hands, image)["points"])
    hands.press("Right", "Right", "Up")
    assert np.allclose(np.array(only(hands, image)["points"]) - before, (2, -1))
    hands.press(*["Ctrl+Z"] * 5)
    assert near(only(hands, image)["points"], CORNERS), "three nudges, the move, the point: one step each"


def test_task_20_points_are_removed_with_shift_and_added_on_an_edge(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.click(*CORNERS[2], SHIFT)
    assert near(only(hands, image)["points"], [CORNERS[0], CORNERS[1], CORNERS[3]])
    QTest.mouseMove(hands.canvas, hands.at(0.35, 0.2))
    hands.press("Ctrl+Shift+P")
    assert near(only(hands, image)["points"], [CORNERS[0], (0.35, 0.2), CORNERS[1], CORNERS[3]])
    QTest.mouseMove(hands.canvas, hands.at(0.35, 0.2))
    hands.press("Backspace")
    assert len(only(hands, image)["points"]) == 3  # type: ignore[arg-type]


def test_task_21_a_hole_is_cut_and_removed(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.press("Shift+X")
    clicks(hands, [(0.3, 0.3), (0.4, 0.3), (0.4, 0.5), (0.3, 0.5)])
    hands.press("Return")
    hands.wait()
    (shape,) = hands.saved(image).shapes
    assert [len(hole) for hole in shape.holes] == [4]
    hands.press("Ctrl+J")
    QTest.mouseMove(hands.canvas, hands.at(0.35, 0.4))
    hands.press("Shift+Backspace")
    hands.wait()
    (shape,) = hands.saved(image).shapes
    assert not shape.holes and near(shape.points, CORNERS)


def area(driver: Driver, image: Path) -> int:
    """Pixels of the one mask on disk."""
    driver.wait()
    (shape,) = driver.saved(image).shapes
    assert shape.kind == "mask"
    mask: Mask = shape.mask
    return mask.area


def test_tasks_22_and_23_a_mask_is_painted_and_erased(hands: Driver, image: Path) -> None:
    hands.press("Shift+B")
    small = hands.session.settings.get("paint.size_px")
    hands.drag((0.2, 0.5), (0.6, 0.5))
    thin = area(hands, image)
    hands.press("]", "]")
    assert hands.session.settings.get("paint.size_px") > small
    hands.drag((0.2, 0.5), (0.6, 0.5))
    thick = area(hands, image)
    assert thick > thin > 0.4 * 320 * small * 0.9
    hands.press("Ctrl+Shift+B", "[")
    hands.drag((0.35, 0.4), (0.35, 0.6))
    assert 0 < area(hands, image) < thick
    hands.press("Ctrl+Z")
    assert area(hands, image) == thick


def test_task_24_an_area_is_picked_by_its_colour(hands: Driver, image: Path) -> None:
    hands.press("Shift+W")
    hands.click(0.4, 0.5)
    hands.wait()
    hands.press("Return")
    shape = only(hands, image)
    points = np.array(shape["points"])
    assert np.abs(points.min(axis=0) - (80, 60)).max() <= 2 and np.abs(points.max(axis=0) - (200, 180)).max() <= 2
