"""Shapes moved and turned step by step, by keys: one undo entry for as long as the key is held."""

from __future__ import annotations

from anylabel_plus.core import edits, turning
from anylabel_plus.ui.canvas.tools_base import NOTHING, XY, BeginStroke, Effects, EndStroke, Scene, UpdateStroke
from anylabel_plus.ui.language import ntr

ARROWS: dict[str, XY] = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}
TURNS: dict[str, tuple[str, int]] = {"Z": ("large", 1), "X": ("small", 1), "C": ("small", -1), "V": ("large", -1)}
"""Keys that turn rotated boxes: which of the two steps, and its sign (positive is clockwise)."""
NUDGE_FAR = 10


class KeySteps:
    """Arrows nudge what is selected; Z, X, C and V turn it, when it is nothing but rotated boxes."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._what = ""
        self._ids: frozenset[int] = frozenset()
        self._total: XY = (0.0, 0.0)

    @property
    def active(self) -> bool:
        """True while a stroke is open."""
        return bool(self._what)

    def wants(self, name: str) -> bool:
        """True for a letter that turns what is selected."""
        if name not in TURNS or not self._scene.selection:
            return False
        chosen = [shape for shape in self._scene.document.shapes if shape.id in self._scene.selection]
        return bool(chosen) and all(shape.kind == "rotation" and turning.can_turn(shape) for shape in chosen)

    def key(self, name: str, *, far: bool) -> Effects | None:
        """One step; None for a key that means nothing here."""
        if not self._scene.selection:
            return None
        if name in ARROWS:
            pixels = NUDGE_FAR if far else 1
            return self._step("nudge", (ARROWS[name][0] * pixels, ARROWS[name][1] * pixels))
        if self.wants(name):
            size, sign = TURNS[name]
            options = self._scene.options
            return self._step("turn", (sign * (options.turn_large if size == "large" else options.turn_small), 0.0))
        return None

    def _step(self, what: str, by: XY) -> Effects:
        first = self._what != what
        ended = self.end() if first else NOTHING
        begin = self._begin(what) if first else NOTHING
        self._total = a, b = self._total[0] + by[0], self._total[1] + by[1]
        ids = self._ids
        if what == "nudge":
            return (*ended, *begin, UpdateStroke(lambda document: edits.move_shapes(document, ids, a, b)))
        return (*ended, *begin, UpdateStroke(lambda document: turning.turn_shapes(document, ids, a)))

    def _begin(self, what: str) -> Effects:
        self._what, self._ids, self._total = what, self._scene.selection, (0.0, 0.0)
        n = len(self._ids)
        if what == "nudge":
            return (BeginStroke(ntr("Nudge shape", "Nudge {n} shapes", n), self._ids),)
        return (BeginStroke(ntr("Turn shape", "Turn {n} shapes", n), self._ids),)

    def key_up(self, name: str) -> Effects:
        """The key is let go."""
        return self.end() if name in ARROWS or name in TURNS else NOTHING

    def end(self, *, keep: bool = True) -> Effects:
        """Close the stroke, if one is open."""
        if not self._what:
            return NOTHING
        self._what = ""
        return (EndStroke(keep),)
