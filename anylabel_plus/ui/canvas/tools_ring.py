"""Tools that draw point by point or freehand: polygon, polyline, quadrilateral, points.

A click adds a point, press and drag adds a freehand stretch, already thinned to what the zoom
shows. Near another shape a point is drawn to its vertex or edge; with "follow borders" (or Ctrl)
the stretch between two such points runs along that shape's outline.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from anylabel_plus.core.ring import simplified_line
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.ui.canvas.tools_base import (
    CLOSE_RADIUS_PX,
    NOTHING,
    XY,
    Effects,
    Pointer,
    Scene,
    Target,
    on_axis,
)
from anylabel_plus.ui.canvas.tools_draw import DrawTool

FREEHAND_START_PX = 8
"""A press that moves further than this draws freehand; less is a trembling click."""
FREEHAND_STEP_PX = 2
FREEHAND_TOLERANCE_PX = 1.0
"""On screen: what the hand meant cannot be told more finely at this zoom."""
FREEHAND_LEAST_PX = 0.25
"""Of the image: the same at high zoom."""


class RingTool(DrawTool):
    """A click adds a point; the first point, Return or a double click closes."""

    snaps: ClassVar[bool] = True
    freehand: ClassVar[bool] = False
    """True where a drag draws, and a stretch may follow the border of another shape."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._steps: list[int] = []
        """How many points each click added, so that taking back takes what one click added."""
        self._anchor: Target | None = None
        """Where on another shape the last point lies."""
        self._snapped: Target | None = None
        self._pressed: XY | None = None
        self._stroke: list[XY] = []

    @property
    def snapped(self) -> Target | None:
        return self._snapped

    # Pointer ---------------------------------------------------------------------------------

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return self.key("Backspace") or NOTHING
        point = self._place(at)
        if self._closing() and not at.alt:
            return self.close()
        if not self.points or not self.near(self.points[-1], point, 0.5):
            self._add(point, follow=at.ctrl)
        self._pressed, self._stroke = point, []
        limit = KINDS[self.kind].max_points
        if len(self.points) == limit or (at.ctrl and not KINDS[self.kind].closed):
            return self.close()
        return NOTHING

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        point = self._place(at)
        if down and self._draws_freehand(point):
            self._snapped = None
            last = self._stroke[-1] if self._stroke else self.points[-1]
            if not self.near(last, point, FREEHAND_STEP_PX):
                self._stroke.append(point)
        return NOTHING

    def release(self, at: Pointer) -> Effects:
        stroke, self._stroke, self._pressed = self._stroke, [], None
        if not stroke:
            return NOTHING
        point = self._place(at)
        tolerance = max(FREEHAND_TOLERANCE_PX / self.scene.scale, FREEHAND_LEAST_PX)
        thin = simplified_line(np.array([self.points[-1], *stroke, point]), tolerance)[1:]
        closes = self._closing() or self._comes_back(point, len(thin))
        new = [(x, y) for x, y in thin.tolist()][: -1 if closes else None]
        self.points.extend(new)
        self._steps.append(len(new))
        self._anchor = self._snapped
        return self.close() if closes and not at.alt else NOTHING

    def double_click(self, at: Pointer) -> Effects:
        return self.close()

    def key(self, name: str, *, shift: bool = False) -> Effects | None:
        if self.points and name in ("Backspace", "Undo"):
            del self.points[-(self._steps.pop() if self._steps else 1) :]
            self._anchor = None
            return NOTHING
        return super().key(name, shift=shift)

    def cancel(self) -> Effects:
        self._forget()
        return super().cancel()

    def close(self) -> Effects:
        effects = super().close()
        if not self.points:
            self._forget()
        return effects

    # Points ----------------------------------------------------------------------------------

    def _place(self, at: Pointer) -> XY:
        """Where a point would go: on an axis with Shift, else drawn to what is near; Alt holds it free."""
        point = self.inside(at.x, at.y)
        self._at, self._snapped = point, None
        if self._closing() and not at.alt:
            return point
        if at.shift and self.points:
            point = self.inside(*on_axis(self.points[-1], point))
        elif self.snaps and self.scene.options.snap and not at.alt:
            self._snapped = self.scene.snap(*point)
            if self._snapped is not None:
                point = self.inside(self._snapped.x, self._snapped.y)
        self._at = point
        return point

    def _add(self, point: XY, *, follow: bool) -> None:
        passed = self._border() if follow or self.scene.options.follow else ()
        self.points.extend((*passed, point))
        self._steps.append(len(passed) + 1)
        self._anchor = self._snapped

    def _border(self) -> tuple[XY, ...]:
        if self._anchor is None or self._snapped is None or not self.freehand:
            return ()
        return self.scene.border(self._anchor, self._snapped)

    def _ahead(self) -> tuple[XY, ...]:
        if self._stroke:
            return (*self._stroke, self._at) if self._at is not None else tuple(self._stroke)
        passed = self._border() if self.scene.options.follow else ()
        return (*passed, *super()._ahead())

    def _draws_freehand(self, point: XY) -> bool:
        wanted = self.freehand and self.scene.options.freehand
        if not wanted or self._pressed is None or not self.points:
            return False
        return bool(self._stroke) or not self.near(self._pressed, point, FREEHAND_START_PX)

    def _comes_back(self, point: XY, count: int) -> bool:
        """True when a freehand stretch of ``count`` points ends at the first point of a closed shape."""
        enough = len(self.points) + count - 1 >= KINDS[self.kind].min_points
        return KINDS[self.kind].closed and enough and self.near(self.points[0], point, CLOSE_RADIUS_PX)

    def _closing(self) -> bool:
        return (
            self._at is not None
            and not self._stroke
            and KINDS[self.kind].closed
            and len(self.points) >= KINDS[self.kind].min_points
            and self.near(self.points[0], self._at, CLOSE_RADIUS_PX)
        )

    def _forget(self) -> None:
        self._steps.clear()
        self._stroke, self._pressed = [], None
        self._anchor = self._snapped = None


class PolygonTool(RingTool):
    name = kind = "polygon"
    freehand = True


class LinestripTool(RingTool):
    name = kind = "linestrip"
    freehand = True


class QuadrilateralTool(RingTool):
    name = kind = "quadrilateral"


class PointsTool(RingTool):
    """Each click a point of one shape; Return, a double click or Ctrl+click ends it."""

    name = kind = "points"
    snaps = False
