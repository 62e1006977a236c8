"""A grid of thumbnails that are read in a thread, with a tick on those in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from anylabel_plus.ui import icons, theme, words
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.widgets.paint import focus_ring, rounded, swatch

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

THUMB_PX = 192
"""The longer side of what is kept, enough for twice the pixels of a screen."""
MOST = 3000
Index = QModelIndex | QPersistentModelIndex
Read = Callable[[], QImage]


@dataclass(frozen=True, slots=True)
class Thumb:
    """One picture. ``key`` names its pixels. ``used``: with a tick; None for pictures without one."""

    key: str
    name: str
    read: Read
    note: str = ""
    color: QColor | None = None
    used: bool | None = None
    spoken: str = ""
    tip: str = ""


UNREADABLE = "error"
"""Icon in the place of a picture that cannot be read."""


class ThumbPixels(QObject):
    """Reads what is looked at, once, in a thread of its own; keeps the last ``MOST``."""

    ready = Signal(str)

    def __init__(self, session: Session, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = Background(name, self)
        session.closed.connect(self._reader.close)
        self._kept: dict[str, QPixmap] = {}
        self._asked: set[str] = set()

    def get(self, thumb: Thumb) -> QPixmap | None:
        """The pixels, None until they have been read (``ready`` says when) or when they cannot be."""
        found = self._kept.get(thumb.key)
        if found is None and thumb.key not in self._asked:
            self._asked.add(thumb.key)
            key = thumb.key
            self._reader.run(thumb.read, lambda image: self._have(key, image), lambda _: self._have(key, QImage()))
        return found

    def _have(self, key: str, image: QImage) -> None:
        self._kept[key] = QPixmap.fromImage(image)
        while len(self._kept) > MOST:
            gone = next(iter(self._kept))
            del self._kept[gone]
            self._asked.discard(gone)
        self.ready.emit(key)


class ThumbModel(QAbstractListModel):
    """The rows in the order given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.thumbs: Sequence[Thumb] = ()

    def show_thumbs(self, thumbs: Sequence[Thumb]) -> None:
        """Other rows; rows that only look different keep the place of the view."""
        if [thumb.key for thumb in thumbs] == [thumb.key for thumb in self.thumbs]:
            self.thumbs = thumbs
            if thumbs:
                self.dataChanged.emit(self.index(0), self.index(len(thumbs) - 1))
            return
        self.beginResetModel()
        self.thumbs = thumbs
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.thumbs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.thumbs):
            return None
        thumb = self.thumbs[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return thumb
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return thumb.spoken or thumb.name
        return thumb.tip or None if role == Qt.ItemDataRole.ToolTipRole else None


class _Delegate(QStyledItemDelegate):
    """Checkerboard, picture, outline and tick of what is used; name and note below."""

    def __init__(self, pixels: ThumbPixels, named: bool, parent: QObject) -> None:
        super().__init__(parent)
        self._pixels, self._named = pixels, named
        self._board: QBrush | None = None
        self.cell = QSize(96, 96)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self.cell

    def forget_board(self) -> None:
        """Paint the checkerboard again in the colours of the theme."""
        self._board = None

    def _checkerboard(self) -> QBrush:
        if self._board is None:
            board = QPixmap(16, 16)
            board.fill(theme.color("bg_raised"))
            painter = QPainter(board)
            painter.fillRect(0, 0, 8, 8, theme.color("bg_pressed"))
            painter.fillRect(8, 8, 8, 8, theme.color("bg_pressed"))
            painter.end()
            self._board = QBrush(board)
        return self._board

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        thumb: Thumb = index.data(Qt.ItemDataRole.UserRole)
        state: Any = option.state
        rect = QRectF(option.rect).adjusted(3, 3, -3, -3)
        area = rect.adjusted(0, 0, 0, -20 if self._named else 0)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rounded(painter, area, 6, theme.color("bg_raised"))
        painter.setBrush(self._checkerboard() if thumb.used is not None else theme.color("bg_raised"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(area, 6, 6)
        self._picture(painter, area, thumb)
        chosen = bool(state & QStyle.StateFlag.State_Selected) and bool(state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if thumb.used:
            rounded(painter, area, 6, None, theme.color("accent_fill"), 2)
        else:
            rounded(painter, area, 6, None, theme.color("border_strong" if hovered else "border"))
        if thumb.used is not None:
            self._tick(painter, area, thumb.used)
        if self._named:
            self._caption(painter, QRectF(rect.x(), area.bottom() + 2, rect.width(), 18), thumb)
        if chosen:
            focus_ring(painter, rect.adjusted(-2, -2, 2, 2), 7)
        painter.restore()

    def _picture(self, painter: QPainter, area: QRectF, thumb: Thumb) -> None:
        pixmap = self._pixels.get(thumb)
        if pixmap is None or pixmap.isNull():
            icon = UNREADABLE if pixmap is not None else "image"
            icons.paint(
                painter, QRectF(area.center().x() - 9, area.center().y() - 9, 18, 18), icon, theme.color("text_3")
            )
            return
        inner = area.adjusted(4, 4, -4, -4) if thumb.used is not None else area.adjusted(1, 1, -1, -1)
        fit = min if thumb.used is not None else max
        scale = fit(inner.width() / pixmap.width(), inner.height() / pixmap.height())
        scale = min(scale, 1.5) if thumb.used is not None else scale
        w, h = pixmap.width() * scale, pixmap.height() * scale
        painter.save()
        painter.setClipRect(inner)
        painter.setOpacity(0.4 if thumb.used is False else 1.0)
        place = QRectF(inner.center().x() - w / 2, inner.center().y() - h / 2, w, h)
        painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
        painter.restore()

    @staticmethod
    def _tick(painter: QPainter, area: QRectF, used: bool) -> None:
        disc = QRectF(area.right() - 21, area.top() + 5, 16, 16)
        if used:
            rounded(painter, disc, 8, theme.color("accent_fill"))
            icons.paint(painter, disc.adjusted(3, 3, -3, -3), "check_bold", theme.color("text_on_accent"))
        else:
            rounded(painter, disc, 8, theme.color("bg_overlay"), theme.color("border_strong"))
            icons.paint(painter, disc.adjusted(4, 4, -4, -4), "x", theme.color("text_2"))

    @staticmethod
    def _caption(painter: QPainter, area: QRectF, thumb: Thumb) -> None:
        left = area.left()
        if thumb.color is not None:
            swatch(painter, QRectF(left, area.y(), 9, area.height()).center(), thumb.color)
            left += 14
        font = theme.font("small")
        painter.setFont(theme.font("cap"))
        note = painter.fontMetrics().horizontalAdvance(thumb.note)
        painter.setPen(theme.color("text_3"))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), thumb.note)
        painter.setFont(font)
        painter.setPen(theme.color("text_3" if thumb.used is False else "text"))
        room = QRectF(left, area.y(), area.right() - left - note - 6, area.height())
        text = words.fit(thumb.name, font, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), text)


class ThumbGrid(QListView):
    """``toggled`` carries the key that was clicked, or on which Space was pressed; ``asked`` a key and a place."""

    toggled = Signal(str)
    asked = Signal(str, QPoint)

    def __init__(self, session: Session, name: str, columns: int = 3, ratio: float = 0.8, named: bool = True) -> None:
        super().__init__()
        self._columns, self._ratio, self._named = columns, ratio, named
        self.pixels = ThumbPixels(session, f"thumbs-{name}", self)
        self._thumbs = ThumbModel(self)
        self._delegate = _Delegate(self.pixels, named, self)
        self.setModel(self._thumbs)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.pixels.ready.connect(lambda _: self.viewport().update())
        theme.changed().connect(self._delegate.forget_board)

    def show_thumbs(self, thumbs: Sequence[Thumb]) -> None:
        """Show these."""
        self._thumbs.show_thumbs(thumbs)
        if thumbs and not self.currentIndex().isValid():
            self.setCurrentIndex(self._thumbs.index(0))

    def thumbs(self) -> Sequence[Thumb]:
        """What is shown."""
        return self._thumbs.thumbs

    def cell(self) -> QSize:
        """The size of one place."""
        width = max(48, (self.viewport().width() - 2) // self._columns)
        return QSize(width, round((width - 6) * self._ratio) + 6 + (20 if self._named else 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._delegate.cell = self.cell()
        self.setGridSize(self._delegate.cell)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self.toggled.emit(self._thumbs.thumbs[index.row()].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if index.isValid() and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggled.emit(self._thumbs.thumbs[index.row()].key)
            return
        super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ContextMenu:
            return self._menu(event)
        return super().viewportEvent(event)

    def _menu(self, event: Any) -> bool:
        at = event.pos()
        index = self.indexAt(at)
        if not index.isValid():  # the menu key
            index = self.currentIndex()
            at = self.visualRect(index).center()
        if index.isValid():
            self.asked.emit(self._thumbs.thumbs[index.row()].key, self.viewport().mapToGlobal(at))
        return True
