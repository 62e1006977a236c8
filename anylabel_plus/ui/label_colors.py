"""The colour a label has on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from anylabel_plus.core.labels import LabelColors


def label_color(labels: LabelColors, name: str) -> QColor:
    """The colour of a label; one that the session does not know yet has the colour it would get."""
    return QColor(labels.color(name))


def second_cycle(labels: LabelColors, name: str) -> bool:
    """True when the colour is used a second or third time; the swatch then shows a notch."""
    return bool(labels.dash(name))
