"""Tools that only select: by a box, or by a lasso, begun anywhere, on shapes too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from anylabel_plus.core import geometry
from anylabel_plus.core.ring import ring_contains, simplified_line
from anylabel_plus.core.shapes import Points, Shape
from anylabel_plus.ui.canvas.spatial_index import boxes_of
from anylabel_plus.ui.canvas.tools_base import (
    DRAG_START_PX,
    NOTHING,
    XY,
    Box,
    Draft,
    Effects,
    Hover,
    Pointer,
    Scene,
    Select,
    Tool,
)

LASSO_STEP_PX = 3
LASSO_TOLERANCE_PX = 0.5


class BoxSelectTool(Tool):
    """A drag selects what lies wholly in the box, a click what is under the pointer.

    Ctrl adds to the selection, Alt takes away from it.
    """

    name: ClassVar[str] = "select_box"
    cursor = "cross"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._path: list[XY] = []

    def press(self, at: Pointer) -> Effects:
        if at.button == "left":
            self._path = [(at.x, at.y)]
            return NOTHING
        found = frozenset(self.scene.stack(at.x, at.y)[:1])
        # A menu follows; it is about the shape under the pointer.
        return NOTHING if not found or found <= self.scene.selection else (Select(found),)

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        if down and self._path:
            self._extend((at.x, at.y))
            return NOTHING
        return (Hover(self.scene.target(at.x, at.y)),)

    def release(self, at: Pointer) -> Effects:
        path, self._path = self._path, []
        if not path:
            return NOTHING
        moved = any(not self.near(path[0], point, DRAG_START_PX) for point in (*path[1:], (at.x, at.y)))
        found = self._inside([*path, (at.x, at.y)]) if moved else frozenset(self.scene.stack(at.x, at.y)[:1])
        if at.alt:
            return (Select(self.scene.selection - found),)
        if at.ctrl:
            return (Select(self.scene.selection | found if moved else self.scene.selection ^ found),)
        return (Select(found),)

    def key(self, name: str, *, shift: bool = False) -> Effects | None:
        return self.cancel() if name == "Escape" and self._path else None

    def cancel(self) -> Effects:
        self._path = []
        return NOTHING

    @property
    def draft(self) -> Draft | None:
        return Draft("box", (), box=box_around(self._path)) if len(self._path) > 1 else None

    def _extend(self, point: XY) -> None:
        self._path[1:] = [point]

    def _inside(self, path: list[XY]) -> frozenset[int]:
        return frozenset(self.scene.pickable(box_around((path[0], path[-1]))))


class LassoTool(BoxSelectTool):
    """The area is drawn freehand."""

    name: ClassVar[str] = "select_lasso"

    @property
    def draft(self) -> Draft | None:
        return Draft("lasso", tuple(self._path)) if len(self._path) > 1 else None

    def _extend(self, point: XY) -> None:
        if not self.near(self._path[-1], point, LASSO_STEP_PX):
            self._path.append(point)

    def _inside(self, path: list[XY]) -> frozenset[int]:
        if len(path) < 3:
            return frozenset()
        near = frozenset(self.scene.pickable(box_around(path)))
        shapes = [shape for shape in self.scene.document.shapes if shape.id in near]
        return inside_lasso(simplified_line(np.array(path), LASSO_TOLERANCE_PX / self.scene.scale), shapes)


def box_around(points: list[XY] | tuple[XY, ...]) -> Box:
    """xyxy of the box around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def inside_lasso(area: Points, shapes: Sequence[Shape]) -> frozenset[int]:
    """Ids of the shapes that lie wholly in the closed ring ``area`` (N, 2); image pixels.

    Only shapes whose bounds an edge of the ring comes near are looked at point by point; of the
    others one corner says it all.
    """
    if not shapes:
        return frozenset()
    boxes = boxes_of(shapes)
    ends = np.roll(area, -1, axis=0)
    low, high = np.minimum(area, ends), np.maximum(area, ends)
    near = (low[None, :, 0] <= boxes[:, None, 2]) & (high[None, :, 0] >= boxes[:, None, 0])
    near &= (low[None, :, 1] <= boxes[:, None, 3]) & (high[None, :, 1] >= boxes[:, None, 1])
    inside = ring_contains(area, boxes[:, :2])
    for row in np.flatnonzero(near.any(axis=1)).tolist():
        inside[row] = bool(ring_contains(area, np.concatenate(geometry.outline(shapes[row]))).all())
    return frozenset(shapes[row].id for row in np.flatnonzero(inside).tolist())
