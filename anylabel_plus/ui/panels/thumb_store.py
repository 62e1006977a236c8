"""Thumbnails on disk, in the user's cache: bounded, and made again when their image changes."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from anylabel_plus import files, paths

MOST = 20_000
"""Thumbnails kept, about 3 kB each; the oldest go first."""
_QUALITY = 88


class ThumbStore:
    """Used by one thread. Nothing here fails: without a cache each thumbnail is made from its image."""

    def __init__(self, most: int = MOST) -> None:
        self._folder = paths.user_cache("thumbs")
        self._most = most
        self._pruned = False

    def get(self, image: Path) -> QImage | None:
        """The thumbnail of an image as it is now, None when there is none."""
        place = self._place(image)
        thumb = QImage()
        if place is None or not place.exists():
            return None
        return thumb if thumb.load(str(place)) else None

    def put(self, image: Path, thumb: QImage) -> None:
        """Keep a thumbnail; the first one of a run also clears away what is too much."""
        place = self._place(image)
        if place is None:
            return
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if not thumb.save(buffer, "JPG", _QUALITY):  # type: ignore[call-overload]  # the stub says bytes
            return
        with contextlib.suppress(OSError):  # a full disk: made again the next time
            place.parent.mkdir(parents=True, exist_ok=True)
            files.write_atomic(place, bytes(buffer.data().data()), durable=False)
        if not self._pruned:
            self._pruned = True
            self.prune()

    def prune(self) -> None:
        """Delete the oldest until four fifths of what is allowed are left, if there are too many."""
        found: list[tuple[float, str]] = []
        with contextlib.suppress(OSError):
            for folder in self._folder.iterdir():
                with os.scandir(folder) as entries:
                    found += [(entry.stat().st_mtime, entry.path) for entry in entries]
        if len(found) <= self._most:
            return
        found.sort()
        for _, path in found[: len(found) - self._most * 4 // 5]:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def _place(self, image: Path) -> Path | None:
        """By path, time and size, so that another picture under the name has another thumbnail."""
        try:
            status = image.stat()
        except OSError:
            return None
        text = f"{image}\0{status.st_mtime_ns}\0{status.st_size}"
        name = hashlib.blake2b(os.fsencode(text), digest_size=16).hexdigest()
        return self._folder / name[:2] / f"{name}.jpg"
