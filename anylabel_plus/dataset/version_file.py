"""One image's saved versions in one file: appended, compressed, each as a change of the one before.

A record has a checksum; what follows a torn or damaged one is not read and is overwritten by the next. The file is
rewritten only to thin it out.
"""

from __future__ import annotations

import json
import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from anylabel_plus import files
from anylabel_plus.core.bytes_delta import common_ends
from anylabel_plus.dataset.locks import hold

SUFFIX = ".versions"
_MAGIC = b"anylabel-plus versions 1\n"
_HEADER = struct.Struct("<IQQQ")  # length of the facts, head kept, tail kept, length of the body
_CHECK = struct.Struct("<I")
_LOCK_TRIES = 50
_QUICK_ABOVE = 1 << 20
"""Larger pieces are compressed with less effort."""


@dataclass(frozen=True, slots=True)
class Version:
    """A label file as it was once. ``data`` None: there was none.

    ``time`` is when it was written (seconds since 1970), ``since`` when the work that it holds began: versions
    of one stretch of work replace each other. ``cause`` is a key of ``versions.CAUSES``, ``session`` names the run
    of the program that kept it, ``note`` the last step before it. ``shapes`` counts its shapes, None when unknown.
    """

    time: float
    since: float
    cause: str
    session: str
    data: bytes | None
    shapes: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    version: Version
    start: int
    end: int


class VersionFile:
    """The versions of one label file, oldest first. Raises OSError where the disk does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
        self._rows = list(_records(content))

    @property
    def versions(self) -> list[Version]:
        """All of them, oldest first."""
        return [row.version for row in self._rows]

    def add(self, version: Version, *, in_place_of_last: bool = False, durable: bool = False) -> None:
        """Append a version, or give the last one's place to it (unless another process appended since)."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "r+b" if self.path.exists() else "x+b") as stream:
            _hold(stream)
            if os.fstat(stream.fileno()).st_size != self._end:
                self._rows = list(_records(stream.read()))
                in_place_of_last = False
            kept = self._rows[:-1] if in_place_of_last else self._rows
            record = _pack(version, kept[-1].version.data if kept else None)
            start = kept[-1].end if kept else len(_MAGIC)
            stream.seek(0)
            stream.write(_MAGIC)
            _write_at(stream, start, record, durable=durable)
        self._rows = [*kept, _Row(version, start, start + len(record))]

    @property
    def _end(self) -> int:
        return self._rows[-1].end if self._rows else 0

    def thin(self, keep: Callable[[Sequence[Version]], Sequence[Version]]) -> bool:
        """Write the file anew with the versions that ``keep`` chooses; False when that is all of them."""
        versions = self.versions
        chosen = list(keep(versions))
        if len(chosen) == len(versions):
            return False
        rows: list[_Row] = []
        records = []
        at, before = len(_MAGIC), None
        for version in chosen:
            record = _pack(version, before)
            records.append(record)
            rows.append(_Row(version, at, at + len(record)))
            at, before = at + len(record), version.data
        files.write_atomic(self.path, _MAGIC + b"".join(records), durable=False)
        self._rows = rows
        return True


def _hold(stream: BinaryIO) -> None:
    for attempt in range(_LOCK_TRIES):
        try:
            hold(stream)
            return
        except OSError:  # another window is just adding a version
            if attempt == _LOCK_TRIES - 1:
                raise
            time.sleep(0.01)


def _write_at(stream: BinaryIO, start: int, record: bytes, *, durable: bool) -> None:
    stream.seek(start)
    stream.truncate()
    stream.write(record)
    stream.flush()
    if durable:
        os.fsync(stream.fileno())


def _pack(version: Version, before: bytes | None) -> bytes:
    facts: dict[str, Any] = {
        "time": version.time,
        "since": version.since,
        "cause": version.cause,
        "session": version.session,
        "shapes": version.shapes,
        "note": version.note,
        "file": version.data is not None,
    }
    data = version.data or b""
    head, tail = common_ends(before or b"", data)
    body = data[head : len(data) - tail]
    body = zlib.compress(body, 1 if len(body) > _QUICK_ABOVE else 6)
    text = json.dumps(facts, ensure_ascii=False).encode()
    record = _HEADER.pack(len(text), head, tail, len(body)) + text + body
    return record + _CHECK.pack(zlib.crc32(record))


def _records(content: bytes) -> Iterator[_Row]:
    at, before = len(_MAGIC), b""
    if not content.startswith(_MAGIC):
        return
    while at + _HEADER.size <= len(content):
        text_size, head, tail, size = _HEADER.unpack_from(content, at)
        text_at = at + _HEADER.size
        end = text_at + text_size + size
        if end + _CHECK.size > len(content) or _CHECK.unpack_from(content, end)[0] != zlib.crc32(content[at:end]):
            return
        facts = json.loads(content[text_at : text_at + text_size])
        body = zlib.decompress(content[text_at + text_size : end])
        data = before[:head] + body + before[len(before) - tail :]
        version = Version(
            facts["time"], facts["since"], facts["cause"], facts["session"], data, facts["shapes"], facts["note"]
        )
        yield _Row(version if facts["file"] else replace(version, data=None), at, end + _CHECK.size)
        at, before = end + _CHECK.size, data
