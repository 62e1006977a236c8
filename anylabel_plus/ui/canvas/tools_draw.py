"""Tools that draw a new shape: rings of clicks, two points, three points, one point."""

from __future__ import annotations

import math
from typing import ClassVar

from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.shapes import KINDS, make_shape
from anylabel_plus.ui.canvas.tools_base import (
    CLOSE_RADIUS_PX,
    DRAG_START_PX,
    NOTHING,
    XY,
    Apply,
    Draft,
    Effects,
    Pointer,
    Tool,
)


class DrawTool(Tool):
    """Collects points; ``finish`` makes them a shape with the current label."""

    kind: ClassVar[str] = ""
    cursor = "cross"
    crosshair = True

    def __init__(self, scene: object) -> None:
        super().__init__(scene)  # type: ignore[arg-type]
        self.points: list[XY] = []
        self._at: XY | None = None

    @property
    def draft(self) -> Draft | None:
        if not self.points:
            return None
        return Draft(self.kind, (*self.points, *self._ahead()), self._closing())

    def _ahead(self) -> tuple[XY, ...]:
        return () if self._at is None else (self._at,)

    def _closing(self) -> bool:
        return False

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        self._at = self.inside(at.x, at.y)
        return NOTHING

    def key(self, name: str, *, shift: bool = False) -> Effects | None:
        if not self.points:
            return None
        if name == "Escape":
            return self.cancel()
        if name in ("Backspace", "Undo"):
            self.points.pop()
            return NOTHING
        if name in ("Return", "Enter"):
            return self.close()
        return None

    def cancel(self) -> Effects:
        self.points.clear()
        return NOTHING

    def close(self) -> Effects:
        """Finish with the points there are, if they are enough."""
        return self.finish(self.points) if len(self.points) >= KINDS[self.kind].min_points else NOTHING

    def finish(self, points: list[XY]) -> Effects:
        """The edit that adds the shape; the tool is ready for the next one."""
        kind, label, corners = self.kind, self.scene.label, list(points)
        self.points.clear()

        def edit(document: Document) -> Document:
            return add_shapes(document, [make_shape(kind, label, corners)])

        return (Apply(f"Add {KINDS[kind].title.lower()}", edit, select_added=True),)


class RingTool(DrawTool):
    """A click adds a point; the first point, Return or a double click closes."""

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return self.key("Backspace") or NOTHING
        point = self.inside(at.x, at.y)
        self._at = point
        if self._closing() and not at.alt:
            return self.close()
        if not self.points or not self.near(self.points[-1], point, 0.5):
            self.points.append(point)
        limit = KINDS[self.kind].max_points
        if len(self.points) == limit or (at.ctrl and not KINDS[self.kind].closed):
            return self.close()
        return NOTHING

    def double_click(self, at: Pointer) -> Effects:
        return self.close()

    def _closing(self) -> bool:
        return (
            self._at is not None
            and KINDS[self.kind].closed
            and len(self.points) >= KINDS[self.kind].min_points
            and self.near(self.points[0], self._at, CLOSE_RADIUS_PX)
        )


class PolygonTool(RingTool):
    name = kind = "polygon"


class LinestripTool(RingTool):
    name = kind = "linestrip"


class QuadrilateralTool(RingTool):
    name = kind = "quadrilateral"


class TwoPointTool(DrawTool):
    """Two clicks, or press, drag and release."""

    def __init__(self, scene: object) -> None:
        super().__init__(scene)
        self._pressed_now = False

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return self.cancel()
        point = self.inside(at.x, at.y)
        self._at = point
        if self.points:
            return self._second(point)
        self.points.append(point)
        self._pressed_now = True
        return NOTHING

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        self._at = self._shaped(self.inside(at.x, at.y), at)
        return NOTHING

    def release(self, at: Pointer) -> Effects:
        first_click, self._pressed_now = self._pressed_now, False
        point = self._shaped(self.inside(at.x, at.y), at)
        if first_click and self.points and not self.near(self.points[0], point, DRAG_START_PX):
            return self._second(point)
        return NOTHING

    def double_click(self, at: Pointer) -> Effects:
        return NOTHING

    def _shaped(self, point: XY, at: Pointer) -> XY:
        """Shift keeps the sides of a box equal, or a line on multiples of 45 degrees."""
        if not at.shift or not self.points:
            return point
        (x0, y0), (dx, dy) = self.points[0], (point[0] - self.points[0][0], point[1] - self.points[0][1])
        if self.kind == "rectangle":
            side = max(abs(dx), abs(dy))
            return self.inside(x0 + math.copysign(side, dx), y0 + math.copysign(side, dy))
        if self.kind == "line":
            angle, length = round(math.atan2(dy, dx) / (math.pi / 4)) * math.pi / 4, math.hypot(dx, dy)
            return self.inside(x0 + math.cos(angle) * length, y0 + math.sin(angle) * length)
        return point

    def _second(self, point: XY) -> Effects:
        first = self.points[0]
        flat = first[0] == point[0] or first[1] == point[1]
        if first == point or (self.kind == "rectangle" and flat):
            return NOTHING
        return self.finish([first, point])


class RectangleTool(TwoPointTool):
    name = kind = "rectangle"


class CircleTool(TwoPointTool):
    name = kind = "circle"


class LineTool(TwoPointTool):
    name = kind = "line"


class PointTool(DrawTool):
    """One click, one point."""

    name = kind = "point"

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return NOTHING
        return self.finish([self.inside(at.x, at.y)])


class RotationTool(DrawTool):
    """Two clicks give one side of the box, the third its breadth."""

    name = kind = "rotation"

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return self.key("Backspace") or NOTHING
        point = self.inside(at.x, at.y)
        self._at = point
        if len(self.points) < 2:
            if not self.points or not self.near(self.points[-1], point, 1):
                self.points.append(point)
            return NOTHING
        corners = box_from_side(self.points[0], self.points[1], point)
        return self.finish(corners) if corners[2] != corners[1] else NOTHING

    def _ahead(self) -> tuple[XY, ...]:
        if self._at is None:
            return ()
        if len(self.points) == 2:
            return tuple(box_from_side(self.points[0], self.points[1], self._at)[2:])
        return (self._at,)

    def close(self) -> Effects:
        return NOTHING


def box_from_side(a: XY, b: XY, through: XY) -> list[XY]:
    """The four corners of the box with side ``a`` to ``b`` whose other side goes through a point."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length, dx / length
    breadth = (through[0] - a[0]) * nx + (through[1] - a[1]) * ny
    return [a, b, (b[0] + nx * breadth, b[1] + ny * breadth), (a[0] + nx * breadth, a[1] + ny * breadth)]
