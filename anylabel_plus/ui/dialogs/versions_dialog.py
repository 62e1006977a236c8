"""Earlier versions of the open image's labels: what going back to one would change, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from anylabel_plus.ui import words
from anylabel_plus.ui.background import Background
from anylabel_plus.ui.dialogs.frame import DialogFrame
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.session import MessageAction
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.difference_view import DifferenceView, Drawing, Legend, drawing_of
from anylabel_plus.ui.widgets.inputs import CheckBox
from anylabel_plus.ui.widgets.marks import EmptyState, hairline, row
from anylabel_plus.ui.widgets.side_list import SideList

if TYPE_CHECKING:
    from anylabel_plus.core.compare import Differences
    from anylabel_plus.core.document import Document
    from anylabel_plus.dataset.versions import Version
    from anylabel_plus.ui.session import Session

PREVIEW_SIDE_PX = 1400
COMPARED_BYTES = 30_000_000
"""Versions are compared with the ones before them while all of them together are smaller."""


class VersionsDialog(DialogFrame):
    """Newest version first; the picture shows what restoring the chosen one would change."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        label_path = session.label_path
        name = label_path.name if label_path is not None else ""
        super().__init__(parent, "ph.clock-counter-clockwise", tr("Restore an earlier version"), name)
        self.setObjectName("dialog_versions")
        self._session = session
        self._versions: list[Version] = []
        self._chosen: tuple[Version, Document] | None = None
        self._asked = 0
        self._list: SideList | None = None
        self._work = Background("versions", self)
        self.view = DifferenceView("version_preview")
        picture = session.picture
        if picture is not None:
            self.view.set_picture(picture.thumbnail(PREVIEW_SIDE_PX), picture.width, picture.height)
        self.legend = Legend()
        self.zoom = CheckBox(tr("Zoom to what changes"))
        self.zoom.setObjectName("version_zoom")
        self.zoom.toggled.connect(self.view.set_zoomed)
        self._pages = QStackedWidget()
        self.body.addWidget(self._pages)
        self.close_button = Button(tr("Close"), kind="ghost", clicked=self.close)
        self.restore = Button(tr("Restore"), "ph.clock-counter-clockwise", "primary", clicked=self._restore)
        self.restore.setObjectName("version_restore")
        self.restore.setDefault(True)
        self.restore.setEnabled(False)
        self.buttons.addWidget(self.close_button)
        self.buttons.addWidget(self.restore)
        self.resize(1040, 660)
        self._pages.addWidget(EmptyState("busy", tr("Reading versions…"), ""))
        session.find_versions(self._found)
        session.closed.connect(self._work.close)
        self.finished.connect(lambda _: self._work.close())

    def _found(self, versions: list[Version]) -> None:
        self._versions = versions[::-1]
        if not versions:
            text = tr("A version is kept behind every save. There is none of this image yet.")
            self._pages.addWidget(EmptyState("ph.clock-counter-clockwise", tr("No earlier version"), text))
            self._pages.setCurrentIndex(1)
            return
        if sum(len(version.data or b"") for version in versions) > COMPARED_BYTES:
            self._show_list([None] * len(versions))
        else:
            self._work.run(lambda: _steps(versions), self._show_list)

    def _show_list(self, steps: list[Differences | None]) -> None:
        rows = [_row(version, step) for version, step in zip(self._versions, steps[::-1], strict=True)]
        self._list = SideList(rows, tr("Versions"))
        self._list.setFixedWidth(320)
        self._list.chosen.connect(self._choose)
        page = QWidget()
        body = QHBoxLayout(page)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self._list)
        body.addWidget(hairline(vertical=True))
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.addWidget(self.view, 1)
        right.addLayout(row(self.legend, None, self.zoom, margins=(16, 4, 16, 8)))
        body.addLayout(right, 1)
        self._pages.setCurrentIndex(self._pages.addWidget(page))
        self._list.choose(1 if len(rows) > 1 else 0)
        self._list.take_focus()

    def _choose(self, number: int) -> None:
        if not 0 <= number < len(self._versions):
            return
        version = self._versions[number]
        self._asked += 1
        asked, self._chosen = self._asked, None
        self.restore.setEnabled(False)
        self._session.read_version(version, lambda document, why: self._read(asked, version, document, why))

    def _read(self, asked: int, version: Version, document: Document | None, why: str) -> None:
        current = self._session.document
        if asked != self._asked or current is None:
            return
        if document is None:
            self.legend.set(None)
            self.view.show_message(why)
            return
        self._chosen = (version, document)
        self._work.run(lambda: drawing_of(current, document), lambda drawing: self._compared(asked, drawing))

    def _compared(self, asked: int, drawing: Drawing) -> None:
        if asked != self._asked:
            return
        self.legend.set(drawing.found)
        self.view.show_difference(drawing)
        self.restore.setEnabled(not drawing.found.empty)
        self.note.setText(tr("This is what is open now.") if drawing.found.empty else tr("Restoring can be undone."))

    def _restore(self) -> None:
        if self._chosen is None or not self.restore.isEnabled():
            return
        version, document = self._chosen
        session, time = self._session, when(version.time)
        name = tr("Restore the version of {time}", time=time)
        if session.restore_version(document, name, no_file=version.data is None):
            text = tr("The version of {time} is restored.", time=time)
            session.say("success", text, MessageAction(tr("Undo"), session.undo))
        self.accept()


def when(seconds: float) -> str:
    """A version's time: of today with seconds, else with the date."""
    moment = QDateTime.fromSecsSinceEpoch(int(seconds))
    if moment.date() == QDateTime.currentDateTime().date():
        return tr("Today, {time}", time=moment.toString("HH:mm:ss"))
    return words.moment(seconds)


def _row(version: Version, step: Differences | None) -> tuple[str, str, str]:
    from anylabel_plus.dataset.versions import CAUSES

    if version.data is None:
        count = tr("no label file")
    elif version.shapes is None:
        count = tr("not readable")
    else:
        count = ntr("{n} shape", "{n} shapes", version.shapes)
    change = ""
    if step is not None and not step.empty:
        counts = (("+", step.added), ("−", step.removed), ("~", step.changed))
        change = " ".join(f"{sign}{len(shapes)}" for sign, shapes in counts if shapes)
    cause = version.note if version.cause == "saved" and version.note else tr(CAUSES[version.cause])
    if version.cause in ("run", "after run"):
        cause = f"{cause}: {_job_title(version.note)}"
    return when(version.time), "", " · ".join(part for part in (count, change, cause) if part)


def _job_title(job: str) -> str:
    from anylabel_plus.jobs import JOBS

    return tr(JOBS[job].title) if job in JOBS else job


def _steps(versions: list[Version]) -> list[Differences | None]:
    """For each version what changed since the one before."""
    from anylabel_plus.dataset.versions import changes_between

    before = [None, *versions[:-1]]
    return [changes_between(a.data, b.data) if a is not None else None for a, b in zip(before, versions, strict=True)]


def show_versions(session: Session, parent: QWidget) -> VersionsDialog:
    """Open the dialog over ``parent``."""
    dialog = VersionsDialog(session, parent)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog
