"""The threads that load pictures: one for the picture wanted now, one for those likely next."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.images.choice import FIRST, Choice
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.picture import Picture
from anylabel_plus.ui.picture_reading import Box, Reading, read_whole
from anylabel_plus.ui.said import said

KEEP_BYTES = 256 << 20
KEEP_PIXELS = 24_000_000
Wish = tuple[Path, Choice]


class PictureLoader(QObject):
    """Loads pictures in two threads: one for the picture wanted now, one for those likely next.

    ``loaded`` carries the path and a ``Picture``; for big files first a preview, then the complete
    one. Only the newest ``load`` is answered. ``failed`` carries the path and a text for the user.
    ``part_ready`` carries a huge picture and the box (xyxy image pixels) of it that was read.
    """

    loaded = Signal(object, object)
    failed = Signal(object, str)
    part_ready = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Condition()
        self._wanted: Wish | None = None
        self._queue: list[tuple[int, int, Wish]] = []
        self._order = itertools.count()
        self._kept: OrderedDict[Wish, tuple[tuple[int, int], Picture]] = OrderedDict()
        self._closed = False
        self._threads: list[threading.Thread] = []

    def load(self, path: Path, choice: Choice = FIRST) -> None:
        """Load ``path`` now; a request not yet answered is dropped."""
        with self._lock:
            self._start()
            self._wanted = path, choice
            self._queue = [entry for entry in self._queue if entry[0] > 0]
            heapq.heapify(self._queue)
            heapq.heappush(self._queue, (0, next(self._order), (path, choice)))
            self._lock.notify_all()

    def prefetch(self, paths: Sequence[Path]) -> None:
        """Load ``paths`` when nothing else is to do, the likeliest first; earlier requests are dropped."""
        with self._lock:
            self._start()
            self._queue = [entry for entry in self._queue if entry[0] == 0]
            heapq.heapify(self._queue)
            for path in paths:
                heapq.heappush(self._queue, (1, next(self._order), (path, FIRST)))
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

    def _take(self, urgency: int) -> Wish | None:
        """The next wish for this thread; the prefetching one never takes urgent work."""
        with self._lock:
            while not self._closed:
                for n, entry in enumerate(self._queue):
                    if entry[0] == urgency and (urgency == 0 or not self._busy()):
                        del self._queue[n]
                        heapq.heapify(self._queue)
                        return entry[2]
                self._lock.wait()
            return None

    def _busy(self) -> bool:
        return self._wanted is not None or any(entry[0] == 0 for entry in self._queue)

    def _work(self, urgency: int) -> None:
        while (wish := self._take(urgency)) is not None:
            try:
                self._show(wish) if urgency == 0 else self._keep(wish)
            finally:
                with self._lock:
                    # The same wish may be there again since its answer: then it still waits in the queue.
                    if urgency == 0 and not any(entry[0] == 0 for entry in self._queue):
                        self._wanted = None
                    self._lock.notify_all()

    def _show(self, wish: Wish) -> None:
        path = wish[0]
        stamp = _stamp(path)
        try:
            picture = self._kept_picture(wish) or self._read(wish)
        except Cancelled:
            return
        except UserError as error:
            self._emit_failed(wish, said(error))
            return
        except MemoryError:
            self._emit_failed(wish, tr("{file}: there is not enough memory for this image.", file=path))
            return
        except Exception as error:
            # The reader must answer: an unanswered request would leave the window waiting for ever.
            self._emit_failed(wish, tr("{file}: this image cannot be shown ({reason}).", file=path, reason=error))
            raise
        if picture is not None and self._is_wanted(wish):
            self._remember(wish, stamp, picture)
            self.loaded.emit(path, picture)

    def _keep(self, wish: Wish) -> None:
        """Prefetch: errors wait until somebody wants to see the image."""
        stamp = _stamp(wish[0])
        try:
            if self._kept_picture(wish) is None:
                from anylabel_plus import images

                facts = images.probe(wish[0])
                if facts.width * facts.height <= KEEP_PIXELS:
                    self._remember(wish, stamp, read_whole(*wish))
        except (UserError, MemoryError):
            return

    def _read(self, wish: Wish) -> Picture | None:
        def show(preview: Picture) -> None:
            if self._is_wanted(wish):
                self.loaded.emit(wish[0], preview)

        return Reading(*wish, lambda: self._is_wanted(wish), show, self._part_ready).read()

    def _part_ready(self, picture: Picture, box: Box) -> None:
        if not self._closed:
            self.part_ready.emit(picture, box)

    def _is_wanted(self, wish: Wish) -> bool:
        with self._lock:
            return self._wanted == wish and not self._closed

    def _emit_failed(self, wish: Wish, text: str) -> None:
        if self._is_wanted(wish):
            self.failed.emit(wish[0], text)

    # The pictures kept -----------------------------------------------------------------------

    def _kept_picture(self, wish: Wish) -> Picture | None:
        stamp = _stamp(wish[0])
        with self._lock:
            entry = self._kept.get(wish)
            if entry is None or entry[0] != stamp:
                return None
            self._kept.move_to_end(wish)
            return entry[1]

    def _remember(self, wish: Wish, stamp: tuple[int, int] | None, picture: Picture) -> None:
        """``stamp`` is from before reading: a file that was written meanwhile is read again."""
        if picture.width * picture.height > KEEP_PIXELS:
            return
        with self._lock:
            if self._closed or stamp is None:
                return
            self._kept[wish] = (stamp, picture)
            self._kept.move_to_end(wish)
            while len(self._kept) > 1 and sum(kept.size_bytes for _, kept in self._kept.values()) > KEEP_BYTES:
                self._kept.popitem(last=False)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size
