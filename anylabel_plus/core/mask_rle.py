"""COCO run-length encoding of masks, both ways, without a loop over pixels or runs.

Counts alternate between unset and set pixels, down the columns and from left to right, and start
with unset. The compressed text stores each count from the fourth on as the difference from the
one two before, in groups of five bits from the lowest, 0x20 marking that more follow, plus 48.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.mask_value import (
    EMPTY,
    BoolArray,
    Mask,
    blank_bits,
    check_size,
    clip,
    flip_bits,
    tight,
    unpack_bits,
)

Counts = NDArray[np.int64]
_MAX_GROUPS = 12  # 60 bits, more than any count needs


def _column_runs(mask: Mask, height: int) -> tuple[Counts, Counts]:
    """Starts and ends of the set runs in column-major order of the frame.

    Only the places where a pixel differs from the one above are collected and sorted, which is
    far cheaper than turning the crop around.
    """
    crop = mask.crop
    rows, columns = crop.shape
    changes = np.empty((rows + 1, columns), np.bool_)
    changes[0], changes[rows] = crop[0], crop[rows - 1]
    np.not_equal(crop[1:], crop[:-1], out=changes[1:rows])
    row, column = np.divmod(np.flatnonzero(changes), columns)
    flat = (column + mask.x) * height + (row + mask.y)
    # A run that reaches the lower edge ends where the next column begins: a stable key keeps
    # the end before the start.
    order = np.argsort(column * (rows + 1) + row)
    flat = flat[order]
    return flat[0::2], flat[1::2]


def counts(mask: Mask, width: int, height: int) -> Counts:
    """Uncompressed COCO counts of ``mask`` in a frame of ``width`` x ``height``."""
    mask = clip(mask, width, height)
    total = width * height
    if not mask.crop.size:
        return np.array([total], np.int64)
    starts, ends = _column_runs(mask, height)
    if not starts.size:
        return np.array([total], np.int64)
    apart = np.flatnonzero(ends[:-1] != starts[1:])
    starts = starts[np.concatenate(([0], apart + 1))]
    ends = ends[np.concatenate((apart, [ends.size - 1]))]
    edges = np.empty(2 * starts.size + 2, np.int64)
    edges[0], edges[-1] = 0, total
    edges[1:-1:2], edges[2:-1:2] = starts, ends
    result = np.diff(edges)
    return result[:-1] if result[-1] == 0 else result


def compress(values: Counts) -> str:
    """The compressed text of uncompressed counts."""
    rest = values.copy()
    rest[3:] -= values[1:-2]
    chars = np.zeros((rest.size, _MAX_GROUPS), np.uint8)
    used = np.zeros((rest.size, _MAX_GROUPS), np.bool_)
    active = np.arange(rest.size)
    for group in range(_MAX_GROUPS):
        if not active.size:
            break
        low = rest & 0x1F
        rest = rest >> 5
        more = rest != np.where(low & 0x10, -1, 0)
        chars[active, group] = low + 48 + (more * 0x20)
        used[active, group] = True
        active, rest = active[more], rest[more]
    return chars[used].tobytes().decode("ascii")


def decompress(text: str | bytes) -> Counts:
    """Uncompressed counts of a compressed text; raises ValueError for a damaged one."""
    try:
        raw = text.encode("ascii") if isinstance(text, str) else bytes(text)
    except UnicodeEncodeError:
        raise ValueError("RLE counts hold characters that COCO does not use") from None
    codes = np.frombuffer(raw, np.uint8).astype(np.int64) - 48
    if not codes.size:
        raise ValueError("RLE counts are empty")
    if codes.min() < 0 or codes.max() > 0x3F:
        raise ValueError("RLE counts hold characters that COCO does not use")
    last = np.flatnonzero((codes & 0x20) == 0)
    if not last.size or last[-1] != codes.size - 1:
        raise ValueError("RLE counts end in the middle of a number")
    first = np.concatenate(([0], last[:-1] + 1))
    lengths = last - first + 1
    if lengths.max() > _MAX_GROUPS:
        raise ValueError("RLE counts hold a number that is too long")
    place = np.arange(codes.size) - np.repeat(first, lengths)
    values = np.add.reduceat((codes & 0x1F) << (5 * place), first)
    values -= np.where(codes[last] & 0x10, np.int64(1) << (5 * lengths), 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values


def _read(rle: Mapping[str, Any]) -> tuple[Counts, int, int]:
    try:
        size, data = rle["size"], rle["counts"]
        height, width = (int(number) for number in size)
    except (KeyError, TypeError, ValueError):
        raise ValueError("an RLE needs size [height, width] and counts") from None
    if height < 0 or width < 0:
        raise ValueError(f"an RLE cannot have the size {height} x {width}")
    check_size(width, height)
    if isinstance(data, str | bytes | bytearray):
        values = decompress(data if isinstance(data, str) else bytes(data))
    else:
        try:
            values = np.array(data, dtype=np.int64).reshape(-1)
        except (TypeError, ValueError, OverflowError):
            raise ValueError("RLE counts must be text or whole numbers") from None
        if any(isinstance(number, float) and number != int(number) for number in data):
            raise ValueError("RLE counts must be whole numbers")
    if values.size and values.min() < 0:
        raise ValueError("RLE counts hold a negative number")
    if (values.size and values.max() > width * height) or int(values.sum()) != width * height:
        raise ValueError(f"RLE counts cover {int(values.sum())} pixels, but {height} x {width} are {width * height}")
    return values, width, height


def rle_encode(mask: Mask, width: int, height: int) -> dict[str, Any]:
    """COCO's compressed RLE of ``mask`` in a frame: ``{"size": [h, w], "counts": text}``."""
    return {"size": [height, width], "counts": compress(counts(mask, width, height))}


