"""Presets: no key twice, every key of the other programs does there what it does at home."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence

from anylabel_plus.rivals.shortcuts import RIVALS, SHORTCUTS
from anylabel_plus.settings import ROWS, Settings
from anylabel_plus.ui.actions import ACTIONS, BY_ID
from anylabel_plus.ui.actions.keymap import keys_in_force, keys_of_preset
from anylabel_plus.ui.actions.presets import PRESETS, resolve

FROM_ROWS = {row.id: row.keys for row in ACTIONS}


def portable(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def test_the_setting_offers_every_preset() -> None:
    assert ROWS["keys.preset"].choices == tuple(PRESETS)
    assert ROWS["keys.preset"].default == "AnyLabeling"


@pytest.mark.parametrize("preset", PRESETS)
def test_no_key_is_given_twice(preset: str) -> None:
    keys = [(portable(key), action_id) for action_id, keys in keys_of_preset(preset).items() for key in keys]
    assert all(key for key, _ in keys)
    doubled = [row for row in keys if [key for key, _ in keys].count(row[0]) > 1]
    assert not doubled


@pytest.mark.parametrize("rival", RIVALS)
def test_the_keys_of_the_others_do_what_they_do_there(rival: str) -> None:
    keys = keys_of_preset(rival)
    for row in SHORTCUTS:
        if row.action in BY_ID:
            assert set(row.keys(rival) or ()) <= set(keys[row.action]), row.name


@pytest.mark.parametrize("row", SHORTCUTS, ids=lambda row: row.name)
def test_keys_are_written_as_qt_knows_them(row: object) -> None:
    for rival in RIVALS:
        for key in row.keys(rival) or ():  # type: ignore[attr-defined]
            assert portable(key).replace("Del", "Delete") == key


def test_the_palette_and_the_keys_page_have_their_keys_everywhere() -> None:
    for preset in PRESETS:
        keys = keys_of_preset(preset)
        assert keys["commands"][0] == "F1"
        assert keys["keys"] == ("Shift+F1",)


def test_a_better_table_takes_keys_from_a_lower_one() -> None:
    rows = {"a": ("A",), "b": ("B", "Ctrl+B"), "c": ("C",)}
    assert resolve(rows) == rows
    assert resolve(rows, {"c": ("B",), "gone": ("A",)}) == {"a": ("A",), "b": ("Ctrl+B",), "c": ("B",)}
    assert resolve(rows, {"a": ("B",)}, {"c": ("B", "D")}) == {"a": ("B",), "b": ("Ctrl+B",), "c": ("D",)}


def test_the_settings_choose_the_preset() -> None:
    settings = Settings()
    assert keys_in_force(settings)["open_folder"] == ("Ctrl+U",)
    settings.set("keys.preset", "AnyLabel Plus")
    assert keys_in_force(settings)["open_folder"] == ("Ctrl+O",)


def test_tables_name_actions_that_exist() -> None:
    named = {row.action for row in SHORTCUTS if row.action} | {name for table in PRESETS.values() for name in table}
    assert named <= set(BY_ID)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_tool_has_a_key_in_every_preset(preset: str) -> None:
    keys = keys_of_preset(preset)
    drawing = ("select", "rectangle", "rotation", "polygon", "quadrilateral", "cuboid", "circle", "linestrip", "point")
    assert [name for name in (*drawing, "line", "brush", "eraser", "wand", "assist_point") if not keys[name]] == []
