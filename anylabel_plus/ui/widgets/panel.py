"""What every panel is: a head with its title, and a body."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.widgets.marks import text_label


class CountLabel(QLabel):
    """The number beside a title; ``changed`` carries it to whoever shows the title elsewhere, such as a tab."""

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFont(theme.font("small"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("tone", "3")

    def setText(self, text: str) -> None:
        """Show another number, or nothing."""
        if text != self.text():
            super().setText(text)
            self.changed.emit(text)


class PanelHeader(QWidget):
    """Title, count, and small widgets at the right; 34 high. A dock can be dragged by it."""

    def __init__(self, title: str, *right: QWidget) -> None:
        super().__init__()
        self.setFixedHeight(theme.size("dock_title"))
        self.title = text_label(title, "h3")
        self.count = CountLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.count)
        layout.addStretch(1)
        for widget in right:
            layout.addWidget(widget)


class PanelBase(QWidget):
    """``header`` is not part of the body: the dock takes it as its title bar, or leaves it out beside a tab."""

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
