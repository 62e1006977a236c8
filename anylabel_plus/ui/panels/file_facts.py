"""Thumbnails and label counts of the files in view, read in one thread, newest wish first."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from anylabel_plus.dataset.scan import ImageItem

THUMB_W, THUMB_H = 72, 52
"""Twice the size of a row's thumb, for dense screens."""
KEEP = 600
"""Entries kept; about 15 kB each."""
LARGEST_LABEL_FILE = 1 << 20
"""Bytes; larger label files are not opened for a count."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a row shows of a file. ``state`` is untouched, started, done or review; "" when not known."""

    thumb: QImage | None = None
    broken: bool = False
    count: int | None = None
    state: str = ""
    round: int = 0
    """When the label file was read: before or after the last call of ``look_again``."""


def label_facts(path: Path) -> tuple[int | None, str]:
    """Number of shapes and state of a label file; a file too large for a look is simply "done"."""
    try:
        if path.stat().st_size > LARGEST_LABEL_FILE:
            return None, "done"
        data = json.loads(path.read_bytes())
        shapes = data["shapes"]
        checked = data.get("checked")
        waiting = any(_to_review(shape) for shape in shapes)
    except FileNotFoundError:
        return None, "untouched"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, "started"
    if waiting:
        return len(shapes), "review"
    return len(shapes), "started" if checked is False and shapes else "done"


def _to_review(shape: dict[str, Any]) -> bool:
    origin = shape.get("provenance")
    if not isinstance(origin, dict) or origin.get("source") != "model":
        return False
    return not origin.get("reviewed") and not origin.get("edited")


def read_thumb(path: Path) -> QImage | None:
    """The middle of the image at thumb size; None when the file cannot be read."""
    from anylabel_plus import images
    from anylabel_plus.core.errors import UserError

    try:
        pixels, _ = images.load_reduced(path, 2 * THUMB_W)
    except (UserError, MemoryError):
        return None
    height, width = pixels.shape[:2]
    picture = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    scaled = picture.scaled(THUMB_W, THUMB_H, mode, Qt.TransformationMode.SmoothTransformation)
    left, top = (scaled.width() - THUMB_W) // 2, (scaled.height() - THUMB_H) // 2
    return scaled.copy(left, top, THUMB_W, THUMB_H)


class FactsReader(QObject):
    """Reads facts of the wanted items; ``ready`` carries the image path as text, from the thread."""

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Condition()
        self._wanted: list[ImageItem] = []
        self._kept: OrderedDict[str, FileFacts] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._round = 0
        self.destroyed.connect(self.close)

    def get(self, path: str) -> FileFacts | None:
        """What is known of an image, or None."""
        with self._lock:
            return self._kept.get(path)

    def want(self, items: Sequence[ImageItem]) -> None:
        """Read these, first things first; earlier wishes that were not begun are dropped."""
        with self._lock:
            self._wanted = [item for item in reversed(items) if not self._fresh(str(item.image))]
            if self._wanted and self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="file-facts", daemon=True)
                self._thread.start()
            self._lock.notify_all()

    def _fresh(self, path: str) -> bool:
        known = self._kept.get(path)
        return known is not None and known.round == self._round

    def look_again(self) -> None:
        """Label files may have been written: read them again when they are next wanted."""
        with self._lock:
            self._round += 1

    def refresh_labels(self, item: ImageItem) -> None:
        """Count again, but keep the thumb."""
        with self._lock:
            known = self._kept.get(str(item.image))
        if known is not None:
            self._keep(str(item.image), known.thumb, known.broken, item.label)
            self.ready.emit(str(item.image))

    def clear(self) -> None:
        """Another folder: forget everything."""
        with self._lock:
            self._wanted.clear()
            self._kept.clear()

    def close(self) -> None:
        """End the thread after what it is reading now."""
        with self._lock:
            self._closed = True
            self._wanted.clear()
            self._lock.notify_all()

    def _work(self) -> None:
        while True:
            with self._lock:
                while not self._wanted and not self._closed:
                    self._lock.wait()
                if self._closed:
                    return
                item = self._wanted.pop()
                known = self._kept.get(str(item.image))
            thumb = known.thumb if known is not None else read_thumb(item.image)
            self._keep(str(item.image), thumb, thumb is None, item.label)
            try:
                self.ready.emit(str(item.image))
            except RuntimeError:  # the window is gone
                return

    def _keep(self, path: str, thumb: QImage | None, broken: bool, label: Path) -> None:
        with self._lock:
            number = self._round
        count, state = label_facts(label)
        with self._lock:
            self._kept[path] = FileFacts(thumb, broken, count, state, number)
            self._kept.move_to_end(path)
            while len(self._kept) > KEEP:
                self._kept.popitem(last=False)
