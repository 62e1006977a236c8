"""Who may write to a bank, and which images may go into it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset import locks
from anylabel_plus.jobs import items
from anylabel_plus.synthesis.bank import is_bank, open_bank
from anylabel_plus.synthesis.bank_writer import BankWriter

if TYPE_CHECKING:
    from anylabel_plus.dataset.splits import HeldOut

_LOCK = ".lock"


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[BankWriter]:
    """The bank in ``folder``, made when missing, for this process alone.

    Raises:
        UserError: another process writes to it, or it cannot be used.
    """
    items.make_folder(folder)
    try:
        lock = open(folder / _LOCK, "ab")  # noqa: SIM115 (closed below)
    except OSError as error:
        raise UserError(f"{folder / _LOCK}: cannot be written ({error.strerror or error}).") from error
    with lock:
        try:
            locks.hold(lock)
        except OSError as error:
            raise UserError(f"{folder}: another build writes to this bank.", "Wait until it is done.") from error
        writer = BankWriter(folder)
        try:
            yield writer
        finally:
            writer.close()


def held(root: Path, bank: Path) -> HeldOut:
    """What is held out in the data set at ``root`` and in those the bank was built from. Raises UserError."""
    from anylabel_plus.dataset.splits import datasets_of, held_out

    places = [root]
    if is_bank(bank):
        places += [Path(folder) for folder in open_bank(bank).datasets if Path(folder).is_dir()]
    return held_out([*places, *(around for place in places for around in datasets_of(place))])


def forbidden(image: Path, label: Path | None, out: HeldOut) -> str | None:
    """Why nothing may be cut from an image, None: it may. Raises UserError."""
    from anylabel_plus.dataset.splits import image_kind, is_made

    reason = out.reason(image)
    if reason is None and is_made(kind := image_kind(image, label)):
        return f"is no photograph but made by a machine ({kind})"
    return reason


def content_hash(path: Path) -> str:
    """The hash of a file's bytes, as the split of a data set takes it. Raises UserError."""
    from anylabel_plus.dataset.splits import content_hash as taken

    try:
        return taken(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
