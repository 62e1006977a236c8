"""Writes docs/reference and docs/guide (from packaging/guide) with the program's tables; --check says what is stale."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import guide_pages

from anylabel_plus.cli import COMMANDS
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.formats import FORMATS
from anylabel_plus.inference import FAMILIES
from anylabel_plus.inference.catalog import rows as model_rows
from anylabel_plus.jobs import JOBS
from anylabel_plus.settings import SETTINGS
from anylabel_plus.ui.actions import ACTIONS
from anylabel_plus.ui.actions.keymap import keys_of_preset
from anylabel_plus.ui.actions.presets import PRESETS
from anylabel_plus.ui.panels import PANELS

DOCS = Path(__file__).resolve().parent.parent / "docs"
Rows = list[dict[str, Any]]


def _each(table: Any) -> Iterable[Any]:
    return table.values() if isinstance(table, dict) else table


def tables() -> dict[str, Rows]:
    """Every table as plain data; the first key of a row is its id."""
    keys = {preset: keys_of_preset(preset) for preset in PRESETS}
    return {
        "actions": [
            {"id": row.id, "title": row.title, "menu": row.menu}
            | {preset: list(keys[preset][row.id]) for preset in PRESETS}
            | {"note": row.note}
            for row in _each(ACTIONS)
        ],
        "panels": [{"id": name, "title": title} for name, (title, _) in PANELS.items()],
        "settings": [
            {"id": row.key, "title": row.label, "default": row.default, "choices": list(row.choices)}
            | {"low": row.low, "high": row.high, "unit": row.unit, "note": row.note}
            for row in SETTINGS
            if not row.removed and not row.renamed_to
        ],
        "kinds": [
            {"id": row.name, "title": row.title, "points": [row.min_points, row.max_points]}
            | {"closed": row.closed, "area": row.has_area, "holes": row.holes}
            for row in KINDS.values()
        ],
        "formats": [
            {"id": row.id, "title": row.title, "reads": bool(row.reader), "writes": bool(row.writer), "note": row.note}
            for row in FORMATS.values()
        ],
        "families": [{"id": row.name, "title": row.title, "prompts": sorted(row.prompts)} for row in FAMILIES.values()],
        "models": [
            {"id": row.id, "title": row.title, "family": row.family, "licence": row.licence, "source": row.source}
            for row in model_rows().values()
        ],
        "jobs": [{"id": row.id, "title": row.title} for row in _each(JOBS)],
        "commands": [{"id": row.name, "title": row.help} for row in COMMANDS if not row.hidden],
    }


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_cell(item) if item is not None else "…" for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def page(name: str, rows: Rows) -> str:
    """One table as Markdown."""
    keys = list(rows[0])
    lines = [
        f"# {name.capitalize()}",
        "",
        "Written by `python3 dev.py reference` from the program's own table; do not edit.",
        "",
        "| " + " | ".join(key.replace("_", " ") for key in keys) + " |",
        "|" + "---|" * len(keys),
    ]
    lines += ["| " + " | ".join(_cell(row[key]) for key in keys) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def contents() -> dict[str, str]:
    """Path below docs -> text of everything that is written."""
    data = tables()
    files = {f"reference/{name}.md": page(name, rows) for name, rows in data.items()}
    files |= guide_pages.pages()
    files["reference/reference.json"] = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    return files


def main() -> None:
    """Write, or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for name, text in contents().items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if check and stale:
        sys.exit(f"Not up to date in docs ({', '.join(stale)}). Run: python3 dev.py reference")


if __name__ == "__main__":
    main()
