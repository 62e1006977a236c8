"""Buttons in the four kinds of the design, tool buttons, and buttons inside rows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from anylabel_plus.ui import icons, theme, words

_ICON_ROLE = {"primary": "text_on_accent", "danger_fill": "text_on_accent", "danger": "danger"}


class Button(QPushButton):
    """``kind`` is "" (secondary), primary, ghost, danger or danger_fill; ``size`` "", small or large."""

    def __init__(
        self,
        text: str,
        icon: str = "",
        kind: str = "",
        size: str = "",
        clicked: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(text)
        self._kind = kind
        self.setProperty("kind", kind)
        self.setProperty("extent", size)
        # Wider than the glyph: Qt sets text too close to icons.
        self.setIconSize(QSize(theme.size("icon_small") + 4, theme.size("icon_small")))
        self.setAutoDefault(False)
        if icon:
            self.set_icon(icon)
        if clicked is not None:
            self.clicked.connect(lambda *_: clicked())

    def set_kind(self, kind: str, icon: str) -> None:
        """Become another kind of button, such as the filled one of a confirm step."""
        if kind != self._kind:
            self._kind = kind
            self.setProperty("kind", kind)
            theme.restyle(self)
            self.set_icon(icon)

    def set_icon(self, name: str) -> None:
        """Put another icon before the text."""
        self.setIcon(icons.icon(name, _ICON_ROLE.get(self._kind, "text_2")))


def tooltip(title: str, shortcut: str = "", note: str = "") -> str:
    """Rich tooltip text: name and key on line one, one short sentence on line two."""
    key = f"&nbsp;&nbsp;<span style='color:{theme.color('text_3').name()}'>{_plain(words.keys(shortcut))}</span>"
    first = f"<b>{_plain(title)}</b>{key if shortcut else ''}"
    return f"<div style='white-space:pre'>{first}</div>" + (f"<div>{_plain(note)}</div>" if note else "")


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")  # the html module is slow to load


class ToolButton(QToolButton):
    """A square button with an icon: the tool strip (checkable), bars, headers.

    ``soft`` marks a checked state that is an option in force, not the tool in hand.
    """

    def __init__(
        self,
        icon: str,
        title: str,
        shortcut: str = "",
        note: str = "",
        *,
        side: int = 28,
        px: int = 16,
        checkable: bool = False,
        soft: bool = False,
        clicked: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.setFixedSize(side, side)
        self.setIconSize(QSize(px, px))
        self.setCheckable(checkable)
        self.setProperty("soft", soft)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIcon(icons.icon(icon, "text_2", on="accent" if soft else "text_on_accent"))
        self.set_words(title, shortcut, note)
        if clicked is not None:
            self.clicked.connect(lambda *_: clicked())

    def set_icon(self, name: str, role: str = "text_2") -> None:
        """Show another icon."""
        self.setIcon(icons.icon(name, role, on="accent" if self.property("soft") else "text_on_accent"))

    def set_words(self, title: str, shortcut: str = "", note: str = "") -> None:
        """Name, key and sentence of the tooltip; the name is read aloud too."""
        self.setToolTip(tooltip(title, shortcut, note))
        self.setAccessibleName(title)
        self.setAccessibleDescription(note)
