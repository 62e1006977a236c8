"""Progress with numbers: done of total, rate and time left."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from anylabel_plus.ui import theme, words
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.marks import ElidedLabel, row, text_label
from anylabel_plus.ui.widgets.paint import rounded

_RATE_AFTER_S = 1.0


class Bar(QWidget):
    """A bar 6 high; a negative fraction moves to and fro, for work whose length is not known."""

    def __init__(self, role: str = "accent_fill") -> None:
        super().__init__()
        self._fraction, self._role, self._phase = 0.0, role, 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._step)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(self, fraction: float, role: str | None = None) -> None:
        """Show 0 to 1, or an unknown length when negative."""
        self._fraction, self._role = fraction, role or self._role
        self._run()
        self.update()

    def _run(self) -> None:
        if self._fraction < 0 and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()

    def _step(self) -> None:
        self._phase = (self._phase + 0.02) % 2.0
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        self._run()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def sizeHint(self) -> QSize:
        return QSize(96, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(0, (self.height() - 6) / 2, self.width(), 6)
        rounded(painter, area, 3, theme.color("bg_pressed"))
        if self._fraction < 0:
            width = area.width() * 0.3
            place = self._phase if self._phase <= 1 else 2 - self._phase
            rounded(painter, QRectF((area.width() - width) * place, area.y(), width, 6), 3, theme.color(self._role))
        elif self._fraction > 0:
            width = max(6.0, area.width() * min(1.0, self._fraction))
            rounded(painter, QRectF(0, area.y(), width, 6), 3, theme.color(self._role))


class Progress(QWidget):
    """ "341 of 1,280 images · 2 failed" at the left, "26 images/s · 36 s left" at the right, a bar below."""

    def __init__(self, unit: str = "") -> None:
        super().__init__()
        self._unit, self._total, self._started, self._first = unit or tr("images"), 0, 0.0, 0
        self._left = text_label("", "small_strong")
        self._extra = ElidedLabel("", "small", "text_2")
        self._right = text_label("", "small", "2")
        self._bar = Bar()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row(self._left, self._extra, self._right))
        layout.addWidget(self._bar)

    def wait(self, text: str) -> None:
        """An unknown length: say what is happening."""
        self._left.setText(text)
        self._extra.setText("")
        self._right.setText("")
        self._bar.set(-1.0, "accent_fill")

    def start(self, total: int) -> None:
        """The number of items is known; the clock starts."""
        self._total, self._started, self._first = total, time.monotonic(), 0
        self.set(0)

    def set(self, done: int, extra: str = "") -> None:
        """``done`` items are finished; ``extra`` is said beside it."""
        self._left.setText(
            tr("{done} of {total} {unit}", done=words.number(done), total=words.number(self._total), unit=self._unit)
        )
        self._extra.setText(extra)
        self._bar.set(done / self._total if self._total else 1.0, "accent_fill")
        elapsed = time.monotonic() - self._started
        if elapsed < _RATE_AFTER_S or done == 0:
            return
        rate = done / elapsed
        speed = tr("{rate} {unit}/s", rate=f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}", unit=self._unit)
        if rate < 0.5:
            speed = tr("{time} each", time=words.duration(1 / rate))
        left = words.duration((self._total - done) / rate)
        self._right.setText(tr("{speed} · {time} left", speed=speed, time=left))

    def finish(self, text: str, extra: str = "", *, good: bool = True, fraction: float = 1.0) -> None:
        """The work has ended; ``fraction`` is how far it came."""
        self._left.setText(text)
        self._extra.setText(extra)
        self._right.setText(words.duration(time.monotonic() - self._started) if self._started else "")
        self._bar.set(fraction, "success" if good else "warning")
