"""The right column of a narrow window: a rail of icons, and one panel at a time that lies beside it over the canvas."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QMainWindow, QToolBar, QVBoxLayout, QWidget

from anylabel_plus.ui.actions import BY_ID
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.widgets.buttons import ToolButton
from anylabel_plus.ui.widgets.marks import hairline

WIDTH = 44
OVERLAY_WIDTH = 312
CANVAS_LEFT_PX = 120
"""So much of the canvas stays in view beside the panel, whatever the window's width."""
_FEATURES = QDockWidget.DockWidgetFeature


def panel_action(panel_id: str) -> str:
    """The id of the action that opens and closes a panel."""
    return "navigator" if panel_id == "view" else f"panel_{panel_id}"


class Rail(QToolBar):
    """One button for each panel; the open one is marked."""

    def __init__(self, panels: tuple[str, ...], actions: ActionSet, low: bool, toggle: Callable[[str], object]) -> None:
        super().__init__(tr("Panels"))
        self.setObjectName("dock_rail")
        self.setMovable(False)
        self.setOrientation(Qt.Orientation.Vertical)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setFixedWidth(WIDTH)
        self._actions = actions
        self._buttons: dict[str, ToolButton] = {}
        side, px = (28, 18) if low else (32, 20)
        body = QWidget()
        body.setProperty("surface", "panel")
        edge = QHBoxLayout(body)
        edge.setContentsMargins(0, 0, 0, 0)
        edge.setSpacing(0)
        edge.addWidget(hairline(vertical=True))
        box = QVBoxLayout()
        edge.addLayout(box)
        box.setContentsMargins(5, 8, 5, 8)
        box.setSpacing(4)
        for panel_id in panels:
            row = BY_ID[panel_action(panel_id)]
            button = ToolButton(row.icon, tr(row.title), side=side, px=px, checkable=True, soft=True)
            button.setObjectName(f"rail_{panel_id}")
            button.clicked.connect(lambda _=False, panel_id=panel_id: toggle(panel_id))
            self._buttons[panel_id] = button
            box.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(1)
        self.addWidget(body)
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        self._name_buttons()
        actions.keys_changed.connect(self._name_buttons)

    def mark(self, panel_id: str) -> None:
        """Show which panel is open; none for an empty id."""
        for name, button in self._buttons.items():
            button.setChecked(name == panel_id)

    def _name_buttons(self) -> None:
        for panel_id, button in self._buttons.items():
            row = BY_ID[panel_action(panel_id)]
            button.set_words(tr(row.title), self._actions.shortcut(row.id), tr(row.note) if row.note else "")


class Overlay(QFrame):
    """Holds the docks while the column is collapsed and shows at most one, at the right edge of ``centre``."""

    def __init__(self, window: QMainWindow, centre: QWidget, changed: Callable[[str], object]) -> None:
        super().__init__(window)
        self.setObjectName("dock_overlay")
        self.setProperty("surface", "panel")
        self._centre, self._changed = centre, changed
        self._docks: dict[str, QDockWidget] = {}
        self._switching = False
        self.current = ""
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(hairline(vertical=True))
        self._box = QVBoxLayout()
        box.addLayout(self._box, 1)
        self.hide()
        centre.installEventFilter(self)

    def take(self, docks: Mapping[str, QDockWidget]) -> None:
        """Move ``docks`` in here, all of them hidden."""
        for panel_id, dock in docks.items():
            dock.setParent(self)
            dock.setFeatures(_FEATURES.DockWidgetClosable)
            dock.hide()
            self._box.addWidget(dock)
            dock.installEventFilter(self)
            self._docks[panel_id] = dock
        self._show("")

    def give_back(self, window: QMainWindow) -> dict[str, QDockWidget]:
        """Make all docks children of ``window`` again; it decides where they go."""
        self._show("")
        docks, self._docks = self._docks, {}
        for dock in docks.values():
            dock.removeEventFilter(self)
            self._box.removeWidget(dock)
            dock.setParent(window)
            dock.setFeatures(_FEATURES.DockWidgetMovable | _FEATURES.DockWidgetFloatable | _FEATURES.DockWidgetClosable)
        return docks

    def open(self, panel_id: str) -> None:
        """Show one panel; none for an empty id."""
        self._show(panel_id if panel_id in self._docks else "")

    def holds(self, panel_id: str) -> bool:
        """Whether this panel is in here; a torn-off one is not."""
        return panel_id in self._docks

    def _show(self, panel_id: str) -> None:
        if self._switching:
            return
        self._switching = True
        for name, dock in self._docks.items():
            dock.setVisible(name == panel_id)
        self.current = panel_id
        self.setVisible(bool(panel_id))
        self._switching = False
        if panel_id:
            self._place()
            self.raise_()
        self._changed(panel_id)

    def _place(self) -> None:
        area = QRect(self._centre.mapTo(self.window(), QPoint()), self._centre.size())
        width = min(OVERLAY_WIDTH, area.width() - CANVAS_LEFT_PX)
        self.setGeometry(area.right() + 1 - width, area.y(), width, area.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._centre:
            if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.current:
                self._place()
        elif not self._switching and event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            name = next((name for name, dock in self._docks.items() if dock is watched), "")
            if event.type() == QEvent.Type.ShowToParent:
                self._show(name)
            elif name == self.current:
                self._show("")
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self._show("")
        super().keyPressEvent(event)  # the window gives the focus back to the canvas
