"""What the actions change: each takes the session and asks it for one edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from anylabel_plus.core import edits
from anylabel_plus.core.document import Document

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


def _count(session: Session) -> str:
    count = len(session.selection)
    return "1 shape" if count == 1 else f"{count} shapes"


def unlocked(session: Session) -> frozenset[int]:
    """The selected shapes that may be changed."""
    document = session.document
    if document is None:
        return frozenset()
    return frozenset(s.id for s in document.shapes if s.id in session.selection and not s.locked)


def delete_selected(session: Session) -> None:
    ids = unlocked(session)
    session.apply(f"Delete {_count(session)}", lambda document: edits.remove_shapes(document, ids))


def duplicate_selected(session: Session) -> None:
    document = session.document
    if document is None:
        return
    first, ids = document.next_id, session.selection
    session.apply(f"Duplicate {_count(session)}", lambda value: edits.duplicate(value, ids, 10.0, 10.0))
    session.select(shape.id for shape in session.document.shapes if shape.id >= first)  # type: ignore[union-attr]


def select_all(session: Session) -> None:
    shapes = session.document.shapes if session.document else ()
    session.select(s.id for s in shapes if not s.locked and s.id not in session.hidden)


def toggle_lock(session: Session) -> None:
    document, ids = session.document, session.selection
    if document is None:
        return
    lock = not all(shape.locked for shape in document.shapes if shape.id in ids)
    session.apply(f"{'Lock' if lock else 'Unlock'} {_count(session)}", lambda d: edits.set_locked(d, ids, lock))


def restack(name: str, edit: Callable[[Document, frozenset[int]], Document]) -> Callable[[Session], object]:
    def run(session: Session) -> object:
        ids = session.selection
        return session.apply(f"{name} {_count(session)}", lambda document: edit(document, ids))

    return run


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
        session.apply(f"Group {_count(session)}", lambda d: edits.set_fields(d, ids, group_id=max(number, 1)))


def ungroup_selected(session: Session) -> None:
    ids = session.selection
    session.apply(f"Ungroup {_count(session)}", lambda d: edits.set_fields(d, ids, group_id=None))


def set_theme(mode: str) -> Callable[[Session], object]:
    return lambda session: session.settings.set("appearance.theme", mode)
