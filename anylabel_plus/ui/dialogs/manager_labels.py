"""The page of labels: counts over the data set, names, colours, order; changes of names run as a job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.labels import LabelColors
from anylabel_plus.ui.dialogs.label_changes import LabelChanges
from anylabel_plus.ui.dialogs.palette_grid import PaletteGrid
from anylabel_plus.ui.label_colors import label_color, second_cycle
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button, ToolButton
from anylabel_plus.ui.widgets.inputs import SearchField
from anylabel_plus.ui.widgets.marks import Notice, hairline, row, text_label
from anylabel_plus.ui.widgets.rows import ROW_ROLE, LabelRow, LabelRowDelegate, RowList

if TYPE_CHECKING:
    from anylabel_plus.dataset.label_counts import LabelCounts
    from anylabel_plus.ui.session import Session

Index = QModelIndex | QPersistentModelIndex


class ManagedLabels(QAbstractListModel):
    """Rows are the labels of the data set that contain what is searched for."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._names: list[str] = []
        self._keys: dict[str, str] = {}
        self._wanted = ""
        self.counts: LabelCounts | None = None

    def reload(self, wanted: str | None = None) -> None:
        """Take the session's labels; ``wanted`` is another text to search for."""
        self._wanted = self._wanted if wanted is None else wanted.strip().casefold()
        names = [name for name in self._session.labels if name]
        self._keys = {key.label: digit for digit, key in reversed(self._session.labeling.keys(names).items())}
        self.beginResetModel()
        self._names = [name for name in names if self._wanted in name.casefold()]
        self.endResetModel()

    def name(self, number: int) -> str:
        """The label of a row."""
        return self._names[number]

    def number(self, name: str) -> int:
        """The row of a label, -1 when it is not shown."""
        return self._names.index(name) if name in self._names else -1

    def shapes(self, name: str) -> int:
        """Shapes of the data set with this label, as counted last."""
        return self.counts.shapes[name] if self.counts is not None else 0

    def rowCount(self, parent: Index | None = None) -> int:
        """Number of labels shown; rows have no children."""
        return 0 if parent is not None and parent.isValid() else len(self._names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The label, or the row value."""
        if not 0 <= index.row() < len(self._names):
            return None
        name = self._names[index.row()]
        count = self.shapes(name)
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            images = self.counts.images[name] if self.counts is not None else 0
            return tr(
                "{name}: {shapes} in {images}",
                name=name,
                shapes=ntr("{n} shape", "{n} shapes", count),
                images=ntr("{n} image", "{n} images", images),
            )
        if role == ROW_ROLE:
            labels = self._session.labels
            key, notch = self._keys.get(name, ""), second_cycle(labels, name)
            return LabelRow(name, label_color(labels, name), count, key, current=False, notch=notch)
        return None


class LabelsPage(QWidget):
    """``said`` carries a line for the foot of the dialog and its colour role."""

    said = Signal(str, str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.changes = LabelChanges(session, self)
        self.model = ManagedLabels(session, self)
        self.search = SearchField(tr("Find labels"))
        self.list = RowList(LabelRowDelegate(), tr("Labels of the data set"))
        self.list.setObjectName("managed_labels")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setModel(self.model)
        self.new_name = QLineEdit()
        self.new_name.setObjectName("new_label_name")
        self.new_name.setAccessibleName(tr("New name of the chosen labels, or a label to add"))
        self.add = Button(tr("Add"), "plus", clicked=self._add)
        self.rename = Button(tr("Rename"), clicked=self._rename)
        self.delete = Button(tr("Delete"), "trash", "danger", clicked=self._delete)
        self.import_list = Button(tr("Import list…"), "download-simple", "ghost", clicked=self._choose_list)
        self.up = ToolButton("ph.arrow-up", tr("Move up"), "Alt+Up", clicked=lambda: self._move(-1))
        self.down = ToolButton("ph.arrow-down", tr("Move down"), "Alt+Down", clicked=lambda: self._move(1))
        self.palette_ = PaletteGrid()
        self.notice = Notice("", "warning")
        self._confirming = False
        self._build()
        self._connect()
        self._labels_changed()
        self.changes.count()

    @property
    def busy(self) -> bool:
        """True while label files are being written."""
        return self.changes.busy

    def stop(self) -> None:
        """End the run after the file in work."""
        self.changes.stop()

    def leave(self) -> None:
        """The dialog closes: end what is under way."""
        self.changes.leave()

    def recount(self) -> None:
        """Another folder is open."""
        self.model.counts = None
        self.notice.hide()
        self._labels_changed()
        self.changes.count()

    def _build(self) -> None:
        names = ("add", "rename", "delete", "import_list", "up", "down")
        for name in names:
            getattr(self, name).setObjectName(f"label_{name}")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        top = row(self.search, self.import_list)
        top.setStretch(0, 1)
        column.addLayout(top)
        middle = row(self.list, spacing=4)
        side = QVBoxLayout()
        side.addWidget(self.up)
        side.addWidget(self.down)
        side.addStretch(1)
        middle.addLayout(side)
        column.addLayout(middle, 1)
        column.addWidget(hairline())
        line = row(self.new_name, self.add, self.rename, self.delete)
        line.setStretch(0, 1)
        column.addLayout(line)
        column.addLayout(row(text_label(tr("Colour"), "small", "2"), self.palette_, None, spacing=12))
        column.addWidget(self.notice)
        self.notice.hide()

    def _connect(self) -> None:
        session = self._session
        self.search.textChanged.connect(self.model.reload)
        self.new_name.textChanged.connect(lambda _: self._show_buttons())
        self.new_name.returnPressed.connect(self._enter)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._selection_changed())
        self.model.modelReset.connect(self._selection_changed)
        self.palette_.chosen.connect(self._recolour)
        session.labels_changed.connect(self._labels_changed)
        session.labeling_changed.connect(self._labels_changed)
        self.changes.counted.connect(self._counted)
        self.changes.progressed.connect(lambda text: self.said.emit(text, "text_2"))
        self.changes.ended.connect(self._ended)
        for key, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=step: self._move(step))

    # What is chosen ----------------------------------------------------------------------------

    def chosen(self) -> list[str]:
        """The labels selected in the list."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedRows())
        return [self.model.name(number) for number in rows]

    def choose(self, names: list[str]) -> None:
        """Select these labels."""
        selection = self.list.selectionModel()
        selection.clearSelection()
        flags = QItemSelectionModel.SelectionFlag
        for name in names:
            number = self.model.number(name)
            if number >= 0:
                index = self.model.index(number)
                selection.setCurrentIndex(index, flags.Select)

    def _labels_changed(self) -> None:
        names = self.chosen()
        self.model.reload()
        self.choose(names)

    def _selection_changed(self) -> None:
        names = self.chosen()
        self.new_name.setPlaceholderText(
            tr("New name of {name}, or a label to merge it into", name=names[0])
            if len(names) == 1
            else ntr("A label for the {n} chosen label", "A label for the {n} chosen labels", len(names))
            if names
            else tr("Name of a new label")
        )
        self._show_buttons()
        self.palette_.show_color(self._session.labels.color(names[0]) if len(names) == 1 else "")

    def _show_buttons(self) -> None:
        names, text, idle = self.chosen(), self.new_name.text().strip(), not self.busy
        self._confirming = False
        known = text in self._session.labels
        merging = bool(names) and (known or len(names) > 1)
        self.rename.setText(tr("Merge") if merging else tr("Rename"))
        self.rename.setEnabled(idle and bool(names) and bool(text) and names != [text])
        self.add.setEnabled(bool(text) and not known)
        self.delete.setText(tr("Delete"))
        self.delete.set_kind("danger", "trash")
        self.delete.setEnabled(idle and bool(names))
        self.palette_.setEnabled(len(names) == 1)
        single = len(names) == 1
        self.up.setEnabled(single and self.model.number(names[0]) > 0)
        self.down.setEnabled(single and self.model.number(names[0]) + 1 < self.model.rowCount())

    # Changes of the list -----------------------------------------------------------------------

    def _enter(self) -> None:
        if self.chosen() and self.rename.isEnabled():
            self._rename()
        elif self.add.isEnabled():
            self._add()

    def _add(self) -> None:
        name = self.new_name.text().strip()
        self.new_name.clear()
        self._set_labels(self._session.labels.with_labels((name,)), tr("{name} added.", name=name))
        self.choose([name])

    def _choose_list(self) -> None:
        kinds = tr("Class lists (*.txt);;All files (*)")
        text, _ = QFileDialog.getOpenFileName(self, tr("Import a list of labels"), "", kinds)
        if text:
            self.take_list(Path(text))

    def take_list(self, path: Path) -> None:
        """Add the labels of a class list, in its order and before the others."""
        from anylabel_plus.dataset.labeling import read_label_list

        try:
            names = read_label_list(path)
        except UserError as error:
            self._warn(said(error))
            return
        new = [name for name in names if name not in self._session.labels]
        labels = self._session.labels.with_labels(names).in_order(names)
        self._set_labels(labels, ntr("{n} label added.", "{n} labels added.", len(new)))

    def _set_labels(self, labels: LabelColors, text: str) -> None:
        """Change the list; the message offers the way back."""
        from anylabel_plus.ui.session import MessageAction

        session, before = self._session, self._session.labels
        session.set_labels(labels)
        session.say("success", text, MessageAction(tr("Undo"), lambda: session.set_labels(before)))

    def _move(self, step: int) -> None:
        names = self.chosen()
        order = [name for name in self._session.labels if name]
        if len(names) != 1 or self.search.text():
            return
        at = order.index(names[0])
        if not 0 <= at + step < len(order):
            return
        order[at], order[at + step] = order[at + step], order[at]
        self._session.set_labels(self._session.labels.in_order(order))
        self.choose(names)

    def _recolour(self, color: str) -> None:
        names = self.chosen()
        if len(names) != 1:
            return
        labels = self._session.labels
        close = labels.too_close(names[0], color) if color else None
        text = tr("{name} has another colour.", name=names[0])
        self._set_labels(labels.with_color(names[0], color or None), text)
        self.choose(names)
        if close:
            self._warn(tr("This colour is hard to tell from that of {name}.", name=close))
        else:
            self.notice.hide()

    # Changes of label files --------------------------------------------------------------------

    def _rename(self) -> None:
        names, into = self.chosen(), self.new_name.text().strip()
        names = [name for name in names if name != into]
        if not names or not into:
            return
        merge = into in self._session.labels or len(names) > 1
        self._start("merge" if merge else "rename", names, into)

    def _delete(self) -> None:
        names = self.chosen()
        shapes = sum(self.model.shapes(name) for name in names)
        if shapes and not self._confirming:
            self._confirming = True
            self.delete.setText(ntr("Delete {n} shape", "Delete {n} shapes", shapes))
            self.delete.set_kind("danger_fill", "trash")
            self._warn(
                tr("To keep the shapes, write another label for them and choose Merge. Locked shapes stay in any case.")
            )
            return
        self._start("delete", names, "")

    def _start(self, action: str, names: list[str], into: str) -> None:
        self.notice.hide()
        problem = self.changes.start(action, names, into)
        if problem:
            self._warn(problem)
        self._show_buttons()

    def _counted(self, counts: LabelCounts) -> None:
        self.model.counts = counts
        self._session.learn_labels(sorted(counts.shapes))
        self._labels_changed()
        unreadable = len(counts.problems)
        if unreadable:
            self._warn(
                ntr("{n} label file cannot be read: {first}", "{n} label files cannot be read: {first}", unreadable,
                    first=counts.problems[0][1])
            )  # fmt: skip

    def _ended(self, text: str, problems: list[Any]) -> None:
        self.said.emit(text, "text_2")
        self.new_name.clear()
        if problems:
            self._warn(
                ntr("{n} file was left alone: {first}", "{n} files were left alone: {first}", len(problems),
                    first=problems[0][1])
            )  # fmt: skip
        self._show_buttons()

    def _warn(self, text: str) -> None:
        self.notice.set(text, "warning")
        self.notice.show()
