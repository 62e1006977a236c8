"""Rows of the menu Shape."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.core import edits
from anylabel_plus.ui.actions.changes import (
    can_group,
    group_selected,
    has_group,
    restack,
    toggle_lock,
    ungroup_selected,
)
from anylabel_plus.ui.actions.row import DOCUMENT, SELECTION, Action, row, tool

ROWS: tuple[Action, ...] = (
    tool("select", "Select and edit", "select", 1, ("Ctrl+J", "V"), "Move shapes and their points."),
    tool("pan", "Pan", "pan", 1, (), "Hold Space in any tool."),
    tool("rectangle", "Rectangle", "box", 2, ("R", "Ctrl+R"), "Press, drag, release."),
    tool("rotation", "Rotated box", "rotated_box", 2, ("O",), "Two clicks for an edge, one for the width."),
    tool("polygon", "Polygon", "polygon", 2, ("P", "Ctrl+N"), "Click the points; Enter or the first point closes it."),
    tool("circle", "Circle", "circle", 2, ("Shift+C",), "Press at the centre, drag to the rim."),
    tool("linestrip", "Polyline", "polyline", 2, ("Shift+S",), "Click the points; Enter ends it."),
    tool("point", "Point", "ph.crosshair-simple", 2, ("Shift+P",), "One click."),
    row("add_point", "Add point to edge", ("Shape", 3), "ph.plus-circle", ("Ctrl+Shift+P",), DOCUMENT, note="On the edge nearest to the pointer."),
    row("remove_point", "Remove point", ("Shape", 3), "ph.minus-circle", ("Backspace",), DOCUMENT, note="The point under the pointer."),
    row("group", "Group", ("Shape", 4), "ph.link", ("G",), (can_group, "Select two or more shapes first."), group_selected),
    row("ungroup", "Ungroup", ("Shape", 4), "ph.link-break", ("U",), (has_group, "Select a shape of a group first."), ungroup_selected),
    row("lock", "Lock or unlock", ("Shape", 5), "lock", ("Ctrl+L",), SELECTION, toggle_lock),
    row("raise", "Bring forward", ("Shape", 5), "ph.arrow-line-up", ("Ctrl+]",), SELECTION, restack("Bring forward", edits.raise_shapes)),
    row("lower", "Send backward", ("Shape", 5), "ph.arrow-line-down", ("Ctrl+[",), SELECTION, restack("Send backward", edits.lower_shapes)),
)  # fmt: skip
