"""Inputs: combo and spin boxes with our carets, search field, check box, radio, switch, segmented control."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from anylabel_plus.ui import icons, theme
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.paint import focus_ring, rounded


class ComboBox(QComboBox):
    """A combo box with our caret; the wheel acts only when it is focused."""

    def __init__(self, dense: bool = False) -> None:
        super().__init__()
        self.setProperty("drawn", True)
        self.setProperty("dense", dense)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContentsOnFirstShow)
        self.setMinimumContentsLength(6)
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        role = "text_3" if self.isEnabled() else "text_disabled"
        icons.paint(painter, QRectF(self.width() - 19, self.height() / 2 - 5, 10, 10), "caret_down", theme.color(role))


def _paint_carets(box: QAbstractSpinBox) -> None:
    painter = QPainter(box)
    for name, top in (("caret_up", 0.28), ("caret_down", 0.72)):
        role = "text_3" if box.isEnabled() else "text_disabled"
        icons.paint(painter, QRectF(box.width() - 15, box.height() * top - 4, 8, 8), name, theme.color(role))


def _dress(box: QSpinBox | QDoubleSpinBox, unit: str) -> None:
    """What all our spin boxes share: unit as suffix, height, inset."""
    box.setProperty("drawn", True)
    box.setSuffix(f" {unit}" if unit else "")
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setFixedHeight(theme.size("control"))
    box.lineEdit().setTextMargins(5, 0, 0, 0)


class SpinBox(QSpinBox):
    """A whole number with our carets; the wheel acts only when it is focused."""

    def __init__(self, low: int = 0, high: int = 100, value: int = 0, unit: str = "") -> None:
        super().__init__()
        self.setRange(low, high)
        self.setValue(value)
        self.setGroupSeparatorShown(True)
        _dress(self, unit)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_carets(self)


class DoubleSpinBox(QDoubleSpinBox):
    """A number with our carets; the wheel acts only when it is focused."""

    def __init__(
        self,
        low: float = 0.0,
        high: float = 1.0,
        value: float = 0.0,
        step: float = 0.05,
        unit: str = "",
        digits: int = 2,
    ) -> None:
        super().__init__()
        self.setDecimals(digits)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setValue(value)
        _dress(self, unit)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        _paint_carets(self)


class SearchField(QLineEdit):
    """A line edit with a magnifying glass and a button that clears; Escape clears too."""

    def __init__(self, placeholder: str, dense: bool = True) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setProperty("dense", dense)
        glass = self.addAction(icons.icon("magnifying-glass", "text_3"), QLineEdit.ActionPosition.LeadingPosition)
        glass.setText(placeholder)
        self._clear = self.addAction(icons.icon("x", "text_3"), QLineEdit.ActionPosition.TrailingPosition)
        self._clear.setText(tr("Clear"))
        self._clear.setVisible(False)
        self._clear.triggered.connect(self.clear)
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)


class CheckBox(QCheckBox):
    """A check box drawn in the theme; may be tristate."""

    _BOX = 16

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance(self.text().replace("&", ""))
        return QSize(max(24, self._BOX + (8 + width if self.text() else 0) + 2), 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:
        return self.rect().contains(pos)  # type: ignore[call-overload]

    def _mark(self) -> str:
        state = self.checkState()
        return {Qt.CheckState.Checked: "check_bold", Qt.CheckState.PartiallyChecked: "minus_bold"}.get(state, "")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(1, (self.height() - self._BOX) / 2, self._BOX, self._BOX)
        mark, enabled = self._mark(), self.isEnabled()
        if mark:
            fill = theme.color("accent_fill" if enabled else "bg_pressed")
            rounded(painter, box, 4, fill)
            mark_color = theme.color("text_on_accent" if enabled else "text_disabled")
            icons.paint(painter, box.adjusted(3, 3, -3, -3), mark, mark_color)
        else:
            line = theme.color("border_strong" if enabled else "border")
            rounded(painter, box, 4, theme.color("bg_raised" if enabled else "bg_panel"), line)
        _paint_choice_text(self, painter, box)


class RadioButton(QRadioButton):
    """A radio button drawn in the theme."""

    _BOX = 16

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance(self.text().replace("&", ""))
        return QSize(self._BOX + 8 + width + 2, 24)

    def hitButton(self, pos: object) -> bool:
        return self.rect().contains(pos)  # type: ignore[call-overload]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(1, (self.height() - self._BOX) / 2, self._BOX, self._BOX)
        enabled = self.isEnabled()
        if self.isChecked():
            rounded(painter, box, 8, theme.color("accent_fill" if enabled else "bg_pressed"))
            painter.setBrush(theme.color("text_on_accent" if enabled else "text_disabled"))
            painter.drawEllipse(box.center(), 3, 3)
        else:
            line = theme.color("border_strong" if enabled else "border")
            rounded(painter, box, 8, theme.color("bg_raised" if enabled else "bg_panel"), line)
        _paint_choice_text(self, painter, box)


def _paint_choice_text(button: QAbstractButton, painter: QPainter, box: QRectF) -> None:
    if theme.keyboard_focus(button):
        focus_ring(painter, box.adjusted(-1, -1, 1, 1), 5)
    painter.setFont(button.font())
    painter.setPen(theme.color("text" if button.isEnabled() else "text_disabled"))
    area = QRectF(box.right() + 8, 0, button.width() - box.right() - 8, button.height())
    painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic), button.text())


class Switch(QAbstractButton):
    """A setting that acts at once. Give it an accessible name when it has no text beside it."""

    def __init__(self, name: str = "", checked: bool = False) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(checked)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        return QSize(30, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        track = QRectF(1, (self.height() - 16) / 2, 28, 16)
        enabled, on = self.isEnabled(), self.isChecked()
        if on:
            rounded(painter, track, 8, theme.color("accent_fill" if enabled else "bg_pressed"))
        else:
            line = theme.color("border_strong" if enabled else "border")
            rounded(painter, track, 8, theme.color("bg_pressed"), line)
        painter.setPen(Qt.PenStyle.NoPen)
        knob = "text_on_accent" if enabled else "text_disabled"
        painter.setBrush(theme.color(knob if on or theme.mode() == "dark" or not enabled else "border_strong"))
        painter.drawEllipse(QPointF(track.right() - 8 if on else track.left() + 8, track.center().y()), 5.5, 5.5)
        if theme.keyboard_focus(self):
            focus_ring(painter, track.adjusted(-1, -1, 1, 1), 9)


class _Part(QAbstractButton):
    """One choice of a segmented control."""

    def __init__(self, text: str, icon: str, dense: bool) -> None:
        super().__init__()
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self._icon, self._dense = icon, dense
        self.setFont(theme.font("small" if dense else "control"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(theme.font("control")).horizontalAdvance(self.text())
        return QSize(width + 22 + (20 if self._icon else 0), 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint() - QSize(14, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        inset = 2 if self._dense else 0  # the whole height answers, also where a dense one is drawn lower
        area = QRectF(self.rect()).adjusted(0, inset, 0, -inset)
        enabled, on = self.isEnabled(), self.isChecked()
        if on:
            rounded(painter, area, theme.radius("row"), theme.color("bg_seg_on"))
        role = "text" if on or self.underMouse() else "text_2"
        color = theme.color(role if enabled else "text_disabled")
        painter.setFont(theme.font("control"))
        width = QFontMetrics(painter.font()).horizontalAdvance(self.text())
        left = (self.width() - width) / 2
        if self._icon:
            left += 9
            icons.paint(painter, QRectF(left - 20, self.height() / 2 - 7, 14, 14), self._icon, color)
        painter.setPen(color)
        painter.drawText(QRectF(left, 0, width + 2, self.height()), int(Qt.AlignmentFlag.AlignVCenter), self.text())
        if theme.keyboard_focus(self):
            focus_ring(painter, area, theme.radius("row"))

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)


class Segmented(QWidget):
    """Two to four choices of one kind. ``choices`` are (key, text) or (key, text, icon)."""

    chosen = Signal(str)
    """Emitted with the key when the user chooses."""

    def __init__(self, choices: Sequence[tuple[str, ...]], name: str, current: str = "", dense: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._keys: list[str] = []
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        self._above = 0 if dense else 2
        layout.setContentsMargins(2, self._above, 2, self._above)
        layout.setSpacing(2)
        for number, choice in enumerate(choices):
            part = _Part(choice[1], choice[2] if len(choice) > 2 else "", dense)
            self._keys.append(choice[0])
            self._group.addButton(part, number)
            layout.addWidget(part, 1)
        self.set_current(current or self._keys[0])
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._keys[number]))

    def sizeHint(self) -> QSize:
        parts = self._group.buttons()
        widest = max(part.sizeHint().width() for part in parts)
        return QSize(len(parts) * (widest + 2) + 2, parts[0].sizeHint().height() + 2 * self._above)

    def current(self) -> str:
        """The key of the chosen part."""
        return self._keys[self._group.checkedId()]

    def set_current(self, key: str) -> None:
        """Choose without a signal; an unknown key changes nothing."""
        if key in self._keys:
            self._group.button(self._keys.index(key)).setChecked(True)

    def set_part_enabled(self, key: str, enabled: bool, why: str = "") -> None:
        """Enable one part; ``why`` is the tooltip of a disabled one."""
        part = self._group.button(self._keys.index(key))
        part.setEnabled(enabled)
        part.setToolTip("" if enabled else why)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme.radius("control"), theme.color("bg_seg"), theme.color("border"))


def set_error(field: QWidget, on: bool) -> None:
    """Outline a line edit or spin box in the danger colour, or take that back."""
    if bool(field.property("error")) != on:
        field.setProperty("error", on)
        theme.restyle(field)


def caret_rect(rect: QRect) -> QRectF:
    """Where a tree row draws its caret."""
    return QRectF(rect.left() + 4, rect.center().y() - 5, 10, 10)
