"""Adjusting shapes by a number of pixels with the result shown at once: grow or shrink, smooth, simplify.

To add one: a row in ADJUSTMENTS, and an action row with the same id (a request).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from anylabel_plus.core import geometry
from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui.actions.region_changes import chosen, refused
from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.shape_work import ShapeWork

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

Size = tuple[int, int]
Parts = dict[int, list[Shape]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the value shown does: points and area before and after, agreement, shapes that it would take away."""

    points: tuple[int, int]
    area: tuple[float, float]
    iou: float | None
    lost: int = 0


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """``work`` gets a shape, the value and the size of the image; an empty result leaves the shape as it is."""

    id: str
    title: str
    low: float
    high: float
    start: float
    step: float
    work: Callable[[Shape, float, Size], Sequence[Shape]]
    fits: Callable[[Shape], bool]


def _grow(shape: Shape, px: float, size: Size) -> Sequence[Shape]:
    from anylabel_plus.regions.morphology import grown

    return grown(shape, px, size)


def _smooth(shape: Shape, px: float, size: Size) -> Sequence[Shape]:
    from anylabel_plus.regions.morphology import smoothed

    return smoothed(shape, px, size)


def _simplify(shape: Shape, px: float, size: Size) -> Sequence[Shape]:
    from anylabel_plus.regions.simplify import simplified

    return [simplified(shape, px)]


def _has_area(shape: Shape) -> bool:
    return KINDS[shape.kind].has_area


def _is_simple(shape: Shape) -> bool:
    from anylabel_plus.regions.simplify import SIMPLE_KINDS

    return shape.kind in SIMPLE_KINDS


ADJUSTMENTS: dict[str, AdjustmentRow] = {
    row.id: row
    for row in (
        AdjustmentRow("grow", mark("Grow or shrink"), -50, 50, 2, 0.5, _grow, _has_area),
        AdjustmentRow("smooth", mark("Smooth"), 0, 50, 4, 0.5, _smooth, _has_area),
        AdjustmentRow("simplify", mark("Simplify"), 0, 20, 1, 0.1, _simplify, _is_simple),
    )
}


class Adjustment(QObject):
    """One adjustment at a time, as an open stroke of the session: one undo entry when it is kept.

    ``begun`` and ``ended`` frame it; ``shown`` tells that the canvas shows another value, described
    by ``facts``. The newest value wins when the work takes longer than the slider moves.
    """

    begun = Signal(object)
    shown = Signal()
    ended = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.row: AdjustmentRow | None = None
        self.facts: Facts | None = None
        self._values: dict[str, float] = {}
        self._base: Document | None = None
        self._shapes: list[Shape] = []
        self._asked: float | None = None
        self._shown: float | None = None
        self._working = self._ending = False
        session.document_changed.connect(self._look)
        session.image_changed.connect(self._look)
        session.selection_changed.connect(self._selection_changed)

    @property
    def value(self) -> float:
        """The value asked for last."""
        return self._asked if self._asked is not None else 0.0

    def begin(self, adjustment_id: str) -> bool:
        """Start with the value used last; False, and said why, when a shape is locked."""
        self.finish(keep=True)
        row, session = ADJUSTMENTS[adjustment_id], self._session
        shapes = [shape for shape in chosen(session) if row.fits(shape)]
        if not shapes or refused(session, shapes):
            return False
        session.begin_stroke(tr(row.title))
        self.row, self._base, self._shapes, self.facts = row, session.document, shapes, None
        self._asked = self._shown = None
        self.begun.emit(row)
        self.set_value(self._values.get(row.id, row.start))
        return True

    def set_value(self, px: float) -> None:
        """Show the shapes with this value."""
        self._asked = px
        if self.row is not None and not self._working:
            self._work()

    def finish(self, *, keep: bool) -> None:
        """Keep what is shown as one undo entry, or go back to what was before."""
        if self.row is None or self._ending:
            return
        self._ending = True
        if keep and self._asked is not None:
            if self._asked != self._shown:
                self._show(self._asked, *_adjusted(self.row, self._shapes, self._asked, self._size()))
            self._values[self.row.id] = self._asked
            self._session.end_stroke()
        else:
            self._session.abort_stroke()
        self._end()

    def _size(self) -> Size:
        assert self._base is not None
        return self._base.width, self._base.height

    def _work(self) -> None:
        row, shapes, px, base = self.row, self._shapes, self._asked, self._base
        assert row is not None
        assert px is not None
        size = self._size()
        self._working = True

        def done(result: tuple[Parts, Facts]) -> None:
            self._working = False
            if self._base is base and self.row is row:
                self._show(px, *result)
            if self.row is not None and self._asked != self._shown:
                self._work()

        ShapeWork.of(self._session).run(lambda: _adjusted(row, shapes, px, size), done)

    def _show(self, px: float, parts: Parts, facts: Facts) -> None:
        from anylabel_plus.regions.placing import exchanged

        self._shown = px
        self.facts = facts
        whole = {shape.id: parts[shape.id] or [shape] for shape in self._shapes}
        self._session.update_stroke(lambda document: exchanged(document, whole), self)
        self.shown.emit()

    def _look(self, *_: object) -> None:
        """Somebody else ended the stroke: another edit, undo, another image."""
        if self.row is not None and not self._ending and not self._session.stroke_open:
            if self._asked is not None:
                self._values[self.row.id] = self._asked
            self._end()

    def _selection_changed(self) -> None:
        if self.row is not None and not self._ending and {s.id for s in self._shapes} - self._session.selection:
            self.finish(keep=True)

    def _end(self) -> None:
        self.row, self._base, self._shapes = None, None, []
        self._ending = False
        self.ended.emit()


def _adjusted(row: AdjustmentRow, shapes: Sequence[Shape], px: float, size: Size) -> tuple[Parts, Facts]:
    parts = {shape.id: list(row.work(shape, px, size)) for shape in shapes}
    return parts, _facts(shapes, parts, size)


def _facts(before: Sequence[Shape], parts: Parts, size: Size) -> Facts:
    from anylabel_plus.regions.convert import similarity

    points = [0, 0]
    area = [0.0, 0.0]
    common = 0.0
    for shape in before:
        after = parts[shape.id] or [shape]
        points[0] += _points(shape)
        points[1] += sum(map(_points, after))
        if _has_area(shape):
            size_before = geometry.area(shape)
            area[0] += size_before
            area[1] += sum(map(geometry.area, after))
            same = len(after) == 1 and after[0] is shape
            common += size_before * (1.0 if same else similarity(shape, after, size) or 0.0)
    lost = sum(not parts[shape.id] for shape in before)
    return Facts((points[0], points[1]), (area[0], area[1]), common / area[0] if area[0] else None, lost)


def _points(shape: Shape) -> int:
    return len(shape.points) + sum(map(len, shape.holes)) if shape.mask is None else 0
