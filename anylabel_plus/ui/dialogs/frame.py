"""What all dialogs look like: head with icon, title and subtitle; body; foot with the buttons."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.widgets.dialog import Dialog
from anylabel_plus.ui.widgets.marks import ElidedLabel, IconTile, hairline, text_label

SIDE = 20
"""Padding of the body at its sides, in pixels."""


def bar(name: str, height: int) -> tuple[QWidget, QHBoxLayout]:
    """A strip on the application's surface, for head and foot."""
    strip = QFrame()
    strip.setObjectName(name)
    strip.setProperty("surface", "app")
    strip.setFixedHeight(theme.size(f"dialog_{name}") if height == 0 else height)
    layout = QHBoxLayout(strip)
    layout.setContentsMargins(SIDE, 0, SIDE, 0)
    layout.setSpacing(8)
    return strip, layout


class DialogFrame(Dialog):
    """``body`` and ``buttons`` are for the subclass to fill; the primary button comes last."""

    def __init__(self, parent: QWidget | None, icon: str, title: str, subtitle: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("surface", "panel")
        head, head_row = bar("header", 0)
        head_row.setSpacing(12)
        head_row.addWidget(IconTile(icon, 34, "accent_soft", "accent"))
        titles = QVBoxLayout()
        titles.setSpacing(0)
        titles.addStretch(1)
        titles.addWidget(text_label(title, "h2"))
        self.subtitle = ElidedLabel(subtitle, "small", "text_2", middle=True)
        self.subtitle.setVisible(bool(subtitle))
        titles.addWidget(self.subtitle)
        titles.addStretch(1)
        head_row.addLayout(titles, 1)
        self.head = head_row
        foot, self.buttons = bar("footer", 0)
        self.note = ElidedLabel("", "small", "text_2")
        self.buttons.addWidget(self.note, 1)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(hairline())
        column.addLayout(self.body, 1)
        column.addWidget(hairline())
        column.addWidget(foot)


def short_path(folder: Path | None) -> str:
    """The last two names of a path, "portraits / images"; the whole path belongs into the tooltip."""
    if folder is None:
        return ""
    return " / ".join([part for part in folder.parts if part != folder.anchor][-2:]) or str(folder)


def scrolled(content: QWidget) -> QScrollArea:
    """``content`` in an area that scrolls up and down only."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area
