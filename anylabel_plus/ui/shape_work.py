"""Work on shapes that may take longer than a frame: in a thread, with the result soon or later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject

from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.messages import show_exception

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

T = TypeVar("T")
SOON_S = 0.012
"""So long the caller waits: most results are there before the next frame, as if nothing ran apart."""


class ShapeWork(QObject):
    """One thread for a session, which is not idle while something runs; ends with the session."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._thread = Background("shapes", self)
        self._number = 0
        session.closed.connect(self._thread.close)

    @classmethod
    def of(cls, session: Session) -> ShapeWork:
        """The one of this session."""
        found: ShapeWork | None = session.findChild(cls)
        return found if found is not None else cls(session)

    def run(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Do ``work``, which must not touch the session, and hand its result to ``done`` in this thread.

        An exception of the work is shown. Works follow each other in order.
        """
        self._number += 1
        token = ("shapes", self._number)
        self._session.hold(token)

        def ready(result: T) -> None:
            try:
                done(result)
            finally:
                self._session.release(token)

        def failed(error: BaseException) -> None:
            self._session.release(token)
            show_exception(error)

        self._thread.run(work, ready, failed)
        self._thread.drain(SOON_S)


def unchanged(session: Session, shapes: Iterable[Shape]) -> bool:
    """True when the open document still holds these very shapes."""
    document = session.document
    held = {id(shape) for shape in document.shapes} if document is not None else set()
    return all(id(shape) in held for shape in shapes)
