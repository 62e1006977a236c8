"""The canvas: the widget that shows an image with its shapes and hands pointer and keys to the tool.

Raster painting only. A repaint copies the static layer and draws what is selected, hovered or in
hand on top; see ``layer`` for how the static layer stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.canvas import live as live_layer
from anylabel_plus.ui.canvas import overlay
from anylabel_plus.ui.canvas.input import CanvasInput
from anylabel_plus.ui.canvas.layer import SLICE_S, StaticLayer
from anylabel_plus.ui.canvas.scene import MARGIN_PX, SessionScene, area_rect
from anylabel_plus.ui.canvas.spatial_index import Box, SpatialIndex
from anylabel_plus.ui.canvas.spoken import spoken_shape
from anylabel_plus.ui.canvas.styles import OUTLINES_ONLY_FROM
from anylabel_plus.ui.canvas.tag_board import TagBoard
from anylabel_plus.ui.canvas.tag_sprites import candidate_look
from anylabel_plus.ui.canvas.viewport import View

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

DIM_AFTER_MS = 150
DIM = QColor(0, 0, 0, 102)


class Canvas(CanvasInput):
    """Shows and edits the document of the session. Fixed objectName ``canvas``."""

    label_requested = Signal()
    """The label field is asked for: a new shape needs a label, or a shape was double-clicked."""
    detail_changed = Signal(str)
    """What is left out because of the number of shapes, for the status bar; empty for nothing."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        self.scene = SessionScene(session, lambda: self.view, self.devicePixelRatioF)
        super().__init__(session, self.scene, parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._layer = StaticLayer(self.scene)
        self._tags = TagBoard(self.scene, self.update, self)
        self._candidate = overlay.CandidateOverlay()
        self._dimmed = False
        self._detail = ""
        self._selection_was_live = True
        self._hidden: frozenset[int] = frozenset()
        self._slices = QTimer(self)
        self._slices.setSingleShot(True)
        self._slices.timeout.connect(self._draw_slice)
        self._connect()

    def _connect(self) -> None:
        session = self.session
        session.image_changed.connect(self._image_changed)
        session.picture_changed.connect(self._redraw_all)
        session.document_changed.connect(self._document_changed)
        session.selection_changed.connect(self._selection_changed)
        session.hover_changed.connect(self._hover_changed)
        session.view_changed.connect(self._hidden_changed)
        session.labels_changed.connect(self._labels_changed)
        session.settings_changed.connect(self._setting_changed)
        session.busy_changed.connect(self._busy_changed)
        session.candidates_changed.connect(self.update)
        session.prompt_changed.connect(self.update)
        theme.changed().connect(self._theme_changed)
        self.performer.stroke.connect(self._stroke)
        self.performer.label_requested.connect(self.label_requested)
        session.label_wanted.connect(self.label_requested)

    @property
    def pixmap(self) -> QImage | None:
        """What the static layer shows, None without an image."""
        return self._layer.shown if self.session.picture is not None else None

    @property
    def finished(self) -> bool:
        """True when the static layer shows everything as it should be."""
        return self._layer.finished and self._layer.shows(*self._device_view())

    def _device_view(self) -> tuple[View, QSize]:
        """View and size in device pixels."""
        ratio = self.devicePixelRatioF()
        return self.view.device(ratio), QSize(round(self.width() * ratio), round(self.height() * ratio))

    # The session changed ---------------------------------------------------------------------

    def _image_changed(self) -> None:
        self.drop_tool_state()
        self.scene.lifted = frozenset()
        if self.session.picture is not None:
            if not (self.session.settings.get("files.keep_previous_view") and self.has_view):
                self.fit()
            else:
                self.set_view(self.view)
            self.has_view = True
        self._dimmed = False
        self._layer.forget()
        self._redraw_all()

    def _document_changed(self, change: Any, initiator: object) -> None:
        if change.kind == "document":
            self._rebuild()
            self.scene.outlines.clear()
            self._tags.forget()
            self._redraw_all()
            return
        if change.empty:
            return
        index, dirty = self.scene.index, []
        for shape_id in change.ids | change.removed:
            if shape_id in index and shape_id not in self.scene.lifted:
                dirty.append(index.box(shape_id))
        if change.added or change.removed or change.order:
            self._rebuild()
            self.scene.outlines.forget(change.removed)
        elif self.session.document is not None:
            wanted = change.ids
            index.replace(shape for shape in self.session.document.shapes if shape.id in wanted)
        index = self.scene.index
        dirty += [index.box(i) for i in (change.ids | change.added) - self.scene.lifted if i in index]
        self._redraw(dirty)
        if not change.ids <= self.scene.lifted or change.added or change.removed:
            self._tags.changed()

    def _rebuild(self) -> None:
        fills = self.scene.fills()
        self.scene.index = SpatialIndex(self.session.document.shapes if self.session.document else ())
        if self.scene.fills() != fills:
            self._layer.all_changed()
        count = len(self.scene.index)
        detail = "outlines only" if count > OUTLINES_ONLY_FROM else ""
        if detail != self._detail:
            self._detail = detail
            self.detail_changed.emit(detail)

    def _redraw(self, boxes: list[Box]) -> None:
        """Mark image boxes of resting shapes as changed."""
        ratio = self.devicePixelRatioF()
        device = self.view.device(ratio)
        for box in boxes[:200]:
            self._layer.changed(area_rect(box, device, MARGIN_PX * ratio).toAlignedRect())
        if len(boxes) > 200:
            self._layer.all_changed()
        self.update()

    def _redraw_all(self) -> None:
        self._layer.all_changed()
        self._tags.changed()
        self.update()

    def _stroke(self, ids: frozenset[int]) -> None:
        """Shapes are taken in hand, or put down: the static layer loses or gets them."""
        before, self.scene.lifted = self.scene.lifted, ids
        index = self.scene.index
        self._redraw([index.box(shape_id) for shape_id in before ^ ids if shape_id in index])
        self._tags.changed()

    def _selection_changed(self) -> None:
        live = self.scene.selection_is_live()
        if not (live and self._selection_was_live):
            self._layer.all_changed()
        self._selection_was_live = live
        self.setAccessibleDescription(spoken_shape(self.scene))
        self.update()

    def _hover_changed(self, shape_id: int | None) -> None:
        if self.target is not None and self.target.shape_id != shape_id:
            self.target = None
        self.update()

    def _hidden_changed(self) -> None:
        before, self._hidden = self._hidden, self.session.hidden
        index = self.scene.index
        self._redraw([index.box(shape_id) for shape_id in before ^ self._hidden if shape_id in index])
        self._tags.changed()

    def _labels_changed(self) -> None:
        if self.scene.colors_differ():
            self._redraw_all()

    def _theme_changed(self) -> None:
        self._tags.sprites.clear()
        self._redraw_all()

    def _setting_changed(self, key: str) -> None:
        if key == "canvas.mask_opacity":
            self._layer.all_changed()
        if key.startswith("canvas."):
            self.update()

    def _busy_changed(self) -> None:
        if self._loading():
            QTimer.singleShot(DIM_AFTER_MS, self, self._dim)
        elif self._dimmed:
            self._dimmed = False
            self.update()

    def _loading(self) -> bool:
        picture = self.session.picture
        return "image" in self.session.pending and picture is not None and picture.complete

    def _dim(self) -> None:
        if self._loading() and not self._dimmed:
            self._dimmed = True
            self.update()

    # Painting --------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        self._paint(event)

    def _paint(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.session.picture is None:
            painter.fillRect(self.rect(), theme.color("bg_canvas"))
            painter.end()
            return
        if self.bare:
            self._paint_bare(painter)
            painter.end()
            return
        self._paint_static(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = self.devicePixelRatioF()
        live = live_layer.draw_live(painter, self.scene, self.view, ratio)
        live_layer.draw_bound(painter, self.scene, self.view)
        candidate = self._paint_candidate(painter, ratio)
        self._paint_tags(painter, live, candidate, ratio)
        live_layer.draw_handles(painter, self.scene, live, self.view, self.pointer, self.target)
        self._paint_overlay(painter)
        if self._dimmed:
            painter.fillRect(self.rect(), DIM)
        painter.end()

    def _paint_static(self, painter: QPainter) -> None:
        self._layer.show(*self._device_view())
        image = self._layer.image()
        if image is not None:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.drawImage(QRectF(self.rect()), image, QRectF(image.rect()))
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        if not self._layer.finished:
            self._slices.start(0)

    def _paint_bare(self, painter: QPainter) -> None:
        """Only the picture, while the backquote key is held."""
        ratio = self.devicePixelRatioF()
        painter.fillRect(self.rect(), theme.color("bg_canvas"))
        painter.scale(1 / ratio, 1 / ratio)
        area = QRect(0, 0, round(self.width() * ratio), round(self.height() * ratio))
        self.scene.draw_picture(painter, self.view.device(ratio), area)

    def _paint_candidate(self, painter: QPainter, ratio: float) -> Box | None:
        """The chosen candidate; its bounds in widget pixels."""
        session = self.session
        if not session.candidates:
            return None
        color = self.scene.color(session.label_for_new)[0]
        mask = session.candidates[min(session.chosen, len(session.candidates) - 1)].mask
        bounds = self._candidate.draw(painter, mask, self.view, color, ratio)
        return bounds.left(), bounds.top(), bounds.right(), bounds.bottom()

    def _paint_tags(self, painter: QPainter, live: list[Any], candidate: Box | None, ratio: float) -> None:
        session = self.session
        area = (2.0, 2.0, self.width() - 2.0, self.height() - 2.0)
        if not session.settings.get("canvas.show_labels"):
            return
        self._tags.show(self.view, area, ratio)
        self._tags.draw(painter, live)
        if candidate is not None:
            score = session.candidates[min(session.chosen, len(session.candidates) - 1)].score
            self._tags.draw_at(painter, candidate_look(session.label_for_new, score), candidate)

    def _paint_overlay(self, painter: QPainter) -> None:
        session = self.session
        color = self.scene.color(session.label_for_new)[0]
        draft = self.tool.draft
        if draft is not None:
            overlay.draw_draft(painter, draft, self.view, color)
        overlay.draw_prompt(painter, session.prompt.points, session.prompt.box, self.view)
        if self.pointer is not None and self.tool.crosshair and session.settings.get("canvas.crosshair"):
            at = self.pointer
            overlay.draw_crosshair(painter, at.x(), at.y(), self.image_rect())

    def _draw_slice(self) -> None:
        """Go on with the static layer; the event loop gets its turn between slices."""
        if self._layer.advance(SLICE_S):
            self.update()
        if not self._layer.finished:
            self._slices.start(0)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._redraw_all()
        super().changeEvent(event)
