"""A mark inside image files that this program made; it stays when they are renamed, moved or copied.

JPEG: a comment segment (COM) that begins with ``AnyLabelPlus``; PNG: a text chunk (tEXt; iTXt and zTXt are read too)
with that keyword. Behind it is one JSON object. Pixels are as they were. A file that another program writes anew may
lose it.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

KEYWORD = b"AnyLabelPlus"
LARGEST = 60_000
"""Bytes; a JPEG's segment holds 65,533."""
_PNG = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"tEXt", b"iTXt", b"zTXt")
_COMMENT, _SCAN, _END = 0xFE, 0xDA, 0xD9
_MOST_PARTS = 20_000
"""Segments or chunks looked at; a file with more is no picture of ours."""


def with_marker(data: bytes, facts: Mapping[str, Any]) -> bytes:
    """The bytes of a JPEG or PNG file with ``facts`` inside, in place of an earlier mark; equal input, equal bytes.

    Raises:
        ValueError: neither JPEG nor PNG, cut short before its pixels, or more than ``LARGEST`` bytes of facts.
    """
    text = json.dumps(facts, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")
    if len(text) > LARGEST:
        raise ValueError(f"a mark of {len(text)} bytes is larger than {LARGEST}")
    if data.startswith(_PNG):
        return _png_with(data, text)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_with(data, text)
    raise ValueError("only JPEG and PNG files can be marked")


def read_marker(path: Path | str) -> dict[str, Any] | None:
    """The facts inside an image file, None where there are none, or none that can be read.

    Reads what comes before the pixels only. Never raises for whatever the file holds.
    """
    try:
        with open(path, "rb", buffering=4096) as stream:
            size = os.fstat(stream.fileno()).st_size
            return next(_found(stream, size), None)
    except (OSError, ValueError):
        return None


def _found(stream: BinaryIO, size: int) -> Iterator[dict[str, Any]]:
    head = stream.read(8)
    if head == _PNG:
        texts = _png_texts(stream, size)
    elif head.startswith(b"\xff\xd8"):
        texts = _jpeg_texts(stream, size)
    else:
        return
    for text in texts:
        try:
            facts = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(facts, dict):
            yield facts


# JPEG -------------------------------------------------------------------------------------------


def _jpeg_with(data: bytes, text: bytes) -> bytes:
    kept = [data[:2]]
    place = 1
    """Number of pieces that stay before the mark: the readers of some programs want APP0 and EXIF first."""
    at = 2
    while True:
        kind, end = _segment(data, at)
        if kind == _SCAN:
            break
        if not (kind == _COMMENT and data[at + 4 : end].startswith(KEYWORD + b" ")):
            kept.append(data[at:end])
            if 0xE0 <= kind <= 0xEF and place == len(kept) - 1:
                place = len(kept)
        at = end
    body = KEYWORD + b" " + text
    mark = b"\xff\xfe" + (len(body) + 2).to_bytes(2, "big") + body
    return b"".join((*kept[:place], mark, *kept[place:], data[at:]))


def _segment(data: bytes, at: int) -> tuple[int, int]:
    """Kind of the segment at ``at`` and where the next one begins."""
    if at + 4 > len(data) or data[at] != 0xFF:
        raise ValueError("the JPEG file is cut short or damaged before its pixels")
    kind = data[at + 1]
    if kind == 0xFF:  # padding
        return kind, at + 1
    if kind == 0x01 or 0xD0 <= kind <= 0xD8:
        return kind, at + 2
    return kind, at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))


def _jpeg_texts(stream: BinaryIO, size: int) -> Iterator[bytes]:
    at = 2
    for _ in range(_MOST_PARTS):
        stream.seek(at)
        head = stream.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (_SCAN, _END):
            return
        kind, end = _segment(head, 0)
        if kind == _COMMENT and at + end <= size:
            body = stream.read(end - 4)
            if body.startswith(KEYWORD + b" "):
                yield body[len(KEYWORD) + 1 :]
        at += end


# PNG --------------------------------------------------------------------------------------------


def _png_with(data: bytes, text: bytes) -> bytes:
    kept = [_PNG]
    at = len(_PNG)
    while data[at + 4 : at + 8] != b"IDAT":
        name, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4], "big")
        if len(name) < 4 or end > len(data):
            raise ValueError("the PNG file is cut short or damaged before its pixels")
        if not (name in _TEXTS and data[at + 8 : end].startswith(KEYWORD + b"\0")):
            kept.append(data[at:end])
        at = end
    body = b"tEXt" + KEYWORD + b"\0" + text
    mark = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return b"".join((*kept[:2], mark, *kept[2:], data[at:]))


def _png_texts(stream: BinaryIO, size: int) -> Iterator[bytes]:
    at = len(_PNG)
    for _ in range(_MOST_PARTS):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
            return
        length = int.from_bytes(head[:4], "big")
        if head[4:] in _TEXTS and length <= 2 * LARGEST and at + 12 + length <= size:
            text = _chunk_text(head[4:], stream.read(length))
            if text is not None:
                yield text
        at += 12 + length


def _chunk_text(name: bytes, body: bytes) -> bytes | None:
    keyword, null, rest = body.partition(b"\0")
    if keyword != KEYWORD or not null:
        return None
    if name == b"tEXt":
        return rest
    if name == b"zTXt":
        return _inflated(rest[1:])
    # iTXt: compressed or not, method, language, translated keyword, text
    parts = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(parts) < 3:
        return None
    return _inflated(parts[2]) if rest[0] else parts[2]


def _inflated(data: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(data, LARGEST)
    except zlib.error:
        return None
