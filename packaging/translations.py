"""The texts of the window and their translations: collects, compares, and writes what a translator needs.

``--check`` (a test runs it) says which texts a catalogue lacks, which of its entries are no longer used, and which
lose a placeholder. ``--missing CODE`` prints the texts without a translation as a JSON object to be filled in, and
``--merge CODE FILE`` puts such a file into the catalogue, dropping what is no longer used.

Texts are found in three ways: literals given to ``tr``, ``ntr`` and ``mark`` anywhere below ``anylabel_plus/ui``; the
words in the rows of the program's tables, which ``tr`` gets where they are shown; and what the other parts say in
errors and remarks, which ``ui.said`` finds again by its words.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from anylabel_plus.ui.language import LANGUAGES  # noqa: E402 (the checkout's own, not an installed one)
from anylabel_plus.ui.said import LETTERS_AT_LEAST  # noqa: E402

CATALOGUES = ROOT / "resources" / "translations"
PACKAGE = ROOT / "anylabel_plus"
SOURCES = PACKAGE / "ui"
COMMAND_LINE = re.compile(r"(^|\W)--[a-z]|anylabel-plus |^Job options:|pip install")
SPEAKERS = {
    "UserError": (0, 1),
    "ChangedOnDisk": (0, 1),
    "IndexLost": (0, 1),
    "QueryError": (0, 1),
    "ItemSkipped": (1,),
    "ItemFailed": (1,),
    "Line": (1,),
    "Loss": (2,),
    "Note": (0,),
    "note": (1,),
}
"""Call below the window -> the places of its arguments that are sentences for the user."""
SILENT = (
    *("__main__", "cli", "training", "ui"),
    *(f"inference/{name}" for name in ("catalog", "model_files", "packs", "pairs", "pocket", "prompts", "sam_graph")),
)
"""Parts whose sentences the window does not show: the command line's, and those of adding models there."""
MARKERS = {"tr": 1, "ntr": 2, "mark": 1}
"""Function to the number of its leading arguments that are texts; of those the last names the entry."""


def assigned(tree: ast.AST) -> dict[str, set[str]]:
    """Name to the texts that are assigned to it anywhere in a module."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        else:
            continue
        for target, value in pairs:
            both = (target, value) if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else None
            for name, leaf in zip(both[0].elts, both[1].elts, strict=False) if both else [(target, value)]:
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, set()).update(leaves(leaf))
    return found


def leaves(node: ast.AST) -> Iterator[str]:
    """The texts that an expression can be: a literal, or either side of a conditional."""
    if isinstance(node, ast.IfExp):
        yield from leaves(node.body)
        yield from leaves(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def literals(tree: ast.AST, where: str) -> Iterator[str]:
    """Texts given to ``tr``, ``ntr`` and ``mark``: literals, and names that hold literals of the same module.

    Anything else is a text of a table, or one that was marked, and is collected from there.
    """
    names = assigned(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in MARKERS:
            continue
        if len(node.args) < MARKERS[name]:
            raise SystemExit(f"{where}:{node.lineno}: {name} needs {MARKERS[name]} text(s)")
        text = node.args[MARKERS[name] - 1]
        if isinstance(text, ast.JoinedStr):
            raise SystemExit(f"{where}:{node.lineno}: {name} cannot translate an f-string; use named placeholders")
        yield from names.get(text.id, ()) if isinstance(text, ast.Name) else leaves(text)


def template(node: ast.JoinedStr) -> str:
    """An f-string as a text with named placeholders, each called after a name in its expression.

    What stands before a colon at the start is a file, and the error of the system a reason, so that sentences which
    several modules say are translated once.
    """
    parts: list[str] = []
    used: dict[str, int] = {}
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(str(value.value).replace("{", "{{").replace("}", "}}"))
            continue
        names = [leaf.attr if isinstance(leaf, ast.Attribute) else leaf.id for leaf in ast.walk(value)
                 if isinstance(leaf, ast.Attribute | ast.Name)]  # fmt: skip
        name = (names or ["value"])[0].strip("_")
        name = "reason" if name in ("error", "strerror") else name
        used[name] = used.get(name, 0) + 1
        parts.append(f"{{{name}}}" if used[name] == 1 else f"{{{name}_{used[name]}}}")
    return re.sub(r"^\{\w+\}: ", "{file}: ", "".join(parts))


def sentences(tree: ast.AST) -> Iterator[str]:
    """What the calls of ``SPEAKERS`` in a module say: literals, templates of f-strings, names of literals."""
    names = assigned(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for place in SPEAKERS.get(called, ()):
            text = node.args[place] if place < len(node.args) else ast.Constant(None)
            for branch in (text.body, text.orelse) if isinstance(text, ast.IfExp) else (text,):
                if isinstance(branch, ast.JoinedStr):
                    yield template(branch)
                else:
                    yield from names.get(branch.id, ()) if isinstance(branch, ast.Name) else leaves(branch)


def for_the_window(text: str) -> bool:
    """Whether a sentence has words of its own, and none of the command line."""
    own = "".join(words for words, *_ in string.Formatter().parse(text))
    return sum(letter.isalpha() for letter in own) >= LETTERS_AT_LEAST and not COMMAND_LINE.search(own)


def table_texts() -> Iterator[str]:
    """Words of the program's tables that the window shows."""
    from anylabel_plus.core.attributes import KINDS as ATTRIBUTES
    from anylabel_plus.core.shapes import KINDS
    from anylabel_plus.dataset.versions import CAUSES
    from anylabel_plus.formats import FORMATS
    from anylabel_plus.inference.catalog import rows as model_rows
    from anylabel_plus.inference.protocol import STAGES
    from anylabel_plus.jobs import JOBS
    from anylabel_plus.jobs import options as job_options
    from anylabel_plus.key_names import RESERVED
    from anylabel_plus.settings import SETTINGS
    from anylabel_plus.synthesis.recipe import SECTIONS
    from anylabel_plus.synthesis.recipe import rows as knobs
    from anylabel_plus.synthesis.skips import SKIPS
    from anylabel_plus.ui.actions import ACTIONS, MENUS
    from anylabel_plus.ui.panels import PANELS
    from anylabel_plus.ui.tool_options import OPTIONS
    from anylabel_plus.ui.widgets.fields import in_words, name_of

    for table in (MENUS, STAGES.values(), CAUSES.values(), RESERVED.values(), SECTIONS.values(), SKIPS):
        yield from table
    for knob in knobs():
        yield from (knob.label, knob.help, knob.unit)
    for action in ACTIONS:
        yield from (action.title, action.note, action.why, action.submenu)
    for shown in OPTIONS:
        yield from (shown.title, shown.note, *(word for _, word in shown.words))
    for title, *_ in PANELS.values():
        yield title
    for setting in SETTINGS:
        if not setting.removed and not setting.renamed_to:
            choices = (in_words(choice) for choice in setting.choices if not name_of(choice))
            yield from (setting.label, setting.note, setting.unit, *choices)
    for kind in KINDS.values():
        yield kind.title
    for title, _ in ATTRIBUTES.values():
        yield title
    for format_ in FORMATS.values():
        yield from (format_.title, format_.note)
    for model in model_rows().values():
        yield from (model.title, model.note)
    for job in JOBS.values():
        yield from (job.title, job.note)
        for option in job_options.rows(job.options_type()):
            choices = (in_words(choice) for choice in option.choices if not name_of(choice))
            yield from (option.label, option.help, option.unit, *choices)


