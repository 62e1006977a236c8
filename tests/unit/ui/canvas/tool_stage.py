"""A plain scene that tools act on, and what a hand does with a tool."""

from __future__ import annotations

from dataclasses import dataclass, field

from anylabel_plus.core import geometry
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.ui.canvas import handles, hits, snapping
from anylabel_plus.ui.canvas import tools_base as base
from anylabel_plus.ui.canvas.spatial_index import SpatialIndex
from anylabel_plus.ui.canvas.tools_base import Box, Pointer, Target, Tool


@dataclass
class Stage:
    """A plain scene that carries out effects, as the canvas does with the session."""

    document: Document
    selection: frozenset[int] = frozenset()
    label: str = "cat"
    scale: float = 1.0
    prompt_points: tuple[tuple[float, float, int], ...] = ()
    prompt_box: Box | None = None
    candidate_count: int = 0
    log: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    hovered: Target | None = None
    options: base.DrawOptions = field(default_factory=base.DrawOptions)
    said: list[str] = field(default_factory=list)
    _stroke: Document | None = None

    def target(self, x: float, y: float) -> Target | None:
        return self._handle(x, y) or self._shape_target(x, y)

    def _handle(self, x: float, y: float) -> Target | None:
        chosen = [shape for shape in self.document.shapes if shape.id in self.selection]
        if len(chosen) == 1:
            return handles.shape_target(chosen[0], x, y, 8 / self.scale, self.scale)
        boxes = [geometry.bounds(shape) for shape in chosen]
        if not boxes:
            return None
        x0, y0, x1, y1 = zip(*boxes, strict=True)
        return handles.bound_target((min(x0), min(y0), max(x1), max(y1)), x, y, 8 / self.scale)

    def _shape_target(self, x: float, y: float) -> Target | None:
        found = [
            hits.find(shape, x, y, 8 / self.scale, 4 / self.scale)
            for shape in SpatialIndex(self.document.shapes).at(x, y, 8 / self.scale)
            if not shape.locked
        ]
        under = [target for target in found if target is not None]
        return next((target for target in under if target.shape_id in self.selection), under[0] if under else None)

    def pickable(self, box: Box) -> list[int]:
        return SpatialIndex(self.document.shapes).inside(box)

    def stack(self, x: float, y: float) -> list[int]:
        found = SpatialIndex(self.document.shapes).at(x, y, 8 / self.scale)
        return [shape.id for shape in found if hits.find(shape, x, y, 8 / self.scale, 4 / self.scale) is not None]

    def snap(self, x: float, y: float, without: frozenset[int] = frozenset()) -> Target | None:
        near = SpatialIndex(self.document.shapes).at(x, y, 8 / self.scale)
        return snapping.nearest([shape for shape in near if shape.id not in without], x, y, 8 / self.scale)

    def border(self, start: Target, end: Target) -> tuple[tuple[float, float], ...]:
        same = start.shape_id == end.shape_id
        return snapping.border(self.document.shape(start.shape_id), start, end) if same else ()

    def do(self, effects: base.Effects | None) -> None:
        for effect in effects or ():
            match effect:
                case base.Apply():
                    first = self.document.next_id
                    self.document = effect.edit(self.document)
                    self.log.append(effect.name)
                    if effect.select_added:
                        self.selection = frozenset(range(first, self.document.next_id))
                case base.BeginStroke():
                    self._stroke = self.document
                    self.log.append(f"begin {effect.name}")
                case base.UpdateStroke():
                    assert self._stroke is not None
                    self.document = effect.edit(self._stroke)
                case base.EndStroke():
                    if not effect.keep:
                        assert self._stroke is not None
                        self.document = self._stroke
                    self.log.append("keep" if effect.keep else "abort")
                    self._stroke = None
                case base.Select():
                    self.selection = effect.ids
                case base.Hover():
                    self.hovered = effect.target
                case base.PromptPoint():
                    self.prompt_points += ((effect.x, effect.y, effect.label),)
                case base.MovePrompt():
                    self.prompt_points = (*self.prompt_points[:-1], (effect.x, effect.y, self.prompt_points[-1][2]))
                case base.PromptBox():
                    self.prompt_box = effect.box
                case base.Say():
                    self.said.append(effect.text)
                case base.Ask():
                    self.asked.append(effect.what)


def stage(*shapes: Shape) -> Stage:
    return Stage(add_shapes(Document("a.png", 200, 100), shapes))


def square(label: str = "cat", x: float = 20, y: float = 20, side: float = 40) -> Shape:
    return make_shape("polygon", label, [[x, y], [x + side, y], [x + side, y + side], [x, y + side]])


def click(scene: Stage, tool: Tool, x: float, y: float, **held: bool) -> None:
    scene.do(tool.move(Pointer(x, y, **held)))  # type: ignore[arg-type]
    scene.do(tool.press(Pointer(x, y, **held)))  # type: ignore[arg-type]
    scene.do(tool.release(Pointer(x, y, **held)))  # type: ignore[arg-type]


def drag(scene: Stage, tool: Tool, *path: tuple[float, float], drop: bool = True, **held: bool) -> None:
    scene.do(tool.move(Pointer(*path[0])))
    scene.do(tool.press(Pointer(*path[0], **held)))  # type: ignore[arg-type]
    for x, y in path[1:]:
        scene.do(tool.move(Pointer(x, y, **held), down=True))  # type: ignore[arg-type]
    if drop:
        scene.do(tool.release(Pointer(*path[-1], **held)))  # type: ignore[arg-type]
