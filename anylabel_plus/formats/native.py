"""The label file of AnyLabeling, X-AnyLabeling and labelme, without loss in all three dialects.

A document that was read remembers its file's bytes. Saving it unchanged writes nothing; a change
replaces the bytes of what was changed and leaves all others; undoing it gives the first bytes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import EllipsisType
from typing import Any

from anylabel_plus import files
from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import Shape
from anylabel_plus.formats import native_dialect
from anylabel_plus.formats.base import Loss
from anylabel_plus.formats.native_dialect import Dialect, HouseStyle, losses
from anylabel_plus.formats.native_frame import ImageFacts
from anylabel_plus.formats.native_read import LookedAt, NativeOrigin, parse
from anylabel_plus.formats.native_write import serialize

__all__ = [
    "ChangedOnDisk",
    "Dialect",
    "ImageFacts",
    "Stamp",
    "dialect",
    "losses",
    "new_document",
    "notes",
    "parse",
    "read",
    "remove",
    "save",
    "serialize",
    "shape_to_json",
    "stamp",
    "unheld",
]


class ChangedOnDisk(UserError):
    """Another program wrote the label file since it was read; it was not overwritten."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from another: modification time, size, inode."""

    mtime_ns: int
    size: int
    inode: int


def stamp(path: Path) -> Stamp | None:
    """The state of the file now, None when there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    return Stamp(status.st_mtime_ns, status.st_size, status.st_ino)


def read(json_path: Path, *, facts: ImageFacts | None = None, editable: bool = True) -> Document:
    """The document of a label file; see ``parse`` for ``facts`` and ``editable``.

    Raises:
        UserError: the file is missing, unreadable or malformed; names line, shape and value.
    """
    try:
        data = json_path.read_bytes()
    except OSError as error:
        raise UserError(f"{json_path}: cannot be read ({error.strerror}).") from error
    return parse(data, str(json_path), facts, editable=editable)


def save(
    document: Document, json_path: Path, expected: Stamp | EllipsisType | None = ..., data: bytes | None = None
) -> bool:
    """Write the document's file at once and durably; False when it already holds these bytes.

    Args:
        document: to be written.
        json_path: the label file; its folder must exist.
        expected: the ``stamp`` of the file as it was read (None: there was no file). Left out,
            whatever is there is replaced.
        data: what ``serialize(document)`` gave, if the caller has it already.

    Raises:
        ChangedOnDisk: the file is not the expected one and holds other bytes; nothing was written.
        UserError: it cannot be written; the old file is whole.
    """
    if data is None:
        data = serialize(document)
    if _holds(json_path, data):
        return False
    if expected is not ... and stamp(json_path) != expected:
        if json_path.exists():
            raise ChangedOnDisk(
                f"{json_path}: was changed by another program since it was opened; it was not overwritten.",
                "Reload it, or save over it.",
            )
        raise ChangedOnDisk(
            f"{json_path}: was deleted by another program since it was opened; it was not written.",
            "Reload it, or save over it.",
        )
    try:
        files.write_atomic(json_path, data)
    except OSError as error:
        raise UserError(
            f"{json_path}: was not saved ({error.strerror}).", "Make room or allow writing there, then save again."
        ) from error
    return True


def _holds(path: Path, data: bytes) -> bool:
    try:
        return os.path.getsize(path) == len(data) and path.read_bytes() == data
    except OSError:
        return False


def new_document(image_path: str, width: int, height: int, dialect: Dialect = "labelme") -> Document:
    """A document of an image that has no label file yet.

    Args:
        image_path: of the image relative to the label file to come, with forward slashes.
        width, height: of the upright image in pixels.
        dialect: whose keys are written; the default opens in AnyLabeling, X-AnyLabeling and labelme.
    """
    origin = None if dialect == "labelme" else HouseStyle(dialect)
    return Document(image_path.replace("\\", "/"), width, height, origin=origin)


def dialect(document: Document) -> Dialect:
    """The dialect the document's file is in, or will be written in."""
    if isinstance(document.origin, NativeOrigin):
        return document.origin.dialect
    return native_dialect.for_new(document)


def unheld(before: Document, after: Document) -> list[Loss]:
    """What the program of the file of ``after`` cannot open or does not show, and had not to in ``before``.

    Nothing of it is lost in the file itself; to be told before ``after`` is saved.
    """
    found = losses(after, dialect(after))
    known = {loss.kind for loss in losses(before, dialect(before))} if found else set()
    return [loss for loss in found if loss.kind not in known]


def notes(document: Document) -> tuple[str, ...]:
    """Remarks for the user on the file that was read: kept but not shown, not understood, taken as."""
    return document.origin.notes if isinstance(document.origin, NativeOrigin | LookedAt) else ()


def shape_to_json(shape: Shape, document: Document) -> dict[str, Any]:
    """The JSON object of a shape as it would be written new in the document's file."""
    if isinstance(document.origin, NativeOrigin):
        return native_dialect.shape_values(shape, document.origin.dialect, document.origin.frame)
    return native_dialect.shape_values(shape, native_dialect.for_new(document), house=True)


def remove(json_path: Path, expected: Stamp | None) -> bool:
    """Delete a label file durably, if it is still the ``expected`` one; False when there is none.

    Raises:
        ChangedOnDisk: another program wrote it since; it was left alone.
        UserError: it cannot be deleted.
    """
    found = stamp(json_path)
    if found is None:
        return False
    if found != expected:
        raise ChangedOnDisk(
            f"{json_path}: was changed by another program since it was saved; it was not deleted.",
            "Reload it, or save over it.",
        )
    try:
        json_path.unlink()
        files.sync_folder(json_path.parent)
    except OSError as error:
        raise UserError(
            f"{json_path}: was not deleted ({error.strerror}).", "Allow writing in its folder, then save again."
        ) from error
    return True
