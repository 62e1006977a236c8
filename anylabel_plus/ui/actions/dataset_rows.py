"""Rows of the menu Dataset."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.ui.actions.row import FILES, FOLDER, Action, row

SETS = "Training and validation sets"

ROWS: tuple[Action, ...] = (
    row("job_import", "Import labels…", ("Dataset", 1), "import", ("Ctrl+I",)),
    row("job_export", "Export…", ("Dataset", 1), "ph.export", ("Ctrl+Shift+E",), FOLDER),
    row("job_autolabel", "Auto-label folder…", ("Dataset", 2), "ph.sparkle", ("Ctrl+B",), FOLDER),
    row("job_enrich", "Boxes to masks…", ("Dataset", 2), "smart", (), FOLDER),
    row("synthesis", "Synthesis…", ("Dataset", 2), "ph.stack-simple", ("Ctrl+Alt+G",), note="New images from your own objects, with exact labels."),
    row("statistics", "Statistics…", ("Dataset", 3), "ph.chart-bar", ("Ctrl+G",), FOLDER, note="Shapes by label, maker and size."),
    row("job_rollback", "Roll back a run…", ("Dataset", 3), "rollback", (), FOLDER),
    row("split_train", "Put into the training set", ("Dataset", 4), "ph.graduation-cap", (), FILES, lambda s: s.splits.put("train"), note="The images chosen in the list.", submenu=SETS),
    row("split_val", "Put into the validation set", ("Dataset", 4), "ph.shield-check", (), FILES, lambda s: s.splits.put("val"), note="The images chosen in the list. Composites, and images they were made from, are refused.", submenu=SETS),
    row("split_test", "Put into the test set", ("Dataset", 4), "ph.test-tube", (), FILES, lambda s: s.splits.put("test"), note="The images chosen in the list. Composites, and images they were made from, are refused.", submenu=SETS),
    row("split_none", "Take out of its set", ("Dataset", 4), "ph.minus-circle", (), FILES, lambda s: s.splits.put("none"), note="The images chosen in the list.", submenu=SETS),
)  # fmt: skip
