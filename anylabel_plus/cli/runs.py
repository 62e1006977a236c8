"""``runs``: what folder jobs changed in a data set, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from anylabel_plus.cli import output


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="List the runs of jobs on a data set, and roll them back.")
    group.command("list", help="List the runs, oldest first.")(list_)
    group.command("rollback", help="Give all files of a run the bytes they had before it.")(rollback)
    app.add_typer(group, name="runs")


def list_(
    dataset: Annotated[Path, typer.Argument(help="The data set.", readable=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Print id, state, files and options of each run."""
    from anylabel_plus.core.errors import UserError
    from anylabel_plus.dataset import runs

    if not dataset.is_dir():
        raise UserError(f"{dataset}: is not a folder.", "Give the folder of the data set.")
    found = [
        {"id": run.id, "job": run.job, "state": run.state, "started": run.started, "files": len(run.changes())}
        for run in runs.list_runs(dataset)
    ]
    if as_json:
        output.print_json({"dataset": str(dataset), "runs": found})
        return 0
    for entry in found:
        output.print_result(f"{entry['id']}  {entry['state']}  {entry['files']} files")
    if not found:
        output.say("No run has changed this data set.")
    return 0


def rollback(
    dataset: Annotated[Path, typer.Argument(help="The data set.", readable=False)],
    run: Annotated[str | None, typer.Argument(help="Id of the run; the latest one when left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Restore; exit code 1 and nothing done when files were changed since."""
    from anylabel_plus.dataset import runs

    chosen = runs.find_run(dataset, run)
    result = runs.rollback(chosen)
    if as_json:
        lists = {"restored": result.restored, "removed": result.removed, "conflicts": result.conflicts}
        output.print_json({"run": chosen.id, **{key: [str(path) for path in paths] for key, paths in lists.items()}})
    for path in result.conflicts:
        output.say(f"changed since the run: {path}")
    if result.conflicts:
        output.say(f"error: nothing was rolled back: {len(result.conflicts)} files were changed after {chosen.id}.")
        return 1
    output.say(f"{chosen.id}: {len(result.restored)} files restored, {len(result.removed)} files removed.")
    return 0
