"""Work that goes on for minutes, wherever the user is in the window: the status bar shows it, closing asks."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class LongWork(QObject):
    """``text`` says what runs and how far it is; empty while nothing does. ``changed``: it says something else."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""

    def show(self, text: str) -> None:
        """Say what runs; an empty text ends it."""
        if text != self.text:
            self.text = text
            self.changed.emit()
