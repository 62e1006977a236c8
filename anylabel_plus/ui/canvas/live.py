"""Draws what is selected, hovered or in hand, over the static layer, in widget pixels."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from anylabel_plus.core import geometry
from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui import theme
from anylabel_plus.ui.canvas import handles, overlay, styles
from anylabel_plus.ui.canvas import painter as drawing
from anylabel_plus.ui.canvas.look import LIVE_MOST, SceneLook
from anylabel_plus.ui.canvas.scene import SessionScene
from anylabel_plus.ui.canvas.tools_base import Target
from anylabel_plus.ui.canvas.viewport import View

MANY_HANDLES = 120
NEAR_PX = 80.0
_SQUARE_KINDS = frozenset(("rectangle", "rotation", "quadrilateral", "cuboid"))


def draw_live(painter: QPainter, look: SceneLook, view: View, ratio: float) -> list[Shape]:
    """All live shapes in their states; returns them."""
    live = look.live()
    if not live:
        return live
    shapes = look.shape_painter(view.scale * ratio)
    painter.save()
    painter.setTransform(drawing.transform_of(view), True)
    if len(live) > LIVE_MOST:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for shape in live:
            look.draw_quick(painter, shapes, shape)
    else:
        for shape in live:
            _draw_one(painter, look, shapes, shape)
    painter.restore()
    return live


def _draw_one(painter: QPainter, look: SceneLook, shapes: drawing.ShapePainter, shape: Shape) -> None:
    color, dash = look.color(shape.label)
    below = 0.0
    if shape.id not in look.scene.lifted:
        state = look.resting_state(shape)
        below = shapes.fill_alpha(shape, state)
    fills, shapes.fills = shapes.fills, True
    shapes.draw(painter, shape, color, dash, look.live_state(shape), below)
    shapes.fills = fills


def draw_bound(painter: QPainter, scene: SessionScene, view: View) -> None:
    """One dashed bound around several selected shapes."""
    if len(scene.selection) > 1:
        box = scene.bounds(scene.selection)
        if box is not None:
            overlay.draw_band(painter, box, view)
        resized = scene.bounds(scene.resizable())
        if resized is not None:
            drawing.draw_handles(painter, [view.to_widget(*at) for at in handles.box_corners(resized)], square=True)


def draw_handles(
    painter: QPainter,
    scene: SessionScene,
    live: list[Shape],
    view: View,
    pointer: QPointF | None,
    target: Target | None,
) -> None:
    """Handles of the shape selected alone, box corners of the hovered one, the one under the pointer."""
    selection = scene.selection
    for shape in live:
        if shape.locked or (len(selection) > 1 and shape.id in selection):
            continue
        alone = shape.id in selection
        if alone and scene.session.tool == "select":
            _draw_turn_handle(painter, shape, view)
            if shape.id == scene.session.hovered:
                middles = [view.to_widget(*middle) for _, middle in handles.side_handles(shape, view.scale)]
                drawing.draw_handles(painter, middles, square=True)
        if alone or (shape.kind in _SQUARE_KINDS and shape.id == scene.session.hovered):
            _draw_shape_handles(painter, shape, view, pointer)
    if target is not None and target.shape_id in scene.index:
        _draw_target(painter, scene, target, view)


def _draw_turn_handle(painter: QPainter, shape: Shape, view: View) -> None:
    """A disc on a stalk beside the first side of a rotated box."""
    place = handles.turn_handle(shape, view.scale)
    if place is None:
        return
    start, end = QPointF(*view.to_widget(*handles.side_middle(shape))), QPointF(*view.to_widget(*place))
    painter.setPen(styles.pen(styles.HALO, 3.5))
    painter.drawLine(start, end)
    painter.setPen(styles.pen(styles.WHITE, 1.5))
    painter.drawLine(start, end)
    drawing.draw_handles(painter, [(end.x(), end.y())], square=False)


def _draw_shape_handles(painter: QPainter, shape: Shape, view: View, pointer: QPointF | None) -> None:
    square = shape.kind in _SQUARE_KINDS
    rings = geometry.handle_rings(shape)
    many = sum(map(len, rings)) > MANY_HANDLES
    for ring in rings:
        placed = ring * view.scale + (view.ox, view.oy)
        if many:
            if pointer is None:
                continue
            near = (placed[:, 0] - pointer.x()) ** 2 + (placed[:, 1] - pointer.y()) ** 2 <= NEAR_PX**2
            placed = placed[near]
        drawing.draw_handles(painter, [(x, y) for x, y in placed.tolist()], square=square)


def _draw_target(painter: QPainter, scene: SessionScene, target: Target, view: View) -> None:
    shape = scene.index.shape(target.shape_id)
    if target.part == "vertex":
        rings = geometry.handle_rings(shape)
        if target.ring < len(rings) and target.index < len(rings[target.ring]):
            x, y = rings[target.ring][target.index].tolist()
            square = shape.kind in _SQUARE_KINDS
            drawing.draw_active_handle(painter, *view.to_widget(x, y), theme.color("accent_fill"), square=square)
    elif target.part in ("turn", "side"):
        at, square = view.to_widget(target.x, target.y), target.part == "side"
        drawing.draw_active_handle(painter, *at, theme.color("accent_fill"), square=square)
    elif target.part == "edge" and shape.kind in ("polygon", "linestrip"):
        drawing.draw_ghost_handle(painter, *view.to_widget(target.x, target.y))
