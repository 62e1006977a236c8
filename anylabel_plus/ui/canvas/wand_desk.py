"""Looks for pixels of similar colour in a thread of its own; only the newest request is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from anylabel_plus.core import wand
from anylabel_plus.core.masks import EMPTY, Mask
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.canvas.tools_base import SeekSimilar
from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.messages import show_exception

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

NOT_YET = mark("The picture is still being loaded.")
_PENDING = "wand"


class WandDesk(QObject):
    """Answers ``SeekSimilar`` with ``found``: the request's number and the mask, empty when it failed."""

    found = Signal(int, object)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background("wand", self)
        self._waiting: SeekSimilar | None = None
        session.closed.connect(self._background.close)

    def seek(self, request: SeekSimilar) -> None:
        """Look now, or as soon as the search under way has ended; requests in between are left out."""
        picture = self._session.picture
        if picture is None or not picture.complete:
            self._session.say("info", tr(NOT_YET))
            self.found.emit(request.number, EMPTY)
            return
        if self._background.busy:
            self._waiting = request
            return
        source = picture.levels[0]
        self._session.hold(_PENDING)

        def work() -> tuple[int, Mask]:
            ask = request
            mask = wand.similar(source, ask.x, ask.y, ask.tolerance, contiguous=ask.contiguous, smooth_px=ask.smooth_px)
            return ask.number, mask

        self._background.run(work, self._done, lambda error: self._failed(request, error))

    def _done(self, answer: tuple[int, Mask]) -> None:
        self._next()
        self.found.emit(*answer)

    def _failed(self, request: SeekSimilar, error: BaseException) -> None:
        self._next()
        self.found.emit(request.number, EMPTY)
        show_exception(error)

    def _next(self) -> None:
        self._session.release(_PENDING)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.seek(waiting)
