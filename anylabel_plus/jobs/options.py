"""Options of jobs as rows: command-line flags and the dialog are built from them.

An options dataclass is frozen, its fields are made with ``option`` and have plain types: ``Path``,
``Path | None``, ``str``, ``bool``, ``int``, ``float``, ``tuple[str, ...]``. It travels to another
process as JSON (``to_json``, ``from_json``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_type_hints

from anylabel_plus.core.errors import UserError

Kind = Literal["text", "labels", "model", "flag", "whole", "number", "choice", "file", "folder"]
_Options = TypeVar("_Options")
REQUIRED: Any = dataclasses.MISSING


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option: ``positional`` ones are arguments of the command, ``only`` names the one face that
    offers it ("cli" or "dialog", empty for both). ``setting`` is the settings key whose value is
    the default there. ``only_formats`` are the values of the option ``format`` for which it means
    something, empty for all; the command line takes it with any."""

    name: str
    kind: Kind
    label: str
    help: str
    default: Any = REQUIRED
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    positional: bool = False
    only: str = ""
    setting: str = ""
    only_formats: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """True when there is no default."""
        return self.default is REQUIRED

    @property
    def flag(self) -> str:
        """The long flag of the command line."""
        return "--" + self.name.replace("_", "-")


def option(
    kind: Kind,
    label: str,
    help: str = "",
    *,
    default: Any = REQUIRED,
    choices: Sequence[str] = (),
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    positional: bool = False,
    only: str = "",
    setting: str = "",
    only_formats: Sequence[str] = (),
) -> Any:
    """A dataclass field that carries its row."""
    row = OptionRow(
        "", kind, label, help, default, tuple(choices), low, high, unit, positional, only, setting, tuple(only_formats)
    )
    return dataclasses.field(default=default, metadata={"option": row})


def rows(options: type[Any]) -> tuple[OptionRow, ...]:
    """The rows of an options class, in order."""
    return tuple(
        dataclasses.replace(field.metadata["option"], name=field.name) for field in dataclasses.fields(options)
    )


def check(options: _Options) -> _Options:
    """``options`` itself; raises UserError for a value outside its row's limits or choices."""
    for row in rows(type(options)):
        value = getattr(options, row.name)
        if row.choices and value not in row.choices:
            raise UserError(f"{row.flag} must be one of {', '.join(row.choices)}, not {value!r}.")
        low, high = row.low, row.high
        if isinstance(value, int | float) and (
            (low is not None and value < low) or (high is not None and value > high)
        ):
            limits = f"{low:g} or more" if high is None else f"{low or 0:g} to {high:g}"
            raise UserError(f"{row.flag} must be {limits}, not {value}.")
    return options


def to_json(options: Any) -> dict[str, Any]:
    """Plain JSON data of an options value."""
    values = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    return {
        name: str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
    }


def from_json(kind: type[_Options], data: Mapping[str, Any]) -> _Options:
    """An options value from plain JSON data; raises UserError for unknown, missing or wrong entries."""
    hints = get_type_hints(kind)
    known = {row.name: row for row in rows(kind)}
    unknown = [name for name in data if name not in known]
    missing = [row.name for row in known.values() if row.required and row.name not in data]
    if unknown or missing:
        raise UserError(f"Job options: {'unknown' if unknown else 'missing'}: {', '.join(unknown or missing)}.")
    values: dict[str, Any] = {}
    for name, value in data.items():
        kind_of = str(hints[name])
        if "Path" in kind_of and value is not None:
            value = Path(value)
        elif "tuple" in kind_of:
            value = tuple(value)
        values[name] = value
    return check(kind(**values))
