"""Taking over what another program's configuration says: settings, keys, labels, colours and flags.

``plan`` is pure and decides; ``take`` puts the decision into the settings. Both say what was left and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anylabel_plus.key_names import RESERVED, canonical
from anylabel_plus.rivals.meanings import meaning_of
from anylabel_plus.rivals.rc_file import RcFile
from anylabel_plus.rivals.shortcuts import SHORTCUTS, Keys
from anylabel_plus.settings import ROWS, Settings

START = "labels.start"
_NOT_YET = "Not supported yet."
_UNKNOWN = "Not known here."


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: the name in their file, and what became of it or why nothing did."""

    name: str
    text: str


@dataclass(slots=True)
class Taking:
    """What is taken (``settings``: our keys and values) and what is left."""

    rival: str
    settings: dict[str, Any] = field(default_factory=dict)
    taken: list[Line] = field(default_factory=list)
    left: list[Line] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data for machines."""
        return {
            "program": self.rival,
            "settings": self.settings,
            "taken": [{"name": line.name, "text": line.text} for line in self.taken],
            "left": [{"name": line.name, "why": line.text} for line in self.left],
        }


def plan(rc: RcFile) -> Taking:
    """What would be taken from a file. Nothing is changed."""
    found = Taking(rc.rival, {"keys.preset": rc.rival})
    found.taken.append(Line("shortcuts", f"keys.preset: {rc.rival}"))
    for name, value in rc.data.items():
        if name == "shortcuts":
            _take_keys(found, value)
        elif name in _START_PARTS:
            _take_start(found, name, value)
        else:
            for full, leaf in _leaves(name, value):
                _take_setting(found, full, leaf)
    return found


def take(settings: Settings, taking: Taking, *, this_run_only: bool = False) -> None:
    """Put what was planned into force; with ``this_run_only`` without writing the settings file."""
    for key, value in taking.settings.items():
        if this_run_only:
            settings.use(key, value)
        else:
            settings.set(key, value, save=False)
    if not this_run_only:
        settings.save()


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The values of a table with their full names; a table that has a meaning of its own is one value."""
    known = meaning_of(name)
    inner = isinstance(value, Mapping) and value
    if inner and not (known is not None and known.name == name and not any(meaning_of(f"{name}.{k}") for k in value)):
        for key, part in value.items():
            yield from _leaves(f"{name}.{key}", part)
    else:
        yield name, value


def _take_setting(found: Taking, name: str, value: Any) -> None:
    row = meaning_of(name)
    if row is None or not row.setting:
        found.left.append(Line(name, row.why if row is not None else _UNKNOWN))
        return
    if row.setting not in ROWS:
        found.left.append(Line(name, _NOT_YET))
        return
    try:
        ours = ROWS[row.setting].check(row.value(value))
    except ValueError as error:
        found.left.append(Line(name, f"{str(error)[:1].upper()}{str(error)[1:]}."))
        return
    found.settings[row.setting] = ours
    found.taken.append(Line(name, f"{row.setting}: {_shown(ours)}"))


