"""What the left button does with the select tool, from press to release: one class each."""

from __future__ import annotations

import math
from collections.abc import Callable

from anylabel_plus.core import edits, geometry, turning, vertex_sets
from anylabel_plus.core.document import Document
from anylabel_plus.ui.canvas import hits
from anylabel_plus.ui.canvas.tools_base import (
    DRAG_START_PX,
    NOTHING,
    XY,
    BeginStroke,
    Box,
    Draft,
    Edit,
    Effects,
    EndStroke,
    Pointer,
    Say,
    Scene,
    Select,
    Target,
    UpdateStroke,
    on_axis,
)
from anylabel_plus.ui.language import ntr, tr

ERASER_RADIUS_PX = 10.0
TURN_STEP_DEGREES = 15.0
SNAPPED_KINDS = frozenset(("polygon", "linestrip", "line", "quadrilateral"))
"""Kinds whose points are drawn to the shapes around while they are dragged."""


class Gesture:
    """``busy``: Esc and Ctrl+Z take the gesture back, and a stroke is open."""

    busy = False

    def __init__(self, scene: Scene, at: Pointer) -> None:
        self.scene = scene
        self.start: XY = (at.x, at.y)

    @property
    def draft(self) -> Draft | None:
        """What is drawn over the shapes meanwhile."""
        return None

    @property
    def snapped(self) -> Target | None:
        """Where on another shape the point in hand lies."""
        return None

    def move(self, at: Pointer) -> Effects:
        """The pointer moved with the button down."""
        return NOTHING

    def release(self, at: Pointer) -> Effects:
        """The button went up."""
        return (EndStroke(),) if self.busy else NOTHING

    def cancel(self) -> Effects:
        """Take it back."""
        return (EndStroke(keep=False),) if self.busy else NOTHING

    def still(self, at: Pointer) -> bool:
        """True while the pointer has not left the place of the press."""
        return math.dist(self.start, (at.x, at.y)) * self.scene.scale <= DRAG_START_PX


class Band(Gesture):
    """A rubber band from an empty place; Ctrl adds."""

    busy = True

    def __init__(self, scene: Scene, at: Pointer) -> None:
        super().__init__(scene, at)
        self._at: XY = self.start

    @property
    def draft(self) -> Draft | None:
        return Draft("box", (), box=self._box())

    def move(self, at: Pointer) -> Effects:
        self._at = (at.x, at.y)
        return NOTHING

    def release(self, at: Pointer) -> Effects:
        if self.still(at):
            return NOTHING
        self._at = (at.x, at.y)
        found = frozenset(self.scene.pickable(self._box()))
        return (Select(self.scene.selection | found if at.ctrl else found),)

    def cancel(self) -> Effects:
        return NOTHING

    def _box(self) -> Box:
        (x0, y0), (x1, y1) = self.start, self._at
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


class Move(Gesture):
    """A press on a shape: a drag moves all that is selected, a click does what ``click`` says."""

    def __init__(self, scene: Scene, at: Pointer, click: Callable[[], Effects]) -> None:
        super().__init__(scene, at)
        self._click = click

    def move(self, at: Pointer) -> Effects:
        ids = self.scene.selection
        if self.busy:
            return (self._moved(at, ids),)
        if self.still(at) or not ids:
            return NOTHING
        self.busy = True
        return (BeginStroke(ntr("Move shape", "Move {n} shapes", len(ids)), ids), self._moved(at, ids))

    def release(self, at: Pointer) -> Effects:
        if self.busy:
            return (EndStroke(),)
        return self._click() if self.still(at) else NOTHING

    def _moved(self, at: Pointer, ids: frozenset[int]) -> UpdateStroke:
        to = on_axis(self.start, (at.x, at.y)) if at.shift else (at.x, at.y)
        dx, dy = to[0] - self.start[0], to[1] - self.start[1]
        return UpdateStroke(lambda document: edits.move_shapes(document, ids, dx, dy))


class MovePoint(Gesture):
    """A point of a shape follows the pointer; one that was inserted into an edge is new with it.

    Shift keeps it on an axis through where it was, Alt away from the borders of other shapes.
    """

    busy = True

    def __init__(self, scene: Scene, at: Pointer, target: Target, *, inserted: bool) -> None:
        super().__init__(scene, at)
        self._target, self._inserted = target, inserted
        self._snapped: Target | None = None
        self._snaps = scene.document.shape(target.shape_id).kind in SNAPPED_KINDS

    @property
    def snapped(self) -> Target | None:
        return self._snapped

    def begin(self) -> Effects:
        """What a press does."""
        name = tr("Add point") if self._inserted else tr("Move point")
        begun: Effects = (BeginStroke(name, frozenset((self._target.shape_id,))),)
        return (*begun, UpdateStroke(self._edit((self._target.x, self._target.y)))) if self._inserted else begun

    def move(self, at: Pointer) -> Effects:
        return (UpdateStroke(self._edit(self._place(at))),)

    def _place(self, at: Pointer) -> XY:
        self._snapped = None
        document = self.scene.document
        x, y = min(max(at.x, 0.0), float(document.width)), min(max(at.y, 0.0), float(document.height))
        if at.shift:
            return on_axis((self._target.x, self._target.y), (x, y))
        if self._snaps and self.scene.options.snap and not at.alt and not self.still(at):
            self._snapped = self.scene.snap(x, y, frozenset((self._target.shape_id,)))
        return (self._snapped.x, self._snapped.y) if self._snapped is not None else (x, y)

    def _edit(self, to: XY) -> Edit:
        target, change = self._target, edits.insert_vertex if self._inserted else edits.move_vertex
        return lambda document: change(document, target.shape_id, target.ring, target.index, *to)


