"""The colour a label has on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from anylabel_plus.ui import theme

if TYPE_CHECKING:
    from anylabel_plus.core.labels import LabelColors


def slot_color(slot: int) -> QColor:
    """The colour of a slot; the palette starts again after 24."""
    palette = theme.values()["label_palette"]
    return QColor(palette[slot % len(palette)])


def label_color(labels: LabelColors, name: str) -> QColor:
    """The colour of a label; one that the session does not know yet gets the slot it would take."""
    slot = labels.get(name)
    return slot_color(len(labels) if slot is None else slot)


def second_cycle(labels: LabelColors, name: str) -> bool:
    """True when the colour is used a second or third time; the swatch then shows a notch."""
    return (labels.get(name) or 0) >= len(theme.values()["label_palette"])
