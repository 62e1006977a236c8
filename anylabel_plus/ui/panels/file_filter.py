"""The line above the list of files: what is typed, common choices in a menu, and the order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import ToolButton
from anylabel_plus.ui.widgets.inputs import SearchField, set_error
from anylabel_plus.ui.widgets.marks import row, text_label

if TYPE_CHECKING:
    from anylabel_plus.dataset.index import Filter, Sort
    from anylabel_plus.ui.session import Session

_AFTER_MS = 150
_LABELS_MOST = 40
CHOICES: tuple[tuple[str, str], ...] = (
    (mark("Without labels"), "labelled:no"),
    (mark("Labelled"), "labelled:yes"),
    (mark("Not checked"), "checked:no"),
    (mark("Checked"), "checked:yes"),
    (mark("Model results to look at"), "waiting:yes"),
    (mark("Made by a model"), "by:model"),
    (mark("Made by a person"), "by:person"),
    (mark("Score under 0.5"), "score:<0.5"),
    (mark("No shapes"), "count:0"),
    (mark("Cannot be read"), "problem:yes"),
    (mark("Training set"), "split:train"),
    (mark("Validation set"), "split:val"),
    (mark("Test set"), "split:test"),
    (mark("Composites"), "image:composite"),
)
"""(title, part of a query) of the filter button's menu; two parts with one key exclude each other."""
SORT_TITLES: tuple[tuple[Sort, str], ...] = (
    ("name", mark("Name")),
    ("time", mark("Time of change")),
    ("size", mark("File size")),
    ("count", mark("Number of shapes")),
    ("score", mark("Lowest score")),
)


def toggled(text: str, part: str) -> str:
    """The query ``text`` with ``part``, in place of another with the same key; without it where it was there."""
    parts = text.split()
    if part in parts:
        return " ".join(one for one in parts if one != part)
    key = part.partition(":")[0] + ":"
    return " ".join((*(one for one in parts if not one.startswith(key)), part))


class FilterBar(QWidget):
    """``wanted`` carries a ``Filter``: after a moment without typing, at once from the menus. A query that cannot be
    understood is told below the field, and the list stays as it is."""

    wanted = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._labels: list[str] = []
        self.sort: Sort = "name"
        self.descending = False
        self.field = SearchField(tr("Filter files"))
        self.field.setObjectName("file_filter")
        self.field.setToolTip(
            tr("Words of the name, or label:car -label:bus score:<0.5 by:model checked:no labelled:yes re:^img_")
        )
        self.filters = ToolButton("ph.funnel", tr("Common filters"), side=24, px=15, clicked=self._show_filters)
        self.filters.setObjectName("file_filter_button")
        self.order = ToolButton("ph.sort-ascending", tr("Order of the list"), side=24, px=15, clicked=self._show_order)
        self.order.setObjectName("file_sort_button")
        self.note = text_label("", "small", "danger", wrap=True)
        self.note.setObjectName("file_filter_note")
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 6)
        column.setSpacing(4)
        column.addLayout(row(self.field, self.filters, self.order, spacing=4))
        column.addWidget(self.note)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_AFTER_MS)
        self._typed.timeout.connect(self.ask)
        self.field.textChanged.connect(lambda *_: self._typed.start())
        session.index.changed.connect(self._learn_labels)
        if session.index.ready:
            self._learn_labels()

    def ask(self) -> None:
        """Say what is wanted now."""
        self._typed.stop()
        found = self.filter()
        if found is not None:
            self.wanted.emit(found)

    def filter(self) -> Filter | None:
        """What the field and the order say; None, and a note, when the text cannot be understood."""
        from anylabel_plus.dataset.index import QueryError, parse

        try:
            found = parse(self.field.text())
        except QueryError as error:
            self.tell(said(error))
            return None
        self.tell("")
        if found.sort == "name" and not found.descending:
            found = replace(found, sort=self.sort, descending=self.descending)
        return found

    def tell(self, problem: str) -> None:
        """Show what is wrong with the filter, "" when nothing is."""
        set_error(self.field, bool(problem))
        self.note.setText(problem)
        self.note.setVisible(bool(problem))

    # Menus ---------------------------------------------------------------------------------------

    def filter_menu(self) -> QMenu:
        """Common choices; those in force are checked."""
        menu = QMenu(self)
        menu.setObjectName("file_filter_menu")
        menu.setAccessibleName(tr("Common filters"))
        parts = self.field.text().split()
        for title, part in CHOICES:
            self._check(menu, tr(title), part in parts, partial(self._toggle, part), part)
        if self._labels:
            from anylabel_plus.dataset.index import quoted

            menu.addSeparator()
            for title, sign in ((tr("With label"), ""), (tr("Without label"), "-")):
                below = menu.addMenu(title)
                for name in self._labels[:_LABELS_MOST]:
                    part = f"{sign}label:{quoted(name)}"
                    on = part in self.field.text()
                    self._check(below, name.replace("&", "&&"), on, partial(self._toggle, part), part)
        menu.addSeparator()
        self._check(menu, tr("Show all files"), False, self.field.clear, "all", checkable=False)
        return menu

    def order_menu(self) -> QMenu:
        """What the list can be sorted by."""
        menu = QMenu(self)
        menu.setObjectName("file_sort_menu")
        menu.setAccessibleName(tr("Order of the list"))
        for name, title in SORT_TITLES:
            self._check(menu, tr(title), name == self.sort, partial(self._sort_by, name), name)
        menu.addSeparator()
        self._check(menu, tr("Descending"), self.descending, self._turn, "descending")
        return menu

    def _check(
        self, menu: QMenu, title: str, on: bool, run: Callable[[], object], name: str, *, checkable: bool = True
    ) -> None:
        action = QAction(title, menu)
        action.setObjectName(name)
        action.setCheckable(checkable)
        action.setChecked(on)
        action.triggered.connect(lambda *_: run())
        menu.addAction(action)

    def _show_filters(self) -> None:
        self._popup(self.filter_menu(), self.filters)

    def _show_order(self) -> None:
        self._popup(self.order_menu(), self.order)

    @staticmethod
    def _popup(menu: QMenu, button: QWidget) -> None:
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    def _toggle(self, part: str) -> None:
        text = self.field.text()
        if part.lstrip("-").startswith("label:"):
            text = text.replace(part, "").strip() if part in text else f"{text} {part}".strip()
        else:
            text = toggled(text, part)
        self.field.setText(text)
        self.ask()

    def _sort_by(self, name: Sort) -> None:
        self.sort = name
        self.ask()

    def _turn(self) -> None:
        self.descending = not self.descending
        self.order.set_icon("ph.sort-descending" if self.descending else "ph.sort-ascending")
        self.ask()

    def _learn_labels(self) -> None:
        def learnt(labels: list[str]) -> None:
            self._labels = labels

        self._session.index.ask(lambda index: index.labels(), learnt)
