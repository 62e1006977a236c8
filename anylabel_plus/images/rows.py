"""Files that can be decoded without holding the picture in memory: baseline JPEG, PNG and TIFF."""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.images import tiff
from anylabel_plus.images.choice import Choice
from anylabel_plus.images.decode import check_jpeg
from anylabel_plus.images.depth import Window, default_windows
from anylabel_plus.images.header import ImageFacts
from anylabel_plus.images.pixels import Pixels, to_rgb
from anylabel_plus.images.png_rows import png_rows, read_png_header
from anylabel_plus.images.source import pick_bands

STRIPE_BYTES = 48 << 20
_SAMPLE_STRIPES = 12
_TRIM_S = 0.05
_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))


class RowSource(Protocol):
    """A picture that is given from top to bottom; not upright."""

    def write_to(self, target: Target) -> None:
        """All rows, in their order. Raises DamagedError, OSError or UserError."""
        ...


class Target(Protocol):
    """Where the rows go."""

    path: Path

    def put(self, rows: Pixels) -> None:
        """The next rows, (n, width, 3) RGB."""
        ...


def stripe_rows(width: int, values_bytes: int, step: int = 1) -> int:
    """Rows of a stripe: a multiple of 64 and of ``step``."""
    unit = max(64, -(-64 // step) * step)
    return max(1, STRIPE_BYTES // max(1, width * values_bytes) // unit) * unit


def row_source(path: Path, stream: BinaryIO, facts: ImageFacts, choice: Choice) -> RowSource | None:
    """What reads this file in bounded memory, None where nothing here does."""
    if facts.format in ("JPEG", "MPO"):
        plain = facts.mode in ("L", "RGB") and not choice.bands and not choice.page
        return JpegRows(path, facts) if plain and baseline(stream) else None
    if facts.format == "PNG" and not choice.bands and not choice.page:
        header = read_png_header(stream)
        return None if header.interlaced else PngRows(stream)
    if facts.format == "TIFF":
        page = _tiff_page(stream, choice.page)
        streams = page is not None and page.readable and page.tile[0] * page.tile[1] * page.bands <= STRIPE_BYTES * 2
        return TiffRows(path, stream, page, choice) if page is not None and streams else None
    return None


def baseline(stream: BinaryIO) -> bool:
    """Whether a JPEG's pixels come row by row: a progressive one must be held in memory as a whole."""
    stream.seek(2)
    while len(head := stream.read(4)) == 4 and head[0] == 0xFF:
        if head[1] == 0xFF:
            stream.seek(-3, os.SEEK_CUR)
        elif head[1] in _FRAMES:
            return head[1] in (0xC0, 0xC1)
        else:
            stream.seek(int.from_bytes(head[2:], "big") - 2, os.SEEK_CUR)
    return False


def _tiff_page(stream: BinaryIO, number: int) -> tiff.TiffPage | None:
    pages = list(tiff.pages(stream))
    alike = [page for page in pages if (page.width, page.height) == (pages[0].width, pages[0].height)]
    return tiff.in_short_strips(alike[number]) if number < len(alike) else None


class PngRows:
    """A PNG that is not interlaced."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write_to(self, target: Target) -> None:
        header = read_png_header(self._stream)
        rows = stripe_rows(header.width, header.channels * max(1, header.depth // 8))
        windows: tuple[Window, ...] | None = None
        if header.depth == 16:
            # A first pass: how dark and bright it is must be known before the first row is shown.
            sample = [stripe[::16, ::16] for stripe in png_rows(self._stream, header, rows)]
            windows = default_windows(np.concatenate(sample))
        for stripe in png_rows(self._stream, header, rows):
            target.put(to_rgb(np.ascontiguousarray(stripe), windows=windows))


class TiffRows:
    """A page of strips or tiles."""

    def __init__(self, path: Path, stream: BinaryIO, page: tiff.TiffPage, choice: Choice) -> None:
        self._path, self._stream, self._page, self._choice = path, stream, page, choice

    def write_to(self, target: Target) -> None:
        page = self._page
        rows = stripe_rows(page.width, page.bands * page.dtype.itemsize, page.tile[1])
        tops = range(0, page.height, rows)
        windows = self._windows(tops, rows) if page.dtype != np.uint8 else None
        for top in tops:
            values, _ = self._values(top, min(top + rows, page.height))
            target.put(to_rgb(np.ascontiguousarray(values), windows=windows))

    def _values(self, top: int, bottom: int) -> tuple[NDArray[Any], bool]:
        array = tiff.read_rows(self._stream, self._page, top, bottom)
        return pick_bands(array, self._page, self._choice, self._path)

    def _windows(self, tops: range, rows: int) -> tuple[Window, ...]:
        """From stripes all over the picture: a look at every value would double the time."""
        sample, colours = [], True
        for top in tops[:: max(1, len(tops) // _SAMPLE_STRIPES)]:
            values, colours = self._values(top, min(top + rows, self._page.height))
            sample.append(values[::8, ::8])
        return default_windows(np.ascontiguousarray(np.concatenate(sample)), colours=colours)


class JpegRows:
    """A baseline JPEG, decoded row by row straight into a file that is mapped into memory.

    By libjpeg-turbo through simplejpeg: OpenCV refuses arrays of more than 2**31 values.
    """

    def __init__(self, path: Path, facts: ImageFacts) -> None:
        self._path, self._facts = path, facts

    def write_to(self, target: Target) -> None:
        from simplejpeg import decode_jpeg

        facts = self._facts
        reserve(target.path, facts.raw_width * facts.raw_height * 3)
        pixels = np.memmap(target.path, np.uint8, "r+", shape=(facts.raw_height, facts.raw_width, 3))
        with self._path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            check_jpeg(data)
            with _trimmed(pixels):
                decode_jpeg(data, "RGB", buffer=pixels)


def reserve(path: Path, size: int) -> None:
    """A file of ``size`` bytes that the disk really has: writing to a mapped file that it has not ends the process.

    Raises:
        OSError: the disk is full.
    """
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
            return
        block = bytes(1 << 24)
        for start in range(0, size, len(block)):
            file.write(block[: min(len(block), size - start)])


@contextmanager
def _trimmed(pixels: np.memmap[Any, Any]) -> Iterator[None]:
    """While this lasts, what was written is handed to the system again and again instead of piling up in memory."""
    mapped: Any = pixels._mmap  # type: ignore[attr-defined]
    done = threading.Event()

    def trim() -> None:
        while not done.wait(_TRIM_S):
            mapped.madvise(mmap.MADV_DONTNEED)  # of a shared file mapping: nothing is lost

    thread = threading.Thread(target=trim, name="trim", daemon=True)
    if hasattr(mmap, "MADV_DONTNEED"):
        thread.start()
    try:
        yield
    finally:
        done.set()
        if thread.ident is not None:
            thread.join()
