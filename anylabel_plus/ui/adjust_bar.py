"""The bar in the place of the option bar while shapes are adjusted: a slider, what it does, keep or leave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from anylabel_plus.ui.actions import BY_ID
from anylabel_plus.ui.adjusting import ADJUSTMENTS, Adjustment, AdjustmentRow, Facts
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.option_bar import HEIGHT
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.widgets.buttons import Button, tooltip
from anylabel_plus.ui.widgets.marks import ElidedLabel, IconMark, KeyCap, hairline, text_label
from anylabel_plus.ui.widgets.sliders import SliderValue, ValueEdit

SLIDER_PX = 260
_KEEP = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class AdjustBar(QFrame):
    """As high as the option bar, which it replaces, so that the image stays where it is.

    Enter keeps the result and Esc leaves the shapes as they were, with the focus here or on the canvas.
    """

    def __init__(self, session: Session, canvas: QWidget, option_bar: QWidget) -> None:
        super().__init__()
        self.setObjectName("adjust_bar")
        self.setProperty("surface", "panel")
        self.setFixedHeight(HEIGHT)
        self._canvas, self._option_bar = canvas, option_bar
        self.adjustment = Adjustment(session, self)
        self._icon = IconMark("options", "accent", 18)
        self._title = text_label("", "strong")
        self._facts = ElidedLabel("", "small", "text_2")
        self._facts.setObjectName("adjust_facts")
        self._cancel = Button(tr("Cancel"), clicked=lambda: self.adjustment.finish(keep=False))
        self._cancel.setObjectName("adjust_cancel")
        self._cancel.setToolTip(tooltip(tr("Cancel"), "Esc", tr("Leaves the shapes as they were.")))
        self._apply = Button(tr("Apply"), "accept", "primary", clicked=lambda: self.adjustment.finish(keep=True))
        self._apply.setObjectName("adjust_apply")
        self._apply.setToolTip(tooltip(tr("Apply"), "Return", tr("Keeps what is shown.")))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 8, 0)
        self._row.setSpacing(8)
        self._value: SliderValue | None = None
        self._lay_out()
        self.hide()
        self.adjustment.begun.connect(self._begun)
        self.adjustment.shown.connect(self._show_facts)
        self.adjustment.ended.connect(self._ended)

    def _lay_out(self) -> None:
        line = hairline(vertical=True)
        line.setFixedHeight(20)
        for left in (self._icon, self._title, line):
            self._row.addWidget(left)
        self._row.addWidget(self._facts, 1)
        for right in (self._cancel, KeyCap("Esc"), self._apply, KeyCap("Return")):
            self._row.addWidget(right)

    def requests(self) -> dict[str, Callable[[], object]]:
        """Action id -> what starts it."""
        return {name: partial(self.adjustment.begin, name) for name in ADJUSTMENTS}

    def _begun(self, row: AdjustmentRow) -> None:
        title = tr(row.title)
        self._icon.set(BY_ID[row.id].icon, "accent")
        self._title.setText(title)
        self._facts.setText("")
        value = SliderValue(title, row.low, row.high, row.start, row.step, "px", 1)
        value.setFixedWidth(SLIDER_PX)
        value.slider.setObjectName("adjust_slider")
        value.edit.setObjectName("adjust_value")
        tip = tooltip(title, "", tr("Arrow keys step, with Shift tenfold; a double-click resets."))
        value.slider.setToolTip(tip)
        value.edit.setToolTip(tip)
        value.changed.connect(self.adjustment.set_value)
        for part in (value.slider, value.edit, self._canvas):
            part.installEventFilter(self)
        self._row.insertWidget(3, value)
        self._value = value
        # Not narrower either, or the panels beside it would move.
        self.setMinimumWidth(self._option_bar.minimumSizeHint().width())
        self._option_bar.hide()
        self.show()
        value.slider.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_facts(self) -> None:
        facts, value = self.adjustment.facts, self._value
        if facts is None or value is None:
            return
        value.set_value(self.adjustment.value)
        row = self.adjustment.row
        text = in_words(facts, points=row is not None and row.id == "simplify")
        self._facts.setText(text)
        self._facts.setToolTip(text)

    def _ended(self) -> None:
        self._canvas.removeEventFilter(self)
        if self._value is not None:
            self._row.removeWidget(self._value)
            self._value.hide()
            self._value.deleteLater()
            self._value = None
        self.hide()
        self._option_bar.show()
        self._canvas.setFocus()

    # Keys ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._key(event):
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.adjustment.row is None or not isinstance(event, QKeyEvent):
            return False
        if event.key() not in (*_KEEP, Qt.Key.Key_Escape):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if isinstance(watched, ValueEdit) and event.key() in _KEEP and watched.isModified():
            return False  # the field takes the number typed, and leaves the key to the bar
        return self._key(event)

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in _KEEP:
            self.adjustment.finish(keep=True)
        elif event.key() == Qt.Key.Key_Escape:
            self.adjustment.finish(keep=False)
        else:
            return False
        return True


def in_words(facts: Facts, *, points: bool) -> str:
    """One line: points or area, agreement with what was, and what would be lost."""
    parts = []
    iou = "" if facts.iou is None else f"{facts.iou:.3f}"
    before, after = facts.points
    if points:
        parts.append(ntr("{after} of {n} point", "{after} of {n} points", before, after=after))
    elif facts.area[0]:
        parts.append(tr("Area {change}", change=f"{100 * (facts.area[1] / facts.area[0] - 1):+.1f}%"))
    if iou:
        parts.append(tr("IoU {iou}", iou=iou))
    if facts.lost:
        parts.append(ntr("{n} shape is too small and stays", "{n} shapes are too small and stay", facts.lost))
    return " · ".join(parts)
