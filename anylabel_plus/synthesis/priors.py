"""What labelled objects say of their label: sizes, places, and whether it may be turned and mirrored."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from anylabel_plus.synthesis.bank_file import SeenObject
from anylabel_plus.synthesis.scene import LabelPrior

QUANTILES = 21
GRID = 16
TEXT_WORDS = frozenset((
    "text", "letter", "letters", "digit", "digits", "number", "numbers", "plate", "plates", "sign", "signs", "logo",
    "logos", "qr", "qrcode", "barcode", "barcodes", "license", "licence", "licenseplate", "word", "words",
))  # fmt: skip
SIDE_WORDS = frozenset(("left", "right"))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def priors(objects: Iterable[SeenObject], labels: Iterable[str] = ()) -> dict[str, LabelPrior]:
    """One prior for each label, by name; also for ``labels`` of which no object was seen."""
    by_label: dict[str, list[SeenObject]] = {label: [] for label in labels}
    for seen in objects:
        by_label.setdefault(seen.label, []).append(seen)
    return {label: _prior(label, by_label[label]) for label in sorted(by_label)}


def words(label: str) -> list[str]:
    """The words of a label, lower case: "leftHand", "left_hand" and "Left hand" are left and hand."""
    return [word.lower() for word in _WORD.findall(label)]


def may_turn(label: str, with_text: float = 0.0) -> bool:
    """False for things that are read, and for left and right ones. ``with_text``: share with a transcription."""
    known = words(label)
    return with_text < 0.5 and not any(word in TEXT_WORDS or word in SIDE_WORDS for word in known)


def _prior(label: str, seen: list[SeenObject]) -> LabelPrior:
    turn = may_turn(label, sum(one.text for one in seen) / max(1, len(seen)))
    return LabelPrior(
        label,
        len(seen),
        _quantiles([one.relative for one in seen], 5),
        _quantiles([one.pixels for one in seen], 2),
        _heat(seen),
        turn,
        turn,
        turn,
    )


def _quantiles(values: list[float], digits: int) -> tuple[float, ...]:
    if not values:
        return ()
    found = np.quantile(np.asarray(values, np.float64), np.linspace(0.0, 1.0, QUANTILES))
    return tuple(round(float(value), digits) for value in found)


def _heat(seen: list[SeenObject]) -> tuple[tuple[float, ...], ...]:
    if not seen:
        return ()
    grid = np.zeros((GRID, GRID), np.float64)
    for one in seen:
        row, column = (min(max(int(value * GRID), 0), GRID - 1) for value in (one.y, one.x))
        grid[row, column] += 1
    grid /= grid.sum()
    return tuple(tuple(round(float(cell), 6) for cell in row) for row in grid)
