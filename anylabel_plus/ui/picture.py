"""The pixels of the image shown: full resolution, ever smaller levels, and the threads that load them."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from anylabel_plus.core.errors import UserError

Pixels = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, C-contiguous."""

PREVIEW_FROM_PX = 12_000_000
"""Images with more pixels than this are shown from a reduced decode first."""
PREVIEW_FORMATS = frozenset(("JPEG",))
"""Formats that decode to a reduced size in a fraction of the time."""
PREVIEW_SIDE_PX = 2048
SMALLEST_LEVEL_PX = 512
STRIP_ROWS = 512
KEEP_BYTES = 256 << 20
KEEP_PIXELS = 24_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One resolution of a picture; image x = level x * ``fx``, image y = level y * ``fy``."""

    pixels: Pixels
    fx: float = 1.0
    fy: float = 1.0


class Picture:
    """One upright image. ``width`` and ``height`` are always those of the full image in pixels.

    ``levels`` are its resolutions, largest first. All are RGB: three bytes for a pixel instead of
    four keep 100 megapixels small, and only what is drawn is ever converted.
    """

    def __init__(self, width: int, height: int, levels: Sequence[Level], *, complete: bool = True) -> None:
        self.width, self.height = width, height
        self.levels = tuple(levels)
        self.complete = complete
        """False while only a preview is there."""

    @property
    def level0(self) -> Pixels | None:
        """The full image (H, W, 3) RGB, None while only a preview is there."""
        return self.levels[0].pixels if self.complete else None

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        return sum(level.pixels.nbytes for level in self.levels)

    def level_for(self, scale: float) -> Level:
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
        level = self.level_for(scale).pixels
        small = cv2.resize(level, size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.uint8)


def build_picture(pixels: Pixels) -> Picture:
    """A complete picture of ``pixels`` (H, W, 3) RGB, with its levels."""
    height, width = pixels.shape[:2]
    levels = [Level(pixels)]
    while max(levels[-1].pixels.shape[:2]) > SMALLEST_LEVEL_PX:
        factor = levels[-1].fx * 2
        levels.append(Level(_halved(levels[-1].pixels), factor, factor))
    return Picture(width, height, levels)


def build_preview(pixels: Pixels, width: int, height: int) -> Picture:
    """A preview from a reduced decode ``pixels`` (h, w, 3) of an image of ``width`` by ``height``."""
    rows, columns = pixels.shape[:2]
    return Picture(width, height, [Level(pixels, width / columns, height / rows)], complete=False)


def _halved(source: Pixels) -> Pixels:
    """Half the size, rounded up; in strips, so that copies stay small.

    An odd last row or column is averaged with itself, which keeps the factor at exactly two.
    """
    import cv2

    height, width = source.shape[:2]
    out_w, out_h = (width + 1) // 2, (height + 1) // 2
    result = np.empty((out_h, out_w, 3), np.uint8)
    for top in range(0, out_h, STRIP_ROWS):
        rows = min(STRIP_ROWS, out_h - top)
        strip = source[2 * top : 2 * (top + rows)]
        if strip.shape[0] % 2 or width % 2:
            strip = cv2.copyMakeBorder(strip, 0, strip.shape[0] % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        cv2.resize(strip, (out_w, rows), dst=result[top : top + rows], interpolation=cv2.INTER_AREA)
    return result


class PictureLoader(QObject):
    """Loads pictures in two threads: one for the picture wanted now, one for those likely next.

    ``loaded`` carries the path and a ``Picture``; for big files first a preview, then the complete
    one. Only the newest ``load`` is answered. ``failed`` carries the path and a text for the user.
    """

    loaded = Signal(object, object)
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Condition()
        self._wanted: Path | None = None
        self._queue: list[tuple[int, int, Path]] = []
        self._order = itertools.count()
        self._kept: OrderedDict[Path, tuple[tuple[int, int], Picture]] = OrderedDict()
        self._loading: set[Path] = set()
        self._closed = False
        self._threads: list[threading.Thread] = []

    def load(self, path: Path) -> None:
        """Load ``path`` now; a request not yet answered is dropped."""
        with self._lock:
            self._start()
            self._wanted = path
            self._queue = [entry for entry in self._queue if entry[0] > 0]
            heapq.heapify(self._queue)
            heapq.heappush(self._queue, (0, next(self._order), path))
            self._lock.notify_all()

    def prefetch(self, paths: Sequence[Path]) -> None:
        """Load ``paths`` when nothing else is to do, the likeliest first; earlier wishes are dropped."""
        with self._lock:
            self._start()
            self._queue = [entry for entry in self._queue if entry[0] == 0]
            heapq.heapify(self._queue)
            for path in paths:
                heapq.heappush(self._queue, (1, next(self._order), path))
            self._lock.notify_all()

    def close(self) -> None:
        """End the threads after what they are reading now; nothing is emitted afterwards."""
        with self._lock:
            self._closed, self._wanted = True, None
            self._queue.clear()
            self._kept.clear()
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)

    # In the threads --------------------------------------------------------------------------

    def _start(self) -> None:
        if self._threads or self._closed:
            return
        for urgency in (0, 1):
            thread = threading.Thread(target=self._work, args=(urgency,), name=f"pictures-{urgency}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def _take(self, urgency: int) -> Path | None:
        """The next path for this thread; the prefetching one never takes urgent work."""
        with self._lock:
            while not self._closed:
                for n, entry in enumerate(self._queue):
                    if entry[0] == urgency and (urgency == 0 or not self._busy()):
                        del self._queue[n]
                        heapq.heapify(self._queue)
                        self._loading.add(entry[2])
                        return entry[2]
                self._lock.wait()
            return None

    def _busy(self) -> bool:
        return self._wanted is not None or any(entry[0] == 0 for entry in self._queue)

    def _work(self, urgency: int) -> None:
        while (path := self._take(urgency)) is not None:
            try:
                self._show(path) if urgency == 0 else self._keep(path)
            finally:
                with self._lock:
                    self._loading.discard(path)
                    # The same path may be wanted again since its answer: then it still waits in the queue.
                    if urgency == 0 and not any(entry[0] == 0 for entry in self._queue):
                        self._wanted = None
                    self._lock.notify_all()

    def _show(self, path: Path) -> None:
        stamp = _stamp(path)
        try:
            picture = self._kept_picture(path) or self._read(path, preview=True)
        except UserError as error:
            self._emit_failed(path, str(error))
            return
        except MemoryError:
            self._emit_failed(path, f"{path}: there is not enough memory for this image.")
            return
        except Exception as error:
            # The reader must answer: an unanswered request would leave the window waiting for ever.
            self._emit_failed(path, f"{path}: this image cannot be shown ({error}).")
            raise
        if picture is not None and self._is_wanted(path):
            self._remember(path, stamp, picture)
            self.loaded.emit(path, picture)

    def _keep(self, path: Path) -> None:
        """Prefetch: errors wait until somebody wants to see the image."""
        stamp = _stamp(path)
        try:
            if self._kept_picture(path) is None:
                from anylabel_plus import images

                facts = images.probe(path)
                if facts.width * facts.height <= KEEP_PIXELS:
                    picture = self._read(path, preview=False)
                    if picture is not None:
                        self._remember(path, stamp, picture)
        except (UserError, MemoryError):
            return

    def _read(self, path: Path, *, preview: bool) -> Picture | None:
        from anylabel_plus import images

        if preview:
            facts = images.probe(path)
            if facts.width * facts.height > PREVIEW_FROM_PX and facts.format in PREVIEW_FORMATS:
                pixels, facts = images.load_reduced(path, PREVIEW_SIDE_PX)
                if not self._is_wanted(path):
                    return None
                self.loaded.emit(path, build_preview(pixels, facts.width, facts.height))
                del pixels
        return build_picture(images.load(path))

    def _is_wanted(self, path: Path) -> bool:
        with self._lock:
            return self._wanted == path and not self._closed

    def _emit_failed(self, path: Path, text: str) -> None:
        if self._is_wanted(path):
            self.failed.emit(path, text)

    # The pictures kept -----------------------------------------------------------------------

    def _kept_picture(self, path: Path) -> Picture | None:
        stamp = _stamp(path)
        with self._lock:
            entry = self._kept.get(path)
            if entry is None or entry[0] != stamp:
                return None
            self._kept.move_to_end(path)
            return entry[1]

    def _remember(self, path: Path, stamp: tuple[int, int] | None, picture: Picture) -> None:
        """``stamp`` is from before reading: a file that was written meanwhile is read again."""
        if picture.width * picture.height > KEEP_PIXELS:
            return
        with self._lock:
            if self._closed or stamp is None:
                return
            self._kept[path] = (stamp, picture)
            self._kept.move_to_end(path)
            while len(self._kept) > 1 and sum(kept.size_bytes for _, kept in self._kept.values()) > KEEP_BYTES:
                self._kept.popitem(last=False)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size
