"""What kind of picture an image is: captured, or made by a machine. A mark in the file or its label file tells.

To add a kind: its row in ``KINDS``; whoever makes such images writes it into the mark (``images.marker``) and into the
label file's ``synthesis``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anylabel_plus.dataset.scan import label_path
from anylabel_plus.images.marker import read_marker

CAPTURED, COMPOSITE = "captured", "composite"
LABEL_KEY = "synthesis"
"""Top-level key of label files of images that a machine made."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of image. ``made``: by a machine; such images measure nothing and never leave training."""

    name: str
    title: str
    made: bool


KINDS: dict[str, Kind] = {
    row.name: row
    for row in (
        Kind(CAPTURED, "Captured", made=False),
        Kind(COMPOSITE, "Composite", made=True),
    )
}


def is_made(kind: str) -> bool:
    """True for images made by a machine; also for kinds of later versions, which only such images have."""
    return kind not in KINDS or KINDS[kind].made


def image_kind(path: Path, label: Path | None = None) -> str:
    """The kind of an image: by the mark inside the file, else by its label file.

    Args:
        path: the image file; it may be missing or no picture.
        label: its label file; None: the one beside it. It may be missing or damaged.
    """
    marked = kind_of_marker(read_marker(path))
    if marked is not None:
        return marked
    try:
        data = (label_path(path, path.parent) if label is None else label).read_bytes()
    except OSError:
        return CAPTURED
    return kind_of_label(data) or CAPTURED


def kind_of_marker(facts: Mapping[str, Any] | None) -> str | None:
    """What a mark says; None without one."""
    return None if facts is None else _named(facts.get("kind"))


def kind_of_label(data: bytes) -> str | None:
    """What a label file says; None where it says nothing or cannot be read."""
    if b'"synthesis"' not in data:
        return None
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    shapes = read.get("shapes")
    rows = shapes if isinstance(shapes, list) else []
    origins = (shape.get("provenance") for shape in rows if isinstance(shape, dict))
    return kind_by(read.get(LABEL_KEY), (one.get("source") for one in origins if isinstance(one, dict)))


def kind_by(synthesis: Any, sources: Iterable[Any]) -> str | None:
    """What the key ``synthesis`` of a label file and the sources of its shapes say; None: nothing."""
    if isinstance(synthesis, Mapping) and synthesis.get("kind") is not None:
        kind = synthesis["kind"]
        if not isinstance(kind, str) or is_made(kind):
            return _named(kind)
    return COMPOSITE if LABEL_KEY in sources else None


def _named(kind: Any) -> str:
    # Only machines write marks: one that does not say more is of a composite.
    return kind if isinstance(kind, str) and kind and kind != CAPTURED else COMPOSITE
