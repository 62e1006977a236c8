"""The middle of the page: nine pictures, how their labels are shown, what was skipped, and histograms."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from anylabel_plus.ui import words
from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.pages.synthesis.desk import TILES, Desk
from anylabel_plus.ui.pages.synthesis.previews import skips_text
from anylabel_plus.ui.pages.synthesis.tile_view import Look, TileView
from anylabel_plus.ui.widgets.buttons import Button, ToolButton
from anylabel_plus.ui.widgets.inputs import Segmented, Switch
from anylabel_plus.ui.widgets.marks import Badge, EmptyState, IconMark, KeyCap, row, text_label

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = 3
GAP = 10
LATE_MS = 600
VETO_REASONS = {
    "size": mark("Size"),
    "place": mark("Place"),
    "edge": mark("Edge"),
    "colour": mark("Colour"),
    "hidden": mark("Too much hidden"),
    "other": mark("Something else"),
}


class TileGrid(QWidget):
    """Three rows of three, all of one shape: that of the pictures."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("preview_grid")
        self._desk, self._aspect = desk, 4 / 3
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(LATE_MS)
        self._late.timeout.connect(self.refresh)
        self.tiles = [TileView(number, desk.color) for number in range(TILES)]
        for number, tile in enumerate(self.tiles):
            tile.setParent(self)
            tile.reroll.connect(lambda number=number: desk.reroll(number))
            tile.pin.connect(lambda number=number: desk.pin(number))
            tile.step.connect(lambda dx, dy, number=number: self._step(number, dx, dy))

    def _step(self, number: int, dx: int, dy: int) -> None:
        column, line = number % COLUMNS + dx, number // COLUMNS + dy
        if 0 <= column < COLUMNS and 0 <= line < TILES // COLUMNS:
            self.tiles[line * COLUMNS + column].setFocus(Qt.FocusReason.TabFocusReason)

    def refresh_tile(self, number: int) -> None:
        """Show what the desk has for one place."""
        desk, sides = self._desk, self._desk.sides_shown()
        tile, place = self.tiles[number], desk.tiles[number]
        parts = []
        for side in sides:
            key = f"{side}{number}"
            name = side if len(sides) > 1 else ""
            fresh = desk.previews.fresh(key) or self._late.isActive()
            parts.append((name, desk.previews.shown(key), fresh, desk.previews.refusal(key)))
        tile.show_parts(parts, place.index, place.pinned)

    def wait(self) -> None:
        """Other pictures are on their way: only those that take long are dimmed."""
        if self._desk.previews.waiting:
            self._late.start()

    def refresh(self) -> None:
        """Show what the desk has."""
        desk = self._desk
        for tile in self.tiles:
            self.refresh_tile(tile.number)
        shown = desk.shown()
        if shown:
            # That of most: one portrait among landscapes does not make all tiles narrow.
            aspect = min(2.4, max(0.6, median(each.image.width() / each.image.height() for each in shown)))
            if abs(aspect - self._aspect) > 0.01:
                self._aspect = aspect
                self._place()

    def forget(self) -> None:
        """Labels have other colours."""
        for tile in self.tiles:
            tile.forget()

    def set_look(self, look: Look) -> None:
        """Show labels otherwise."""
        for tile in self.tiles:
            tile.look = look
            tile.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        lines = TILES // COLUMNS
        room_w, room_h = (self.width() - GAP * (COLUMNS - 1)) / COLUMNS, (self.height() - GAP * (lines - 1)) / lines
        width = max(40.0, min(room_w, room_h * self._aspect))
        height = max(30.0, min(room_h, room_w / self._aspect))
        left = (self.width() - COLUMNS * width - GAP * (COLUMNS - 1)) / 2
        for number, tile in enumerate(self.tiles):
            x = left + number % COLUMNS * (width + GAP)
            y = number // COLUMNS * (height + GAP)
            tile.setGeometry(round(x), round(y), round(width), round(height))
        self._desk.set_tile_px(round(max(width, height) * self.devicePixelRatioF()))


