"""The list of shapes of the open image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, QModelIndex, QPoint, QTimer
from PySide6.QtWidgets import QAbstractItemView, QMenu, QStackedLayout, QVBoxLayout, QWidget

from anylabel_plus.ui import icons, words
from anylabel_plus.ui.language import mark, ntr, tr
from anylabel_plus.ui.panels.key_hints import KeyHints
from anylabel_plus.ui.panels.shapes_model import ShapesModel, shown_source
from anylabel_plus.ui.panels.shapes_order import ORDERS
from anylabel_plus.ui.widgets.buttons import ToolButton
from anylabel_plus.ui.widgets.inputs import SearchField, set_error
from anylabel_plus.ui.widgets.marks import EmptyState, IconMark, hairline, row, text_label
from anylabel_plus.ui.widgets.panel import PanelBase
from anylabel_plus.ui.widgets.rows import RowList, ShapeRowDelegate

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Change, Session

_COUNT_EVERY_MS = 150
_SOURCES = (
    ("human", mark("Made by a person")),
    ("model", mark("Made by a model")),
    ("synthesis", mark("Made by synthesis")),
    ("import", mark("Imported")),
)


class ShapesPanel(PanelBase):
    """Selection and hover follow the canvas and lead it; eye and lock act on one shape."""

    def __init__(self, session: Session) -> None:
        super().__init__("shapes_panel", tr("Shapes"))
        self._session = session
        self._following = False
        self.model = ShapesModel(session, self)
        self.filter = SearchField(tr("Filter shapes"))
        self.filter.setObjectName("shape_filter")
        self.filter.setToolTip(tr("Words of the label, or label:car by:model score:<0.5 kind:polygon area:<100"))
        self.order = ToolButton(
            "ph.sort-ascending", tr("Order of the shapes"), side=24, px=15, clicked=self._show_order
        )
        self.order.setObjectName("shape_sort_button")
        delegate = ShapeRowDelegate()
        self.list = RowList(delegate, tr("Shapes"))
        self.list.setObjectName("shape_list")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setModel(self.model)
        self.empty = EmptyState("polygon", tr("No shapes"))
        self._hints = KeyHints(self.empty, session)
        self._footer, self._count = QWidget(), text_label("", "small", "2")
        self._sources = {source: text_label("0", "small", "2") for source, _ in _SOURCES}
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_COUNT_EVERY_MS)
        self._build()
        self._connect(delegate)
        self._document_changed_at_all()

    def _build(self) -> None:
        top = row(self.filter, self.order, spacing=4, margins=(12, 8, 12, 6))
        listing = QWidget()
        column = QVBoxLayout(listing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addWidget(hairline())
        column.addWidget(self._footer)
        marks: list[QWidget | int | None] = [self._count, None]
        for source, meaning in _SOURCES:
            glyph, role = icons.PROVENANCE[source]
            sign = IconMark(glyph, role, 14)
            sign.setToolTip(tr(meaning))
            marks += [sign, self._sources[source], 4]
        self._footer.setLayout(row(*marks, spacing=4, margins=(12, 6, 8, 6)))
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack)  # first: it shows what it gets, as a window when without parent
        self._stack.addWidget(listing)
        self._stack.addWidget(self.empty)

    def _connect(self, delegate: ShapeRowDelegate) -> None:
        session = self._session
        self.filter.textChanged.connect(self._filter_changed)
        self.list.selectionModel().selectionChanged.connect(self._selected_here)
        self.list.hovered.connect(self._hovered_here)
        delegate.eye_clicked.connect(self._toggle_hidden)
        delegate.lock_clicked.connect(self._toggle_locked)
        self._counting.timeout.connect(self._count_now)
        session.document_changed.connect(self._document_changed)
        session.image_changed.connect(self._document_changed_at_all)
        session.selection_changed.connect(self._selected_elsewhere)
        session.hover_changed.connect(self.model.set_hovered)
        session.view_changed.connect(self.model.touch_all)
        session.labels_changed.connect(self.model.touch_all)

    # Following the session ---------------------------------------------------------------------

    def _document_changed(self, change: Change, initiator: object) -> None:
        self._following = True
        try:
            self.model.follow(change)
        finally:
            self._following = False
        if change.kind == "document" or change.order or self.model.arrangement.active:
            self._selected_elsewhere()
        if change.kind == "document" or change.added or change.removed:
            self._show_state()
        if not self._counting.isActive():
            self._counting.start()

    def _document_changed_at_all(self) -> None:
        self._following = True
        self.model.reload()
        self._following = False
        self._show_state()
        self._count_now()

    def _filter_changed(self, text: str) -> None:
        from anylabel_plus.dataset.index import QueryError, parse

        try:
            wanted = parse(text)
        except QueryError as error:
            set_error(self.filter, True)
            self._count.setText(str(error.text))
            return
        set_error(self.filter, False)
        self.model.arrangement.wanted = None if wanted.empty else wanted
        self._arrange()

    def _arrange(self) -> None:
        self._following = True
        self.model.reload()
        self._following = False
        self._selected_elsewhere()
        self._count_now()

    def order_menu(self) -> QMenu:
        """What the list can be sorted by."""
        arrangement = self.model.arrangement
        menu = QMenu(self)
        menu.setObjectName("shape_sort_menu")
        for name, title in ORDERS:
            self._choice(menu, name, tr(title), arrangement.order == name, partial(self._sort_by, name))
        menu.addSeparator()
        self._choice(menu, "descending", tr("Descending"), arrangement.descending, self._turn)
        return menu

    @staticmethod
    def _choice(menu: QMenu, name: str, title: str, on: bool, run: Callable[[], object]) -> None:
        action = menu.addAction(title)
        action.setObjectName(name)
        action.setCheckable(True)
        action.setChecked(on)
        action.triggered.connect(lambda *_: run())

    def _show_order(self) -> None:
        menu = self.order_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.order.mapToGlobal(QPoint(0, self.order.height())))

    def _sort_by(self, name: str) -> None:
        self.model.arrangement.order = name
        self._arrange()

    def _turn(self) -> None:
        arrangement = self.model.arrangement
        arrangement.descending = not arrangement.descending
        self.order.set_icon("ph.sort-descending" if arrangement.descending else "ph.sort-ascending")
        self._arrange()

    def _show_state(self) -> None:
        document = self._session.document
        self._stack.setCurrentIndex(0 if document is not None and document.shapes else 1)
        if document is None and self._session.problem and self._session.picture is not None:
            text = tr("{reason} The file is left as it is.", reason=self._session.problem)
            self.empty.set(tr("Labels cannot be shown"), text)
            self._hints.show()
        elif document is None:
            self.empty.set(tr("No shapes"), tr("Open an image to see what is marked in it."))
            self._hints.show(("open_folder", tr("open a folder")))
        elif not document.shapes:
            text = tr("Draw with a tool on the left, or let the model outline an object you click.")
            self.empty.set(tr("No shapes"), text)
            self._hints.show(("rectangle", tr("box")), ("polygon", tr("polygon")), ("assist_point", tr("smart")))

    def _count_now(self) -> None:
        document = self._session.document
        shapes = document.shapes if document is not None else ()
        found = Counter(shown_source(shape) for shape in shapes)
        count = ntr("{n} shape", "{n} shapes", len(shapes))
        rows = self.model.rowCount()
        if rows != len(shapes):
            count = tr("{shown} of {total}", shown=words.number(rows), total=words.number(len(shapes)))
        self._count.setText(count)
        self.header.count.setText(words.number(len(shapes)) if shapes else "")
        for source, label in self._sources.items():
            label.setText(words.number(found[source]))

    # Selection and hover -----------------------------------------------------------------------

    def _selected_here(self) -> None:
        if self._following:
            return
        rows = [index.row() for index in self.list.selectionModel().selectedRows()]
        self._following = True
        self._session.select(self.model.shape_at(n).id for n in rows)
        self._following = False

    def _selected_elsewhere(self) -> None:
        if self._following:
            return
        rows = sorted(n for n in (self.model.row_of(one) for one in self._session.selection) if n >= 0)
        selection = QItemSelection()
        start = 0
        for n, number in enumerate(rows):
            if n + 1 == len(rows) or rows[n + 1] != number + 1:
                selection.append(_range(self.model, rows[start], number))
                start = n + 1
        self._following = True
        flags = QItemSelectionModel.SelectionFlag
        self.list.selectionModel().select(selection, flags.ClearAndSelect)
        if rows:
            index = self.model.index(rows[-1])
            self.list.selectionModel().setCurrentIndex(index, flags.NoUpdate)
            self.list.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
        self._following = False

    def _hovered_here(self, index: QModelIndex) -> None:
        self._session.set_hovered(self.model.shape_at(index.row()).id if index.isValid() else None)

    # One shape ---------------------------------------------------------------------------------

    def _toggle_hidden(self, shape_id: int) -> None:
        self._session.set_hidden(self._session.hidden ^ {shape_id})

    def _toggle_locked(self, shape_id: int) -> None:
        from anylabel_plus.core import edits

        document = self._session.document
        if document is None:
            return
        locked = not document.shape(shape_id).locked
        name = (
            ntr("Lock {n} shape", "Lock {n} shapes", 1) if locked else ntr("Unlock {n} shape", "Unlock {n} shapes", 1)
        )
        self._session.apply(name, lambda d: edits.set_locked(d, frozenset((shape_id,)), locked), self)


def _range(model: ShapesModel, first: int, last: int) -> QItemSelectionRange:
    return QItemSelectionRange(model.index(first), model.index(last))
