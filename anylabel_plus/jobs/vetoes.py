"""Pictures of a recipe and a seed that somebody looked at and does not want: a small file beside an object bank.

A run leaves them out and makes later ones in their place, so that the number of pictures stays what was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import count as counting
from itertools import islice
from pathlib import Path

from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset import hidden_json

NAME = "vetoes.json"
REASONS = ("size", "place", "edge", "colour", "hidden", "other")
FORMAT, VERSION = "anylabel-plus vetoes", 1


@dataclass(frozen=True, slots=True)
class Veto:
    """A picture that somebody does not want, and why: ``recipe`` is the hash of its recipe."""

    recipe: str
    seed: int
    index: int
    reason: str


def read_vetoes(bank: Path) -> tuple[Veto, ...]:
    """The vetoes kept beside a bank; none when there is no such file.

    Raises:
        UserError: the file cannot be read, is damaged or of a later version.
    """
    path = bank / NAME
    found: list[Veto] = []
    for row in hidden_json.read(path, FORMAT, VERSION).get("vetoes", []):
        try:
            veto = Veto(str(row["recipe"]), int(row["seed"]), int(row["index"]), str(row["reason"]))
        except (TypeError, KeyError, ValueError) as error:
            raise hidden_json.damaged(path, f"row {len(found) + 1} of its vetoes is {row!r}") from error
        found.append(veto)
    return tuple(found)


def add_vetoes(bank: Path, new: Iterable[Veto]) -> tuple[Veto, ...]:
    """Keep these too, in place of those of the same picture; all that are kept then.

    Raises:
        UserError: the file is damaged, or cannot be written.
    """
    with hidden_json.alone(bank / NAME):
        rows = {_place(veto): veto for veto in read_vetoes(bank)}
        rows.update((_place(veto), veto) for veto in new)
        return _written(bank, rows.values())


def remove_vetoes(bank: Path, recipe: str, seed: int, indices: Iterable[int]) -> tuple[Veto, ...]:
    """Forget the vetoes of these pictures; all that are kept then.

    Raises:
        UserError: one of them has no veto, the file is damaged, or cannot be written.
    """
    with hidden_json.alone(bank / NAME):
        rows = {_place(veto): veto for veto in read_vetoes(bank)}
        for index in dict.fromkeys(indices):
            if rows.pop((recipe, seed, index), None) is None:
                raise UserError(f"{bank / NAME}: picture {index} of this recipe and seed has no veto.")
        return _written(bank, rows.values())


def vetoed(bank: Path, recipe: str, seed: int) -> frozenset[int]:
    """Numbers of the pictures of a recipe and a seed that nobody wants.

    Raises:
        UserError: the file is damaged.
    """
    return frozenset(veto.index for veto in read_vetoes(bank) if (veto.recipe, veto.seed) == (recipe, seed))


def numbers(count: int, left_out: frozenset[int]) -> Iterator[int]:
    """The first ``count`` numbers of pictures that are not left out."""
    return islice((index for index in counting() if index not in left_out), count)


def _place(veto: Veto) -> tuple[str, int, int]:
    return veto.recipe, veto.seed, veto.index


def _written(bank: Path, vetoes: Iterable[Veto]) -> tuple[Veto, ...]:
    kept = tuple(vetoes)
    data = {"format": FORMAT, "version": VERSION, "vetoes": [asdict(veto) for veto in kept]}
    hidden_json.write(bank / NAME, (json.dumps(data, indent=1) + "\n").encode())
    return kept
