"""One file opened for reading: which reader it needs, how many pages and bands it has, and its raw values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.images import extras, tiff
from anylabel_plus.images.choice import Choice, Extent
from anylabel_plus.images.decode import decode_file, opencv_reads_tiff
from anylabel_plus.images.depth import Window
from anylabel_plus.images.header import DamagedError, ImageFacts, read_header, reason, too_many_pixels
from anylabel_plus.images.tiff_tags import is_tiff

if TYPE_CHECKING:
    from PIL import Image

START_BYTES = 132
_FRAMED = frozenset(("GIF", "WEBP", "AVIF", "PNG", "TIFF"))


@dataclass(frozen=True, slots=True)
class Values:
    """Decoded values (H, W), (H, W, 3) or (H, W, 4, straight alpha) of any number type.

    ``bgr``: colours are in OpenCV's order. ``colours``: three channels are colours, not bands of a measurement.
    ``turned``: upright already. ``windows``: what the file itself asks for, empty for the package's rule.
    """

    array: NDArray[Any]
    bgr: bool = False
    colours: bool = True
    turned: bool = False
    windows: tuple[Window, ...] = ()


class Source:
    """An open file. ``facts`` are of the first page, whose size all pages that count have.

    Raises:
        UserError: not an image, an extra that is missing, a damaged header, or too many pixels.
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self._stream = stream
        stream.seek(0)
        start = stream.read(START_BYTES)
        kind = extras.kind_of(path, start)
        self._foreign: extras.Foreign | None = None
        self._image: Image.Image | None = None
        self._tiff: tiff.TiffPage | None = None
        if kind is not None:
            self._foreign = extras.open_foreign(kind, path)
            size = self._foreign.width, self._foreign.height
            too_many_pixels(path, *size)
            self.facts = ImageFacts(*size, *size, 1, "", kind.title)
        elif is_tiff(start):
            self._open_tiff()
        else:
            self._image, self.facts = read_header(stream, path)

    def _open_tiff(self) -> None:
        """Pillow knows colour spaces and odd depths, our own reader any number of bands and kinds of numbers."""
        try:
            self._image, self.facts = read_header(self._stream, self.path)
        except UserError:
            self._tiff = next(tiff.pages(self._stream), None)
            if self._tiff is None or not self._tiff.readable:
                raise
            self.facts = _facts_of(self._tiff)
            too_many_pixels(self.path, self.facts.width, self.facts.height)
            return
        page = self.first_tiff_page()
        if page is not None and page.readable and self._deeper_than_pillow(page):
            self._tiff = page

    def first_tiff_page(self) -> tiff.TiffPage | None:
        """The first page as our own reader sees it, None where it makes nothing of it."""
        try:
            return next(tiff.pages(self._stream), None)
        except DamagedError:
            return None

    def _deeper_than_pillow(self, page: tiff.TiffPage) -> bool:
        assert self._image is not None
        if page.compression == 7 or opencv_reads_tiff(self._image, self.facts, self._stream):
            return False
        return (
            page.dtype.itemsize > 1 or page.dtype.kind != "u" or page.bands > 4 or (page.bands == 2 and not page.alpha)
        )

    def extent(self) -> Extent:
        """Pages and bands there are to choose from."""
        if self._foreign is not None:
            return Extent(self._foreign.pages, 1)
        if self.facts.format == "TIFF":
            pages = self._pages()
            return Extent(max(1, len(pages)), _free_bands(pages[0][1]) if pages else 1)
        frames = getattr(self._image, "n_frames", 1) if self.facts.format in _FRAMED else 1
        return Extent(int(frames), 1)

    def _pages(self) -> list[tuple[int, tiff.TiffPage]]:
        """The pages that count, each with its number in the file."""
        try:
            everything = list(enumerate(tiff.pages(self._stream)))
        except DamagedError:
            return []
        return [(n, page) for n, page in everything if _size(page) == _size(everything[0][1])]

    def values(self, choice: Choice, reduction: int = 1) -> Values:
        """What the file holds for ``choice``; ``reduction`` (1, 2, 4, 8) may be taken up.

        Raises:
            UserError: there is no such page or band, or the file cannot be read.
            DamagedError, MemoryError, or whatever a decoder raises on bytes it does not understand.
        """
        if self._foreign is not None:
            self._check_page(choice.page, self._foreign.pages)
            array, windows = self._foreign.read(choice.page)
            return _chosen(Values(array, turned=True, windows=windows), choice, self.path)
        page, number = self._tiff, choice.page
        if choice.page and self.facts.format == "TIFF":
            pages = self._pages()
            self._check_page(choice.page, len(pages))
            number, other = pages[choice.page]
            page = other if other.readable and other.compression != 7 else None
        elif choice.page:
            self._check_page(choice.page, self.extent().pages)
        elif choice.bands and page is None and self.facts.format == "TIFF":
            first = self.first_tiff_page()
            page = first if first is not None and first.readable and first.compression != 7 else None
        if page is not None:
            return _by_own_reader(self._stream, page, choice, self.path)
        assert self._image is not None
        array, bgr = decode_file(self.path, self._stream, self._image, self.facts, reduction, number)
        return _chosen(Values(array, bgr, turned=self.facts.format == "TIFF"), choice, self.path)

    def _check_page(self, page: int, pages: int) -> None:
        if page >= pages:
            raise UserError(f"{self.path}: there is no page {page + 1}, only {pages}.", "Choose another page.")


