"""The object bank at the left: what it holds, what of it is used, and making one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QSizePolicy, QVBoxLayout, QWidget

from anylabel_plus.ui import words
from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.pages.synthesis.desk import Desk
from anylabel_plus.ui.pages.synthesis.thumb_grid import THUMB_PX, Thumb, ThumbGrid
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button, ToolButton
from anylabel_plus.ui.widgets.inputs import ComboBox, SearchField
from anylabel_plus.ui.widgets.marks import ElidedLabel, SectionHeader, row, text_label

if TYPE_CHECKING:
    from anylabel_plus.synthesis.bank import Bank
    from anylabel_plus.synthesis.scene import Cutout

REASONS = (
    mark("cut off"),
    mark("edge not clean"),
    mark("partly hidden"),
    mark("blurred"),
    mark("wrong label"),
)
QUALITIES = (0.0, 0.5, 0.8, 0.9)


def read_cutout(bank: Bank, cutout: Cutout) -> QImage:
    """A small picture of a cutout with its alpha. Raises UserError."""
    pixels = bank.read(cutout)
    height, width = pixels.shape[:2]
    image = QImage(pixels.tobytes(), width, height, width * 4, QImage.Format.Format_RGBA8888)
    return _small(image)


def _small(image: QImage) -> QImage:
    from PySide6.QtCore import Qt

    if max(image.width(), image.height()) <= THUMB_PX:
        return image.copy()
    return image.scaled(
        THUMB_PX, THUMB_PX, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


class BankBrowser(QWidget):
    """``build`` makes a bank of the open folder, ``add`` adds the selected shapes of the open image."""

    def __init__(self, desk: Desk, build: Callable[[], object], add: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("bank_browser")
        self._desk = desk
        self.add = ToolButton(
            "add",
            tr("Add from shapes"),
            note=tr("Cut out the shapes that are selected in the open image."),
            side=26,
            clicked=add,
        )
        self.add.setObjectName("bank_add")
        self.build = ToolButton(
            "ph.cube",
            tr("Build from this folder"),
            note=tr("Cut out all labelled objects of the open folder."),
            side=26,
            clicked=build,
        )
        self.build.setObjectName("bank_build")
        self.open = ToolButton("open_folder", tr("Open a bank…"), side=26, clicked=self._choose)
        self.open.setObjectName("bank_open")
        self.head = SectionHeader(tr("Object bank"), self.add, self.build, self.open)
        self.filter = SearchField(tr("Filter objects"))
        self.filter.setObjectName("bank_filter")
        self.quality = ComboBox(dense=True)
        self.quality.setObjectName("bank_quality")
        self.quality.setAccessibleName(tr("Least quality"))
        for value in QUALITIES:
            self.quality.addItem(tr("Quality ≥ {value}", value=value) if value else tr("Any quality"), value)
        self.quality.addItem(tr("Rejected"), -1.0)
        self.grid = ThumbGrid(desk.session, tr("Cutouts"))
        self.grid.setObjectName("bank_grid")
        self.counts = ElidedLabel("", "cap", "text_2")
        self.nothing = text_label("", "small", "2", wrap=True)
        self.bare = QWidget()
        inner = QVBoxLayout(self.bare)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(self.nothing)
        inner.addLayout(row(Button(tr("Open a bank…"), "open_folder", "", "small", clicked=self._choose), None))
        inner.addStretch(1)
        self._lay_out()
        self.filter.textChanged.connect(lambda _: self._show_thumbs())
        self.quality.activated.connect(lambda _: self._show_thumbs())
        self.grid.toggled.connect(self._toggle)
        self.grid.asked.connect(self._menu)
        desk.shelf.bank_changed.connect(self.refresh)
        desk.session.selection_changed.connect(self._enable)
        desk.session.labels_changed.connect(self._show_thumbs)
        self.refresh()

    def _lay_out(self) -> None:
        self.quality.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.head)
        line = row(self.filter, self.quality, spacing=6)
        line.setStretch(0, 1)
        box.addLayout(line)
        box.addWidget(self.grid, 1)
        box.addWidget(self.bare)
        box.addWidget(self.counts)

    def refresh(self) -> None:
        """Show the bank as it is."""
        bank = self._desk.shelf.bank
        usable = len(self._desk.shelf.accepted)
        self.head.remark.setText("" if bank is None else tr("{n} of {total}", n=usable, total=len(bank.cutouts)))
        self.head.remark.setToolTip("" if bank is None else str(bank.root))
        for part in (self.filter, self.quality, self.grid, self.counts):
            part.setVisible(bank is not None)
        self.bare.setVisible(bank is None)
        folder = self._desk.session.folder
        self.nothing.setText(
            tr("None is open. Build one from this folder, or open one.") if folder else tr("None is open.")
        )
        self._enable()
        self._show_thumbs()

    def _enable(self) -> None:
        session = self._desk.session
        chosen = bool(session.selection) and session.document is not None
        self.add.setEnabled(chosen)
        why = "" if chosen else tr("Select shapes in the open image first.")
        self.add.set_words(
            tr("Add from shapes"), "", why or tr("Cut out the shapes that are selected in the open image.")
        )
        self.build.setEnabled(session.folder is not None)

    def _wanted(self) -> list[Cutout]:
        bank = self._desk.shelf.bank
        text, least = self.filter.text().strip().casefold(), self.quality.currentData()
        found = []
        for cutout in bank.cutouts if bank is not None else ():
            names = f"{cutout.label} {cutout.source.image} {' '.join(cutout.tags)} {' '.join(cutout.reasons)}"
            good = not cutout.accepted if least == -1.0 else cutout.score >= least
            if good and (not text or text in names.casefold()):
                found.append(cutout)
        return sorted(found, key=lambda cutout: (not cutout.accepted, cutout.label.casefold(), -cutout.score))

    def _show_thumbs(self) -> None:
        bank = self._desk.shelf.bank
        if bank is None:
            self.grid.show_thumbs(())
            return
        counts = Counter(cutout.label for cutout in self._desk.shelf.accepted)
        self.grid.show_thumbs([self._thumb(bank, cutout, self._desk.color(cutout.label)) for cutout in self._wanted()])
        listed = "  ·  ".join(f"{label} {words.number(count)}" for label, count in sorted(counts.items()))
        self.counts.setText(listed)

    @staticmethod
    def _thumb(bank: Bank, cutout: Cutout, color: object) -> Thumb:
        reasons = ", ".join(said(reason) for reason in cutout.reasons)
        state = tr("accepted") if cutout.accepted else tr("rejected: {reason}", reason=reasons or "–")
        facts = tr(
            "{width} × {height} px · quality {score} · {image}",
            width=cutout.width,
            height=cutout.height,
            score=f"{cutout.score:.2f}",
            image=cutout.source.image,
        )
        return Thumb(
            cutout.id,
            cutout.label,
            partial(read_cutout, bank, cutout),
            f"{cutout.score:.2f}",
            color,  # type: ignore[arg-type]
            cutout.accepted,
            f"{cutout.label}, {state}",
            f"{cutout.label}, {state}\n{facts}",
        )

    # Deciding --------------------------------------------------------------------------------

    def _toggle(self, key: str) -> None:
        bank = self._desk.shelf.bank
        if bank is not None:
            accepted = bank.cutout(key).accepted
            self._desk.shelf.decide({key: (not accepted, "")})

    def _menu(self, key: str, at: QPoint) -> None:
        bank = self._desk.shelf.bank
        if bank is None:
            return
        cutout, decide = bank.cutout(key), self._desk.shelf.decide
        same = [one.id for one in bank.cutouts if one.label == cutout.label]
        menu = QMenu(self)
        menu.setObjectName("cutout_menu")
        menu.addAction(tr("Accept"), lambda: decide({key: (True, "")}))
        rejecting = menu.addMenu(tr("Reject"))
        for reason in REASONS:
            rejecting.addAction(tr(reason), partial(decide, {key: (False, reason)}))
        menu.addAction(tr("Let the filter decide"), lambda: decide({key: None}))
        menu.addSeparator()
        menu.addAction(tr("Accept all of {label}", label=cutout.label), lambda: decide(dict.fromkeys(same, (True, ""))))
        menu.addAction(
            tr("Reject all of {label}", label=cutout.label), lambda: decide(dict.fromkeys(same, (False, "")))
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _choose(self) -> None:
        desk = self._desk
        start = desk.shelf.bank_folder or desk.session.folder or Path.home()
        text = QFileDialog.getExistingDirectory(self, tr("Open an object bank"), str(start))
        if text:
            desk.shelf.open_bank(Path(text))
