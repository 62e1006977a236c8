"""The embedding cache: in memory by bytes, on disk in fp16, shared by every program of the user.

Decoding always sees values rounded to fp16, fresh from the encoder or from the cache, so that no
result depends on the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus import files
from anylabel_plus.inference.base import Embedding

_MAGIC = b"ALPEMB1\n"
_SUFFIX = ".emb"
_FP16_MAX = 65504.0
_RESCAN_EVERY = 64
_SHRINK_TO = 0.9
_DTYPES = frozenset({"float16", "float32", "float64", "int32", "int64", "uint8", "bool"})


def key(pixel_hash: str, weights_sha256: str, preprocessing: str, crop: tuple[int, int, int, int] | None = None) -> str:
    """The name of an embedding: same pixels, weights, preprocessing and crop (xyxy pixels, None = whole image)."""
    text = json.dumps([pixel_hash, weights_sha256, preprocessing, crop])
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def rounded(embedding: Embedding) -> Embedding:
    """``embedding`` with float arrays rounded to fp16 precision, in their own dtype, read-only.

    An array with values that fp16 cannot hold is left as it is (and stored as it is).
    """
    return replace(embedding, arrays={name: _round(array) for name, array in embedding.arrays.items()})


def _fits_fp16(array: NDArray[Any]) -> bool:
    return array.dtype.kind == "f" and array.dtype.itemsize > 2 and not bool((np.abs(array) > _FP16_MAX).any())


def _round(array: NDArray[Any]) -> NDArray[Any]:
    result = np.ascontiguousarray(array)
    if _fits_fp16(result):
        result = result.astype(np.float16).astype(array.dtype)
    elif result is array:
        result = array.copy()
    result.setflags(write=False)
    return result


def _size(embedding: Embedding) -> int:
    pixels = 0 if embedding.pixels is None else embedding.pixels.nbytes
    return sum(array.nbytes for array in embedding.arrays.values()) + pixels


class EmbeddingCache:
    """Embeddings by ``key``. Not thread-safe; any number of processes may share ``folder``.

    Args:
        folder: where to keep files, None for memory only. Made when first needed.
        memory_bytes: the least recently used go first; the newest always stays.
        disk_bytes: the same for files, by modification time; 0 for no files.

    Disk trouble (full, read-only, damaged files) never raises: the cache then just misses.
    """

    def __init__(self, folder: Path | None, memory_bytes: int, disk_bytes: int) -> None:
        self._memory: OrderedDict[str, Embedding] = OrderedDict()
        self._memory_limit = memory_bytes
        self._memory_used = 0
        self._disk = _DiskStore(folder, disk_bytes) if folder is not None and disk_bytes > 0 else None

    def get(self, name: str) -> Embedding | None:
        """The embedding stored under ``name``, or None."""
        found = self._memory.get(name)
        if found is not None:
            self._memory.move_to_end(name)
            return found
        if self._disk is None:
            return None
        found = self._disk.get(name)
        if found is not None:
            self._remember(name, found)
        return found

    def put(self, name: str, embedding: Embedding, *, keep_file: bool = True) -> Embedding:
        """Store and return ``rounded(embedding)``; decode the returned one.

        ``keep_file`` False keeps it in memory only, unrounded (families whose embedding is the picture).
        """
        if keep_file:
            embedding = rounded(embedding)
        self._remember(name, embedding)
        if keep_file and self._disk is not None and embedding.pixels is None:
            self._disk.put(name, embedding)
        return embedding

    def forget_memory(self) -> None:
        """Free the memory; files stay."""
        self._memory.clear()
        self._memory_used = 0

    def _remember(self, name: str, embedding: Embedding) -> None:
        old = self._memory.pop(name, None)
        self._memory_used += _size(embedding) - (_size(old) if old is not None else 0)
        self._memory[name] = embedding
        while self._memory_used > self._memory_limit and len(self._memory) > 1:
            _, dropped = self._memory.popitem(last=False)
            self._memory_used -= _size(dropped)


class _DiskStore:
    """One file an embedding: magic, header length, CRC-32, JSON header, raw arrays."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._used: int | None = None  # by our own count; others write too, so it is measured again at times
        self._puts = 0

    def get(self, name: str) -> Embedding | None:
        path = self._path(name)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        try:
            embedding = _parse(data)
        except (ValueError, KeyError, TypeError, struct.error):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # marks it as recently used
        return embedding

    def put(self, name: str, embedding: Embedding) -> None:
        try:
            data = _serialize(embedding)
        except (TypeError, ValueError):
            return  # facts that JSON cannot hold, or a dtype without a file form: memory only
        if len(data) > self._limit:
            return
        try:
            self._prepare()
            self._make_room(len(data))
            files.write_atomic(self._path(name), data, durable=False)
            self._used = (self._used or 0) + len(data)
        except OSError:
            self._used = None

    def _path(self, name: str) -> Path:
        return self._folder / (name + _SUFFIX)

    def _prepare(self) -> None:
        if self._used is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            files.sweep_temporaries(self._folder)

    def _make_room(self, size: int) -> None:
        self._puts += 1
        if self._used is None or self._puts % _RESCAN_EVERY == 0 or self._used + size > self._limit:
            entries = self._entries()
            self._used = sum(entry[1] for entry in entries)
            if self._used + size > self._limit:
                self._evict(entries, int(self._limit * _SHRINK_TO) - size)

    def _entries(self) -> list[tuple[int, int, Path]]:
        entries = []
        with os.scandir(self._folder) as found:
            for entry in found:
                # Another program may remove a file between listing and looking.
                with contextlib.suppress(OSError):
                    if entry.name.endswith(_SUFFIX) and entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        entries.append((status.st_mtime_ns, status.st_size, Path(entry.path)))
        return entries

    def _evict(self, entries: list[tuple[int, int, Path]], target: int) -> None:
        used = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if used <= target:
                break
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            used -= size
        self._used = used


