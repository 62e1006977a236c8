"""Edits of labels as classes: what a data set calls things, not what a person says of one shape.

They leave provenance as it is: a shape that waits for review still does under another name. The name is
no geometry, so locked shapes take part in renaming; they are never removed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from anylabel_plus.core.compare import same_value
from anylabel_plus.core.document import Document
from anylabel_plus.core.edits import replace_shapes
from anylabel_plus.core.shapes import Shape


def relabel(document: Document, names: Mapping[str, str]) -> Document:
    """Shapes whose label is a key of ``names`` get its value; the very same document when there are none."""
    if not any(shape.label in names and names[shape.label] != shape.label for shape in document.shapes):
        return document
    shapes = tuple(
        replace(shape, label=names[shape.label]) if names.get(shape.label, shape.label) != shape.label else shape
        for shape in document.shapes
    )
    return replace(document, shapes=shapes)


def drop(document: Document, labels: Collection[str]) -> Document:
    """Without the shapes of these labels that are not locked."""
    kept = tuple(shape for shape in document.shapes if shape.label not in labels or shape.locked)
    return document if len(kept) == len(document.shapes) else replace(document, shapes=kept)


def set_entry(document: Document, ids: Iterable[int], field: str, key: str, value: Any) -> Document:
    """One entry of the mapping ``field`` ("flags" or "attributes") of all given shapes; None removes it."""
    changes: dict[int, Shape] = {}
    wanted = frozenset(ids)
    for shape in document.shapes:
        if shape.id in wanted:
            entries = {name: known for name, known in getattr(shape, field).items() if name != key or value is not None}
            if value is not None:
                entries[key] = value
            if not same_value(getattr(shape, field).get(key), value):
                changes[shape.id] = shape.with_(**{field: entries})
    return replace_shapes(document, changes)


def set_image_entry(document: Document, field: str, key: str, value: Any) -> Document:
    """One entry of the mapping ``field`` ("flags" or "extra") of the image; None removes it."""
    known: Mapping[str, Any] = getattr(document, field)
    if same_value(known.get(key), value):
        return document
    entries = {name: entry for name, entry in known.items() if name != key or value is not None}
    if value is not None:
        entries[key] = value
    return document.with_(**{field: entries})
