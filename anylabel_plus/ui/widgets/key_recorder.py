"""A button that records a key combination: press it, then press the keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QSizePolicy

from anylabel_plus.key_names import canonical
from anylabel_plus.ui.widgets.buttons import Button

_ALONE = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_unknown)


def key_text(event: QKeyEvent) -> str:
    """The combination of a key event as settings write it; empty while only modifiers are held.

    A character that needs Shift, such as "+" on many keyboards, is written without it: that is the key that Qt
    compares shortcuts with.
    """
    if event.key() in _ALONE:
        return ""
    combination = event.keyCombination()
    text = event.text()
    letter = len(text) == 1 and (text.isalnum() or not text.isprintable() or text == " ")
    if combination.keyboardModifiers() == Qt.KeyboardModifier.ShiftModifier and text and not letter:
        return canonical(text)
    sequence = QKeySequence(combination).toString(QKeySequence.SequenceFormat.PortableText)
    return canonical(sequence.replace("Num+", "")) if sequence else ""


class KeyRecorder(Button):
    """``recorded`` carries a combination; Esc or leaving the button ends a recording without one."""

    recorded = Signal(str)
    recording_changed = Signal(bool)
    _recording = False

    def __init__(self, text: str, prompt: str) -> None:
        super().__init__(text, "keyboard")
        self._text, self._prompt = text, prompt
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.start)

    @property
    def recording(self) -> bool:
        """True while the next combination is taken."""
        return self._recording

    def start(self) -> None:
        """Take the next combination, whatever it does elsewhere."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._set(True)

    def _set(self, on: bool) -> None:
        if on == self._recording:
            return
        self._recording = on
        self.setText(self._prompt if on else self._text)
        self.recording_changed.emit(on)

    def event(self, event: QEvent) -> bool:
        if self._recording and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # before menus and dialogs use the key
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
                return True
        return super().event(event)

    def _take(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self._set(False)
            return
        text = key_text(event)
        if text:
            self._set(False)
            self.recorded.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._set(False)
        super().focusOutEvent(event)
