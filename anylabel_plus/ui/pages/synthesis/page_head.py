"""The strip above the synthesis page: what it is, recipes, help, and the way out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.buttons import ToolButton
from anylabel_plus.ui.widgets.marks import IconTile, row, text_label

HEIGHT = 60


class PageHead(QFrame):
    """``recipes`` is the button of the recipes' menu."""

    help_wanted = Signal()
    closed = Signal()

    def __init__(self, recipes: QWidget) -> None:
        super().__init__()
        self.setProperty("surface", "app")
        self.setFixedHeight(HEIGHT)
        titles = QVBoxLayout()
        titles.setSpacing(1)
        titles.addStretch(1)
        titles.addWidget(text_label(tr("Synthesis"), "h2"))
        titles.addWidget(
            text_label(
                tr("Cut and paste labeled objects onto new backgrounds. Every pixel keeps an exact label."),
                "small",
                "2",
            )
        )
        titles.addStretch(1)
        help_button = ToolButton("help", tr("Guide to synthesis"), clicked=self.help_wanted.emit)
        help_button.setObjectName("synthesis_help")
        close_button = ToolButton("close", tr("Close"), "Esc", clicked=self.closed.emit)
        close_button.setObjectName("synthesis_close")
        line: QHBoxLayout = row(spacing=12, margins=(16, 0, 12, 0))
        line.addWidget(IconTile("ph.stack-simple", 34, "accent_soft", "accent"))
        line.addLayout(titles, 1)
        for widget in (recipes, help_button, close_button):
            line.addWidget(widget)
        self.setLayout(line)
