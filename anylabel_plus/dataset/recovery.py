"""The recovery log: finished edits that are not yet in their label files, safe from a crash.

One append-only file a process. A record says what a label file is to hold, whole or as a change of
the record before; it carries a checksum, so that a torn tail is told from what was finished. The
owner holds a lock on its file; a file whose lock is free belongs to a dead process.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from anylabel_plus import files
from anylabel_plus.core.bytes_delta import common_ends
from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset.locks import hold, is_free

SUFFIX = ".recovery"
_MAGIC = b"anylabel-plus recovery 1\n"
# kind, time, path bytes, head kept, tail kept, body bytes; then the checksum of all of it.
_HEADER = struct.Struct("<cdIQQQ")
_CHECK = struct.Struct("<I")
_WHOLE, _CHANGE, _FORGET = b"W", b"C", b"F"
_COMPACT_ABOVE = 32 << 20
_LOCK_TRIES = 50
_STARTING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Recovered:
    """Edits of a dead process that never reached their label file.

    ``data`` is what the label file at ``label_path`` was to hold, ``time`` when (seconds since 1970).
    ``earlier`` are length and checksum of the states before it: a file that holds one of them was
    written by the dead process itself, whatever its date.
    """

    label_path: Path
    data: bytes
    time: float
    earlier: frozenset[tuple[int, int]] = frozenset()


class RecoveryLog:
    """The log of this process in ``folder``, and the view of those that dead processes left there.

    Made on first use. All methods are safe to call from several threads; those that write wait for
    the disk, so call them outside the GUI thread.
    """

    def __init__(self, folder: Path, *, durable: bool = True, compact_above: int = _COMPACT_ABOVE) -> None:
        self.folder = folder
        self._durable = durable
        self._compact_above = compact_above
        self._guard = threading.Lock()
        self._stream: BinaryIO | None = None
        self._path: Path | None = None
        self._end = 0
        self._held: dict[Path, tuple[float, bytes]] = {}
        self._found: list[Path] = []

    def record(self, label_path: Path, data: bytes, *, sync: bool = True) -> None:
        """Remember that ``label_path`` is to hold ``data``.

        When this returns it survives the end of the process, and with ``sync`` a power cut too.
        Without, it costs no wait for the disk: call ``sync`` later.

        Raises:
            UserError: the log cannot be written; what it held before is still good.
        """
        path, now = Path(label_path).absolute(), time.time()
        with self._guard:
            known = self._held.get(path)
            if known is not None and known[1] == data:
                return
            if known is None:
                record = _pack(_WHOLE, now, path, 0, 0, data)
            else:
                head, tail = common_ends(known[1], data)
                record = _pack(_CHANGE, now, path, head, tail, data[head : len(data) - tail])
            self._append(record)
            self._held[path] = (now, data)
            self._compact()
        if sync:
            self.sync()

    def sync(self) -> None:
        """Put on the disk what was recorded; raises UserError. Others may record meanwhile."""
        with self._guard:
            stream = self._stream
        if stream is None or not self._durable:
            return
        try:
            os.fsync(stream.fileno())
        except ValueError:
            return  # a new log has taken its place, and was synced
        except OSError as error:
            if not stream.closed:
                raise self._unwritable(error) from error

    def forget(self, label_path: Path, saved: bytes | None = None) -> None:
        """The label file holds it now (or nobody wants it): nothing to recover for it.

        With ``saved`` only if these are the bytes remembered: newer ones are still to be saved.
        """
        path = Path(label_path).absolute()
        with self._guard:
            held = self._held.get(path)
            if held is None or (saved is not None and held[1] != saved):
                return
            del self._held[path]
            if self._held:
                self._append(_pack(_FORGET, time.time(), path, 0, 0, b""))
                self._compact()
            else:
                self._empty()

    def pending(self) -> list[Recovered]:
        """Unsaved edits of dead processes, the latest of each label file, oldest first.

        Files that hold their edits already are left out. Remembers which logs were read, for
        ``discard``. Temporaries that the dead left beside the label files are swept.
        """
        newest: dict[Path, Recovered] = {}
        with self._guard:
            self._found = []
            for log in self._dead_logs():
                states: dict[Path, set[tuple[int, int]]] = {}
                held = replay(_bytes_of(log), states)
                if not held and not _is_old(log):
                    continue  # perhaps of a process that is just starting
                self._found.append(log)
                for path, (when, data) in held.items():
                    if path not in newest or newest[path].time < when:
                        newest[path] = Recovered(path, data, when, frozenset(states[path]))
        for folder in {path.parent for path in newest}:
            with contextlib.suppress(OSError):
                files.sweep_temporaries(folder)
        rows = [row for row in newest.values() if _bytes_of(row.label_path) != row.data]
        return sorted(rows, key=lambda row: row.time)

    def discard(self) -> None:
        """Delete the logs that the last ``pending`` read."""
        with self._guard:
            for log in self._found:
                with contextlib.suppress(OSError):
                    if is_free(log):
                        log.unlink()
            self._found = []

    def close(self) -> None:
        """Let go of the file; it is deleted if nothing in it is unsaved."""
        with self._guard:
            if self._stream is None or self._path is None:
                return
            self._stream.close()
            if not self._held:
                with contextlib.suppress(OSError):
                    self._path.unlink()
            self._stream = self._path = None
            self._held = {}

    def _append(self, record: bytes) -> None:
        try:
            stream = self._open()
            stream.seek(self._end)
            _write(stream, record)
        except OSError as error:
            # A half-written record would hide the ones behind it.
            with contextlib.suppress(OSError):
                if self._stream is not None:
                    self._stream.truncate(self._end)
            raise self._unwritable(error) from error
        self._end += len(record)

    def _unwritable(self, error: OSError) -> UserError:
        return UserError(
            f"{self.folder}: the recovery log cannot be written ({error.strerror}).",
            "Save your work now; after a crash unsaved edits would be lost.",
        )

    def _open(self) -> BinaryIO:
        if self._stream is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._path, self._stream = self._create()
            self._end = len(_MAGIC)
        return self._stream

    def _create(self) -> tuple[Path, BinaryIO]:
        path = self.folder / f"{os.getpid()}-{time.time_ns():x}{SUFFIX}"
        stream = open(path, "x+b", buffering=0)  # noqa: SIM115 - held until close
        for attempt in range(_LOCK_TRIES):
            try:
                hold(stream)
                break
            except OSError:  # another process is just looking whether this log is free
                if attempt == _LOCK_TRIES - 1:
                    stream.close()
                    raise
                time.sleep(0.01)
        _write(stream, _MAGIC)
        return path, stream

    def _empty(self) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.truncate(len(_MAGIC))
            self._end = len(_MAGIC)

    def _compact(self) -> None:
        """Start a new file with what is held once the old one is mostly history."""
        held = sum(len(data) for _, data in self._held.values())
        if self._end <= max(self._compact_above, 4 * held) or self._stream is None or self._path is None:
            return
        try:
            path, stream = self._create()
        except OSError:
            return  # the long log is as good; the next append tries again
        try:
            body = b"".join(_pack(_WHOLE, when, label, 0, 0, data) for label, (when, data) in self._held.items())
            _write(stream, body)
            if self._durable:
                os.fsync(stream.fileno())
        except OSError:
            stream.close()
            path.unlink(missing_ok=True)
            return
        old, old_stream = self._path, self._stream
        self._path, self._stream, self._end = path, stream, len(_MAGIC) + len(body)
        old_stream.close()
        with contextlib.suppress(OSError):
            old.unlink()

    def _dead_logs(self) -> list[Path]:
        try:
            logs = sorted(self.folder.glob(f"*{SUFFIX}"))
        except OSError:
            return []
        return [log for log in logs if log != self._path and is_free(log)]


def restore(found: Iterable[Recovered], create_below: Path | None = None) -> list[Path]:
    """Write recovered edits to their label files.

    A label file that was written after the edits is newer work and stays; the edits go beside it as
    "stem (recovered).json". A missing folder is made only below ``create_below``.

    Returns:
        The files beside.

    Raises:
        UserError: naming the first label file that could not be written; all that could are written.
    """
    beside: list[Path] = []
    failed: list[tuple[Path, OSError]] = []
    for row in found:
        path = row.label_path
        try:
            if create_below is not None and path.is_relative_to(create_below):
                path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_mtime > row.time and not _written_by(row, path.read_bytes()):
                copy = path.with_name(f"{path.stem} (recovered){path.suffix}")
                beside.append(files.write_beside(copy, row.data))
            else:
                files.write_atomic(path, row.data)
        except OSError as error:
            failed.append((path, error))
    if failed:
        more = f", and {len(failed) - 1} more like it" if len(failed) > 1 else ""
        path, cause = failed[0]
        raise UserError(
            f"{path}: its edits could not be recovered ({cause.strerror}){more}.",
            "Make the folder writable again.",
        ) from cause
    return beside


def _written_by(row: Recovered, data: bytes) -> bool:
    """True for what the process that made the edits wrote itself: a save may end after a newer edit."""
    return data == row.data or _mark(data) in row.earlier


def _mark(data: bytes) -> tuple[int, int]:
    return len(data), zlib.crc32(data)


def _pack(kind: bytes, when: float, path: Path, head: int, tail: int, body: bytes) -> bytes:
    name = os.fsencode(path)
    record = _HEADER.pack(kind, when, len(name), head, tail, len(body)) + name + body
    return record + _CHECK.pack(zlib.crc32(record))


def replay(
    log: bytes | None, states: dict[Path, set[tuple[int, int]]] | None = None
) -> dict[Path, tuple[float, bytes]]:
    """What the bytes of a log hold unsaved: label file to (time, content).

    ``states`` receives length and checksum of every content that each label file was to have.
    Reading stops at the first record that is torn or damaged.
    """
    held: dict[Path, tuple[float, bytes]] = {}
    if log is None or not log.startswith(_MAGIC):
        return held
    at = len(_MAGIC)
    while at + _HEADER.size <= len(log):
        kind, when, name_size, head, tail, size = _HEADER.unpack_from(log, at)
        end = at + _HEADER.size + name_size + size
        if end + _CHECK.size > len(log) or _CHECK.unpack_from(log, end)[0] != zlib.crc32(log[at:end]):
            break
        name_end = at + _HEADER.size + name_size
        path = Path(os.fsdecode(log[at + _HEADER.size : name_end]))
        body = log[name_end:end]
        if kind == _FORGET:
            held.pop(path, None)
        elif kind == _WHOLE:
            held[path] = (when, body)
        else:
            before = held[path][1]
            held[path] = (when, before[:head] + body + before[len(before) - tail :])
        if states is not None and path in held:
            states.setdefault(path, set()).add(_mark(held[path][1]))
        at = end + _CHECK.size
    return held


def _write(stream: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def _is_old(log: Path) -> bool:
    try:
        return time.time() - log.stat().st_mtime > _STARTING_SECONDS
    except OSError:
        return False


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
