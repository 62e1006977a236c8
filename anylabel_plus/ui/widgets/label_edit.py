"""A line edit for a label, completed from the known labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit

from anylabel_plus.ui.widgets.inputs import set_error


class LabelEdit(QLineEdit):
    """``committed`` carries the text when the user presses Enter, picks a completion or leaves the field.

    ``finished`` follows Enter, a picked completion and Esc: the user is done here. ``more`` follows
    Ctrl+Enter: the user goes on to further fields. A label for which ``refusal`` has a reason is not handed
    over: it stays in the field, and ``refused`` carries the reason.
    """

    committed = Signal(str)
    finished = Signal()
    more = Signal()
    refused = Signal(str)

    def __init__(self, name: str, dense: bool = True) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText("object")
        self.setProperty("dense", dense)
        self._shown = ""
        self.refusal: Callable[[str], str] = lambda _: ""
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(lambda *_: self._enter())
        self.setCompleter(completer)
        self.returnPressed.connect(self._enter)

    def set_labels(self, labels: Iterable[str], mode: str = "contains") -> None:
        """The labels to complete from, the best first; ``mode`` is "contains" or "startswith"."""
        names = list(labels)
        if names != self._names.stringList():
            self._names.setStringList(names)
        starts, contains = Qt.MatchFlag.MatchStartsWith, Qt.MatchFlag.MatchContains
        self.completer().setFilterMode(starts if mode == "startswith" else contains)

    def show_label(self, text: str) -> None:
        """Show the label in force, unless the user is typing.

        Where the next key would have replaced all, it still does.
        """
        self._shown = text
        set_error(self, False)
        if (self.hasFocus() and self.isModified()) or text == self.text():
            return
        chosen = self.hasSelectedText() or (self.hasFocus() and not self.text())
        self.setText(text)
        if chosen:
            self.selectAll()

    def _enter(self) -> None:
        if self._commit():
            self._finish()

    def _finish(self) -> None:
        completer = self.completer()
        popup = completer.popup() if completer is not None else None
        if popup is not None and popup.isVisible():
            popup.hide()  # it would hand the focus back to this field
        self.finished.emit()

    def _commit(self) -> bool:
        text = self.text().strip()
        why = self.refusal(text)
        set_error(self, bool(why))
        if why:
            self.selectAll()
            self.refused.emit(why)
            return False
        self.setModified(False)
        self._shown = text
        self.committed.emit(text)
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        popup = event.reason() == Qt.FocusReason.PopupFocusReason
        if not popup and self.isModified() and self.text().strip() != self._shown:
            if self.refusal(self.text().strip()):
                self.setModified(False)
                self.setText(self._shown)
            else:
                self._commit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if self._commit():
                self._finish()
                self.more.emit()
            return
        if event.key() == Qt.Key.Key_E and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.selectAll()  # the key that leads here begins anew; on Linux it would go to the end of the line
            return
        if event.key() == Qt.Key.Key_Down and not self.text():
            self.completer().setCompletionPrefix("")
            self.completer().complete()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.setModified(False)
            self.setText(self._shown)
            set_error(self, False)
            self._finish()
            return
        super().keyPressEvent(event)
