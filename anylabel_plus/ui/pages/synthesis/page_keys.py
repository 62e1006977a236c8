"""Keys of the synthesis page, and where Tab and F6 lead on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QScrollArea, QWidget

from anylabel_plus.ui.areas import AreaSteps

MOST_STEPS = 2000
"""A chain of focus that is longer leads nowhere."""


class PageKeys:
    """What a key means on ``page``. ``run`` has what keys do by their name; F6 goes through ``areas``; ``others`` are
    keys of the whole program that work here too.
    """

    def __init__(
        self,
        page: QWidget,
        run: Mapping[str, Callable[[], object]],
        areas: Callable[[], list[QWidget]],
        others: Callable[[], frozenset[str]],
    ) -> None:
        self._page, self._run, self._areas, self._others = page, run, areas, others

    def keeps(self, event: QKeyEvent) -> bool:
        """Whether a key must not reach the actions of the window."""
        asked = event.type() == QEvent.Type.ShortcutOverride
        return asked and QKeySequence(event.keyCombination()).toString() not in self._others()

    def take(self, event: QKeyEvent) -> None:
        """Do what the key means, if it means something."""
        typing = isinstance(QApplication.focusWidget(), QLineEdit | QAbstractSpinBox)
        if event.key() == Qt.Key.Key_Escape and typing:
            self._run["stop_typing"]()
        elif event.key() == Qt.Key.Key_Escape:
            self._run["leave"]()
        elif event.key() == Qt.Key.Key_R and not event.modifiers() and not typing:
            self._run["reroll"]()
        elif event.matches(QKeySequence.StandardKey.Save):
            self._run["save"]()
        elif event.key() == Qt.Key.Key_F6:
            AreaSteps(self._areas).step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)

    def focus_next(self, forward: bool) -> bool:
        """Give the focus to the next control of the page; False when there is none."""
        widget: QWidget | None = QApplication.focusWidget() or self._page
        for _ in range(MOST_STEPS):
            widget = (widget.nextInFocusChain() if forward else widget.previousInFocusChain()) if widget else None
            if widget is None:
                return False
            # The line inside a spin or combo box hands the keyboard back to its box.
            tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
            if self._page.isAncestorOf(widget) and tab and widget.isEnabled() and widget.isVisible():
                reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
                widget.setFocus(reason)
                self._show(widget)
                return True
        return False

    def _show(self, widget: QWidget) -> None:
        area = self._page.findChild(QScrollArea, "knob_area")
        if area is not None and area.isAncestorOf(widget):
            area.ensureWidgetVisible(widget, 0, 40)
