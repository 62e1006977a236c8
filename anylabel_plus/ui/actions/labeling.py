"""Changes of labels, attributes, flags and texts: each is one named edit of the session's document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anylabel_plus.core import edits, label_edits
from anylabel_plus.core.compare import same_value
from anylabel_plus.ui.actions.changes import unlocked
from anylabel_plus.ui.language import ntr, tr

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

IMAGE_TEXT = "image_text"
"""AnyLabeling keeps the text of an image under this key."""


def set_shape_field(session: Session, title: str, field: str, value: Any) -> bool:
    """Set one field of the selected shapes that are not locked; ``title`` is its name in the history."""
    ids = unlocked(session)
    if not ids:
        return False
    return session.apply(_named(title, len(ids)), lambda d: edits.set_fields(d, ids, **{field: value}))


def set_shape_entry(session: Session, field: str, key: str, value: Any) -> bool:
    """Set one flag or attribute (``field`` "flags" or "attributes") of the same shapes; None takes it away."""
    ids = unlocked(session)
    if not ids:
        return False
    return session.apply(_named(key, len(ids)), lambda d: label_edits.set_entry(d, ids, field, key, value))


def _named(title: str, count: int) -> str:
    return ntr("Set {title} of {n} shape", "Set {title} of {n} shapes", count, title=title)


def set_image_flag(session: Session, name: str, on: bool) -> bool:
    """Set a flag of the image."""
    title = tr("Set image flag {name}", name=name) if on else tr("Clear image flag {name}", name=name)
    return session.apply(title, lambda d: label_edits.set_image_entry(d, "flags", name, on))


def set_image_text(session: Session, text: str) -> bool:
    """Set the image's text as AnyLabeling keeps it; empty takes it away unless the file has it."""

    def edit(document: Any) -> Any:
        gone = not text and IMAGE_TEXT not in document.extra
        return document if gone else label_edits.set_image_entry(document, "extra", IMAGE_TEXT, text)

    return session.apply(tr("Set image text"), edit)


def set_image_field(session: Session, title: str, field: str, value: Any) -> bool:
    """Set description, tags or checked of the image."""

    def edit(document: Any) -> Any:
        same = same_value(getattr(document, field), value)
        return document if same else document.with_(**{field: value})

    return session.apply(title, edit)


def toggle_checked(session: Session) -> None:
    """Mark the image as checked, or not."""
    document = session.document
    if document is not None:
        on = not document.checked
        set_image_field(session, tr("Mark as checked") if on else tr("Mark as not checked"), "checked", on)
