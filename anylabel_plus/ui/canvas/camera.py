"""The camera: fit, zoom at the pointer, pan; by call, by wheel, by pinch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QNativeGestureEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from anylabel_plus.ui.canvas import viewport
from anylabel_plus.ui.canvas.placed import PlacedPicture
from anylabel_plus.ui.canvas.viewport import View

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

WHEEL_ZOOM = 1.15
WHEEL_STEP_PX = 60.0
COMPARE_STEP = 0.05
_NOTCH = 120.0


class CameraWidget(PlacedPicture):
    """Moves the view of the picture."""

    cursor_moved = Signal(float, float)
    """Image position of the pointer; nan, nan when it leaves."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._bottom = 0.0

    # Zoom ------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole image, now and when the widget changes its size."""
        self._fitted("all")

    def fit_width(self) -> None:
        """Show the whole width of the image."""
        self._fitted("width")

    def _fitted(self, how: Literal["all", "width"]) -> None:
        width, height = self.image_size()
        view = viewport.fitted(width, height, self.width(), self.height(), bottom=self._bottom, across=how == "width")
        self.set_view(view, fit=how)

    def reserve_bottom(self, pixels: float) -> None:
        """Keep this much of the lower edge free of the fitted image (for the candidate strip)."""
        if pixels != self._bottom:
            self._bottom = pixels
            if self._fit == "all":
                self.fit()

    def zoom_to(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom to ``factor`` (1 = 100 %) with the widget position ``at``, or the centre, kept in place."""
        width, height = self.image_size()
        at = at or QPointF(self.width() / 2, self.height() / 2)
        least = viewport.smallest_scale(width, height, self.width(), self.height())
        scale = min(max(factor, least), viewport.MAX_ZOOM)
        self.set_view(self.view.zoomed(scale, at.x(), at.y()))

    def zoom100(self) -> None:
        """One image pixel on one widget pixel."""
        self.zoom_to(1.0)

    def zoom_in(self) -> None:
        """One step nearer, around the centre."""
        self.zoom_to(self.scale * viewport.ZOOM_STEP)

    def zoom_out(self) -> None:
        """One step farther, around the centre."""
        self.zoom_to(self.scale / viewport.ZOOM_STEP)

    def zoom_to_box(self, box: tuple[float, float, float, float], margin: float = 0.15) -> None:
        """Show an image box with a margin of this share of its size around it."""
        width, height = max(1.0, box[2] - box[0]), max(1.0, box[3] - box[1])
        scale = min(self.width() / (width * (1 + 2 * margin)), self.height() / (height * (1 + 2 * margin)))
        scale = min(scale, viewport.NEAR_LIMIT)
        cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        self.set_view(View(scale, self.width() / 2 - cx * scale, self.height() / 2 - cy * scale))

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the image by widget pixels."""
        self.set_view(self.view.moved(dx, dy))

    # Events ----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fit:
            self._fitted(self._fit)
        elif event.oldSize().isValid():
            grown = event.size() - event.oldSize()
            self.pan_by(grown.width() / 2, grown.height() / 2)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        zooms = control != (self.session.settings.get("canvas.wheel") == "zoom") and not sideways
        if sideways and self.session.comparing:
            self.session.set_compare_at(self.session.compare_at + (turn.y() or turn.x()) / _NOTCH * COMPARE_STEP)
        elif zooms:
            notches = (turn.y() or turn.x()) / _NOTCH
            self.zoom_to(self.scale * WHEEL_ZOOM**notches, event.position())
        else:
            pixels = event.pixelDelta()
            if pixels.isNull():
                dx, dy = turn.x() / _NOTCH * WHEEL_STEP_PX, turn.y() / _NOTCH * WHEEL_STEP_PX
            else:
                dx, dy = float(pixels.x()), float(pixels.y())
            self.pan_by(*((dx or dy, 0.0) if sideways else (dx, dy)))
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_to(self.scale * (1.0 + event.value()), event.position())
                return True
        elif event.type() == QEvent.Type.Gesture:
            return self._gesture(event)
        return super().event(event)

    def _gesture(self, event: Any) -> bool:
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if pinch is None:
            return False
        centre = QPointF(self.mapFromGlobal(pinch.centerPoint().toPoint()))
        self.zoom_to(self.scale * pinch.scaleFactor(), centre)
        moved = pinch.centerPoint() - pinch.lastCenterPoint()
        self.pan_by(moved.x(), moved.y())
        event.accept(pinch)
        return True
