"""Keys that are no action: digits for labels and candidates, Esc from anywhere, keys of what is disabled."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from anylabel_plus.core.labeling import DIGITS
from anylabel_plus.ui.actions import BY_ID
from anylabel_plus.ui.canvas.view import Canvas
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.status_bar import StatusBar


class WindowKeys:
    """Keys of ``window`` wherever the focus is; a text field with the focus keeps its own."""

    def __init__(
        self, window: QWidget, session: Session, canvas: Canvas, actions: ActionSet, status: StatusBar
    ) -> None:
        self._session, self._canvas, self._actions, self._status = session, canvas, actions, status
        for digit in DIGITS:
            QShortcut(QKeySequence(digit), window, partial(self._digit, digit))

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

    def _digit(self, digit: str) -> None:
        """Pick a candidate while there are some, else use the label that has this key.

        A key with a tool begins something new: nothing stays selected, so that nothing gets another label.
        """
        session = self._session
        if session.candidates:
            session.choose_candidate(min(int(digit) or 10, len(session.candidates)) - 1)
            return
        key = session.labeling.keys(session.labels).get(digit)
        if key is None:
            if session.document is not None:
                self._status.show_hint(tr("No label has the key {key} yet", key=digit))
            return
        if key.mode in BY_ID and BY_ID[key.mode].tool:
            session.select(())
            session.set_tool(BY_ID[key.mode].tool)
        session.use_label(key.label)
