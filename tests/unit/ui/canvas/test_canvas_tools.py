"""Canvas tools, driven without a widget: pointers and keys in, effects out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tool_stage import click, drag, square, stage

from anylabel_plus.core.shapes import KINDS, make_shape
from anylabel_plus.ui.canvas.tools import TOOLS
from anylabel_plus.ui.canvas.tools_base import Pointer
from anylabel_plus.ui.canvas.tools_edit import SelectTool

# Drawing -------------------------------------------------------------------------------------


def test_polygon_closes_on_its_first_point() -> None:
    scene = stage()
    tool = TOOLS["polygon"](scene)
    for x, y in ((10, 10), (60, 10), (60, 50)):
        click(scene, tool, x, y)
    scene.do(tool.move(Pointer(12, 11)))
    assert tool.draft is not None and tool.draft.closing
    click(scene, tool, 12, 11)
    (shape,) = scene.document.shapes
    assert shape.label == "cat"
    assert shape.points.tolist() == [[10, 10], [60, 10], [60, 50]]
    assert scene.selection == {shape.id}
    assert tool.draft is None


@pytest.mark.parametrize("how", ["Return", "double"])
def test_polygon_closes_by_key_and_double_click(how: str) -> None:
    scene = stage()
    tool = TOOLS["polygon"](scene)
    for x, y in ((10, 10), (60, 10), (60, 50)):
        click(scene, tool, x, y)
    scene.do(tool.key("Return") if how == "Return" else tool.double_click(Pointer(60, 50)))
    assert len(scene.document.shapes[0].points) == 3


def test_polygon_takes_back_points_and_gives_up() -> None:
    scene = stage()
    tool = TOOLS["polygon"](scene)
    click(scene, tool, 10, 10)
    click(scene, tool, 60, 10)
    scene.do(tool.key("Return"))
    assert not scene.document.shapes, "two points are no polygon"
    scene.do(tool.key("Undo"))
    assert tool.draft is not None and tool.draft.points[:-1] == ((10, 10),)
    scene.do(tool.key("Escape"))
    assert tool.draft is None and not tool.busy
    assert tool.key("Escape") is None, "the next Escape belongs to the canvas"


def test_alt_keeps_a_polygon_open_at_its_first_point() -> None:
    scene = stage()
    tool = TOOLS["polygon"](scene)
    for x, y in ((10, 10), (60, 10), (60, 50)):
        click(scene, tool, x, y)
    click(scene, tool, 12, 12, alt=True)
    assert not scene.document.shapes
    assert tool.draft is not None and len(tool.draft.points) == 5


def test_points_outside_the_image_are_moved_inside() -> None:
    scene = stage()
    tool = TOOLS["rectangle"](scene)
    drag(scene, tool, (-30, 20), (50, 400))
    assert scene.document.shapes[0].points.tolist() == [[0, 20], [50, 100]]


@pytest.mark.parametrize("kind", ["rectangle", "circle", "line"])
@pytest.mark.parametrize("how", ["drag", "clicks"])
def test_two_points_by_drag_or_by_clicks(kind: str, how: str) -> None:
    scene = stage()
    tool = TOOLS[kind](scene)
    if how == "drag":
        drag(scene, tool, (10, 20), (30, 30), (70, 60))
    else:
        click(scene, tool, 10, 20)
        click(scene, tool, 70, 60)
    assert scene.document.shapes[0].kind == kind
    assert scene.document.shapes[0].points.tolist() == [[10, 20], [70, 60]]


def test_a_flat_box_is_not_made() -> None:
    scene = stage()
    tool = TOOLS["rectangle"](scene)
    drag(scene, tool, (10, 20), (70, 20))
    assert not scene.document.shapes


def test_shift_makes_a_square() -> None:
    scene = stage()
    tool = TOOLS["rectangle"](scene)
    drag(scene, tool, (100, 50), (60, 30), shift=True)
    assert scene.document.shapes[0].points.tolist() == [[100, 50], [60, 10]]


def test_rotated_box_from_one_side_and_its_breadth() -> None:
    scene = stage()
    tool = TOOLS["rotation"](scene)
    for x, y in ((20, 50), (60, 80), (90, 40)):
        click(scene, tool, x, y)
    points = scene.document.shapes[0].points
    assert points[:2].tolist() == [[20, 50], [60, 80]]
    sides = np.roll(points, -1, axis=0) - points
    assert abs(float(sides[0] @ sides[1])) < 1e-9, "right angles"
    assert np.allclose(sides[0], -sides[2])


def test_linestrip_ends_with_ctrl_click() -> None:
    scene = stage()
    tool = TOOLS["linestrip"](scene)
    click(scene, tool, 10, 10)
    click(scene, tool, 40, 20)
    click(scene, tool, 80, 20, ctrl=True)
    assert len(scene.document.shapes[0].points) == 3


def test_every_drawing_tool_makes_a_shape_of_its_kind() -> None:
    for name, tool_class in TOOLS.items():
        if name not in KINDS:
            continue
        scene = stage()
        tool = tool_class(scene)
        for x, y in ((20, 20), (80, 30), (70, 80), (25, 70)):
            if not scene.document.shapes:
                click(scene, tool, x, y)
        scene.do(tool.key("Return"))
        assert [shape.kind for shape in scene.document.shapes] == [name]


# Editing -------------------------------------------------------------------------------------


def test_click_selects_and_click_beside_clears() -> None:
    scene = stage(square())
    tool = SelectTool(scene)
    click(scene, tool, 40, 40)
    assert scene.selection == {1}
    click(scene, tool, 150, 80)
    assert scene.selection == frozenset()


def test_ctrl_click_selects_several() -> None:
    scene = stage(square(), square("dog", 100))
    tool = SelectTool(scene)
    click(scene, tool, 40, 40)
    click(scene, tool, 120, 40, ctrl=True)
    assert scene.selection == {1, 2}
    click(scene, tool, 40, 40, ctrl=True)
    assert scene.selection == {2}


def test_drag_moves_all_that_is_selected_in_one_stroke() -> None:
    scene = stage(square(), square("dog", 100))
    tool = SelectTool(scene)
    scene.selection = frozenset((1, 2))
    drag(scene, tool, (40, 40), (45, 42), (50, 50))
    assert scene.document.shape(1).points[0].tolist() == [30, 30]
    assert scene.document.shape(2).points[0].tolist() == [110, 30]
    assert scene.log == ["begin Move 2 shapes", "keep"]
    assert scene.selection == {1, 2}


def test_click_on_one_of_several_selects_it_alone() -> None:
    scene = stage(square(), square("dog", 100))
    scene.selection = frozenset((1, 2))
    tool = SelectTool(scene)
    click(scene, tool, 40, 40)
    assert scene.selection == {1}


def test_escape_takes_a_drag_back() -> None:
    scene = stage(square())
    before = scene.document
    tool = SelectTool(scene)
    drag(scene, tool, (40, 40), (60, 60), drop=False)
    assert scene.document is not before
    scene.do(tool.key("Escape"))
    assert scene.document is before
    assert scene.log[-1] == "abort"
    scene.do(tool.release(Pointer(60, 60)))
    assert scene.log[-1] == "abort"


def test_a_small_tremble_moves_nothing() -> None:
    scene = stage(square())
    before = scene.document
    tool = SelectTool(scene)
    drag(scene, tool, (40, 40), (41, 41))
    assert scene.document is before


def test_vertex_drag() -> None:
    scene = stage(square())
    tool = SelectTool(scene)
    drag(scene, tool, (20, 20), (15, 12), (10, 10))
    assert scene.document.shape(1).points.tolist() == [[10, 10], [60, 20], [60, 60], [20, 60]]
    assert scene.log == ["begin Move point", "keep"]


def test_click_on_an_edge_inserts_a_vertex_where_the_edge_is() -> None:
    scene = stage(square())
    tool = SelectTool(scene)
    click(scene, tool, 40, 22)
    assert scene.document.shape(1).points.tolist() == [[20, 20], [40, 20], [60, 20], [60, 60], [20, 60]]
    assert scene.log == ["begin Add point", "keep"]


def test_inserted_vertex_follows_the_pointer() -> None:
    scene = stage(square())
    tool = SelectTool(scene)
    drag(scene, tool, (40, 20), (40, 15), (42, 10))
    assert scene.document.shape(1).points.tolist()[1] == [42, 10]
    assert len(scene.document.shape(1).points) == 5


def test_edge_of_a_hole_gets_the_vertex() -> None:
    hole = [[30, 30], [50, 30], [50, 50], [30, 50]]
    scene = stage(make_shape("polygon", "cat", [[10, 10], [90, 10], [90, 90], [10, 90]], holes=[hole]))
    click(scene, SelectTool(scene), 40, 30)
    shape = scene.document.shape(1)
    assert len(shape.points) == 4
    assert shape.holes[0].tolist()[1] == [40, 30]


def test_shift_click_removes_a_vertex_but_not_below_three() -> None:
    scene = stage(square())
    tool = SelectTool(scene)
    click(scene, tool, 60, 60, shift=True)
    assert len(scene.document.shape(1).points) == 3
    before = scene.document
    click(scene, tool, 60, 20, shift=True)
    assert scene.document is before


def test_rubber_band_selects_what_lies_inside() -> None:
    scene = stage(square(side=20), square("dog", 100, side=20), square("far", 170, side=20))
    tool = SelectTool(scene)
    drag(scene, tool, (5, 5), (80, 50), (130, 60))
    assert scene.selection == {1, 2}
    drag(scene, tool, (195, 60), (165, 10), ctrl=True)
    assert scene.selection == {1, 2, 3}


def test_locked_shapes_let_clicks_through() -> None:
    scene = stage(square("below"), square("above").with_(locked=True))
    click(scene, SelectTool(scene), 40, 40)
    assert scene.selection == {1}


def test_arrows_nudge_in_one_stroke() -> None:
    scene = stage(square())
    tool = SelectTool(scene)
    assert tool.key("Left") is None, "nothing selected"
    scene.selection = frozenset((1,))
    scene.do(tool.key("Right"))
    scene.do(tool.key("Right"))
    scene.do(tool.key("Down", shift=True))
    scene.do(tool.key_up("Down"))
    assert scene.document.shape(1).points[0].tolist() == [22, 30]
    assert scene.log == ["begin Nudge shape", "keep"]


def test_hover_reports_vertex_edge_and_inside() -> None:
    scene = stage(square())
    tool = SelectTool(scene)
    parts = []
    for x, y in ((21, 21), (40, 21), (40, 40), (100, 80)):
        scene.do(tool.move(Pointer(x, y)))
        parts.append(scene.hovered.part if scene.hovered else None)
    assert parts == ["vertex", "edge", "inside", None]


# Assist --------------------------------------------------------------------------------------


def test_points_include_and_exclude() -> None:
    scene = stage()
    tool = TOOLS["assist_point"](scene)
    click(scene, tool, 10, 10)
    click(scene, tool, 50, 50, alt=True)
    scene.do(tool.press(Pointer(90, 90, button="right")))
    assert scene.prompt_points == ((10, 10, 1), (50, 50, 0), (90, 90, 0))


def test_exclude_tool_excludes() -> None:
    scene = stage()
    click(scene, TOOLS["assist_exclude"](scene), 10, 10)
    assert scene.prompt_points == ((10, 10, 0),)


def test_last_prompt_point_can_be_dragged() -> None:
    scene = stage()
    tool = TOOLS["assist_point"](scene)
    click(scene, tool, 10, 10)
    drag(scene, tool, (12, 10), (30, 40))
    assert scene.prompt_points == ((30, 40, 1),)


def test_prompt_box_by_drag() -> None:
    scene = stage()
    tool = TOOLS["assist_box"](scene)
    drag(scene, tool, (80, 60), (40, 30), (20, 10))
    assert scene.prompt_box == (20, 10, 80, 60)


def test_keys_of_the_assist_tools() -> None:
    scene = stage()
    tool = TOOLS["assist_point"](scene)
    assert tool.key("Tab") is None and tool.key("Escape") is None
    scene.prompt_points, scene.candidate_count = ((1, 1, 1),), 3
    for name, shift in (("Tab", False), ("Tab", True), ("2", False), ("Return", False), ("Backspace", False)):
        scene.do(tool.key(name, shift=shift))
    scene.do(tool.key("Escape"))
    assert scene.asked == [
        "next_candidate",
        "previous_candidate",
        "candidate:1",
        "accept",
        "undo_prompt",
        "clear_prompt",
    ]
    assert tool.key("4") is None


def test_zoom_changes_what_near_means() -> None:
    scene = stage()
    scene.scale = 10.0
    tool = TOOLS["polygon"](scene)
    for x, y in ((10, 10), (60, 10), (60, 50)):
        click(scene, tool, x, y)
    click(scene, tool, 12, 11)
    assert not scene.document.shapes, "22 screen pixels are not near"
    click(scene, tool, 10.5, 10.5)
    assert math.isclose(scene.document.shapes[0].points[3][0], 12)
