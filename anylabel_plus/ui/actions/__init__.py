"""ACTIONS, the table of everything a user can ask for. Menus, tool strip, shortcuts and palette come from it.

To add an action: one row in the module of its menu, with its key (keys of other presets: ``presets``). ``run`` gets
the session (write it in ``changes``, or in a module of its own beside it); an action that needs the window, the
canvas or a dialog has no ``run`` and is a request: ``ui.requests`` binds its id (a test finds unbound ones).
"""

from __future__ import annotations

from anylabel_plus.ui.actions import (
    assist_rows,
    dataset_rows,
    edit_rows,
    file_rows,
    help_rows,
    labeling_rows,
    paint_rows,
    region_rows,
    shape_rows,
    tools_rows,
    view_rows,
)
from anylabel_plus.ui.actions.row import MENUS, Action

__all__ = [
    "ACTIONS",
    "BY_ID",
    "CONTEXT_MENU",
    "FILE_MENU",
    "MENUS",
    "POINTER_ACTIONS",
    "SUBMENUS",
    "TOOL_STRIP",
    "TOOL_STRIP_FOOT",
    "TOOL_VARIANTS",
    "Action",
]

ACTIONS: tuple[Action, ...] = (
    *file_rows.ROWS,
    *edit_rows.ROWS,
    *view_rows.ROWS,
    *shape_rows.ROWS,
    *paint_rows.ROWS,
    *region_rows.ROWS,
    *assist_rows.ROWS,
    *dataset_rows.ROWS,
    *labeling_rows.ROWS,
    *tools_rows.ROWS,
    *help_rows.ROWS,
)
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
SUBMENUS: dict[str, tuple[str, ...]] = {
    title: tuple(row.id for row in ACTIONS if row.submenu == title)
    for title in dict.fromkeys(row.submenu for row in ACTIONS if row.submenu)
}
"""Title of a menu inside a menu -> the ids in it."""

TOOL_STRIP: tuple[tuple[str, ...], ...] = (
    ("select", "pan"),
    ("rectangle", "rotation", "polygon", "circle", "linestrip", "point"),
    ("brush", "eraser", "wand", "cut_hole"),
    ("assist_point", "assist_exclude", "assist_box"),
    ("undo", "redo"),
)
"""Ids on the tool strip, in groups; those of ``TOOL_STRIP_FOOT`` are at its lower end."""
TOOL_STRIP_FOOT = ("keys", "settings")

TOOL_VARIANTS: dict[str, tuple[str, ...]] = {
    "select": ("select_box", "select_lasso"),
    "rectangle": ("cuboid",),
    "polygon": ("quadrilateral",),
    "linestrip": ("line",),
    "point": ("points",),
}
"""Id on the tool strip -> further ids that share its button (long press, right click, Down)."""

CONTEXT_MENU: tuple[tuple[str, ...], ...] = (
    ("edit_label", "cut", "copy", "paste", "duplicate", "delete"),
    ("group", "ungroup", "lock", "hide_selected"),
    ("Combine", "Region", "Convert"),
    ("raise", "lower", "raise_top", "lower_bottom"),
    ("add_point", "remove_point", "remove_hole"),
    ("select_all", "show_all"),
)
"""Ids, and titles of submenus, on the right-click menu of the canvas; that of the list of shapes leaves out
``POINTER_ACTIONS``."""
FILE_MENU: tuple[tuple[str, ...], ...] = (
    ("split_train", "split_val", "split_test", "split_none"),
    ("copy_image_path",),
    ("delete_labels", "delete_image"),
)
"""Ids on the right-click menu of the list of files."""
POINTER_ACTIONS = frozenset(("add_point", "remove_point", "remove_hole"))
