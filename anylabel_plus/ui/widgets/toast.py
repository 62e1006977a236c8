"""Messages that come and go at the bottom right of a widget."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.buttons import Button, ToolButton
from anylabel_plus.ui.widgets.marks import IconMark, row, text_label
from anylabel_plus.ui.widgets.paint import rounded, shadow

WIDTH = 340
SHADOW = 12
STAY_MS = 6000
_MARKS = {
    "info": ("info", "accent"),
    "success": ("check-circle", "success"),
    "warning": ("warning-circle", "warning"),
    "error": ("x-circle", "danger"),
}


class FloatFrame(QWidget):
    """A float on the window: overlay surface, outline, shadow. Contents go inside ``SHADOW`` px."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setContentsMargins(SHADOW, SHADOW, SHADOW, SHADOW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = self.rect().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        shadow(painter, box, theme.radius("float"), SHADOW)
        rounded(painter, QRectF(box), theme.radius("float"), theme.color("bg_overlay"), theme.color("border"))


def _breakable(text: str) -> str:
    """``text`` with places to break a long path."""
    return re.sub(r"(?<=[/\\_])(?=\w)", "\u200b", text)


class Toast(FloatFrame):
    """One message: icon, title, one sentence, at most one action. Goes after 6 s, not while hovered."""

    gone = Signal()

    def __init__(
        self, level: str, title: str, text: str = "", action: tuple[str, Callable[[], object]] | None = None
    ) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH + 2 * SHADOW)
        self.key = (level, title, text)
        icon, role = _MARKS[level]
        texts = QVBoxLayout()
        texts.setSpacing(1)
        for words, style, tone in ((title, "strong" if text else "body", ""), (text, "small", "2")):
            if words:
                label = text_label(_breakable(words), style, tone, wrap=True)
                label.setMinimumWidth(1)  # else a long word would take the room of the button
                texts.addWidget(label)
        layout = row(IconMark(icon, role), spacing=10, margins=(14, 11, 8, 11))
        layout.addLayout(texts, 1)
        if action is not None:
            layout.addWidget(Button(action[0], clicked=lambda: self._act(action[1])))
        layout.addWidget(ToolButton("close", tr("Close"), side=24, px=14, clicked=self.close_now))
        self.setLayout(layout)
        self.setAccessibleName(f"{title} {text}".strip())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close_now)
        self._timer.start(STAY_MS if level in ("info", "success") else 2 * STAY_MS)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        self._timer.start(STAY_MS // 2)

    def _act(self, run: Callable[[], object]) -> None:
        self.close_now()
        run()

    def close_now(self) -> None:
        """Take the message away."""
        self._timer.stop()
        self.hide()
        self.gone.emit()


class Toasts(QObject):
    """At most two toasts at the bottom right of ``host``; the same message is not shown twice."""

    def __init__(self, host: QWidget, bottom: int = 8) -> None:
        super().__init__(host)
        self._host, self._bottom = host, bottom
        self._shown: list[Toast] = []
        host.installEventFilter(self)

    def show(
        self, level: str, title: str, text: str = "", action: tuple[str, Callable[[], object]] | None = None
    ) -> Toast:
        """Show a message; ``level`` is info, success, warning or error."""
        for toast in self._shown:
            if toast.key == (level, title, text):
                toast.close_now()
                break
        while len(self._shown) >= 2:
            self._shown[0].close_now()
        toast = Toast(level, title, text, action)
        toast.setParent(self._host)
        toast.gone.connect(lambda: self._drop(toast))
        self._shown.append(toast)
        self._place()
        toast.show()
        toast.raise_()
        return toast

    @property
    def shown(self) -> tuple[Toast, ...]:
        """Messages on screen, oldest first."""
        return tuple(self._shown)

    def _drop(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        y = self._host.height() - self._bottom + SHADOW - self._taken()
        for toast in reversed(self._shown):
            layout = toast.layout()
            height = layout.totalHeightForWidth(toast.width()) if layout is not None else -1
            toast.resize(toast.width(), max(height, toast.sizeHint().height()) if height < 0 else height)
            y -= toast.height()
            toast.move(QPoint(self._host.width() - toast.width() - 8 + SHADOW, y))
            y += 2 * SHADOW - 8

    def _taken(self) -> int:
        """Height at the bottom that the candidate strip needs, where it reaches below the toasts."""
        strip = self._host.findChild(QWidget, "candidate_strip")
        if strip is None or not strip.isVisible():
            return 0
        right = strip.mapTo(self._host, QPoint(strip.width(), 0)).x()
        return strip.height() - SHADOW if right > self._host.width() - WIDTH - 8 else 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False


def overlay_flags(widget: QWidget) -> None:
    """Keep clicks on a float from reaching what lies under it."""
    widget.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
