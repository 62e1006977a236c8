"""The guide says what the program has: its menus, keys, settings, commands, pages and pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anylabel_plus import paths
from anylabel_plus.cli import COMMANDS
from anylabel_plus.settings import SETTINGS
from anylabel_plus.ui.actions import ACTIONS
from anylabel_plus.ui.actions.keymap import keys_of_preset

LANGUAGES = ("en", "zh_CN")
MOST_BYTES = 250_000
PAGES = sorted(path for code in LANGUAGES for path in paths.docs("guide", code).glob("*.md"))
_LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")
_ENTRY = re.compile(r"\*\*([^*\n]+ > [^*\n]+)\*\*(?: \(`([^`]+)`\))?")


def text_of(path: Path) -> str:
    return re.sub(r"\s*\n\s*", " ", path.read_text(encoding="utf-8"))


def test_there_are_the_same_pages_in_each_language() -> None:
    names = [[path.name for path in PAGES if path.parent.name == code] for code in LANGUAGES]
    assert len(names[0]) > 10
    assert names[0] == names[1]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_links_and_pictures_of_a_page_are_there(path: Path) -> None:
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        found = path.parent / target
        assert "://" in target or found.is_file(), target
        assert found.suffix != ".png" or found.stat().st_size <= MOST_BYTES, target


@pytest.mark.parametrize("path", [path for path in PAGES if path.parent.name == "en"], ids=lambda path: path.name)
def test_menu_entries_and_keys_of_a_page_are_those_of_the_program(path: Path) -> None:
    titles = {(row.menu, row.submenu, row.title): row.id for row in ACTIONS}
    menus = {(menu, submenu) for menu, submenu, _ in titles}
    keys = keys_of_preset("AnyLabeling")
    for entry, key in _ENTRY.findall(text_of(path)):
        parts = entry.split(" > ")
        if len(parts) == 2 and tuple(parts) in menus:
            continue
        found = titles.get((parts[0], parts[1] if len(parts) == 3 else "", parts[-1]))
        assert found is not None, entry
        assert not key or key in keys[found], f"{entry}: {key}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_settings_and_commands_of_a_page_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    sections = {row.key.split(".")[0] for row in SETTINGS}
    known = {row.key for row in SETTINGS if not row.removed}
    for name in re.findall(r"`([a-z]+\.[a-z_]+)`", text):
        assert name.split(".")[0] not in sections or name in known or name.endswith(".txt"), name
    commands = {row.name for row in COMMANDS}
    for word in re.findall(r"anylabel-plus ([a-z]+)\b(?!\.)", text):
        assert word in commands or word == "photo", word
