"""Dividing a data set by a ratio, the same for the same seed and names."""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset.split_file import HELD_OUT, NONE, PARTS, TRAIN

Ratio = tuple[float, float, float, float]
"""Shares of train, val, test and none."""


class Item(NamedTuple):
    """One image to be placed; those with one ``group`` stay together (its own name: it stands alone)."""

    name: str
    group: str


def parse_ratio(text: str) -> Ratio:
    """Shares from "8/1/1": train, val and, if given, test, and none for images that stay without a part.

    Raises:
        UserError: not two to four numbers, a negative one, or nothing but zeros.
    """
    pieces = [piece.strip() for piece in re.split(r"[/:,]", text)]
    try:
        numbers = [float(piece) for piece in pieces]
    except ValueError as error:
        raise _bad_ratio(text, "is not made of numbers") from error
    if not 2 <= len(numbers) <= 4:
        raise _bad_ratio(text, "does not have two to four numbers")
    if not all(math.isfinite(number) and 0 <= number <= 1e9 for number in numbers):
        raise _bad_ratio(text, "has a number that is no share")
    if sum(numbers) <= 0:
        raise _bad_ratio(text, "is all zero")
    train, val, test, none = (*numbers, 0.0, 0.0)[:4]
    return train, val, test, none


def _bad_ratio(text: str, what: str) -> UserError:
    return UserError(f"The ratio {text!r} {what}.", "Write train/val/test, such as 8/1/1.")


def divide(items: Iterable[Item], ratio: Ratio, seed: int, fixed: Mapping[str, str]) -> dict[str, str]:
    """A part for each item.

    Groups go, in an order that the seed and their keys decide, each to the part that lacks most; a group with a
    fixed member goes where that is. Fixed items count towards the ratio. Groups of one give the ratio to within one
    image.

    Args:
        items: all images.
        ratio: shares of the parts.
        seed: another seed, another division.
        fixed: name -> part, of items that are not to be moved.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for item in items:
        groups[item.group].append(item.name)
    total = sum(map(len, groups.values()))
    lacks = [share / sum(ratio) * total for share in ratio]
    found: dict[str, str] = {}
    free: list[str] = []
    for key, names in groups.items():
        parts = {fixed[name] for name in names if name in fixed}
        if not parts:
            free.append(key)
            continue
        other = _joint(parts)
        for name in names:
            found[name] = fixed.get(name, other)
            lacks[PARTS.index(found[name])] -= 1
    for key in sorted(free, key=lambda key: (_order(seed, key), key)):
        place = max(range(len(PARTS)), key=lambda place: (lacks[place], -place))
        found.update(dict.fromkeys(groups[key], PARTS[place]))
        lacks[place] -= len(groups[key])
    return found


def _joint(parts: set[str]) -> str:
    """Where the rest of a group goes: to its fixed members; nowhere when these are for training and held out."""
    if len(parts) == 1:
        return next(iter(parts))
    held = [part for part in HELD_OUT if part in parts]
    return NONE if TRAIN in parts or not held else held[0]


def _order(seed: int, key: str) -> bytes:
    text = f"{seed}\0{key}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()
