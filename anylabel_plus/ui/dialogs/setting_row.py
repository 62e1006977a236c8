"""One setting in the settings dialog: its name, the control, what it means, and a button back to the default."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from anylabel_plus.settings import Setting
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.widgets import fields
from anylabel_plus.ui.widgets.buttons import Button, ToolButton
from anylabel_plus.ui.widgets.marks import text_label

NAME_PX = 190


class TableField(fields.Field):
    """A list or a table: how many entries it has, and the button to what changes it."""

    asked = Signal(str)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._value: Any = setting.default
        self._text = text_label("", "body", "2")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self._text)
        if setting.edited_by:
            button = Button(tr("Change…"), clicked=lambda: self.asked.emit(setting.edited_by))
            button.setObjectName(f"{setting.key}.edit")
            line.addWidget(button)
        line.addStretch(1)

    def value(self) -> Any:
        return self._value

    def set_value(self, value: Any) -> None:
        changed = value != self._value
        self._value = value
        entries = len(value)
        self._text.setText(ntr("{n} entry", "{n} entries", entries) if entries else tr("None"))
        if changed:
            self.changed.emit()


def make_field(setting: Setting) -> fields.Field:
    """The control for one setting."""
    name = tr(setting.label)
    if setting.checker is not None:
        return TableField(setting)
    if isinstance(setting.default, bool):
        return fields.FlagField(name, switch=True)
    if setting.choices:
        return fields.ChoiceField(name, [(key, fields.shown(key)) for key in setting.choices])
    if isinstance(setting.default, int):
        return fields.WholeField(name, setting.low, setting.high, tr(setting.unit))
    if isinstance(setting.default, float):
        return fields.NumberField(name, setting.low, setting.high, tr(setting.unit))
    if setting.key.endswith(("folder", "_dir")):
        return fields.PathField(name)
    return fields.TextField(name)


class SettingRow(QWidget):
    """``changed`` after the control was used; ``show_value`` puts a value into it without that."""

    changed = Signal()

    def __init__(self, setting: Setting, value: Any) -> None:
        super().__init__()
        self.setting = setting
        self.field = make_field(setting)
        self.field.setObjectName(setting.key)
        self.reset = ToolButton("rollback", tr("Back to the default"), side=24, px=15)
        self.reset.setObjectName(f"{setting.key}.reset")
        self.reset.setAccessibleName(tr("{setting}: back to the default", setting=tr(setting.label)))
        self.reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.reset.clicked.connect(lambda: self.field.set_value(setting.default))
        keeps_room = self.reset.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keeps_room)
        name = text_label(tr(setting.label), "body", wrap=True)
        name.setFixedWidth(NAME_PX)
        name.setMinimumHeight(28)
        name.setBuddy(self.field)
        if not self.field.short:
            self.field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 8)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(name, 0, 0, top)
        grid.addWidget(self.field, 0, 1, top | Qt.AlignmentFlag.AlignLeft if self.field.short else top)
        grid.addWidget(self.reset, 0, 2, top)
        if setting.note:
            grid.addWidget(text_label(tr(setting.note), "small", "3", wrap=True), 1, 1)
        grid.setColumnStretch(1, 1)
        self.field.set_value(value)
        self.field.changed.connect(self._changed)
        self._show_reset()

    def show_value(self, value: Any) -> None:
        """Show what is in force now."""
        if self.field.value() != value:
            self.field.blockSignals(True)
            self.field.set_value(value)
            self.field.blockSignals(False)
        self._show_reset()

    def fits(self, wanted: str) -> bool:
        """Whether a search finds it: by name, meaning or key."""
        setting = self.setting
        texts = (tr(setting.label), tr(setting.note), setting.label, setting.key)
        return all(any(word in text.casefold() for text in texts) for word in wanted.casefold().split())

    def _changed(self) -> None:
        self._show_reset()
        self.changed.emit()

    def _show_reset(self) -> None:
        self.reset.setVisible(self.field.value() != self.setting.default)
