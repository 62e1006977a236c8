"""Rows of the menu Help."""

from __future__ import annotations

from anylabel_plus.ui.actions.row import Action, row

ROWS: tuple[Action, ...] = (
    row("commands", "Search commands", ("Help", 1), "commands", ("F1",)),
    row("guide", "User guide", ("Help", 1), "ph.book-open", ("Ctrl+F1",), note="Included with the program."),
    row("keys", "Keyboard shortcuts", ("Help", 1), "keys", ("Shift+F1",)),
    row("about", "About AnyLabel Plus", ("Help", 2), "ph.info"),
)  # fmt: skip
