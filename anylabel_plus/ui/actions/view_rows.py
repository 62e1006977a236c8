"""Rows of the menu View."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from typing import TYPE_CHECKING

from anylabel_plus.ui.actions.changes import set_theme, toggle_hidden
from anylabel_plus.ui.actions.row import IMAGE, SELECTION, Action, has_shapes, row
from anylabel_plus.ui.actions.selecting import show_only_selected, toggle_all
from anylabel_plus.ui.actions.viewing import adjusted, show_plainly

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


def turned(session: Session, step: int) -> int:
    """The page ``step`` pages on, -1 where there is none."""
    picture = session.picture
    page = picture.choice.page + step if picture is not None else -1
    return page if picture is not None and 0 <= page < picture.extent.pages else -1


ROWS: tuple[Action, ...] = (
    row("zoom_in", "Zoom in", ("View", 1), "zoom_in", ("Ctrl++", "Ctrl+="), IMAGE),
    row("zoom_out", "Zoom out", ("View", 1), "zoom_out", ("Ctrl+-",), IMAGE),
    row("zoom_100", "Zoom to 100%", ("View", 1), "zoom_100", ("Ctrl+0",), IMAGE),
    row("fit", "Fit to window", ("View", 1), "fit", ("Ctrl+F",), IMAGE),
    row("fit_width", "Fit width", ("View", 1), "ph.arrows-out-line-horizontal", ("Ctrl+Shift+F",), IMAGE),
    row("hide_selected", "Hide or show selected shapes", ("View", 2), "hide", ("H",), SELECTION, toggle_hidden),
    row("show_only", "Show only selected shapes", ("View", 2), "ph.eye-closed", ("Ctrl+Alt+H",), SELECTION, show_only_selected, "Again: show all."),
    row("toggle_all", "Hide or show all shapes", ("View", 2), "hide", ("Ctrl+H",), (has_shapes, "This image has no shapes."), toggle_all),
    row("show_all", "Show all shapes", ("View", 2), "show", ("Shift+H",), (lambda s: bool(s.hidden), "No shape is hidden."), lambda s: s.set_hidden(())),
    Action("show_labels", "Label tags", "View", 3, setting="canvas.show_labels"),
    Action("crosshair", "Crosshair while drawing", "View", 3, setting="canvas.crosshair"),
    Action("rulers", "Rulers", "View", 3, "ph.ruler", setting="canvas.rulers"),
    row("navigator", "Navigator and display", ("View", 3), "ph.map-trifold", ("F9",), note="The whole image, brightness, contrast, gamma."),
    row("reset_display", "Show pixels as they are", ("View", 3), "ph.sun-dim", (), (adjusted, "Pixels are shown as they are."), show_plainly),
    row("compare", "Compare with the image before", ("View", 3), "ph.columns", ("Ctrl+Alt+C",), (lambda s: s.comparing or s.row > 0, "This is the first image of the folder."), lambda s: s.set_comparing(not s.comparing), "Shift and the wheel move the edge."),
    row("next_page", "Next page of the file", ("View", 3), "ph.files", ("Ctrl+Alt+PgDown",), (lambda s: turned(s, 1) >= 0, "There is no next page in this file."), lambda s: s.show_page(turned(s, 1)), "Pages share the labels."),
    row("previous_page", "Previous page of the file", ("View", 3), "ph.files", ("Ctrl+Alt+PgUp",), (lambda s: turned(s, -1) >= 0, "There is no previous page in this file."), lambda s: s.show_page(turned(s, -1))),
    Action("keep_view", "Keep zoom between images", "View", 3, setting="files.keep_previous_view"),
    row("theme_system", "Follow the system theme", ("View", 4), "theme", run=set_theme("system")),
    row("theme_dark", "Dark theme", ("View", 4), "ph.moon", run=set_theme("dark")),
    row("theme_light", "Light theme", ("View", 4), "ph.sun", run=set_theme("light")),
    row("panel_assist", "Assist", ("View", 5), "ph.magic-wand", ("Alt+1",), note="Open the panel, or close it.", submenu="Panels"),
    row("panel_shapes", "Shapes", ("View", 5), "ph.list-bullets", ("Alt+2",), note="Open the panel, or close it.", submenu="Panels"),
    row("panel_labels", "Labels", ("View", 5), "ph.tag-simple", ("Alt+3",), note="Open the panel, or close it.", submenu="Panels"),
    row("panel_attributes", "Attributes", ("View", 5), "ph.sliders-horizontal", ("Alt+4",), note="Open the panel, or close it.", submenu="Panels"),
    row("panel_files", "Files", ("View", 5), "ph.images", ("Alt+5",), note="Open the panel, or close it.", submenu="Panels"),
    row("next_area", "Next area of the window", ("View", 5), "ph.arrows-left-right", ("F6",), note="Options, canvas, panels, tools."),
    row("previous_area", "Previous area of the window", ("View", 5), "ph.arrows-left-right", ("Shift+F6",)),
    row("full_screen", "Full screen", ("View", 5), "ph.corners-out", ("F11",)),
    row("reset_layout", "Reset layout", ("View", 5), "ph.layout", ("Ctrl+Shift+V",)),
)  # fmt: skip
