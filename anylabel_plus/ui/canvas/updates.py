"""What the session changed, brought to the canvas: what is redrawn, and as little of it as possible."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from anylabel_plus.ui import theme
from anylabel_plus.ui.canvas.frame import Frame
from anylabel_plus.ui.canvas.input import CanvasInput
from anylabel_plus.ui.canvas.scene import MARGIN_PX, area_rect
from anylabel_plus.ui.canvas.spatial_index import Box, SpatialIndex
from anylabel_plus.ui.canvas.spoken import spoken_shape
from anylabel_plus.ui.canvas.styles import OUTLINES_ONLY_FROM
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.session.base import Change

DIM_AFTER_MS = 150


class CanvasUpdates(QObject):
    """Listens to the session for ``canvas``."""

    detail_changed = Signal(str)
    """What is left out because of the number of shapes; empty for nothing."""

    def __init__(self, canvas: CanvasInput, frame: Frame) -> None:
        super().__init__(canvas)
        self._canvas, self._frame, self._session = canvas, frame, canvas.session
        self._scene, self._look = canvas.scene, frame.look
        self._detail = ""
        self._selection_was_live = True
        self._hidden: frozenset[int] = frozenset()
        self._connect()

    def _connect(self) -> None:
        session = self._session
        session.image_changed.connect(self._image_changed)
        session.picture_changed.connect(self.redraw_all)
        session.picture_part_changed.connect(lambda box: self._redraw([box]))
        session.document_changed.connect(self._document_changed)
        session.selection_changed.connect(self._selection_changed)
        session.hover_changed.connect(self._hover_changed)
        session.view_changed.connect(self._hidden_changed)
        session.labels_changed.connect(self._labels_changed)
        session.settings_changed.connect(self._setting_changed)
        session.busy_changed.connect(self._busy_changed)
        session.display_changed.connect(self.redraw_all)
        session.look_at.connect(self._canvas.look_at)
        session.candidates_changed.connect(self._canvas.update)
        session.prompt_changed.connect(self._canvas.update)
        theme.changed().connect(self._theme_changed)
        self._canvas.performer.stroke.connect(self._stroke)

    def _image_changed(self) -> None:
        self._canvas.drop_tool_state()
        self._scene.lifted = frozenset()
        if self._session.picture is not None:
            if not (self._session.settings.get("files.keep_previous_view") and self._canvas.has_view):
                self._canvas.fit()
            else:
                self._canvas.set_view(self._canvas.view)
            self._canvas.has_view = True
        self._frame.dimmed = False
        self._frame.layer.forget()
        self.redraw_all()

    def _document_changed(self, change: Change, initiator: object) -> None:
        if change.kind == "document":
            self._rebuild()
            self._look.outlines.clear()
            self._frame.tags.forget()
            self.redraw_all()
            return
        if change.empty:
            return
        index, dirty = self._scene.index, []
        for shape_id in change.ids | change.removed:
            if shape_id in index and shape_id not in self._scene.lifted:
                dirty.append(index.box(shape_id))
        if change.added or change.removed or change.order:
            self._rebuild()
            self._look.outlines.forget(change.removed)
        elif self._session.document is not None:
            wanted = change.ids
            index.replace(shape for shape in self._session.document.shapes if shape.id in wanted)
        index = self._scene.index
        dirty += [index.box(i) for i in (change.ids | change.added) - self._scene.lifted if i in index]
        self._redraw(dirty)
        if not change.ids <= self._scene.lifted or change.added or change.removed:
            self._frame.tags.changed()

    def _rebuild(self) -> None:
        fills = self._look.fills()
        self._scene.index = SpatialIndex(self._session.document.shapes if self._session.document else ())
        if self._look.fills() != fills:
            self._frame.layer.all_changed()
        count = len(self._scene.index)
        detail = tr("outlines only") if count > OUTLINES_ONLY_FROM else ""
        if detail != self._detail:
            self._detail = detail
            self.detail_changed.emit(detail)

    def _redraw(self, boxes: list[Box]) -> None:
        """Mark image boxes of resting shapes as changed."""
        ratio = self._canvas.devicePixelRatioF()
        device = self._canvas.view.device(ratio)
        for box in boxes[:200]:
            self._frame.layer.changed(area_rect(box, device, MARGIN_PX * ratio).toAlignedRect())
        if len(boxes) > 200:
            self._frame.layer.all_changed()
        self._canvas.update()

    def redraw_all(self) -> None:
        """Nothing that is shown may stay as it is."""
        self._frame.layer.all_changed()
        self._frame.tags.changed()
        self._canvas.update()

    def _stroke(self, ids: frozenset[int]) -> None:
        """Shapes are taken in hand, or put down: the static layer loses or gets them."""
        before, self._scene.lifted = self._scene.lifted, ids
        index = self._scene.index
        self._redraw([index.box(shape_id) for shape_id in before ^ ids if shape_id in index])
        self._frame.tags.changed()

    def _selection_changed(self) -> None:
        live = self._look.selection_is_live()
        if not (live and self._selection_was_live):
            self._frame.layer.all_changed()
        self._selection_was_live = live
        self._canvas.setAccessibleDescription(spoken_shape(self._scene))
        self._canvas.update()

    def _hover_changed(self, shape_id: int | None) -> None:
        if self._canvas.target is not None and self._canvas.target.shape_id != shape_id:
            self._canvas.target = None
        self._canvas.update()

    def _hidden_changed(self) -> None:
        before, self._hidden = self._hidden, self._session.hidden
        index = self._scene.index
        self._redraw([index.box(shape_id) for shape_id in before ^ self._hidden if shape_id in index])
        self._frame.tags.changed()

    def _labels_changed(self) -> None:
        if self._look.colors_differ():
            self.redraw_all()

    def _theme_changed(self) -> None:
        self._frame.tags.sprites.clear()
        self.redraw_all()

    def _setting_changed(self, key: str) -> None:
        if key in ("canvas.mask_opacity", "canvas.high_contrast"):
            self._frame.layer.all_changed()
        if key.startswith("canvas."):
            self._canvas.update()
        if key.startswith(("paint.", "wand.")):
            self._canvas.setting_changed(key)

    def _busy_changed(self) -> None:
        if self._loading():
            QTimer.singleShot(DIM_AFTER_MS, self, self._dim)
        elif self._frame.dimmed:
            self._frame.dimmed = False
            self._canvas.update()

    def _loading(self) -> bool:
        picture = self._session.picture
        return "image" in self._session.pending and picture is not None and picture.complete

    def _dim(self) -> None:
        if self._loading() and not self._frame.dimmed:
            self._frame.dimmed = True
            self._canvas.update()
