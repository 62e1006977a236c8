"""The tags on the canvas: plans their places when there is time, moves them along while panning."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QPointF, QTimer
from PySide6.QtGui import QPainter

from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.canvas import tags
from anylabel_plus.ui.canvas.look import SceneLook
from anylabel_plus.ui.canvas.scene import area_rect
from anylabel_plus.ui.canvas.spatial_index import Box
from anylabel_plus.ui.canvas.tag_sprites import TagLook, TagSprites, look_of
from anylabel_plus.ui.canvas.tags import PlacedTag, TagRequest
from anylabel_plus.ui.canvas.viewport import View

PLAN_AFTER_MS = 60
PLAN_AT_ONCE_MOST = 120
LIVE_TAGS_MOST = 40
"""Of more shapes in hand only the hovered one has a tag: each is placed beside all others, at every painting."""


class TagBoard(QObject):
    """Tags of resting shapes are planned and kept; those of live shapes are placed at each painting."""

    def __init__(self, look: SceneLook, redraw: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._scene, self._redraw = look.scene, redraw
        self._color = look.color
        self.sprites = TagSprites()
        self._placed: dict[int, PlacedTag] = {}
        self._last: dict[int, int] = {}
        self._stale = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PLAN_AFTER_MS)
        self._timer.timeout.connect(self._plan_late)
        self._view, self._area = View(), (0.0, 0.0, 0.0, 0.0)
        self._ratio = 1.0

    def changed(self) -> None:
        """Shapes, their labels or what is hidden changed."""
        self._stale = True

    def forget(self) -> None:
        """Another document."""
        self._placed.clear()
        self._last.clear()
        self._stale = True

    def show(self, view: View, area: Box, ratio: float) -> None:
        """The view of the next painting; ``area`` is xyxy of the widget where tags may be."""
        if view != self._view or area != self._area:
            dx, dy = view.ox - self._view.ox, view.oy - self._view.oy
            if view.scale == self._view.scale:
                self._placed = {i: tag.moved(dx, dy) for i, tag in self._placed.items()}
            else:
                self._placed.clear()
            self._view, self._area = view, area
            self._stale = True
        self._ratio = ratio
        if self._stale:
            wanted = self._wanted()
            if len(wanted) <= PLAN_AT_ONCE_MOST:
                self._plan(wanted)
            elif not self._timer.isActive():
                self._timer.start()

    def _wanted(self) -> list[Shape]:
        """Resting shapes in view that are large enough on screen."""
        x0, y0, x1, y1 = self._area
        box = (*self._view.to_image(x0, y0), *self._view.to_image(x1, y1))
        index, least = self._scene.index, tags.SMALLEST_SHAPE_PX / self._view.scale
        if not len(index):
            return []
        sizes = index.boxes[:, 2:] - index.boxes[:, :2]
        large = sizes.max(axis=1) >= least
        left_out = self._scene.session.hidden
        shapes = (index.shapes[row] for row in index.touching(box) if large[row])
        return [shape for shape in shapes if shape.id not in left_out]

    def _plan_late(self) -> None:
        self._plan(self._wanted())
        self._redraw()

    def _plan(self, shapes: Iterable[Shape]) -> None:
        requests = [self._request(shape, must=False) for shape in shapes]
        placed = tags.place_tags(requests, self._area, self._last)
        self._placed = {tag.shape_id: tag for tag in placed}
        self._last.update((tag.shape_id, tag.place) for tag in placed)
        self._stale = False

    def _request(self, shape: Shape, *, must: bool) -> TagRequest:
        box = area_rect(self._scene.index.box(shape.id), self._view, 0.0)
        size = self.sprites.size(self._look(shape), self._ratio)
        return TagRequest(shape.id, (box.left(), box.top(), box.right(), box.bottom()), size, must)

    def _look(self, shape: Shape) -> TagLook:
        return look_of(shape, self._color(shape.label)[0])

    # Drawing ---------------------------------------------------------------------------------

    def draw(self, painter: QPainter, live: list[Shape]) -> None:
        """All tags, those of ``live`` shapes on top."""
        index, live_ids = self._scene.index, {shape.id for shape in live}
        for shape_id, tag in self._placed.items():
            if shape_id not in live_ids and shape_id in index:
                self._draw(painter, tag, self._look(index.shape(shape_id)))
        taken: list[Box] = []
        if len(live) > LIVE_TAGS_MOST:
            live = [shape for shape in live if shape.id == self._scene.session.hovered]
        for shape in live:
            placed = self._live_tag(shape, taken)
            if placed is not None:
                taken.append(placed.box)
                self._last[shape.id] = placed.place
                self._draw(painter, placed, self._look(shape))

    def _live_tag(self, shape: Shape, taken: list[Box]) -> PlacedTag | None:
        kept = self._placed.get(shape.id)
        if kept is not None and shape.id not in self._scene.lifted and not self._stale:
            return kept
        found = tags.place_tags([self._request(shape, must=True)], self._area, self._last, taken)
        return found[0] if found else None

    def _draw(self, painter: QPainter, tag: PlacedTag, look: TagLook) -> None:
        painter.drawPixmap(QPointF(tag.x, tag.y), self.sprites.sprite(look, self._ratio))

    def draw_at(self, painter: QPainter, look: TagLook, box: Box) -> None:
        """A tag that belongs to no shape (a candidate), beside ``box`` in widget pixels."""
        size = self.sprites.size(look, self._ratio)
        taken = [tag.box for tag in self._placed.values()]
        found = tags.place_tags([TagRequest(0, box, size, True)], self._area, taken=taken)
        if found:
            self._draw(painter, found[0], look)
