"""The keyboard shortcuts: search them, change any by pressing it, choose the preset they start from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from anylabel_plus import files
from anylabel_plus.core.errors import UserError
from anylabel_plus.settings import ROWS, Settings
from anylabel_plus.ui.actions import keymap
from anylabel_plus.ui.dialogs.frame import DialogFrame
from anylabel_plus.ui.dialogs.key_edit import KeyEdit
from anylabel_plus.ui.dialogs.keys_list import KeyRow, KeyRowDelegate, KeysModel, key_rows
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.messages import show_exception
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.inputs import ComboBox, SearchField
from anylabel_plus.ui.widgets.marks import EmptyState, hairline, text_label
from anylabel_plus.ui.widgets.rows import RowList


class KeysDialog(DialogFrame):
    """A list of every action; below it the keys of the one that is chosen. Every change acts at once."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent, "keyboard", tr("Keyboard shortcuts"), tr("Press F1 to search for any command"))
        self.setObjectName("keys_dialog")
        self._settings = settings
        self.edit = KeyEdit(settings)
        self.body.addLayout(self._top())
        self._model = KeysModel()
        self.list = RowList(KeyRowDelegate(), tr("Actions and their keys"))
        self.list.setObjectName("keys_list")
        self.list.setUniformItemSizes(False)
        self.list.setModel(self._model)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._show_chosen())
        self.list.doubleClicked.connect(lambda _: self.edit.record())
        self.list.installEventFilter(self)
        self.filter.installEventFilter(self)
        nothing = EmptyState("keyboard", tr("No key found"), tr("Try another word, or a key such as Ctrl."))
        self._pages = QStackedWidget()
        self._pages.addWidget(self._padded(self.list))
        self._pages.addWidget(nothing)
        self.body.addWidget(self._pages, 1)
        self.body.addWidget(hairline())
        self.edit.changed.connect(self._fill)
        self.body.addWidget(self.edit)
        self._add_buttons()
        self.resize(760, 640)
        self._fill()
        self.filter.setFocus()

    def _top(self) -> QHBoxLayout:
        self.filter = SearchField(tr("Search by command or key"), dense=False)
        self.filter.setObjectName("keys_search")
        self.filter.setMinimumWidth(240)
        self.filter.textChanged.connect(lambda _: self._fill())
        self.preset = ComboBox()
        self.preset.setObjectName("keys_preset")
        self.preset.setAccessibleName(tr("Preset"))
        for name in ROWS["keys.preset"].choices:
            self.preset.addItem(name, name)
        self.preset.setCurrentText(self._settings.get("keys.preset"))
        self.preset.currentIndexChanged.connect(lambda _: self._preset_chosen())
        title = text_label(tr("Preset"), "small", "2")
        title.setBuddy(self.preset)
        top = QHBoxLayout()
        top.setContentsMargins(20, 14, 20, 8)
        top.setSpacing(10)
        top.addWidget(self.filter, 1)
        top.addStretch(1)
        top.addWidget(title)
        top.addWidget(self.preset)
        return top

    @staticmethod
    def _padded(widget: QWidget) -> QWidget:
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(8, 0, 8, 8)
        box.addWidget(widget)
        return holder

    def _add_buttons(self) -> None:
        for name, text, run in (
            ("keys_import", tr("Import…"), self._import),
            ("keys_export", tr("Export…"), self._export),
            ("keys_reset_all", tr("Reset all"), self._reset_all),
        ):
            button = Button(text, kind="ghost", clicked=run)
            button.setObjectName(name)
            self.buttons.addWidget(button)
        close = Button(tr("Close"), kind="primary", clicked=self.accept)
        close.setObjectName("keys_close")
        self.buttons.addWidget(close)

    # What is shown ---------------------------------------------------------------------------

    def rows(self) -> list[KeyRow]:
        """The lines that the search leaves."""
        keys = keymap.keys_in_force(self._settings)
        return key_rows(keys, self._settings.get("keys.own"), self.filter.text())

    def _fill(self) -> None:
        chosen, rows = self.edit.action_id, self.rows()
        self._model.show(rows)
        self._pages.setCurrentIndex(0 if rows else 1)
        if rows:
            self.list.setCurrentIndex(self._model.index(self._model.row_of(chosen)))
        self._show_chosen()
        own = len(self._settings.get("keys.own"))
        self.note.set_role("text_2")
        self.note.setText(
            ntr("{n} action has keys of your own", "{n} actions have keys of your own", own) if own else ""
        )

    def _show_chosen(self) -> None:
        index = self.list.currentIndex()
        row = self._model.rows[index.row()] if index.isValid() and self._model.rows else None
        self.edit.show_action(row.action_id if row is not None else "")

    def choose(self, action_id: str) -> None:
        """Make an action the chosen one; the search is emptied if it hides it."""
        if all(row.action_id != action_id for row in self._model.rows):
            self.filter.clear()
        self.list.setCurrentIndex(self._model.index(self._model.row_of(action_id)))

    # What is done ----------------------------------------------------------------------------

    def _preset_chosen(self) -> None:
        self._settings.set("keys.preset", self.preset.currentData())
        self._fill()

    def _reset_all(self) -> None:
        keymap.reset_all(self._settings)
        self._fill()

    def _export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Export keys"), "keys.json", tr("Keys (*.json)"))
        if name:
            try:
                files.write_atomic(Path(name), keymap.to_file(self._settings))
            except OSError as error:
                show_exception(
                    UserError(tr("{file}: the keys were not saved ({reason}).", file=name, reason=error.strerror))
                )
                return
            self.note.setText(tr("Exported to {file}.", file=name))

    def _import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Import keys"), "", tr("Keys (*.json)"))
        if name:
            self.import_from(Path(name))

    def import_from(self, path: Path) -> None:
        """Take preset and keys from an exported file; says what in it is not known here."""
        try:
            left = keymap.from_file(self._settings, path)
        except UserError as error:
            self.note.set_role("danger")
            self.note.setText(said(error))
            return
        self.preset.setCurrentText(self._settings.get("keys.preset"))
        self._fill()
        if left:
            self.note.setText(tr("Imported, but for {names}: not known here.", names=", ".join(left)))
        else:
            self.note.setText(tr("Imported from {file}.", file=path.name))

    # Keys of the dialog itself ----------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.list:
            # What is said of a key in use takes its room from the list.
            QTimer.singleShot(0, self.list, lambda: self.list.scrollTo(self.list.currentIndex()))
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or event.modifiers():
            return False
        if watched is self.filter:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return):
                self.list.setFocus(Qt.FocusReason.TabFocusReason)
                return True
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.edit.record()
            return True
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.edit.remove_last()
            return True
        return False
