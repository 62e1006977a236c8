"""The keyboard shortcuts of the preset in force, generated from the rows of ``actions.ACTIONS``."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from anylabel_plus.settings import ROWS, Settings
from anylabel_plus.ui.actions import ACTIONS, MENUS, Action
from anylabel_plus.ui.actions.keymap import keys_of_preset
from anylabel_plus.ui.dialogs.frame import DialogFrame, scrolled
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.inputs import SearchField, Segmented
from anylabel_plus.ui.widgets.marks import EmptyState, IconMark, KeyCap, text_label

FIXED = (
    ("Wheel with Ctrl", "Zoom at the pointer"),
    ("Space and drag", "Pan"),
    ("Tab", "Next candidate, or next shape on the canvas"),
    ("Enter", "Accept the candidate, close the polygon"),
    ("Esc", "Step back: prompt, tool, selection"),
    ("1 – 9", "Label of the selection, or pick a candidate"),
    ("Arrows", "Nudge 1 px, with Shift 10 px"),
)
"""What is no action and has no other key."""


class KeysDialog(DialogFrame):
    """Two columns of actions with their keys, by menu; the preset can be changed here."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent, "keyboard", "Keyboard shortcuts", "Press F1 to search for any command")
        self.setObjectName("keys_dialog")
        self._settings = settings
        self.preset = Segmented([(one, one) for one in ROWS["keys.preset"].choices], "Preset")
        self.preset.set_current(settings.get("keys.preset"))
        self.preset.chosen.connect(self._preset_chosen)
        self.filter = SearchField("Filter by command or key", dense=False)
        self.filter.setFixedWidth(240)
        self.filter.textChanged.connect(lambda _: self._fill())
        top = QHBoxLayout()
        top.setContentsMargins(20, 14, 20, 6)
        top.setSpacing(10)
        top.addWidget(self.filter)
        top.addStretch(1)
        top.addWidget(text_label("Preset", "small", "2"))
        top.addWidget(self.preset)
        self.body.addLayout(top)
        self._holder = QVBoxLayout()
        self._holder.setContentsMargins(0, 0, 0, 0)
        self.body.addLayout(self._holder, 1)
        self.buttons.addWidget(Button("Close", kind="primary", clicked=self.accept))
        self.resize(860, 620)
        self._fill()

    def _preset_chosen(self, preset: str) -> None:
        self._settings.set("keys.preset", preset)
        self._fill()

    def sections(self) -> list[tuple[str, list[tuple[str, str, tuple[str, ...]]]]]:
        """(menu, [(icon, title, keys)]) of what the filter lets through."""
        wanted = self.filter.text().strip().lower()
        keys = keys_of_preset(self.preset.current())
        result = []
        for menu in MENUS:
            found = [_line(action, keys) for action in ACTIONS if action.menu == menu]
            lines = [line for line in found if line[2] and _matches(wanted, line[1], *line[2])]
            if lines:
                result.append((menu, lines))
        fixed: list[tuple[str, str, tuple[str, ...]]] = [
            ("", title, (key,)) for key, title in FIXED if _matches(wanted, title, key)
        ]
        return [*result, ("Everywhere", fixed)] if fixed else result

    def _fill(self) -> None:
        while (item := self._holder.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        sections = self.sections()
        if not sections:
            self._holder.addWidget(EmptyState("keyboard", "No key found", "Try another word, or a key such as Ctrl."))
            return
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(20, 6, 20, 16)
        columns.setSpacing(36)
        total = sum(len(lines) + 2 for _, lines in sections)
        sides = (QVBoxLayout(), QVBoxLayout())
        used = 0
        for menu, lines in sections:
            side = sides[0] if used + len(lines) / 2 < total / 2 else sides[1]
            used += len(lines) + 2
            side.addWidget(_section(menu, lines))
        for side in sides:
            side.setSpacing(14)
            side.addStretch(1)
            columns.addLayout(side, 1)
        self._holder.addWidget(scrolled(page))


def _line(action: Action, keys: dict[str, tuple[str, ...]]) -> tuple[str, str, tuple[str, ...]]:
    return action.icon, action.title.removesuffix("…"), keys[action.id]


def _matches(wanted: str, *texts: str) -> bool:
    return not wanted or any(wanted in text.lower() for text in texts)


def _section(title: str, lines: list[tuple[str, str, tuple[str, ...]]]) -> QWidget:
    widget = QWidget()
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(0)
    grid.setColumnStretch(1, 1)
    grid.addWidget(text_label(title, "h3"), 0, 0, 1, 2)
    grid.setRowMinimumHeight(0, 28)
    for number, (icon, text, keys) in enumerate(lines, 1):
        grid.setRowMinimumHeight(number, 26)
        if icon:
            grid.addWidget(IconMark(icon, "text_3", 15), number, 0)
        grid.addWidget(text_label(text, "body", "2"), number, 1)
        caps = QHBoxLayout()
        caps.setSpacing(4)
        caps.addStretch(1)
        for key in keys[:3]:
            caps.addWidget(KeyCap(key), 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addLayout(caps, number, 2)
    return widget
