"""The directories of a TIFF or BigTIFF file: its tags as numbers, nothing else."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from anylabel_plus.images.header import DamagedError

Tags = Mapping[int, tuple[int, ...]]

_LETTERS = {1: "B", 2: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_MAX_PAGES = 65536
_MAX_VALUES = 1 << 24


def is_tiff(start: bytes) -> bool:
    """Whether a file that begins with these bytes is a TIFF or BigTIFF."""
    return start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def byte_order(start: bytes) -> str:
    """The letter of ``struct`` for the order of a file that begins with these bytes."""
    return "<" if start[:2] == b"II" else ">"


def directories(stream: BinaryIO) -> Iterator[Tags]:
    """The tags of each page in the order of the file; whole numbers only, fractions are left out.

    Raises:
        DamagedError: a directory is cut or makes no sense; those before it were given.
    """
    stream.seek(0)
    start = stream.read(16)
    order, big = byte_order(start), 43 in start[2:4]
    try:
        (at,) = struct.unpack(order + "Q", start[8:16]) if big else struct.unpack(order + "I", start[4:8])
    except struct.error as error:
        raise DamagedError("the file is cut short") from error
    seen: set[int] = set()
    while at and at not in seen and len(seen) < _MAX_PAGES:
        seen.add(at)
        try:
            tags, at = _directory(stream, at, order, big=big)
        except (struct.error, OSError, OverflowError, ValueError) as error:
            raise DamagedError("a list of tags is cut short") from error
        yield tags


def _directory(stream: BinaryIO, at: int, order: str, *, big: bool) -> tuple[Tags, int]:
    wide, head, entry_size, room = ("Q", "Q", 20, 8) if big else ("I", "H", 12, 4)
    stream.seek(at)
    (count,) = struct.unpack(order + head, stream.read(struct.calcsize("<" + head)))
    if count > 65535:
        raise DamagedError("a list of tags makes no sense")
    table = stream.read(count * entry_size)
    (following,) = struct.unpack(order + wide, stream.read(struct.calcsize("<" + wide)))
    tags = {}
    for n in range(count):
        tag, kind, number = struct.unpack_from(order + "HH" + wide, table, n * entry_size)
        letter = _LETTERS.get(kind)
        if letter is None or not number:
            continue
        size = struct.calcsize("<" + letter) * number
        if number > _MAX_VALUES:
            raise DamagedError("a tag is longer than any picture needs")
        data = table[(n + 1) * entry_size - room : (n + 1) * entry_size]
        if size > room:
            stream.seek(struct.unpack(order + wide, data)[0])
            data = stream.read(size)
        tags[tag] = struct.unpack(f"{order}{number}{letter}", data[:size])
    return tags, following
