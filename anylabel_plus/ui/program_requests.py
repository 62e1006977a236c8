"""What the window does for actions about the program itself: settings, keys, help, the log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from anylabel_plus import paths
from anylabel_plus.ui.areas import AreaSteps
from anylabel_plus.ui.docks import Docks
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.window_state import WindowState


class ProgramRequests:
    """One method for each request row about the program."""

    def __init__(self, window: QWidget, session: Session, state: WindowState, docks: Docks) -> None:
        self._window, self._session, self._state, self._docks = window, session, state, docks

    def table(self) -> dict[str, Callable[[], object]]:
        """Request id -> what is done."""
        return {
            "settings": self.settings,
            "assist_panel": self.assist_panel,
            "copy_image_path": self.copy_image_path,
            "import_settings": self.import_settings,
            "open_log": self.open_log,
            "keys": self.keys,
            "guide": self.guide,
            "about": self.about,
        }

    def settings(self, key: str = "") -> None:
        """Show the settings, or one of them."""
        from anylabel_plus.ui.dialogs.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._session.settings, self._window)
        dialog.asked.connect(self._run)
        show_over(self._window, dialog)
        if key:
            dialog.show_setting(key)

    def _run(self, action_id: str) -> None:
        action = self._window.findChild(QAction, action_id)
        if action is not None:
            action.trigger()

    def import_settings(self) -> None:
        """Take over settings of another program; the welcome page need not offer it again."""
        from anylabel_plus.ui.dialogs.rc_import import RcImportDialog

        dialog = RcImportDialog(self._session.settings, Path.home(), self._window)
        dialog.taken.connect(self._settings_taken)
        show_over(self._window, dialog)

    def _settings_taken(self, count: int) -> None:
        self._state.rc_offered = True
        self._session.say("success", ntr("{n} thing taken over.", "{n} things taken over.", count))

    def assist_panel(self) -> None:
        """Bring the Assist panel forward and put the focus on its first control."""
        self._docks.bring_forward("assist")
        AreaSteps(lambda: [self._docks["assist"]]).step(1)

    def copy_image_path(self) -> None:
        """Put the path of the open image on the clipboard."""
        QGuiApplication.clipboard().setText(str(self._session.image_path))
        self._session.say("info", tr("The path of the image was copied."))

    def keys(self) -> None:
        """Show the keyboard shortcuts of the preset in force."""
        from anylabel_plus.ui.dialogs.keys_dialog import KeysDialog

        show_over(self._window, KeysDialog(self._session.settings, self._window))

    def open_log(self) -> None:
        """Open the folder of the log in the file manager."""
        folder = paths.user_state("logs")
        folder.mkdir(parents=True, exist_ok=True)
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            QGuiApplication.clipboard().setText(str(folder))
            self._session.say("info", tr("The log is in {folder}. The path was copied.", folder=folder))

    def guide(self) -> None:
        """Show the user guide beside the window; one that is open comes to the front."""
        from anylabel_plus.ui.dialogs.guide_dialog import GuideDialog

        shown = self._window.findChild(GuideDialog)
        if shown is None:
            shown = GuideDialog(self._window)
            shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown.show()
        shown.raise_()
        shown.activateWindow()

    def about(self) -> None:
        """Say what this is and what it is made of."""
        from anylabel_plus.ui.dialogs.about_dialog import AboutDialog

        show_over(self._window, AboutDialog(self._session.settings, self._window))


def show_over(window: QWidget, dialog: QDialog) -> None:
    """Show a dialog that has to be closed before ``window`` can be used again; it is gone once it is closed."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
