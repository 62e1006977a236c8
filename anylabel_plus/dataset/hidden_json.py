"""Small JSON files in the hidden folder of a data set: named format and version, read with care, written whole.

A file of a newer version or a damaged one is an error and is never overwritten.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from anylabel_plus import files
from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset.locks import hold
from anylabel_plus.dataset.scan import HIDDEN_FOLDER

Stamp = tuple[int, int, int]
"""Time of the last change in ns, size in bytes, inode."""
Progress = Callable[[int, int], object]
"""Called with done and total; raises ``Cancelled`` to stop."""
_LOCK_TRIES, _LOCK_S = 500, 0.02


def hidden_file(root: Path, name: str) -> Path:
    """The file ``name`` in the hidden folder of the data set ``root``."""
    return Path(root) / HIDDEN_FOLDER / name


def stamp_of(path: Path) -> Stamp | None:
    """What tells one state of a file from another; None when there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def read(path: Path, form: str, version: int) -> dict[str, Any]:
    """The JSON object of the file; empty when there is none.

    Args:
        path: the file.
        form: what its ``format`` must say.
        version: the highest version that is understood.

    Raises:
        UserError: it cannot be read, is damaged, is something else or of a later version.
    """
    try:
        text = path.read_bytes().decode("utf-8")
        data = json.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (ValueError, RecursionError) as error:
        raise damaged(path, str(error)) from error
    if not isinstance(data, dict) or data.get("format") != form:
        raise damaged(path, f'it does not say "format": "{form}"')
    number = data.get("version")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise damaged(path, f"its version is {number!r}")
    if number > version:
        raise UserError(
            f"{path}: is of version {number}; this program understands up to {version}.",
            "Use the newer version of the program; the file was left as it is.",
        )
    return data


def damaged(path: Path, reason: str) -> UserError:
    """The error for a file that is not what it should be."""
    return UserError(
        f"{path}: is damaged ({reason}).", "Correct it, put back a copy, or delete it; it was left as it is."
    )


def write(path: Path, data: bytes) -> None:
    """Replace the file at once and durably; its folder is made.

    Raises:
        UserError: it cannot be written; what was there is whole.
    """
    try:
        path.parent.mkdir(exist_ok=True)
        files.write_atomic(path, data)
    except OSError as error:
        raise not_writable(path, error) from error


def not_writable(path: Path, error: OSError) -> UserError:
    """The error for a data set that cannot be written."""
    return UserError(
        f"{path}: cannot be written ({error.strerror or error}).", "Make room or allow writing in the data set."
    )


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold what belongs to ``path`` against other processes and threads: for read, change, write.

    Raises:
        UserError: the folder cannot be written, or another holds it for ten seconds.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        lock.parent.mkdir(exist_ok=True)
        stream = open(lock, "a+b", buffering=0)  # noqa: SIM115 - closed below
    except OSError as error:
        raise not_writable(path, error) from error
    with stream:
        for attempt in range(_LOCK_TRIES):
            try:
                hold(stream)
                break
            except OSError as error:
                if attempt == _LOCK_TRIES - 1:
                    raise UserError(f"{path}: another program is changing it.", "Try again in a moment.") from error
                time.sleep(_LOCK_S)
        yield
