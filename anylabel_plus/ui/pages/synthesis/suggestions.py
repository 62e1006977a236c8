"""After a veto: the change of one knob that may make such pictures rarer, offered, never made unasked."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.pages.synthesis.desk import Desk
from anylabel_plus.ui.widgets.buttons import Button, ToolButton
from anylabel_plus.ui.widgets.marks import Notice, row


def suggestion(recipe: Recipe, reason: str) -> tuple[str, dict[str, Any]] | None:
    """What to try after a veto for this reason: a sentence and the knobs; None when nothing is left to try."""
    if reason == "size":
        if recipe.scale != "prior":
            return tr("Take sizes as labelled?"), {"scale": "prior"}
        low, high = recipe.size
        return tr("Draw sizes evenly from a narrower range?"), {
            "scale": "uniform",
            "size": (round(low * 1.2, 2), max(round(low * 1.2, 2), round(high * 0.85, 2))),
        }
    if reason == "place" and recipe.place == "uniform":
        return tr("Place objects where labelled ones are?"), {"place": "prior"}
    if reason == "edge":
        if recipe.blend != "gaussian":
            return tr("Feather the edges?"), {"blend": "gaussian"}
        return tr("Make the soft edge wider?"), {"feather": min(6.0, round(recipe.feather + 0.4, 1))}
    if reason == "colour" and recipe.harmonise < 1:
        return tr("Match the colour of the surroundings more?"), {
            "harmonise": min(1.0, round(recipe.harmonise + 0.2, 2))
        }
    if reason == "hidden" and recipe.max_occlusion > 0:
        return tr("Let objects overlap less?"), {"max_occlusion": max(0.0, round(recipe.max_occlusion - 0.1, 2))}
    return None


class SuggestionBar(QWidget):
    """One sentence with a button; hidden most of the time."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("suggestion")
        self._desk = desk
        self._change: dict[str, Any] = {}
        self.take = Button(tr("Try it"), size="small", clicked=self._take)
        self.take.setObjectName("suggestion_take")
        self.drop = ToolButton("close", tr("Not now"), side=24, px=14, clicked=self.hide)
        buttons = QWidget()
        buttons.setLayout(row(self.take, self.drop, spacing=4))
        self.notice = Notice("", "accent", buttons)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 10, 12, 0)
        box.addWidget(self.notice)
        self.hide()
        desk.vetoed.connect(self.offer)

    def offer(self, reason: str) -> None:
        """Offer what may help against ``reason``."""
        found = suggestion(self._desk.recipe, reason)
        self.setVisible(found is not None)
        if found is not None:
            text, self._change = found
            self.notice.set(text, "accent")

    def _take(self) -> None:
        self.hide()
        self._desk.set_recipe(dataclasses.replace(self._desk.recipe, **self._change))
