"""One frame of the canvas: static layer, live shapes, tags, what is drawn over them. Widget pixels."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter

from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui import theme
from anylabel_plus.ui.canvas import live as live_layer
from anylabel_plus.ui.canvas import overlay
from anylabel_plus.ui.canvas.input import CanvasInput
from anylabel_plus.ui.canvas.layer import StaticLayer
from anylabel_plus.ui.canvas.look import SceneLook
from anylabel_plus.ui.canvas.spatial_index import Box
from anylabel_plus.ui.canvas.tag_board import TagBoard
from anylabel_plus.ui.canvas.tag_sprites import candidate_look
from anylabel_plus.ui.canvas.tip_frame import TipFrame

DIM = QColor(0, 0, 0, 102)


class Frame:
    """Paints ``canvas``; decides nothing and keeps only what would be costly to make again."""

    def __init__(self, canvas: CanvasInput, look: SceneLook) -> None:
        self._canvas, self._session, self._scene = canvas, canvas.session, canvas.scene
        self.look = look
        self.layer = StaticLayer(look)
        self.tags = TagBoard(look, canvas.update, canvas)
        self._candidate = overlay.CandidateOverlay()
        self._painted = TipFrame(canvas, look)
        self.dimmed = False
        """True while another image is being loaded over the one that is shown."""

    def paint(self, painter: QPainter) -> None:
        """Everything, from back to front."""
        canvas = self._canvas
        if self._session.picture is None:
            painter.fillRect(canvas.rect(), theme.color("bg_canvas"))
            return
        if canvas.bare:
            self._paint_bare(painter)
            return
        self._paint_static(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = canvas.devicePixelRatioF()
        self._painted.draw(painter, ratio)
        live = live_layer.draw_live(painter, self.look, canvas.view, ratio)
        live_layer.draw_bound(painter, self._scene, canvas.view)
        candidate = self._paint_candidate(painter, ratio)
        self._paint_tags(painter, live, candidate, ratio)
        live_layer.draw_handles(painter, self._scene, live, canvas.view, canvas.pointer, canvas.target)
        self._paint_overlay(painter)
        if self.dimmed:
            painter.fillRect(canvas.rect(), DIM)

    def _paint_static(self, painter: QPainter) -> None:
        canvas = self._canvas
        image = self.layer.image()
        if image is not None:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.drawImage(QRectF(canvas.rect()), image, QRectF(image.rect()))
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)

    def _paint_bare(self, painter: QPainter) -> None:
        """Only the picture, while the backquote key is held."""
        canvas = self._canvas
        ratio = canvas.devicePixelRatioF()
        painter.fillRect(canvas.rect(), theme.color("bg_canvas"))
        painter.scale(1 / ratio, 1 / ratio)
        area = QRect(0, 0, round(canvas.width() * ratio), round(canvas.height() * ratio))
        self.look.draw_picture(painter, canvas.view.device(ratio), area)

    def _paint_candidate(self, painter: QPainter, ratio: float) -> Box | None:
        """The chosen candidate; its bounds in widget pixels."""
        session = self._session
        if not session.candidates:
            return None
        color = self.look.color(session.label_for_new)[0]
        mask = session.candidates[min(session.chosen, len(session.candidates) - 1)].mask
        bounds = self._candidate.draw(painter, mask, self._canvas.view, color, ratio)
        return bounds.left(), bounds.top(), bounds.right(), bounds.bottom()

    def _paint_tags(self, painter: QPainter, live: list[Shape], candidate: Box | None, ratio: float) -> None:
        session, canvas = self._session, self._canvas
        area = (2.0, 2.0, canvas.width() - 2.0, canvas.height() - 2.0)
        if not session.settings.get("canvas.show_labels"):
            return
        self.tags.show(canvas.view, area, ratio)
        self.tags.draw(painter, live)
        if candidate is not None:
            score = session.candidates[min(session.chosen, len(session.candidates) - 1)].score
            self.tags.draw_at(painter, candidate_look(session.label_for_new, score), candidate)

    def _paint_overlay(self, painter: QPainter) -> None:
        session, canvas = self._session, self._canvas
        color = self.look.color(session.label_for_new)[0]
        draft = canvas.tool.draft
        self._painted.draw_over(painter, color, canvas.devicePixelRatioF())
        if draft is not None:
            overlay.draw_draft(painter, draft, canvas.view, color)
        if canvas.tool.snapped is not None:
            overlay.draw_snap(painter, canvas.tool.snapped, canvas.view)
        overlay.draw_prompt(painter, session.prompt.points, session.prompt.box, canvas.view)
        if canvas.pointer is not None and canvas.tool.crosshair and session.settings.get("canvas.crosshair"):
            at = canvas.pointer
            overlay.draw_crosshair(painter, at.x(), at.y(), canvas.image_rect())
