"""The pixels of the image shown: full resolution and ever smaller levels, in memory or read in tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.images.choice import FIRST, Choice, Extent
from anylabel_plus.images.depth import Window

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, C-contiguous."""

SMALLEST_LEVEL_PX = 512


class AnyLevel(Protocol):
    """One resolution of a picture; image x = level x * ``fx``, image y = level y * ``fy``."""

    @property
    def fx(self) -> float: ...
    @property
    def fy(self) -> float: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    def crop(self, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        """The part inside whole level pixels, which lies in the level: RGB, not to be written to."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A resolution that is in memory."""

    pixels: Pixels
    fx: float = 1.0
    fy: float = 1.0

    @property
    def width(self) -> int:
        """In level pixels."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """In level pixels."""
        return self.pixels.shape[0]

    def crop(self, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        """See ``AnyLevel``; a view."""
        return self.pixels[y0:y1, x0:x1]


@dataclass(frozen=True, slots=True, eq=False)
class Depth:
    """What lies behind a picture's 8 bits: the file's own values (H, W[, bands]), seen through ``windows``."""

    values: NDArray[np.generic]
    windows: tuple[Window, ...]


class Picture:
    """One upright image. ``width`` and ``height`` are always those of the full image in pixels.

    ``levels`` are its resolutions, largest first. All are RGB: three bytes for a pixel instead of
    four keep 100 megapixels small, and only what is drawn is ever converted.
    """

    def __init__(self, width: int, height: int, levels: Sequence[AnyLevel], *, complete: bool = True) -> None:
        self.width, self.height = width, height
        self.levels = tuple(levels)
        self.complete = complete
        """False while only a preview is there."""
        self.depth: Depth | None = None
        """None for 8-bit images, and for those too large to keep their values in memory."""
        self.choice: Choice = FIRST
        self.extent = Extent()

    @property
    def level0(self) -> Pixels | None:
        """The full image (H, W, 3) RGB, None while only a preview is there, and when it is read in tiles."""
        first = self.levels[0]
        return first.pixels if self.complete and isinstance(first, Level) else None

    @property
    def huge(self) -> bool:
        """True when the full image is not in memory but read in tiles."""
        return self.complete and not isinstance(self.levels[0], Level)

    @property
    def size_bytes(self) -> int:
        """Memory held, tiles left out."""
        deep = self.depth.values.nbytes if self.depth is not None else 0
        return deep + sum(level.pixels.nbytes for level in self.levels if isinstance(level, Level))

    def level_for(self, scale: float) -> AnyLevel:
        """The smallest level that has at least the detail needed at ``scale`` (1 = full size)."""
        best = self.levels[0]
        for level in self.levels[1:]:
            if level.fx * scale <= 1.001:
                best = level
        return best

    def thumbnail(self, max_side: int) -> Pixels:
        """A small RGB copy (h, w, 3) whose longer side is at most ``max_side`` pixels."""
        import cv2

        scale = min(1.0, max_side / max(self.width, self.height))
        size = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        level = self.level_for(scale)
        small = cv2.resize(level.crop(0, 0, level.width, level.height), size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.uint8)

    def values_at(self, x: int, y: int) -> tuple[float, ...]:
        """The file's own values of a pixel, one for each band shown; empty where they are not at hand."""
        if not (self.complete and 0 <= x < self.width and 0 <= y < self.height):
            return ()
        if self.depth is not None:
            return tuple(np.atleast_1d(self.depth.values[y, x]).tolist())
        return tuple(self.levels[0].crop(x, y, x + 1, y + 1).reshape(-1).tolist())

    def through(self, windows: tuple[Window, ...]) -> Picture:
        """This picture with its deep values seen through other windows. Takes as long as loading: for a thread.

        Raises:
            ValueError: it has no deep values, or not as many bands as windows.
        """
        from anylabel_plus.images.pixels import to_rgb

        if self.depth is None or len(windows) != len(self.depth.windows):
            raise ValueError("windows need deep values, one window for each band")
        other = build_picture(to_rgb(self.depth.values.copy(), windows=windows))
        other.depth = Depth(self.depth.values, windows)
        other.choice, other.extent = self.choice, self.extent
        return other


def build_picture(pixels: Pixels) -> Picture:
    """A complete picture of ``pixels`` (H, W, 3) RGB, with its levels."""
    from anylabel_plus.images.pixels import halved

    height, width = pixels.shape[:2]
    levels = [Level(pixels)]
    while max(levels[-1].pixels.shape[:2]) > SMALLEST_LEVEL_PX:
        factor = levels[-1].fx * 2
        levels.append(Level(halved(levels[-1].pixels), factor, factor))
    return Picture(width, height, levels)


def build_preview(pixels: Pixels, width: int, height: int) -> Picture:
    """A preview from a reduced decode ``pixels`` (h, w, 3) of an image of ``width`` by ``height``."""
    rows, columns = pixels.shape[:2]
    return Picture(width, height, [Level(pixels, width / columns, height / rows)], complete=False)
