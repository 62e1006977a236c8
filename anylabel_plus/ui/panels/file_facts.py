"""Thumbnails and label counts of the files in view, read in one thread, newest wish first."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QImage

from anylabel_plus.ui.panels.thumb_store import ThumbStore

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
    made: bool = False
    """A machine made the image: a composite."""
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
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, "started"
    if waiting:
        return len(shapes), "review"
    return len(shapes), "started" if checked is False and shapes else "done"


def made_by_machine(image: Path, label: Path) -> bool:
    """Whether the mark in an image file or its label file tells that it is a composite or the like."""
    from anylabel_plus.dataset.image_kinds import image_kind, is_made, kind_of_marker
    from anylabel_plus.images.marker import read_marker

    try:
        large = label.stat().st_size > LARGEST_LABEL_FILE
    except OSError:
        large = True
    return kind_of_marker(read_marker(image)) is not None if large else is_made(image_kind(image, label))


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
        if not images.reduces_quickly(path):
            return None
        pixels, _ = images.load_reduced(path, 2 * THUMB_W)
    except (UserError, MemoryError):
        return None
    height, width = pixels.shape[:2]
    picture = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    scaled = picture.scaled(THUMB_W, THUMB_H, mode, Qt.TransformationMode.SmoothTransformation)
    left, top = (scaled.width() - THUMB_W) // 2, (scaled.height() - THUMB_H) // 2
    return scaled.copy(left, top, THUMB_W, THUMB_H)


class _Shared:
    """What the reading thread and the panel share; no QObject, so that it outlives the window."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.wanted: list[ImageItem] = []
        self.kept: OrderedDict[str, FileFacts] = OrderedDict()
        self.closed = False
        self.round = 0

    def close(self) -> None:
        """End the thread after what it is reading now."""
        with self.lock:
            self.closed = True
            self.wanted.clear()
            self.lock.notify_all()

    def take(self) -> ImageItem | None:
        """The next item, waiting for one; None when it is over."""
        with self.lock:
            while not self.wanted and not self.closed:
                self.lock.wait()
            return None if self.closed else self.wanted.pop()

    def keep(self, path: str, thumb: QImage | None, broken: bool, label: Path) -> None:
        """Read the label file and keep what is known of the image now."""
        with self.lock:
            number = self.round
        count, state = label_facts(label)
        made = made_by_machine(Path(path), label)
        with self.lock:
            self.kept[path] = FileFacts(thumb, broken, count, state, made, number)
            self.kept.move_to_end(path)
            while len(self.kept) > KEEP:
                self.kept.popitem(last=False)


class FactsReader(QObject):
    """Reads facts of the wanted items; ``ready`` carries the image path as text, from the thread."""

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        shared = self._shared = _Shared()
        self._started = False
        self.destroyed.connect(lambda *_: shared.close())

    def get(self, path: str) -> FileFacts | None:
        """What is known of an image, or None."""
        with self._shared.lock:
            return self._shared.kept.get(path)

    def want(self, items: Sequence[ImageItem]) -> None:
        """Read these, first things first; earlier wishes that were not begun are dropped."""
        shared = self._shared
        with shared.lock:
            shared.wanted = [item for item in reversed(items) if not self._fresh(str(item.image))]
            shared.lock.notify_all()
        if shared.wanted and not self._started and not shared.closed:
            self._started = True
            threading.Thread(target=_work, args=(shared, self.ready), name="file-facts", daemon=True).start()

    def _fresh(self, path: str) -> bool:
        known = self._shared.kept.get(path)
        return known is not None and known.round == self._shared.round

    def look_again(self) -> None:
        """Label files may have been written: read them again when they are next wanted."""
        with self._shared.lock:
            self._shared.round += 1

    def refresh_labels(self, item: ImageItem) -> None:
        """Count again, but keep the thumb."""
        known = self.get(str(item.image))
        if known is not None:
            self._shared.keep(str(item.image), known.thumb, known.broken, item.label)
            self.ready.emit(str(item.image))

    def clear(self) -> None:
        """Another folder: forget everything."""
        with self._shared.lock:
            self._shared.wanted.clear()
            self._shared.kept.clear()

    def close(self) -> None:
        """End the thread after what it is reading now."""
        self._shared.close()


def kept_thumb(path: Path, store: ThumbStore) -> QImage | None:
    """The thumb from the cache on disk, else read from the image and put there."""
    thumb = store.get(path)
    if thumb is None:
        thumb = read_thumb(path)
        if thumb is not None:
            store.put(path, thumb)
    return thumb


def _work(shared: _Shared, ready: SignalInstance) -> None:
    store = ThumbStore()
    while (item := shared.take()) is not None:
        path = str(item.image)
        with shared.lock:
            known = shared.kept.get(path)
        thumb = known.thumb if known is not None else kept_thumb(item.image, store)
        shared.keep(path, thumb, thumb is None, item.label)
        try:
            ready.emit(path)
        except RuntimeError:  # the window is gone
            return
