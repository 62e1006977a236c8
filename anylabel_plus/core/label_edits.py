"""Edits of labels as classes: what a data set calls things, not what a person says of one shape.

They leave provenance as it is: a shape that waits for review still does under another name. The name is
no geometry, so locked shapes take part in renaming; they are never removed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from anylabel_plus.core.document import Document


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
