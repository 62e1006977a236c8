"""The keys that an empty panel names: those in force, whatever the preset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from anylabel_plus.ui.actions.keymap import keys_in_force

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session
    from anylabel_plus.ui.widgets.marks import EmptyState


class KeyHints(QObject):
    """Keeps the hints of ``empty`` true while keys are changed."""

    def __init__(self, empty: EmptyState, session: Session, *hints: tuple[str, str]) -> None:
        super().__init__(empty)
        self._empty, self._session = empty, session
        self._hints: tuple[tuple[str, str], ...] = ()
        session.settings_changed.connect(self._setting_changed)
        self.show(*hints)

    def show(self, *hints: tuple[str, str]) -> None:
        """Name the keys of these actions, each with a word for what it does; those without a key are left out."""
        self._hints = hints
        keys = keys_in_force(self._session.settings)
        self._empty.set_keys([(keys[action][0], word) for action, word in hints if keys[action]])

    def _setting_changed(self, key: str) -> None:
        if key.startswith("keys."):
            self.show(*self._hints)
