"""Colours of labels on the synthesis page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from anylabel_plus.ui.label_colors import label_color

if TYPE_CHECKING:
    from anylabel_plus.core.labels import LabelColors
    from anylabel_plus.synthesis.bank import Bank
    from anylabel_plus.ui.pages.synthesis.shelf import Shelf
    from anylabel_plus.ui.session import Session


class Palette:
    """The labels of the data set and, after them, those of the bank: each has one colour, also before it is shown."""

    def __init__(self, session: Session, shelf: Shelf) -> None:
        self._session, self._shelf = session, shelf
        self._from: tuple[LabelColors, Bank | None] | None = None
        self._colors = session.labels

    def color(self, label: str) -> QColor:
        """The colour of a label."""
        known, bank = self._session.labels, self._shelf.bank
        if self._from is None or self._from[0] is not known or self._from[1] is not bank:
            names = {cutout.label for cutout in bank.cutouts} if bank is not None else set()
            self._from, self._colors = (known, bank), known.with_labels(sorted(names))
        return label_color(self._colors, label)
