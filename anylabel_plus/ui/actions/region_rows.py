"""Rows of the menus inside the menu Shape that work on regions: Combine, Region, Convert."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from functools import partial

from anylabel_plus.core.shapes import KINDS
from anylabel_plus.ui.actions import region_changes as regions
from anylabel_plus.ui.actions.row import DOCUMENT, Action, row

AREAS = (regions.can_combine, "Select two or more shapes with an area first.")
ALIKE = (regions.can_merge, "Select two or more areas, lines or points first.")
AREA = (regions.has_area, "Select a shape with an area first.")
PARTS = (regions.can_separate, "Select a polygon or a mask first.")
HOLES = (regions.has_holes, "Select a polygon with holes or a mask first.")
SIMPLE = (regions.can_simplify, "Select a polygon or a polyline first.")
COMBINE, REGION, CONVERT = "Combine", "Region", "Convert"
FIRST = "The shape selected first keeps its label and place."


def _convert(kind: str, note: str) -> Action:
    title = f"Convert to {KINDS[kind].title.lower()}"
    when = (partial(regions.can_convert, kind), "Select shapes of other kinds first.")
    return row(
        f"convert_{kind}",
        title,
        ("Shape", 6),
        KINDS[kind].icon,
        (),
        when,
        partial(regions.convert, kind),
        note,
        CONVERT,
    )


ROWS: tuple[Action, ...] = (
    row("union", "Union", ("Shape", 6), "ph.circles-three-plus", ("Ctrl+Shift+M",), AREAS, regions.union, FIRST, COMBINE),
    row("subtract", "Subtract", ("Shape", 6), "ph.selection-background", (), AREAS, regions.subtract, "From the shape selected first, else from the lowest; the others go.", COMBINE),
    row("subtract_keep", "Subtract and keep the others", ("Shape", 6), "ph.selection-foreground", (), AREAS, partial(regions.subtract, keep_others=True), "So that shapes side by side do not overlap.", COMBINE),
    row("intersect", "Intersect", ("Shape", 6), "ph.intersect", (), AREAS, regions.intersect, FIRST, COMBINE),
    row("merge", "Merge", ("Shape", 6), "merge", (), ALIKE, regions.merge, "Areas become one object, lines are joined at their ends.", COMBINE),
    row("separate", "Separate parts", ("Shape", 6), "ph.circles-three", (), PARTS, regions.separate, "Each part becomes an object of its own.", COMBINE),
    Action("split", "Split", "Shape", 6, "ph.knife", ("Shift+K",), *DOCUMENT, tool="split", note="Draw a line across a shape; Enter cuts.", submenu=COMBINE),
    row("fill_holes", "Fill holes", ("Shape", 6), "ph.paint-bucket", (), HOLES, regions.fill_holes, "", REGION),
    row("grow", "Grow or shrink…", ("Shape", 6), "ph.arrows-out-simple", (), AREA, None, "By pixels, with the result shown at once.", REGION),
    row("smooth", "Smooth…", ("Shape", 6), "ph.waves", (), AREA, None, "Takes small details away, with the result shown at once.", REGION),
    row("simplify", "Simplify…", ("Shape", 6), "ph.path", (), SIMPLE, None, "Fewer points, with the result and its IoU shown at once.", REGION),
    _convert("polygon", "Of a mask along its pixels, exactly."),
    _convert("mask", "The pixels whose centre lies inside."),
    _convert("rectangle", "The smallest upright box."),
    _convert("rotation", "The smallest box at any angle."),
    _convert("circle", "The circle of the same area."),
    _convert("quadrilateral", "Four corners around it."),
    _convert("linestrip", "The outline as a line."),
)  # fmt: skip
