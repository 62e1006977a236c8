"""Rows about labels, attributes and what is said of the image, in the menus Edit and Dataset."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.ui.actions.labeling import toggle_checked
from anylabel_plus.ui.actions.row import DOCUMENT, FOLDER, Action, row

ROWS: tuple[Action, ...] = (
    row("edit_attributes", "Edit attributes", ("Edit", 5), "ph.sliders-horizontal", ("Alt+Return",), DOCUMENT, note="Of the selected shapes, or of the image when none is selected."),
    row("edit_text", "Edit text", ("Edit", 5), "ph.text-t", ("Ctrl+T",), DOCUMENT, note="Of the selected shapes, or of the image when none is selected."),
    row("edit_tags", "Edit image tags", ("Edit", 5), "ph.hash", ("Ctrl+Shift+T",), DOCUMENT),
    row("toggle_checked", "Mark image as checked", ("Edit", 5), "ph.check-circle", ("Ctrl+Alt+K",), DOCUMENT, toggle_checked, note="Or not, when it is marked."),
    row("label_manager", "Manage labels…", ("Dataset", 4), "label", ("Alt+L",), FOLDER, note="Rename, merge, delete, colours and order of the labels of the data set."),
    row("digit_shortcuts", "Number keys of labels…", ("Dataset", 4), "ph.keyboard", ("Alt+D",), FOLDER, note="Which label, and which tool, the keys 0 to 9 stand for."),
)  # fmt: skip
