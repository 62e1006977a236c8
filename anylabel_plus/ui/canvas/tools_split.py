"""The split tool: a line drawn across shapes cuts them apart."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from anylabel_plus.core.shapes import Shape
from anylabel_plus.regions.crossing import divides
from anylabel_plus.ui.canvas.tools_base import NOTHING, XY, Cut, Effects, Pointer
from anylabel_plus.ui.canvas.tools_ring import RingTool

SAMPLES = 48
"""So many places along the line are looked at for shapes that are not selected."""


class SplitTool(RingTool):
    """Click from outside to outside, or drag: as soon as the line runs right across a shape, it is cut.

    The selected shapes are cut, or when the line crosses none of them the topmost shape that it does.
    Enter or a double click cuts with the line as it is.
    """

    name = "split"
    kind = "linestrip"
    freehand: ClassVar[bool] = True

    def press(self, at: Pointer) -> Effects:
        before = len(self.points)
        effects = super().press(at)
        return effects or (self._cut_when_across() if len(self.points) > before else NOTHING)

    def release(self, at: Pointer) -> Effects:
        before = len(self.points)
        effects = super().release(at)
        return effects or (self._cut_when_across() if len(self.points) > before else NOTHING)

    def finish(self, points: list[XY]) -> Effects:
        line = tuple(points)
        ids = self._ids(line)
        self.cancel()
        return (Cut(line, ids),)

    def _cut_when_across(self) -> Effects:
        line = tuple(self.points)
        if len(line) > 1 and any(divides(shape, np.array(line)) for shape in self._shapes(self._ids(line))):
            return self.finish(list(line))
        return NOTHING

    def _shapes(self, ids: frozenset[int]) -> list[Shape]:
        return [shape for shape in self.scene.document.shapes if shape.id in ids]

    def _ids(self, line: tuple[XY, ...]) -> frozenset[int]:
        """The shapes that the line is meant for."""
        points = np.array(line)
        if any(divides(shape, points) for shape in self._shapes(self.scene.selection)):
            return self.scene.selection
        under = {shape_id for x, y in _along(points) for shape_id in self.scene.stack(x, y)}
        found = [shape.id for shape in self._shapes(frozenset(under)) if divides(shape, points)]
        return frozenset(found[-1:])


def _along(points: np.ndarray) -> list[XY]:
    """Places spread evenly over the line."""
    lengths = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    at = np.linspace(0.0, lengths[-1], SAMPLES)
    return [(float(x), float(y)) for x, y in zip(*(np.interp(at, lengths, points[:, k]) for k in (0, 1)), strict=True)]
