"""The images of the open folder as one Qt list model, made for a hundred thousand rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from anylabel_plus.ui.language import mark, tr

if TYPE_CHECKING:
    from anylabel_plus.dataset.scan import ImageItem

LABELLED_ROLE = int(Qt.ItemDataRole.UserRole) + 1
PATH_ROLE = int(Qt.ItemDataRole.UserRole) + 2
Index = QModelIndex | QPersistentModelIndex
PART_TITLES = {"train": mark("Training set"), "val": mark("Validation set"), "test": mark("Test set")}


class FolderList(QAbstractListModel):
    """A read-only sequence of ``ImageItem``; DisplayRole is the path relative to the folder.

    ``LABELLED_ROLE`` is True, False or None (not yet known): whether a label file exists.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[ImageItem] = []
        self._labelled = bytearray()  # 0 unknown, 1 no, 2 yes
        self._rows: dict[tuple[str, str], int] = {}
        self.parts: Mapping[str, str] = {}
        """Relative path -> train, val or test; the session's ``splits`` keeps it."""

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
        if role == Qt.ItemDataRole.DisplayRole:
            return self._items[row].relative
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join((self._items[row].relative, *self._told_part(row)))
        if role == LABELLED_ROLE:
            return self.labelled(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            name = self._items[row].relative
            text = tr("{name}, labelled", name=name) if self.labelled(row) else tr("{name}, no labels", name=name)
            return ", ".join((text, *self._told_part(row)))
        if role == PATH_ROLE:
            return str(self._items[row].image)
        return None

    def labelled(self, row: int) -> bool | None:
        """Whether a label file exists for the image; None while that is not known."""
        return (None, False, True)[self._labelled[row]]

    def part(self, row: int) -> str:
        """The part of the data set that the image is in: train, val, test, or an empty string."""
        return self.parts.get(self._items[row].relative, "")

    def _told_part(self, row: int) -> tuple[str, ...]:
        part = self.part(row)
        return (tr(PART_TITLES[part]),) if part in PART_TITLES else ()

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

    def next_unlabelled(self, row: int, step: int) -> int:
        """The nearest row after (``step`` 1) or before (-1) ``row`` without a label file, -1 when there is none."""
        states = self._labelled
        if step > 0:
            return states.find(1, row + 1)
        return states.rfind(1, 0, max(0, row))

    def remove(self, rows: Sequence[int]) -> None:
        """Take rows out, wherever they are."""
        wanted = sorted(set(rows), reverse=True)
        while wanted:
            last = first = wanted.pop(0)
            while wanted and wanted[0] == first - 1:
                first = wanted.pop(0)
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._items[first : last + 1], self._labelled[first : last + 1]
            self._rows = {}
            self.endRemoveRows()

    def insert(self, row: int, item: ImageItem, labelled: bool) -> None:
        """Put one image before the one in ``row``."""
        self.beginInsertRows(QModelIndex(), row, row)
        self._items.insert(row, item)
        self._labelled.insert(row, 2 if labelled else 1)
        self._rows = {}
        self.endInsertRows()

    def take_labelled(self, states: bytes) -> None:
        """Set all label states at once: 1 no, 2 yes for each row."""
        if len(states) == len(self._items) and states != self._labelled:
            self._labelled = bytearray(states)
            self.dataChanged.emit(self.index(0), self.index(len(states) - 1), [LABELLED_ROLE])

    def clear(self) -> None:
        """Forget all rows."""
        self.beginResetModel()
        self._items, self._labelled, self._rows, self.parts = [], bytearray(), {}, {}
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
