"""Durable, atomic file writes, the only way the program writes a user's file."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

TEMPORARY_PREFIX = ".anylabel-tmp-"
_REPLACE_TRIES = 20


def host_name() -> str:
    """The name of this computer."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def _host_tag() -> str:
    return f"{zlib.crc32(host_name().encode()):08x}"


def _started(pid: int) -> str:
    """When a process began, in ticks since the start of the computer; empty where the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def temporary_beside(path: Path) -> Path:
    """A hidden name in the same folder, with computer and process id so that dead leftovers can be swept."""
    mark = f"{os.getpid()}-{_host_tag()}.{_started(os.getpid())}.{time.monotonic_ns():x}"
    return path.with_name(f"{TEMPORARY_PREFIX}{mark}-{path.name}"[:255])


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` durable (POSIX; Windows has no such call)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems refuse to sync a folder
    finally:
        os.close(handle)


def _replace(temporary: Path, target: Path) -> None:
    for attempt in range(_REPLACE_TRIES):
        try:
            os.replace(temporary, target)
            return
        except PermissionError:
            # Windows: an antivirus or indexer holds the target for a moment.
            if sys.platform != "win32" or attempt == _REPLACE_TRIES - 1:
                raise
            time.sleep(0.02 * (attempt + 1))


def _keep_mode(target: Path, temporary: Path) -> None:
    with contextlib.suppress(OSError):
        shutil.copymode(target, temporary)
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            status = target.stat()
            os.chown(temporary, status.st_uid, status.st_gid)


@contextlib.contextmanager
def atomic_writer(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A binary file that takes the place of ``path`` when the block ends without an exception.

    Symbolic links are followed, mode and owner are kept, the file and its folder are synced to
    disk when ``durable``. On an exception the old file stays and the temporary is removed.

    Raises:
        OSError: the folder is missing, not writable or full.
    """
    target = Path(os.path.realpath(path))
    temporary = temporary_beside(target)
    try:
        with open(temporary, "xb") as stream:
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        if target.exists():
            _keep_mode(target, temporary)
        _replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(target.parent)


def write_atomic(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace the content of ``path`` with ``data`` at once (see ``atomic_writer``)."""
    with atomic_writer(path, durable=durable) as stream:
        stream.write(data)


def write_beside(path: Path, data: bytes) -> Path:
    """Write ``data`` to ``path``, or to the first of "stem 2", "stem 3" … where nothing else is.

    Returns:
        The path taken.

    Raises:
        OSError: the folder is missing, not writable or full.
    """
    number, target = 1, path
    while target.exists() and not _holds(target, data):
        number += 1
        target = path.with_name(f"{path.stem} {number}{path.suffix}")
    write_atomic(target, data)
    return target


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def alive(pid: int) -> bool:
    """Whether a process of this computer has that id."""
    if pid == os.getpid():
        return True
    if sys.platform == "win32":
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def dead_temporary(name: str) -> bool:
    """True for the name of a temporary (file or folder) whose process is dead.

    False for those of another computer, which may share the folder: only it knows its processes.
    """
    if not name.startswith(TEMPORARY_PREFIX):
        return False
    pid, _, rest = name[len(TEMPORARY_PREFIX) :].partition("-")
    host, dot, rest = rest.partition(".")
    ours = not dot or len(host) != len(_host_tag()) or host == _host_tag()
    if not pid.isdigit() or not ours:
        return False
    started = rest.split(".")[0] if "." in rest.split("-")[0] else ""
    # A new process may have the number of the dead one.
    return not alive(int(pid)) or (started != "" and started != _started(int(pid)))


def sweep_temporaries(folder: Path) -> int:
    """Delete temporaries in ``folder`` (not below) whose process is dead; returns how many."""
    with os.scandir(folder) as entries:
        return remove_dead([Path(entry.path) for entry in entries if entry.name.startswith(TEMPORARY_PREFIX)])


def remove_dead(temporaries: Iterable[Path]) -> int:
    """Delete those of these files whose process is dead; returns how many."""
    removed = 0
    for path in temporaries:
        if dead_temporary(path.name):
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
    return removed
