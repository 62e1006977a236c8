"""Knobs: the rows that a recipe's fields are made of, and whether a value fits its knob.

To add a kind of knob: its name in KnobKind, its check in ``_CHECKS``, a control in ``ui/pages/synthesis/controls`` and
its spelling in ``jobs/recipe_file``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from anylabel_plus.core.errors import UserError

KnobKind = Literal[
    "whole", "number", "range", "whole range", "choice", "flag", "labels", "choices", "text", "weights", "region"
]


@dataclass(frozen=True, slots=True)
class Knob:
    """One row: ``low`` and ``high`` are the limits of the value (of both ends of a range), ``step`` that of a slider.

    ``scale`` turns the value into what is shown (100 for a share shown in per cent, with ``unit`` "%").
    ``advanced`` knobs are folded away in the window.
    """

    name: str
    section: str
    kind: KnobKind
    label: str
    help: str
    default: Any
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    unit: str = ""
    scale: float = 1.0
    choices: tuple[str, ...] = ()
    advanced: bool = False


def knob(section: str, kind: KnobKind, label: str, default: Any, help: str = "", **limits: Any) -> Any:
    """A field of a recipe."""
    row = {"section": section, "kind": kind, "label": label, "help": help, **limits}
    return dataclasses.field(default=default, metadata=row)


def rows(kind: type[Any]) -> tuple[Knob, ...]:
    """The knobs of a recipe class, in order."""
    return tuple(
        Knob(name=field.name, default=field.default, **dict(field.metadata)) for field in dataclasses.fields(kind)
    )


def _fail(row: Knob, value: Any, expected: str) -> UserError:
    return UserError(f"Recipe: {row.name} must be {expected}, not {value!r}.")


def _number(row: Knob, value: Any, *, whole: bool) -> Any:
    good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")  # no NaN either
    if not good or (whole and value != int(value)):
        raise _fail(row, value, "a whole number" if whole else "a number")
    if not row.low <= value <= row.high:
        raise _fail(row, value, f"{row.low:g} to {row.high:g}")
    return int(value) if whole else float(value)


def _texts(row: Knob, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise _fail(row, value, "a list of texts")
    return tuple(value)


def _range(row: Knob, value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise _fail(row, value, "two numbers, from and to")
    low, high = (_number(row, end, whole=row.kind == "whole range") for end in value)
    if low > high:
        raise _fail(row, value, "from the smaller to the larger")
    return low, high


def _flag(row: Knob, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _fail(row, value, "true or false")
    return value


def _choice(row: Knob, value: Any) -> Any:
    if value not in row.choices:
        raise _fail(row, value, f"one of {', '.join(row.choices)}")
    return value


def _choices(row: Knob, value: Any) -> tuple[str, ...]:
    texts = _texts(row, value)
    if not texts or any(text not in row.choices for text in texts) or len(set(texts)) != len(texts):
        raise _fail(row, value, f"one or more of {', '.join(row.choices)}, each once")
    return texts


def _text(row: Knob, value: Any) -> str:
    if not isinstance(value, str):
        raise _fail(row, value, "a text")
    return value


def _weights(row: Knob, value: Any) -> tuple[tuple[str, float], ...]:
    pairs = list(value.items()) if isinstance(value, Mapping) else value
    good = isinstance(pairs, list | tuple) and all(
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], int | float)
        and not isinstance(pair[1], bool)
        and 0 <= pair[1] < 1e9
        for pair in pairs
    )
    if not good:
        raise _fail(row, value, "a weight of 0 or more for each label")
    return tuple((name, float(weight)) for name, weight in pairs)


def _region(row: Knob, value: Any) -> tuple[tuple[tuple[float, float], ...], ...]:
    try:
        rings = tuple(tuple((float(x), float(y)) for x, y in ring) for ring in value)
    except (TypeError, ValueError):
        raise _fail(row, value, "polygons of points [x, y]") from None
    if any(len(ring) < 3 or not all(0 <= v <= 1 for point in ring for v in point) for ring in rings):
        raise _fail(row, value, "polygons of three or more points with x and y from 0 to 1")
    return rings


_CHECKS: dict[KnobKind, Callable[[Knob, Any], Any]] = {
    "whole": lambda row, value: _number(row, value, whole=True),
    "number": lambda row, value: _number(row, value, whole=False),
    "range": _range,
    "whole range": _range,
    "choice": _choice,
    "flag": _flag,
    "labels": _texts,
    "choices": _choices,
    "text": _text,
    "weights": _weights,
    "region": _region,
}


def value_of(row: Knob, value: Any) -> Any:
    """``value``, plain JSON data, as the recipe holds it.

    Raises:
        UserError: it is of a wrong type or out of the knob's limits.
    """
    return _CHECKS[row.kind](row, value)
