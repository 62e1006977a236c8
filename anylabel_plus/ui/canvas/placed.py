"""A widget that shows a picture at some place: the view, and the way between widget and image pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtWidgets import QWidget

from anylabel_plus.ui.canvas import viewport
from anylabel_plus.ui.canvas.viewport import View

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


class PlacedPicture(QWidget):
    """Where the picture of the session lies. ``widget = image * scale + (ox, oy)`` in logical pixels."""

    zoom_changed = Signal(float)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.view = View()
        self._fit: Literal["", "all", "width"] = "all"
        self.setMinimumSize(480, 360)
        self.grabGesture(Qt.GestureType.PinchGesture)

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
            self.update()
        self.session.set_viewed((*view.to_image(0.0, 0.0), *view.to_image(self.width(), self.height())))
        if view.scale != before.scale:
            self.zoom_changed.emit(view.scale)

    def look_at(self, x: float, y: float) -> None:
        """Bring an image position to the middle."""
        scale = self.view.scale
        self.set_view(View(scale, self.width() / 2 - x * scale, self.height() / 2 - y * scale))

    def sizeHint(self) -> QSize:
        return QSize(960, 720)
