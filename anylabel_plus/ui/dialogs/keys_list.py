"""The list of the shortcuts dialog: actions by menu with their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from anylabel_plus.ui import icons, theme, words
from anylabel_plus.ui.actions import ACTIONS, MENUS
from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.widgets.paint import key_cap
from anylabel_plus.ui.widgets.rows import ROW_ROLE, RowDelegate

Index = QModelIndex | QPersistentModelIndex
Keys = tuple[str, ...]

FIXED: tuple[tuple[str, str], ...] = (
    (mark("Ctrl and wheel"), mark("Zoom at the pointer")),
    (mark("Space and drag"), mark("Pan")),
    (mark("Tab"), mark("Next candidate, or next shape on the canvas")),
    (mark("Enter"), mark("Accept the candidate, close the polygon")),
    (mark("Esc"), mark("Step back: prompt, tool, selection")),
    ("1 – 9", mark("Label of the selection, or pick a candidate")),
    (mark("Arrows"), mark("Nudge 1 px, with Shift 10 px")),
    ("`", mark("Hold it to see the bare image")),
)
"""What is no action and keeps its key in every preset."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A line: an action with its keys, a fixed key (no ``action_id``), or the heading of what follows.

    ``own`` is True where the user has changed the keys of the preset.
    """

    title: str
    action_id: str = ""
    icon: str = ""
    keys: Keys = ()
    own: bool = False
    heading: bool = False

    def fits(self, wanted: str) -> bool:
        """Whether a search finds it: by its title, or by a key however it is written."""
        texts = (self.title, *self.keys, *(words.keys(key) for key in self.keys))
        return not wanted or any(wanted in text.casefold() for text in texts)


def key_rows(keys: Mapping[str, Keys], own: Mapping[str, object], search: str) -> list[KeyRow]:
    """The lines that a search leaves, with a heading before those of each menu."""
    wanted = search.strip().casefold()
    result: list[KeyRow] = []
    for menu in MENUS:
        lines = [
            KeyRow(tr(row.title).removesuffix("…"), row.id, row.icon, keys[row.id], row.id in own)
            for row in ACTIONS
            if row.menu == menu
        ]
        result += _below(tr(menu), [line for line in lines if line.fits(wanted)])
    fixed = [KeyRow(tr(title), keys=(tr(key),)) for key, title in FIXED]
    return result + _below(tr("Everywhere"), [line for line in fixed if line.fits(wanted)])


def _below(title: str, lines: list[KeyRow]) -> list[KeyRow]:
    return [KeyRow(title, heading=True), *lines] if lines else []


class KeyRowDelegate(RowDelegate):
    """Icon, title, a dot where the keys are the user's own, key caps at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, 30 if self.value(index).heading else 28)

    def contents(self, painter: QPainter, rect: QRect, value: object, selected: bool) -> None:
        assert isinstance(value, KeyRow)
        area = QRectF(rect)
        if value.heading:
            self.text(painter, area.adjusted(0, 6, 0, 0), value.title, "h3", "text")
            return
        if value.icon:
            mark = QRectF(area.left() + 2, area.center().y() - 7.5, 15, 15)
            icons.paint(painter, mark, value.icon, theme.color("text_2"))
        right = area.right()
        for key in reversed(value.keys):
            right -= key_cap(painter, right, area.center().y(), words.keys(key)) + 4
        if not value.keys:
            self.text(painter, area, tr("No key"), "small", "text_3", _RIGHT)
        if value.own:
            dot = QRectF(area.left() + 27, area.center().y() - 3, 6, 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(dot)
        left = area.left() + (40 if value.own else 27)
        name = QRectF(left, area.top(), right - left - 8, area.height())
        self.text(painter, name, value.title, "control" if selected else "body", "text")


_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class KeysModel(QAbstractListModel):
    """The lines shown now; headings can be neither chosen nor reached with the arrows."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[KeyRow] = ()

    def show(self, rows: Sequence[KeyRow]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def row_of(self, action_id: str) -> int:
        """Where an action is; the first line that can be chosen when it is not shown, -1 when there is none."""
        lines = [(number, row) for number, row in enumerate(self.rows) if not row.heading]
        found = next((number for number, row in lines if row.action_id and row.action_id == action_id), -1)
        return found if found >= 0 or not lines else lines[0][0]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.NoItemFlags if self.rows[index.row()].heading else super().flags(index)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            keys = ", ".join(words.keys(key) for key in row.keys)
            return tr("{action}: {keys}", action=row.title, keys=keys) if keys else row.title
        return row.title if role == Qt.ItemDataRole.DisplayRole else None
