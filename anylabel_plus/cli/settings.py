"""``anylabel-plus settings``: show and set settings, take over those of other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Key = Annotated[str, typer.Argument(help="A setting; without it, all of them.")]


def register(app: typer.Typer) -> None:
    """Add the group ``settings``."""
    group = typer.Typer(help="Show, set and import settings.", rich_markup_mode=None)
    group.command("show", help="The values in force.")(_show)
    group.command("set", help="Change one setting.")(_set)
    group.command("import", help="Take over .anylabelingrc, .xanylabelingrc or .labelmerc; the file is not changed.")(
        _import
    )
    app.add_typer(group, name="settings")


def _show(key: Key = "", as_json: Json = False) -> int:
    from anylabel_plus.cli import output
    from anylabel_plus.settings import SETTINGS, Settings

    settings = Settings()
    keys = [row.key for row in SETTINGS if not row.removed and not row.renamed_to] if not key else [_known(key)]
    values = {name: settings.get(name) for name in keys}
    if as_json:
        output.print_json({"file": str(settings.path), "settings": values, "problems": settings.problems})
        return 0
    width = max(len(name) for name in keys)
    for name, value in values.items():
        output.print_result(f"{name:<{width}}  {_text(value)}")
    for problem in settings.problems:
        output.say(f"note: {problem}")
    return 0


def _set(
    key: Annotated[str, typer.Argument(help="A setting.")],
    value: Annotated[str, typer.Argument(help="Its value; tables and lists as JSON.")],
) -> int:
    from anylabel_plus.settings import ROWS, Settings

    Settings().set(_known(key), _parsed(value, ROWS[key].default))
    return 0


def _import(
    file: Annotated[Path, typer.Argument(help="The configuration file.", readable=False)],
    as_json: Json = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken.")] = False,
) -> int:
    from anylabel_plus.cli import output
    from anylabel_plus.rivals import rc_file, taking
    from anylabel_plus.settings import Settings

    found = taking.plan(rc_file.read(file))
    settings = Settings()
    if not dry_run:
        taking.take(settings, found)
    if as_json:
        output.print_json({"file": str(file), "saved_to": "" if dry_run else str(settings.path), **found.to_json()})
        return 0
    output.print_result(f"{file}: settings of {found.rival}")
    for title, lines in (("Taken", found.taken), ("Left", found.left)):
        output.print_result(f"{title}: {len(lines)}")
        for line in lines:
            output.print_result(f"  {line.name}: {line.text}")
    return 0


def _known(key: str) -> str:
    """``key``, if there is such a setting; raises UserError with the nearest name."""
    import difflib

    from anylabel_plus.core.errors import UserError
    from anylabel_plus.settings import ROWS

    if key not in ROWS:
        near = difflib.get_close_matches(key, ROWS, 1)
        raise UserError(f"No setting is called {key}.", f"Did you mean {near[0]}?" if near else "")
    return key


def _parsed(text: str, default: Any) -> Any:
    """A value typed in a terminal in the type of the setting; what does not fit is refused by the setting's row."""
    if isinstance(default, str):
        return text
    words = {"on": True, "off": False, "yes": True, "no": False}
    if isinstance(default, bool) and text.lower() in words:
        return words[text.lower()]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
