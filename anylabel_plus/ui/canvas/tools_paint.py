"""Brush and eraser: strokes of a round or square tip on masks and polygons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.painting import (
    PAINTABLE,
    StrokeRegion,
    add_region,
    new_shapes,
    paintable,
    subtract_region,
)
from anylabel_plus.core.shapes import Shape
from anylabel_plus.core.strokes import Coverage, PixelBox, Tip
from anylabel_plus.ui.canvas.tools_base import (
    NOTHING,
    XY,
    Apply,
    BeginStroke,
    Edit,
    Effects,
    EndStroke,
    Pointer,
    Ring,
    Say,
    Scene,
    Select,
    Tool,
)
from anylabel_plus.ui.language import mark, tr

NO_TARGET = mark("Select a mask or a polygon first, or press on one.")
ALL_LOCKED = mark("The selected shape is locked.")


@dataclass(slots=True)
class Painting:
    """A stroke under way, for the painter. ``ids`` are the shapes it changes, empty for a new one;
    ``boxes`` what each step may have changed, in image pixels."""

    ids: frozenset[int]
    erases: bool
    coverage: Coverage
    boxes: list[PixelBox] = field(default_factory=list)


class PaintTool(Tool):
    """Press and drag; Shift+click goes straight from the end of the last stroke; Ctrl exchanges brush and eraser.

    Strokes of the brush go into the selected mask or polygon (the topmost of several), else they
    begin a new shape, which is selected then. The eraser works on all selected ones, or without
    any on the shape under the press. Enter drops the selection: the next stroke begins a new shape.
    """

    cursor = "blank"
    erases: ClassVar[bool] = False

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._painting: Painting | None = None
        self._at: XY | None = None
        self._last: XY | None = None
        self._exchanged = False

    @property
    def tip(self) -> Tip:
        """The tip as the settings have it."""
        return Tip(self.scene.setting("paint.size_px"), self.scene.setting("paint.tip") == "square")

    @property
    def painting(self) -> Painting | None:
        """The stroke under way."""
        return self._painting

    @property
    def busy(self) -> bool:
        return self._painting is not None

    @property
    def ring(self) -> Ring | None:
        if self._at is None:
            return None
        tip = self._painting.coverage.tip if self._painting is not None else self.tip
        erases = self._painting.erases if self._painting is not None else self.erases != self._exchanged
        return Ring(*tip.snapped(*self._at), tip.size, tip.square, erases)

    # Pointer ---------------------------------------------------------------------------------

    def press(self, at: Pointer) -> Effects:
        if at.button == "right" or self._painting is not None:
            return NOTHING
        erases = self.erases != at.ctrl
        ids, problem = self._targets(at, erases)
        if problem:
            return (Say(problem),)
        document, tip = self.scene.document, self.tip
        self._painting = Painting(ids, erases, Coverage(document.width, document.height, tip))
        self._at = at.x, at.y
        here = tip.snapped(at.x, at.y)
        self._sweep(self._last if at.shift and self._last is not None else here, here)
        return (BeginStroke(self._name(erases), ids),)

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        self._at, self._exchanged = (at.x, at.y), at.ctrl
        if down and self._painting is not None and self._last is not None:
            here = self._painting.coverage.tip.snapped(at.x, at.y)
            if here != self._last:
                self._sweep(self._last, here)
        return NOTHING

    def release(self, at: Pointer) -> Effects:
        painting, self._painting = self._painting, None
        if painting is None:
            return NOTHING
        region = StrokeRegion(painting.coverage)
        name, ids = self._name(painting.erases), painting.ids
        ended: Effects = (EndStroke(keep=False),)
        if not region.mask.area:
            return ended
        if painting.erases:
            return (*ended, Apply(name, lambda document: subtract_region(document, ids, region), select_parts=True))
        if ids:
            (target,) = ids
            return (*ended, Apply(name, lambda document: add_region(document, target, region), select_parts=True))
        return (*ended, Apply(name, self._new(region), select_added=True))

    def double_click(self, at: Pointer) -> Effects:
        return NOTHING

    def _sweep(self, start: XY, end: XY) -> None:
        assert self._painting is not None
        self._painting.boxes.append(self._painting.coverage.sweep(start, end))
        self._last = end

    def _new(self, region: StrokeRegion) -> Edit:
        label, kind = self.scene.label, self.scene.setting("paint.output")

        def edit(document: Document) -> Document:
            made = new_shapes(region, label, kind, document.width, document.height)
            return add_shapes(document, made) if made else document

        return edit

    def _targets(self, at: Pointer, erases: bool) -> tuple[frozenset[int], str]:
        """The shapes that a stroke from here changes, or why there is none."""
        selected = [s for s in self.scene.document.shapes if s.id in self.scene.selection and s.kind in PAINTABLE]
        free = [shape for shape in selected if not shape.locked]
        if selected and not free:
            return frozenset(), tr(ALL_LOCKED)
        if not erases:
            return frozenset(shape.id for shape in free[-1:]), ""
        if free:
            return frozenset(shape.id for shape in free), ""
        below = self._below(at)
        return (frozenset((below.id,)), "") if below is not None else (frozenset(), tr(NO_TARGET))

    def _below(self, at: Pointer) -> Shape | None:
        target = self.scene.target(at.x, at.y)
        found = paintable(self.scene.document, (target.shape_id,)) if target is not None else []
        return found[0] if found else None

    @staticmethod
    def _name(erases: bool) -> str:
        return tr("Erase") if erases else tr("Paint")

    # Keys ------------------------------------------------------------------------------------

    def key(self, name: str, *, shift: bool = False) -> Effects | None:
        if self._painting is not None:
            return self.cancel() if name in ("Escape", "Backspace", "Undo") else NOTHING
        if name in ("Return", "Enter") and self.scene.selection:
            return (Select(frozenset()),)
        return None

    def cancel(self) -> Effects:
        if self._painting is None:
            return NOTHING
        self._painting = None
        return (EndStroke(keep=False),)


class BrushTool(PaintTool):
    """Adds."""

    name: ClassVar[str] = "brush"


class EraserTool(PaintTool):
    """Takes away."""

    name: ClassVar[str] = "eraser"
    erases: ClassVar[bool] = True