def _size(page: tiff.TiffPage) -> tuple[int, int, int]:
    return page.width, page.height, page.orientation


def _free_bands(page: tiff.TiffPage) -> int:
    """The number of bands where they are more than a picture's grey or colours, else 1."""
    if page.photometric > 2 or page.bands == 1 or not page.readable:
        return 1
    ordinary = page.bands == 2 if page.photometric < 2 else page.bands == 4
    return 1 if (page.photometric == 2 and page.bands == 3) or (ordinary and page.alpha) else page.bands


def _facts_of(page: tiff.TiffPage) -> ImageFacts:
    raw = page.width, page.height
    size = raw[::-1] if page.orientation >= 5 else raw
    return ImageFacts(*size, *raw, page.orientation, "", "TIFF")


def _by_own_reader(stream: BinaryIO, page: tiff.TiffPage, choice: Choice, path: Path) -> Values:
    array = tiff.read_rows(stream, page, 0, page.height)
    from anylabel_plus.images.pixels import upright

    picked, colours = pick_bands(array, page, choice, path)
    return Values(upright(np.ascontiguousarray(picked), page.orientation), colours=colours, turned=True)


def pick_bands(array: NDArray[Any], page: tiff.TiffPage, choice: Choice, path: Path) -> tuple[NDArray[Any], bool]:
    """The bands chosen of (H, W, bands), or those shown by default, and whether they are colours.

    Raises:
        UserError: there is no such band.
    """
    if choice.bands:
        _check_bands(choice, page.bands, path)
        return (array[..., choice.bands[0]] if len(choice.bands) == 1 else array[..., list(choice.bands)]), False
    whole = array.dtype in (np.uint8, np.uint16)
    if page.photometric == 2 and page.bands >= 3:
        return array[..., : 4 if page.alpha and page.bands == 4 and whole else 3], True
    if page.alpha and page.bands == 2 and whole:
        return array[..., [0, 0, 0, 1]], True
    return (array[..., :3], False) if page.bands >= 3 else (array[..., 0], True)


def _chosen(values: Values, choice: Choice, path: Path) -> Values:
    """The bands chosen of a file whose values come as grey or colours."""
    if not choice.bands:
        return values
    array = values.array
    bands = 1 if array.ndim == 2 else min(3, array.shape[2])
    _check_bands(choice, bands, path)
    if bands == 1:
        return values
    order = [2 - band for band in choice.bands] if values.bgr else list(choice.bands)
    picked = array[..., order[0]] if len(order) == 1 else array[..., order]
    return Values(np.ascontiguousarray(picked), colours=values.colours, turned=values.turned)


def _check_bands(choice: Choice, bands: int, path: Path) -> None:
    if max(choice.bands) >= bands:
        raise UserError(f"{path}: there is no band {max(choice.bands) + 1}, only {bands}.", "Choose other bands.")


def damaged(path: Path, error: Exception) -> UserError:
    """The one sentence for what decoders raise on damaged bytes."""
    return UserError(f"{path}: the image is damaged ({reason(error)}).")
