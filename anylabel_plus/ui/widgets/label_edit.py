"""A line edit for a label, completed from the known labels."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit


class LabelEdit(QLineEdit):
    """``committed`` carries the text when the user presses Enter, picks a completion or leaves the field.

    ``finished`` follows Enter, a picked completion and Esc: the user is done here.
    """

    committed = Signal(str)
    finished = Signal()

    def __init__(self, name: str, dense: bool = True) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText("object")
        self.setProperty("dense", dense)
        self._shown = ""
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(lambda *_: self._enter())
        self.setCompleter(completer)
        self.returnPressed.connect(self._enter)

    def set_labels(self, labels: Iterable[str]) -> None:
        """The labels to complete from."""
        self._names.setStringList(list(labels))

    def show_label(self, text: str) -> None:
        """Show the label in force, unless the user is typing."""
        self._shown = text
        if not (self.hasFocus() and self.isModified()):
            self.setText(text)

    def _enter(self) -> None:
        self._commit()
        self._finish()

    def _finish(self) -> None:
        completer = self.completer()
        popup = completer.popup() if completer is not None else None
        if popup is not None and popup.isVisible():
            popup.hide()  # it would hand the focus back to this field
        self.finished.emit()

    def _commit(self) -> None:
        text = self.text().strip()
        self.setModified(False)
        self._shown = text
        self.committed.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        popup = event.reason() == Qt.FocusReason.PopupFocusReason
        if not popup and self.isModified() and self.text().strip() != self._shown:
            self._commit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setModified(False)
            self.setText(self._shown)
            self._finish()
            return
        super().keyPressEvent(event)