def _shown(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


# Keys -------------------------------------------------------------------------------------------


def _take_keys(found: Taking, value: Any) -> None:
    if not isinstance(value, Mapping):
        found.left.append(Line("shortcuts", "Must be a table of names and keys."))
        return
    rows = {row.name: row for row in SHORTCUTS}
    wanted: dict[str, Keys] = {}
    changed: dict[str, str] = {}
    for name, given in value.items():
        row = rows.get(str(name))
        full = f"shortcuts.{name}"
        if row is None:
            found.left.append(Line(full, _UNKNOWN))
            continue
        keys = _keys(found, full, given)
        if keys is None:
            continue
        if not row.action:
            if set(keys) != set(row.keys(found.rival) or ()):
                found.left.append(Line(full, "There is no such command."))
            continue
        wanted[row.action] = tuple(dict.fromkeys((*wanted.get(row.action, ()), *keys)))
        if set(keys) != set(row.keys(found.rival) or ()):
            changed[row.action] = full
    _own_keys(found, wanted, changed)


def _own_keys(found: Taking, wanted: Mapping[str, Keys], changed: Mapping[str, str]) -> None:
    """Keys that differ from the program's own, each for one action only."""
    own: dict[str, list[str]] = {}
    users: dict[str, str] = {}
    for action_id, name in changed.items():
        own[action_id] = []
        for key in wanted[action_id]:
            if key in users:
                found.left.append(Line(name, f"{key} is given to {users[key]} too."))
            else:
                users[key] = name.removeprefix("shortcuts.")
                own[action_id].append(key)
        found.taken.append(Line(name, ", ".join(own[action_id]) or "no key"))
    if own:
        found.settings["keys.own"] = own


def _keys(found: Taking, name: str, given: Any) -> Keys | None:
    """The keys of one entry in our writing; None when it has keys and none can be used."""
    texts = [] if given is None else given if isinstance(given, list) else [given]
    keys: list[str] = []
    for text in texts:
        try:
            key = canonical(str(text))
        except ValueError as error:
            found.left.append(Line(name, f"{error}."))
            continue
        if key in RESERVED:
            found.left.append(Line(name, RESERVED[key].format(key=key)))
        else:
            keys.append(key)
    return None if texts and not keys else tuple(keys)


# What a new data set starts with ------------------------------------------------------------------


def _take_start(found: Taking, name: str, value: Any) -> None:
    if value is None or value == [] or value == {}:
        return
    key, read = _START_PARTS[name]
    try:
        part, text = read(value)
    except ValueError as error:
        found.left.append(Line(name, str(error)))
        return
    start = dict(found.settings.get(START, {}))
    start[key] = part
    found.settings[START] = start
    found.taken.append(Line(name, text))


def names(value: Any) -> tuple[list[str], str]:
    """A list of names, and how many there are; raises ValueError for anything else."""
    texts = list(value) if isinstance(value, Mapping) else value
    if not isinstance(texts, list) or not all(isinstance(text, str | int) for text in texts):
        raise ValueError("Must be a list of names.")
    cleaned = list(dict.fromkeys(str(text).strip() for text in texts))
    found = [name for name in cleaned if name and not name.startswith("__")]
    return found, f"{len(found)} names: {', '.join(found[:6])}{' …' if len(found) > 6 else ''}"


def _colors(value: Any) -> tuple[dict[str, str], str]:
    if not isinstance(value, Mapping):
        raise ValueError("Must be a table of labels and colours.")
    colors = {str(label): _color(label, parts) for label, parts in value.items()}
    return colors, f"{len(colors)} colours"


def _color(label: object, parts: Any) -> str:
    if isinstance(parts, Sequence) and not isinstance(parts, str) and len(parts) >= 3:
        channels = parts[:3]
        if all(isinstance(part, int) and 0 <= part <= 255 for part in channels):
            return "#" + "".join(f"{part:02X}" for part in channels)
    raise ValueError(f"The colour of {label} must be three numbers from 0 to 255.")


def shape_flags(value: Any) -> tuple[dict[str, list[str]], str]:
    """Flags by the pattern of labels they belong to; raises ValueError for anything else."""
    if not isinstance(value, Mapping):
        raise ValueError("Must be a table of label patterns and flags.")
    found: dict[str, list[str]] = {}
    for pattern, flags in value.items():
        try:
            re.compile(str(pattern))
        except re.error as error:
            raise ValueError(f"{pattern!r} is no pattern ({error}).") from error
        found[str(pattern)] = names(flags)[0]
    return found, f"flags for {len(found)} patterns of labels"


def _digits(value: Any) -> tuple[dict[str, dict[str, str]], str]:
    if not isinstance(value, Mapping):
        raise ValueError("Must be a table of digits.")
    found: dict[str, dict[str, str]] = {}
    for digit, entry in value.items():
        label = entry.get("label") if isinstance(entry, Mapping) else None
        if str(digit) not in set("0123456789") or not isinstance(label, str):
            raise ValueError(f"The entry of {digit!r} must have a digit, a mode and a label.")
        found[str(digit)] = {"label": label, "mode": _TOOLS.get(str(entry.get("mode")), "")}
    return found, f"{len(found)} number keys"


_TOOLS = {
    f"create_{name}": name
    for name in ("polygon", "rectangle", "rotation", "quadrilateral", "cuboid", "circle", "line", "point", "linestrip")
}
"""Their modes -> our tools."""
_START_PARTS = {
    "labels": ("labels", names),
    "label_colors": ("colors", _colors),
    "flags": ("image_flags", names),
    "label_flags": ("shape_flags", shape_flags),
    "digit_shortcuts": ("digit_shortcuts", _digits),
}
"""Name in their file -> part of the setting ``labels.start``, and how it is read."""
