"""The right end of the menu bar: the open folder, the save state, the command search."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from anylabel_plus.ui import icons, theme, words
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.widgets.marks import Badge, text_label
from anylabel_plus.ui.widgets.paint import rounded

MENU_HEIGHT = 36
NAME_WIDTH = 200
ICON_AND_KEY_PX = 34 + 40
AGE_EVERY_MS = 10_000
"""How often the time since the last save is written anew."""


class SearchButton(QAbstractButton):
    """Looks like a search field; a click opens the command palette."""

    def __init__(self, actions: ActionSet, width: int) -> None:
        super().__init__()
        self.setObjectName("command_search")
        self.setAccessibleName(tr("Search commands"))
        font = QFontMetrics(theme.font("small"))
        self.setFixedSize(max(width, font.horizontalAdvance(tr("Search commands")) + ICON_AND_KEY_PX), 26)
        self._actions = actions
        self._hover = False
        self.clicked.connect(actions["commands"].trigger)
        actions["commands"].changed.connect(self.update)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hover = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        outline = "focus" if theme.keyboard_focus(self) else "border_strong" if self._hover else "border"
        rounded(painter, box, theme.radius("control"), theme.color("bg_raised"), theme.color(outline))
        icons.paint(painter, QRectF(9, 5, 16, 16), "commands", theme.color("text_2"))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_2"))
        painter.drawText(box.adjusted(34, 0, -8, 0), int(Qt.AlignmentFlag.AlignVCenter), tr("Search commands"))
        key = words.keys(self._actions.shortcut("commands"))
        font = theme.font("cap_strong")
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(key) + 12
        cap = QRectF(self.width() - width - 5, 4, width, 18)
        rounded(painter, cap, theme.radius("chip"), theme.color("bg_hover"), theme.color("border"))
        painter.setPen(theme.color("text_2"))
        painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), key)


class MenuCorner(QWidget):
    """Folder name in bold, save state, command search."""

    def __init__(self, session: Session, actions: ActionSet, search_width: int) -> None:
        super().__init__()
        self.setObjectName("menu_corner")
        self._session = session
        self._name = text_label("", "strong")
        self._state = text_label("", "small", "2")
        # A menu bar does not follow its corner's size; the bar's hairline stays visible.
        search = SearchButton(actions, search_width)
        self.setFixedSize(search.width() + 330, MENU_HEIGHT - 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 10, 0)
        row.setSpacing(8)
        row.addStretch(1)
        self.read_only = Badge(tr("Read-only"), "warning")
        self.read_only.setObjectName("read_only_badge")
        self.read_only.setToolTip(
            tr("No label files can be written here. File, Save a copy of the labels writes elsewhere.")
        )
        self.read_only.setVisible(session.read_only)
        row.addWidget(self.read_only)
        row.addWidget(self._name)
        row.addWidget(self._state)
        row.addSpacing(4)
        row.addWidget(search)
        self._folder = session.folder
        self._saved_at: float | None = None
        self._ageing = QTimer(self)
        self._ageing.setInterval(AGE_EVERY_MS)
        self._ageing.timeout.connect(self._refresh)
        session.folder_changed.connect(self._folder_changed)
        session.save_state_changed.connect(self._state_changed)
        session.image_changed.connect(self._refresh)
        session.writable_changed.connect(self._writable_changed)
        self._refresh()

    def sizeHint(self) -> QSize:
        return self.maximumSize()

    def minimumSizeHint(self) -> QSize:
        return self.maximumSize()

    def _folder_changed(self) -> None:
        if self._session.folder != self._folder:
            self._folder, self._saved_at = self._session.folder, None
            self._ageing.stop()
        self._refresh()

    def _writable_changed(self) -> None:
        self.read_only.setVisible(self._session.read_only)

    def _state_changed(self, state: str) -> None:
        if state == "saved":
            self._saved_at = time.monotonic()
            self._ageing.start()
        self._refresh()

    def _refresh(self) -> None:
        folder = self._session.folder
        name = folder.name if folder else ""
        if name != self._name.toolTip():
            self._name.setToolTip(name)
            self._name.setText(words.fit(name, self._name.font(), NAME_WIDTH, Qt.TextElideMode.ElideMiddle))
        self._state.setText(self._save_text())

    def _save_text(self) -> str:
        state = self._session.save_state
        if state == "saving":
            return tr("Saving…")
        if state == "not_saved":
            return tr("Not saved")
        if self._saved_at is None:
            return ""
        return tr("Saved {ago}", ago=words.ago(time.monotonic() - self._saved_at))
