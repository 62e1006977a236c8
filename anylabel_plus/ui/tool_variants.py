"""Several tools on one button of the strip: a click takes up the one used last, a long press shows all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QMenu

from anylabel_plus.ui import icons, theme
from anylabel_plus.ui.actions import BY_ID
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.widgets.buttons import ToolButton

LONG_PRESS_MS = 400
MARK_PX = 5.0
_MENU_KEYS = (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Menu)


class VariantButton(ToolButton):
    """``ids`` are those of the actions, the first is shown at the start; ``current`` is the one shown."""

    def __init__(self, actions: ActionSet, ids: Sequence[str], side: int, px: int) -> None:
        row = BY_ID[ids[0]]
        super().__init__(row.icon, tr(row.title), side=side, px=px, checkable=True)
        self.setObjectName(f"tool_{ids[0]}")
        self.ids, self.current = tuple(ids), ids[0]
        self._actions = actions
        self._shown: QMenu | None = None
        self._held = QTimer(self)
        self._held.setSingleShot(True)
        self._held.setInterval(LONG_PRESS_MS)
        self._held.timeout.connect(self.show_variants)
        self.changed: Callable[[], object] = lambda: None
        """Called when another action is shown, so that its words can be set."""
        self.clicked.connect(self._clicked)
        self.installEventFilter(self)
        for action_id in ids:
            actions[action_id].changed.connect(self._follow)
        self._follow()

    def _clicked(self) -> None:
        if self._shown is None:
            self._actions[self.current].trigger()
        self._follow()

    def _follow(self) -> None:
        """Show the tool of this button that is in hand, else the one that was."""
        checked = [action_id for action_id in self.ids if self._actions[action_id].isChecked()]
        before = self.current, self.isEnabled()
        if checked:
            self.current = checked[0]
        self.setEnabled(self._actions[self.current].isEnabled())
        if before != (self.current, self.isEnabled()):
            self.set_icon(BY_ID[self.current].icon)
            self.changed()
        self.setChecked(bool(checked))

    def show_variants(self) -> None:
        """A menu of all tools of this button, beside it."""
        self.setDown(False)
        menu = QMenu(self)
        menu.setObjectName(f"variants_{self.ids[0]}")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action_id in self.ids:
            self._add(menu, action_id)
        menu.aboutToHide.connect(self._menu_closed)
        self._shown = menu
        menu.popup(self.mapToGlobal(QPoint(self.width() + 4, 0)))

    def _add(self, menu: QMenu, action_id: str) -> None:
        # An entry of its own: those of the menu bar show a tick where these show the tool's icon.
        source = self._actions[action_id]
        entry = menu.addAction(icons.icon(BY_ID[action_id].icon, "text_2", active="text_on_accent"), source.text())
        entry.setObjectName(f"variant_{action_id}")
        entry.setShortcuts(source.shortcuts())
        entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        entry.triggered.connect(source.trigger)

    def _menu_closed(self) -> None:
        # The release of the long press may still come: it is no click.
        QTimer.singleShot(0, self, self._forget_menu)

    def _forget_menu(self) -> None:
        self._shown = None
        self._follow()

    # Events ----------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Right click, long press, and Down or Menu on the keyboard show the variants."""
        if isinstance(event, QMouseEvent) and self.isEnabled():
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.RightButton:
                self.show_variants()
                return True
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self._held.start()
            elif event.type() == QEvent.Type.MouseButtonRelease:
                self._held.stop()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _MENU_KEYS:
            self.show_variants()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        # A small corner says that there is more behind the button.
        role = "text_disabled" if not self.isEnabled() else "text_on_accent" if self.isChecked() else "text_3"
        right, bottom = self.width() - 4.0, self.height() - 4.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(role))
        corner = (QPointF(right, bottom - MARK_PX), QPointF(right, bottom), QPointF(right - MARK_PX, bottom))
        painter.drawPolygon(QPolygonF(corner))
        painter.end()
