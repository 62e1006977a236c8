"""The colours of the palette to choose from, and a way to any other."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QColorDialog, QGridLayout, QWidget

from anylabel_plus.core.labels import PALETTE
from anylabel_plus.ui import theme
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.paint import focus_ring, rounded

_COLUMNS = 12


class ColorButton(QAbstractButton):
    """One colour; the one in force has a ring."""

    def __init__(self, color: str, name: str) -> None:
        super().__init__()
        self.color = color
        self.setCheckable(True)
        self.setFixedSize(24, 24)
        self.setAccessibleName(name)
        self.setToolTip(f"{name}  {color}")

    def sizeHint(self) -> QSize:
        return QSize(24, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(4, 4, 16, 16)
        color = QColor(self.color)
        if not self.isEnabled():
            color.setAlphaF(0.4)
        rounded(painter, area, 4, color)
        if self.isChecked():
            rounded(painter, QRectF(1.5, 1.5, 21, 21), 6, None, theme.color("text"))
        if theme.keyboard_focus(self):
            focus_ring(painter, QRectF(self.rect()), 6)


class PaletteGrid(QWidget):
    """``chosen`` carries ``#RRGGBB``, or an empty text for the colour of the label's own slot."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        self._buttons: list[ColorButton] = []
        for number, color in enumerate(PALETTE):
            button = ColorButton(color, tr("Colour {number}", number=number + 1))
            button.setObjectName(f"color_{number + 1}")
            button.clicked.connect(lambda _=False, color=color: self.chosen.emit(color))
            grid.addWidget(button, number // _COLUMNS, number % _COLUMNS)
            self._buttons.append(button)
        self.other = Button(tr("Other colour…"), size="small", clicked=self._ask)
        self.own = Button(tr("Default colour"), kind="ghost", size="small", clicked=lambda: self.chosen.emit(""))
        grid.setColumnMinimumWidth(_COLUMNS, 8)
        grid.addWidget(self.other, 0, _COLUMNS + 1)
        grid.addWidget(self.own, 1, _COLUMNS + 1)
        self._color = ""

    def show_color(self, color: str) -> None:
        """Mark the colour in force; none for an empty text."""
        self._color = color
        for button in self._buttons:
            button.setChecked(button.color == color)

    def _ask(self) -> None:
        color = QColorDialog.getColor(QColor(self._color or PALETTE[0]), self, tr("Colour of the label"))
        if color.isValid():
            self.chosen.emit(color.name().upper())
