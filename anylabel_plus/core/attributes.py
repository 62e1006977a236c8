"""Attributes of shapes: what each label asks for, and how its values look.

A schema is read from two forms of JSON: the program's own,
``{label: {attribute: {"kind": …, "choices": […], "low": …, "high": …}}}``, and the attributes
file of X-AnyLabeling, ``{label: {attribute: [choices] or text}, "__widget_types__": {label: {attribute:
"combobox" | "radiobutton" | "lineedit" | "group_id"}}}``. The label ``*`` stands for every label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from anylabel_plus.core.errors import UserError

EVERY = "*"
"""The label whose attributes every shape has."""
X_TYPES = "__widget_types__"

KINDS: dict[str, tuple[str, str]] = {
    "combo": ("List", "One of many choices, in a drop-down list."),
    "radio": ("Radio buttons", "One of a few choices, all in view."),
    "check": ("Check box", "Yes or no."),
    "text": ("Text", "Any text."),
    "number": ("Number", "A number, with limits where they are given."),
    "groups": ("Groups", "Numbers of groups that the shape refers to."),
}
"""Kind to (title, meaning). To add one: a row, a rule in ``Attribute.check``, a control in the window."""

_OF_X = {"combobox": "combo", "radiobutton": "radio", "lineedit": "text", "group_id": "groups"}
_TO_X = {"combo": "combobox", "radio": "radiobutton", "text": "lineedit", "number": "lineedit", "groups": "group_id"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: ``choices`` of combo and radio, ``low`` and ``high`` of a number."""

    name: str
    kind: str = "combo"
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    def check(self, value: Any) -> Any:
        """``value`` as it is stored; raises ValueError that says what would fit."""
        if self.kind in ("combo", "radio"):
            if value not in self.choices:
                raise ValueError(f"{self.name} must be one of {', '.join(self.choices)}, not {value!r}")
        elif self.kind == "check":
            if not isinstance(value, bool):
                raise ValueError(f"{self.name} must be true or false, not {value!r}")
        elif self.kind == "number":
            self._check_number(value)
        elif self.kind == "groups":
            if not isinstance(value, list) or not all(type(entry) is int for entry in value):
                raise ValueError(f"{self.name} must be numbers of groups, not {value!r}")
        elif not isinstance(value, str):
            raise ValueError(f"{self.name} must be text, not {value!r}")
        return value

    def _check_number(self, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise ValueError(f"{self.name} must be a number, not {value!r}")
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            low = "" if self.low is None else f"{self.low:g} or more"
            high = "" if self.high is None else f"{self.high:g} or less"
            raise ValueError(f"{self.name} must be {' and '.join(filter(None, (low, high)))}, not {value:g}")

    def to_json(self) -> dict[str, Any]:
        """Plain data of the own form; what is not set is left out."""
        values: dict[str, Any] = {"kind": self.kind}
        if self.choices:
            values["choices"] = list(self.choices)
        for key in ("low", "high"):
            if getattr(self, key) is not None:
                values[key] = getattr(self, key)
        return values


@dataclass(frozen=True, slots=True)
class Schema:
    """The attributes of each label, in order. A value: changes make a new one."""

    labels: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)

    def of(self, label: str) -> tuple[Attribute, ...]:
        """What a shape with this label is asked for: its own attributes behind those of every label."""
        own = self.labels.get(label, ()) if label != EVERY else ()
        names = {row.name for row in own}
        return (*(row for row in self.labels.get(EVERY, ()) if row.name not in names), *own)

    def with_rows(self, label: str, rows: tuple[Attribute, ...]) -> Schema:
        """With other attributes for one label; none removes it."""
        labels = {name: known for name, known in self.labels.items() if name != label or rows}
        return Schema({**labels, label: rows} if rows else labels)

    def renamed(self, old: str, new: str) -> Schema:
        """The attributes of ``old`` under the name ``new``; a ``new`` that has some keeps its own."""
        if old not in self.labels:
            return self
        if new in self.labels:
            return self.with_rows(old, ())
        return Schema({new if name == old else name: rows for name, rows in self.labels.items()})

    def to_json(self) -> dict[str, Any]:
        """Plain data of the own form."""
        return {label: {row.name: row.to_json() for row in rows} for label, rows in self.labels.items()}

    def to_x(self) -> dict[str, Any]:
        """The attributes file of X-AnyLabeling: check boxes become a list of yes and no, numbers a line of text."""
        values: dict[str, Any] = {}
        types: dict[str, dict[str, str]] = {}
        for label, rows in self.labels.items():
            values[label] = {row.name: _x_value(row) for row in rows}
            types[label] = {row.name: _TO_X.get(row.kind, "combobox") for row in rows}
        return {**values, X_TYPES: types}


def _x_value(row: Attribute) -> Any:
    if row.kind == "check":
        return ["true", "false"]
    if row.kind in ("combo", "radio"):
        return list(row.choices)
    return [] if row.kind == "groups" else ""


def parse(data: Any, where: str) -> Schema:
    """The schema of plain data in either form; ``where`` names the file in errors.

    Raises:
        UserError: what is wrong, with label and attribute.
    """
    if not isinstance(data, dict):
        raise _wrong(where, "must hold an object: label to attributes")
    types = data.get(X_TYPES, {})
    if not isinstance(types, dict):
        raise _wrong(where, f"{X_TYPES} must be an object")
    labels: dict[str, tuple[Attribute, ...]] = {}
    for label, entries in data.items():
        if label.startswith("__"):
            continue
        if not isinstance(entries, dict):
            raise _wrong(where, f"{label}: must be an object of attributes")
        given = types.get(label, {})
        labels[label] = tuple(_rows(label, entries, given if isinstance(given, dict) else {}, where))
    return Schema({label: rows for label, rows in labels.items() if rows})


def _rows(label: str, entries: Mapping[str, Any], types: Mapping[str, Any], where: str) -> Iterator[Attribute]:
    for name, entry in entries.items():
        place = f"{label}, {name}"
        row = _own(name, entry) if isinstance(entry, dict) else _of_x(name, entry, types.get(name), where, place)
        if row.kind not in KINDS:
            raise _wrong(where, f"{place}: the kind must be one of {', '.join(KINDS)}, not {row.kind!r}")
        if row.kind in ("combo", "radio") and (
            not row.choices or not all(isinstance(choice, str) for choice in row.choices)
        ):
            raise _wrong(where, f"{place}: needs a list of choices, all of them text")
        yield row


def _own(name: str, entry: Mapping[str, Any]) -> Attribute:
    choices = entry.get("choices") or ()
    limits = {key: float(entry[key]) for key in ("low", "high") if isinstance(entry.get(key), int | float)}
    rows = tuple(choices) if isinstance(choices, list) else ()
    return Attribute(name, str(entry.get("kind", "combo")), rows, **limits)


def _of_x(name: str, entry: Any, widget: Any, where: str, place: str) -> Attribute:
    if widget is None:
        widget = "lineedit" if isinstance(entry, str) else "combobox"
    if widget not in _OF_X:
        raise _wrong(where, f"{place}: the widget must be one of {', '.join(_OF_X)}, not {widget!r}")
    kind = _OF_X[widget]
    return Attribute(name, kind, tuple(entry) if isinstance(entry, list) and kind in ("combo", "radio") else ())


def _wrong(where: str, what: str) -> UserError:
    return UserError(f"{where}: {what}.", "Correct the file, or set the attributes up in the window.")
