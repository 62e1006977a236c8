"""Rows of the menu Dataset."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.ui.actions.row import FOLDER, Action, row

ROWS: tuple[Action, ...] = (
    row("job_import", "Import labels…", ("Dataset", 1), "import", ("Ctrl+I",)),
    row("job_export", "Export…", ("Dataset", 1), "ph.export", ("Ctrl+Shift+E",), FOLDER),
    row("job_autolabel", "Auto-label folder…", ("Dataset", 2), "ph.sparkle", ("Ctrl+B",), FOLDER),
    row("job_enrich", "Boxes to masks…", ("Dataset", 2), "smart", (), FOLDER),
    row("synthesis", "Synthesis…", ("Dataset", 2), "ph.stack-simple", ("Ctrl+Alt+G",), note="New images from your own objects, with exact labels."),
    row("statistics", "Statistics…", ("Dataset", 3), "ph.chart-bar", ("Ctrl+G",), FOLDER, note="Shapes by label, maker and size."),
    row("job_rollback", "Roll back a run…", ("Dataset", 3), "rollback", (), FOLDER),
)  # fmt: skip
