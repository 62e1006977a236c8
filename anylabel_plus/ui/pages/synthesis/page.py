"""The synthesis page: puts its parts together, its keys, and what happens when it comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from anylabel_plus.core.geometry import area_rings
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.pages.synthesis.backdrop_browser import BackdropBrowser
from anylabel_plus.ui.pages.synthesis.bank_browser import BankBrowser
from anylabel_plus.ui.pages.synthesis.bank_work import BankWork
from anylabel_plus.ui.pages.synthesis.charts import ClassBalance, Histograms
from anylabel_plus.ui.pages.synthesis.checks import ChecksView
from anylabel_plus.ui.pages.synthesis.desk import Desk
from anylabel_plus.ui.pages.synthesis.generate_bar import GenerateBar
from anylabel_plus.ui.pages.synthesis.knobs import KnobPanel
from anylabel_plus.ui.pages.synthesis.out_folder import next_out, used
from anylabel_plus.ui.pages.synthesis.page_head import PageHead
from anylabel_plus.ui.pages.synthesis.page_keys import PageKeys
from anylabel_plus.ui.pages.synthesis.preview_grid import PreviewArea
from anylabel_plus.ui.pages.synthesis.recipe_files import RecipeFiles
from anylabel_plus.ui.pages.synthesis.suggestions import SuggestionBar
from anylabel_plus.ui.widgets.inputs import Segmented
from anylabel_plus.ui.widgets.marks import hairline, row
from anylabel_plus.ui.widgets.toast import Toasts

if TYPE_CHECKING:
    from anylabel_plus.jobs.process import JobEnded
    from anylabel_plus.ui.session import Session

LINES_IF_LOW = 3
LEFT, RIGHT = (264, 340), (340, 400)
"""Least and usual widths of the columns."""


class SynthesisPage(QWidget):
    """``left`` is emitted when the user is done here; ``help_wanted`` asks for the guide."""

    left = Signal()
    help_wanted = Signal()

    def __init__(self, session: Session, keys: Callable[[], frozenset[str]] = frozenset) -> None:
        super().__init__()
        self.setObjectName("synthesis_page")
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Synthesis"))
        self._session = session
        self.desk = Desk(session, self)
        self.foot = GenerateBar(self.desk)
        self.bank_work = BankWork(self.desk, self.foot)
        self.recipe_files = RecipeFiles(self.desk, self)
        self.bank = BankBrowser(self.desk, self.bank_work.build, self.bank_work.add_shapes)
        self.backdrops = BackdropBrowser(self.desk)
        self.balance = ClassBalance(self.desk)
        self.histograms = Histograms(self.desk)
        self.previews = PreviewArea(self.desk, self.bank_work.build, self.histograms)
        self.knobs = KnobPanel(self._label_names, self._selected_rings, lambda: self.desk.shelf.sizes_known)
        self.checks = ChecksView(self.desk)
        self.suggestions = SuggestionBar(self.desk)
        self.page_keys = PageKeys(
            self,
            {
                "stop_typing": partial(self.previews.grid.tiles[0].setFocus, Qt.FocusReason.OtherFocusReason),
                "leave": self.leave,
                "reroll": self.desk.reroll,
                "save": self.recipe_files.ask_and_save,
            },
            lambda: [self.bank, self.backdrops, self.previews, self.knobs, self.foot, self.recipe_files.button],
            keys,
        )
        self._lay_out()
        self.toasts = Toasts(self.previews)
        self._connect()

    # Parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        self.columns.setHandleWidth(1)
        self.columns.setChildrenCollapsible(False)
        for widget in (self._left(), self.previews, self._right()):
            self.columns.addWidget(widget)
        self.columns.setStretchFactor(1, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        head = PageHead(self.recipe_files.button)
        head.help_wanted.connect(self.help_wanted)
        head.closed.connect(self.leave)
        for widget in (head, hairline()):
            box.addWidget(widget)
        box.addWidget(self.columns, 1)
        for widget in (hairline(), self.foot):
            box.addWidget(widget)

    def _left(self) -> QWidget:
        column = QFrame()
        column.setProperty("surface", "panel")
        column.setMinimumWidth(LEFT[0])
        box = QVBoxLayout(column)
        box.setContentsMargins(16, 10, 12, 10)
        box.setSpacing(10)
        box.addWidget(self.bank, 5)
        box.addWidget(hairline())
        box.addWidget(self.backdrops, 4)
        box.addWidget(hairline())
        box.addWidget(self.balance)
        return column

    def _right(self) -> QWidget:
        column = QFrame()
        column.setProperty("surface", "panel")
        column.setMinimumWidth(RIGHT[0])
        self.side = Segmented((("A", tr("Recipe A")), ("B", tr("Recipe B"))), tr("Recipe that the knobs change"))
        self.side.setObjectName("recipe_side")
        self.side.chosen.connect(self.desk.take_side)
        self._side_row = QWidget()
        self._side_row.setLayout(row(self.side, margins=(16, 10, 16, 0)))
        inner = QWidget()
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.knobs)
        lines.addStretch(1)
        area = QScrollArea()
        area.setObjectName("knob_area")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        box = QVBoxLayout(column)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._side_row)
        box.addWidget(self.suggestions)
        box.addWidget(area, 1)
        box.addWidget(hairline())
        box.addWidget(self.checks)
        return column

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.checks.show_most(99 if self.height() >= 900 else LINES_IF_LOW)

    def _connect(self) -> None:
        desk = self.desk
        self.knobs.changed.connect(desk.set_recipe)
        desk.recipe_changed.connect(self._recipe_changed)
        desk.shelf.bank_changed.connect(lambda: self.knobs.show_recipe(desk.recipe))
        desk.say.connect(self._say)
        desk.facts_changed.connect(self._facts_changed)
        desk.previews.finished.connect(self.histograms.refresh)
        self.previews.histograms.toggled.connect(lambda _: self.histograms.refresh())
        for tile in self.previews.grid.tiles:
            tile.veto.connect(self.suggestions.hide)
        self.foot.save.connect(self.recipe_files.ask_and_save)
        self.foot.opened.connect(self._open_result)
        self.foot.finished.connect(self._job_ended)
        self._session.folder_changed.connect(self._folder_changed)
        self._session.message.connect(self._say)
        self._recipe_changed()

    # What is shown ---------------------------------------------------------------------------

    def come(self) -> None:
        """The page was opened: go on with what was in use for the open data set."""
        self._folder = self._session.folder
        values = self.desk.recall()
        self.desk.previews.start()
        out = Path(str(values.get("out") or ""))
        proposed = out.is_absolute() and (not used(out) or self.desk.memory.goes_on(out))
        self.foot.show_values(out if proposed else next_out(self._session.folder))
        self.columns.setSizes([self._column(LEFT), 10_000, self._column(RIGHT)])
        self.previews.grid.tiles[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _column(self, widths: tuple[int, int]) -> int:
        return widths[1] if self.width() >= 1600 else widths[0] + 20 if widths is LEFT else widths[0]

    def leave(self) -> None:
        """Back to the canvas; a job that runs goes on."""
        self.desk.keep(out=str(self.foot.out_folder))
        self.desk.previews.close()
        self.left.emit()

    def _recipe_changed(self) -> None:
        desk = self.desk
        self.knobs.show_recipe(desk.recipe)
        self._side_row.setVisible("B" in desk.recipes)
        self.side.set_current(desk.side)
        self._facts_changed()

    def _facts_changed(self) -> None:
        self.balance.refresh()
        self.histograms.refresh()

    def _say(self, level: str, text: str, _: object = None) -> None:
        if self.isVisible():
            self.toasts.show(level, text)

    def _folder_changed(self) -> None:
        if self.isVisible() and self._session.folder != self._folder:
            self.come()

    def _label_names(self) -> list[str]:
        bank = self.desk.shelf.bank
        return sorted({cutout.label for cutout in bank.cutouts} if bank is not None else set())

    def _selected_rings(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """The selected shapes of the open image in parts of it."""
        document = self._session.document
        if document is None or not document.width or not document.height:
            return ()
        chosen = [document.shape(shape_id) for shape_id in self._session.selection]
        found = []
        for ring in (ring for shape in chosen for ring in area_rings(shape)[:1]):
            points = [
                (min(1.0, max(0.0, x / document.width)), min(1.0, max(0.0, y / document.height))) for x, y in ring
            ]
            found.append(tuple((round(float(x), 4), round(float(y), 4)) for x, y in points))
        if not found:
            self._say("info", tr("Select shapes in the open image first."))
        return tuple(found)

    # The end of a job ------------------------------------------------------------------------

    def _job_ended(self, job: str, end: JobEnded) -> None:
        if job != "synthesize":
            self.bank_work.ended(end)
            return
        folder, out = self._session.folder, self.foot.out_folder
        if folder is not None and out.is_relative_to(folder):
            self._session.rescan()

    def _open_result(self, out: Path) -> None:
        self.leave()
        self._session.open_folder(out)
        self.foot.show_options()

    # Keys ------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keys are this page's while it is open, but for those of the whole program."""
        if isinstance(event, QKeyEvent) and self.page_keys.keeps(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.page_keys.take(event)
        event.accept()  # nothing behind this page hears it

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays on the page."""
        return self.page_keys.focus_next(forward)
