"""Keys of the canvas: for the tool in hand, for candidates, to step back, to go from shape to shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from anylabel_plus.ui.canvas.performer import Performer
from anylabel_plus.ui.canvas.scene import SessionScene
from anylabel_plus.ui.canvas.tools_base import Tool

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

_KEYS = {
    Qt.Key.Key_Return: "Return",
    Qt.Key.Key_Enter: "Enter",
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_Backspace: "Backspace",
    Qt.Key.Key_Left: "Left",
    Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Down: "Down",
    Qt.Key.Key_Tab: "Tab",
    Qt.Key.Key_Backtab: "Tab",
}
ARROWS = frozenset(("Left", "Right", "Up", "Down"))
LETTERS: dict[Qt.Key, str] = {
    Qt.Key.Key_Z: "Z",
    Qt.Key.Key_X: "X",
    Qt.Key.Key_C: "C",
    Qt.Key.Key_V: "V",
}
"""Letters that a tool may take, when pressed alone."""


def key_name(event: QKeyEvent) -> str:
    """The name tools know a key by, an empty string for keys that no tool takes."""
    if event.matches(QKeySequence.StandardKey.Undo):
        return "Undo"
    if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
        return ""
    key = Qt.Key(event.key())
    name = _KEYS.get(key, "")
    if not name and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        name = LETTERS.get(key, "")
    return name or (event.text() if event.text().isdigit() else "")


class KeyedCanvas(Protocol):
    """What keys need of the canvas."""

    session: Session
    scene: SessionScene
    performer: Performer
    tool: Tool

    def update(self) -> None: ...


class CanvasKeys:
    """What a key means on ``canvas`` now."""

    def __init__(self, canvas: KeyedCanvas) -> None:
        self._canvas, self.session = canvas, canvas.session

    def wants(self, event: QKeyEvent) -> bool:
        """True for keys that an action must not take away."""
        name = key_name(event)
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_QuoteLeft):
            return True
        if name in ARROWS:
            return bool(self.session.selection)
        if name in LETTERS.values():
            return self._canvas.tool.wants(name)
        if name == "Tab" or name.isdigit() or name in ("Return", "Enter"):
            return bool(self.session.candidates) or (self._canvas.tool.busy and not name.isdigit())
        return bool(name) and (self._canvas.tool.busy or name == "Escape")

    def take(self, event: QKeyEvent) -> bool:
        """Do what the key means; False when it means nothing here."""
        name = key_name(event)
        if not name or self.session.document is None:
            return False
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        effects = self._canvas.tool.key(name, shift=shift or event.key() == Qt.Key.Key_Backtab)
        if effects is not None:
            self._canvas.performer.perform(effects)
            self._canvas.update()
            return True
        if self.session.candidates and self._candidate_key(name, back=event.key() == Qt.Key.Key_Backtab):
            return True
        if name == "Escape":
            return self.step_back()
        if name == "Tab":
            return self._cycle(-1 if event.key() == Qt.Key.Key_Backtab else 1)
        return False

    def _candidate_key(self, name: str, *, back: bool) -> bool:
        """The keys of the candidate strip, whatever tool is in hand."""
        session = self.session
        if name in ("Return", "Enter"):
            session.accept_candidate()
        elif name == "Tab":
            session.choose_candidate(session.chosen + (-1 if back else 1))
        elif name.isdigit() and 1 <= int(name) <= len(session.candidates):
            session.choose_candidate(int(name) - 1)
        else:
            return False
        return True

    def step_back(self) -> bool:
        """Give up one thing: the prompt, else the tool, else the selection; False when there is none."""
        session = self.session
        if not session.prompt.empty or session.candidates:
            session.clear_prompt()
        elif self._canvas.tool.name != "select":
            session.set_tool("select")
        elif session.selection:
            session.select(())
        else:
            return False
        return True

    def _cycle(self, step: int) -> bool:
        """Select the next shape in the z-order, from the top."""
        index, hidden = self._canvas.scene.index, self.session.hidden
        ids = [shape.id for shape in reversed(index.shapes) if shape.id not in hidden]
        if not ids:
            return False
        chosen = [ids.index(i) for i in self.session.selection if i in index and i not in hidden]
        at = (chosen[0] + step) % len(ids) if chosen else (0 if step > 0 else -1)
        self.session.select((ids[at],))
        return True
