"""The select tool: hover, select, move, points, edges, turn, resize, erase, nudge; and the pan tool.

What a press begins is a ``gestures.Gesture``; this module chooses which.
"""

from __future__ import annotations

from typing import ClassVar

from anylabel_plus.core import edits, vertex_sets
from anylabel_plus.ui.canvas.gestures import (
    Band,
    ErasePoints,
    Gesture,
    Move,
    MovePoint,
    MoveSide,
    Scale,
    Turn,
    needs_points,
)
from anylabel_plus.ui.canvas.key_steps import KeySteps
from anylabel_plus.ui.canvas.tools_base import (
    DRAG_START_PX,
    NOTHING,
    XY,
    Apply,
    Ask,
    Draft,
    Edit,
    Effects,
    Hover,
    Pointer,
    Say,
    Scene,
    Select,
    Target,
    Tool,
)
from anylabel_plus.ui.language import tr

RINGED = frozenset(("polygon", "linestrip"))
"""Kinds whose edges take a new vertex."""


class PanTool(Tool):
    """The canvas itself pans while the left button is held; nothing else to do."""

    name: ClassVar[str] = "pan"
    cursor = "open_hand"


class SelectTool(Tool):
    """Changes what is there, by pointer and by keys."""

    name: ClassVar[str] = "select"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._gesture: Gesture | None = None
        self._steps = KeySteps(scene)
        self._clicked: XY | None = None
        """Where the last click on a shape was: another one there selects what lies below."""

    @property
    def draft(self) -> Draft | None:
        return self._gesture.draft if self._gesture is not None else None

    @property
    def snapped(self) -> Target | None:
        return self._gesture.snapped if self._gesture is not None else None

    @property
    def busy(self) -> bool:
        return self._steps.active or (self._gesture is not None and self._gesture.busy)

    # Press -----------------------------------------------------------------------------------

    def press(self, at: Pointer) -> Effects:
        target = self.scene.target(at.x, at.y)
        if at.button == "right":
            return self._press_right(target)
        ended = self._steps.end()
        erases = at.alt and _erasable(self.scene) is not None
        if target is None or (erases and target.part in ("inside", "edge")):
            return (*ended, *self._press_beside(at))
        if target.part == "turn":
            turn = Turn(self.scene, at, target)
            return (*ended, *self._begin(turn, turn.begin()))
        if target.part == "side" and not at.ctrl:
            side = MoveSide(self.scene, at, target)
            return (*ended, *self._begin(side, side.begin()))
        if target.part == "bound":
            scale = Scale(self.scene, at, (target.x, target.y))
            return (*ended, *self._begin(scale, scale.begin()))
        if target.part == "vertex" and not at.ctrl:
            return (*ended, *self._press_vertex(target, at))
        if target.part == "edge" and not at.ctrl and _kind(self.scene, target) in RINGED:
            return (*ended, *self._insert(target, at))
        return (*ended, *self._press_shape(target, at))

    def _begin(self, gesture: Gesture, effects: Effects) -> Effects:
        self._gesture, self._clicked = gesture, None
        return effects

    def _press_beside(self, at: Pointer) -> Effects:
        """Not on anything: a rubber band, or with Alt the eraser of the points of the selected shape."""
        chosen = _erasable(self.scene) if at.alt else None
        if chosen is not None:
            eraser = ErasePoints(self.scene, at, chosen)
            return self._begin(eraser, eraser.begin(at))
        return self._begin(Band(self.scene, at), () if at.ctrl else (Select(frozenset()),))

    def double_click(self, at: Pointer) -> Effects:
        """Asks for the label of the shape; on a point or an edge it is a second press."""
        target = self.scene.target(at.x, at.y)
        if target is None or at.ctrl or at.shift or at.alt or target.part in ("turn", "bound"):
            return NOTHING
        if target.part == "edge" and _kind(self.scene, target) in RINGED:
            return NOTHING
        if target.part == "vertex" and _kind(self.scene, target) != "point":
            return NOTHING
        return (*self.cancel(), Select(frozenset((target.shape_id,))), Ask("label"))

    def _press_right(self, target: Target | None) -> Effects:
        """A menu follows; it is about the shape under the pointer."""
        if target is None or not target.shape_id or target.shape_id in self.scene.selection:
            return NOTHING
        return (Select(frozenset((target.shape_id,))),)

    def _press_shape(self, target: Target, at: Pointer) -> Effects:
        selection, one = self.scene.selection, frozenset((target.shape_id,))
        if at.ctrl:
            self._gesture = self._clicked = None
            return (Select(selection ^ one),)
        again = self._clicked is not None and self.near(self._clicked, (at.x, at.y), DRAG_START_PX)
        was_selected = target.shape_id in selection

        def click() -> Effects:
            # Only now it is clear that no drag of all that is selected follows.
            self._clicked = (at.x, at.y)
            if again and selection == one:
                return self._select_below(target, at)
            return (Select(one),) if was_selected and len(selection) > 1 else NOTHING

        self._gesture = Move(self.scene, at, click)
        return NOTHING if was_selected else (Select(one),)

    def _select_below(self, target: Target, at: Pointer) -> Effects:
        """The next shape under the pointer, from top to bottom and round."""
        stack = self.scene.stack(at.x, at.y)
        if target.shape_id not in stack or len(stack) < 2:
            return NOTHING
        return (Select(frozenset((stack[(stack.index(target.shape_id) + 1) % len(stack)],))),)

    def _press_vertex(self, target: Target, at: Pointer) -> Effects:
        one = frozenset((target.shape_id,))
        select: Effects = () if self.scene.selection == one else (Select(one),)
        if at.shift and _kind(self.scene, target) in (*RINGED, "points"):
            return (*select, *_delete_point(self.scene, target))
        if at.alt and vertex_sets.removable(self.scene.document.shape(target.shape_id)):
            eraser = ErasePoints(self.scene, at, target.shape_id)
            return (*select, *self._begin(eraser, eraser.begin(at)))
        point = MovePoint(self.scene, at, target, inserted=False)
        return (*select, *self._begin(point, point.begin()))

    def _insert(self, target: Target, at: Pointer) -> Effects:
        """A press on an edge adds a vertex there and takes hold of it: one undo entry."""
        one = frozenset((target.shape_id,))
        new = Target(target.shape_id, "vertex", target.ring, target.index + 1, target.x, target.y)
        select: Effects = () if self.scene.selection == one else (Select(one),)
        point = MovePoint(self.scene, at, new, inserted=True)
        return (*select, *self._begin(point, point.begin()))

    # Move and release ------------------------------------------------------------------------

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        if down:
            return self._gesture.move(at) if self._gesture is not None else NOTHING
        return (Hover(self.scene.target(at.x, at.y)),) if self._gesture is None else NOTHING

    def release(self, at: Pointer) -> Effects:
        gesture, self._gesture = self._gesture, None
        return gesture.release(at) if gesture is not None else NOTHING

    # Keys ------------------------------------------------------------------------------------

    def wants(self, name: str) -> bool:
        return self._steps.wants(name)

    def key(self, name: str, *, shift: bool = False) -> Effects | None:
        if name == "Escape":
            if self._gesture is not None or self._steps.active:
                return self.cancel()
            return (Select(frozenset()),) if self.scene.selection else None
        if name == "Undo":
            return self.cancel() if self.busy else None
        return self._steps.key(name, far=shift) if self._gesture is None else None

    def key_up(self, name: str) -> Effects:
        return self._steps.key_up(name)

    def cancel(self) -> Effects:
        gesture, self._gesture, self._clicked = self._gesture, None, None
        if self._steps.active:
            return self._steps.end(keep=False)
        return gesture.cancel() if gesture is not None else NOTHING


def _kind(scene: Scene, target: Target) -> str:
    return scene.document.shape(target.shape_id).kind


def _erasable(scene: Scene) -> int | None:
    """The one selected shape, if its points can be erased."""
    ids = [shape_id for shape_id in scene.selection if vertex_sets.removable(scene.document.shape(shape_id))]
    return ids[0] if len(ids) == 1 else None


def _delete_point(scene: Scene, target: Target) -> Effects:
    shape = scene.document.shape(target.shape_id)
    if target.ring == 0 and not vertex_sets.spare_points(shape):
        return (Say(needs_points(len(shape.points))),)
    return (Apply(tr("Delete point"), _remove_vertex(target)),)


def _remove_vertex(target: Target) -> Edit:
    return lambda document: edits.remove_vertex(document, target.shape_id, target.ring, target.index)
