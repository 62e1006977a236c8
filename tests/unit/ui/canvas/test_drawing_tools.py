"""Freehand, snapping, borders, axes, cuboids, points: the drawing tools without a widget."""

from __future__ import annotations

import numpy as np
import pytest
from tool_stage import Stage, click, drag, square, stage

from anylabel_plus.core.shapes import make_shape
from anylabel_plus.ui.canvas.tools import TOOLS
from anylabel_plus.ui.canvas.tools_base import DrawOptions, Pointer, Tool, on_axis


def only(scene: Stage) -> list[list[float]]:
    """The points of the newest shape."""
    points: list[list[float]] = scene.document.shapes[-1].points.tolist()
    return points


def draw(scene: Stage, tool: Tool, *places: tuple[float, float], **held: bool) -> None:
    for x, y in places:
        click(scene, tool, x, y, **held)


def circle(radius: float = 30) -> list[tuple[float, float]]:
    turns = np.linspace(0, 2 * np.pi, 120)
    return [(100 + radius * float(np.cos(t)), 50 + radius * float(np.sin(t))) for t in turns]


# Freehand ------------------------------------------------------------------------------------


def test_a_freehand_ring_closes_where_it_began_and_is_thin() -> None:
    scene = stage()
    drag(scene, TOOLS["polygon"](scene), *circle())
    (shape,) = scene.document.shapes
    assert 12 <= len(shape.points) <= 40, "thinned at once, to what can be seen"
    radii = np.hypot(*(shape.points - (100, 50)).T)
    assert np.abs(radii - 30).max() < 1.0


def test_freehand_and_clicks_mix_and_backspace_takes_one_of_them() -> None:
    scene = stage()
    tool = TOOLS["polygon"](scene)
    draw(scene, tool, (20, 20))
    drag(scene, tool, (60, 20), (70, 25), (80, 40), (80, 60), (70, 80))
    assert tool.draft is not None and len(tool.draft.points) > 4
    click(scene, tool, 30, 85)
    scene.do(tool.key("Backspace"))
    scene.do(tool.key("Backspace"))
    assert [tuple(p) for p in tool.draft.points[:-1]] == [(20, 20), (60, 20)]
    draw(scene, tool, (60, 60))
    scene.do(tool.key("Return"))
    assert only(scene) == [[20, 20], [60, 20], [60, 60]]


def test_a_trembling_click_is_a_click_and_freehand_can_be_off() -> None:
    scene = stage()
    tool = TOOLS["polygon"](scene)
    drag(scene, tool, (20, 20), (23, 22), (25, 23))
    assert tool.draft is not None and tool.draft.points[:-1] == ((20, 20),)
    scene.options = DrawOptions(freehand=False)
    drag(scene, tool, (60, 20), (60, 40), (60, 60))
    assert tool.draft.points[:-1] == ((20, 20), (60, 20))


def test_a_freehand_polyline_stays_open() -> None:
    scene = stage()
    tool = TOOLS["linestrip"](scene)
    drag(scene, tool, (10, 10), (40, 10), (80, 10), (80, 50))
    scene.do(tool.key("Return"))
    assert only(scene) == [[10, 10], [80, 10], [80, 50]]


# Snapping and borders ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["polygon", "linestrip", "line", "quadrilateral"])
def test_points_are_drawn_to_vertices_first_then_to_edges(kind: str) -> None:
    scene = stage(square())
    tool = TOOLS[kind](scene)
    click(scene, tool, 63, 17)
    click(scene, tool, 65, 40)
    if kind != "line":
        draw(scene, tool, (90, 50), (90, 70))
        scene.do(tool.key("Return"))
    assert only(scene)[:2] == [[60, 20], [60, 40]]


def test_the_mark_of_snapping_comes_and_goes() -> None:
    scene = stage(square())
    tool = TOOLS["polygon"](scene)
    scene.do(tool.move(Pointer(63, 17)))
    assert tool.snapped is not None and (tool.snapped.part, tool.snapped.x, tool.snapped.y) == ("vertex", 60, 20)
    scene.do(tool.move(Pointer(64, 40)))
    assert tool.snapped is not None and tool.snapped.part == "edge"
    scene.do(tool.move(Pointer(120, 40)))
    assert tool.snapped is None


def test_alt_and_the_setting_keep_points_free() -> None:
    scene = stage(square())
    tool = TOOLS["linestrip"](scene)
    click(scene, tool, 63, 17, alt=True)
    scene.options = DrawOptions(snap=False)
    click(scene, tool, 63, 37)
    scene.do(tool.key("Return"))
    assert only(scene) == [[63, 17], [63, 37]]


def test_boxes_are_not_drawn_to_their_neighbours() -> None:
    scene = stage(square())
    drag(scene, TOOLS["rectangle"](scene), (63, 17), (90, 57))
    assert only(scene) == [[63, 17], [90, 57]]


def test_a_new_polygon_runs_along_the_border_of_its_neighbour() -> None:
    neighbour = make_shape("polygon", "a", [[20, 20], [60, 20], [66, 40], [60, 60], [20, 60]])
    scene = stage(neighbour)
    scene.options = DrawOptions(follow=True)
    tool = TOOLS["polygon"](scene)
    draw(scene, tool, (61, 19))
    scene.do(tool.move(Pointer(61, 61)))
    assert tool.draft is not None and (66, 40) in tool.draft.points, "the way is shown before the click"
    draw(scene, tool, (61, 61), (120, 60), (120, 20))
    scene.do(tool.key("Return"))
    assert only(scene) == [[60, 20], [66, 40], [60, 60], [120, 60], [120, 20]]


