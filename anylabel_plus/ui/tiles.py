"""Levels of a huge picture that are read in tiles: what is there is shown at once, the rest follows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anylabel_plus.core.errors import UserError
from anylabel_plus.images.pyramid import Pyramid
from anylabel_plus.ui.picture import Level, Picture, Pixels

TILE_PX = 512
KEEP_BYTES = 192 << 20
MOST_WAITING = 512
LEVEL_IN_MEMORY_PX = 2048
_TELL_EVERY = 8

Key = tuple[int, int, int]
"""Level, column and row of a tile."""
Box = tuple[float, float, float, float]


class Tiles:
    """The tiles in memory, the least recently used of which go first, and the thread that reads those asked for.

    ``on_ready`` is called by that thread with the box (image pixels) of tiles that have come. The tile asked for
    last is read first: it is what is on the screen now.
    """

    def __init__(self, pyramid: Pyramid, on_ready: Callable[[Box], None]) -> None:
        self.pyramid = pyramid
        self._on_ready = on_ready
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Pixels] = OrderedDict()
        self._waiting: OrderedDict[Key, None] = OrderedDict()
        self._bytes = 0
        self._thread: threading.Thread | None = None
        self.closed = False

    def get(self, key: Key) -> Pixels | None:
        """The tile, None when it is not in memory; then it is read."""
        with self._lock:
            tile = self._kept.get(key)
            if tile is not None:
                self._kept.move_to_end(key)
                return tile
            if self.closed:
                return None
            self._waiting[key] = None
            self._waiting.move_to_end(key)
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="tiles", daemon=True)
                self._thread.start()
        return None

    def close(self) -> None:
        """Read no more; waits for the tile being read."""
        with self._lock:
            self.closed = True
            self._waiting.clear()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=5)

    def box(self, key: Key) -> tuple[int, int, int, int]:
        """Where a tile lies, in pixels of its level."""
        level, column, row = key
        width, height = self.pyramid.sizes[level]
        x, y = column * TILE_PX, row * TILE_PX
        return x, y, min(x + TILE_PX, width), min(y + TILE_PX, height)

    def _work(self) -> None:
        """Until nothing is asked for any more."""
        come: list[Key] = []
        while (key := self._next()) is not None:
            try:
                tile = self.pyramid.read(key[0], self.box(key))
            except UserError:
                self._give_up()  # the cache was emptied under us: what is coarse stays
                break
            self._keep(key, tile)
            come.append(key)
            if len(come) >= _TELL_EVERY or not self._waiting:
                self._tell(come)
                come = []
        self._tell(come)

    def _next(self) -> Key | None:
        with self._lock:
            if self._waiting and not self.closed:
                return self._waiting.popitem(last=True)[0]
            self._thread = None
            return None

    def _give_up(self) -> None:
        with self._lock:
            self._thread, self.closed = None, True
            self._waiting.clear()

    def _keep(self, key: Key, tile: Pixels) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = tile
                self._bytes += tile.nbytes
            while self._bytes > KEEP_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes

    def _tell(self, keys: list[Key]) -> None:
        if not keys or self.closed:
            return
        boxes = []
        for key in keys:
            factor = 2 ** key[0]
            boxes.append(tuple(edge * factor for edge in self.box(key)))
        lows, highs = np.min(boxes, axis=0), np.max(boxes, axis=0)
        self._on_ready((float(lows[0]), float(lows[1]), float(highs[2]), float(highs[3])))


@dataclass(frozen=True, slots=True, eq=False)
class TiledLevel:
    """A level that is on disk; what is not in memory yet is shown from ``coarse``. See ``picture.AnyLevel``."""

    number: int
    width: int
    height: int
    fx: float
    fy: float
    tiles: Tiles
    coarse: Level

    def crop(self, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        """Never waits for the disk."""
        result = np.empty((y1 - y0, x1 - x0, 3), np.uint8)
        for row in range(y0 // TILE_PX, -(-y1 // TILE_PX)):
            for column in range(x0 // TILE_PX, -(-x1 // TILE_PX)):
                key = self.number, column, row
                left, top, right, bottom = self.tiles.box(key)
                ax, ay, bx, by = max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
                tile = self.tiles.get(key)
                part = (
                    self._coarse(ax, ay, bx, by) if tile is None else tile[ay - top : by - top, ax - left : bx - left]
                )
                result[ay - y0 : by - y0, ax - x0 : bx - x0] = part
        return result

    def _coarse(self, x0: int, y0: int, x1: int, y1: int) -> Pixels:
        import cv2

        kx, ky = self.fx / self.coarse.fx, self.fy / self.coarse.fy
        cx, cy = max(0, int(x0 * kx) - 1), max(0, int(y0 * ky) - 1)
        source = self.coarse.crop(cx, cy, int(x1 * kx) + 2, int(y1 * ky) + 2)
        back = np.array([[kx, 0.0, (x0 + 0.5) * kx - 0.5 - cx], [0.0, ky, (y0 + 0.5) * ky - 0.5 - cy]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(source, back, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
        )


def tiled_picture(pyramid: Pyramid, on_ready: Callable[[Box], None]) -> Picture:
    """The picture of ``pyramid``; its small levels are read now. Raises UserError when they cannot be."""
    width, height = pyramid.width, pyramid.height
    small = [n for n, size in enumerate(pyramid.sizes) if max(size) <= LEVEL_IN_MEMORY_PX]
    factors = [(width / size[0], height / size[1]) for size in pyramid.sizes]
    levels = [Level(pyramid.read(n, (0, 0, *pyramid.sizes[n])), *factors[n]) for n in small]
    tiles = Tiles(pyramid, on_ready)
    large = [TiledLevel(n, *pyramid.sizes[n], *factors[n], tiles, levels[0]) for n in range(small[0])]
    return Picture(width, height, [*large, *levels])
