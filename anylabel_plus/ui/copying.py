"""Shapes on their way to another image: fitted to it, and as text on the clipboard."""

from __future__ import annotations

import json
from collections.abc import Iterable

from anylabel_plus.core import geometry
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.rescale import rescaled
from anylabel_plus.core.shapes import Shape

NAME = "clipboard"


def copies_for(target: Document, shapes: Iterable[Shape], size: tuple[int, int]) -> tuple[Shape, ...]:
    """Copies for ``target`` of shapes of an image of this size (width, height), not locked.

    Between images of different size those are left out that would reach outside. What a model
    made counts as edited by a person in the copy: it was put there by one.
    """
    same = size == (target.width, target.height)
    return tuple(copied(shape) for shape in shapes if same or _fits(shape, target))


def scaled_for(target: Document, shapes: Iterable[Shape], size: tuple[int, int]) -> tuple[Shape, ...]:
    """Like ``copies_for``, with the geometry brought to the size of ``target``; without masks that would be nothing."""
    width, height = size
    if not (width > 0 and height > 0) or size == (target.width, target.height):
        return copies_for(target, shapes, size)
    copies = []
    for shape in shapes:
        try:
            copies.append(copied(rescaled(shape, target.width / width, target.height / height)))
        except ValueError:
            continue
    return tuple(copies)


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


def from_text(text: str, size: tuple[int, int] = (0, 0)) -> Document | None:
    """The document of a label file's text; None when it is some other text.

    The shapes of such a file alone are understood too: one JSON object with points, or a list of
    them, as other programs and scripts put on the clipboard. They count as those of an image of ``size``.
    """
    from anylabel_plus.formats import native

    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(data, dict) and "imageWidth" in data:
        whole = text
    else:
        whole = json.dumps(_as_file(data, size))
    try:
        return native.parse(whole.encode(), NAME)
    except UserError:
        return None


def _as_file(data: object, size: tuple[int, int]) -> dict[str, object]:
    """A label file around shapes alone."""
    shapes = data.get("shapes", [data]) if isinstance(data, dict) else data
    if isinstance(shapes, list):
        shapes = [{"label": "", "shape_type": "polygon", **one} if isinstance(one, dict) else one for one in shapes]
    width, height = size
    head: dict[str, object] = {"version": "", "flags": {}, "imagePath": NAME, "imageData": None}
    return {**head, "imageHeight": height, "imageWidth": width, "shapes": shapes}
