"""What all dialogs of the program have in common."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog


class Dialog(QDialog):
    """Hands the keyboard back to its window when it closes.

    Window managers do so too; where there is none (a bare X server, some kiosks and remote desktops),
    keys would go nowhere until the next click.
    """

    def setVisible(self, visible: bool) -> None:
        """Show or hide; every way of closing comes through here."""
        had_keyboard = self.isActiveWindow()
        super().setVisible(visible)
        parent = self.parentWidget()
        if had_keyboard and not visible and parent is not None and parent.window().isVisible():
            parent.window().activateWindow()
