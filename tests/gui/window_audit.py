"""Looks through a window for text that does not fit, controls without a name and targets that are too small."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QAccessible, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QWidget,
)

TARGET_PX = 24
CARET_PX = 30
"""Width of a combo box that its frame and caret take."""
TAB_MARGINS_PX = 14
CONTROLS = (QAbstractButton, QLineEdit, QAbstractSpinBox, QComboBox, QAbstractSlider, QAbstractItemView, QPlainTextEdit)


def shown(top: QWidget) -> Iterator[QWidget]:
    """Everything in ``top`` that can be seen now, but for the insides of combo and spin boxes and scroll bars."""
    for widget in top.findChildren(QWidget):
        inside = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox | QScrollBar | QLineEdit)
        if widget.isVisibleTo(top) and widget.width() > 0 and not inside and not isinstance(widget, QScrollBar):
            yield widget


def called(widget: QWidget) -> str:
    """Where a widget is, for a message."""
    names = []
    parent: QWidget | None = widget
    while parent is not None and len(names) < 4:
        names.append(parent.objectName() or type(parent).__name__)
        parent = parent.parentWidget()
    return " < ".join(names)


def text_of(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):
        return widget.currentText()
    text = getattr(widget, "text", None)
    return str(text()) if callable(text) else ""


def clipped(top: QWidget) -> list[str]:
    """Widgets whose text is wider or higher than they are, or that reach out of their parent."""
    return [f"{called(widget)}: {what}" for widget in shown(top) for what in problems(widget)]


def least(button: QAbstractButton) -> int:
    """The width in which the text of a button can just be read."""
    return min(button.sizeHint().width(), button.minimumSizeHint().width())


def problems(widget: QWidget) -> Iterator[str]:
    text = text_of(widget)
    if isinstance(widget, QTabBar):
        rows = [n for n in range(widget.count()) if widget.tabRect(n).right() > widget.width()]
        yield from (f"the tab {widget.tabText(n)!r} is cut off" for n in rows)
        return
    if isinstance(widget, QLabel) and text:
        if widget.wordWrap():
            needed = widget.heightForWidth(widget.width())
            if needed > widget.height() + 1:
                yield f"{text!r} needs {needed} px of height, has {widget.height()}"
        elif widget.minimumSizeHint().width() > widget.width() + 1:
            yield f"{text!r} needs {widget.minimumSizeHint().width()} px, has {widget.width()}"
    elif isinstance(widget, QAbstractButton) and text and least(widget) > widget.width() + 1:
        yield f"{text!r} needs {least(widget)} px, has {widget.width()}"
    elif isinstance(widget, QComboBox):
        needed = QFontMetrics(widget.font()).horizontalAdvance(text) + CARET_PX
        if needed > widget.width() + 1:
            yield f"{text!r} needs {needed} px, has {widget.width()}"
    elif isinstance(widget, QLineEdit) and not text and widget.placeholderText():
        needed = QFontMetrics(widget.font()).horizontalAdvance(widget.placeholderText())
        if needed > widget.width() - 14:
            yield f"the hint {widget.placeholderText()!r} needs {needed} px, has {widget.width() - 14}"
    parent = widget.parentWidget()
    scrolled = parent is not None and isinstance(parent.parentWidget(), QScrollArea)
    if parent is None or widget.isWindow() or scrolled or not isinstance(widget, CONTROLS):
        return
    if not parent.rect().adjusted(-1, -1, 1, 1).contains(widget.geometry()):
        yield f"reaches out of its parent: {widget.geometry().getRect()} in {parent.size().toTuple()}"


def elided_tabs(top: QWidget) -> list[str]:
    """Tabs that end in dots."""
    return [
        f"{called(bar)}: {bar.tabText(number)!r}"
        for bar in shown(top)
        if isinstance(bar, QTabBar)
        for number in range(bar.count())
        if QFontMetrics(bar.font()).horizontalAdvance(bar.tabText(number)) + TAB_MARGINS_PX
        > bar.tabRect(number).width()
    ]


def nameless(top: QWidget) -> list[str]:
    """Controls of which a screen reader could say nothing."""
    found = []
    for widget in shown(top):
        if isinstance(widget, CONTROLS):
            interface = QAccessible.queryAccessibleInterface(widget)
            if not interface or not interface.text(QAccessible.Text.Name).strip():
                found.append(called(widget))
    return found


def small(top: QWidget) -> list[str]:
    """Buttons and inputs that are hard to hit."""
    return [
        f"{called(widget)}: {widget.width()} x {widget.height()}"
        for widget in shown(top)
        if isinstance(widget, QAbstractButton | QComboBox | QAbstractSpinBox | QLineEdit)
        and min(widget.width(), widget.height()) < TARGET_PX
    ]
