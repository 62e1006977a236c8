"""Phosphor icons drawn from the font that qtawesome ships, in the colours of the theme in force.

The font and its table of glyphs are read directly: importing qtawesome costs a quarter of a second
and its icons keep the colours they were made with. An icon here has no pixels until it is painted.
"""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from anylabel_plus.ui import theme

ICONS: dict[str, str] = {
    # tools
    "select": "cursor",
    "pan": "hand",
    "box": "rectangle",
    "rotated_box": "bounding-box",
    "polyline": "line-segments",
    "keypoints": "person-simple",
    "brush": "paint-brush",
    "eraser": "eraser",
    "cut_hole": "scissors",
    "images": "image-square",
    "parallelogram": "diamond",  # the kind "quadrilateral"; the font has no better shape
    "smart": "magic-wand",
    "similar": "selection-plus",
    "text_prompt": "text-t",
    # actions
    "undo": "arrow-u-up-left",
    "redo": "arrow-u-up-right",
    "zoom_in": "magnifying-glass-plus",
    "zoom_out": "magnifying-glass-minus",
    "zoom_100": "number-square-one",
    "fit": "frame-corners",
    "previous": "arrow-left",
    "next": "arrow-right",
    "open_folder": "folder-open",
    "open_image": "image",
    "import": "download-simple",
    "save": "floppy-disk",
    "label": "tag-simple",
    "edit_points": "pencil-simple",
    "delete": "trash",
    "show": "eye",
    "hide": "eye-slash",
    "lock": "lock-simple",
    "unlock": "lock-simple-open",
    "merge": "stack",
    "duplicate": "copy",
    "review": "checks",
    "synthesis": "stack-simple",
    "accept": "check",
    "discard": "x",
    "close": "x",
    "commands": "magnifying-glass",
    "settings": "gear-six",
    "keys": "keyboard",
    "add": "plus",
    "remove": "minus",
    "more": "dots-three",
    "filter": "funnel",
    "list": "list",
    "grid": "squares-four",
    "help": "question",
    "run": "play",
    "stop": "stop",
    "pause": "pause",
    "retry": "arrow-clockwise",
    "options": "sliders-horizontal",
    "drop": "upload-simple",
    "notifications": "bell",
    "quit": "sign-out",
    "logs": "file-text",
    "rollback": "clock-counter-clockwise",
    "theme": "circle-half-tilt",
    # states
    "done": "check-circle",
    "done_fill": "check-circle-fill",
    "started": "circle-half",
    "untouched": "circle",
    "model_results": "sparkle",
    "error": "warning-circle",
    "failed": "x-circle",
    "model": "cube",
    "cpu": "cpu",
    "gpu": "lightning",
    "offline": "wifi-slash",
    "busy": "spinner-gap",
    # who made a shape
    "human": "user",
    "machine": "sparkle",
    "imported": "download-simple",
    "synthetic": "stack-simple",
    # small marks
    "check_bold": "check-bold",
    "minus_bold": "minus-bold",
    "caret_down": "caret-down-bold",
    "caret_up": "caret-up-bold",
    "caret_right": "caret-right-bold",
}
"""Our word -> Phosphor glyph. Glyph names themselves ("polygon", "ph.polygon") are understood too."""

PROVENANCE = {
    "human": ("user", "human"),
    "model": ("sparkle", "model"),
    "synthesis": ("stack-simple", "synth"),
    "import": ("download-simple", "text_3"),
}
"""Source of a shape -> glyph and colour role."""


def font_files() -> tuple[Path, Path]:
    """The Phosphor font and its table of glyphs inside the installed qtawesome package."""
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package qtawesome is not installed")
    folder = Path(next(iter(spec.submodule_search_locations))) / "fonts"
    return next(folder.glob("phosphor-*.ttf")), next(folder.glob("phosphor-charmap-*.json"))


@cache
def _charmap() -> dict[str, str]:
    table: dict[str, str] = json.loads(font_files()[1].read_bytes())
    return table


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(font_files()[0]))
    families = QFontDatabase.applicationFontFamilies(number)
    if not families:
        raise OSError(f"{font_files()[0]}: the icon font cannot be read")
    return families[0]


@cache
def glyph(name: str) -> str:
    """The character of an icon; raises KeyError for a name that Phosphor does not have."""
    plain = name.removeprefix("ph.")
    return chr(int(_charmap()[ICONS.get(plain, plain)], 16))


@cache
def _font(px: int) -> QFont:
    result = QFont()
    result.setFamilies([_family()])
    result.setPixelSize(px)
    result.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    result.setStyleStrategy(QFont.StyleStrategy.NoFontMerging | QFont.StyleStrategy.PreferAntialias)
    return result


def paint(painter: QPainter, rect: QRect | QRectF, name: str, color: QColor) -> None:
    """Draw an icon centred in ``rect``, as large as its shorter side."""
    area = QRectF(rect)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setFont(_font(max(1, round(min(area.width(), area.height())))))
    painter.setPen(color)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, glyph(name))
    painter.restore()


def pixmap(name: str, role: str = "text_2", px: int = 16, ratio: float = 1.0) -> QPixmap:
    """A picture of an icon of ``px`` logical pixels in the colour of ``role`` now."""
    return _pixmap(name, theme.color(role).rgba(), px, ratio)


@cache
def _pixmap(name: str, rgba: int, px: int, ratio: float) -> QPixmap:
    side = round(px * ratio)
    result = QPixmap(side, side)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    paint(painter, QRect(0, 0, side, side), name, QColor.fromRgba(rgba))
    painter.end()
    result.setDevicePixelRatio(ratio)
    return result


class _Engine(QIconEngine):
    """Paints one glyph; the colours are looked up at every painting, so that themes switch live."""

    def __init__(self, name: str, role: str, active: str, on: str) -> None:
        super().__init__()
        self._name, self._role, self._active, self._on = name, role, active, on

    def role(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode == QIcon.Mode.Disabled:
            return "text_disabled"
        if state == QIcon.State.On:
            return self._on
        return self._active if mode in (QIcon.Mode.Active, QIcon.Mode.Selected) else self._role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        paint(painter, rect, self._name, theme.color(self.role(mode, state)))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        # ``size`` is in logical pixels.
        rgba = theme.color(self.role(mode, state)).rgba()
        side = min(size.width(), size.height())
        if size.width() == size.height():
            return QPixmap(_pixmap(self._name, rgba, side, scale))
        result = QPixmap(size * scale)
        result.setDevicePixelRatio(scale)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        at = QPoint((size.width() - side) // 2, (size.height() - side) // 2)
        painter.drawPixmap(at, _pixmap(self._name, rgba, side, scale))
        painter.end()
        return result

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        return size

    def isNull(self) -> bool:
        return False

    def key(self) -> str:
        return "phosphor"

    def clone(self) -> QIconEngine:
        copy = _Engine(self._name, self._role, self._active, self._on)
        _KEEP.append(copy)
        return copy


_KEEP: list[QIconEngine] = []


@cache
def icon(name: str, role: str = "text_2", active: str | None = None, on: str | None = None) -> QIcon:
    """An icon that paints itself in the colour of ``role``.

    ``active`` is the role while hovered or selected, ``on`` while checked; both default to
    ``role``. Disabled is always ``text_disabled``. Follows every change of theme.

    Raises:
        KeyError: Phosphor has no such glyph.
    """
    plain = name.removeprefix("ph.")
    if ICONS.get(plain, plain) not in _charmap():
        raise KeyError(f"no icon is called {name!r}")
    engine = _Engine(name, role, active or role, on or role)
    _KEEP.append(engine)
    return QIcon(engine)
