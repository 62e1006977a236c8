"""What formats have in common: the declared loss, and the two protocols their modules follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from anylabel_plus.core.document import Document


@dataclass(frozen=True, slots=True)
class Loss:
    """Something a target format cannot hold; always reported, never silent.

    ``kind`` groups equal losses ("kind.circle", "holes", "text" …), ``count`` says how many shapes
    or files it concerns, ``text`` is one sentence for the user.
    """

    kind: str
    count: int
    text: str


def merge_losses(losses: Iterable[Loss]) -> list[Loss]:
    """One entry for each kind and text, counts added, in order of first appearance."""
    merged: dict[tuple[str, str], Loss] = {}
    for loss in losses:
        key = (loss.kind, loss.text)
        known = merged.get(key)
        merged[key] = loss if known is None else replace(known, count=known.count + loss.count)
    return list(merged.values())


class DocumentReader(Protocol):
    """Reads the document of one image."""

    def __call__(self, path: Path) -> Document:
        """Raises UserError naming the file, the shape index and the value."""
        ...


class DocumentWriter(Protocol):
    """Writes one document; says what did not fit."""

    def __call__(self, document: Document, path: Path) -> Sequence[Loss]:
        """Raises UserError when the target cannot be written."""
        ...
