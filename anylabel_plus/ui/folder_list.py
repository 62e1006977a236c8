"""The images of the open folder as one Qt list model, made for a hundred thousand rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from anylabel_plus.dataset.scan import ImageItem

LABELLED_ROLE = int(Qt.ItemDataRole.UserRole) + 1
PATH_ROLE = int(Qt.ItemDataRole.UserRole) + 2
Index = QModelIndex | QPersistentModelIndex


class FolderList(QAbstractListModel):
    """A read-only sequence of ``ImageItem``; DisplayRole is the path relative to the folder.

    ``LABELLED_ROLE`` is True, False or None (not yet known): whether a label file exists.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[ImageItem] = []
        self._labelled = bytearray()  # 0 unknown, 1 no, 2 yes
        self._rows: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, row: int) -> ImageItem:
        return self._items[row]

    def __iter__(self) -> Iterator[ImageItem]:
        return iter(self._items)

    def rowCount(self, parent: Index | None = None) -> int:
        """Number of images; rows have no children."""
        return 0 if parent is not None and parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Relative path, label state or path of one row."""
        row = index.row()
        if not 0 <= row < len(self._items):
            return None
        if role == Qt.ItemDataRole.DisplayRole or role == Qt.ItemDataRole.ToolTipRole:
            return self._items[row].relative
        if role == LABELLED_ROLE:
            return self.labelled(row)
        if role == PATH_ROLE:
            return str(self._items[row].image)
        return None

    def labelled(self, row: int) -> bool | None:
        """Whether a label file exists for the image; None while that is not known."""
        return (None, False, True)[self._labelled[row]]

    @property
    def labelled_count(self) -> int:
        """How many images are known to have a label file."""
        return self._labelled.count(2)

    def row_of(self, path: Path | None) -> int:
        """The row of an image by its path, -1 when it is not in the folder."""
        if path is None:
            return -1
        for row in range(len(self._rows), len(self._items)):
            item = self._items[row]
            self._rows[item.place.folder, item.name] = row
        return self._rows.get((str(path.parent), path.name), -1)

    def clear(self) -> None:
        """Forget all rows."""
        self.beginResetModel()
        self._items, self._labelled, self._rows = [], bytearray(), {}
        self.endResetModel()

    def append(self, batch: Sequence[ImageItem]) -> None:
        """Add rows at the end."""
        if not batch:
            return
        first = len(self._items)
        self.beginInsertRows(QModelIndex(), first, first + len(batch) - 1)
        self._items.extend(batch)
        # While scanning, only label files beside their images are seen.
        self._labelled.extend(
            2 if item.labelled else 1 if item.place.labels == item.place.folder else 0 for item in batch
        )
        self.endInsertRows()

    def set_labelled(self, first: int, states: Sequence[bool]) -> None:
        """Set the label states of the rows from ``first`` on."""
        if not states or first + len(states) > len(self._items):
            return
        self._labelled[first : first + len(states)] = bytes(2 if state else 1 for state in states)
        self.dataChanged.emit(self.index(first), self.index(first + len(states) - 1), [LABELLED_ROLE])
