"""Pages that take the whole window: everything else is out of reach while one is open, and as before afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QMenuBar, QToolBar, QWidget

if TYPE_CHECKING:
    from anylabel_plus.ui.menus import ActionSet
    from anylabel_plus.ui.session import Session

EVERYWHERE = ("commands", "full_screen", "quit", "keys", "settings", "guide", "synthesis")
"""Actions whose keys work on such a page too."""


class FullPages(QObject):
    """Lays one page over the window. Docks and bars below are disabled, not moved: they come back as they were."""

    def __init__(self, window: QMainWindow, session: Session, actions: ActionSet) -> None:
        super().__init__(window)
        self._window, self._session, self._actions = window, session, actions
        self._pages: dict[str, QWidget] = {}
        self._below: list[QWidget] = []
        self._floating: list[QWidget] = []
        self._focus: QWidget | None = None
        self.current: QWidget | None = None
        window.installEventFilter(self)

    def requests(self) -> dict[str, Callable[[], object]]:
        """Request id -> what is done."""
        return {"synthesis": self.synthesis}

    def synthesis(self) -> None:
        """Open the synthesis page, or leave it."""
        if self.current is not None and self.current is self._pages.get("synthesis"):
            self.current.leave()  # type: ignore[attr-defined]
            return
        page = self._pages.get("synthesis")
        if page is None:
            from anylabel_plus.ui.pages.synthesis.page import SynthesisPage

            made = SynthesisPage(self._session, self.keys)
            made.left.connect(self.close)
            made.help_wanted.connect(lambda: self._guide("synthesis"))
            page = self._pages["synthesis"] = made
        self.show_page(page)
        page.come()  # type: ignore[attr-defined]

    def _guide(self, word: str) -> None:
        """Open the guide at the page with ``word`` in its name."""
        from anylabel_plus.ui.dialogs.guide_dialog import GuideDialog, pages
        from anylabel_plus.ui.language import current

        self._actions["guide"].trigger()
        dialog = self._window.findChild(GuideDialog)
        page = next((path for path in pages(current()) if word in path.stem), None)
        if dialog is not None and page is not None:
            dialog.show_path(page)

    def keys(self) -> frozenset[str]:
        """Keys that keep their meaning on a page."""
        return frozenset(
            QKeySequence(key).toString()
            for action_id in EVERYWHERE
            for key in (sequence.toString() for sequence in self._actions[action_id].shortcuts())
        )

    def show_page(self, page: QWidget) -> None:
        """Lay a page over everything."""
        window = self._window
        self._focus = QApplication.focusWidget()
        self._below = [
            widget
            for kind in (QMenuBar, QToolBar, QDockWidget)
            for widget in window.findChildren(kind)
            if widget.parentWidget() is window and widget.isEnabled()
        ]
        centre = window.centralWidget()
        if centre is not None:
            self._below.append(centre)
        self._floating = [dock for dock in window.findChildren(QDockWidget) if dock.isFloating() and dock.isVisible()]
        for dock in self._floating:
            dock.hide()
        page.setParent(window)
        self.current = page
        self._place()
        page.show()
        page.raise_()
        page.setFocus()
        for widget in self._below:
            widget.setEnabled(False)

    def close(self) -> None:
        """Back to what was there before."""
        page, self.current = self.current, None
        if page is None:
            return
        for widget in self._below:
            widget.setEnabled(True)
        for dock in self._floating:
            dock.show()
        page.hide()
        focus, self._focus = self._focus, None
        if focus is not None and focus.isVisible():
            focus.setFocus()
        else:
            self._window.canvas.setFocus()  # type: ignore[attr-defined]

    def _place(self) -> None:
        if self.current is not None:
            self.current.setGeometry(self._window.rect())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
