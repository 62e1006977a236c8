"""Recipes as TOML: one table a section, above each knob what it means and what it may be.

A file may be partial: knobs that it does not give keep their default. The standard library reads TOML and cannot
write it; knobs are simple, so what writes them is here.
"""

from __future__ import annotations

import difflib
import re
import textwrap
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from anylabel_plus import files
from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.knobs import Knob
from anylabel_plus.synthesis.recipe import SECTIONS, VERSION, Recipe, from_json, rows, to_json

_TITLE = "# Recipe of cut and paste, for AnyLabel Plus. A knob that is left out keeps its default."
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_WIDTH = 110
_PREFIX = "Recipe: "


# ---------------------------------------------------------------- writing


def to_toml(recipe: Recipe) -> str:
    """The recipe as commented TOML, every knob; ends in a line feed."""
    lines = [_TITLE, f"version = {VERSION}"]
    for section in SECTIONS:
        lines += ["", f"[{section}]"]
        for row in (row for row in rows() if row.section == section):
            lines += [*_comment(row), f"{row.name} = {_toml(getattr(recipe, row.name), row)}"]
    return "\n".join(lines) + "\n"


def save_recipe(path: Path, recipe: Recipe) -> None:
    """Write the recipe at once.

    Raises:
        UserError: the file cannot be written, or a text in the recipe cannot be stored.
    """
    try:
        files.write_atomic(path, to_toml(recipe).encode("utf-8"))
    except UnicodeEncodeError as error:
        raise UserError(f"{path}: a text of the recipe holds characters that no file can hold.") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error}).", "Give another file.") from error


def _comment(row: Knob) -> list[str]:
    text = f"{row.label}. {row.help} {_limits(row)}".replace("  ", " ").strip()
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)


def _limits(row: Knob) -> str:
    """What a value may be, in words."""
    unit = "" if row.scale != 1 or not row.unit else f" {row.unit}"  # shares are written as parts of 1
    ends = f"{row.low:g} to {row.high:g}{unit}"
    if row.kind == "choice":
        return f"One of: {', '.join(row.choices)}."
    if row.kind == "choices":
        return f"Any of: {', '.join(row.choices)}."
    if row.kind in ("whole", "number"):
        return f"{ends}."
    if row.kind in ("range", "whole range"):
        return f"From and to, {ends}."
    return {"flag": "true or false.", "labels": "A list of labels."}.get(row.kind, "")


def _toml(value: Any, row: Knob) -> str:
    names = [pair[0] for pair in value] if row.kind == "weights" else []
    if row.kind == "weights" and len(set(names)) == len(names):
        return "{ " + ", ".join(f"{_key(name)} = {_plain(weight)}" for name, weight in value) + " }" if names else "{}"
    if row.kind == "region" and value:
        return "[\n" + "".join(f"  {_plain(ring)},\n" for ring in value) + "]"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    return f"[{', '.join(_plain(part) for part in value)}]"


def _text(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c) or (c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}") for c in text) + '"'


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


# ---------------------------------------------------------------- reading


def load_recipe(path: Path) -> Recipe:
    """The recipe of a TOML file; knobs that it does not give take their default.

    Raises:
        UserError: the file is missing, no TOML, of a later version, or a table, a knob or a value is not known.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).", "Give a recipe file.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is no text file.", "Give a recipe file.") from error
    return from_toml(text, str(path))


def from_toml(text: str, source: str = "Recipe") -> Recipe:
    """The recipe of a TOML text; ``source`` names it in errors. Raises UserError as ``load_recipe``."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(
            f"{source}: is no valid TOML: {error}.", "See: synth recipe, for the form of the file."
        ) from error
    _check_version(data.pop("version", VERSION), source)
    values: dict[str, Any] = {}
    for name, table in data.items():
        if name not in SECTIONS:
            raise _unknown_table(name, source)
        if not isinstance(table, dict):
            raise UserError(f"{source}: {name} must be a table.", f"Write [{name}], its knobs on the lines below.")
        for knob, value in table.items():
            _check_knob(knob, name, source)
            values[knob] = value
    return _made(values, source)


def with_values(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """``recipe`` with single knobs set by texts such as ``blend=poisson`` or ``objects=[2, 5]``.

    Raises:
        UserError: a text has no ``=``, the knob is not known, or its value cannot be.
    """
    known = {row.name: row for row in rows()}
    values: dict[str, Any] = {}
    for setting in settings:
        name, mark, text = setting.partition("=")
        name = name.strip()
        if not mark:
            raise UserError(f"--set {setting}: there is no value.", "Write knob=value, such as blend=poisson.")
        if name not in known:
            raise UserError(f"--set {setting}: there is no knob {name!r}.", _near(name, known))
        values[name] = _given(text.strip(), known[name])
    return _made({**to_json(recipe), **values}, "--set")


def _given(text: str, row: Knob) -> Any:
    """A value as typed: TOML, or a text without quotes; lists and ranges need no brackets."""
    forms = [text, f"[{text}]"] if row.kind in ("range", "whole range", "labels", "choices") else [text]
    if row.kind == "weights":
        forms.append("{" + text + "}")
    if row.kind not in ("choice", "text"):
        for form in forms:
            try:
                value = tomllib.loads(f"value = {form}")["value"]
            except tomllib.TOMLDecodeError:
                continue
            if form is forms[-1] or isinstance(value, list | dict):
                return value
    if row.kind in ("labels", "choices"):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _check_version(version: Any, source: str) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise UserError(f"{source}: version must be a whole number from 1, not {version!r}.")
    if version > VERSION:
        raise UserError(
            f"{source}: was written by a later version of the program (recipe version {version}).",
            "Update the program.",
        )


def _unknown_table(name: str, source: str) -> UserError:
    section = {row.name: row.section for row in rows()}.get(name)
    if section is not None:
        return UserError(f"{source}: {name} stands in no table.", f"Put it below [{section}].")
    return UserError(f"{source}: there is no table {name!r}.", _near(name, SECTIONS))


def _check_knob(name: str, table: str, source: str) -> None:
    sections = {row.name: row.section for row in rows()}
    if name not in sections:
        raise UserError(f"{source}: [{table}] has no knob {name!r}.", _near(name, sections))
    if sections[name] != table:
        raise UserError(f"{source}: {name} is no knob of [{table}].", f"Put it below [{sections[name]}].")


def _near(name: str, known: Iterable[str]) -> str:
    names = list(known)
    found = difflib.get_close_matches(name, names, 1)
    return f"Did you mean {found[0]}?" if found else f"There are: {', '.join(names)}."


def _made(values: Mapping[str, Any], source: str) -> Recipe:
    """A checked recipe; errors name ``source`` and the knob."""
    try:
        return from_json(values)
    except UserError as error:
        raise UserError(f"{source}: {error.text.removeprefix(_PREFIX)}", error.hint) from error


def resized(recipe: Recipe, size: str) -> Recipe:
    """``recipe`` with another output size (``1280x720`` or ``background``); an empty text changes nothing."""
    return _made(to_json(replace(recipe, output_size=size)), "--size") if size else recipe
