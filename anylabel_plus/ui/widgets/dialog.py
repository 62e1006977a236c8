"""What all dialogs of the program have in common."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget

_KEYS = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride)


class Dialog(QDialog):
    """Hands the keyboard back to its window when it closes.

    Window managers do so too; where there is none (a bare X server, some kiosks and remote desktops),
    keys would go nowhere until the next click.
    """

    deaf_ms = 0
    """How long keys do nothing after it came up: for one that comes unasked, while somebody types."""
    _deaf = False

    def setVisible(self, visible: bool) -> None:
        """Show or hide; every way of closing comes through here."""
        had_keyboard = self.isActiveWindow()
        super().setVisible(visible)
        application = QApplication.instance()
        if visible and self.deaf_ms and application is not None:
            self._deaf = True
            application.installEventFilter(self)
            QTimer.singleShot(self.deaf_ms, self, self._listen)
        parent = self.parentWidget()
        if had_keyboard and not visible and parent is not None and parent.window().isVisible():
            parent.window().activateWindow()

    def _listen(self) -> None:
        self._deaf = False
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Swallow keys meant for what was in front before."""
        if not self._deaf:
            return super().eventFilter(watched, event)
        return event.type() in _KEYS and isinstance(watched, QWidget) and watched.window() is self
