"""The canvas: the widget that shows an image with its shapes and hands pointer and keys to the tool.

Raster painting only. A repaint copies the static layer and draws what is selected, hovered or in
hand on top; see ``layer`` for how the static layer stays cheap, ``updates`` for what is redrawn
when, ``frame`` for what a repaint draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from anylabel_plus.ui.canvas.frame import Frame
from anylabel_plus.ui.canvas.input import CanvasInput
from anylabel_plus.ui.canvas.layer import SLICE_S
from anylabel_plus.ui.canvas.look import SceneLook
from anylabel_plus.ui.canvas.rulers import Rulers
from anylabel_plus.ui.canvas.scene import SessionScene
from anylabel_plus.ui.canvas.updates import CanvasUpdates
from anylabel_plus.ui.canvas.viewport import View
from anylabel_plus.ui.language import tr

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


class Canvas(CanvasInput):
    """Shows and edits the document of the session. Fixed objectName ``canvas``."""

    label_requested = Signal()
    """The label field is asked for: a new shape needs a label, or a shape was double-clicked."""
    detail_changed = Signal(str)
    """What is left out because of the number of shapes, for the status bar; empty for nothing."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, SessionScene(session, lambda: self.view), parent)
        self.setObjectName("canvas")
        self.setAccessibleName(tr("Canvas"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.look = SceneLook(self.scene, self.devicePixelRatioF)
        self.frame = Frame(self, self.look)
        self.layer = self.frame.layer
        self.rulers = Rulers(self)
        self.updates = CanvasUpdates(self, self.frame)
        self.updates.detail_changed.connect(self.detail_changed)
        self._slices = QTimer(self)
        self._slices.setSingleShot(True)
        self._slices.timeout.connect(self._draw_slice)
        self.performer.label_requested.connect(self.label_requested)
        session.label_wanted.connect(self.label_requested)

    @property
    def pixmap(self) -> QImage | None:
        """What the static layer shows, None without an image."""
        return self.layer.shown if self.session.picture is not None else None

    @property
    def finished(self) -> bool:
        """True when the static layer shows everything as it should be."""
        return self.layer.finished and self.layer.shows(*self._device_view())

    def _device_view(self) -> tuple[View, QSize]:
        """View and size in device pixels."""
        ratio = self.devicePixelRatioF()
        return self.view.device(ratio), QSize(round(self.width() * ratio), round(self.height() * ratio))

    def paintEvent(self, event: QPaintEvent) -> None:
        self._paint(event)

    def _paint(self, _event: QPaintEvent) -> None:
        shows_shapes = self.session.picture is not None and not self.bare
        if shows_shapes:
            self.layer.show(*self._device_view())
        painter = QPainter(self)
        self.frame.paint(painter)
        painter.end()
        if shows_shapes and not self.layer.finished:
            self._slices.start(0)

    def _draw_slice(self) -> None:
        """Go on with the static layer; the event loop gets its turn between slices."""
        if self.layer.advance(SLICE_S):
            self.update()
        if not self.layer.finished:
            self._slices.start(0)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.updates.redraw_all()
        super().changeEvent(event)
