"""What the window does for actions on files: deletion after a question, the filter field, the statistics."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMainWindow

from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.questions import Choice, ask
from anylabel_plus.ui.session import MessageAction, Session


class FileRequests:
    """One method for each request row about files; ``show_panel`` brings a panel to the front."""

    def __init__(self, window: QMainWindow, session: Session, show_panel: Callable[[str], object]) -> None:
        self._window, self._session, self._show_panel = window, session, show_panel

    def table(self) -> dict[str, Callable[[], object]]:
        """Request id -> what is done."""
        return {
            "delete_labels": self.delete_labels,
            "delete_image": self.delete_images,
            "filter_files": self.filter_files,
            "statistics": self.statistics,
        }

    def filter_files(self) -> None:
        """Put the cursor into the filter of the files."""
        self._show_panel("files")
        field = self._window.findChild(QLineEdit, "file_filter")
        if field is not None:
            field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            field.selectAll()

    def delete_labels(self) -> None:
        """Of the open image: all shapes, as one edit. Of several chosen ones: their label files, to the bin."""
        session = self._session
        rows = session.desk.rows
        if len(rows) <= 1:
            self._delete_shapes()
            return
        labelled = [row for row in rows if session.files.labelled(row)]
        if not labelled:
            session.say("info", tr("The chosen images have no labels."))
            return
        count = len(labelled)
        answer = ask(
            self._window,
            ntr("Delete the labels of {n} image?", "Delete the labels of {n} images?", count),
            tr("Their label files go to the system's bin. The images stay."),
            (
                Choice("delete", ntr("Delete {n} label file", "Delete {n} label files", count), "danger"),
                Choice("keep", tr("Keep them"), "primary"),
            ),
            "ph.trash",
        )
        if answer == "delete":
            session.desk.throw_labels(labelled)

    def _delete_shapes(self) -> None:
        session, document = self._session, self._session.document
        if document is not None and document.shapes:
            count = len(document.shapes)
            name = ntr("Delete {n} shape", "Delete {n} shapes", count)
            session.apply(name, lambda value: value.with_(shapes=()))
            text = ntr("{n} shape deleted.", "{n} shapes deleted.", count)
            session.say("info", text, MessageAction(tr("Undo"), session.undo))

    def delete_images(self) -> None:
        """Move the chosen images and their labels to the system's bin, after a question with the counts."""
        session = self._session
        rows = session.desk.rows
        if not rows:
            return
        count = len(rows)
        labels = sum(bool(session.files.labelled(row)) for row in rows)
        name = session.files[rows[0]].relative
        what = tr("{name} goes to the system's bin.", name=name) if count == 1 else ""
        if count > 1:
            what = ntr("{n} image goes to the system's bin.", "{n} images go to the system's bin.", count)
        with_them = ntr("{n} label file goes with it.", "{n} label files go with them.", labels)
        answer = ask(
            self._window,
            ntr("Move {n} image to the bin?", "Move {n} images to the bin?", count),
            f"{what}\n{with_them if labels else tr('No label file is lost.')}",
            (
                Choice("delete", ntr("Move {n} image to the bin", "Move {n} images to the bin", count), "danger"),
                Choice("keep", tr("Keep"), "primary"),
            ),
            "ph.trash",
        )
        if answer == "delete":
            session.desk.throw_images(rows)

    def statistics(self) -> None:
        """Show what the folder holds."""
        from anylabel_plus.ui.dialogs.statistics_dialog import StatisticsDialog

        dialog = StatisticsDialog(self._session, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._filter_by)
        dialog.show()

    def _filter_by(self, query: str) -> None:
        self._show_panel("files")
        field = self._window.findChild(QLineEdit, "file_filter")
        if field is not None:
            field.setText(query)
