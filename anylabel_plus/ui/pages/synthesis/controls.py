"""One control for each kind of knob that a recipe has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.knobs import Knob
from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.ui.language import mark, ntr, tr
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.fields import PathField, TextField
from anylabel_plus.ui.widgets.inputs import ComboBox, Segmented, Switch
from anylabel_plus.ui.widgets.marks import row
from anylabel_plus.ui.widgets.range_slider import RangeValue, ValueText, digits_of
from anylabel_plus.ui.widgets.sliders import Slider

SEGMENTED_PX = 160
"""Choices that need more room than this, in the language of the window, become a combo box."""
CHOICE_WORDS = {
    "even": mark("Even out"),
    "labelled": mark("As labelled"),
    "banked": mark("As in the bank"),
    "labels": mark("Other labels"),
    "crops": mark("Backgrounds"),
    "prior": mark("As labelled"),
    "uniform": mark("Evenly"),
    "log-uniform": mark("By proportion"),
    "region": mark("In a region"),
    "surface": mark("On surfaces"),
    "foot": mark("Foot"),
    "centre": mark("Centre"),
    "whole": mark("All of it"),
    "random": mark("Any"),
    "small": mark("Small"),
    "low": mark("Low"),
    "none": mark("Hard"),
    "gaussian": mark("Feather"),
    "alpha": mark("Alpha"),
    "box": mark("Box blur"),
    "motion": mark("Motion"),
    "poisson": mark("Poisson"),
    "mixed": mark("Mixed"),
    "polygon": mark("Polygon"),
    "mask": mark("Mask"),
    "rectangle": mark("Box"),
}
SPECIAL_WORDS = {("place", "uniform"): mark("Anywhere"), ("place", "prior"): mark("As labelled")}
SIZES = ("background", "640x640", "1024x1024", "1280x720", "1920x1080")


def choice_word(knob: str, key: str) -> str:
    """What a choice of a knob is called in the window."""
    return tr(SPECIAL_WORDS.get((knob, key)) or CHOICE_WORDS.get(key, key))


class Control(QWidget):
    """One knob: ``changed`` after the user changed it; ``set_value`` shows a value without a signal."""

    changed = Signal()

    def __init__(self, knob: Knob) -> None:
        super().__init__()
        self.knob = knob
        self.setObjectName(f"knob_{knob.name}")

    def value(self) -> Any:
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        raise NotImplementedError

    def _hold(self, *parts: QWidget | None) -> None:
        self.setLayout(row(*parts, spacing=4))


class _Range(Control):
    def __init__(self, knob: Knob) -> None:
        super().__init__(knob)
        self._part = RangeValue(
            tr(knob.label), (knob.low, knob.high), knob.step, tr(knob.unit), knob.scale, knob.default
        )
        self._part.changed.connect(lambda *_: self.changed.emit())
        self._hold(self._part)

    def value(self) -> Any:
        low, high = self._part.value()
        return (round(low), round(high)) if self.knob.kind == "whole range" else (low, high)

    def set_value(self, value: Any) -> None:
        self._part.set_value(value)


class _Number(Control):
    def __init__(self, knob: Knob) -> None:
        super().__init__(knob)
        name = tr(knob.label)
        self._slider = Slider(*(round(number / knob.step) for number in (knob.low, knob.high, knob.default)))
        self._slider.setAccessibleName(name)
        self._text = ValueText(name, 1, tr(knob.unit), digits_of(knob.step * knob.scale))
        self._hold(self._slider, self._text)
        self._slider.valueChanged.connect(lambda number: self._enter(round(number * knob.step, 6)))
        self._slider.reset.connect(lambda: self._enter(knob.default))
        self._text.entered.connect(lambda values: self._enter(values[0] / knob.scale))
        self.set_value(knob.default)

    def value(self) -> Any:
        return round(self._value) if self.knob.kind == "whole" else self._value

    def set_value(self, value: Any) -> None:
        self._value = min(max(float(value), self.knob.low), self.knob.high)
        self._slider.blockSignals(True)
        self._slider.setValue(round(self._value / self.knob.step))
        self._slider.blockSignals(False)
        self._slider.update()
        self._text.show_values(self._value * self.knob.scale)

    def _enter(self, value: float) -> None:
        self.set_value(value)
        self.changed.emit()


class _Flag(Control):
    def __init__(self, knob: Knob) -> None:
        super().__init__(knob)
        self._switch = Switch(tr(knob.label), bool(knob.default))
        self._switch.toggled.connect(lambda _: self.changed.emit())
        self._hold(None, self._switch)

    def value(self) -> Any:
        return self._switch.isChecked()

    def set_value(self, value: Any) -> None:
        self._switch.blockSignals(True)
        self._switch.setChecked(bool(value))
        self._switch.blockSignals(False)
        self._switch.update()


class _Choice(Control):
    def __init__(self, knob: Knob) -> None:
        super().__init__(knob)
        words = [(key, choice_word(knob.name, key)) for key in knob.choices]
        self._part: Segmented | ComboBox
        parts = Segmented(words, tr(knob.label))
        if len(words) <= 4 and parts.minimumSizeHint().width() <= SEGMENTED_PX:
            self._part = parts
            self._part.chosen.connect(lambda _: self.changed.emit())
        else:
            self._part = ComboBox()
            self._part.setAccessibleName(tr(knob.label))
            for key, word in words:
                self._part.addItem(word, key)
            self._part.activated.connect(lambda _: self.changed.emit())
            self._part.setMinimumWidth(150)
        self._hold(None, self._part)
        self.set_value(knob.default)

    def value(self) -> Any:
        return self._part.current() if isinstance(self._part, Segmented) else self._part.currentData()

    def set_value(self, value: Any) -> None:
        if isinstance(self._part, Segmented):
            self._part.set_current(value)
        else:
            self._part.setCurrentIndex(max(0, self._part.findData(value)))


class _Many(Control):
    """Some of a list, chosen in a menu that stays open; ``names`` gives the list when the menu opens."""

    def __init__(self, knob: Knob, names: Callable[[], Sequence[str]]) -> None:
        super().__init__(knob)
        self._names, self._value = names, tuple(knob.default)
        self.button = Button("", "caret_down")
        self.button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.button.setMinimumWidth(150)
        self.button.setMaximumWidth(190)
        self.button.clicked.connect(self._open)
        self._hold(None, self.button)
        self.set_value(knob.default)

    def value(self) -> Any:
        return self._value

    def set_value(self, value: Any) -> None:
        self._value = tuple(value)
        words = [self._word(name) for name in self._value]
        if not words:
            text = tr("All") if self.knob.name == "labels" else tr("None")
        else:
            text = ", ".join(words) if len(words) <= 2 else ntr("{n} chosen", "{n} chosen", len(words))
        self.button.setText(text)
        self.button.setAccessibleName(f"{tr(self.knob.label)}: {text}")

    def _word(self, name: str) -> str:
        return choice_word(self.knob.name, name) if self.knob.choices else name

    def _open(self) -> None:
        menu = _LastingMenu(self)
        for name in dict.fromkeys((*self._names(), *self._value)):
            action = menu.addAction(self._word(name))
            action.setCheckable(True)
            action.setChecked(name in self._value)
            action.toggled.connect(lambda on, name=name: self._chosen(name, on))
        if menu.isEmpty():
            menu.addAction(tr("There is nothing to choose from")).setEnabled(False)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def _chosen(self, name: str, on: bool) -> None:
        order = list(dict.fromkeys((*self._names(), *self._value)))
        wanted = {*self._value, name} if on else {one for one in self._value if one != name}
        if not wanted and self.knob.choices:
            return  # one is needed
        self.set_value(tuple(one for one in order if one in wanted))
        self.changed.emit()


class _LastingMenu(QMenu):
    """A menu of check marks that stays open while one is clicked after the other."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if isinstance(action, QAction) and action.isCheckable() and action.isEnabled():
            action.toggle()
        else:
            super().mouseReleaseEvent(event)


