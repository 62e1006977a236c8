"""Garbage collection in the GUI thread only.

Python collects in whichever thread happens to allocate. A window, dialog or model that is part of a cycle would then be
destroyed in a thread that only reads label files, and Qt does not survive that.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 500
YOUNG = 5_000
"""From so many new objects on the young ones are looked through, in a millisecond or two."""
OLD_EVERY = 120
"""Every so many looks, one through everything that is not frozen."""


class Collector(QObject):
    """Takes the collection over from Python, for as long as it exists."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(EVERY_MS)

    def look(self) -> None:
        """Collect what there is to collect."""
        self._looks += 1
        if self._looks % OLD_EVERY == 0:
            gc.collect()
        elif gc.get_count()[0] > YOUNG:
            gc.collect(1)
