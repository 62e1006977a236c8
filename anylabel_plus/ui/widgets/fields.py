"""One control for one row of options or settings, with one way to read, set and watch it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QSizePolicy, QWidget

from anylabel_plus.ui import icons
from anylabel_plus.ui.language import LANGUAGES, tr
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.inputs import (
    CheckBox,
    ComboBox,
    DoubleSpinBox,
    Segmented,
    SpinBox,
    Switch,
    set_error,
)
from anylabel_plus.ui.widgets.marks import row

UNBOUNDED = 1_000_000_000


class Field(QWidget):
    """Base of all fields. ``short`` ones leave room for a note beside them."""

    changed = Signal()
    short = False

    def value(self) -> Any:
        """What is entered."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Enter a value."""
        raise NotImplementedError

    def set_error(self, on: bool) -> None:
        """Outline the field in the danger colour."""

    def _hold(self, *widgets: QWidget | int | None, stretch: bool = False) -> None:
        items: list[QWidget | int | None] = [*widgets]
        if not stretch:
            items.append(None)
        self.setLayout(row(*items))


class TextField(Field):
    """A line of text."""

    def __init__(self, name: str, placeholder: str = "") -> None:
        super().__init__()
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleName(name)
        self.edit.textChanged.connect(self.changed)
        self._hold(self.edit, stretch=True)

    def value(self) -> Any:
        return self.edit.text().strip()

    def set_value(self, value: Any) -> None:
        self.edit.setText("" if value is None else str(value))

    def set_error(self, on: bool) -> None:
        set_error(self.edit, on)


class NamesField(TextField):
    """Several names with commas between."""

    def value(self) -> Any:
        return tuple(part.strip() for part in self.edit.text().split(",") if part.strip())

    def set_value(self, value: Any) -> None:
        self.edit.setText(", ".join(value))


class PathField(TextField):
    """A file or folder, typed or chosen. ``kind`` is "file", "folder" or "new" (a folder to be made)."""

    def __init__(self, name: str, kind: str = "folder", placeholder: str = "") -> None:
        Field.__init__(self)
        self._name, self._kind = name, kind
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleName(name)
        self.edit.textChanged.connect(self.changed)
        self._hold(self.edit, Button(tr("Browse"), clicked=self._browse), stretch=True)

    def _browse(self) -> None:
        if self._kind == "file":
            text, _ = QFileDialog.getOpenFileName(self, self._name, self.edit.text())
        else:
            text = QFileDialog.getExistingDirectory(self, self._name, self.edit.text())
        if text:
            self.edit.setText(text)


class FlagField(Field):
    """Yes or no: a check box for what is applied later, a switch for what acts at once."""

    short = True

    def __init__(self, name: str, text: str = "", *, switch: bool = False) -> None:
        super().__init__()
        self._box: CheckBox | Switch = Switch(name) if switch else CheckBox(text)
        self._box.setAccessibleName(name)
        self._box.toggled.connect(lambda _: self.changed.emit())
        self._hold(self._box, stretch=True)

    def value(self) -> Any:
        return self._box.isChecked()

    def set_value(self, value: Any) -> None:
        self._box.setChecked(bool(value))


class _SpinField(Field):
    """A number in a spin box."""

    short = True

    def __init__(self, name: str, box: SpinBox | DoubleSpinBox) -> None:
        super().__init__()
        self._box: Any = box
        self._box.setFixedWidth(112)
        self._box.setAccessibleName(name)
        self._box.valueChanged.connect(lambda _: self.changed.emit())
        self._hold(self._box, stretch=True)

    def value(self) -> Any:
        return self._box.value()


class WholeField(_SpinField):
    """A whole number."""

    def __init__(self, name: str, low: float | None, high: float | None, unit: str = "") -> None:
        super().__init__(name, SpinBox(int(low or 0), int(UNBOUNDED if high is None else high), 0, unit))

    def set_value(self, value: Any) -> None:
        self._box.setValue(int(value))


class NumberField(_SpinField):
    """A number, by default in hundredths."""

    def __init__(self, name: str, low: float | None, high: float | None, unit: str = "") -> None:
        top = float(UNBOUNDED if high is None else high)
        step, digits = (0.05, 2) if top <= 1 else (0.5, 1)
        super().__init__(name, DoubleSpinBox(float(low or 0), top, 0.0, step, unit, digits))

    def set_value(self, value: Any) -> None:
        self._box.setValue(float(value))


class ChoiceField(Field):
    """One of a few: segmented up to four, a combo box above. ``choices`` are (key, text)."""

    def __init__(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._part: Segmented | ComboBox
        if len(choices) <= 4 and sum(len(text) for _, text in choices) <= 44:
            self._part = Segmented(choices, name)
            self._part.chosen.connect(lambda _: self.changed.emit())
        else:
            self._part = _combo(name, choices, "")
            self._part.currentIndexChanged.connect(lambda _: self.changed.emit())
        self._hold(self._part)

    def value(self) -> Any:
        return self._part.current() if isinstance(self._part, Segmented) else self._part.currentData()

    def set_value(self, value: Any) -> None:
        if isinstance(self._part, Segmented):
            self._part.set_current(value)
        elif (index := self._part.findData(value)) >= 0:
            self._part.setCurrentIndex(index)


class ModelField(Field):
    """One of the models. ``choices`` are (id, title); another id is added when it is set."""

    def __init__(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._combo = _combo(name, choices, "cube")
        self._combo.currentIndexChanged.connect(lambda _: self.changed.emit())
        self._combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._hold(self._combo, stretch=True)

    def value(self) -> Any:
        return self._combo.currentData()

    def set_value(self, value: Any) -> None:
        if self._combo.findData(value) < 0:
            self._combo.addItem(icons.icon("cube"), str(value), value)
        self._combo.setCurrentIndex(self._combo.findData(value))


def _combo(name: str, choices: Sequence[tuple[str, str]], icon: str) -> ComboBox:
    combo = ComboBox()
    combo.setAccessibleName(name)
    for key, text in choices:
        if icon:
            combo.addItem(icons.icon(icon), text, key)
        else:
            combo.addItem(text, key)
    return combo


_NAMES = LANGUAGES | {
    "coco": "COCO",
    "voc": "Pascal VOC",
    "yolo": "YOLO",
    "cpu": "CPU",
    "cuda": "CUDA",
    "labelme": "labelme",
}
"""Choices that are names: the same in every language."""
_WORDS = {"startswith": "Starts with"}


def name_of(key: str) -> str:
    """The name that a choice's key stands for, in every language the same; empty when it is a word."""
    return _NAMES.get(key, key if any(letter.isupper() for letter in key) else "")


def in_words(key: str) -> str:
    """A choice's key in plain English: "replace-auto" -> "Replace auto"; names as they are."""
    text = key.replace("-", " ").replace("_", " ").replace("yolo", "YOLO")
    return name_of(key) or _WORDS.get(key) or text[:1].upper() + text[1:]


def shown(key: str) -> str:
    """A choice's key in the language in use; names as they are."""
    return name_of(key) or tr(in_words(key))