class _Size(Control):
    def __init__(self, knob: Knob) -> None:
        super().__init__(knob)
        self._combo = ComboBox()
        self._combo.setEditable(True)
        self._combo.setAccessibleName(tr(knob.label))
        for size in SIZES:
            self._combo.addItem(tr("As the background") if size == "background" else size.replace("x", " × "), size)
        self._combo.activated.connect(lambda _: self.changed.emit())
        line = self._combo.lineEdit()
        if line is not None:
            line.setAccessibleName(tr(knob.label))
            line.editingFinished.connect(self.changed)
        self._combo.setMinimumWidth(170)
        self._hold(None, self._combo)

    def value(self) -> Any:
        text = self._combo.currentText()
        number = self._combo.findText(text)
        return self._combo.itemData(number) if number >= 0 else text.replace("×", "x").replace(" ", "")

    def set_value(self, value: Any) -> None:
        number = self._combo.findData(value)
        self._combo.setCurrentIndex(number)
        if number < 0:
            self._combo.setEditText(str(value).replace("x", " × "))


class _Text(Control):
    def __init__(self, knob: Knob) -> None:
        super().__init__(knob)
        self._field: TextField = PathField(tr(knob.label), "folder", tr("Not set"))
        self._field.edit.editingFinished.connect(self.changed)
        self._field.edit.textChanged.connect(self._typed)
        self._hold(self._field)

    def _typed(self) -> None:
        if not self._field.edit.hasFocus():  # chosen in the dialog of folders
            self.changed.emit()

    def value(self) -> Any:
        return self._field.value()

    def set_value(self, value: Any) -> None:
        if self._field.value() != value:
            self._field.edit.blockSignals(True)
            self._field.set_value(value)
            self._field.edit.blockSignals(False)


