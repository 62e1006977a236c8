"""Turn what is selected by a step, and take over the shapes of the image before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from anylabel_plus.core import turning
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.ui.language import ntr, tr

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


def can_turn(session: Session) -> bool:
    """True when a selected shape can stand at an angle."""
    document = session.document
    return document is not None and any(turning.can_turn(s) for s in document.shapes if s.id in session.selection)


def turn(step: str, sign: int) -> Callable[[Session], object]:
    """Turn the selected shapes by the setting ``draw.turn_<step>``; a positive ``sign`` is clockwise."""

    def run(session: Session) -> object:
        ids = session.selection
        degrees = sign * float(session.settings.get(f"draw.turn_{step}"))
        name = ntr("Turn shape", "Turn {n} shapes", len(ids))
        return session.apply(name, lambda document: turning.turn_shapes(document, ids, degrees))

    return run


def copy_previous(session: Session) -> None:
    """Copy the shapes of the image before in the list onto this one; as one edit, selected."""
    target, row = session.image_path, session.row
    if session.document is None or row < 1:
        return
    previous = session.files[row - 1]

    def arrived(before: Document | None) -> None:
        from anylabel_plus.ui.copying import copies_for

        document = session.document
        if document is None or session.image_path != target:
            return
        shapes = before.shapes if before is not None else ()
        size = (before.width, before.height) if before is not None else (0, 0)
        copies = copies_for(document, shapes, size)
        if not copies:
            session.say("info", tr("{name} has no shapes to copy.", name=previous.image.name))
            return
        first = document.next_id
        name = ntr("Copy {n} shape of {name}", "Copy {n} shapes of {name}", len(copies), name=previous.image.name)
        session.apply(name, lambda value: add_shapes(value, copies))
        session.select(range(first, first + len(copies)))
        if len(copies) < len(shapes):
            left = len(shapes) - len(copies)
            text = ntr(
                "{n} shape would reach outside this image and stayed out.",
                "{n} shapes would reach outside this image and stayed out.",
                left,
            )
            session.say("warning", text)

    session.read_labels_of(previous.image, previous.label, arrived)
