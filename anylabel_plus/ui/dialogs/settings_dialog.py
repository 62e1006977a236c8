"""The settings, generated from the rows of ``settings.SETTINGS``. Every change acts at once."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.settings import SETTINGS, Setting, Settings
from anylabel_plus.ui.dialogs.frame import DialogFrame, scrolled
from anylabel_plus.ui.dialogs.setting_row import SettingRow, TableField
from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.inputs import SearchField
from anylabel_plus.ui.widgets.marks import EmptyState, hairline, row, text_label
from anylabel_plus.ui.widgets.side_list import SideList

SECTIONS = {
    "appearance": (mark("Appearance"), "palette"),
    "files": (mark("Files"), "folder-open"),
    "labels": (mark("Labels"), "tag"),
    "keys": (mark("Keys"), "keyboard"),
    "canvas": (mark("Canvas"), "frame-corners"),
    "paint": (mark("Brush and eraser"), "paint-brush"),
    "wand": (mark("Magic wand"), "magic-wand"),
    "draw": (mark("Drawing"), "pencil-simple"),
    "versions": (mark("Versions"), "clock-counter-clockwise"),
    "assist": (mark("Assist"), "sparkle"),
    "models": (mark("Models"), "cube"),
    "cache": (mark("Cache"), "hard-drives"),
}
"""First part of a setting's key -> title and icon; a part without a row here is shown with its own name."""


class SettingsDialog(DialogFrame):
    """Sections at the left, their settings at the right; a setting that is refused keeps its value and says why.

    A search shows what it finds from all sections. ``asked`` carries the id of an action behind which a setting is
    changed.
    """

    asked = Signal(str)

    def __init__(self, settings: Settings, parent: QWidget | None = None, section: str = "") -> None:
        super().__init__(parent, "settings", tr("Settings"), str(settings.path))
        self.setObjectName("settings_dialog")
        self._settings = settings
        shown = [setting for setting in SETTINGS if not setting.removed and not setting.renamed_to]
        self._keys = list(dict.fromkeys(_section(setting) for setting in shown))
        self._rows = {setting.key: self._row(setting) for setting in shown}
        self._titles: dict[str, QWidget] = {}
        self.search = SearchField(tr("Search settings"), dense=False)
        self.search.setObjectName("settings_search")
        self.search.textChanged.connect(lambda _: self._show())
        self.search.installEventFilter(self)
        self.sections = SideList([_title(key) for key in self._keys], tr("Sections"))
        self._area = scrolled(self._page())
        self.sections.chosen.connect(self._section_chosen)
        self._lay_out()
        self.note.setText(tr("Changes act at once and are saved."))
        self.reset = Button(tr("Reset this section"), kind="ghost", clicked=self._reset)
        self.reset.setObjectName("settings_reset")
        close = Button(tr("Close"), kind="primary", clicked=self.accept)
        close.setObjectName("settings_close")
        self.buttons.addWidget(self.reset)
        self.buttons.addWidget(close)
        self.resize(780, 540)
        self.sections.choose(self._keys.index(section) if section in self._keys else 0)
        self._show()
        self.search.setFocus()

    def _row(self, setting: Setting) -> SettingRow:
        line = SettingRow(setting, self._settings.get(setting.key))
        line.changed.connect(lambda: self._set(setting.key))
        if isinstance(line.field, TableField):
            line.field.asked.connect(self._ask)
        return line

    def _ask(self, action_id: str) -> None:
        self.accept()
        self.asked.emit(action_id)

    def _page(self) -> QWidget:
        """All rows below the titles of their sections; ``_show`` hides what is not wanted."""
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 14, 16, 16)
        column.setSpacing(4)
        for key in self._keys:
            title = text_label(_title(key)[0], "h3")
            title.setMinimumHeight(28)
            self._titles[key] = title
            column.addWidget(title)
            for line in self._rows.values():
                if _section(line.setting) == key:
                    column.addWidget(line)
        self._nothing = EmptyState("ph.gear-six", tr("No setting found"), tr("Try another word."))
        column.addWidget(self._nothing)
        column.addStretch(1)
        return page

    def _lay_out(self) -> None:
        holder = QWidget()
        side = QVBoxLayout(holder)
        side.setContentsMargins(8, 12, 8, 12)
        side.setSpacing(8)
        side.addWidget(self.search)
        side.addWidget(self.sections)
        holder.setFixedWidth(200)
        body = row(holder, hairline(vertical=True), spacing=0)
        body.addWidget(self._area, 1)
        self.body.addLayout(body)

    # What is shown ---------------------------------------------------------------------------

    def _section_chosen(self, _row: int) -> None:
        if self.search.text():
            self.search.clear()
        self._show()

    def _show(self) -> None:
        """The rows of the chosen section, or those that the search finds."""
        wanted = self.search.text().strip()
        section = self._keys[max(self.sections.current(), 0)]
        found: set[str] = set()
        for line in self._rows.values():
            own = _section(line.setting)
            fits = line.fits(wanted) if wanted else own == section
            line.setVisible(fits)
            if fits:
                found.add(own)
        for key, title in self._titles.items():
            title.setVisible(key in found)
        self._nothing.setVisible(not found)
        self.reset.setEnabled(not wanted)
        self._area.verticalScrollBar().setValue(0)

    def show_setting(self, key: str) -> None:
        """Bring one setting into view, with the focus on it."""
        self.sections.choose(self._keys.index(key.split(".")[0]))
        self._show()
        line = self._rows[key]
        self._area.ensureWidgetVisible(line)
        inner = line.field.nextInFocusChain()
        if inner is not None:
            inner.setFocus(Qt.FocusReason.TabFocusReason)

    # What is done ----------------------------------------------------------------------------

    def _set(self, key: str) -> None:
        field = self._rows[key].field
        try:
            self._settings.set(key, field.value())
        except UserError as error:
            field.set_error(True)
            self.note.set_role("danger")
            self.note.setText(said(error))
        else:
            field.set_error(False)
            self.note.set_role("text_2")
            self.note.setText(tr("Saved."))

    def _reset(self) -> None:
        section = self._keys[self.sections.current()]
        for line in self._rows.values():
            if _section(line.setting) == section:
                line.field.set_value(line.setting.default)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Down:
            self._area.setFocus()
            self.focusNextChild()
            return True
        return False


def _section(setting: Setting) -> str:
    return setting.key.split(".")[0]


def _title(section: str) -> tuple[str, str]:
    title, icon = SECTIONS.get(section, (section.capitalize(), "gear-six"))
    return tr(title), icon
