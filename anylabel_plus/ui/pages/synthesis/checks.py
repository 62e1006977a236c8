"""What should be known before the pictures are made, each with a mark: good, or worth a look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.pages.synthesis.desk import Desk
from anylabel_plus.ui.widgets.marks import IconMark, text_label

FEW = 10
"""With fewer cutouts of a label the pictures look alike."""
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One line."""

    good: bool
    text: str


def checks(desk: Desk) -> list[Check]:
    """What can be said of the bank, the backgrounds and the recipe as they are."""
    shelf, opened = desk.shelf, desk.shelf.opened
    if shelf.bank is None:
        return [Check(False, tr("There is no object bank yet."))]
    found = []
    if opened is not None:
        found.append(_cutouts(len(shelf.accepted) - opened.cutouts))
        found += _backgrounds(desk)
    counts = Counter(cutout.label for cutout in shelf.accepted)
    wanted = desk.recipe.labels or tuple(counts)
    few = [label for label in sorted(wanted) if counts[label] < FEW]
    for label in few[:MOST_NAMED]:
        one, many = "{label} has {n} cutout; expect look-alikes.", "{label} has {n} cutouts; expect look-alikes."
        found.append(Check(False, ntr(one, many, counts[label], label=label)))
    if len(few) > MOST_NAMED:
        one, many = "{n} more label has few cutouts.", "{n} more labels have few cutouts."
        found.append(Check(False, ntr(one, many, len(few) - MOST_NAMED)))
    return found


def _cutouts(left_out: int) -> Check:
    if left_out > 0:
        text = ntr(
            "{n} cutout of a validation or test image is left out.",
            "{n} cutouts of validation or test images are left out.",
            left_out,
        )
        return Check(True, text)
    return Check(True, tr("No cutout comes from a validation or test image."))


def _backgrounds(desk: Desk) -> list[Check]:
    opened = desk.shelf.opened
    assert opened is not None
    found = [Check(True, tr("No background is a validation or test image."))]
    bare = opened.backgrounds - opened.labelled
    if bare and not desk.shelf.certified_empty:
        one = "{n} background has no labels: what it shows of your objects stays unlabelled."
        many = "{n} backgrounds have no labels: what they show of your objects stays unlabelled."
        found.append(Check(False, ntr(one, many, bare)))
    elif bare:
        found.append(Check(True, tr("The backgrounds are certified empty.")))
    if opened.labelled:
        text = tr("Objects of labelled backgrounds stay labelled and in view.")
        found.append(Check(True, text))
    return found


class ChecksView(QWidget):
    """The lines."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("checks")
        self._desk, self._most = desk, 99
        self.lines: list[Check] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(16, 10, 16, 14)
        self._box.setSpacing(6)
        self._box.addWidget(text_label(tr("Before you generate"), "h3"))
        self._body: QWidget | None = None
        desk.facts_changed.connect(self.refresh)
        desk.recipe_changed.connect(self.refresh)
        desk.shelf.bank_changed.connect(self.refresh)
        self.refresh()

    def show_most(self, count: int) -> None:
        """Show so many lines, those worth a look first, where there is no room for all."""
        if count != self._most:
            self._most = count
            self.refresh()

    def refresh(self) -> None:
        """Work the lines out again."""
        lines = checks(self._desk)
        if len(lines) > self._most:
            lines = sorted(lines, key=lambda line: line.good)[: self._most]
        if lines == self.lines and self._body is not None:
            return
        self.lines = lines
        if self._body is not None:
            self._body.hide()
            self._body.deleteLater()
        self._body = QWidget()
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        for line in lines:
            inner.addWidget(_Line(line))
        self._box.addWidget(self._body)


class _Line(QWidget):
    def __init__(self, check: Check) -> None:
        super().__init__()
        mark = IconMark("done" if check.good else "warning", "success" if check.good else "warning", 15)
        label = text_label(check.text, "small", wrap=True)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        box.addWidget(label, 1)
        self.setAccessibleName(f"{words_of(check)} {check.text}")


def words_of(check: Check) -> str:
    """The mark in words."""
    return tr("Good:") if check.good else tr("Worth a look:")
