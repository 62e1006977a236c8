"""What the actions on regions change: combine, merge, separate, fill, convert, split.

Each looks at the selection, has the result worked out in ``ui.shape_work``'s thread, and applies it as
one edit. Nothing is done, and why is said, where a shape is locked, where nothing would be left, or
where the shapes were changed while the result was worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui.language import mark, ntr, tr
from anylabel_plus.ui.messages import MessageAction
from anylabel_plus.ui.shape_work import ShapeWork, unchanged

if TYPE_CHECKING:
    from anylabel_plus.regions.convert import Converted
    from anylabel_plus.ui.session import Session

Parts = Mapping[int, Sequence[Shape]]
OPEN_KINDS = frozenset(("linestrip", "points"))
"""Kinds without an area that can become a polygon."""


class _Chosen:
    """The selected shapes, looked up once for a document and a selection: many rows ask at every change."""

    def __init__(self) -> None:
        self._for: tuple[Document | None, frozenset[int]] = (None, frozenset())
        self._shapes: tuple[Shape, ...] = ()

    def of(self, session: Session) -> tuple[Shape, ...]:
        document, ids = session.document, session.selection
        if self._for[0] is not document or self._for[1] is not ids:
            self._for = (document, ids)
            self._shapes = tuple(s for s in document.shapes if s.id in ids) if document is not None and ids else ()
        return self._shapes


chosen = _Chosen().of


# ---------------------------------------------------------------- what is possible


def with_area(shapes: Sequence[Shape]) -> list[Shape]:
    return [shape for shape in shapes if KINDS[shape.kind].has_area]


def can_combine(session: Session) -> bool:
    shapes = chosen(session)
    return len(shapes) > 1 and len(with_area(shapes)) == len(shapes)


def can_merge(session: Session) -> bool:
    kinds = {shape.kind for shape in chosen(session)}
    if len(chosen(session)) < 2:
        return False
    return can_combine(session) or kinds <= {"line", "linestrip"} or kinds <= {"point", "points"}


def has_area(session: Session) -> bool:
    return bool(with_area(chosen(session)))


def can_separate(session: Session) -> bool:
    return any(shape.kind in ("polygon", "mask") for shape in chosen(session))


def has_holes(session: Session) -> bool:
    return any(shape.holes or shape.kind == "mask" for shape in chosen(session))


def can_simplify(session: Session) -> bool:
    return any(KINDS[shape.kind].max_points is None and shape.kind != "points" for shape in chosen(session))


def can_convert(kind: str, session: Session) -> bool:
    return any(_convertible(shape, kind) for shape in chosen(session))


def _convertible(shape: Shape, kind: str) -> bool:
    if shape.kind == kind:
        return False
    if KINDS[shape.kind].has_area:
        return True
    return shape.kind in OPEN_KINDS or (kind == "linestrip" and shape.kind == "line")


def refused(session: Session, shapes: Sequence[Shape]) -> bool:
    """True, and said, when one of the shapes is locked."""
    locked = sum(shape.locked for shape in shapes)
    if locked:
        one, many = (
            "{n} selected shape is locked. Unlock it first.",
            "{n} selected shapes are locked. Unlock them first.",
        )
        session.say("warning", ntr(one, many, locked))
    return locked > 0


# ---------------------------------------------------------------- doing it


def change(
    session: Session,
    name: str,
    shapes: Sequence[Shape],
    work: Callable[[], Parts],
    nothing: str,
    *,
    one_object: bool = True,
) -> None:
    """Work out what becomes of ``shapes`` and apply it as the edit ``name``; ``nothing`` is said when nothing does."""

    def done(parts: Parts) -> None:
        if parts:
            put(session, name, shapes, parts, one_object=one_object)
        else:
            session.say("info", nothing)

    ShapeWork.of(session).run(work, done)


def put(session: Session, name: str, shapes: Sequence[Shape], parts: Parts, *, one_object: bool = True) -> bool:
    """Apply a result that was worked out for ``shapes``, and select what it left and made."""
    from anylabel_plus.regions.placing import exchanged

    document = session.document
    if document is None or not unchanged(session, shapes):
        session.say("info", tr("The shapes were changed meanwhile. Nothing was done; try again."))
        return False
    first = document.next_id
    if not session.apply(name, lambda value: exchanged(value, parts, one_object=one_object)):
        return False
    after = session.document
    assert after is not None
    ids = {shape.id for shape in shapes}
    kept = {shape_id for shape_id in ids if parts.get(shape_id, (None,))}
    session.select(kept | set(range(first, after.next_id)))
    return True


def _size(session: Session) -> tuple[int, int]:
    assert session.document is not None
    return session.document.width, session.document.height


def _target(session: Session, shapes: Sequence[Shape], *, lowest: bool) -> tuple[Shape, list[Shape]]:
    """The shape that gets the result, and the others: the one selected first, else the lowest or topmost."""
    by_id = {shape.id: shape for shape in shapes}
    first = session.first_selected
    target = by_id[first] if first in by_id else shapes[0 if lowest else -1]
    return target, [shape for shape in shapes if shape is not target]


def union(session: Session) -> None:
    from anylabel_plus.regions.combine import combined

    shapes = chosen(session)
    if not refused(session, shapes):
        target, others = _target(session, shapes, lowest=False)
        name = ntr("Union of {n} shape", "Union of {n} shapes", len(shapes))
        work = partial(combined, "union", target, others, _size(session))
        change(session, name, shapes, work, tr("These shapes have no area, so their union is empty."))


def intersect(session: Session) -> None:
    from anylabel_plus.regions.combine import combined

    shapes = chosen(session)
    if not refused(session, shapes):
        target, others = _target(session, shapes, lowest=False)
        name = ntr("Intersection of {n} shape", "Intersection of {n} shapes", len(shapes))
        work = partial(combined, "intersect", target, others, _size(session))
        change(session, name, shapes, work, tr("These shapes have no area in common. Nothing was changed."))


def subtract(session: Session, *, keep_others: bool = False) -> None:
    from anylabel_plus.regions.combine import combined

    shapes = chosen(session)
    target, others = _target(session, shapes, lowest=True) if shapes else (None, [])
    # Shapes that stay may be locked: they are not changed.
    if target is None or refused(session, [target] if keep_others else shapes):
        return
    name = ntr("Subtract {n} shape", "Subtract {n} shapes", len(others))
    work = partial(combined, "subtract", target, others, _size(session), keep_others=keep_others)
    nothing = tr("Nothing would be left of {label}: the others cover it. Nothing was changed.", label=target.label)
    change(session, name, [target] if keep_others else shapes, work, nothing)


def merge(session: Session) -> None:
    from anylabel_plus.regions.combine import merged

    shapes = chosen(session)
    if not refused(session, shapes):
        target, others = _target(session, shapes, lowest=False)
        name = ntr("Merge {n} shape", "Merge {n} shapes", len(shapes))
        work = partial(merged, target, others, _size(session))
        change(session, name, shapes, work, tr("These shapes have no area, so there is nothing to merge."))


def separate(session: Session) -> None:
    from anylabel_plus.regions.split import separated

    shapes = [shape for shape in chosen(session) if shape.kind in ("polygon", "mask")]
    if refused(session, shapes):
        return

    def work() -> Parts:
        found = {shape.id: separated(shape) for shape in shapes}
        apart = {shape_id: parts for shape_id, parts in found.items() if parts}
        # The parts of a group are objects of their own now, like those of one shape.
        alone = {s.id: [s.with_(group_id=None)] for s in shapes if s.group_id is not None and s.id not in apart}
        return alone | {i: [part.with_(group_id=None) for part in parts] for i, parts in apart.items()}

    nothing = tr("The selected shapes are in one piece each. Nothing was changed.")
    change(session, tr("Separate parts"), shapes, work, nothing, one_object=False)


def fill_holes(session: Session) -> None:
    from anylabel_plus.regions.morphology import without_holes

    shapes = [shape for shape in chosen(session) if shape.holes or shape.kind == "mask"]
    if refused(session, shapes):
        return

    def work() -> Parts:
        filled = {shape.id: (shape, without_holes(shape)) for shape in shapes}
        return {shape_id: [after] for shape_id, (before, after) in filled.items() if after is not before}

    change(session, tr("Fill holes"), shapes, work, tr("The selected shapes have no holes."))


# ---------------------------------------------------------------- split


def split_along(session: Session, line: Sequence[tuple[float, float]], ids: frozenset[int]) -> None:
    """Cut the shapes ``ids`` along a line in image pixels."""
    from anylabel_plus.regions.split import split

    document = session.document
    shapes = [shape for shape in document.shapes if shape.id in ids] if document is not None else []
    if not shapes or refused(session, shapes):
        if not shapes:
            session.say("info", not_across())
        return
    points = np.array(line, np.float64)

    def work() -> Parts:
        found = {shape.id: split(shape, points) for shape in shapes}
        return {shape_id: parts for shape_id, parts in found.items() if parts}

    def done(parts: Parts) -> None:
        if not parts:
            session.say("info", not_across())
            return
        cut = [shape for shape in shapes if shape.id in parts]
        name = ntr("Split {n} shape", "Split {n} shapes", len(cut))
        put(session, name, cut, parts, one_object=False)

    ShapeWork.of(session).run(work, done)


def not_across() -> str:
    return tr("The line does not cut a shape apart. Draw it right across one.")


# ---------------------------------------------------------------- convert

_NAMES = {
    "polygon": mark("Convert to polygon"),
    "mask": mark("Convert to mask"),
    "rectangle": mark("Convert to rectangle"),
    "rotation": mark("Convert to rotated box"),
    "circle": mark("Convert to circle"),
    "quadrilateral": mark("Convert to quadrilateral"),
    "linestrip": mark("Convert to polyline"),
}


def convert(kind: str, session: Session) -> None:
    """Make every selected shape one of ``kind``; what that costs is said."""
    from anylabel_plus.regions.convert import converted

    shapes = [shape for shape in chosen(session) if shape.kind != kind]
    if refused(session, shapes):
        return
    size = _size(session)

    def done(found: Mapping[int, Converted]) -> None:
        parts = {shape_id: list(result.shapes) for shape_id, result in found.items() if result.shapes}
        fitting = [shape for shape in shapes if shape.id in parts]
        if not parts:
            title = tr(KINDS[kind].title)
            session.say("info", tr("None of the selected shapes can become this: {kind}.", kind=title))
        elif put(session, tr(_NAMES[kind]), fitting, parts):
            text = loss([result for result in found.values() if result.shapes], len(found) - len(parts))
            if text:
                session.say("info", text, MessageAction(tr("Undo"), session.undo))

    ShapeWork.of(session).run(lambda: {shape.id: converted(shape, kind, size) for shape in shapes}, done)


def loss(results: Sequence[Converted], left: int) -> str:
    """What a conversion cost, in words; empty when it cost nothing. ``left`` shapes were not converted."""
    lines = []
    ious = [result.iou for result in results if result.iou is not None]
    if ious and not all(result.lossless for result in results if result.iou is not None):
        low, high = f"{min(ious):.2f}", f"{max(ious):.2f}"
        if low == high:
            lines.append(tr("IoU with the original: {iou}.", iou=low))
        else:
            lines.append(tr("IoU with the originals: {low} – {high}.", low=low, high=high))
    holes = sum(result.holes for result in results)
    if holes:
        lines.append(ntr("{n} hole was dropped.", "{n} holes were dropped.", holes))
    if left:
        lines.append(ntr("{n} shape stayed as it was.", "{n} shapes stayed as they were.", left))
    return " ".join(lines)
