"""What the painting tools show: the stroke under way, the tip, the preview of the wand."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPainter

from anylabel_plus.core.masks import Mask
from anylabel_plus.ui.canvas import overlay, styles
from anylabel_plus.ui.canvas.input import CanvasInput
from anylabel_plus.ui.canvas.look import SceneLook
from anylabel_plus.ui.canvas.mask_raster import RASTER_FROM_PX, MaskRasters
from anylabel_plus.ui.canvas.paint_overlay import PaintOverlay, draw_ring
from anylabel_plus.ui.canvas.painter import transform_of
from anylabel_plus.ui.canvas.tools_paint import Painting, PaintTool


class TipFrame:
    """The part of a frame that belongs to the tool in hand of ``canvas``."""

    def __init__(self, canvas: CanvasInput, look: SceneLook) -> None:
        self._canvas, self._look = canvas, look
        self._stroke = PaintOverlay()
        self._preview = overlay.CandidateOverlay()
        self._large_preview = MaskRasters()

    def draw(self, painter: QPainter, ratio: float) -> None:
        """The stroke, in the place of the shapes that it changes. Call it before live shapes are drawn."""
        tool = self._canvas.tool
        painting = tool.painting if isinstance(tool, PaintTool) else None
        self._look.painted = painting.ids if painting is not None else frozenset()
        if painting is None:
            self._stroke.forget()
            return
        index = self._look.scene.index
        shapes = [index.shape(one) for one in sorted(painting.ids, key=index.row) if one in index]
        size = QSize(round(self._canvas.width() * ratio), round(self._canvas.height() * ratio))
        opacity = float(self._canvas.session.settings.get("canvas.mask_opacity"))
        colors = [
            (self._look.color(shape.label)[0], styles.fill_alpha(shape.kind, "selected", opacity)) for shape in shapes
        ]
        colors.append(self._new_color(painting, opacity))
        self._stroke.draw(painter, painting, shapes, colors, self._canvas.view.device(ratio), size)

    def _new_color(self, painting: Painting, opacity: float) -> tuple[QColor, float]:
        kind = self._canvas.session.settings.get("paint.output")
        return self._look.color(self._canvas.session.label_for_new)[0], styles.fill_alpha(kind, "selected", opacity)

    def draw_over(self, painter: QPainter, color: QColor, ratio: float) -> None:
        """The preview of the wand, and the tip at the pointer."""
        canvas = self._canvas
        preview, ring = canvas.tool.preview, canvas.tool.ring
        if preview is not None:
            self._draw_preview(painter, preview, color, ratio)
        else:
            self._large_preview.clear()
        if ring is not None and canvas.pointer is not None:
            draw_ring(painter, ring, canvas.view.to_widget, canvas.view.scale)

    def _draw_preview(self, painter: QPainter, mask: Mask, color: QColor, ratio: float) -> None:
        """As a candidate of a model; a large one without its dashes, which would take long."""
        view = self._canvas.view
        if mask.crop.size < RASTER_FROM_PX:
            self._preview.draw(painter, mask, view, color, ratio)
            return
        painter.save()
        painter.setTransform(transform_of(view), True)
        self._large_preview.draw(painter, mask, color, overlay.CANDIDATE_ALPHA, 2.0 * ratio, styles.WHITE)
        painter.restore()
