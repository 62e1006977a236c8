"""A typer command from a row of JOBS: arguments and flags come from the options' rows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import typer

from anylabel_plus.cli.failures import UsageError
from anylabel_plus.jobs.options import OptionRow, rows

_TYPES: dict[str, type[Any]] = {
    "flag": bool,
    "whole": int,
    "number": float,
    "file": Path,
    "folder": Path,
}


def signature(options: type[Any]) -> inspect.Signature:
    """One parameter for each row; a row whose default is a setting, or none, is None when not given."""
    parameters = [_parameter(row) for row in rows(options) if row.only in ("", "cli")]
    as_json = typer.Option(False, "--json", help="Print the report as one JSON object.")
    parameters.append(inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=as_json, annotation=bool))
    return inspect.Signature(parameters, return_annotation=int)


def _parameter(row: OptionRow) -> inspect.Parameter:
    kind: Any = _TYPES.get(row.kind, str)
    text = f"{row.label}. {row.help}".strip()
    if row.positional:
        metavar = "|".join(row.choices) if row.choices else row.name.upper()
        return inspect.Parameter(
            row.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=typer.Argument(..., help=text, metavar=metavar, readable=False),
            annotation=kind,
        )
    default = False if row.kind == "flag" else row.default
    limits: dict[str, Any] = {}
    if row.kind in ("file", "folder"):
        limits = {"readable": False}  # the job says it, as an error of the user's files and not of usage
    if row.kind in ("whole", "number"):
        limits = {"min": row.low, "max": row.high}
    if row.kind == "labels":
        limits, default = {"metavar": "A,B,..."}, ""
    if row.choices:
        limits = {"metavar": "|".join(row.choices)}
    if row.setting:
        text, default = f"{text} Default: the setting {row.setting}.", None
    annotation = kind | None if default is None else kind
    value = typer.Option(default, row.flag, help=text, show_default=default not in (None, "", False), **limits)
    return inspect.Parameter(row.name, inspect.Parameter.KEYWORD_ONLY, default=value, annotation=annotation)


def build(options: type[Any], given: Mapping[str, Any], setting: Callable[[str], Any]) -> Any:
    """The options value from what the command line gave; raises UsageError for a wrong choice."""
    values: dict[str, Any] = {}
    for row in rows(options):
        if row.name not in given:
            continue
        value = given[row.name]
        if row.setting and value is None:
            value = setting(row.setting)
        if row.kind == "labels":
            value = tuple(part.strip() for part in value.split(",") if part.strip())
        if row.choices and value not in row.choices:
            name = row.name.upper() if row.positional else row.flag
            raise UsageError(f"{name} {value!r} is none of {', '.join(row.choices)}.")
        values[row.name] = value
    return options(**values)
