"""Colours, fonts and the style sheet, all from ``resources/tokens.json``; dark and light, switched live.

Widgets ask ``color(role)`` when they paint and never keep the answer, or connect to ``changed()``.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Literal

from PySide6.QtCore import QEvent, QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSlider, QApplication, QTabBar, QWidget

from anylabel_plus import paths

Mode = Literal["dark", "light"]
FONT_FILES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")


class _Notifier(QObject):
    changed = Signal()


class _State:
    """What is in force. One for the process, as there is one QApplication."""

    mode: Mode = "dark"
    asked: str = "system"
    language: str = "en"
    notifier: _Notifier | None = None
    colors: dict[str, QColor] = {}
    watching: bool = False
    families: tuple[str, ...] = ()


@cache
def values() -> dict[str, Any]:
    """The whole of ``resources/tokens.json``."""
    data: dict[str, Any] = json.loads(paths.resources("tokens.json").read_bytes())
    return data


def tokens(mode: Mode) -> dict[str, QColor]:
    """Role -> colour of one theme."""
    return {role: QColor(text) for role, text in values()["color"][mode].items()}


def size(name: str) -> int:
    """A length of ``tokens.json``, in pixels at 100 %."""
    return int(values()["size"][name])


def radius(name: str) -> int:
    """A corner radius of ``tokens.json``."""
    return int(values()["radius"][name])


def mode() -> Mode:
    """The theme in force, "dark" or "light"."""
    return _State.mode


def color(role: str) -> QColor:
    """The colour of a role in the theme in force; raises KeyError for an unknown role."""
    if not _State.colors:
        _State.colors = tokens(_State.mode)
    return _State.colors[role]


def changed() -> SignalInstance:
    """The signal (no arguments) emitted after every change of theme."""
    if _State.notifier is None:
        _State.notifier = _Notifier()
    return _State.notifier.changed


def motion_ms(name: str, reduce: bool = False) -> int:
    """Length of an animation, 0 when motion is reduced."""
    return 0 if reduce else int(values()["motion_ms"][name])


# -- fonts ------------------------------------------------------------------------------------


def load_fonts() -> None:
    """Register the bundled fonts. Needs a QGuiApplication; a second call does nothing."""
    if _State.families:
        return
    for name in FONT_FILES:
        QFontDatabase.addApplicationFont(str(paths.resources("fonts", name)))
    _set_families()


def _set_families() -> None:
    table = values()["type"]["family_by_language"]
    _State.families = tuple(table.get(_State.language, values()["type"]["family"]))


def font(style: str = "body") -> QFont:
    """A font of the type scale: h1, h2, h3, body, control, strong, small, cap, cap_strong, tag, mono.

    Sizes are pixels at 100 %, figures are tabular.
    """
    scale, weights = values()["type"]["size_px"], values()["type"]["weight"]
    px, weight = {
        "h1": (scale["h1"], weights["strong"]),
        "h2": (scale["h2"], weights["strong"]),
        "h3": (scale["h3"], weights["strong"]),
        "body": (scale["body"], weights["body"]),
        "control": (scale["body"], weights["control"]),
        "strong": (scale["body"], weights["strong"]),
        "small": (scale["small"], weights["body"]),
        "small_strong": (scale["small"], weights["strong"]),
        "cap": (scale["cap"], weights["body"]),
        "cap_strong": (scale["cap"], weights["strong"]),
        "mono": (scale["small"], weights["body"]),
    }[style]
    if px < scale["small"] and _State.language in ("zh_CN", "ja", "ko"):
        px = scale["small"]
    result = QFont()
    result.setFamilies(values()["type"]["mono"] if style == "mono" else list(_State.families))
    result.setPixelSize(px)
    result.setWeight(QFont.Weight(weight))
    result.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


# -- palette ----------------------------------------------------------------------------------

_PALETTE = {
    "Window": "bg_panel",
    "WindowText": "text",
    "Base": "bg_raised",
    "AlternateBase": "bg_panel",
    "ToolTipBase": "bg_overlay",
    "ToolTipText": "text",
    "PlaceholderText": "text_3",
    "Text": "text",
    "Button": "bg_raised",
    "ButtonText": "text",
    "BrightText": "danger",
    "Light": "bg_hover",
    "Midlight": "border_subtle",
    "Mid": "border",
    "Dark": "border",
    "Shadow": "bg_canvas",
    "Highlight": "accent_fill",
    "HighlightedText": "text_on_accent",
    "Link": "accent",
    "LinkVisited": "accent",
    "Accent": "accent_fill",
}
_PALETTE_DISABLED = {
    "WindowText": "text_disabled",
    "Text": "text_disabled",
    "ButtonText": "text_disabled",
    "PlaceholderText": "text_disabled",
    "HighlightedText": "text_disabled",
    "Highlight": "bg_pressed",
    "Base": "bg_panel",
    "Button": "bg_panel",
    "Link": "text_disabled",
    "Accent": "bg_pressed",
}


def palette(mode: Mode) -> QPalette:
    """Every palette role from the tokens, with its disabled colour."""
    roles = tokens(mode)
    result = QPalette()
    for name, role in _PALETTE.items():
        result.setColor(QPalette.ColorRole[name], roles[role])
    for name, role in _PALETTE_DISABLED.items():
        result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[name], roles[role])
    return result


# -- applying ---------------------------------------------------------------------------------


def resolve(asked: str) -> Mode:
    """ "dark" or "light" for "system", "dark" or "light"."""
    if asked in ("dark", "light"):
        return asked  # type: ignore[return-value]
    scheme = QGuiApplication.styleHints().colorScheme()
    if scheme == Qt.ColorScheme.Unknown:
        return "dark"
    return "dark" if scheme == Qt.ColorScheme.Dark else "light"


def apply(app: QApplication, asked: str = "system", language: str = "en") -> None:
    """Dress ``app``; call again at any time to switch theme or language.

    ``asked`` is the setting ``appearance.theme``: "system" follows the desktop while it runs.
    """
    from anylabel_plus.ui.stylesheet import stylesheet

    _State.asked, _State.language = asked, language
    first = not _State.watching
    if first:
        _State.watching = True
        app.setStyle("Fusion")
        app.setEffectEnabled(Qt.UIEffect.UI_AnimateCombo, False)
        QGuiApplication.styleHints().colorSchemeChanged.connect(_system_changed)
        app.focusChanged.connect(_mark_keyboard_focus)
    load_fonts()
    _set_families()
    hints = QGuiApplication.styleHints()
    wanted = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}.get(asked, Qt.ColorScheme.Unknown)
    if asked != "system" or not first:
        hints.setColorScheme(wanted)
    _State.mode = resolve(asked)
    _State.colors = tokens(_State.mode)
    app.setPalette(palette(_State.mode))
    app.setFont(font("body"))
    app.setStyleSheet(stylesheet(_State.colors, values()))
    if not first:
        for widget in app.topLevelWidgets():
            widget.update()
    changed().emit()


def _system_changed() -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and _State.asked == "system" and resolve("system") != _State.mode:
        apply(app, "system", _State.language)


# -- focus ring for the keyboard only -----------------------------------------------------------

_RINGED = (QAbstractButton, QAbstractSlider, QTabBar, QAbstractItemView)


def _mark_keyboard_focus(old: QWidget | None, new: QWidget | None) -> None:
    # A style sheet cannot tell why a widget has focus; a mouse button that is down tells.
    # Nor has the keyboard chosen a widget that gets focus because its window came up, or because
    # the one that had it was hidden.
    chosen = old is not None and old.isVisible() and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
    for widget, wanted in ((old, False), (new, chosen)):
        if not isinstance(widget, _RINGED) or bool(widget.property("keyboardFocus")) == wanted:
            continue
        widget.setProperty("keyboardFocus", wanted)
        restyle(widget)


def keyboard_focus(widget: QWidget) -> bool:
    """True when ``widget`` has focus and got it from the keyboard; its painter shows the ring."""
    return widget.hasFocus() and bool(widget.property("keyboardFocus"))


def restyle(widget: QWidget) -> None:
    """Make the style sheet look again at the dynamic properties of ``widget``."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    QApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))
    widget.update()
