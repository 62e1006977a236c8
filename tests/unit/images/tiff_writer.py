"""Writes TIFF files that Pillow cannot: any number of bands, number types, planes, tiles, BigTIFF, several pages."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CODES = {"none": 1, "lzw": 5, "deflate": 8, "packbits": 32773}
PILLOW = {"lzw": "tiff_lzw", "packbits": "packbits"}


@dataclass(frozen=True)
class Layout:
    compression: str = "none"
    predictor: int = 1
    separate: bool = False
    tile: tuple[int, int] | None = None
    rows: int = 0
    big: bool = False
    order: str = "<"
    photometric: int = 1
    orientation: int = 1
    extra: tuple[int, ...] = ()


def write_tiff(path: Path, *pages: np.ndarray, layout: Layout | None = None) -> Path:
    layout = layout or Layout()
    wide, count, long = ("Q", "Q", 16) if layout.big else ("I", "H", 4)
    data = bytearray()
    head = struct.pack(layout.order + "2sHHHQ", *_magic(layout), 43, 8, 0, 0) if layout.big else b""
    data += head or struct.pack(layout.order + "2sHI", *_magic(layout), 42, 0)
    link = 8 if layout.big else 4
    for array in pages:
        parts = _parts(array if array.ndim == 3 else array[..., None], layout)
        offsets = []
        for part in parts:
            offsets.append(len(data))
            data += part
        data += b"\0" * (len(data) % 2)
        struct.pack_into(layout.order + wide, data, link, len(data))
        link = _directory(data, array, layout, offsets, [len(part) for part in parts], wide, count, long)
    path.write_bytes(data)
    return path


def _magic(layout: Layout) -> tuple[bytes]:
    return (b"II" if layout.order == "<" else b"MM",)


def _directory(
    data: bytearray, array: np.ndarray, layout: Layout, offsets: Any, sizes: Any, wide: str, count: str, long: int
) -> int:
    bands = array.shape[2] if array.ndim == 3 else 1
    kind = {"u": 1, "i": 2, "f": 3}[array.dtype.kind]
    tags: dict[int, tuple[int, list[int]]] = {
        256: (4, [array.shape[1]]),
        257: (4, [array.shape[0]]),
        258: (3, [array.dtype.itemsize * 8] * bands),
        259: (3, [CODES[layout.compression]]),
        262: (3, [layout.photometric]),
        274: (3, [layout.orientation]),
        277: (3, [bands]),
        284: (3, [2 if layout.separate else 1]),
        317: (3, [layout.predictor]),
        339: (3, [kind] * bands),
    }
    if layout.extra:
        tags[338] = (3, list(layout.extra))
    if layout.tile:
        tags |= {322: (4, [layout.tile[0]]), 323: (4, [layout.tile[1]]), 324: (4, offsets), 325: (4, sizes)}
    else:
        tags |= {273: (4, offsets), 278: (4, [layout.rows or array.shape[0]]), 279: (4, sizes)}
    letters = {3: "H", 4: "I"}
    start = len(data)
    entry = 20 if layout.big else 12
    head = struct.calcsize("<" + count)
    data += bytes(head + entry * len(tags) + struct.calcsize("<" + wide))
    struct.pack_into(layout.order + count, data, start, len(tags))
    room = 8 if layout.big else 4
    for n, (tag, (kind, values)) in enumerate(sorted(tags.items())):
        packed = struct.pack(f"{layout.order}{len(values)}{letters[kind]}", *values)
        at = start + head + entry * n
        struct.pack_into(layout.order + "HH" + wide, data, at, tag, kind, len(values))
        if len(packed) > room:
            struct.pack_into(layout.order + wide, data, at + entry - room, len(data))
            data += packed
        else:
            data[at + entry - room : at + entry - room + len(packed)] = packed
    data += b"\0" * (len(data) % 2)
    return start + head + entry * len(tags)


def _parts(array: np.ndarray, layout: Layout) -> list[bytes]:
    planes = [array[..., n : n + 1] for n in range(array.shape[2])] if layout.separate else [array]
    height, width = array.shape[:2]
    parts = []
    for plane in planes:
        if layout.tile:
            w, h = layout.tile
            for y in range(0, height, h):
                for x in range(0, width, w):
                    cell = plane[y : y + h, x : x + w]
                    padding = ((0, h - cell.shape[0]), (0, w - cell.shape[1]), (0, 0))
                    parts.append(_packed(np.pad(cell, padding), layout))
        else:
            rows = layout.rows or height
            parts += [_packed(plane[y : y + rows], layout) for y in range(0, height, rows)]
    return parts


def _packed(cell: np.ndarray, layout: Layout) -> bytes:
    ordered = cell.astype(cell.dtype.newbyteorder(layout.order))
    if layout.predictor == 2:
        native = cell.astype(cell.dtype.newbyteorder("="))
        native[:, 1:] = native[:, 1:] - native[:, :-1]
        ordered = native.astype(ordered.dtype)
    data = ordered.tobytes()
    if layout.predictor == 3:
        rows, columns, channels = cell.shape
        big = cell.astype(cell.dtype.newbyteorder(">")).reshape(rows, columns * channels)
        octets = big.view(np.uint8).reshape(rows, columns * channels, cell.dtype.itemsize).swapaxes(1, 2)
        flat = octets.reshape(rows, -1, channels).copy()
        flat[:, 1:] = flat[:, 1:] - flat[:, :-1]
        data = flat.tobytes()
    if layout.compression == "deflate":
        return zlib.compress(data)
    if layout.compression in PILLOW:
        grey = np.frombuffer(data, np.uint8).reshape(cell.shape[0], -1)
        stream = BytesIO()
        strip = {278: cell.shape[0]}
        Image.fromarray(grey).save(stream, format="TIFF", compression=PILLOW[layout.compression], tiffinfo=strip)
        with Image.open(stream) as image:
            tags: Any = image.tag_v2  # type: ignore[attr-defined]
            assert len(tags[273]) == 1
            return stream.getvalue()[tags[273][0] : tags[273][0] + tags[279][0]]
    return data
