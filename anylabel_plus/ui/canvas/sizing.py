"""The wheel over the canvas while a tool with a size is in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent

from anylabel_plus.ui.tip_size import can_step, step

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

_NOTCH = 120


class TipWheel:
    """Takes the wheel while a tool with a size is in hand, plain or with Ctrl as the setting says."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._turned = 0

    def takes(self, event: QWheelEvent) -> bool:
        """Step by the turn of the wheel; False when the wheel is for scrolling and zooming."""
        how = self._session.settings.get("paint.wheel")
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        others = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier)
        if how == "off" or not can_step(self._session) or others or control != (how == "ctrl"):
            return False
        self._turned += event.angleDelta().y()
        steps = int(self._turned / _NOTCH)
        self._turned -= steps * _NOTCH
        if steps:
            step(self._session, steps)
        event.accept()
        return True
