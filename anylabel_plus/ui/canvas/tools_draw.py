"""Tools that draw a new shape from two points, three points, one point; ``tools_ring`` has those with more."""

from __future__ import annotations

import math
from typing import ClassVar

from anylabel_plus.core.cuboid import cuboid_points, depth_inside, make_cuboid
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.shapes import KINDS, make_shape
from anylabel_plus.ui.canvas.tools_base import (
    DRAG_START_PX,
    NOTHING,
    XY,
    Apply,
    Draft,
    Effects,
    Pointer,
    Say,
    Scene,
    Target,
    Tool,
    on_axis,
)
from anylabel_plus.ui.language import ntr, tr


class DrawTool(Tool):
    """Collects points; ``finish`` makes them a shape with the current label."""

    kind: ClassVar[str] = ""
    cursor = "cross"
    crosshair = True

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
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
        row = KINDS[self.kind]
        if len(self.points) >= row.min_points:
            return self.finish(self.points)
        return (Say(ntr("It needs at least {n} point.", "It needs at least {n} points.", row.min_points)),)

    def finish(self, points: list[XY]) -> Effects:
        """The edit that adds the shape; the tool is ready for the next one."""
        kind, label, corners = self.kind, self.scene.label, list(points)
        self.points.clear()

        def edit(document: Document) -> Document:
            return add_shapes(document, [make_shape(kind, label, corners)])

        return (Apply(add_name(kind), edit, select_added=True),)


def add_name(kind: str) -> str:
    """What the history calls a new shape of this kind."""
    return tr("Add {kind}", kind=tr(KINDS[kind].title).lower())


class TwoPointTool(DrawTool):
    """Two clicks, or press, drag and release."""

    snaps: ClassVar[bool] = False

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._pressed_now = False
        self._snapped: Target | None = None

    @property
    def snapped(self) -> Target | None:
        return self._snapped

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return self.cancel()
        point = self._at = self._place(at)
        if self.points:
            return self._second(point)
        self.points.append(point)
        self._pressed_now = True
        return NOTHING

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        self._at = self._place(at)
        return NOTHING

    def release(self, at: Pointer) -> Effects:
        first_click, self._pressed_now = self._pressed_now, False
        point = self._place(at)
        if first_click and self.points and not self.near(self.points[0], point, DRAG_START_PX):
            return self._second(point)
        return NOTHING

    def double_click(self, at: Pointer) -> Effects:
        return NOTHING

    def _place(self, at: Pointer) -> XY:
        """Shift keeps the sides of a box equal, or a line on multiples of 45 degrees; a line is drawn to borders."""
        point, self._snapped = self.inside(at.x, at.y), None
        if at.shift and self.points:
            return self._shaped(point)
        if self.snaps and self.scene.options.snap and not at.alt:
            self._snapped = self.scene.snap(*point)
            if self._snapped is not None:
                return self.inside(self._snapped.x, self._snapped.y)
        return point

    def _shaped(self, point: XY) -> XY:
        if self.kind == "line":
            return self.inside(*on_axis(self.points[0], point))
        if self.kind != "rectangle":
            return point
        (x0, y0), (dx, dy) = self.points[0], (point[0] - self.points[0][0], point[1] - self.points[0][1])
        side = max(abs(dx), abs(dy))
        return self.inside(x0 + math.copysign(side, dx), y0 + math.copysign(side, dy))

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
    snaps = True


class PointTool(DrawTool):
    """One click, one point."""

    name = kind = "point"

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return NOTHING
        return self.finish([self.inside(at.x, at.y)])


class RotationTool(DrawTool):
    """Two clicks, or a drag, give one side of the box; the next click its breadth."""

    name = kind = "rotation"

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return self.key("Backspace") or NOTHING
        point = self._at = self._place(at)
        if len(self.points) < 2:
            if not self.points or not self.near(self.points[-1], point, 1):
                self.points.append(point)
            return NOTHING
        corners = box_from_side(self.points[0], self.points[1], point)
        return self.finish(corners) if corners[2] != corners[1] else NOTHING

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        self._at = self._place(at)
        return NOTHING

    def release(self, at: Pointer) -> Effects:
        point = self._place(at)
        if len(self.points) == 1 and not self.near(self.points[0], point, DRAG_START_PX):
            self.points.append(point)
        return NOTHING

    def _place(self, at: Pointer) -> XY:
        point = self.inside(at.x, at.y)
        if at.shift and len(self.points) == 1:
            point = self.inside(*on_axis(self.points[0], point))
        return point

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


class CuboidTool(DrawTool):
    """The front box like a rectangle (drag, or two clicks), then a click where its first corner is at the back."""

    name = kind = "cuboid"

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return self.key("Backspace") or NOTHING
        point = self._at = self.inside(at.x, at.y)
        if len(self.points) < 2:
            self._add(point)
            return NOTHING
        front, depth = (self.points[0], self.points[1]), self._depth(point)
        if depth == (0.0, 0.0):
            return (Say(tr("Click away from the front face: that is the depth of the cuboid.")),)
        label = self.scene.label
        self.points.clear()
        return (Apply(add_name(self.kind), lambda d: add_shapes(d, [make_cuboid(label, *front, depth)]), True),)

    def release(self, at: Pointer) -> Effects:
        if len(self.points) == 1 and not self.near(self.points[0], (at.x, at.y), DRAG_START_PX):
            self._add(self.inside(at.x, at.y))
        return NOTHING

    def _add(self, point: XY) -> None:
        flat = bool(self.points) and (self.points[0][0] == point[0] or self.points[0][1] == point[1])
        if not flat:
            self.points.append(point)

    def _depth(self, to: XY) -> XY:
        """From the corner of the front face that is nearest to ``to`` to there, so that the back face is in sight."""
        front = cuboid_points(self.points[0], self.points[1], (0.0, 0.0))[:4]
        x, y = min(front, key=lambda corner: math.dist(corner, to))
        size = self.scene.document.width, self.scene.document.height
        return depth_inside(self.points[0], self.points[1], (to[0] - x, to[1] - y), *size)

    @property
    def draft(self) -> Draft | None:
        if len(self.points) == 1 and self._at is not None:
            return Draft("rectangle", (self.points[0], self._at))
        if len(self.points) == 2 and self._at is not None:
            return Draft(self.kind, tuple(cuboid_points(self.points[0], self.points[1], self._depth(self._at))))
        return super().draft

    def close(self) -> Effects:
        return NOTHING
