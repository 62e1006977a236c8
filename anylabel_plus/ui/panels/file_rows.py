"""What the rows of the list of files are: which of the folder are shown, in which order, and what each shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from anylabel_plus.ui.widgets.rows import FileRow

if TYPE_CHECKING:
    from anylabel_plus.ui.panels.file_facts import FactsReader
    from anylabel_plus.ui.session import Session

Index = QModelIndex | QPersistentModelIndex


class ShownRows(QAbstractListModel):
    """Rows of the folder's list that a filter lets through, in its order."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files = session.files
        self.rows: list[int] = []

    def set(self, rows: list[int]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()] if 0 <= index.row() < len(self.rows) else -1
        return self._files.data(self._files.index(row), role) if 0 <= row < len(self._files) else None


class RowValues:
    """Puts together what a row shows: the file's facts, and what the session knows better of the open image."""

    def __init__(self, session: Session, facts: FactsReader) -> None:
        self._session, self._facts = session, facts

    def of(self, index: Index) -> FileRow | None:
        """The value of an item of either model."""
        model = index.model()
        number = index.row()
        if isinstance(model, ShownRows):
            number = model.rows[number] if 0 <= number < len(model.rows) else -1
        return self.get(number)

    def get(self, number: int) -> FileRow | None:
        """The value of a row of the folder's list."""
        files = self._session.files
        if not 0 <= number < len(files):
            return None
        item = files[number]
        facts = self._facts.get(str(item.image))
        labelled = files.labelled(number)
        state = "" if labelled is None else "done" if labelled else "untouched"
        if facts is None:
            return FileRow(item.relative, state, part=files.part(number))
        shown = facts.state if labelled is not False and facts.state else state
        count, document = facts.count, self._session.document
        if document is not None and item.image == self._session.image_path:
            count = len(document.shapes)
        shown = "broken" if facts.broken else shown
        return FileRow(item.relative, shown, count, facts.thumb, facts.broken, files.part(number), facts.made)