class Turn(Gesture):
    """A rotated box turns with its handle; Shift goes in steps of 15 degrees."""

    busy = True

    def __init__(self, scene: Scene, at: Pointer, target: Target) -> None:
        super().__init__(scene, at)
        self._id = target.shape_id
        shape = scene.document.shape(target.shape_id)
        self._centre = turning.centre_of(shape)
        (ax, ay), (bx, by) = shape.points[:2].tolist()
        self._direction = math.degrees(math.atan2(by - ay, bx - ax))

    def begin(self) -> Effects:
        """What a press does."""
        return (BeginStroke(tr("Turn shape"), frozenset((self._id,))),)

    def move(self, at: Pointer) -> Effects:
        (cx, cy), (sx, sy) = self._centre, self.start
        degrees = math.degrees(math.atan2(at.y - cy, at.x - cx) - math.atan2(sy - cy, sx - cx))
        if at.shift:
            whole = round((self._direction + degrees) / TURN_STEP_DEGREES) * TURN_STEP_DEGREES
            degrees = whole - self._direction
        one = frozenset((self._id,))
        return (UpdateStroke(lambda document: turning.turn_shapes(document, one, degrees)),)


class MoveSide(Gesture):
    """One side of a box moves, across itself; the opposite one stays."""

    busy = True

    def __init__(self, scene: Scene, at: Pointer, target: Target) -> None:
        super().__init__(scene, at)
        self._id, self._index = target.shape_id, target.index
        ring = geometry.handle_rings(scene.document.shape(self._id))[0].tolist()
        self._ends: tuple[XY, XY] = (tuple(ring[self._index]), tuple(ring[(self._index + 1) % 4]))
        (ax, ay), (bx, by) = self._ends
        length = math.dist(*self._ends)
        self._across: XY = ((ay - by) / length, (bx - ax) / length)

    def begin(self) -> Effects:
        """What a press does."""
        return (BeginStroke(tr("Move side"), frozenset((self._id,))),)

    def move(self, at: Pointer) -> Effects:
        nx, ny = self._across
        far = self._inside((at.x - self.start[0]) * nx + (at.y - self.start[1]) * ny)
        (x, y), shape_id, index = self._ends[0], self._id, self._index
        return (UpdateStroke(lambda d: edits.move_vertex(d, shape_id, 0, index, x + nx * far, y + ny * far)),)

    def _inside(self, far: float) -> float:
        """``far``, or less where an end of the side would leave the image."""
        document = self.scene.document
        for end in self._ends:
            for place, step, size in zip(end, self._across, (document.width, document.height), strict=True):
                if step * far > 0 and place + step * far > size:
                    far = max(0.0, size - place) / step
                elif step * far < 0 and place + step * far < 0:
                    far = min(0.0, -place) / step
        return far


class Scale(Gesture):
    """A corner of the box around several shapes makes all of them larger or smaller."""

    busy = True
    least = 0.02

    def __init__(self, scene: Scene, at: Pointer, fixed: XY) -> None:
        super().__init__(scene, at)
        self._fixed, self._ids = fixed, scene.selection

    def begin(self) -> Effects:
        """What a press does."""
        return (BeginStroke(ntr("Resize shape", "Resize {n} shapes", len(self._ids)), self._ids),)

    def move(self, at: Pointer) -> Effects:
        ids, fixed = self._ids, self._fixed
        ax, ay = self.start[0] - fixed[0], self.start[1] - fixed[1]
        along = (at.x - fixed[0]) * ax + (at.y - fixed[1]) * ay
        factor = max(self.least, along / (ax * ax + ay * ay or 1.0))
        return (UpdateStroke(lambda document: turning.scale_shapes(document, ids, fixed, factor)),)


class ErasePoints(Gesture):
    """Alt and a drag take away the points that the pointer passes, of one shape."""

    busy = True

    def __init__(self, scene: Scene, at: Pointer, shape_id: int) -> None:
        super().__init__(scene, at)
        self._id, self._at = shape_id, self.start
        self._before = scene.document.shape(shape_id)
        self._gone: set[tuple[int, int]] = set()
        self._told = False

    @property
    def draft(self) -> Draft | None:
        radius = ERASER_RADIUS_PX / self.scene.scale
        return Draft("eraser", (self._at, (self._at[0] + radius, self._at[1])))

    def begin(self, at: Pointer) -> Effects:
        """What a press does."""
        return (BeginStroke(tr("Erase points"), frozenset((self._id,))), *self.move(at))

    def move(self, at: Pointer) -> Effects:
        self._at = (at.x, at.y)
        places = hits.vertices(self._before, at.x, at.y, ERASER_RADIUS_PX / self.scene.scale)
        new = places - self._gone
        if not new:
            return NOTHING
        self._gone |= new
        gone, shape_id = frozenset(self._gone), self._id
        wanted, spare = sum(ring == 0 for ring, _ in gone), vertex_sets.spare_points(self._before)
        said: Effects = ()
        if wanted > spare and not self._told:
            self._told = True
            said = (Say(needs_points(len(self._before.points) - spare)),)

        def edit(document: Document) -> Document:
            return vertex_sets.remove_points(document, shape_id, gone)

        return (UpdateStroke(edit), *said)


def needs_points(count: int) -> str:
    """Why no further point of a shape can go."""
    return ntr(
        "The shape needs its {n} point. Delete removes the whole shape.",
        "The shape needs its {n} points. Delete removes the whole shape.",
        count,
    )
