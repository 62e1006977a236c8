"""What the actions change: each takes the session and asks it for one edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from anylabel_plus.core import edits
from anylabel_plus.core.document import Document
from anylabel_plus.ui.language import ntr, tr

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


def unlocked(session: Session) -> frozenset[int]:
    """The selected shapes that may be changed."""
    document = session.document
    if document is None:
        return frozenset()
    return frozenset(s.id for s in document.shapes if s.id in session.selection and not s.locked)


def delete_selected(session: Session) -> None:
    ids = unlocked(session)
    name = ntr("Delete {n} shape", "Delete {n} shapes", len(ids))
    if not ids:
        session.say("info", tr("Locked shapes are kept. Unlock them first."))
    session.apply(name, lambda document: edits.remove_shapes(document, ids))


def duplicate_selected(session: Session) -> None:
    document = session.document
    if document is None:
        return
    first, ids = document.next_id, session.selection
    name = ntr("Duplicate {n} shape", "Duplicate {n} shapes", len(ids))
    session.apply(name, lambda value: edits.duplicate(value, ids, 10.0, 10.0))
    session.select(shape.id for shape in session.document.shapes if shape.id >= first)  # type: ignore[union-attr]


def select_all(session: Session) -> None:
    shapes = session.document.shapes if session.document else ()
    session.select(s.id for s in shapes if not s.locked and s.id not in session.hidden)


def toggle_lock(session: Session) -> None:
    document, ids = session.document, session.selection
    if document is None:
        return
    lock = not all(shape.locked for shape in document.shapes if shape.id in ids)
    n = len(ids)
    name = ntr("Lock {n} shape", "Lock {n} shapes", n) if lock else ntr("Unlock {n} shape", "Unlock {n} shapes", n)
    session.apply(name, lambda d: edits.set_locked(d, ids, lock))


def restack(name: str, edit: Callable[[Document, frozenset[int]], Document]) -> Callable[[Session], object]:
    def run(session: Session) -> object:
        ids = session.selection
        shapes = ntr("{n} shape", "{n} shapes", len(ids))
        text = tr("{what}: {shapes}", what=tr(name), shapes=shapes)
        return session.apply(text, lambda document: edit(document, ids))

    return run


def raised_to_top(document: Document, ids: frozenset[int]) -> Document:
    return edits.raise_shapes(document, ids, to_top=True)


def lowered_to_bottom(document: Document, ids: frozenset[int]) -> Document:
    return edits.lower_shapes(document, ids, to_bottom=True)


def toggle_hidden(session: Session) -> None:
    ids = session.selection
    session.set_hidden(session.hidden - ids if ids <= session.hidden else session.hidden | ids)


def can_group(session: Session) -> bool:
    return len(session.selection) > 1 and session.document is not None


def has_group(session: Session) -> bool:
    document = session.document
    return document is not None and any(s.group_id is not None for s in document.shapes if s.id in session.selection)


def group_selected(session: Session) -> None:
    document, ids = session.document, session.selection
    if document is not None:
        number = max((s.group_id for s in document.shapes if s.group_id is not None), default=0) + 1
        session.apply(
            ntr("Group {n} shape", "Group {n} shapes", len(ids)),
            lambda d: edits.set_fields(d, ids, group_id=max(number, 1)),
        )


def ungroup_selected(session: Session) -> None:
    ids = session.selection
    name = ntr("Ungroup {n} shape", "Ungroup {n} shapes", len(ids))
    session.apply(name, lambda d: edits.set_fields(d, ids, group_id=None))


def set_theme(mode: str) -> Callable[[Session], object]:
    return lambda session: session.settings.set("appearance.theme", mode)
