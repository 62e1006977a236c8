"""The controls of a recipe, one for each of its knobs, in foldable sections."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from anylabel_plus.synthesis.recipe import SECTIONS, Recipe, rows
from anylabel_plus.ui import theme
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.pages.synthesis.controls import Control, make_control
from anylabel_plus.ui.widgets.buttons import Button, tooltip
from anylabel_plus.ui.widgets.marks import hairline, row, text_label

LABEL_WIDTH = 124


class _Section(QWidget):
    """Title, lines, and further lines that are folded away."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 10, 0, 10)
        self._box.setSpacing(2)
        self._box.addWidget(text_label(title, "h3"))
        self._box.addSpacing(2)
        self._more = QWidget()
        self._inner = QVBoxLayout(self._more)
        self._inner.setContentsMargins(0, 0, 0, 0)
        self._inner.setSpacing(2)
        self._fold = Button(tr("More"), "caret_down", "ghost", "small", clicked=lambda: self.unfold(not self.unfolded))
        self._fold.setAccessibleName(tr("More of {section}", section=title))

    @property
    def unfolded(self) -> bool:
        """Whether all lines are shown."""
        return not self._more.isHidden()

    def add(self, control: Control) -> None:
        """One more line."""
        line = row(_name_of(control), control, spacing=8)
        line.setStretch(1, 1)
        (self._inner if control.knob.advanced else self._box).addLayout(line)

    def end(self) -> None:
        """All lines are there."""
        if self._inner.count():
            self._box.addWidget(self._more)
            self._box.addLayout(row(self._fold, None, margins=(0, 2, 0, 0)))
            self._fold.setContentsMargins(0, 0, 0, 0)
            self._more.hide()
        else:
            self._fold.setParent(self)
            self._more.setParent(self)
            self._fold.hide()
            self._more.hide()

    def unfold(self, on: bool) -> None:
        """Show all lines, or the common ones."""
        self._more.setVisible(on)
        self._fold.setText(tr("Fewer") if on else tr("More"))
        self._fold.set_icon("caret_up" if on else "caret_down")


class _Name(QLabel):
    """The name of a knob; a double click resets it."""

    def __init__(self, control: Control) -> None:
        super().__init__(tr(control.knob.label))
        self._control = control
        self.setFont(theme.font("body"))
        self.setFixedWidth(LABEL_WIDTH)
        self.setMinimumHeight(28)
        self.setWordWrap(True)
        note = tr(control.knob.help) if control.knob.help else ""
        self.setToolTip(tooltip(tr(control.knob.label), "", note))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._control.set_value(self._control.knob.default)
        self._control.changed.emit()


def _name_of(control: Control) -> QLabel:
    note = tr(control.knob.help) if control.knob.help else ""
    control.setToolTip(tooltip(tr(control.knob.label), "", note))
    control.setAccessibleDescription(note)
    return _Name(control)


class KnobPanel(QWidget):
    """All knobs by section. ``changed`` carries the recipe as it is now."""

    changed = Signal(object)

    def __init__(
        self, names: Callable[[], Sequence[str]], shapes: Callable[[], Any], sizes_known: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._sizes_known = sizes_known
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 4, 16, 0)
        box.setSpacing(0)
        self.controls: dict[str, Control] = {}
        self.sections: dict[str, _Section] = {}
        for number, (section, title) in enumerate(SECTIONS.items()):
            if number:
                box.addWidget(hairline())
            part = _Section(tr(title))
            for knob in (knob for knob in rows() if knob.section == section):
                control = make_control(knob, names, shapes)
                control.changed.connect(self._changed)
                self.controls[knob.name] = control
                part.add(control)
            part.end()
            self.sections[section] = part
            box.addWidget(part)
        self._recipe = Recipe()
        self._show_what_counts()

    def recipe(self) -> Recipe:
        """The recipe shown."""
        return self._recipe

    def show_recipe(self, recipe: Recipe) -> None:
        """Show another recipe, without a signal."""
        self._recipe = recipe
        for name, control in self.controls.items():
            value = getattr(recipe, name)
            if control.value() != value:
                control.set_value(value)
        self._show_what_counts()

    def _changed(self) -> None:
        values = {name: control.value() for name, control in self.controls.items()}
        recipe = dataclasses.replace(self._recipe, **values)
        if recipe != self._recipe:
            self._recipe = recipe
            self._show_what_counts()
            self.changed.emit(recipe)

    def _show_what_counts(self) -> None:
        """Knobs that mean nothing beside another are disabled and say why."""
        recipe = self._recipe
        by_place = (
            "" if recipe.place in ("region", "surface") else tr("For the places “In a region” and “On surfaces”.")
        )
        labels_only = recipe.distractor_source == "labels" and not recipe.labels
        as_labelled = recipe.scale == "prior" and self._sizes_known()
        why = {
            "distractors": tr("Choose some labels to paste first: distractors are of the others.")
            if labels_only
            else "",
            "size": tr("Sizes are as labelled; choose another “Size from” to set them.") if as_labelled else "",
            "foot": by_place,
            "feather": "" if recipe.blend in ("gaussian", "mixed", "box", "alpha") else tr("For soft edges."),
            "mixed": "" if recipe.blend == "mixed" else tr("For the blend Mixed."),
            "region": "" if recipe.place == "region" else tr("For the place “In a region”."),
            "surfaces": "" if recipe.place == "surface" else tr("For the place “On surfaces”."),
            "on_labels": "" if recipe.place == "surface" else tr("For the place “On surfaces”."),
        }
        if recipe.place in ("region", "surface"):
            self.sections["placement"].unfold(True)  # what these need is there
        for name, reason in why.items():
            control = self.controls[name]
            control.setEnabled(not reason)
            note = reason or (tr(control.knob.help) if control.knob.help else "")
            control.setToolTip(tooltip(tr(control.knob.label), "", note))
