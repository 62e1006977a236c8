"""Rows of the menu Edit."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.ui.actions.changes import delete_selected, duplicate_selected, select_all
from anylabel_plus.ui.actions.row import DOCUMENT, SELECTION, Action, has_shapes, row

ROWS: tuple[Action, ...] = (
    row("undo", "Undo", ("Edit", 1), "undo", ("Ctrl+Z",), (lambda s: s.can_undo, "Nothing to undo."), lambda s: s.undo()),
    row("redo", "Redo", ("Edit", 1), "redo", ("Ctrl+Shift+Z",), (lambda s: s.can_redo, "Nothing to redo."), lambda s: s.redo()),
    row("copy", "Copy shapes", ("Edit", 2), "copy", ("Ctrl+C",), SELECTION),
    row("paste", "Paste shapes", ("Edit", 2), "ph.clipboard", ("Ctrl+V",), DOCUMENT),
    row("duplicate", "Duplicate", ("Edit", 2), "duplicate", ("Ctrl+D",), SELECTION, duplicate_selected),
    row("delete", "Delete", ("Edit", 2), "delete", ("Delete",), SELECTION, delete_selected),
    row("select_all", "Select all shapes", ("Edit", 3), "ph.selection-all", ("Ctrl+A",), (has_shapes, "This image has no shapes."), select_all),
    row("edit_label", "Edit label", ("Edit", 3), "label", ("Ctrl+E",), DOCUMENT),
    Action("auto_use_last_label", "Use the last label at once", "Edit", 4, keys=("Ctrl+Y",), setting="labels.auto_use_last", note="Off: every new shape asks for its label in the label field."),
    Action("keep_previous", "Keep shapes of the previous image", "Edit", 4, keys=("Ctrl+P",), setting="files.keep_previous_shapes", note="Images without a label file start with a copy of them."),
)  # fmt: skip
