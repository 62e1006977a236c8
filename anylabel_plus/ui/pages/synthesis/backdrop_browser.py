"""The backgrounds at the left: where they come from, what they show, and what is left out."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.pages.synthesis.desk import Desk
from anylabel_plus.ui.pages.synthesis.thumb_grid import THUMB_PX, Thumb, ThumbGrid
from anylabel_plus.ui.widgets.buttons import ToolButton
from anylabel_plus.ui.widgets.inputs import CheckBox, ComboBox, Switch
from anylabel_plus.ui.widgets.marks import SectionHeader, row, text_label


def read_backdrop(path: Path) -> QImage:
    """A small picture of a background. Raises UserError."""
    from anylabel_plus import images

    pixels, _ = images.load_reduced(path, THUMB_PX)
    height, width = pixels.shape[:2]
    return QImage(pixels.tobytes(), width, height, width * 3, QImage.Format.Format_RGB888).copy()


class BackdropBrowser(QWidget):
    """A folder of pictures; labelled ones keep their objects."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("backdrop_browser")
        self._desk = desk
        self.add = ToolButton("open_folder", tr("Choose a folder…"), clicked=self._choose)
        self.add.setObjectName("backdrops_open")
        self.head = SectionHeader(tr("Backgrounds"), self.add)
        self.source = ComboBox(dense=True)
        self.source.setObjectName("backdrops_source")
        self.source.setAccessibleName(tr("Backgrounds from"))
        self.grid = ThumbGrid(desk.session, tr("Background pictures"), ratio=0.58, named=False)
        self.grid.setObjectName("backdrops_grid")
        self.later = text_label(tr("Pictures appear here once there is an object bank."), "small", "2", wrap=True)
        self.later.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.leave_out = Switch(tr("Leave out validation and test images"), True)
        self.leave_out.setObjectName("backdrops_leave_out")
        self.certified = CheckBox(tr("Certified empty of targets"))
        self.certified.setObjectName("backdrops_certified")
        self.certified.setToolTip(tr("Somebody has looked: no background shows an object that should have a label."))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.head)
        box.addWidget(self.source)
        box.addWidget(self.grid, 1)
        box.addWidget(self.later, 1)
        label = text_label(tr("Leave out validation and test images"), "small", wrap=True)
        line = row(label, self.leave_out)
        line.setStretch(0, 1)
        box.addLayout(line)
        box.addWidget(self.certified)
        self.source.activated.connect(self._source_chosen)
        self.leave_out.toggled.connect(desk.shelf.set_leave_out)
        self.certified.toggled.connect(self._certify)
        desk.facts_changed.connect(self.refresh)
        self.refresh()

    def _certify(self, on: bool) -> None:
        self._desk.shelf.certified_empty = on
        self._desk.facts_changed.emit()

    def refresh(self) -> None:
        """Show what the previews found."""
        shelf = self._desk.shelf
        self._show_source()
        opened = shelf.opened
        count = opened.backgrounds if opened is not None else 0
        self.head.remark.setText(ntr("{n} image", "{n} images", count) if opened is not None else "")
        for box, value in ((self.leave_out, shelf.leave_out_held_out), (self.certified, shelf.certified_empty)):
            box.blockSignals(True)
            box.setChecked(value)
            box.blockSignals(False)
            box.update()
        if opened is not None:
            self.grid.show_thumbs([self._thumb(Path(text)) for text in opened.samples])
        elif shelf.backgrounds is None:
            self.grid.show_thumbs(())
        self.grid.setVisible(shelf.bank is not None)
        self.later.setVisible(shelf.bank is None)
        if opened is not None:
            self.grid.setToolTip("\n".join(opened.notes))

    @staticmethod
    def _thumb(path: Path) -> Thumb:
        return Thumb(str(path), path.name, partial(read_backdrop, path), tip=path.name)

    def _show_source(self) -> None:
        shelf, folder = self._desk.shelf, self._desk.session.folder
        rows: list[tuple[str, str]] = []
        if folder is not None:
            rows += [("unlabelled", tr("Unlabelled images of this folder")), ("all", tr("All images of this folder"))]
        if shelf.backgrounds is not None and shelf.backgrounds != folder:
            rows.append(("other", shelf.backgrounds.name))
        rows.append(("choose", tr("Choose a folder…")))
        if rows != [(self.source.itemData(n), self.source.itemText(n)) for n in range(self.source.count())]:
            self.source.clear()
            for key, text in rows:
                self.source.addItem(text, key)
        current = "other" if shelf.backgrounds != folder else "unlabelled" if shelf.unlabelled_only else "all"
        self.source.setCurrentIndex(self.source.findData(current if shelf.backgrounds is not None else "choose"))
        self.source.setToolTip(str(shelf.backgrounds or ""))

    def _source_chosen(self, number: int) -> None:
        key, shelf = self.source.itemData(number), self._desk.shelf
        if key in ("unlabelled", "all"):
            shelf.set_backgrounds(self._desk.session.folder, key == "unlabelled")
        elif key == "choose":
            self._choose()
        self._show_source()

    def _choose(self) -> None:
        start = self._desk.shelf.backgrounds or self._desk.session.folder or Path.home()
        text = QFileDialog.getExistingDirectory(self, tr("Folder of backgrounds"), str(start))
        if text:
            self._desk.shelf.set_backgrounds(Path(text))
