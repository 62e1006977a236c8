"""Rows of the menu Shape."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.core import edits
from anylabel_plus.ui.actions.changes import (
    can_group,
    group_selected,
    has_group,
    lowered_to_bottom,
    raised_to_top,
    restack,
    toggle_lock,
    ungroup_selected,
)
from anylabel_plus.ui.actions.placing import can_turn, turn
from anylabel_plus.ui.actions.row import DOCUMENT, SELECTION, Action, row, tool

TURNABLE = (can_turn, "Select a rotated box, a polygon or a line first.")

ROWS: tuple[Action, ...] = (
    tool("select", "Select and edit", "select", 1, ("Ctrl+J", "V"), "Move shapes and their points."),
    tool("select_box", "Select by box", "ph.selection", 1, ("Ctrl+Shift+J",), "Drag a box around shapes, from anywhere. Ctrl adds, Alt takes away."),
    tool("select_lasso", "Select by lasso", "ph.scribble-loop", 1, ("Shift+V",), "Draw around shapes. Ctrl adds, Alt takes away."),
    tool("pan", "Pan", "pan", 1, (), "Hold Space in any tool."),
    tool("rectangle", "Rectangle", "box", 2, ("R", "Ctrl+R"), "Press, drag, release.", submenu="Draw"),
    tool("rotation", "Rotated box", "rotated_box", 2, ("O",), "Two clicks for an edge, one for the width.", submenu="Draw"),
    tool("polygon", "Polygon", "polygon", 2, ("P", "Ctrl+N"), "Click the points, or draw freehand; Enter or the first point closes it.", submenu="Draw"),
    tool("quadrilateral", "Quadrilateral", "ph.parallelogram", 2, ("T",), "Click four corners, in reading order.", submenu="Draw"),
    tool("cuboid", "Cuboid", "ph.cube", 2, ("Shift+R",), "Drag the front face, then click where a corner lies at the back.", submenu="Draw"),
    tool("circle", "Circle", "circle", 2, ("Shift+C",), "Press at the centre, drag to the rim.", submenu="Draw"),
    tool("linestrip", "Polyline", "polyline", 2, ("Shift+S",), "Click the points, or draw freehand; Enter or Ctrl+click ends it.", submenu="Draw"),
    tool("line", "Line", "ph.line-segment", 2, ("Shift+L",), "Press, drag, release. Shift keeps it on an axis.", submenu="Draw"),
    tool("point", "Point", "ph.crosshair-simple", 2, ("Shift+P",), "One click.", submenu="Draw"),
    tool("points", "Points", "ph.dots-nine", 2, ("Shift+T",), "Click the points of one shape; Enter ends it.", submenu="Draw"),
    Action("snap", "Snap to other shapes", "Shape", 3, setting="draw.snap", note="Alt holds a point free.", submenu="Draw"),
    Action("follow_borders", "Follow borders", "Shape", 3, setting="draw.follow", note="Ctrl+click does so for one point.", submenu="Draw"),
    Action("freehand", "Freehand drawing", "Shape", 3, setting="draw.freehand", note="Press and drag in a polygon or a polyline.", submenu="Draw"),
    row("add_point", "Add point to edge", ("Shape", 4), "ph.plus-circle", ("Ctrl+Shift+P",), DOCUMENT, note="On the edge nearest to the pointer."),
    row("remove_point", "Remove point", ("Shape", 4), "ph.minus-circle", ("Backspace",), DOCUMENT, note="The point under the pointer."),
    row("group", "Group", ("Shape", 4), "ph.link", ("G",), (can_group, "Select two or more shapes first."), group_selected),
    row("ungroup", "Ungroup", ("Shape", 4), "ph.link-break", ("U",), (has_group, "Select a shape of a group first."), ungroup_selected),
    row("lock", "Lock or unlock", ("Shape", 5), "lock", ("Ctrl+L",), SELECTION, toggle_lock),
    row("raise", "Bring forward", ("Shape", 5), "ph.arrow-line-up", ("Ctrl+]",), SELECTION, restack("Bring forward", edits.raise_shapes), submenu="Order"),
    row("lower", "Send backward", ("Shape", 5), "ph.arrow-line-down", ("Ctrl+[",), SELECTION, restack("Send backward", edits.lower_shapes), submenu="Order"),
    row("raise_top", "Bring to the front", ("Shape", 5), "ph.arrow-fat-lines-up", ("Ctrl+Shift+]",), SELECTION, restack("Bring to the front", raised_to_top), submenu="Order"),
    row("lower_bottom", "Send to the back", ("Shape", 5), "ph.arrow-fat-lines-down", ("Ctrl+Shift+[",), SELECTION, restack("Send to the back", lowered_to_bottom), submenu="Order"),
    row("turn_large", "Turn clockwise by a large step", ("Shape", 6), "ph.arrow-clockwise", (), TURNABLE, turn("large", 1), "Key Z on rotated boxes.", submenu="Turn"),
    row("turn_small", "Turn clockwise by a small step", ("Shape", 6), "ph.arrow-clockwise", (), TURNABLE, turn("small", 1), "Key X on rotated boxes.", submenu="Turn"),
    row("turn_back_small", "Turn back by a small step", ("Shape", 6), "ph.arrow-counter-clockwise", (), TURNABLE, turn("small", -1), "Key C on rotated boxes.", submenu="Turn"),
    row("turn_back_large", "Turn back by a large step", ("Shape", 6), "ph.arrow-counter-clockwise", (), TURNABLE, turn("large", -1), "Key V on rotated boxes.", submenu="Turn"),
)  # fmt: skip