def rle_area(rle: Mapping[str, Any]) -> int:
    """Number of set pixels of a COCO RLE; raises ValueError for a damaged one."""
    return int(_read(rle)[0][1::2].sum())


def rle_decode(rle: Mapping[str, Any]) -> Mask:
    """The mask of a COCO RLE, compressed (text or bytes) or a list of counts, tightly cropped.

    Raises:
        ValueError: no size or counts, damaged counts, or counts that do not fill the size.
    """
    values, _width, height = _read(rle)
    edges = np.cumsum(values)
    ends = edges[1::2]
    starts = edges[0::2][: ends.size]
    filled = ends > starts
    starts, ends = starts[filled], ends[filled]
    if not starts.size:
        return EMPTY
    first, last = starts // height, (ends - 1) // height
    left, columns = int(first[0]), int(last[-1] - first[0] + 1)
    if (first != last).any():
        top, bottom = 0, height
    else:
        top, bottom = int((starts % height).min()), int(((ends - 1) % height).max()) + 1
    crop = _fill(starts, ends, (left, top, columns, bottom - top), height)
    return tight(Mask(crop, left, top), copy=True) if (top, bottom) == (0, height) else Mask(crop, left, top)


def _fill(starts: Counts, ends: Counts, box: tuple[int, int, int, int], height: int) -> BoolArray:
    """Bool crop of column-major runs; ``box`` is left, top, columns and rows of the crop."""
    left, top, columns, rows = box
    # One piece for each column that a run touches.
    first, last = starts // height, (ends - 1) // height
    pieces = last - first + 1
    owner = np.repeat(np.arange(starts.size), pieces)
    column = first[owner] + np.arange(owner.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin = np.maximum(starts[owner], column * height) - column * height - top
    end = np.minimum(ends[owner], (column + 1) * height) - column * height - top
    # A mark where a run begins and one where it ends; the parity of the marks above a pixel says
    # whether it is set. Runs of a column do not touch, so no mark is written twice, except where
    # two counts of zero pixels lie between: those toggle twice and must cancel out.
    marks = blank_bits(rows + 1, columns)
    flip_bits(marks, begin, column - left)
    flip_bits(marks, end, column - left)
    return unpack_bits(np.bitwise_xor.accumulate(marks[:rows], axis=0), columns)
