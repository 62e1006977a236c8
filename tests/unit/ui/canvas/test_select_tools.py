"""Turning, resizing, erasing points, cycling, box and lasso: the selecting tools without a widget."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tool_stage import Stage, click, drag, square, stage

from anylabel_plus.core import geometry
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.ui.canvas import handles
from anylabel_plus.ui.canvas.tools import TOOLS
from anylabel_plus.ui.canvas.tools_base import DrawOptions, Pointer
from anylabel_plus.ui.canvas.tools_edit import SelectTool

BOX = [[80, 40], [120, 40], [120, 60], [80, 60]]


def boat() -> Stage:
    scene = stage(make_shape("rotation", "boat", BOX, direction=0.0))
    scene.selection = frozenset((1,))
    return scene


# Turning -------------------------------------------------------------------------------------


def test_the_handle_turns_the_box() -> None:
    scene = boat()
    place = handles.turn_handle(scene.document.shape(1), 1.0)
    assert place == (100, 16), "above the first side"
    drag(scene, SelectTool(scene), place, (110, 20), (134, 50))
    turned = scene.document.shape(1)
    assert turned.direction == pytest.approx(math.pi / 2)
    assert np.allclose(turned.points.mean(axis=0), (100, 50))
    assert scene.log == ["begin Turn shape", "keep"]


def test_shift_turns_in_steps_and_escape_takes_it_back() -> None:
    scene = boat()
    before, tool = scene.document, SelectTool(scene)
    drag(scene, tool, (100, 16), (112, 18), (125, 30), drop=False, shift=True)
    assert math.degrees(geometry.angle(scene.document.shape(1).points)) == pytest.approx(45)
    scene.do(tool.key("Escape"))
    assert scene.document is before


@pytest.mark.parametrize(("key", "degrees"), [("Z", 1.0), ("X", 0.1), ("C", 359.9), ("V", 359.0)])
def test_keys_turn_rotated_boxes(key: str, degrees: float) -> None:
    scene = boat()
    tool = SelectTool(scene)
    assert tool.wants(key)
    scene.do(tool.key(key))
    scene.do(tool.key_up(key))
    assert math.degrees(geometry.angle(scene.document.shape(1).points)) == pytest.approx(degrees)
    assert scene.log == ["begin Turn shape", "keep"]


def test_a_held_key_is_one_entry_and_the_steps_are_settings() -> None:
    scene = boat()
    scene.options = DrawOptions(turn_large=5.0)
    tool = SelectTool(scene)
    for _ in range(4):
        scene.do(tool.key("Z"))
    scene.do(tool.key_up("Z"))
    assert math.degrees(geometry.angle(scene.document.shape(1).points)) == pytest.approx(20)
    assert scene.log == ["begin Turn shape", "keep"]


def test_letters_belong_to_actions_when_something_else_is_selected() -> None:
    scene = stage(square(), make_shape("rotation", "boat", BOX))
    tool = SelectTool(scene)
    assert not tool.wants("Z")
    scene.selection = frozenset((1, 2))
    assert not tool.wants("Z") and tool.key("Z") is None


def test_corners_of_a_turned_box_keep_its_angle() -> None:
    scene = boat()
    tool = SelectTool(scene)
    for _ in range(30):
        scene.do(tool.key("Z"))
    scene.do(tool.key_up("Z"))
    corner = scene.document.shape(1).points[2].tolist()
    drag(scene, tool, tuple(corner), (130, 70), (140, 80))
    after = scene.document.shape(1)
    assert math.degrees(geometry.angle(after.points)) == pytest.approx(30)
    assert after.points[2].tolist() == [140, 80]


@pytest.mark.parametrize(
    ("start", "to", "points"),
    [((100, 40), (107, 30), [[80, 30], [120, 60]]), ((120, 50), (140, 70), [[80, 40], [140, 60]])],
)
def test_a_side_of_a_box_moves_across_itself(
    start: tuple[float, float], to: tuple[float, float], points: list[list[float]]
) -> None:
    scene = stage(make_shape("rectangle", "a", [[80, 40], [120, 60]]))
    scene.scale = 2.0
    scene.selection = frozenset((1,))
    drag(scene, SelectTool(scene), start, to)
    assert scene.document.shape(1).points.tolist() == points
    assert scene.log == ["begin Move side", "keep"]


def test_a_side_of_a_turned_box_keeps_its_angle_and_stays_in_the_image() -> None:
    scene = boat()
    scene.scale = 2.0
    tool = SelectTool(scene)
    for _ in range(30):
        scene.do(tool.key("Z"))
    scene.do(tool.key_up("Z"))
    before = scene.document.shape(1)
    number, middle = handles.side_handles(before, 2.0)[0]
    assert number == 0
    drag(scene, tool, middle, (middle[0] + 40, middle[1] - 90))
    after = scene.document.shape(1)
    assert math.degrees(geometry.angle(after.points)) == pytest.approx(30)
    assert np.allclose(after.points[2:], before.points[2:]), "the opposite side stays"
    assert after.points[:, 1].min() == pytest.approx(0) and after.points.min() > -1e-9


def test_short_sides_have_no_handle() -> None:
    assert [n for n, _ in handles.side_handles(make_shape("rectangle", "a", [[0, 0], [60, 10]]), 1.0)] == [0, 2]


# Resizing several ----------------------------------------------------------------------------


def test_a_corner_of_the_bound_resizes_all_that_is_selected() -> None:
    scene = stage(square(x=20, y=20, side=20), square("b", 60, 40, 20))
    scene.selection = frozenset((1, 2))
    drag(scene, SelectTool(scene), (80, 60), (100, 70), (110, 80))
    assert scene.document.shape(1).points[2].tolist() == pytest.approx([50, 50])
    assert scene.document.shape(2).points[2].tolist() == pytest.approx([110, 80])
    assert scene.log == ["begin Resize 2 shapes", "keep"] and scene.selection == {1, 2}


# Points --------------------------------------------------------------------------------------


def test_alt_and_a_drag_erase_points_but_not_the_last_three() -> None:
    ring = [[20, 20], [40, 20], [60, 20], [80, 20], [80, 60], [20, 60]]
    scene = stage(make_shape("polygon", "a", ring))
    scene.selection = frozenset((1,))
    tool = SelectTool(scene)
    drag(scene, tool, (40, 30), (40, 20), (60, 20), alt=True)
    assert scene.document.shape(1).points.tolist() == [ring[0], *ring[3:]]
    assert scene.log == ["begin Erase points", "keep"] and not scene.said
    drag(scene, tool, (20, 30), (20, 20), (80, 20), (80, 60), alt=True)
    assert len(scene.document.shape(1).points) == 3
    assert scene.said == ["The shape needs its 3 points. Delete removes the whole shape."]


def test_the_last_three_points_are_kept_and_that_is_said() -> None:
    scene = stage(make_shape("polygon", "a", [[20, 20], [60, 20], [60, 60]]))
    before = scene.document
    click(scene, SelectTool(scene), 60, 20, shift=True)
    assert scene.document is before and "3 points" in scene.said[0]


def test_a_dragged_point_is_drawn_to_the_neighbour_unless_alt_is_held() -> None:
    scene = stage(square(), square("b", 100))
    tool = SelectTool(scene)
    drag(scene, tool, (60, 20), (80, 20), (97, 22))
    assert scene.document.shape(1).points[1].tolist() == [100, 20]
    scene.do(tool.press(Pointer(60, 60)))
    scene.do(tool.move(Pointer(97, 58, alt=True), down=True))
    scene.do(tool.release(Pointer(97, 58)))
    assert scene.document.shape(1).points[2].tolist() == [97, 58]


def test_shift_moves_along_an_axis() -> None:
    scene = stage(square())
    tool = SelectTool(scene)
    drag(scene, tool, (40, 40), (60, 43), shift=True)
    assert scene.document.shape(1).points[0].tolist() == [40, 20]
    drag(scene, tool, (60, 40), (70, 52), shift=True)
    assert scene.document.shape(1).points[0].tolist() == pytest.approx([51, 31])


# Selecting -----------------------------------------------------------------------------------


def test_clicks_at_one_place_go_down_the_stack_and_round() -> None:
    small = square("small", 40, 40, 20)
    scene = stage(small, square("middle", 30, 30, 50), square("large", 20, 20, 70))
    tool = SelectTool(scene)
    chosen = []
    for _ in range(4):
        click(scene, tool, 50, 50)
        chosen.append(min(scene.selection))
    assert chosen == [3, 2, 1, 3]


def test_a_drag_in_between_starts_from_the_top_again() -> None:
    scene = stage(square("small", 40, 40, 20), square("large", 20, 20, 70))
    tool = SelectTool(scene)
    click(scene, tool, 50, 50)
    click(scene, tool, 55, 55)
    assert scene.selection == {2}, "another place"


@pytest.mark.parametrize("name", ["select_box", "select_lasso"])
def test_an_area_begun_on_a_shape_selects_what_is_inside(name: str) -> None:
    scene = stage(square("large", 2, 2, 95), square("a", 20, 20, 10), square("b", 50, 50, 10), square("c", 80, 20, 10))
    tool = TOOLS[name](scene)
    drag(scene, tool, (10, 10), (70, 10), (70, 70), (10, 70) if name == "select_lasso" else (70, 70))
    assert scene.selection == {2, 3}
    drag(scene, tool, (75, 15), (95, 15), (95, 35), (75, 35) if name == "select_lasso" else (95, 35), ctrl=True)
    assert scene.selection == {2, 3, 4}
    drag(scene, tool, (15, 15), (35, 15), (35, 35), (15, 35) if name == "select_lasso" else (35, 35), alt=True)
    assert scene.selection == {3, 4}
    click(scene, tool, 25, 25)
    assert scene.selection == {2}


def test_a_lasso_is_not_its_box() -> None:
    scene = stage(square("a", 20, 20, 10), square("corner", 60, 60, 10))
    drag(scene, TOOLS["select_lasso"](scene), (10, 10), (75, 10), (10, 75), (10, 12))
    assert scene.selection == {1}


def test_a_right_click_with_the_lasso_is_about_the_shape_there() -> None:
    scene = stage(square("a", 20, 20, 20), square("b", 60, 60, 20))
    tool = TOOLS["select_lasso"](scene)
    scene.do(tool.press(Pointer(70, 70, button="right")))
    assert scene.selection == {2} and tool.draft is None
    scene.selection = frozenset((1, 2))
    scene.do(tool.press(Pointer(70, 70, button="right")))
    assert scene.selection == {1, 2}, "a menu for all that is selected"
