"""PNG files some rows at a time: for pictures that do not fit into memory.

The compressed stream is unpacked piece by piece. The filters of PNG (specification, section 9) work on bytes and need
the row above, and Python is too slow for them: the rows of a piece are wrapped, with the row above as a first row, in a
small uncompressed PNG whose pixels have as many bytes, and OpenCV undoes the filters.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.images.depth import opencv
from anylabel_plus.images.header import DamagedError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_STAND_INS = {1: (8, 0), 2: (16, 0), 3: (8, 2), 4: (8, 6), 6: (16, 2), 8: (16, 6)}
"""Bytes of a pixel -> depth and colour type of a PNG whose pixels have as many."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class PngHeader:
    """What a row means. ``palette`` is (256, 3 or 4) uint8; ``key`` the transparent value, one number a channel."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool
    palette: NDArray[np.uint8] | None
    key: tuple[int, ...]

    @property
    def channels(self) -> int:
        """Values of a pixel in the file."""
        return _CHANNELS[self.colour]

    @property
    def row_bytes(self) -> int:
        """Bytes of a row without the one that names its filter."""
        return -(-self.width * self.channels * self.depth // 8)

    @property
    def pixel_bytes(self) -> int:
        """The distance of a filter's left neighbour."""
        return max(1, self.channels * self.depth // 8)


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Name and data of each chunk, checksums verified."""
    stream.seek(len(_SIGNATURE))
    while True:
        head = stream.read(8)
        if len(head) < 8:
            raise DamagedError("the file is cut short")
        length, name = struct.unpack(">I4s", head)
        data = stream.read(length)
        check = stream.read(4)
        if len(check) < 4:
            raise DamagedError("the file is cut short")
        if zlib.crc32(data, zlib.crc32(name)) != int.from_bytes(check, "big"):
            raise DamagedError("a checksum does not fit its data")
        yield name, data
        if name == b"IEND":
            return


def read_png_header(stream: BinaryIO) -> PngHeader:
    """Everything before the pixels. Raises DamagedError."""
    width = height = depth = colour = interlace = 0
    palette: NDArray[np.uint8] | None = None
    clear = b""
    for name, data in _chunks(stream):
        if name == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", data)
        elif name == b"PLTE":
            palette = np.zeros((256, 3), np.uint8)
            palette[: len(data) // 3] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        elif name == b"tRNS":
            clear = data
        elif name == b"IDAT":
            break
    if colour not in _CHANNELS:
        raise DamagedError("an unknown kind of colours")
    if palette is not None and colour == 3 and clear:
        alpha = np.full((256, 1), 255, np.uint8)
        alpha[: len(clear), 0] = np.frombuffer(clear, np.uint8)
        palette = np.concatenate((palette, alpha), axis=1)
    key = struct.unpack(f">{len(clear) // 2}H", clear) if clear and colour in (0, 2) else ()
    return PngHeader(width, height, depth, colour, interlace != 0, palette, key)


def png_rows(stream: BinaryIO, header: PngHeader, rows: int) -> Iterator[NDArray[Any]]:
    """The picture in stripes of ``rows`` rows (the last has what is left): (n, width[, 3 or 4]), uint8 or uint16.

    Raises:
        DamagedError: cut short, or a checksum or a filter is wrong.
    """
    above = np.zeros(header.row_bytes, np.uint8)
    top = 0
    for raw in _filtered(stream, header, rows):
        plain = _unfiltered(raw, above, header)
        above = plain[-1]
        top += len(plain)
        yield _pixels(plain, header)
    if top != header.height:
        raise DamagedError("the file is cut short")


def _filtered(stream: BinaryIO, header: PngHeader, rows: int) -> Iterator[NDArray[np.uint8]]:
    """(n, 1 + row_bytes): rows with the byte that names their filter."""
    line = header.row_bytes + 1
    left, waiting = header.height, bytearray()
    unpack = zlib.decompressobj()
    for name, data in _chunks(stream):
        if name != b"IDAT":
            continue
        for start in range(0, len(data), _PIECE):
            waiting += unpack.decompress(data[start : start + _PIECE])
            while left and len(waiting) >= min(rows, left) * line:
                count = min(rows, left)
                yield np.frombuffer(bytes(waiting[: count * line]), np.uint8).reshape(count, line)
                del waiting[: count * line]
                left -= count


def _unfiltered(raw: NDArray[np.uint8], above: NDArray[np.uint8], header: PngHeader) -> NDArray[np.uint8]:
    if not raw[:, 0].any():
        return raw[:, 1:]
    depth, colour = _STAND_INS[header.pixel_bytes]
    width = header.row_bytes // header.pixel_bytes
    first = b"\0" + above.tobytes()
    head = struct.pack(">IIBBBBB", width, len(raw) + 1, depth, colour, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(first + raw.tobytes(), 0)), (b"IEND", b"")]
    small = bytearray(_SIGNATURE)
    for name, data in parts:
        small += struct.pack(">I4s", len(data), name) + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
    cv2 = opencv()
    array = cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None or array.shape[:2] != (len(raw) + 1, width):
        raise DamagedError("the pixel data is damaged")
    if array.ndim == 3:
        array = array[..., [2, 1, 0, 3][: array.shape[2]]]
    if array.dtype == np.uint16:
        array = array.astype(">u2")
    return np.ascontiguousarray(array[1:]).view(np.uint8).reshape(len(raw), header.row_bytes)


def _pixels(plain: NDArray[np.uint8], header: PngHeader) -> NDArray[Any]:
    rows, depth = len(plain), header.depth
    if depth < 8:
        bits = np.unpackbits(plain, axis=1).reshape(rows, -1, depth)
        flat = np.packbits(bits, axis=2, bitorder="big")[..., 0] >> (8 - depth)
        values: NDArray[Any] = flat[:, : header.width]
    elif depth == 16:
        values = plain.view(">u2").astype(np.uint16).reshape(rows, header.width, -1)
    else:
        values = plain.reshape(rows, header.width, -1)
    if header.colour == 3:
        if header.palette is None:
            raise DamagedError("the palette is missing")
        coloured: NDArray[np.uint8] = header.palette[values.reshape(rows, header.width)]
        return coloured
    return _with_alpha(values.reshape(rows, header.width, -1), header)


def _with_alpha(values: NDArray[Any], header: PngHeader) -> NDArray[Any]:
    """Grey (n, w), RGB or RGBA; depths under 8 spread over 0 to 255."""
    full = 65535 if header.depth == 16 else 255
    clear = None
    if header.key and len(header.key) == values.shape[2]:
        clear = (values == np.array(header.key, values.dtype)).all(axis=2)
    if header.depth < 8:
        values = values * np.uint8(255 // ((1 << header.depth) - 1))
    if header.colour == 4:
        return values[..., [0, 0, 0, 1]]
    if clear is not None:
        colours = values if values.shape[2] == 3 else np.repeat(values, 3, axis=2)
        alpha = np.where(clear, 0, full).astype(values.dtype)
        return np.dstack((colours, alpha))
    return values[..., 0] if values.shape[2] == 1 else values