class PreviewArea(QWidget):
    """``build`` and ``choose`` are what can be done while there is no bank: make one, or open one."""

    def __init__(self, desk: Desk, build: Callable[[], object], facts: QWidget) -> None:
        super().__init__()
        self.setObjectName("preview_area")
        self.setProperty("surface", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._desk, self.facts = desk, facts
        self.remark = text_label("", "small", "2")
        self.overlay = Switch(tr("Labels"), True)
        self.overlay.setObjectName("preview_labels")
        self.kind = Segmented(
            (("polygon", tr("Polygon")), ("mask", tr("Mask")), ("box", tr("Box"))), tr("Labels shown as")
        )
        self.kind.setObjectName("preview_kind")
        self.sides = Segmented((("A", "A"), ("B", "B"), ("AB", "A | B")), tr("Recipe shown"))
        self.sides.setObjectName("preview_sides")
        self.compare = ToolButton(
            "ph.square-half",
            tr("Compare two recipes"),
            note=tr("The knobs change B; A stays as it is."),
            checkable=True,
            soft=True,
        )
        self.compare.setObjectName("preview_compare")
        self.histograms = ToolButton(
            "ph.chart-bar",
            tr("Histograms"),
            note=tr("Sizes, places and labels beside the real data."),
            checkable=True,
            soft=True,
        )
        self.histograms.setObjectName("preview_histograms")
        self.reshuffle = Button(tr("Reshuffle"), "ph.shuffle", clicked=desk.reroll)
        self.reshuffle.setObjectName("preview_reshuffle")
        self.grid = TileGrid(desk)
        self.good = IconMark("done", "success", 15)
        self.said = text_label("", "small", "2")
        self.skips = Badge("", "warning")
        self._empty_button = Button(tr("Build from this folder"), "ph.cube", "primary", clicked=build)
        self._empty_button.setObjectName("empty_build")
        self.empty = EmptyState("ph.stack-simple", "", button=self._empty_button)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.empty)
        self._problem = ""
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        head: QHBoxLayout = row(
            text_label(tr("Live preview"), "h3"),
            self.remark,
            None,
            self.sides,
            self.compare,
            self.histograms,
            4,
            text_label(tr("Labels"), "small", "2"),
            self.overlay,
            self.kind,
            self.reshuffle,
            KeyCap("R"),
        )
        foot = row(self.good, self.said, None, self.skips)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 10, 16, 10)
        box.setSpacing(10)
        box.addLayout(head)
        box.addWidget(self._stack, 1)
        box.addWidget(self.facts)
        box.addLayout(foot)
        self.facts.hide()

    def _connect(self) -> None:
        desk = self._desk
        self.overlay.toggled.connect(self._look_changed)
        self.kind.chosen.connect(self._look_changed)
        self.sides.chosen.connect(desk.show_side)
        self.compare.toggled.connect(desk.compare)
        self.histograms.toggled.connect(self.facts.setVisible)
        for tile in self.grid.tiles:
            tile.veto.connect(lambda tile=tile: self.ask_veto(tile))
        desk.tiles_changed.connect(self.grid.wait)
        desk.tiles_changed.connect(self.refresh)
        desk.session.labels_changed.connect(self.grid.forget)
        desk.recipe_changed.connect(self.refresh)
        desk.facts_changed.connect(self.refresh)
        desk.previews.changed.connect(self._one_changed)
        desk.previews.problem.connect(self._problem_changed)
        desk.shelf.bank_changed.connect(self.refresh)

    def _look_changed(self, *_: object) -> None:
        self.kind.setEnabled(self.overlay.isChecked())
        self.grid.set_look(Look(self.overlay.isChecked(), self.kind.current()))

    def _one_changed(self, key: str) -> None:
        """A picture came; what is said of all of them is said again when the last one is there."""
        if self._desk.previews.waiting and self._stack.currentWidget() is self.grid and self.remark.text():
            self.grid.refresh_tile(int(key[1:]))
        else:
            self.refresh()

    def _problem_changed(self, text: str) -> None:
        if text != self._problem:
            self._problem = text
            self.refresh()

    def ask_veto(self, tile: TileView) -> None:
        """A menu of reasons at the tile; one of them takes the picture away."""
        menu = QMenu(self)
        menu.setObjectName("veto_menu")
        title = menu.addAction(tr("What is wrong with this picture?"))
        title.setEnabled(False)
        for reason, word in VETO_REASONS.items():
            action = menu.addAction(tr(word))
            action.setObjectName(f"veto_{reason}")
            action.triggered.connect(lambda _=False, reason=reason: self._desk.veto(tile.number, reason))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(tile.mapToGlobal(tile.veto_button.geometry().bottomLeft()))
        menu.setActiveAction(menu.actions()[1])

    # What is shown ---------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring everything up to date."""
        desk = self._desk
        comparing = "B" in desk.recipes
        self.sides.setVisible(comparing)
        self.sides.set_current(desk.view)
        self.compare.blockSignals(True)
        self.compare.setChecked(comparing)
        self.compare.blockSignals(False)
        self.grid.refresh()
        shown = desk.shown()
        self.remark.setText(
            tr("{n} of {total}, seed {seed}", n=min(TILES, desk.count), total=words.number(desk.count), seed=desk.seed)
            if shown
            else ""
        )
        self.skips.set(skips_text(shown), "warning")
        self._show_state(bool(shown))

    def _show_state(self, any_shown: bool) -> None:
        desk, shelf = self._desk, self._desk.shelf
        missing = shelf.sources is None or bool(self._problem)
        self._stack.setCurrentWidget(self.empty if missing else self.grid)
        for part in (self.good, self.said):
            part.setVisible(any_shown and not missing)
        self.said.setText(tr("Labels follow the pasted pixels; hidden parts are cut away."))
        self.reshuffle.setEnabled(not missing)
        self._empty_button.setVisible(shelf.bank is None and desk.session.folder is not None)
        if shelf.bank is None:
            self.empty.set(
                tr("No object bank yet"),
                tr("An object bank holds the objects that are pasted, cut out of labelled images by their shapes.")
                if desk.session.folder is not None
                else tr("Open a bank at the left, or open a folder of labelled images to build one from."),
            )
        elif not shelf.bank.cutouts:
            self.empty.set(
                tr("The object bank is empty"),
                tr("No cutout was found: objects need polygons or masks. Dataset, Boxes to masks makes them."),
            )
        elif not shelf.accepted:
            self.empty.set(tr("No cutout is accepted"), tr("Accept some at the left: click one, or press Space on it."))
        elif shelf.backgrounds is None:
            self.empty.set(tr("No backgrounds yet"), tr("Choose a folder of pictures to paste on, at the left."))
        else:
            self.empty.set(tr("No picture can be made like this"), self._problem)
