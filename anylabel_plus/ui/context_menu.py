"""Right-click menus, made from rows of ACTIONS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QMenu, QWidget

from anylabel_plus.ui.actions import CONTEXT_MENU, FILE_MENU, POINTER_ACTIONS, SUBMENUS
from anylabel_plus.ui.canvas.view import Canvas
from anylabel_plus.ui.menus import ActionSet, add_submenu

MENU_TOOLS = frozenset(("select", "select_box", "select_lasso", "pan"))
"""With another tool in hand the right button belongs to the tool."""


def context_menu(
    actions: ActionSet, parent: QWidget, groups: Sequence[Sequence[str]] = CONTEXT_MENU, without: Iterable[str] = ()
) -> QMenu:
    """A menu of these actions, deleted when it closes."""
    actions.refresh()
    menu = QMenu(parent)
    menu.setObjectName("context_menu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    left_out = frozenset(without)
    for number, group in enumerate(groups):
        if number:
            menu.addSeparator()
        for action_id in group:
            if action_id in SUBMENUS:
                submenu = add_submenu(menu, action_id)
                for inner in SUBMENUS[action_id]:
                    submenu.addAction(actions[inner])
            elif action_id not in left_out:
                menu.addAction(actions[action_id])
    return menu


class ContextMenus:
    """Offers the menu on the canvas, on the list of shapes and on that of files."""

    def __init__(
        self,
        actions: ActionSet,
        canvas: Canvas,
        shape_list: QAbstractItemView | None,
        file_list: QAbstractItemView | None = None,
    ) -> None:
        self._actions, self._canvas, self._list, self._files = actions, canvas, shape_list, file_list
        self.shown: QMenu | None = None
        for widget, show in ((canvas, self._on_canvas), (shape_list, self._on_list), (file_list, self._on_files)):
            if widget is not None:
                widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
                widget.customContextMenuRequested.connect(show)

    def _on_canvas(self, at: QPoint) -> None:
        canvas = self._canvas
        if canvas.session.document is None or canvas.tool.name not in MENU_TOOLS:
            return
        menu = context_menu(self._actions, canvas)
        canvas.menu_at = at.toPointF()
        # The action chosen runs after the menu has closed.
        menu.aboutToHide.connect(lambda: QTimer.singleShot(0, canvas, self._forget_place))
        self._show(menu, canvas, at)

    def _forget_place(self) -> None:
        self._canvas.menu_at = None

    def _on_list(self, at: QPoint) -> None:
        assert self._list is not None
        if self._list.indexAt(at).isValid():
            self._show(context_menu(self._actions, self._list, without=POINTER_ACTIONS), self._list.viewport(), at)

    def _on_files(self, at: QPoint) -> None:
        assert self._files is not None
        if self._files.indexAt(at).isValid():
            self._show(context_menu(self._actions, self._files, FILE_MENU), self._files.viewport(), at)

    def _show(self, menu: QMenu, widget: QWidget, at: QPoint) -> None:
        self.shown = menu
        menu.destroyed.connect(self._closed)
        menu.popup(widget.mapToGlobal(at))

    def _closed(self) -> None:
        self.shown = None
