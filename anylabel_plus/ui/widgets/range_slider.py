"""Sliders for a knob of a recipe: one value or a range, with its text beside it."""

from __future__ import annotations

import re

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QLineEdit, QSizePolicy, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.marks import row
from anylabel_plus.ui.widgets.paint import focus_ring

HANDLE = 16
TEXT_WIDTH = 88
_NUMBER = re.compile(r"[-−]?\d+(?:[.,]\d+)?")
_CLOSE = ("%", "°")
"""Units that stand directly behind the number."""


class _Handle(QAbstractSlider):
    """One end of a range, a slider of its own for the keyboard and for those who cannot see it."""

    dragged = Signal(float)
    reset = Signal()

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.resize(HANDLE, 24)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        sign = keys.get(Qt.Key(event.key()))
        if sign is None:
            super().keyPressEvent(event)
            return
        tenfold = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        self.setValue(self.value() + sign * self.singleStep() * (10 if tenfold else 1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.dragged.emit(self.mapToParent(event.position()).x())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        center = QPointF(self.width() / 2, self.height() / 2)
        painter.setPen(theme.color("border_strong"))
        painter.setBrush(theme.color("text_on_accent" if self.isEnabled() else "text_disabled"))
        painter.drawEllipse(center, 5.5, 5.5)
        if theme.keyboard_focus(self):
            focus_ring(painter, QRectF(center.x() - 8, center.y() - 8, 16, 16), 8)


class RangeSlider(QWidget):
    """Two handles on one groove, whole numbers. Double click resets; arrows step, Shift steps tenfold."""

    changed = Signal(int, int)
    reset = Signal()

    def __init__(self, low: int, high: int, name: str) -> None:
        super().__init__()
        self._low, self._high = low, max(high, low + 1)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.handles = (_Handle(self, tr("{name}, from", name=name)), _Handle(self, tr("{name}, to", name=name)))
        for number, handle in enumerate(self.handles):
            handle.setRange(low, self._high)
            handle.valueChanged.connect(lambda _, number=number: self._moved(number))
            handle.dragged.connect(lambda x, number=number: self._drag(number, x))
            handle.reset.connect(self.reset)

    def sizeHint(self) -> QSize:
        return QSize(96, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(56, 24)

    def values(self) -> tuple[int, int]:
        """Both ends."""
        return self.handles[0].value(), self.handles[1].value()

    def set_values(self, low: int, high: int) -> None:
        """Show other ends, without a signal."""
        for handle, value in zip(self.handles, (low, high), strict=True):
            handle.blockSignals(True)
            handle.setValue(value)
            handle.blockSignals(False)
        self._place()

    def _moved(self, number: int) -> None:
        """An end pushes the other one along."""
        low, high = self.values()
        if low > high:
            value = self.handles[number].value()
            low = high = value
        self.set_values(low, high)
        self.changed.emit(low, high)

    def _x(self, value: int) -> float:
        return HANDLE / 2 + (self.width() - HANDLE) * (value - self._low) / (self._high - self._low)

    def _value(self, x: float) -> int:
        return round(self._low + (self._high - self._low) * (x - HANDLE / 2) / max(1, self.width() - HANDLE))

    def _drag(self, number: int, x: float) -> None:
        low, high = self.values()
        value = self._value(x)
        if low == high and number == 0 and value > high:  # both at one place: the one that can go there
            number = 1
        bounded = min(value, high) if number == 0 else max(value, low)
        self.handles[number].setValue(bounded)

    def _place(self) -> None:
        for handle in self.handles:
            handle.move(round(self._x(handle.value()) - HANDLE / 2), 0)
        first, last = self.handles
        # The end that still has room lies on top, where both are at one place.
        (last if last.value() < self._high else first).raise_()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The nearer end comes to the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            value = self._value(event.position().x())
            low, high = self.values()
            near = 0 if abs(value - low) < abs(value - high) or (low == high and value < low) else 1
            self.handles[near].setValue(value)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        y, (low, high) = self.height() / 2, self.values()
        painter.setBrush(theme.color("bg_pressed"))
        painter.drawRoundedRect(QRectF(2, y - 2, self.width() - 4, 4), 2, 2)
        painter.setBrush(theme.color("accent_fill" if self.isEnabled() else "border"))
        left, right = self._x(low), self._x(high)
        painter.drawRoundedRect(QRectF(left, y - 2, max(2.0, right - left), 4), 2, 2)


class ValueText(QLineEdit):
    """One number or two as text, "1.2 px" or "12 – 38%"; what is typed is read the same way."""

    entered = Signal(list)

    def __init__(self, name: str, count: int, unit: str, digits: int) -> None:
        super().__init__()
        self._count, self._unit, self._digits = count, unit, digits
        self._values: list[float] = [0.0] * count
        self.setProperty("flat", True)
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFixedSize(TEXT_WIDTH, theme.size("control_small"))
        self.setFont(theme.font("small"))
        self.editingFinished.connect(self._finished)

    def show_values(self, *values: float) -> None:
        """Show other numbers, without a signal."""
        self._values = list(values)
        close = self._unit in _CLOSE
        each = self._unit if self._unit == "°" else ""
        numbers = " – ".join(f"{value:,.{self._digits}f}{each}".replace("-", "−") for value in values)
        self.setText(f"{numbers}{'' if each else self._unit if close else f' {self._unit}'}".rstrip())
        self.setCursorPosition(0)
        self.setModified(False)

    def _finished(self) -> None:
        if not self.isModified():
            return
        found = [float(text.replace("−", "-").replace(",", ".")) for text in _NUMBER.findall(self._readable())]
        if len(found) == 1:
            found *= self._count
        if len(found) == self._count:
            self.entered.emit(sorted(found))
        else:
            self.show_values(*self._values)

    def _readable(self) -> str:
        """The text without thousands separators, and with a dash between two numbers that is no minus."""
        text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", self.text())
        return re.sub(r"(?<=[\d%°])\s*[-–]\s*(?=[-−\d])", " … ", text)


class RangeValue(QWidget):
    """A range slider and its text; the slider moves in multiples of ``step``, ``scale`` is for the text alone."""

    changed = Signal(float, float)

    def __init__(
        self, name: str, limits: tuple[float, float], step: float, unit: str, scale: float, default: tuple[float, float]
    ) -> None:
        super().__init__()
        self._limits, self._step, self._scale, self._default = limits, step, scale, default
        self.slider = RangeSlider(round(limits[0] / step), round(limits[1] / step), name)
        self.text = ValueText(name, 2, unit, digits_of(step * scale))
        self.setLayout(row(self.slider, self.text, spacing=4))
        self.slider.changed.connect(lambda low, high: self._set(low * step, high * step))
        self.slider.reset.connect(lambda: self._set(*self._default))
        self.text.entered.connect(lambda values: self._set(*(value / scale for value in values)))
        self.set_value(default)

    def value(self) -> tuple[float, float]:
        """Both ends."""
        return self._value

    def set_value(self, value: tuple[float, float]) -> None:
        """Show another range, without a signal."""
        low, high = (min(max(end, self._limits[0]), self._limits[1]) for end in value)
        self._value = (low, high)
        self.slider.set_values(round(low / self._step), round(high / self._step))
        self.text.show_values(low * self._scale, high * self._scale)

    def _set(self, low: float, high: float) -> None:
        self.set_value((_clean(low), _clean(high)))
        self.changed.emit(*self._value)


def digits_of(step: float) -> int:
    """How many decimals a value has that moves by ``step``."""
    return 0 if step >= 1 else 1 if step >= 0.1 else 2


def _clean(value: float) -> float:
    """Without what multiplying by a step adds: 0.30000000000000004."""
    return round(value, 6)
