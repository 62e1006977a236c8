"""How a data set is labelled: attributes, flags and number keys. A value; ``dataset.labeling`` stores it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from anylabel_plus.core import attributes
from anylabel_plus.core.attributes import Schema
from anylabel_plus.core.errors import UserError

DIGITS = "1234567890"
"""Number keys in the order of their labels where none is assigned."""


@dataclass(frozen=True, slots=True)
class DigitKey:
    """What a number key does: give ``label``, and take up the canvas tool ``mode`` unless that is empty."""

    label: str
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Labeling:
    """Set-up of one data set.

    ``image_flags`` are offered for every image. ``shape_flags`` maps a regular expression to the flags of
    shapes whose whole label it matches; ".*" stands for all. ``digits`` are assigned keys only: the
    others belong to the first labels.
    """

    schema: Schema = field(default_factory=Schema)
    image_flags: tuple[str, ...] = ()
    shape_flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    digits: Mapping[str, DigitKey] = field(default_factory=dict)

    def flags_of(self, label: str) -> tuple[str, ...]:
        """The flags offered for a shape with this label, each once, in order."""
        found: dict[str, None] = {}
        for pattern, names in self.shape_flags.items():
            if re.fullmatch(pattern, label):
                found.update(dict.fromkeys(names))
        return tuple(found)

    def keys(self, labels: Iterable[str]) -> dict[str, DigitKey]:
        """What each number key does for the labels of a data set; keys without a meaning are left out.

        A label that has a key of its own gets no second one by its place.
        """
        assigned = {key.label for key in self.digits.values()}
        names = iter([name for name in labels if name and name not in assigned])
        keys: dict[str, DigitKey] = {}
        for digit in DIGITS:
            if digit in self.digits:
                keys[digit] = self.digits[digit]
            elif (name := next(names, None)) is not None:
                keys[digit] = DigitKey(name)
        return keys

    def renamed(self, old: str, new: str) -> Labeling:
        """With the attributes and keys of ``old`` under the name ``new``."""
        digits = {digit: replace(key, label=new) if key.label == old else key for digit, key in self.digits.items()}
        return replace(self, schema=self.schema.renamed(old, new), digits=digits)

    def without(self, label: str) -> Labeling:
        """Without the attributes and keys of a label."""
        digits = {digit: key for digit, key in self.digits.items() if key.label != label}
        return replace(self, schema=self.schema.with_rows(label, ()), digits=digits)

    def with_start(self, start: Labeling) -> Labeling:
        """With the parts of ``start`` that this data set has nothing of its own in."""
        return Labeling(
            self.schema if self.schema.labels else start.schema,
            self.image_flags or start.image_flags,
            self.shape_flags or start.shape_flags,
            self.digits or start.digits,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data for the data set's file."""
        return {
            "attributes": self.schema.to_json(),
            "image_flags": list(self.image_flags),
            "shape_flags": {pattern: list(names) for pattern, names in self.shape_flags.items()},
            "digit_shortcuts": {digit: {"mode": key.mode, "label": key.label} for digit, key in self.digits.items()},
        }


def parse(data: Any, where: str) -> Labeling:
    """The way back of ``to_json``. Raises UserError that says which entry of ``where`` is wrong."""
    if not isinstance(data, dict):
        raise UserError(f"{where}: must hold an object.")
    flags = data.get("image_flags", [])
    if not _names(flags):
        raise UserError(f"{where}: image_flags must be a list of names.")
    return Labeling(
        attributes.parse(data.get("attributes", {}), where),
        tuple(flags),
        _shape_flags(data.get("shape_flags", {}), where),
        _digits(data.get("digit_shortcuts", {}), where),
    )


def check_pattern(pattern: str) -> str:
    """``pattern`` itself; raises UserError when it is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise UserError(f"{pattern!r} is no regular expression ({error}).", "For all labels write .*") from None
    return pattern


def _shape_flags(data: Any, where: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(data, dict) or not all(_names(names) for names in data.values()):
        raise UserError(f"{where}: shape_flags must map expressions to lists of names.")
    return {check_pattern(pattern): tuple(names) for pattern, names in data.items()}


def _digits(data: Any, where: str) -> dict[str, DigitKey]:
    keys: dict[str, DigitKey] = {}
    for digit, entry in data.items() if isinstance(data, dict) else ():
        label = entry.get("label") if isinstance(entry, dict) else None
        if str(digit) not in DIGITS or len(str(digit)) != 1 or not isinstance(label, str):
            raise UserError(f"{where}: digit_shortcuts, {digit}: must be a digit with mode and label.")
        if label.strip():
            keys[str(digit)] = DigitKey(label.strip(), str(entry.get("mode") or ""))
    return keys


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def label_list(text: str) -> list[str]:
    """The labels of a class list, one a line: without BOM, spaces around them, empty lines and repetitions."""
    lines: Sequence[str] = text.removeprefix("\ufeff").splitlines()
    return list(dict.fromkeys(name for line in lines if (name := line.strip().strip("\ufeff"))))
