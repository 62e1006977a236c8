"""What every panel is: a head with its title, and a body."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.widgets.marks import text_label


class PanelHeader(QWidget):
    """Title, count, and small widgets at the right; 34 high. A dock can be dragged by it."""

    def __init__(self, title: str, *right: QWidget) -> None:
        super().__init__()
        self.setFixedHeight(theme.size("dock_title"))
        self.title = text_label(title, "h3")
        self.count = text_label("", "small", "3")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 10, 0)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.count)
        layout.addStretch(1)
        for widget in right:
            layout.addWidget(widget)


class PanelBase(QWidget):
    """The head is left out where something else shows the title: a tab, or the bar of a floating dock."""

    always_head = False
    """True for a panel whose head holds more than its title."""

    def __init__(self, name: str, title: str, *right: QWidget) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.header = PanelHeader(title, *right)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self.body.addWidget(self.header)

    def _show_head(self) -> None:
        dock, window = self.parentWidget(), self.window()
        titled = isinstance(dock, QDockWidget) and (
            dock.isFloating() or (isinstance(window, QMainWindow) and bool(window.tabifiedDockWidgets(dock)))
        )
        self.header.setVisible(self.always_head or not titled)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_head()
        # Tabs are made after the docks are shown.
        QTimer.singleShot(0, self, self._show_head)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ParentChange:
            QTimer.singleShot(0, self, self._show_head)
        return super().event(event)
