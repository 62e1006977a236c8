"""The foot of the shortcuts dialog: the keys of one action, and how they are changed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from anylabel_plus.key_names import RESERVED
from anylabel_plus.settings import Settings
from anylabel_plus.ui import words
from anylabel_plus.ui.actions import BY_ID, keymap
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.key_recorder import KeyRecorder
from anylabel_plus.ui.widgets.marks import ElidedLabel, Notice, row, text_label

SHOWN = 4
"""So many keys of one action have a button of their own; more are rarer than the room for them."""


class KeyEdit(QWidget):
    """Shows one action; ``changed`` after its keys, or those of another one, have been changed."""

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.action_id = ""
        self._wanted = ""
        self._title = text_label("", "strong")
        self._note = ElidedLabel("", "small", "text_3")
        self._keys = QHBoxLayout()
        self._keys.setSpacing(6)
        self.recorder = KeyRecorder(tr("Add a key"), tr("Press the keys, Esc cancels"))
        self.recorder.setObjectName("keys_record")
        self.recorder.recorded.connect(self.offer)
        self.recorder.recording_changed.connect(self._recording)
        self.reset = Button(tr("Reset"), kind="ghost", clicked=self._reset)
        self.reset.setObjectName("keys_reset")
        self.take = Button(tr("Take it"), size="small", clicked=self._take)
        self.take.setObjectName("keys_take")
        self.conflict = Notice("", "warning", self.take)
        self.conflict.setObjectName("keys_conflict")
        self.conflict.hide()
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addLayout(self._keys)
        line.addWidget(self.recorder)
        line.addStretch(1)
        line.addWidget(self.reset)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 10, 20, 12)
        box.setSpacing(8)
        head = row(self._title, spacing=10)
        head.addWidget(self._note, 1)
        box.addLayout(head)
        box.addLayout(line)
        box.addWidget(self.conflict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the action shown."""
        return keymap.keys_in_force(self._settings)[self.action_id] if self.action_id else ()

    def show_action(self, action_id: str) -> None:
        """Show an action, or for an empty id that there is nothing to change."""
        if action_id != self.action_id:
            self._forget()
        self.action_id = action_id
        action = BY_ID.get(action_id)
        self._title.setText(tr(action.title).removesuffix("…") if action else tr("This key is the same everywhere"))
        self._note.setText(tr(action.note) if action and action.note else "")
        self.recorder.setEnabled(action is not None)
        self.reset.setEnabled(action_id in self._settings.get("keys.own"))
        self._show_keys()

    def _show_keys(self) -> None:
        while (item := self._keys.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.setObjectName("")  # it lives on until the click on it has ended
                widget.deleteLater()
        for number, key in enumerate(self.keys[:SHOWN]):
            button = Button(words.keys(key), "x", clicked=partial(self.remove, key))
            button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            button.setObjectName(f"keys_remove_{number}")
            button.setAccessibleName(tr("Remove {key}", key=words.keys(key)))
            button.setToolTip(tr("Remove {key}", key=words.keys(key)))
            self._keys.addWidget(button)

    # Changing --------------------------------------------------------------------------------

    def record(self) -> None:
        """Take the next combination for the action shown."""
        if self.action_id:
            self.recorder.start()

    def offer(self, key: str) -> None:
        """Give the action ``key``, or say who has it."""
        self._forget()
        if not self.action_id or key in self.keys:
            return
        reserved = RESERVED.get(key)
        if reserved is not None:
            self._say(tr(reserved, key=words.keys(key)), can_take=False)
            return
        user = keymap.user_of(self._settings, key)
        if user:
            self._wanted = key
            title = tr(BY_ID[user].title).removesuffix("…")
            self.take.setText(tr("Take it from {action}", action=title))
            self._say(tr("{key} belongs to {action}.", key=words.keys(key), action=title), can_take=True)
            self.take.setFocus(Qt.FocusReason.TabFocusReason)
            return
        self._give((*self.keys, key))

    def remove(self, key: str) -> None:
        """Take a key from the action."""
        self._give(tuple(one for one in self.keys if one != key))

    def remove_last(self) -> None:
        """Take the last key from the action."""
        if self.keys:
            self.remove(self.keys[-1])

    def _take(self) -> None:
        self._give((*self.keys, self._wanted))

    def _give(self, keys: tuple[str, ...]) -> None:
        keymap.give(self._settings, self.action_id, keys)
        self._forget()
        self.changed.emit()

    def _reset(self) -> None:
        keymap.reset(self._settings, self.action_id)
        self._forget()
        self.changed.emit()

    # Saying ----------------------------------------------------------------------------------

    def _say(self, text: str, *, can_take: bool) -> None:
        self.conflict.set(text, "warning")
        self.take.setVisible(can_take)
        self.conflict.show()

    def _forget(self) -> None:
        self._wanted = ""
        self.conflict.hide()

    def _recording(self, on: bool) -> None:
        if on:
            self._forget()
