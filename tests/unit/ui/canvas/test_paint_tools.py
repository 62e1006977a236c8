"""Brush, eraser, wand and scissors without a widget: pointers and keys in, effects out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from anylabel_plus.core import masks
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.settings import ROWS
from anylabel_plus.ui.canvas import hits
from anylabel_plus.ui.canvas import tools_base as base
from anylabel_plus.ui.canvas.spatial_index import SpatialIndex
from anylabel_plus.ui.canvas.tools_base import Pointer, Target
from anylabel_plus.ui.canvas.tools_paint import BrushTool, EraserTool, PaintTool
from anylabel_plus.ui.canvas.tools_wand import WandTool


@dataclass
class Desk:
    """A scene with settings that carries out what painting tools ask for."""

    document: Document
    selection: frozenset[int] = frozenset()
    label: str = "cat"
    scale: float = 1.0
    values: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    sought: list[base.SeekSimilar] = field(default_factory=list)
    open: frozenset[int] | None = None

    def setting(self, key: str) -> Any:
        return self.values.get(key, ROWS[key].default)

    def target(self, x: float, y: float) -> Target | None:
        for shape in SpatialIndex(self.document.shapes).at(x, y, 8.0):
            found = hits.find(shape, x, y, 8.0, 4.0)
            if found is not None and not shape.locked:
                return found
        return None

    def do(self, effects: base.Effects | None) -> None:
        for effect in effects or ():
            match effect:
                case base.BeginStroke():
                    self.open = effect.ids
                case base.EndStroke():
                    self.open = None
                case base.Say():
                    self.said.append(effect.text)
                case base.Select():
                    self.selection = effect.ids
                case base.SetSetting():
                    self.values[effect.key] = effect.value
                case base.SeekSimilar():
                    self.sought.append(effect)
                case base.Apply():
                    first = self.document.next_id
                    after = effect.edit(self.document)
                    if after is not self.document:
                        self.names.append(effect.name)
                    self.document = after
                    if effect.select_added:
                        self.selection = frozenset(range(first, after.next_id))
                case _:
                    pytest.fail(f"unexpected effect {effect}")


def desk(*shapes: Shape) -> Desk:
    return Desk(add_shapes(Document("a.png", 200, 150), list(shapes)), values={"paint.size_px": 10})


def mask_shape(x0: int, y0: int, x1: int, y1: int, **fields: object) -> Shape:
    crop = np.ones((y1 - y0, x1 - x0), bool)
    return make_shape("mask", "a", [[x0, y0], [x1, y1]], mask=Mask(crop, x0, y0), **fields)


def paint(scene: Desk, tool: PaintTool, *way: tuple[float, float], **held: bool) -> None:
    scene.do(tool.press(Pointer(*way[0], **held)))
    for place in way[1:]:
        scene.do(tool.move(Pointer(*place), down=True))
    scene.do(tool.release(Pointer(*way[-1])))


def test_strokes_go_into_what_is_selected_until_enter() -> None:
    scene = desk()
    tool = BrushTool(scene)  # type: ignore[arg-type]
    paint(scene, tool, (20, 20), (60, 20))
    paint(scene, tool, (40, 20), (40, 60))
    (shape,) = scene.document.shapes
    assert shape.label == "cat" and shape.mask is not None and shape.points.tolist() == [[15, 15], [65, 65]]
    scene.do(tool.key("Return"))
    assert not scene.selection and tool.key("Return") is None
    paint(scene, tool, (150, 100))
    assert len(scene.document.shapes) == 2 and scene.names == ["Paint"] * 3


def test_nothing_of_a_stroke_stays_after_escape_or_another_tool() -> None:
    scene = desk(mask_shape(20, 20, 60, 60))
    scene.selection = frozenset((1,))
    before = scene.document
    for end in ("Escape", "Undo", "put down"):
        tool = BrushTool(scene)  # type: ignore[arg-type]
        scene.do(tool.press(Pointer(80, 80)))
        assert tool.busy and scene.open == {1}
        scene.do(tool.move(Pointer(90, 90), down=True))
        scene.do(tool.cancel() if end == "put down" else tool.key(end))
        scene.do(tool.release(Pointer(90, 90)))
        assert scene.document is before and scene.open is None and not tool.busy


def test_the_eraser_takes_from_all_selected_that_are_free() -> None:
    scene = desk(mask_shape(0, 0, 50, 50), mask_shape(40, 0, 90, 50), mask_shape(60, 0, 80, 50, locked=True))
    scene.selection = frozenset((1, 2, 3))
    paint(scene, EraserTool(scene), (10, 25), (85, 25))  # type: ignore[arg-type]
    first, second, third = scene.document.shapes
    assert first.mask is not None and not masks.full(first.mask, 200, 150)[25, 10:50].any()
    assert second.mask is not None and not masks.full(second.mask, 200, 150)[25, 40:80].any()
    assert third.mask is not None and third.mask.area == 1000
    assert scene.names == ["Erase"], "one step to undo"


def test_the_ring_is_where_the_pixels_will_be() -> None:
    scene = desk()
    tool = BrushTool(scene)  # type: ignore[arg-type]
    assert tool.ring is None
    tool.move(Pointer(30.3, 40.8))
    assert tool.ring == base.Ring(30, 41, 10, False, False)
    tool.move(Pointer(30.3, 40.8, ctrl=True))
    assert tool.ring is not None and tool.ring.erases
    scene.values |= {"paint.size_px": 3, "paint.tip": "square"}
    assert tool.ring == base.Ring(30.5, 40.5, 3, True, True)


def answer(scene: Desk, tool: WandTool, x0: int, x1: int, n: int = -1) -> None:
    crop = np.ones((50, x1 - x0), bool)
    scene.do(tool.found(scene.sought[n].number, Mask(crop, x0, 20)))


def test_only_the_newest_answer_counts_and_a_drag_sets_the_tolerance() -> None:
    scene = desk()
    tool = WandTool(scene)  # type: ignore[arg-type]
    scene.do(tool.press(Pointer(50.5, 40.5)))
    scene.do(tool.move(Pointer(80.5, 40.5), down=True))
    assert scene.values["wand.tolerance"] == 34
    scene.do(tool.setting_changed("wand.tolerance"))
    assert [one.tolerance for one in scene.sought] == [24, 34]
    answer(scene, tool, 0, 10, 0)
    assert tool.preview is None
    answer(scene, tool, 0, 20)
    scene.do(tool.release(Pointer(80.5, 40.5)))
    assert tool.preview is not None and not scene.document.shapes
    scene.do(tool.key("Return"))
    (shape,) = scene.document.shapes
    assert shape.kind == "polygon" and shape.points[:, 0].max() == 20 and not tool.busy
    assert tool.setting_changed("wand.tolerance") == ()


def test_the_wand_changes_a_selected_shape_at_once() -> None:
    scene = desk(mask_shape(10, 20, 40, 70))
    scene.selection = frozenset((1,))
    tool = WandTool(scene)  # type: ignore[arg-type]
    for held, x0, x1, wanted in (("shift", 40, 60, 50 * 50), ("alt", 10, 30, 30 * 50)):
        scene.do(tool.press(Pointer(45.5, 40.5, **{held: True})))
        scene.do(tool.release(Pointer(45.5, 40.5)))
        answer(scene, tool, x0, x1)
        (shape,) = scene.document.shapes
        assert shape.mask is not None and shape.mask.area == wanted and not tool.busy
    scene.selection = frozenset()
    scene.do(tool.press(Pointer(45.5, 40.5, alt=True)))
    assert len(scene.said) == 1 and len(scene.sought) == 2
