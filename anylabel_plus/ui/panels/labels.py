"""The labels known in this folder, and the one that new shapes get."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from anylabel_plus.ui import words
from anylabel_plus.ui.label_colors import label_color, second_cycle
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.panels.key_hints import KeyHints
from anylabel_plus.ui.widgets.buttons import Button, ToolButton
from anylabel_plus.ui.widgets.label_edit import LabelEdit
from anylabel_plus.ui.widgets.marks import EmptyState, hairline, row, text_label
from anylabel_plus.ui.widgets.panel import PanelBase
from anylabel_plus.ui.widgets.rows import ROW_ROLE, LabelRow, LabelRowDelegate, RowList

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

Index = QModelIndex | QPersistentModelIndex
_COUNT_EVERY_MS = 200


class LabelsModel(QAbstractListModel):
    """Rows are the known labels in the order of their colours' slots."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._counts: Counter[str] = Counter()
        self._names: list[str] = []
        self._keys: dict[str, str] = {}

    def reload(self) -> None:
        """Take the session's labels and count the open document."""
        document = self._session.document
        counts = Counter(shape.label for shape in document.shapes) if document is not None else Counter()
        names = [name for name in self._session.labels if name]
        keys = self._session.labeling.keys(names)
        self._keys = {key.label: digit for digit, key in reversed(keys.items())}
        if names != self._names:
            self.beginResetModel()
            self._names, self._counts = names, counts
            self.endResetModel()
        elif names:
            self._counts = counts
            self.touch()

    def touch(self) -> None:
        """Paint all rows again."""
        if self._names:
            self.dataChanged.emit(self.index(0), self.index(len(self._names) - 1))

    def name(self, row_number: int) -> str:
        """The label of a row."""
        return self._names[row_number]

    def rowCount(self, parent: Index | None = None) -> int:
        """Number of labels; rows have no children."""
        return 0 if parent is not None and parent.isValid() else len(self._names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The label, or the row value."""
        if not 0 <= index.row() < len(self._names):
            return None
        name = self._names[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ntr("{name}, {n} shape", "{name}, {n} shapes", self._counts[name], name=name)
        if role == ROW_ROLE:
            labels = self._session.labels
            return LabelRow(
                name,
                label_color(labels, name),
                self._counts[name],
                self._keys.get(name, ""),
                current=name == self._session.label,
                notch=second_cycle(labels, name),
            )
        return None


class LabelsPanel(PanelBase):
    """A click makes a label the current one; with shapes selected, it labels them."""

    def __init__(self, session: Session) -> None:
        self.manage = ToolButton(
            "gear-six", tr("Manage labels"), "", tr("Rename, merge, colours, attributes."), side=24
        )
        self.manage.setObjectName("manage_labels")
        super().__init__("labels_panel", tr("Labels"))
        self._session = session
        self.edit = LabelEdit(tr("Label"))
        self.edit.setObjectName("label_edit")
        self.edit.setPlaceholderText(tr("Label of new shapes"))
        self.edit.refusal = session.refusal
        self.hint = text_label("", "cap", "3")
        self.model = LabelsModel(session)
        self.list = RowList(LabelRowDelegate(), tr("Labels"))
        self.list.setObjectName("label_list")
        self.list.setModel(self.model)
        self.empty = EmptyState(
            "tag-simple", tr("No labels yet"), tr("Type a name above. A label stays when a shape has it.")
        )
        KeyHints(self.empty, session, ("edit_label", tr("go to the name")))
        self._add = Button(tr("Add"), "plus", size="small", clicked=self._commit)
        self._add.setAccessibleDescription(tr("Use this label for new shapes, or for the selected ones"))
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_COUNT_EVERY_MS)
        self._build()
        self._connect()
        self._labels_changed()
        self._selection_changed()

    def _build(self) -> None:
        self.body.addLayout(row(self.edit, self._add, self.manage, margins=(12, 8, 12, 2)))
        self.body.addLayout(row(self.hint, None, margins=(12, 0, 12, 6)))
        self.body.addWidget(hairline())
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self.list)
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack, 1)  # first: it shows what it gets, as a window when without parent
        self._stack.addWidget(holder)
        self._stack.addWidget(self.empty)

    def _connect(self) -> None:
        session = self._session
        self.edit.committed.connect(self.use)
        self.edit.refused.connect(lambda why: session.say("warning", why))
        session.labeling_changed.connect(self._labels_changed)
        session.settings_changed.connect(self._offer)
        self.list.clicked.connect(lambda index: self.use(self.model.name(index.row())))
        self.list.activated.connect(lambda index: self.use(self.model.name(index.row())))
        self._counting.timeout.connect(self._labels_changed)
        self._counting.timeout.connect(self._selection_changed)
        session.labels_changed.connect(self._labels_changed)
        session.label_changed.connect(self._label_changed)
        session.selection_changed.connect(self._selection_changed)
        session.document_changed.connect(self._count_soon)

    def _count_soon(self, *_: object) -> None:
        if not self._counting.isActive():
            self._counting.start()

    def use(self, name: str) -> None:
        """Make ``name`` the label of new shapes, and of the selected ones."""
        self._session.use_label(name, self)
        self._selection_changed()

    def _commit(self) -> None:
        text = self.edit.text().strip()
        if text:
            self.edit.setModified(False)
            self.use(text)

    def _labels_changed(self) -> None:
        self.model.reload()
        self._offer()
        count = self.model.rowCount()
        self.header.count.setText(words.number(count) if count else "")
        self._stack.setCurrentIndex(0 if count else 1)

    def _offer(self, *_: object) -> None:
        self.edit.set_labels(self._session.suggestions(), self._session.settings.get("labels.completion"))

    def _label_changed(self, text: str) -> None:
        self._offer()
        self._selection_changed()
        self.model.touch()

    def _selection_changed(self) -> None:
        session = self._session
        labels = set()
        if session.selection and session.document is not None:
            labels = {shape.label for shape in session.document.shapes if shape.id in session.selection}
        self.edit.show_label(next(iter(labels)) if len(labels) == 1 else session.label)
        count = len(session.selection)
        self._add.setText(tr("Apply") if count else tr("Add"))
        where = ntr("For {n} selected shape", "For {n} selected shapes", count) if count else tr("For new shapes")
        self.hint.setText(where)
