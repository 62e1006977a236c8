"""Tools that prompt a model: points and a box. Candidates are chosen and accepted by keys."""

from __future__ import annotations

from typing import ClassVar

from anylabel_plus.ui.canvas.tools_base import (
    DRAG_START_PX,
    NOTHING,
    XY,
    Ask,
    Box,
    Draft,
    Effects,
    MovePrompt,
    Pointer,
    PromptBox,
    PromptPoint,
    Scene,
    Tool,
)

GRAB_RADIUS_PX = 9


class AssistTool(Tool):
    """What both have in common: Enter accepts, Tab goes through the candidates, Esc clears."""

    cursor = "cross"
    crosshair = True

    @property
    def busy(self) -> bool:
        return bool(self.scene.prompt_points) or self.scene.prompt_box is not None or self.draft is not None

    def key(self, name: str, *, shift: bool = False) -> Effects | None:
        if name == "Escape":
            return self._clear()
        if name in ("Backspace", "Undo") and self.busy:
            return (Ask("undo_prompt"),)
        if not self.scene.candidate_count:
            return None
        if name in ("Return", "Enter"):
            return (Ask("accept"),)
        if name == "Tab":
            return (Ask("previous_candidate" if shift else "next_candidate"),)
        if name.isdigit() and 1 <= int(name) <= self.scene.candidate_count:
            return (Ask(f"candidate:{int(name) - 1}"),)
        return None

    def _clear(self) -> Effects | None:
        return (*self.cancel(), Ask("clear_prompt")) if self.busy else None


class AssistPointTool(AssistTool):
    """A click includes, Alt, Shift or the right button excludes; the last point can be dragged."""

    name: ClassVar[str] = "assist_point"
    label: ClassVar[int] = 1

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._holding = False

    def press(self, at: Pointer) -> Effects:
        x, y = self.inside(at.x, at.y)
        last = self.scene.prompt_points[-1:]
        if last and at.button == "left" and self.near(last[0][:2], (x, y), GRAB_RADIUS_PX):
            self._holding = True
            return NOTHING
        exclude = at.alt or at.shift or at.button == "right"
        return (PromptPoint(x, y, 1 - self.label if exclude else self.label),)

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        return (MovePrompt(*self.inside(at.x, at.y)),) if self._holding and down else NOTHING

    def release(self, at: Pointer) -> Effects:
        self._holding = False
        return NOTHING


class AssistExcludeTool(AssistPointTool):
    """The same with the meanings exchanged: a click excludes."""

    name: ClassVar[str] = "assist_exclude"
    label: ClassVar[int] = 0


class AssistBoxTool(AssistTool):
    """Press, drag and release, or two clicks, give the box."""

    name: ClassVar[str] = "assist_box"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._start: XY | None = None
        self._at: XY = (0.0, 0.0)
        self._first_click = False

    @property
    def draft(self) -> Draft | None:
        return Draft("prompt_box", (), box=self._box()) if self._start is not None else None

    def _box(self) -> Box:
        (x0, y0), (x1, y1) = self._start or self._at, self._at
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def press(self, at: Pointer) -> Effects:
        if at.button == "right":
            return self.cancel()
        self._at = self.inside(at.x, at.y)
        if self._start is not None:
            return self._finish()
        self._start, self._first_click = self._at, True
        return NOTHING

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        self._at = self.inside(at.x, at.y)
        return NOTHING

    def release(self, at: Pointer) -> Effects:
        first, self._first_click = self._first_click, False
        self._at = self.inside(at.x, at.y)
        if first and self._start is not None and not self.near(self._start, self._at, DRAG_START_PX):
            return self._finish()
        return NOTHING

    def _finish(self) -> Effects:
        box = self._box()
        if box[2] - box[0] < 1 or box[3] - box[1] < 1:
            return NOTHING
        self._start = None
        return (PromptBox(box),)

    def cancel(self) -> Effects:
        self._start = None
        return NOTHING
