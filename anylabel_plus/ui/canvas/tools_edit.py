"""The select tool: hover, select, rubber band, move, vertices, edges, nudge; and the pan tool."""

from __future__ import annotations

from typing import ClassVar, Literal

from anylabel_plus.core import edits
from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.ui.canvas.tools_base import (
    DRAG_START_PX,
    NOTHING,
    XY,
    Apply,
    Ask,
    BeginStroke,
    Box,
    Draft,
    Edit,
    Effects,
    EndStroke,
    Hover,
    Pointer,
    Scene,
    Select,
    Target,
    Tool,
    UpdateStroke,
)

_ARROWS: dict[str, XY] = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}
NUDGE_FAR = 10
RINGED = frozenset(("polygon", "linestrip"))
"""Kinds whose edges take a new vertex."""


class PanTool(Tool):
    """The canvas itself pans while the left button is held; nothing else to do."""

    name: ClassVar[str] = "pan"
    cursor = "open_hand"


class SelectTool(Tool):
    """Changes what is there. ``_state`` says what the left button is doing."""

    name: ClassVar[str] = "select"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._state: Literal["idle", "pressed", "moving", "vertex", "band", "nudging"] = "idle"
        self._start: XY = (0.0, 0.0)
        self._at: XY = (0.0, 0.0)
        self._target: Target | None = None
        self._only_on_release: frozenset[int] | None = None
        self._nudged = [0, 0]

    @property
    def draft(self) -> Draft | None:
        return Draft("box", (), box=self._band()) if self._state == "band" else None

    @property
    def busy(self) -> bool:
        return self._state not in ("idle", "pressed")

    @property
    def dragging(self) -> bool:
        """True while a drag changes shapes."""
        return self._state in ("moving", "vertex")

    # Press -----------------------------------------------------------------------------------

    def press(self, at: Pointer) -> Effects:
        target = self.scene.target(at.x, at.y)
        if at.button == "right":
            return self._press_right(target)
        self._start = self._at = (at.x, at.y)
        self._target = target
        self._only_on_release = None
        ended = self._end_nudge()
        if target is None:
            self._state = "band"
            return (*ended, *(() if at.ctrl else (Select(frozenset()),)))
        if target.part == "vertex" and not at.ctrl:
            return (*ended, *self._press_vertex(target, at))
        if target.part == "edge" and not at.ctrl and self._kind(target) in RINGED:
            return (*ended, *self._insert(target, at))
        return (*ended, *self._press_shape(target, at))

    def double_click(self, at: Pointer) -> Effects:
        """Asks for the label of the shape; on a point or an edge it is a second press."""
        target = self.scene.target(at.x, at.y)
        if target is None or at.ctrl or at.shift:
            return NOTHING
        if target.part == "edge" and self._kind(target) in RINGED:
            return NOTHING
        if target.part == "vertex" and self._kind(target) != "point":
            return NOTHING
        return (*self.cancel(), Select(frozenset((target.shape_id,))), Ask("label"))

    def _press_right(self, target: Target | None) -> Effects:
        """A menu follows; it is about the shape under the pointer."""
        if target is None or target.shape_id in self.scene.selection:
            return NOTHING
        return (Select(frozenset((target.shape_id,))),)

    def _press_shape(self, target: Target, at: Pointer) -> Effects:
        self._state = "pressed"
        selection, one = self.scene.selection, frozenset((target.shape_id,))
        if at.ctrl:
            self._state = "idle"
            return (Select(selection ^ one),)
        if target.shape_id in selection:
            # A click on one of several selects it alone, but only when no drag of all follows.
            self._only_on_release = one if len(selection) > 1 else None
            return NOTHING
        return (Select(one),)

    def _press_vertex(self, target: Target, at: Pointer) -> Effects:
        one = frozenset((target.shape_id,))
        select: Effects = () if self.scene.selection == one else (Select(one),)
        if at.shift and self._kind(target) in RINGED:
            self._state = "idle"
            return (*select, Apply("Delete point", _remove_vertex(target)))
        self._state = "vertex"
        return (*select, BeginStroke("Move point", one))

    def _insert(self, target: Target, at: Pointer) -> Effects:
        """A press on an edge adds a vertex there and takes hold of it: one undo entry."""
        one = frozenset((target.shape_id,))
        x, y = target.x, target.y
        new = Target(target.shape_id, "vertex", target.ring, target.index + 1, x, y)
        self._state, self._target = "vertex", new
        self._inserted = True
        select: Effects = () if self.scene.selection == one else (Select(one),)
        return (*select, BeginStroke("Add point", one), UpdateStroke(self._vertex_edit(new, (x, y), inserted=True)))

    # Move ------------------------------------------------------------------------------------

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        self._at = (at.x, at.y)
        if not down:
            return (Hover(self.scene.target(at.x, at.y)),) if self._state in ("idle", "nudging") else NOTHING
        if self._state == "vertex" and self._target is not None:
            return (UpdateStroke(self._vertex_edit(self._target, self.inside(at.x, at.y), inserted=self._inserted)),)
        if self._state == "pressed" and not self.near(self._start, self._at, DRAG_START_PX):
            ids = self.scene.selection
            if not ids:
                return NOTHING
            self._state = "moving"
            self._only_on_release = None
            name = "Move shape" if len(ids) == 1 else f"Move {len(ids)} shapes"
            return (BeginStroke(name, ids), self._moved(at, ids))
        if self._state == "moving":
            return (self._moved(at, self.scene.selection),)
        return NOTHING

    def _moved(self, at: Pointer, ids: frozenset[int]) -> UpdateStroke:
        dx, dy = at.x - self._start[0], at.y - self._start[1]
        if at.shift:
            dx, dy = (dx, 0.0) if abs(dx) >= abs(dy) else (0.0, dy)
        return UpdateStroke(lambda document: edits.move_shapes(document, ids, dx, dy))

    _inserted = False

    def _vertex_edit(self, target: Target, to: XY, *, inserted: bool) -> Edit:
        ring, index, shape_id = target.ring, target.index, target.shape_id

        def edit(document: Document) -> Document:
            if inserted:
                return edits.insert_vertex(document, shape_id, ring, index, *to)
            return edits.move_vertex(document, shape_id, ring, index, *to)

        return edit

    # Release and keys ------------------------------------------------------------------------

    def release(self, at: Pointer) -> Effects:
        state, self._state = self._state, "idle"
        self._inserted = False
        if state in ("moving", "vertex"):
            return (EndStroke(),)
        if state == "band":
            if self.near(self._start, (at.x, at.y), DRAG_START_PX):
                return NOTHING
            found = frozenset(self.scene.pickable(self._band()))
            return (Select(self.scene.selection | found if at.ctrl else found),)
        if state == "pressed" and self._only_on_release is not None:
            return (Select(self._only_on_release),)
        return NOTHING

    def _band(self) -> Box:
        (x0, y0), (x1, y1) = self._start, self._at
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def key(self, name: str, *, shift: bool = False) -> Effects | None:
        if name == "Escape":
            if self._state != "idle":
                return self.cancel()
            return (Select(frozenset()),) if self.scene.selection else None
        if name == "Undo":
            return self.cancel() if self.busy else None
        if name in _ARROWS and self.scene.selection and self._state in ("idle", "nudging"):
            return self._nudge(_ARROWS[name], NUDGE_FAR if shift else 1)
        return None

    def _nudge(self, step: XY, far: int) -> Effects:
        ids = self.scene.selection
        begin: Effects = ()
        if self._state == "idle":
            self._state, self._nudged = "nudging", [0, 0]
            begin = (BeginStroke("Nudge shape" if len(ids) == 1 else f"Nudge {len(ids)} shapes", ids),)
        self._nudged[0] += int(step[0]) * far
        self._nudged[1] += int(step[1]) * far
        dx, dy = self._nudged
        return (*begin, UpdateStroke(lambda document: edits.move_shapes(document, ids, dx, dy)))

    def key_up(self, name: str) -> Effects:
        return self._end_nudge() if name in _ARROWS else NOTHING

    def _end_nudge(self) -> Effects:
        if self._state != "nudging":
            return NOTHING
        self._state = "idle"
        return (EndStroke(),)

    def cancel(self) -> Effects:
        state, self._state = self._state, "idle"
        self._inserted = False
        return (EndStroke(keep=False),) if state in ("moving", "vertex", "nudging") else NOTHING

    def _kind(self, target: Target) -> str:
        return self.scene.document.shape(target.shape_id).kind


def _remove_vertex(target: Target) -> Edit:
    def edit(document: Document) -> Document:
        shape = document.shape(target.shape_id)
        if target.ring == 0 and len(shape.points) <= KINDS[shape.kind].min_points:
            return document
        return edits.remove_vertex(document, target.shape_id, target.ring, target.index)

    return edit
