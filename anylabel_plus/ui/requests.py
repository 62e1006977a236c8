"""What the window does for actions that need a dialog, the canvas or the desktop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from anylabel_plus.ui.canvas.view import Canvas
from anylabel_plus.ui.clipboard import ShapeClipboard
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.questions import Choice, ask
from anylabel_plus.ui.session import Session


class Requests:
    """One method for each request row that is more than a call of the canvas."""

    def __init__(self, window: QWidget, session: Session, canvas: Canvas) -> None:
        self._window = window
        self._session = session
        self._canvas = canvas
        self._clipboard = ShapeClipboard(session)

    def table(self) -> dict[str, Callable[[], object]]:
        """Request id -> what is done."""
        canvas = self._canvas
        return {
            "open_folder": self.open_folder,
            "open_image": self.open_image,
            "open_samples": self.open_samples,
            "save_copy": self.save_copy,
            "versions": self.versions,
            "label_folder": self.label_folder,
            "copy": self._clipboard.copy,
            "cut": self._clipboard.cut,
            "paste": self._clipboard.paste,
            "paste_scaled": lambda: self._clipboard.paste(scaled=True),
            "zoom_in": canvas.zoom_in,
            "zoom_out": canvas.zoom_out,
            "zoom_100": canvas.zoom100,
            "fit": canvas.fit,
            "fit_width": canvas.fit_width,
            "add_point": canvas.add_point,
            "remove_point": canvas.remove_point,
            "remove_hole": canvas.remove_hole,
            "full_screen": self.full_screen,
            "job_import": lambda: self.open_job("import"),
            "job_export": lambda: self.open_job("export"),
            "job_autolabel": lambda: self.open_job("autolabel"),
            "job_enrich": lambda: self.open_job("enrich"),
            "job_rollback": lambda: self.open_job("rollback"),
        }

    def open_folder(self) -> None:
        """Ask for a folder and open it."""
        start = str(self._session.folder or Path.home())
        text = QFileDialog.getExistingDirectory(self._window, tr("Open folder"), start)
        if text:
            self._session.open_folder(Path(text))

    def open_image(self) -> None:
        """Ask for an image and open it with its folder."""
        from anylabel_plus.dataset.scan import EXTENSIONS

        start = str(self._session.folder or Path.home())
        kinds = " ".join(f"*{extension}" for extension in sorted(EXTENSIONS))
        text, _ = QFileDialog.getOpenFileName(
            self._window, tr("Open image"), start, f"{tr('Images')} ({kinds});;{tr('All files (*)')}"
        )
        if text:
            self._session.open_image(Path(text))

    def open_samples(self) -> None:
        """Open a copy of the pictures that ship with the program, so that they can be labelled."""
        from anylabel_plus.ui.samples import prepare_samples

        self._session.open_prepared(prepare_samples)

    def save_copy(self) -> None:
        """Ask for a file and write the labels there too."""
        label_path = self._session.label_path
        text, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save a copy of the labels"), str(label_path), tr("Labels (*.json)")
        )
        if text:
            self._session.save_copy(Path(text))
            self._session.say("success", tr("Saved a copy to {file}.", file=text))

    def versions(self) -> None:
        """Show the earlier versions of the open image's labels."""
        from anylabel_plus.ui.dialogs.versions_dialog import show_versions

        show_versions(self._session, self._window)

    def label_folder(self) -> None:
        """Ask where label files are kept; closing the dialog of folders asks for "beside the images"."""
        current = self._session.settings.get("files.labels_dir")
        answer = ask(
            self._window,
            tr("Where are labels kept?"),
            tr("Now: {folder}.", folder=current) if current else tr("Now: beside their images."),
            (Choice("beside", tr("Beside their images")), Choice("folder", tr("Choose a folder"), "primary")),
            "ph.folder-simple",
        )
        if answer == "beside":
            self._session.settings.set("files.labels_dir", "")
        elif answer == "folder":
            text = QFileDialog.getExistingDirectory(self._window, tr("Folder for labels"), current)
            if text:
                self._session.settings.set("files.labels_dir", text)
        if answer:
            self._session.rescan()

    def open_job(self, job_id: str) -> None:
        """Show the dialog of a job, or of all runs for "rollback"."""
        open_job_dialog(self._window, self._session, job_id)

    def full_screen(self) -> None:
        """Fill the screen, or go back."""
        window = self._window
        window.showNormal() if window.isFullScreen() else window.showFullScreen()


def open_job_dialog(window: QWidget, session: Session, job_id: str) -> QDialog:
    """Show the dialog of a job ("rollback": of all runs) over ``window``; one that is open comes to the front."""
    from anylabel_plus.ui.dialogs.job_dialog import JobDialog
    from anylabel_plus.ui.dialogs.runs_dialog import RunsDialog

    name = f"dialog_{job_id}"
    for shown in window.findChildren(QDialog, name):
        if shown.isVisible():
            shown.raise_()
            shown.activateWindow()
            return shown
    dialog: QDialog = RunsDialog(session, window) if job_id == "rollback" else JobDialog(session, job_id, window)
    dialog.setObjectName(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    dialog.activateWindow()
    return dialog
