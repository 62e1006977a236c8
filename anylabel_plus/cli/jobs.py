"""``import``, ``enrich``, ``autolabel``, ``export``, ``overlays``: the rows of JOBS as commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from anylabel_plus.cli import job_flags, output
from anylabel_plus.cli.failures import UsageError
from anylabel_plus.jobs import JOBS, JobRow


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for row in (row for row in JOBS.values() if row.faces):
        app.command(row.id, help=row.note)(command(row))


def command(row: JobRow) -> Callable[..., int]:
    """The command of one job."""
    options = row.options_type()

    def function(**given: Any) -> int:
        as_json = bool(given.pop("as_json"))
        if row.id == "enrich" and not given["boxes_to_masks"]:
            raise UsageError("enrich was not told what to do. Add --boxes-to-masks.")
        return _run(row, options, given, as_json)

    function.__signature__ = job_flags.signature(options)  # type: ignore[attr-defined]
    function.__name__ = row.id
    return function


def _run(row: JobRow, options: type[Any], given: dict[str, Any], as_json: bool) -> int:
    from anylabel_plus.jobs.base import run
    from anylabel_plus.settings import Settings, service_options

    settings = Settings()
    value = job_flags.build(options, given, settings.get)
    service = service_options(settings) if row.uses_model else None
    progress = output.Progress()
    try:
        report = run(row.start(value, service), progress)
    finally:
        progress.close()
    return output.finish(report, as_json=as_json)