class _Weights(Control):
    """ "dog = 2, cat = 0.5"."""

    def __init__(self, knob: Knob) -> None:
        super().__init__(knob)
        self._field = TextField(tr(knob.label), "dog = 2, cat = 0.5")
        self._field.edit.editingFinished.connect(self._entered)
        self._value: Any = ()
        self._hold(self._field)

    def _entered(self) -> None:
        from anylabel_plus.jobs.recipe_file import with_values

        text = self._field.edit.text().strip()
        try:
            found = with_values(Recipe(), [f"weights={{{text}}}"]).weights
        except UserError:
            self._field.set_error(True)
            return
        self._field.set_error(False)
        if found != self._value:
            self._value = found
            self.changed.emit()

    def value(self) -> Any:
        return self._value

    def set_value(self, value: Any) -> None:
        self._value = tuple(value)
        self._field.set_error(False)
        self._field.edit.setText(", ".join(f"{label} = {weight:g}" for label, weight in value))


class _Region(Control):
    """Taken from the selected shapes of the open image; ``shapes`` gives their rings in parts of the picture."""

    def __init__(self, knob: Knob, shapes: Callable[[], Any]) -> None:
        super().__init__(knob)
        self._shapes, self._value = shapes, ()
        self.take = Button(tr("From selected shapes"), clicked=self._take)
        self.clear = Button(tr("Clear"), kind="ghost", clicked=lambda: self._set(()))
        self.take.setToolTip(tr("The shapes that are selected in the open image, such as a polygon around the floor."))
        self._hold(None, self.clear, self.take)
        self.set_value(())

    def _take(self) -> None:
        found = self._shapes()
        if found:
            self._set(found)

    def _set(self, value: Any) -> None:
        self.set_value(value)
        self.changed.emit()

    def value(self) -> Any:
        return self._value

    def set_value(self, value: Any) -> None:
        self._value = tuple(value)
        self.clear.setVisible(bool(self._value))
        count = len(self._value)
        self.take.setText(ntr("{n} polygon", "{n} polygons", count) if count else tr("From selected shapes"))


def make_control(knob: Knob, names: Callable[[], Sequence[str]], shapes: Callable[[], Any]) -> Control:
    """The control for one knob."""
    if knob.kind in ("range", "whole range"):
        return _Range(knob)
    if knob.kind in ("number", "whole"):
        return _Number(knob)
    if knob.kind == "flag":
        return _Flag(knob)
    if knob.kind == "choice":
        return _Choice(knob)
    if knob.kind == "labels":
        return _Many(knob, names)
    if knob.kind == "choices":
        return _Many(knob, lambda: knob.choices)
    if knob.kind == "weights":
        return _Weights(knob)
    if knob.kind == "region":
        return _Region(knob, shapes)
    return _Size(knob) if knob.name == "output_size" else _Text(knob)
