"""Shapes to and from the system clipboard, between images and between windows."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from anylabel_plus.core import edits
from anylabel_plus.core.document import add_shapes
from anylabel_plus.ui import copying
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.session import Session


class ShapeClipboard:
    """What is copied is the text of a label file; what is pasted may be one, or the shapes of one alone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def copy(self) -> int:
        """Put the selected shapes on the clipboard; returns how many there were."""
        document = self._session.document
        if document is None:
            return 0
        chosen = [shape for shape in document.shapes if shape.id in self._session.selection]
        if chosen:
            QGuiApplication.clipboard().setText(copying.to_text(chosen, document))
        return len(chosen)

    def cut(self) -> None:
        """Copy the selected shapes, then take away those that are not locked."""
        session, document = self._session, self._session.document
        if document is None or not self.copy():
            return
        ids = frozenset(s.id for s in document.shapes if s.id in session.selection and not s.locked)
        if not ids:
            session.say("info", tr("Locked shapes are kept. Unlock them first."))
            return
        session.apply(ntr("Cut {n} shape", "Cut {n} shapes", len(ids)), lambda value: edits.remove_shapes(value, ids))

    def paste(self, *, scaled: bool = False) -> None:
        """Put the shapes of the clipboard on the open image, at the same place.

        With ``scaled`` the place is the same share of the image, for pictures that differ in size.
        """
        session, document = self._session, self._session.document
        if document is None:
            return
        found = copying.from_text(QGuiApplication.clipboard().text(), (document.width, document.height))
        if found is None or not found.shapes:
            session.say("info", tr("The clipboard holds no shapes. Copy some first."))
            return
        size = (found.width, found.height)
        copies = (copying.scaled_for if scaled else copying.copies_for)(document, found.shapes, size)
        if len(copies) < len(found.shapes):
            session.say("warning", _left_out(len(found.shapes) - len(copies), scaled=scaled))
        if copies:
            first = document.next_id
            name = ntr("Paste {n} shape", "Paste {n} shapes", len(copies))
            session.apply(name, lambda value: add_shapes(value, copies))
            session.select(range(first, first + len(copies)))


def _left_out(count: int, *, scaled: bool) -> str:
    if scaled:
        return ntr(
            "{n} shape would be nothing at this size and stayed out.",
            "{n} shapes would be nothing at this size and stayed out.",
            count,
        )
    return ntr(
        "{n} shape would reach outside this image and stayed out. Paste scaled brings it to this size.",
        "{n} shapes would reach outside this image and stayed out. Paste scaled brings them to this size.",
        count,
    )
