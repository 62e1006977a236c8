"""Rows of the menu Tools."""

from __future__ import annotations

from anylabel_plus.ui.actions.row import Action, row

ROWS: tuple[Action, ...] = (
    row("settings", "Settings…", ("Tools", 1), "settings", ("Ctrl+,",)),
    row("open_log", "Open the log folder", ("Tools", 2), "logs"),
)  # fmt: skip
