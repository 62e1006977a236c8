"""QActions and the menu bar, made from the rows of ACTIONS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from anylabel_plus.ui import icons
from anylabel_plus.ui.actions import ACTIONS, BY_ID, MENUS, Action
from anylabel_plus.ui.actions.keymap import keys_in_force
from anylabel_plus.ui.actions.presets import Keys
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.messages import show_exception
from anylabel_plus.ui.session import Session


class ActionSet(QObject):
    """One QAction for each row, kept enabled, checked and named by what the session says."""

    keys_changed = Signal()

    def __init__(self, session: Session, window: QMainWindow) -> None:
        super().__init__(window)
        self._session = session
        self._actions: dict[str, QAction] = {}
        self._keys: dict[str, Keys] = {}
        self._requests: dict[str, Callable[[], object]] = {}
        self._tools = QActionGroup(self)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self.refresh)
        for row in ACTIONS:
            self._add(row, window)
        self.apply_keys()
        self._watch()
        self.refresh()
        window.installEventFilter(self)

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def bind(self, requests: Mapping[str, Callable[[], object]]) -> None:
        """Say what the window does for rows that are requests; raises KeyError for an unknown id."""
        for action_id, run in requests.items():
            if not BY_ID[action_id].request:
                raise KeyError(f"{action_id} runs by itself")
            self._requests[action_id] = run

    @property
    def unbound(self) -> list[str]:
        """Requests that nobody answers."""
        return [row.id for row in ACTIONS if row.request and row.id not in self._requests]

    def shortcut(self, action_id: str) -> str:
        """The first key in force, or an empty string."""
        return next(iter(self._keys[action_id]), "")

    def tip(self, action: QAction) -> str:
        """What the status bar says of a menu entry: why it is disabled, else what it does."""
        row = BY_ID.get(action.objectName())
        if row is None:
            return ""
        text = row.note if action.isEnabled() else row.why
        return tr(text) if text else ""

    def why_not(self, keys: QKeyCombination) -> str:
        """Why the action with these keys is disabled; empty when no disabled action has them."""
        wanted = QKeySequence(keys)
        for action_id, action in self._actions.items():
            if not action.isEnabled() and wanted in action.shortcuts():
                return tr(BY_ID[action_id].why)
        return ""

    def apply_keys(self) -> None:
        """Give every action the keys that the settings say."""
        self._keys = keys_in_force(self._session.settings)
        for action_id, keys in self._keys.items():
            self._actions[action_id].setShortcuts([QKeySequence(key) for key in keys])
        self.keys_changed.emit()

    def refresh(self) -> None:
        """Bring enabled, checked and names up to date."""
        session = self._session
        for row in ACTIONS:
            action = self._actions[row.id]
            if row.enabled_when is not None:
                action.setEnabled(bool(row.enabled_when(session)))
            if row.tool:
                action.setChecked(row.tool == session.tool)
            elif row.setting:
                action.setChecked(bool(session.settings.get(row.setting)))
        for action_id, name in (("undo", session.undo_name), ("redo", session.redo_name)):
            title = tr(BY_ID[action_id].title)
            self._actions[action_id].setText(tr("{action}: {name}", action=title, name=name) if name else title)

    def refresh_soon(self, *_: object) -> None:
        """Refresh once the event loop is free; many calls cost one refresh."""
        if not self._late.isActive():
            self._late.start(0)

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:
        """A key pressed in the same moment as something changed finds the actions as they are now."""
        if event.type() == QEvent.Type.ShortcutOverride and self._late.isActive():
            self._late.stop()
            self.refresh()
        return False

    def run(self, action_id: str) -> None:
        """Do what the row says, if it is enabled."""
        row = BY_ID[action_id]
        if row.enabled_when is not None and not row.enabled_when(self._session):
            return
        try:
            if row.tool:
                self._session.set_tool(row.tool)
            elif row.setting:
                self._session.settings.set(row.setting, not self._session.settings.get(row.setting))
            elif row.run is not None:
                row.run(self._session)
            else:
                self._requests[action_id]()
        except Exception as error:
            show_exception(error)
        self.refresh_soon()

    def _add(self, row: Action, window: QMainWindow) -> None:
        action = QAction(tr(row.title), window)
        action.setObjectName(row.id)
        if row.icon:
            action.setIcon(icons.icon(row.icon, "text_2", active="text_on_accent"))
        action.setIconVisibleInMenu(not (row.tool or row.setting))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if row.tool or row.setting:
            action.setCheckable(True)
        if row.tool:
            self._tools.addAction(action)
        action.triggered.connect(partial(self._triggered, row.id))
        window.addAction(action)
        self._actions[row.id] = action

    def _triggered(self, action_id: str, _checked: bool = False) -> None:
        self.run(action_id)

    def _watch(self) -> None:
        session = self._session
        for signal in (
            session.folder_changed,
            session.image_changed,
            session.document_changed,
            session.selection_changed,
            session.tool_changed,
            session.prompt_changed,
            session.candidates_changed,
            session.view_changed,
            session.display_changed,
        ):
            signal.connect(self.refresh_soon)
        session.settings_changed.connect(self._setting_changed)

    def _setting_changed(self, key: str) -> None:
        if key.startswith("keys."):
            self.apply_keys()
        self.refresh_soon()


def build_menus(bar: QMenuBar, actions: ActionSet) -> dict[str, QMenu]:
    """Fill the menu bar; returns the menus by title for what is added to them later."""
    menus: dict[str, QMenu] = {}
    for title in MENUS:
        menu = bar.addMenu(tr(title))
        menu.setObjectName(f"menu_{title.lower()}")
        menu.setToolTipsVisible(False)
        menus[title] = menu
        submenus: dict[str, tuple[QMenu, int]] = {}
        last = None
        for row in (row for row in ACTIONS if row.menu == title):
            if row.submenu in submenus:
                submenu, group = submenus[row.submenu]
                if row.group != group:
                    submenu.addSeparator()
                submenu.addAction(actions[row.id])
                submenus[row.submenu] = submenu, row.group
                continue
            if last is not None and row.group != last:
                menu.addSeparator()
            last = row.group
            if row.submenu:
                submenu = add_submenu(menu, row.submenu)
                submenu.addAction(actions[row.id])
                submenus[row.submenu] = submenu, row.group
            else:
                menu.addAction(actions[row.id])
    return menus


def add_submenu(menu: QMenu, title: str) -> QMenu:
    """A menu inside ``menu``; ``title`` is the ``submenu`` of rows."""
    submenu = menu.addMenu(tr(title))
    submenu.setObjectName(submenu_name(title))
    submenu.setToolTipsVisible(False)
    return submenu


def submenu_name(title: str) -> str:
    """objectName of the menu of rows with this ``submenu``."""
    return f"submenu_{title.lower().replace(' ', '_')}"
