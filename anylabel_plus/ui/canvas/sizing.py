"""Size of the brush and tolerance of the wand, stepped by keys and by the wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent

from anylabel_plus.settings import ROWS

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

STEPPED: dict[str, str] = {"brush": "paint.size_px", "eraser": "paint.size_px", "wand": "wand.tolerance"}
"""Tool -> the setting that is stepped while it is in hand."""
_NOTCH = 120
_SHARE = 8
"""From this many times the step on, a step is a part of the value, so that large sizes are near too."""


def can_step(session: Session) -> bool:
    """True while a tool with a size or tolerance is in hand."""
    return session.tool in STEPPED and session.document is not None


def step(session: Session, steps: int) -> None:
    """Change what the tool in hand has by that many steps, within what the setting allows."""
    key = STEPPED.get(session.tool)
    if key is None:
        return
    row, value = ROWS[key], int(session.settings.get(key))
    for _ in range(abs(steps)):
        by = max(1, value // _SHARE) if steps > 0 else max(1, value // (_SHARE + 1))
        value += by if steps > 0 else -by
    assert row.low is not None and row.high is not None
    session.settings.set(key, int(min(max(value, row.low), row.high)), save=False)


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
