"""Pages of the guide: the texts of ``packaging/guide`` with menu names and keys as the program has them.

In a text, ``{{union}}`` stands for the menu path and the first key of the action of that id, ``{{union.t}}`` for its
title, ``{{union.k}}`` for its key, ``{{menu:Shape > Draw}}`` for a menu and ``{{tr:Saved}}`` for any other text of the
window. So a page in another language names what the window shows in that language.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from anylabel_plus.ui import language
from anylabel_plus.ui.actions import ACTIONS, BY_ID, MENUS
from anylabel_plus.ui.actions.keymap import keys_of_preset
from anylabel_plus.ui.actions.presets import PRESETS
from anylabel_plus.ui.language import tr

SOURCES = Path(__file__).resolve().parent / "guide"
KEYS_PAGE = "18-all-keys.md"
KEYS_WORDS = {"en": ("All keys", "Action"), "zh_CN": ("全部快捷键", "操作")}
"""Language of the guide -> title and heading of its page of keys."""
PRESET = "AnyLabeling"
WIDTH = 118
_ITEM = re.compile(r"(\d+\. |- )")


def filled(match: re.Match[str]) -> str:
    """What a pair of double braces stands for. Raises KeyError for an action that is none."""
    asked: str = match.group(1)
    if asked.startswith("menu:"):
        return "**" + " > ".join(tr(part.strip()) for part in asked.removeprefix("menu:").split(">")) + "**"
    if asked.startswith("tr:"):
        return tr(asked.removeprefix("tr:"))
    name, _, part = asked.partition(".")
    row, keys = BY_ID[name], keys_of_preset(PRESET)[name]
    if part == "k":
        return f"`{keys[0]}`"
    if part == "t":
        return f"**{tr(row.title)}**"
    path = " > ".join(tr(word) for word in (row.menu, row.submenu, row.title) if word)
    return f"**{path}**" + (f" (`{keys[0]}`)" if keys else "")


def reflowed(text: str) -> str:
    """Paragraphs and items broken at ``WIDTH``; tables, headings, pictures and code stay as they are."""
    done: list[str] = []
    paragraph: list[str] = []
    code = False

    def flush() -> None:
        mark = _ITEM.match(paragraph[0]) if paragraph else None
        indent = " " * len(mark.group(1)) if mark else ""
        joined = " ".join(line.strip() for line in paragraph)
        done.extend(
            textwrap.wrap(joined, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        )
        paragraph.clear()

    for line in text.split("\n"):
        plain = code or line.startswith("```") or not line.strip() or line[0] in "|#!"
        if plain or _ITEM.match(line):
            flush()
        code ^= line.startswith("```")
        (done if plain else paragraph).append(line)
    flush()
    return "\n".join(done)


def keys_page(code: str) -> str:
    """The keys of all presets, a table for each menu."""
    title, action = KEYS_WORDS[code]
    lines = [f"# {title}"]
    keys = {preset: keys_of_preset(preset) for preset in PRESETS}
    for menu in MENUS:
        lines += ["", f"## {tr(menu)}", "", f"| {action} | " + " | ".join(PRESETS) + " |"]
        lines += ["|" + "---|" * (len(PRESETS) + 1)]
        for row in (row for row in ACTIONS if row.menu == menu):
            # Qt joins cells that are empty.
            cells = [", ".join(f"`{key}`" for key in keys[preset][row.id]) or "–" for preset in PRESETS]
            lines.append(f"| {tr(row.title)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """Path below docs -> text, of all pages in all languages of the guide."""
    found: dict[str, str] = {}
    try:
        for code in KEYS_WORDS:
            language.use(code)
            for path in sorted((SOURCES / code).glob("*.md")):
                text = re.sub(r"\{\{([^}]+)\}\}", filled, path.read_text(encoding="utf-8"))
                # Chinese has no blanks between words to break at.
                found[f"guide/{code}/{path.name}"] = reflowed(text) if code == "en" else text
            found[f"guide/{code}/{KEYS_PAGE}"] = keys_page(code)
    finally:
        language.use("en")
    return found
