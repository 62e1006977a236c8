"""Shapes on their way to another image: fitted to it, and as text on the clipboard."""

from __future__ import annotations

from collections.abc import Iterable

from anylabel_plus.core import geometry
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import Shape

NAME = "clipboard"


def copies_for(target: Document, shapes: Iterable[Shape], size: tuple[int, int]) -> tuple[Shape, ...]:
    """Copies for ``target`` of shapes of an image of this size (width, height), not locked.

    Between images of different size those are left out that would reach outside. What a model
    made counts as edited by a person in the copy: it was put there by one.
    """
    same = size == (target.width, target.height)
    return tuple(copied(shape) for shape in shapes if same or _fits(shape, target))


def copied(shape: Shape) -> Shape:
    """A copy that a person puts somewhere."""
    origin = shape.provenance
    return shape.with_(locked=False, provenance=origin.as_edited() if origin is not None else None)


def _fits(shape: Shape, target: Document) -> bool:
    x0, y0, x1, y1 = geometry.bounds(shape)
    return x0 >= 0 and y0 >= 0 and x1 <= target.width and y1 <= target.height


def to_text(shapes: Iterable[Shape], source: Document) -> str:
    """The shapes as a label file, which labelme and AnyLabeling understand too."""
    from anylabel_plus.formats import native

    document = native.new_document(source.image_path, source.width, source.height)
    return native.serialize(add_shapes(document, tuple(shapes))).decode()


def from_text(text: str) -> Document | None:
    """The document of a label file's text; None when it is some other text."""
    from anylabel_plus.formats import native

    if not text.lstrip().startswith("{"):
        return None
    try:
        return native.parse(text.encode(), NAME)
    except UserError:
        return None
