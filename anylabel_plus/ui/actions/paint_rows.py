"""Rows of the painting tools, in the menu Shape."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.ui.actions.row import DOCUMENT, Action, row, tool
from anylabel_plus.ui.tip_size import can_step, step

_STEP = (can_step, "Take up the brush, the eraser or the magic wand first.")

ROWS: tuple[Action, ...] = (
    tool("brush", "Brush", "brush", 2, ("Shift+B",), "Paints a mask, or into the selected one; Enter begins a new shape, Ctrl erases.", submenu="Paint"),
    tool("eraser", "Eraser", "eraser", 2, ("Ctrl+Shift+B",), "Erases from the selected masks and polygons; Ctrl paints.", submenu="Paint"),
    tool("wand", "Magic wand", "ph.eyedropper", 2, ("Shift+W",), "Click a colour, drag for the tolerance; Enter accepts. Shift adds, Alt subtracts.", submenu="Paint"),
    tool("cut_hole", "Cut hole", "cut_hole", 2, ("Shift+X",), "Draw a ring in a mask or polygon to cut it out.", submenu="Paint"),
    row("remove_hole", "Remove hole", ("Shape", 3), "ph.circle-dashed", ("Shift+Backspace",), DOCUMENT, note="The hole under the pointer.", submenu="Paint"),
    row("tip_smaller", "Smaller brush or tolerance", ("Shape", 3), "ph.minus-circle", ("[",), _STEP, lambda s: step(s, -1), submenu="Paint"),
    row("tip_larger", "Larger brush or tolerance", ("Shape", 3), "ph.plus-circle", ("]",), _STEP, lambda s: step(s, 1), submenu="Paint"),
)  # fmt: skip
