"""Rows of the menu Tools."""

# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.ui.actions.row import Action, row

ROWS: tuple[Action, ...] = (
    row("settings", "Settings…", ("Tools", 1), "settings", ("Ctrl+,",)),
    row("import_settings", "Import settings…", ("Tools", 1), "import", note="Keys, labels and settings of AnyLabeling, X-AnyLabeling or labelme."),
    row("open_log", "Open the log folder", ("Tools", 2), "logs"),
)  # fmt: skip
