"""Document, the immutable value of all that is known of one image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from anylabel_plus.core.shapes import Shape


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """All that is known of one image. Edits are functions ``Document -> Document`` (see ``edits``).

    ``image_path`` is the text of the file (``imagePath``), ``width`` and ``height`` are those of
    the upright image in pixels. ``shapes`` are in z-order, the last one on top. ``checked`` is the
    review state of the X dialect, None where the file has none. ``extra`` keeps unknown top-level
    keys in order. ``origin`` belongs to the format that read the document (the bytes and spans
    that make lossless saving possible); nobody else looks into it. ``next_id`` is the id of the
    next shape added.
    """

    image_path: str
    width: int
    height: int
    shapes: tuple[Shape, ...] = ()
    flags: Mapping[str, bool] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    description: str = ""
    checked: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    origin: object | None = None
    next_id: int = 1

    def with_(self, **changes: Any) -> Document:
        """A copy with the given fields replaced."""
        return replace(self, **changes)

    def index_of(self, shape_id: int) -> int:
        """Position of the shape in ``shapes``; raises KeyError when there is none."""
        for index, shape in enumerate(self.shapes):
            if shape.id == shape_id:
                return index
        raise KeyError(shape_id)

    def shape(self, shape_id: int) -> Shape:
        """The shape with this id; raises KeyError when there is none."""
        return self.shapes[self.index_of(shape_id)]


def add_shapes(document: Document, shapes: tuple[Shape, ...] | list[Shape]) -> Document:
    """``document`` with ``shapes`` on top, each given the next free id."""
    first = document.next_id
    added = tuple(replace(shape, id=first + n) for n, shape in enumerate(shapes))
    return replace(document, shapes=document.shapes + added, next_id=first + len(added))
