"""Keys that are no action: digits for labels and candidates, Esc from anywhere, keys of what is disabled."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from anylabel_plus.ui.canvas.view import Canvas
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.status_bar import StatusBar

LABEL_KEYS = range(1, 10)


class WindowKeys:
    """Keys of ``window`` wherever the focus is; a text field with the focus keeps its own."""

    def __init__(
        self, window: QWidget, session: Session, canvas: Canvas, actions: ActionSet, status: StatusBar
    ) -> None:
        self._session, self._canvas, self._actions, self._status = session, canvas, actions, status
        for number in LABEL_KEYS:
            QShortcut(QKeySequence(str(number)), window, partial(self._digit, number))

    def take(self, event: QKeyEvent) -> bool:
        """Use a key that no widget took; False when it means nothing here either."""
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            if not isinstance(QApplication.focusWidget(), QLineEdit):
                self._canvas.step_back()
            self._canvas.setFocus()
            return True
        why = self._actions.why_not(event.keyCombination())
        if why:
            self._status.show_hint(why)
        return bool(why)

    def _digit(self, number: int) -> None:
        """Pick a candidate while there are some, else use the label that has this key."""
        session = self._session
        if session.candidates:
            session.choose_candidate(min(number, len(session.candidates)) - 1)
            return
        names = [name for name in session.labels if name]
        if number <= len(names):
            session.use_label(names[number - 1])
        elif session.document is not None:
            self._status.show_hint(f"No label has the key {number} yet")
