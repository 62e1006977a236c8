"""Fields that hand over a value when the user is done with them, and can show that values differ.

All of them have the signals ``committed(value)`` and ``finished()`` (Enter, Esc: back to the work), and
``show_value(value)``, which takes ``MIXED`` and does not disturb what is being typed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLineEdit, QPlainTextEdit, QWidget

from anylabel_plus.ui.language import tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.inputs import CheckBox, ComboBox, RadioButton, set_error


class Mixed:
    """The type of ``MIXED``."""


MIXED = Mixed()
"""The value of a field that shapes with different values share."""

Parse = Callable[[str], Any]
"""Text to value; raises ValueError with the reason."""


class CommitLine(QLineEdit):
    """One line. What ``parse`` refuses is outlined, its reason is the tooltip, and nothing is handed over."""

    committed = Signal(object)
    finished = Signal()

    def __init__(self, name: str, parse: Parse = str.strip, placeholder: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("dense", True)
        self._parse, self._hint, self._shown = parse, placeholder, ""
        self.setPlaceholderText(placeholder)
        self.textEdited.connect(lambda _: self._say(""))

    def show_value(self, value: Any) -> None:
        """Show a value; None and ``MIXED`` are empty."""
        mixed = value is MIXED
        self._shown = "" if mixed or value is None else as_text(value)
        self.setPlaceholderText(tr("Mixed values") if mixed else self._hint)
        if not (self.hasFocus() and self.isModified()):
            self.setText(self._shown)
            self._say("")

    def _commit(self) -> bool:
        if not self.isModified() or self.text() == self._shown:
            return True
        try:
            value = self._parse(self.text())
        except ValueError as error:
            self._say(said(error))
            return False
        self.setModified(False)
        self._shown = self.text()
        self.committed.emit(value)
        return True

    def _say(self, problem: str) -> None:
        set_error(self, bool(problem))
        self.setToolTip(problem)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._commit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._commit():
                self.finished.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.setModified(False)
            self.setText(self._shown)
            self._say("")
            self.finished.emit()
        else:
            super().keyPressEvent(event)


class CommitText(QPlainTextEdit):
    """A few lines. Enter is done, Shift+Enter begins a line, Tab goes on to the next field.

    With ``lines`` it is the other way round: the lines are a list.
    """

    committed = Signal(object)
    finished = Signal()

    def __init__(self, name: str, *, lines: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFixedHeight(54)
        self._lines = lines
        self.setProperty("dense", True)
        self._shown = ""

    def show_value(self, value: Any) -> None:
        """Show a text; ``MIXED`` is empty."""
        mixed = value is MIXED
        self._shown = "" if mixed else str(value or "")
        self.setPlaceholderText(tr("Mixed values") if mixed else "")
        if not (self.hasFocus() and self.document().isModified()) and self.toPlainText() != self._shown:
            self.setPlainText(self._shown)

    def _commit(self) -> None:
        text = self.toPlainText()
        if self.document().isModified() and text != self._shown:
            self._shown = text
            self.document().setModified(False)
            self.committed.emit(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._commit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if enter and shift is self._lines:
            self._commit()
            self.finished.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.setPlainText(self._shown)
            self.finished.emit()
        else:
            super().keyPressEvent(event)


class CommitCheck(CheckBox):
    """Yes, no, or differing; a click on a differing one is yes."""

    committed = Signal(object)
    finished = Signal()

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(text)
        self.setAccessibleName(name)
        self.clicked.connect(self._clicked)

    def show_value(self, value: Any) -> None:
        """Show yes, no or ``MIXED``; None is no."""
        mixed = value is MIXED
        self.setTristate(mixed)
        state = Qt.CheckState.Checked if value is True else Qt.CheckState.Unchecked
        self.setCheckState(Qt.CheckState.PartiallyChecked if mixed else state)
        self.setToolTip(tr("Mixed values") if mixed else "")

    def _clicked(self) -> None:
        on = self.checkState() != Qt.CheckState.Unchecked
        self.setTristate(False)
        self.setChecked(on)
        self.committed.emit(on)


class CommitCombo(ComboBox):
    """One of several texts; the first entry takes the value away."""

    committed = Signal(object)
    finished = Signal()

    def __init__(self, name: str, choices: Sequence[str]) -> None:
        super().__init__(dense=True)
        self.setAccessibleName(name)
        self.addItem(tr("Not set"), None)
        for choice in choices:
            self.addItem(choice, choice)
        self.activated.connect(lambda index: self.committed.emit(self.itemData(index)))

    def show_value(self, value: Any) -> None:
        """Show a value; one that is no choice is added, as it may come from another program."""
        mixed = value is MIXED
        self.setPlaceholderText(tr("Mixed values") if mixed else "")
        if not mixed and value is not None and self.findData(value) < 0:
            self.addItem(as_text(value), value)
        self.setCurrentIndex(-1 if mixed else 0 if value is None else self.findData(value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.finished.emit()
        else:
            super().keyPressEvent(event)


class _Radio(RadioButton):
    """A radio button that a second click, or Backspace, turns off."""

    turned_off = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.isChecked() and event.button() == Qt.MouseButton.LeftButton:
            self.turned_off.emit()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.turned_off.emit()
        else:
            super().keyPressEvent(event)


class CommitRadios(QWidget):
    """One of a few texts, two in a line; a second click on the chosen one takes the value away."""

    committed = Signal(object)
    finished = Signal()

    def __init__(self, name: str, choices: Sequence[str]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._choices = list(choices)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        for number, choice in enumerate(choices):
            button = _Radio(choice)
            button.setAccessibleName(tr("{name}: {choice}", name=name, choice=choice))
            button.turned_off.connect(self._off)
            self._group.addButton(button, number)
            grid.addWidget(button, number // 2, number % 2)
        self._group.idClicked.connect(lambda number: self.committed.emit(self._choices[number]))
        self.setFocusProxy(self._group.button(0))

    def show_value(self, value: Any) -> None:
        """Show a choice; none for None, ``MIXED`` and what is no choice."""
        self._group.setExclusive(False)
        for number, choice in enumerate(self._choices):
            self._group.button(number).setChecked(choice == value)
        self._group.setExclusive(True)
        self.setToolTip(tr("Mixed values") if value is MIXED else "")

    def _off(self) -> None:
        self.show_value(None)
        self.committed.emit(None)


def as_text(value: Any) -> str:
    """A value as it is typed: lists with commas, whole numbers without a fraction."""
    if isinstance(value, list | tuple):
        return ", ".join(map(as_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
