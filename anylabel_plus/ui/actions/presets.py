"""PRESETS: which keys an action has for people who come from another program.

A preset says only what it does differently: action id -> keys. An action that it does not name has the keys of its
row, but for those that the preset uses otherwise. Keys of the user's own go before every preset in the same way.
To add a key: one entry here; ``()`` leaves an action without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from anylabel_plus.rivals.shortcuts import keys_of

Keys = tuple[str, ...]
Table = Mapping[str, Keys]

_X_ANYLABELING: Table = keys_of("X-AnyLabeling") | {
    "next_image": ("D", "PgDown"),
    "previous_image": ("A", "PgUp"),
    "select_all": ("Ctrl+Alt+A",),
    "job_import": ("Ctrl+Alt+I",),
    "lock": ("Ctrl+Alt+L",),
}
_LABELME: Table = keys_of("labelme") | {
    "next_image": ("D", "Ctrl+Shift+D", "PgDown"),
    "previous_image": ("A", "Ctrl+Shift+A", "PgUp"),
    "polygon": ("Ctrl+N", "P"),
    "rectangle": ("Ctrl+R", "R"),
    "quadrilateral": ("Ctrl+Shift+R",),
}
_CVAT_LIKE: Table = {
    "next_image": ("F", "PgDown"),
    "previous_image": ("D", "PgUp"),
    "redo": ("Ctrl+Shift+Z", "Ctrl+Y"),
    "auto_use_last_label": (),
    "delete": ("Delete", "Shift+Delete"),
    "hide_selected": ("H",),
    "toggle_all": ("Ctrl+H",),
    "lock": ("L",),
    "group": ("G",),
    "ungroup": ("Shift+G",),
    "merge": ("M",),
    "split": ("Alt+M",),
    "union": ("J",),
    "settings": ("F2", "Ctrl+,"),
    "assist_finish": ("Ctrl+Return",),
}
_ANYLABEL_PLUS: Table = {
    "open_folder": ("Ctrl+O",),
    "open_image": ("Ctrl+Shift+O",),
    "save_copy": (),
    "synthesis": ("Ctrl+Shift+S",),
    "next_image": ("PgDown", "D"),
    "previous_image": ("PgUp", "Shift+D"),
    "redo": ("Ctrl+Shift+Z", "Ctrl+Y"),
    "edit_label": ("L",),
    "auto_use_last_label": (),
    "zoom_in": ("+", "=", "Ctrl++", "Ctrl+="),
    "zoom_out": ("-", "Ctrl+-"),
    "fit": ("F",),
    "select": ("V",),
    "rectangle": ("R",),
    "rotation": ("O",),
    "polygon": ("P",),
    "circle": ("C",),
    "linestrip": ("N",),
    "point": ("T",),
    "quadrilateral": ("Ctrl+Shift+R",),
    "brush": ("B",),
    "eraser": ("Shift+B",),
    "cut_hole": ("X",),
    "merge": ("M",),
    "assist_point": ("A", "Q"),
    "assist_exclude": ("E",),
    "assist_box": ("Shift+A", "Shift+Q"),
    "assist_finish": ("Ctrl+Return",),
    "assist_clear": (),
    "job_export": ("Ctrl+E",),
    "commands": ("F1", "Ctrl+K"),
}
PRESETS: Mapping[str, Table] = {
    "AnyLabeling": {},
    "X-AnyLabeling": _X_ANYLABELING,
    "labelme": _LABELME,
    "CVAT-like": _CVAT_LIKE,
    "AnyLabel Plus": _ANYLABEL_PLUS,
}
"""Name -> table. The rows' own keys are those of AnyLabeling, the preset at first start."""


def resolve(rows: Mapping[str, Keys], *tables: Table) -> dict[str, Keys]:
    """The keys in force. ``rows`` has the keys of every action's row, ``tables`` what goes before them, best first.

    An action has the keys of the first table that names it, but for those that a table before it gives to others.
    Entries for unknown actions count for nothing.
    """
    result: dict[str, Keys] = {}
    taken: set[str] = set()
    for table in (*tables, rows):
        named = {action_id: keys for action_id, keys in table.items() if action_id in rows and action_id not in result}
        for action_id, keys in named.items():
            result[action_id] = tuple(key for key in keys if key not in taken)
        taken.update(_all(named.values()))
    return {action_id: result[action_id] for action_id in rows}


def _all(groups: Iterable[Keys]) -> set[str]:
    return {key for keys in groups for key in keys}
