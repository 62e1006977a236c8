"""TIFF pages that neither OpenCV nor Pillow reads: any number of bands, any number type, rows at a time.

A page is a list of strips or tiles, each compressed by itself. Plain and deflated ones are read here; for the
other lossless codings the compressed bytes are handed to Pillow's libtiff as a grey picture of bytes, so that it
need not know what the bytes mean. Layout, predictors and tags are those of the TIFF 6.0 specification, its
supplement 2 (tiles, deflate), Adobe's technical note 3 (floating-point predictor) and the BigTIFF proposal.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.images.header import DamagedError, pillow
from anylabel_plus.images.tiff_tags import Tags, byte_order, directories

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL = 256, 257, 258, 259, 262, 266
_STRIPS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR = 273, 274, 277, 278, 279, 284
_PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES = 317, 322, 323, 324, 325
_EXTRA, _FORMAT, _JPEG_TABLES, _SUBSAMPLING = 338, 339, 347, 530
_NONE, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _LZMA, _ZSTD = 1, 5, 7, 8, 32946, 32773, 34925, 50000
_BYTE_CODINGS = frozenset((_NONE, _LZW, _DEFLATE, _OLD_DEFLATE, _PACKBITS, _LZMA, _ZSTD))
_SHORT_STRIP_BYTES = 8 << 20
_KINDS = {1: "u", 2: "i", 3: "f"}


@dataclass(frozen=True, slots=True)
class TiffPage:
    """One page as its tags describe it; ``tile`` is (width, height) of a strip or tile in pixels."""

    width: int
    height: int
    bands: int
    dtype: np.dtype[Any]
    photometric: int
    compression: int
    predictor: int
    separate: bool
    orientation: int
    alpha: bool
    fill_order: int
    tile: tuple[int, int]
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    tables: bytes
    subsampling: tuple[int, ...]

    @property
    def readable(self) -> bool:
        """Whether ``read_rows`` can give its values."""
        if self.compression == _JPEG:
            return self.dtype == np.uint8 and not self.separate and self.bands in (1, 3)
        known = self.compression in _BYTE_CODINGS and self.predictor in (1, 2, 3)
        return known and self.photometric in (0, 1, 2) and self.dtype.itemsize in (1, 2, 4, 8)

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of tiles."""
        return -(-self.width // self.tile[0]), -(-self.height // self.tile[1])


def pages(stream: BinaryIO) -> Iterator[TiffPage]:
    """The pages of a file in their order, those of a damaged chain up to the damage.

    Raises:
        DamagedError: the first page makes no sense.
    """
    stream.seek(0)
    order = byte_order(stream.read(2))
    found = 0
    try:
        for tags in directories(stream):
            page = _page(tags, order)
            found += 1
            yield page
    except DamagedError:
        if not found:
            raise


def _page(tags: Tags, order: str) -> TiffPage:
    def one(tag: int, default: int) -> int:
        return tags[tag][0] if tag in tags else default

    bands, width, height = one(_SAMPLES, 1), one(_WIDTH, 0), one(_HEIGHT, 0)
    bits, kinds = tags.get(_BITS, (1,)), tags.get(_FORMAT, (1,))
    if len(set(bits)) != 1 or len(set(kinds)) != 1:
        raise DamagedError("bands of different depths are not supported")
    tiled = _TILES in tags
    rows = min(height, one(_ROWS, height) or height)
    tile = (one(_TILE_WIDTH, 0), one(_TILE_HEIGHT, 0)) if tiled else (width, rows)
    if min(width, height, bands, *tile) < 1:
        raise DamagedError(f"a page of {width} x {height} pixels and {bands} bands in tiles of {tile[0]} x {tile[1]}")
    orientation = one(_ORIENTATION, 1)
    return TiffPage(
        width,
        height,
        bands,
        _dtype(bits[0], kinds[0], order),
        one(_PHOTOMETRIC, 1),
        one(_COMPRESSION, 1),
        one(_PREDICTOR, 1),
        one(_PLANAR, 1) == 2 and bands > 1,
        orientation if orientation in range(1, 9) else 1,
        bands in (2, 4) and tags.get(_EXTRA, ())[:1] in ((1,), (2,)),
        one(_FILL, 1),
        tile,
        tags.get(_TILES if tiled else _STRIPS, ()),
        tags.get(_TILE_BYTES if tiled else _STRIP_BYTES, ()),
        bytes(tags.get(_JPEG_TABLES, ())),
        tags.get(_SUBSAMPLING, ()),
    )


def in_short_strips(page: TiffPage) -> TiffPage:
    """The same page with a single uncompressed strip taken for many short ones, so that it can be read in parts."""
    if page.compression != _NONE or page.tile != (page.width, page.height) or page.separate or not page.offsets:
        return page
    line = page.width * page.bands * page.dtype.itemsize
    rows = min(page.height, max(1, _SHORT_STRIP_BYTES // line))
    tops = range(0, page.height, rows)
    counts = tuple(min(rows, page.height - top) * line for top in tops)
    if page.counts and page.counts[0] < line * page.height:
        return page  # cut: said by who reads it
    offsets = tuple(page.offsets[0] + top * line for top in tops)
    return replace(page, tile=(page.width, rows), offsets=offsets, counts=counts)


def _dtype(bits: int, kind: int, order: str) -> np.dtype[Any]:
    """The number type; of one byte without a meaning for depths that are not whole bytes."""
    letter = _KINDS.get(kind, "u")
    if bits not in (8, 16, 32, 64) or (letter == "f" and bits == 8):
        return np.dtype("V3")
    return np.dtype(f"{order}{letter}{bits // 8}")


def read_rows(stream: BinaryIO, page: TiffPage, top: int, bottom: int) -> NDArray[Any]:
    """Rows ``top`` to ``bottom`` (excluded) of a ``readable`` page: (rows, width, bands) in native byte order.

    White-is-zero pages are inverted. Not upright.

    Raises:
        DamagedError: a strip or tile is missing, cut or not decodable.
    """
    across, down = page.grid
    planes = page.bands if page.separate else 1
    if len(page.offsets) < across * down * planes or len(page.counts) < len(page.offsets):
        raise DamagedError("strips or tiles are missing")
    tile_w, tile_h = page.tile
    result = np.empty((bottom - top, page.width, page.bands), page.dtype.newbyteorder("="))
    for row in range(top // tile_h, -(-bottom // tile_h)):
        y0, y1 = max(top, row * tile_h), min(bottom, (row + 1) * tile_h, page.height)
        for column in range(across):
            x0, x1 = column * tile_w, min((column + 1) * tile_w, page.width)
            for plane in range(planes):
                at = (plane * down + row) * across + column
                part = _segment(stream, page, at, row)[y0 - row * tile_h : y1 - row * tile_h, : x1 - x0]
                bands = slice(plane, plane + 1) if page.separate else slice(None)
                result[y0 - top : y1 - top, x0:x1, bands] = part
    if page.photometric == 0 and page.dtype.kind == "u":
        np.subtract(np.iinfo(result.dtype).max, result, out=result)
    return result


def _segment(stream: BinaryIO, page: TiffPage, index: int, row: int) -> NDArray[Any]:
    """One strip or tile, (rows, columns, channels); strips at the lower edge are lower than the others."""
    tile_w, tile_h = page.tile
    stripes = tile_w == page.width and page.grid[0] == 1
    rows = min(tile_h, page.height - row * tile_h) if stripes else tile_h
    channels = 1 if page.separate else page.bands
    stream.seek(page.offsets[index])
    data = stream.read(page.counts[index])
    if len(data) < page.counts[index]:
        raise DamagedError("the file is cut short")
    if page.compression == _JPEG:
        return _jpeg(data, page, rows)
    size = rows * tile_w * channels * page.dtype.itemsize
    flat = np.frombuffer(_bytes_of(data, page, rows, size), np.uint8, size)
    return _predicted(flat, page, (rows, tile_w, channels))


def _bytes_of(data: bytes, page: TiffPage, rows: int, size: int) -> Any:
    if page.compression == _NONE:
        plain: Any = data
    elif page.compression in (_DEFLATE, _OLD_DEFLATE):
        plain = zlib.decompressobj().decompress(data, size)
    else:
        plain = _by_libtiff(data, page.compression, page.fill_order, size // rows, rows)
    if len(plain) < size:
        raise DamagedError("a strip or tile is too short")
    return plain


def _predicted(flat: NDArray[np.uint8], page: TiffPage, shape: tuple[int, int, int]) -> NDArray[Any]:
    rows, columns, channels = shape
    native = page.dtype.newbyteorder("=")
    if page.predictor == 3 and native.kind == "f":
        size = native.itemsize
        summed = np.cumsum(flat.reshape(rows, columns * size, channels), axis=1, dtype=np.uint8)
        planes = summed.reshape(rows, size, columns * channels).swapaxes(1, 2)
        big = np.ascontiguousarray(planes).view(native.newbyteorder(">"))
        return big.reshape(shape).astype(native)
    values = flat.view(page.dtype).reshape(shape).astype(native, copy=False)
    return np.cumsum(values, axis=1, dtype=native) if page.predictor == 2 and native.kind in "ui" else values


def _by_libtiff(data: bytes, compression: int, fill_order: int, width: int, rows: int) -> NDArray[np.uint8]:
    entries = [(_BITS, 3, 8), (_PHOTOMETRIC, 3, 1), (_FILL, 3, fill_order), (_SAMPLES, 3, 1)]
    with pillow().open(BytesIO(_small_tiff(data, compression, width, rows, entries)), formats=("TIFF",)) as image:
        return np.asarray(image).reshape(-1)


def _jpeg(data: bytes, page: TiffPage, rows: int) -> NDArray[np.uint8]:
    entries = [(_BITS, 3, 8), (_PHOTOMETRIC, 3, page.photometric), (_SAMPLES, 3, page.bands)]
    if page.subsampling:
        across, down = page.subsampling[:2]
        entries.append((_SUBSAMPLING, 0, across | down << 16))
    small = _small_tiff(data, _JPEG, page.tile[0], rows, entries, page.tables)
    with pillow().open(BytesIO(small), formats=("TIFF",)) as image:
        array = np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))
    return array[..., None] if array.ndim == 2 else array


def _small_tiff(
    data: bytes, compression: int, width: int, rows: int, more: list[tuple[int, int, int]], tables: bytes = b""
) -> bytes:
    """A TIFF of one strip that holds ``data`` as it is; ``more`` are (tag, type, value), type 0 two shorts."""
    entries = [*more, (_WIDTH, 4, width), (_HEIGHT, 4, rows), (_COMPRESSION, 3, compression)]
    entries += [(_STRIPS, 4, 8 + len(tables)), (_ROWS, 4, rows), (_STRIP_BYTES, 4, len(data))]
    if tables:
        entries.append((_JPEG_TABLES, 7, 8))
    start = 8 + len(tables) + len(data)
    start += start % 2
    body = [struct.pack("<2sHI", b"II", 42, start), tables, data, b"\0" * (start - 8 - len(tables) - len(data))]
    body.append(struct.pack("<H", len(entries)))
    for tag, kind, value in sorted(entries):
        count = len(tables) if tag == _JPEG_TABLES else 2 if kind == 0 else 1
        body.append(struct.pack("<HHII", tag, kind or 3, count, value))
    return b"".join([*body, b"\0\0\0\0"])