def texts() -> list[str]:
    """Every text of the window, sorted, without duplicates."""
    found: set[str] = set(table_texts())
    for path in sorted(SOURCES.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        found.update(literals(tree, str(path.relative_to(ROOT))))
    for path in sorted(PACKAGE.rglob("*.py")):
        if not path.relative_to(PACKAGE).as_posix().startswith(SILENT):
            found.update(filter(for_the_window, sentences(ast.parse(path.read_text(encoding="utf-8"), str(path)))))
    return sorted(text for text in found if any(letter.isalpha() for letter in text))


def placeholders(text: str) -> set[str]:
    """Names between braces; raises ValueError for a text that ``str.format`` refuses."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def read(code: str) -> dict[str, Any]:
    """The catalogue of a language as it is on disk."""
    path = CATALOGUES / f"{code}.json"
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return result


def problems(code: str, wanted: list[str]) -> list[str]:
    """What is wrong with one catalogue, a line each."""
    catalogue = read(code)
    lines = [f"{code}: no translation of {text!r}" for text in wanted if text not in catalogue]
    lines += [f"{code}: not used any more: {text!r}" for text in catalogue if text not in set(wanted)]
    for text, translation in catalogue.items():
        for form in translation.values() if isinstance(translation, dict) else (translation,):
            if not form.strip():
                lines.append(f"{code}: empty translation of {text!r}")
            elif "{" in text and placeholders(form) != placeholders(text):
                lines.append(f"{code}: {form!r} has not the placeholders of {text!r}")
    return lines


def merge(code: str, added: dict[str, Any], wanted: list[str]) -> None:
    """Write the catalogue again: what it had and is still used, and what was added."""
    known = read(code) | added
    kept = {text: known[text] for text in wanted if text in known}
    data = json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
    (CATALOGUES / f"{code}.json").write_text(data, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1 when a catalogue is stale")
    parser.add_argument("--missing", metavar="CODE", help="print the texts without a translation")
    parser.add_argument("--merge", nargs=2, metavar=("CODE", "FILE"), help="put a filled-in file into a catalogue")
    arguments = parser.parse_args()
    wanted = texts()
    codes = [code for code in LANGUAGES if code != "en"]
    if arguments.merge:
        code, name = arguments.merge
        merge(code, json.loads(Path(name).read_text(encoding="utf-8")), wanted)
    if arguments.missing:
        have = read(arguments.missing)
        print(json.dumps({text: "" for text in wanted if text not in have}, ensure_ascii=False, indent=1))
        return 0
    found = [line for code in codes for line in problems(code, wanted)]
    for code in codes:
        print(f"{code}: {sum(text in read(code) for text in wanted)} of {len(wanted)} texts", file=sys.stderr)
    if found and arguments.check:
        print("\n".join(found[:40]))
        print(f"{len(found)} problems in all" if len(found) > 40 else "")
    return 1 if found and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
