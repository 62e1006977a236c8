"""Rows of the menu Edit."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.ui.actions.changes import delete_selected, duplicate_selected, select_all
from anylabel_plus.ui.actions.placing import copy_previous
from anylabel_plus.ui.actions.row import DOCUMENT, SELECTION, Action, has_previous, has_shapes, row
from anylabel_plus.ui.actions.selecting import invert_selection, next_label, next_shape, select_same_label

ROWS: tuple[Action, ...] = (
    row("undo", "Undo", ("Edit", 1), "undo", ("Ctrl+Z",), (lambda s: s.can_undo, "Nothing to undo."), lambda s: s.undo()),
    row("redo", "Redo", ("Edit", 1), "redo", ("Ctrl+Shift+Z",), (lambda s: s.can_redo, "Nothing to redo."), lambda s: s.redo()),
    row("copy", "Copy shapes", ("Edit", 2), "copy", ("Ctrl+C",), SELECTION),
    row("cut", "Cut shapes", ("Edit", 2), "ph.scissors", ("Ctrl+X",), SELECTION),
    row("paste", "Paste shapes", ("Edit", 2), "ph.clipboard", ("Ctrl+V",), DOCUMENT),
    row("paste_scaled", "Paste scaled to this image", ("Edit", 2), "ph.arrows-out", ("Ctrl+Alt+V",), DOCUMENT, note="For copies of an image of another size."),
    row("duplicate", "Duplicate", ("Edit", 2), "duplicate", ("Ctrl+D",), SELECTION, duplicate_selected),
    row("delete", "Delete", ("Edit", 2), "delete", ("Delete",), SELECTION, delete_selected),
    row("select_all", "Select all shapes", ("Edit", 3), "ph.selection-all", ("Ctrl+A",), (has_shapes, "This image has no shapes."), select_all),
    row("invert_selection", "Invert selection", ("Edit", 3), "ph.selection-inverse", ("Ctrl+Shift+I",), (has_shapes, "This image has no shapes."), invert_selection),
    row("select_same_label", "Select shapes of the same label", ("Edit", 3), "ph.tag", ("Ctrl+Alt+S",), SELECTION, select_same_label),
    row("loop_shapes", "Select the next shape", ("Edit", 3), "ph.arrow-bend-down-right", ("Ctrl+Shift+N",), (has_shapes, "This image has no shapes."), next_shape, "Tab on the canvas does so too."),
    row("loop_label", "Select shapes of the next label", ("Edit", 3), "ph.tag-chevron", ("Ctrl+Shift+C",), (has_shapes, "This image has no shapes."), next_label),
    row("edit_label", "Edit label", ("Edit", 3), "label", ("Ctrl+E",), DOCUMENT),
    Action("auto_use_last_label", "Use the last label at once", "Edit", 4, keys=("Ctrl+Y",), setting="labels.auto_use_last", note="Off: every new shape asks for its label in the label field."),
    row("copy_previous", "Copy shapes of the image before", ("Edit", 4), "ph.copy-simple", ("Ctrl+Alt+D",), (has_previous, "This is the first image of the folder."), copy_previous, "Same as previous: onto what is here already."),
    Action("keep_previous", "Keep shapes of the previous image", "Edit", 4, keys=("Ctrl+P",), setting="files.keep_previous_shapes", note="Images without a label file start with a copy of them."),
)  # fmt: skip
