"""The settings, generated from the rows of ``settings.SETTINGS``. Every change acts at once."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.settings import SETTINGS, Setting, Settings
from anylabel_plus.ui.dialogs.frame import DialogFrame, scrolled
from anylabel_plus.ui.widgets import fields
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.form import Form
from anylabel_plus.ui.widgets.marks import hairline, row
from anylabel_plus.ui.widgets.side_list import SideList

SECTIONS = {
    "appearance": ("Appearance", "palette"),
    "files": ("Files", "folder-open"),
    "labels": ("Labels", "tag"),
    "keys": ("Keys", "keyboard"),
    "canvas": ("Canvas", "frame-corners"),
    "paint": ("Brush and eraser", "paint-brush"),
    "wand": ("Magic wand", "magic-wand"),
    "assist": ("Assist", "sparkle"),
    "models": ("Models", "cube"),
    "cache": ("Cache", "hard-drives"),
}
"""First part of a setting's key -> title and icon; a part without a row here is shown with its own name."""


def make_field(setting: Setting) -> fields.Field:
    """The control for one setting."""
    if isinstance(setting.default, bool):
        return fields.FlagField(setting.label, switch=True)
    if setting.choices:
        return fields.ChoiceField(setting.label, [(key, fields.in_words(key)) for key in setting.choices])
    if isinstance(setting.default, int):
        return fields.WholeField(setting.label, setting.low, setting.high, setting.unit)
    if isinstance(setting.default, float):
        return fields.NumberField(setting.label, setting.low, setting.high, setting.unit)
    if setting.key.endswith(("folder", "_dir")):
        return fields.PathField(setting.label)
    return fields.TextField(setting.label)


class SettingsDialog(DialogFrame):
    """Sections at the left, their settings at the right; a setting that is refused keeps its value and says why."""

    def __init__(self, settings: Settings, parent: QWidget | None = None, section: str = "") -> None:
        super().__init__(parent, "settings", "Settings", str(settings.path))
        self.setObjectName("settings_dialog")
        self._settings = settings
        self._fields: dict[str, fields.Field] = {}
        self._pages = QStackedWidget()
        self._keys = list(dict.fromkeys(setting.key.split(".")[0] for setting in SETTINGS if _shown(setting)))
        self.sections = SideList([SECTIONS.get(key, (key.capitalize(), "gear-six")) for key in self._keys], "Sections")
        for key in self._keys:
            self._pages.addWidget(scrolled(self._page(key)))
        self.sections.chosen.connect(self._pages.setCurrentIndex)
        self.sections.choose(self._keys.index(section) if section in self._keys else 0)
        holder = QWidget()
        side = QVBoxLayout(holder)
        side.setContentsMargins(8, 12, 8, 12)
        side.addWidget(self.sections)
        holder.setFixedWidth(180)
        body = row(holder, hairline(vertical=True), spacing=0)
        body.addWidget(self._pages, 1)
        self.body.addLayout(body)
        self.note.setText("Changes act at once and are saved.")
        self.buttons.addWidget(Button("Reset this section", kind="ghost", clicked=self._reset))
        self.buttons.addWidget(Button("Close", kind="primary", clicked=self.accept))
        self.resize(760, 480)

    def _page(self, section: str) -> QWidget:
        form = Form()
        for setting in SETTINGS:
            if setting.key.split(".")[0] != section or not _shown(setting):
                continue
            field = make_field(setting)
            field.setObjectName(setting.key)
            field.set_value(self._settings.get(setting.key))
            field.changed.connect(lambda key=setting.key: self._set(key))
            self._fields[setting.key] = field
            form.add(setting.label, field, setting.note)
        form.end()
        return form

    def _set(self, key: str) -> None:
        field = self._fields[key]
        try:
            self._settings.set(key, field.value())
        except UserError as error:
            field.set_error(True)
            self.note.set_role("danger")
            self.note.setText(str(error))
        else:
            field.set_error(False)
            self.note.set_role("text_2")
            self.note.setText("Saved.")

    def _reset(self) -> None:
        section = self._keys[self._pages.currentIndex()]
        for setting in SETTINGS:
            if setting.key.split(".")[0] == section and setting.key in self._fields:
                self._fields[setting.key].set_value(setting.default)


def _shown(setting: Setting) -> bool:
    return not setting.removed and not setting.renamed_to and setting.checker is None
