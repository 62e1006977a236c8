"""Rows of the menu Assist."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.ui.actions.row import NEEDS_PROMPT, PROMPT, Action, assist, has_candidates, row

ROWS: tuple[Action, ...] = (
    assist("assist_point", "Include point", "smart", ("Q",), "Click an object; Alt+click excludes."),
    assist("assist_exclude", "Exclude point", "ph.minus-circle", ("E",), "Click what does not belong to the object."),
    assist("assist_box", "Prompt box", "similar", ("Shift+Q",), "Drag a box around the object."),
    row("assist_run", "Ask the model again", ("Assist", 2), "run", ("I",), PROMPT, lambda s: s.run_prompt()),
    row("assist_undo_point", "Take back the last point", ("Assist", 2), "ph.arrow-bend-up-left", (), PROMPT, lambda s: s.remove_last_prompt_point()),
    row("assist_clear", "Clear the prompt", ("Assist", 2), "discard", ("B",), PROMPT, lambda s: s.clear_prompt()),
    row("assist_next", "Next candidate", ("Assist", 3), "ph.caret-circle-right", (), (has_candidates, NEEDS_PROMPT), lambda s: s.choose_candidate(s.chosen + 1)),
    row("assist_finish", "Accept the candidate", ("Assist", 3), "accept", ("F",), (has_candidates, NEEDS_PROMPT), lambda s: s.accept_candidate()),
    row("assist_panel", "Go to the Assist panel", ("Assist", 4), "ph.sparkle", ("Ctrl+Alt+P",), note="Model, prompts and what an accepted candidate becomes."),
    row("restart_worker", "Restart the model worker", ("Assist", 4), "retry", run=lambda s: s.restart_engine()),
)  # fmt: skip
