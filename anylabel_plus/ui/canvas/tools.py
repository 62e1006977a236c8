"""TOOLS, the table of canvas tools.

To add a tool:
 1. write a class in the ``tools_*`` module it belongs to (pointers and keys in, effects out);
 2. add its class to the tuple below; ``Session.set_tool(name)`` then takes it up;
 3. add an action row that offers it, and cases to ``tests/unit/ui/canvas``.
"""

from __future__ import annotations

from anylabel_plus.ui.canvas import (
    tools_assist,
    tools_cut,
    tools_draw,
    tools_edit,
    tools_paint,
    tools_ring,
    tools_select,
    tools_split,
    tools_wand,
)
from anylabel_plus.ui.canvas.tools_base import Tool

TOOLS: dict[str, type[Tool]] = {
    tool.name: tool
    for tool in (
        tools_edit.SelectTool,
        tools_edit.PanTool,
        tools_select.BoxSelectTool,
        tools_select.LassoTool,
        tools_ring.PolygonTool,
        tools_draw.RectangleTool,
        tools_draw.RotationTool,
        tools_ring.QuadrilateralTool,
        tools_draw.CuboidTool,
        tools_draw.CircleTool,
        tools_draw.LineTool,
        tools_ring.LinestripTool,
        tools_draw.PointTool,
        tools_ring.PointsTool,
        tools_paint.BrushTool,
        tools_paint.EraserTool,
        tools_wand.WandTool,
        tools_cut.CutHoleTool,
        tools_split.SplitTool,
        tools_assist.AssistPointTool,
        tools_assist.AssistExcludeTool,
        tools_assist.AssistBoxTool,
    )
}
