"""Slider with its value beside it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QLineEdit, QSizePolicy, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.widgets.marks import row
from anylabel_plus.ui.widgets.paint import focus_ring


class Slider(QAbstractSlider):
    """Groove 4, handle 12. Double click resets, arrows step, Shift steps tenfold."""

    reset = Signal()

    def __init__(self, low: int, high: int, value: int) -> None:
        super().__init__()
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(low, high)
        self.setValue(value)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(96, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, 24)

    def _x(self) -> float:
        span = max(1, self.maximum() - self.minimum())
        return 7 + (self.width() - 14) * (self.sliderPosition() - self.minimum()) / span

    def _set_from(self, x: float) -> None:
        span = self.maximum() - self.minimum()
        self.setValue(round(self.minimum() + span * (x - 7) / max(1, self.width() - 14)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._set_from(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._set_from(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        sign = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}.get(
            Qt.Key(event.key())
        )
        if sign is None:
            super().keyPressEvent(event)
            return
        tenfold = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        self.setValue(self.value() + sign * self.singleStep() * (10 if tenfold else 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        x, y = self._x(), self.height() / 2
        painter.setBrush(theme.color("bg_pressed"))
        painter.drawRoundedRect(QRectF(1, y - 2, self.width() - 2, 4), 2, 2)
        painter.setBrush(theme.color("accent_fill" if self.isEnabled() else "border"))
        painter.drawRoundedRect(QRectF(1, y - 2, x - 1, 4), 2, 2)
        painter.setPen(theme.color("border_strong"))
        painter.setBrush(theme.color("text_on_accent" if self.isEnabled() else "text_disabled"))
        painter.drawEllipse(QPointF(x, y), 5.5, 5.5)
        if theme.keyboard_focus(self):
            focus_ring(painter, QRectF(x - 8, y - 8, 16, 16), 8)


class ValueEdit(QLineEdit):
    """A number with its unit, without a frame until it is pointed at; arrows step it."""

    entered = Signal(float)

    def __init__(self, name: str, low: float, high: float, step: float, unit: str, digits: int) -> None:
        super().__init__()
        self._low, self._high, self._step, self._unit, self._digits = low, high, step, unit, digits
        self._value = low
        self.setProperty("flat", True)
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFixedSize(64, theme.size("control_small"))
        self.editingFinished.connect(self._finished)

    def value(self) -> float:
        """The number shown."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show another number, without a signal."""
        self._value = min(max(value, self._low), self._high)
        self.setText(f"{self._value:.{self._digits}f} {self._unit}".rstrip())
        self.setModified(False)

    def _finished(self) -> None:
        if not self.isModified():
            return
        text = self.text().replace(self._unit, "").replace(",", ".").strip()
        try:
            self._enter(float(text))
        except ValueError:
            self.set_value(self._value)

    def _enter(self, value: float) -> None:
        self.set_value(value)
        self.entered.emit(self._value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        sign = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if sign is None:
            super().keyPressEvent(event)
            return
        tenfold = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        self._enter(self._value + sign * self._step * (10 if tenfold else 1))


class SliderValue(QWidget):
    """A slider and its editable value with a unit; the slider moves in multiples of ``step``."""

    changed = Signal(float)
    """Emitted with every new value, also while dragging."""

    def __init__(
        self, name: str, low: float, high: float, value: float, step: float = 1.0, unit: str = "", digits: int = 1
    ) -> None:
        super().__init__()
        self._step, self._default = step, value
        self.slider = Slider(round(low / step), round(high / step), round(value / step))
        self.slider.setAccessibleName(name)
        self.edit = ValueEdit(name, low, high, step, unit, digits)
        self.edit.set_value(value)
        self.setLayout(row(self.slider, self.edit, spacing=4))
        self.slider.valueChanged.connect(lambda number: self._set(number * self._step))
        self.slider.reset.connect(lambda: self._set(self._default))
        self.edit.entered.connect(self._set)

    def value(self) -> float:
        """The value shown."""
        return self.edit.value()

    def set_value(self, value: float) -> None:
        """Show another value without a signal."""
        self.edit.set_value(value)
        self.slider.blockSignals(True)
        self.slider.setValue(round(value / self._step))
        self.slider.blockSignals(False)
        self.slider.update()

    def _set(self, value: float) -> None:
        self.set_value(value)
        self.changed.emit(self.value())
