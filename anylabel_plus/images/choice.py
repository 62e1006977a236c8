"""Which part of a file with several pages or bands is looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """A page (0 is the first) and the bands shown.

    ``bands`` are none for the file's own colours, one for a grey picture of it, or three that are shown
    as red, green and blue; all counted from 0.
    """

    page: int = 0
    bands: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.page < 0 or len(self.bands) not in (0, 1, 3) or any(band < 0 for band in self.bands):
            raise ValueError(f"a choice is a page and none, one or three bands, not {self.page} and {self.bands}")


FIRST = Choice()
"""The first page in its own colours: what is meant where nothing is said."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to choose from.

    ``pages`` counts the pages or frames as large as the first one: the thumbnails and smaller copies
    that a TIFF may hold beside its picture are none. ``bands`` counts the values of a pixel.
    """

    pages: int = 1
    bands: int = 3