def test_ctrl_follows_for_one_click_and_backspace_takes_the_whole_stretch() -> None:
    scene = stage(make_shape("polygon", "a", [[20, 20], [60, 20], [66, 40], [60, 60], [20, 60]]))
    tool = TOOLS["polygon"](scene)
    click(scene, tool, 61, 19)
    click(scene, tool, 61, 61, ctrl=True)
    assert tool.draft is not None and tool.draft.points[:-1] == ((60, 20), (66, 40), (60, 60))
    scene.do(tool.key("Undo"))
    assert tool.draft.points[:-1] == ((60, 20),)


def test_places_on_two_shapes_have_no_border_between_them() -> None:
    scene = stage(square(), square("b", 100))
    scene.options = DrawOptions(follow=True)
    tool = TOOLS["linestrip"](scene)
    draw(scene, tool, (61, 19), (99, 19))
    scene.do(tool.key("Return"))
    assert only(scene) == [[60, 20], [100, 20]]


def test_the_first_point_wins_over_a_neighbour() -> None:
    scene = stage(square())
    tool = TOOLS["polygon"](scene)
    click(scene, tool, 66, 20, alt=True)
    draw(scene, tool, (120, 20), (120, 60))
    scene.do(tool.move(Pointer(64, 21)))
    assert tool.draft is not None and tool.draft.closing
    draw(scene, tool, (64, 21))
    assert only(scene) == [[66, 20], [120, 20], [120, 60]]


# Axes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "locked"),
    [((40, 3), (40, 0)), ((30, 34), (32, 32)), ((-2, 20), (0, 20)), ((-20, -1), (-20, 0)), ((10, -11), (10.5, -10.5))],
)
def test_axes_are_multiples_of_45_degrees(to: tuple[float, float], locked: tuple[float, float]) -> None:
    assert on_axis((0, 0), to) == pytest.approx(locked)


def test_shift_keeps_a_polygon_on_an_axis_and_off_its_neighbour() -> None:
    scene = stage(square())
    tool = TOOLS["polygon"](scene)
    draw(scene, tool, (100, 20))
    click(scene, tool, 64, 23, shift=True)
    assert tool.draft is not None and tool.draft.points[1] == (64, 20)


# Other kinds ---------------------------------------------------------------------------------


def test_a_cuboid_by_dragging_its_front_and_clicking_its_depth() -> None:
    scene = stage()
    tool = TOOLS["cuboid"](scene)
    drag(scene, tool, (60, 80), (40, 60), (20, 40))
    scene.do(tool.move(Pointer(66, 32)))
    assert tool.draft is not None and len(tool.draft.points) == 8
    click(scene, tool, 66, 32)
    (shape,) = scene.document.shapes
    assert shape.points[:4].tolist() == [[20, 40], [60, 40], [60, 80], [20, 80]]
    assert shape.points[4:].tolist() == [[26, 32], [66, 32], [66, 72], [26, 72]]
    assert shape.extra["cuboid3d"]["depth_vector"] == [6, -8]
    assert tool.draft is None


def test_a_cuboid_by_clicks_needs_a_depth() -> None:
    scene = stage()
    tool = TOOLS["cuboid"](scene)
    draw(scene, tool, (20, 40), (60, 80), (60, 80))
    assert not scene.document.shapes and len(scene.said) == 1
    scene.do(tool.key("Backspace"))
    draw(scene, tool, (50, 70), (55, 65))
    assert only(scene)[2] == [50, 70]


def test_points_are_one_shape_of_many_clicks() -> None:
    scene = stage(square())
    tool = TOOLS["points"](scene)
    draw(scene, tool, (61, 21), (80, 30))
    click(scene, tool, 90, 50, ctrl=True)
    assert only(scene) == [[61, 21], [80, 30], [90, 50]]


def test_a_side_of_a_rotated_box_by_dragging() -> None:
    scene = stage()
    tool = TOOLS["rotation"](scene)
    drag(scene, tool, (20, 50), (40, 60), (60, 80))
    click(scene, tool, 90, 40)
    assert only(scene)[:2] == [[20, 50], [60, 80]]


def test_too_few_points_are_said() -> None:
    scene = stage()
    tool = TOOLS["polygon"](scene)
    draw(scene, tool, (20, 20), (40, 20))
    scene.do(tool.key("Return"))
    assert scene.said == ["It needs at least 3 points."] and tool.busy


def test_a_cancelled_draft_leaves_nothing_behind() -> None:
    scene = stage(square())
    tool = TOOLS["polygon"](scene)
    draw(scene, tool, (61, 19))
    scene.do(tool.press(Pointer(100, 60)))
    scene.do(tool.move(Pointer(120, 80), down=True))
    scene.do(tool.key("Escape"))
    scene.do(tool.release(Pointer(120, 80)))
    assert tool.draft is None and tool.snapped is None
    draw(scene, tool, (100, 10), (150, 10), (150, 60))
    scene.do(tool.key("Return"))
    assert only(scene) == [[100, 10], [150, 10], [150, 60]]
