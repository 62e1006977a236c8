"""The strip of tools at the left edge."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolBar, QVBoxLayout, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.actions import BY_ID, TOOL_STRIP, TOOL_STRIP_FOOT, TOOL_VARIANTS
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.tool_variants import VariantButton
from anylabel_plus.ui.widgets.buttons import ToolButton
from anylabel_plus.ui.widgets.marks import hairline

WIDTH = 44
LOW_SCREEN_PX = 900


class ToolStrip(QToolBar):
    """Square buttons in groups; the tool in hand is filled with the accent."""

    def __init__(self, actions: ActionSet, low_screen: bool) -> None:
        super().__init__(tr("Tools"))
        self.setObjectName("tool_strip")
        self.setMovable(False)
        self.setFloatable(False)
        self.setOrientation(Qt.Orientation.Vertical)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._actions = actions
        self._buttons: dict[str, ToolButton] = {}
        self._side, self._px = (28, 18) if low_screen else (32, 20)
        self.addWidget(self._body())
        self.setFixedWidth(WIDTH)
        self._name_buttons()
        actions.keys_changed.connect(self._name_buttons)
        theme.changed().connect(self.update)

    def _name_buttons(self) -> None:
        for action_id in self._buttons:
            self._name_button(action_id)

    def _name_button(self, action_id: str) -> None:
        button = self._buttons[action_id]
        if isinstance(button, VariantButton):
            action_id = button.current
        row = BY_ID[action_id]
        note = row.note if button.isEnabled() else row.why
        button.set_words(tr(row.title).rstrip("…"), self._actions.shortcut(action_id), tr(note) if note else "")

    def _body(self) -> QWidget:
        body = QWidget()
        body.setProperty("surface", "panel")
        box = QVBoxLayout(body)
        box.setContentsMargins(6, 8, 5, 8)
        box.setSpacing(4)
        for n, group in enumerate(TOOL_STRIP):
            if n:
                box.addSpacing(3)
                box.addWidget(hairline())
                box.addSpacing(3)
            for action_id in group:
                box.addWidget(self._button(action_id), 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(1)
        for action_id in TOOL_STRIP_FOOT:
            box.addWidget(self._button(action_id), 0, Qt.AlignmentFlag.AlignHCenter)
        return body

    def _button(self, action_id: str) -> ToolButton:
        if action_id in TOOL_VARIANTS:
            return self._variants(action_id)
        row, action = BY_ID[action_id], self._actions[action_id]
        button = ToolButton(row.icon, tr(row.title), side=self._side, px=self._px, checkable=bool(row.tool))
        button.setObjectName(f"tool_{action_id}")
        button.clicked.connect(action.trigger)
        self._buttons[action_id] = button

        def follow() -> None:
            if button.isEnabled() != action.isEnabled():
                button.setEnabled(action.isEnabled())
                self._name_button(action_id)
            button.setChecked(action.isChecked())

        action.changed.connect(follow)
        follow()
        return button

    def _variants(self, action_id: str) -> ToolButton:
        button = VariantButton(self._actions, (action_id, *TOOL_VARIANTS[action_id]), self._side, self._px)
        self._buttons[action_id] = button
        button.changed = lambda: self._name_button(action_id)
        return button
