"""How keys are written in settings and key files: Qt's portable form, without needing Qt.

"Ctrl+Shift+D", "Ctrl++", "F1", "PgDown". One combination at a time: sequences of several are not keys here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MODIFIERS = {"meta": "Meta", "ctrl": "Ctrl", "alt": "Alt", "shift": "Shift"}
"""In the order in which they are written."""
_OTHER_NAMES = {"control": "ctrl", "option": "alt", "win": "meta", "windows": "meta"}
_NAMES = {
    name.lower(): name
    for name in (
        *("Backspace", "Delete", "Down", "End", "Enter", "Escape", "Help", "Home", "Insert", "Left", "Menu"),
        *("Pause", "PgDown", "PgUp", "Print", "Return", "Right", "Space", "Tab", "Backtab", "Up"),
        *(f"F{number}" for number in range(1, 36)),
    )
} | {"del": "Delete", "esc": "Escape", "ins": "Insert", "pageup": "PgUp", "pagedown": "PgDown", "pgdn": "PgDown"}


RESERVED: Mapping[str, str] = {
    "Escape": "{key} steps back everywhere. Choose another key.",
    **dict.fromkeys(("Return", "Enter"), "{key} closes polygons and accepts candidates. Choose another key."),
    **dict.fromkeys(("Tab", "Shift+Tab"), "{key} goes through candidates and shapes. Choose another key."),
    "Space": "{key} pans while it is held. Choose another key.",
    **{
        f"{shift}{arrow}": "{key} moves the selected shapes. Choose another key."
        for shift in ("", "Shift+")
        for arrow in ("Left", "Right", "Up", "Down")
    },
    **{str(digit): "{key} belongs to a label. Choose another key." for digit in range(10)},
}
"""Keys that mean something on the canvas in every preset and cannot be given to an action -> what to say of them."""


def canonical(text: str) -> str:
    """The one way to write a key combination; raises ValueError with the reason for what is none."""
    body = text.strip()
    parts = [*body[:-2].split("+"), "+"] if body.endswith("++") else body.split("+") if body != "+" else ["+"]
    *modifiers, key = (part.strip() for part in parts)
    names = []
    for part in modifiers:
        name = _OTHER_NAMES.get(part.lower(), part.lower())
        if name not in _MODIFIERS:
            raise ValueError(f"{text!r} is no key ({part!r} is none of Ctrl, Alt, Shift, Meta)")
        names.append(name)
    if len(key) == 1 and key.isprintable():
        key = key.upper()
    elif key.lower() in _NAMES:
        key = _NAMES[key.lower()]
    else:
        raise ValueError(f"{text!r} is no key" + (f" ({key!r} is not on a keyboard)" if key else ""))
    return "+".join([*(shown for name, shown in _MODIFIERS.items() if name in names), key])


def check_keys(value: Any) -> dict[str, list[str]]:
    """The value of a setting that gives actions their keys: action id -> key combinations.

    Raises:
        ValueError: not such a table, or a text in it that is no key.
    """
    if not isinstance(value, dict):
        raise ValueError("must be a table of actions and their keys")
    result = {}
    for action_id, keys in value.items():
        if not isinstance(action_id, str) or not isinstance(keys, list | tuple):
            raise ValueError(f"must have a list of keys for {action_id!r}")
        if not all(isinstance(key, str) for key in keys):
            raise ValueError(f"must have texts as the keys of {action_id!r}")
        result[action_id] = list(dict.fromkeys(canonical(key) for key in keys))
    return result
