"""A widget that shows a picture at some zoom and place: fit, zoom at the pointer, pan, wheel, pinch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QNativeGestureEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from anylabel_plus.ui.canvas import viewport
from anylabel_plus.ui.canvas.viewport import View

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

WHEEL_ZOOM = 1.15
WHEEL_STEP_PX = 60.0
_NOTCH = 120.0


class CameraWidget(QWidget):
    """Zoom and pan. ``widget = image * scale + (ox, oy)`` in logical pixels."""

    cursor_moved = Signal(float, float)
    """Image position of the pointer; nan, nan when it leaves."""
    zoom_changed = Signal(float)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.view = View()
        self._fit: Literal["", "all", "width"] = "all"
        self._bottom = 0.0
        self.setMinimumSize(480, 360)
        self.grabGesture(Qt.GestureType.PinchGesture)

    # The view --------------------------------------------------------------------------------

    @property
    def scale(self) -> float:
        """Widget pixels for one image pixel."""
        return self.view.scale

    @property
    def ox(self) -> float:
        """Widget x of the image's left edge."""
        return self.view.ox

    @property
    def oy(self) -> float:
        """Widget y of the image's top edge."""
        return self.view.oy

    def image_size(self) -> tuple[float, float]:
        """Width and height of the image in pixels, 0, 0 without one."""
        picture = self.session.picture
        return (float(picture.width), float(picture.height)) if picture is not None else (0.0, 0.0)

    def image_rect(self) -> QRectF:
        """Where the image lies in the widget."""
        width, height = self.image_size()
        return QRectF(self.ox, self.oy, width * self.scale, height * self.scale)

    def widget_from_image(self, x: float, y: float) -> QPointF:
        """Widget position of an image position."""
        return QPointF(*self.view.to_widget(x, y))

    def image_from_widget(self, pos: QPointF) -> tuple[float, float]:
        """Image position of a widget position."""
        return self.view.to_image(pos.x(), pos.y())

    def set_view(self, view: View, *, fit: Literal["", "all", "width"] = "") -> None:
        """Show ``view``, moved so that a part of the image stays visible, on whole device pixels."""
        width, height = self.image_size()
        if not width:
            return
        self._fit = fit
        view = viewport.kept_visible(view, width, height, self.width(), self.height())
        view = view.snapped(self.devicePixelRatioF())
        before, self.view = self.view, view
        if view != before:
            self.view_moved(before)
            self.update()
        if view.scale != before.scale:
            self.zoom_changed.emit(view.scale)

    def view_moved(self, before: View) -> None:
        """Called after every change of the view."""

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

    def sizeHint(self) -> QSize:
        return QSize(960, 720)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        zooms = control != (self.session.settings.get("canvas.wheel") == "zoom") and not sideways
        if zooms:
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
