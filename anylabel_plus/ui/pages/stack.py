"""The middle of the window: the canvas, the welcome page, or what is said when there is nothing to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from anylabel_plus.ui.session.assist import ASSIST_TOOLS

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session
    from anylabel_plus.ui.window_state import WindowState


class Pages(QStackedWidget):
    """Pages other than the canvas, and the strip of candidates over it, are made when they are first needed."""

    def __init__(
        self, session: Session, canvas: QWidget, state: WindowState, open_folder: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setObjectName("pages")
        self._session, self._canvas, self._state, self._open_folder = session, canvas, state, open_folder
        self._welcome: QWidget | None = None
        self._nothing: QWidget | None = None
        self._strip: QWidget | None = None
        self.addWidget(canvas)
        session.candidates_changed.connect(self._make_strip)
        session.tool_changed.connect(self._make_strip)

    def choose(self, painted: bool) -> None:
        """Bring the right page to the front; before the first paint nothing is made."""
        session = self._session
        page: QWidget = self._canvas
        if session.image_path is None and session.folder is None:
            page = self._welcome_page() if painted else page
        elif session.picture is None:
            page = self._page_of_problem()
        if page is not self.currentWidget():
            self.setCurrentWidget(page)

    def _welcome_page(self) -> QWidget:
        if self._welcome is None:
            from anylabel_plus.ui.pages.welcome import WelcomePage

            self._welcome = WelcomePage(self._session, self._state)
            self._add(self._welcome)
        return self._welcome

    def _add(self, page: QWidget) -> None:
        self.addWidget(page)
        page.lower()  # messages float over every page

    def _page_of_problem(self) -> QWidget:
        from anylabel_plus.ui.pages.nothing_to_show import NothingToShow, nothing_to_show

        if not nothing_to_show(self._session):
            return self._canvas
        if self._nothing is None:
            self._nothing = NothingToShow(self._session, self._open_folder)
            self._add(self._nothing)
        return self._nothing

    def _make_strip(self, *_: object) -> None:
        """As soon as an assist tool is in hand: the room it needs must not be made under the pointer."""
        if self._strip is None and (self._session.candidates or self._session.tool in ASSIST_TOOLS):
            from anylabel_plus.ui.pages.candidate_strip import CandidateStrip

            self._strip = CandidateStrip(self._session, self._canvas)
            self._strip.refresh()
