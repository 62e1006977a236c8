"""The open document's shapes as a list model that follows edits row by row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from anylabel_plus.core import provenance
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui import words
from anylabel_plus.ui.label_colors import label_color, second_cycle
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.panels.shapes_order import Arrangement
from anylabel_plus.ui.widgets.rows import ROW_ROLE, ShapeRow

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Change, Session

Index = QModelIndex | QPersistentModelIndex
_MANY = 64
"""Above this number of single changes it is cheaper to start again."""


def shown_source(shape: Shape) -> str:
    """Who made the shape, as marked."""
    return provenance.shown_source(shape.provenance)


def meta_of(shape: Shape) -> str:
    """The score of a model's shape, else its size or number of points."""
    score = shape.provenance.score if shape.provenance is not None else shape.score
    if score is not None and shown_source(shape) == "model":
        return f"{score:.2f}"
    points = shape.points
    if shape.kind == "polygon":
        holes = sum(len(ring) for ring in shape.holes)
        return tr("{n} + {holes} pts", n=len(points), holes=holes) if holes else _points(len(points))
    if shape.kind == "circle" and len(points) == 2:
        return f"r {((points[1] - points[0]) ** 2).sum() ** 0.5:.0f}"
    if shape.kind in ("rectangle", "mask", "rotation", "quadrilateral", "cuboid") and len(points):
        if shape.kind == "rotation" and len(points) == 4:
            w, h = (((points[n + 1] - points[n]) ** 2).sum() ** 0.5 for n in (0, 1))
        else:
            w, h = points.max(axis=0) - points.min(axis=0)
        turned = f", {shape.direction * 57.29577951308232:.0f}°" if shape.direction is not None else ""
        return f"{w:.0f} × {h:.0f}{turned}"
    if shape.kind == "point" and len(points):
        return f"{points[0][0]:.0f}, {points[0][1]:.0f}"
    return _points(len(points))


def _points(count: int) -> str:
    return ntr("{n} pt", "{n} pts", count)


class ShapesModel(QAbstractListModel):
    """Rows are shapes in z-order, lowest first; row values are made when they are painted."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shapes: tuple[Shape, ...] = ()
        self._rows: list[int] | None = None  # positions in _shapes that pass the filter; None: all
        self._row_of: dict[int, int] | None = None
        self.arrangement = Arrangement()
        self._hovered: int | None = None
        self._take()

    # Reading ---------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        """Number of rows shown; rows have no children."""
        if parent is not None and parent.isValid():
            return 0
        return len(self._shapes) if self._rows is None else len(self._rows)

    def shape_at(self, row: int) -> Shape:
        """The shape of a row."""
        return self._shapes[row if self._rows is None else self._rows[row]]

    def row_of(self, shape_id: int) -> int:
        """The row of a shape, -1 when it is not shown."""
        if self._row_of is None:
            self._row_of = {self.shape_at(row).id: row for row in range(self.rowCount())}
        return self._row_of.get(shape_id, -1)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The label, the row value, or words for a screen reader."""
        if not 0 <= index.row() < self.rowCount():
            return None
        shape = self.shape_at(index.row())
        if role == ROW_ROLE:
            return self._row(shape)
        if role == Qt.ItemDataRole.DisplayRole:
            return shape.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return (
                f"{tr(KINDS[shape.kind].title)}, {shape.label}, {tr(words.MADE[shown_source(shape)])}, {meta_of(shape)}"
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(shape)
        return None

    def _row(self, shape: Shape) -> ShapeRow:
        labels = self._session.labels
        return ShapeRow(
            id=shape.id,
            name=shape.label,
            icon=KINDS[shape.kind].icon,
            color=label_color(labels, shape.label),
            meta=meta_of(shape),
            source=shown_source(shape),
            reviewed=shape.provenance is not None and shape.provenance.source == "model" and shape.provenance.reviewed,
            locked=shape.locked,
            hidden=shape.id in self._session.hidden,
            hovered=shape.id == self._hovered,
            notch=second_cycle(labels, shape.label),
        )

    @staticmethod
    def _tip(shape: Shape) -> str:
        parts = [tr(KINDS[shape.kind].title), meta_of(shape)]
        if shape.group_id is not None:
            parts.append(tr("group {number}", number=shape.group_id))
        if shape.provenance is not None and shape.provenance.model:
            parts.append(tr("made by {model}", model=shape.provenance.model))
        if shape.description:
            parts.append(shape.description)
        return ", ".join(parts)

    # Following the session ---------------------------------------------------------------------

    def follow(self, change: Change) -> None:
        """Take over what ``change`` says; only the rows concerned are touched."""
        if change.kind == "document" or change.order or self.arrangement.active:
            self.reload()
            return
        before = self._shapes
        document = self._session.document
        after = document.shapes if document is not None else ()
        removed = [n for n, shape in enumerate(before) if shape.id in change.removed] if change.removed else []
        at_end = not change.added or {shape.id for shape in after[len(after) - len(change.added) :]} == set(
            change.added
        )
        if len(removed) > _MANY or not at_end or len(before) - len(removed) + len(change.added) != len(after):
            self.reload()
            return
        for row in reversed(removed):
            self.beginRemoveRows(QModelIndex(), row, row)
            self._shapes = self._shapes[:row] + self._shapes[row + 1 :]
            self.endRemoveRows()
        if change.added:
            self.beginInsertRows(QModelIndex(), len(self._shapes), len(after) - 1)
            self._shapes = after
            self.endInsertRows()
        self._shapes = after
        if removed or change.added:
            self._row_of = None
        self._touch(change.ids)

    def reload(self) -> None:
        """Start again from the session's document."""
        self.beginResetModel()
        self._take()
        self.endResetModel()

    def _take(self) -> None:
        document = self._session.document
        self._shapes = document.shapes if document is not None else ()
        self._row_of = None
        self._rows = None
        if self.arrangement.active:
            self._rows = self.arrangement.rows(self._shapes)

    def _touch(self, ids: Iterable[int]) -> None:
        wanted = tuple(ids)
        if len(wanted) > _MANY and self.rowCount():
            self.touch_all()
            return
        for shape_id in wanted:
            row = self.row_of(shape_id)
            if row >= 0:
                index = self.index(row)
                self.dataChanged.emit(index, index)

    def touch_all(self) -> None:
        """Paint all rows again (colours or hiding changed)."""
        if self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def set_hovered(self, shape_id: int | None) -> None:
        """The shape under the pointer on the canvas."""
        old, self._hovered = self._hovered, shape_id
        self._touch(one for one in {old, shape_id} if one is not None)
