"""What only shows: labels, badges, key caps, hairlines, section heads, empty states, notices."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from anylabel_plus.ui import icons, theme, words
from anylabel_plus.ui.widgets.paint import rounded


def text_label(text: str = "", style: str = "body", role: str = "", wrap: bool = False) -> QLabel:
    """A label in a style of the type scale; ``role`` is "2", "3", "danger", "warning", "success" or "accent"."""
    label = QLabel(text)
    label.setFont(theme.font(style))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if role:
        label.setProperty("tone", role)
    return label


def hairline(vertical: bool = False) -> QFrame:
    """A line of one pixel between areas or rows."""
    line = QFrame()
    line.setProperty("surface", "line")
    if vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line


def row(
    *items: QWidget | int | None, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """A horizontal layout of widgets; a number is a fixed gap, None a stretch."""
    layout = QHBoxLayout()
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            layout.addWidget(item)
    return layout


class ElidedLabel(QWidget):
    """One line of text that gives way: shortened at its end, in the middle for paths, or ``whole`` or not at all."""

    def __init__(
        self, text: str = "", style: str = "body", role: str = "text", middle: bool = False, whole: bool = False
    ) -> None:
        super().__init__()
        self._text, self._role, self._whole = text, role, whole
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.setFont(theme.font(style))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def setText(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.setToolTip(text)
            self.updateGeometry()
            self.update()

    def set_role(self, role: str) -> None:
        """Paint in the colour of another role."""
        self._role = role
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._text) + 1, round(metrics.height() * 1.1))

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme.color(self._role if self.isEnabled() else "text_disabled"))
        text = words.fit(self._text, self.font(), self.width(), self._mode)
        if self._whole and text != self._text:
            return
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)


_TONES = {
    "neutral": ("bg_hover", "text_2"),
    "success": ("success_soft", "success"),
    "warning": ("warning_soft", "warning"),
    "danger": ("danger_soft", "danger"),
    "accent": ("accent_soft", "accent"),
    "model": ("model_soft", "model"),
    "synth": ("synth_soft", "synth"),
}


class Badge(QWidget):
    """A short state on a soft background: "CPU · 71 ms", "3 failed"."""

    def __init__(self, text: str = "", tone: str = "neutral") -> None:
        super().__init__()
        self.setFont(theme.font("cap_strong"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._text, self._tone = "", "neutral"
        self.set(text, tone)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    @property
    def tone(self) -> str:
        """neutral, success, warning, danger, accent, model or synth."""
        return self._tone

    def set(self, text: str, tone: str = "neutral") -> None:
        """Say something else; an empty text hides the badge."""
        self._text, self._tone = text, tone
        self.setAccessibleName(text)
        self.setVisible(bool(text)) if self.parent() is not None else None
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self._text) + 16, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        back, front = _TONES[self._tone]
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme.radius("chip"), theme.color(back))
        painter.setFont(self.font())
        painter.setPen(theme.color(front))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)


class KeyCap(QWidget):
    """A key as written on the keyboard; takes a shortcut such as "Ctrl+K"."""

    def __init__(self, shortcut: str = "") -> None:
        super().__init__()
        self.setFont(theme.font("cap_strong"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._text = ""
        self.set(shortcut)

    def set(self, shortcut: str) -> None:
        """Show another shortcut; an empty one shows nothing."""
        self._text = words.keys(shortcut) if shortcut else ""
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance(self._text) + 12
        return QSize(max(18, width) if self._text else 0, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme.radius("chip"), theme.color("bg_hover"), theme.color("border"))
        painter.setFont(self.font())
        painter.setPen(theme.color("text_2"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)


class IconMark(QWidget):
    """One icon that is not a button."""

    def __init__(self, name: str, role: str = "text_2", px: int = 16) -> None:
        super().__init__()
        self._name, self._role, self._px = name, role, px
        self.setFixedSize(px, px)

    def set(self, name: str, role: str) -> None:
        """Show another icon."""
        self._name, self._role = name, role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icons.paint(painter, self.rect(), self._name, theme.color(self._role if self.isEnabled() else "text_disabled"))


class IconTile(QWidget):
    """An icon on a rounded square or disc: dialog headers, welcome cards, empty states."""

    def __init__(self, name: str, side: int, back: str, front: str, *, disc: bool = False, px: int = 18) -> None:
        super().__init__()
        self._name, self._back, self._front, self._px, self._disc = name, back, front, px, disc
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        radius = self.width() / 2 if self._disc else theme.radius("card")
        rounded(painter, QRectF(self.rect()), radius, theme.color(self._back))
        inset = (self.width() - self._px) / 2
        icons.paint(painter, QRectF(inset, inset, self._px, self._px), self._name, theme.color(self._front))


class SectionHeader(QWidget):
    """A section title, an optional count or remark, and widgets at the right."""

    def __init__(self, title: str, *right: QWidget, remark: str = "") -> None:
        super().__init__()
        self.title = text_label(title, "h3")
        self.remark = text_label(remark, "small", "3")
        self.setLayout(row(self.title, self.remark, None, *right))
        self.setAccessibleName(title)


class EmptyState(QWidget):
    """Icon disc, one-line title, one sentence, and a button or a few key hints."""

    def __init__(
        self,
        icon: str,
        title: str,
        text: str = "",
        *,
        button: QWidget | None = None,
        keys: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__()
        self.title = text_label(title, "strong")
        self.text = text_label(text, "small", "2", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        if not text:
            self.text.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(6)
        layout.addStretch(1)
        disc = IconTile(icon, 44, "bg_hover", "text_2", disc=True, px=20)
        layout.addWidget(disc, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(4)
        layout.addWidget(self.title, 0, Qt.AlignmentFlag.AlignHCenter)
        # As wide as the panel: a wrapped label with an alignment of its own is given too little height.
        layout.addWidget(self.text)
        if button is not None:
            layout.addSpacing(4)
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._hints = QHBoxLayout()
        self._hints.setSpacing(8)
        layout.addSpacing(2)
        layout.addLayout(self._hints)
        self.set_keys(keys)
        layout.addStretch(1)

    def set(self, title: str, text: str) -> None:
        """Say something else."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))

    def set_keys(self, keys: Sequence[tuple[str, str]]) -> None:
        """The key hints: (shortcut, word)."""
        while self._hints.count():
            item = self._hints.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if not keys:
            return
        self._hints.addStretch(1)
        for shortcut, word in keys:
            self._hints.addWidget(KeyCap(shortcut))
            self._hints.addWidget(text_label(word, "small", "2"))
        self._hints.addStretch(1)


class Notice(QWidget):
    """A line of text with an icon on a soft background; ``tone`` is warning, danger, success or accent."""

    _ICONS = {"warning": "warning", "danger": "warning-circle", "success": "check-circle", "accent": "info"}

    def __init__(self, text: str = "", tone: str = "warning", button: QWidget | None = None) -> None:
        super().__init__()
        self._tone = tone
        self._mark = IconMark(self._ICONS[tone], tone)
        self._label = text_label(text, "small", wrap=True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        items: list[QWidget] = [self._mark, self._label, *([button] if button is not None else [])]
        self.setLayout(row(*items, margins=(12, 8, 8 if button is not None else 12, 8)))

    def set(self, text: str, tone: str) -> None:
        """Say something else."""
        self._tone = tone
        self._mark.set(self._ICONS[tone], tone)
        self._label.setText(text)
        self.update()

    def text(self) -> str:
        """What it says."""
        return self._label.text()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme.radius("control"), theme.color(f"{self._tone}_soft"))
