"""F6: the areas of the window in the order of Tab, and going from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

Areas = Callable[[], Sequence[QWidget]]


class AreaSteps:
    """``areas`` tells the areas that are shown now; the focus goes to the first control of the next."""

    def __init__(self, areas: Areas) -> None:
        self._areas = areas

    def step(self, by: int) -> bool:
        """Focus the next (1) or previous (-1) area that has a control; False when there is none."""
        areas = [area for area in self._areas() if area.isVisible()]
        here = self._current(areas)
        for number in range(1, len(areas) + 1):
            at = (here + by * number) % len(areas) if here is not None else (number - 1) * by
            target = _first_control(areas[at])
            if target is not None:
                target.setFocus(Qt.FocusReason.TabFocusReason if by > 0 else Qt.FocusReason.BacktabFocusReason)
                return True
        return False

    @staticmethod
    def _current(areas: Sequence[QWidget]) -> int | None:
        focus = QApplication.focusWidget()
        for number, area in enumerate(areas):
            if focus is not None and (area is focus or area.isAncestorOf(focus)):
                return number
        return None


def _first_control(area: QWidget) -> QWidget | None:
    """The area itself, or its first control in the order of Tab."""
    if _takes_focus(area):
        return area
    widget = area.nextInFocusChain()
    while widget is not None and widget is not area:
        if area.isAncestorOf(widget) and _takes_focus(widget):
            return widget
        widget = widget.nextInFocusChain()
    return None


def _takes_focus(widget: QWidget) -> bool:
    by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return by_tab and widget.isEnabled() and widget.isVisible()
