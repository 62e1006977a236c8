"""How shapes look in each state: the table of the interface guide, section 6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from anylabel_plus.core.labels import text_on

State = Literal["rest", "hover", "selected", "multi", "locked"]


@dataclass(frozen=True, slots=True)
class Style:
    """Line width in screen pixels; fill alpha of areas and of boxes."""

    line: float
    area: float
    box: float


STYLES: dict[State, Style] = {
    "rest": Style(1.5, 0.18, 0.06),
    "hover": Style(2.5, 0.26, 0.12),
    "selected": Style(2.5, 0.34, 0.16),
    "multi": Style(2.5, 0.26, 0.12),
    "locked": Style(1.5, 0.10, 0.04),
}
BOX_KINDS = frozenset(("rectangle", "rotation", "quadrilateral", "cuboid"))
UNFILLED_KINDS = frozenset(("line", "linestrip", "point", "points"))

HALO_EXTRA = 2.0
HALO_ALPHA = 0.43
CONTRAST_HALO_EXTRA = 4.0
"""With high-contrast outlines; the halo is opaque then."""
OUTLINES_ONLY_FROM = 2000
"""Documents with more shapes than this are drawn without fills."""
OUTLINES_ONLY_LINE = 1.0
"""Width of their resting lines: Qt draws a line of one device pixel seven times faster than one of 1.5."""
POINT_RADIUS = 4.5

HALO = QColor.fromRgbF(0, 0, 0, HALO_ALPHA)
CONTRAST_HALO = QColor(0, 0, 0)
WHITE = QColor(255, 255, 255)
DARK = QColor(14, 16, 19)
INCLUDE = QColor("#1E9E63")
EXCLUDE = QColor("#D63A3A")


def fill_alpha(kind: str, state: State, mask_opacity: float, *, fills: bool = True) -> float:
    """Alpha of the fill of a kind in a state, 0 to 1."""
    if kind in UNFILLED_KINDS or not fills:
        return 0.0
    if kind == "mask":
        return min(1.0, mask_opacity * (1.2 if state in ("hover", "selected", "multi") else 1.0))
    style = STYLES[state]
    return style.box if kind in BOX_KINDS else style.area


def over(wanted: float, there: float) -> float:
    """The alpha to paint over a fill of alpha ``there`` so that both together have ``wanted``."""
    return max(0.0, (wanted - there) / (1.0 - there)) if there < 1.0 else 0.0


def pen(color: QColor, width: float, dash: tuple[float, ...] = (), *, quick: bool = False) -> QPen:
    """A pen of ``width`` device pixels at any zoom; ``dash`` in widths of the line.

    Corners are mitred, or cut off for ``quick``: round ones cost three times as much.
    """
    result = QPen(color, width)
    result.setCosmetic(True)
    result.setJoinStyle(Qt.PenJoinStyle.BevelJoin if quick else Qt.PenJoinStyle.MiterJoin)
    result.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dash:
        result.setDashPattern(dash)
    return result


def readable_on(color: QColor) -> QColor:
    """Black or white, whichever stands out more on ``color``."""
    return QColor(text_on(color.name()))
