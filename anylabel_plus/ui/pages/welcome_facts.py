"""What the welcome page shows and only the disk knows, read in threads that know no widget."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QImage

from anylabel_plus.rivals import rc_file
from anylabel_plus.ui.pages.recent import FolderFacts, look_at, read_picture

SAMPLE_SIZE = (400, 240)


class WelcomeFacts:
    """The queues are emptied by the page; ``stopped`` is set when it is gone.

    ``samples``: number of a sample and its picture. ``folders``: number of a recent folder and what is in it, None
    for one that cannot be reached. ``rc_files``: configuration files of other programs in ``home``.
    """

    def __init__(self, pictures: Sequence[Path], folders: Sequence[Path], labels_dir: Path | None, home: Path) -> None:
        self.samples: deque[tuple[int, QImage]] = deque()
        self.folders: deque[tuple[int, FolderFacts | None]] = deque()
        self.rc_files: deque[Path] = deque()
        self.stopped = threading.Event()
        self._pictures, self._folders, self._labels_dir, self._home = pictures, folders, labels_dir, home
        self._threads = [
            threading.Thread(target=task, name="welcome", daemon=True) for task in (self._read_samples, self._look)
        ]

    def start(self) -> None:
        """Begin to read."""
        for thread in self._threads:
            thread.start()

    @property
    def reading(self) -> bool:
        """True until everything has been read."""
        return any(thread.is_alive() for thread in self._threads)

    def _read_samples(self) -> None:
        self.rc_files.extend(rc_file.find(self._home))
        for number, path in enumerate(self._pictures):
            if self.stopped.is_set():
                return
            picture = read_picture(path, SAMPLE_SIZE)
            if picture is not None:
                self.samples.append((number, picture))

    def _look(self) -> None:
        for number, folder in enumerate(self._folders):
            if self.stopped.is_set():
                return
            self.folders.append((number, look_at(folder, self._labels_dir, self.stopped.is_set)))