def _serialize(embedding: Embedding) -> bytes:
    arrays, chunks = [], []
    for name, array in embedding.arrays.items():
        if array.dtype.name not in _DTYPES:
            raise ValueError(f"no file form for {array.dtype}")
        stored = array.astype(np.float16) if _fits_fp16(array) else np.ascontiguousarray(array)
        data = stored.astype(stored.dtype.newbyteorder("<"), copy=False).tobytes()
        arrays.append([name, array.dtype.name, stored.dtype.name, list(array.shape), len(data)])
        chunks.append(data)
    header = json.dumps(
        {"arrays": arrays, "width": embedding.width, "height": embedding.height, "facts": dict(embedding.facts)}
    ).encode()
    body = header + b"".join(chunks)
    return _MAGIC + struct.pack("<II", len(header), zlib.crc32(body)) + body


def _parse(data: bytes) -> Embedding:
    """Raises ValueError, KeyError, TypeError or struct.error for anything damaged."""
    if not data.startswith(_MAGIC):
        raise ValueError("not an embedding")
    header_length, checksum = struct.unpack_from("<II", data, len(_MAGIC))
    body = memoryview(data)[len(_MAGIC) + 8 :]
    if zlib.crc32(body) != checksum:
        raise ValueError("damaged")
    header: Mapping[str, Any] = json.loads(bytes(body[:header_length]))
    arrays, offset = {}, header_length
    for name, dtype, stored, shape, length in header["arrays"]:
        if dtype not in _DTYPES or stored not in _DTYPES:
            raise ValueError("unknown dtype")
        raw = np.frombuffer(body[offset : offset + length], np.dtype(stored).newbyteorder("<"))
        array = raw.reshape(shape).astype(dtype)
        array.setflags(write=False)
        arrays[name] = array
        offset += length
    return Embedding(arrays, int(header["width"]), int(header["height"]), header["facts"])
