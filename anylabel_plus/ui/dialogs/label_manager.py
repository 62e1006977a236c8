"""The labels of the data set and how it is labelled: names, colours, attributes, flags, number keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from anylabel_plus.ui.dialogs.frame import DialogFrame, short_path
from anylabel_plus.ui.dialogs.manager_attributes import AttributesPage
from anylabel_plus.ui.dialogs.manager_flags import FlagsPage, KeysPage
from anylabel_plus.ui.dialogs.manager_labels import LabelsPage
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.marks import hairline, row
from anylabel_plus.ui.widgets.side_list import SideList

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

PAGES = ("labels", "attributes", "flags", "keys")


class LabelManager(DialogFrame):
    """Everything acts at once; what changes label files is a run that can be taken back."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "tag-simple", tr("Manage labels"), short_path(session.folder))
        self._session, self._folder = session, session.folder
        self.setObjectName("label_manager")
        self.labels = LabelsPage(session)
        self.attributes = AttributesPage(session)
        self.flags = FlagsPage(session)
        self.keys = KeysPage(session)
        titles = (
            (tr("Labels"), "ph.tag-simple"),
            (tr("Attributes"), "ph.sliders-horizontal"),
            (tr("Flags"), "ph.flag"),
            (tr("Number keys"), "ph.keyboard"),
        )
        self.pages = QStackedWidget()
        for page in (self.labels, self.attributes, self.flags, self.keys):
            self.pages.addWidget(page)
        self.side = SideList(titles, tr("Pages"))
        self.side.chosen.connect(self.pages.setCurrentIndex)
        self._build()
        self.close_button = Button(tr("Close"), kind="primary", clicked=self.close)
        self.close_button.setObjectName("label_manager_close")
        self.buttons.addWidget(self.close_button)
        self.labels.said.connect(self._say)
        session.folder_changed.connect(self._folder_changed)
        self.show_page("labels")
        self.resize(820, 600)

    def _build(self) -> None:
        side = QWidget()
        side.setFixedWidth(176)
        column = QVBoxLayout(side)
        column.setContentsMargins(10, 12, 10, 12)
        column.addWidget(self.side)
        line = row(spacing=0)
        line.addWidget(side)
        line.addWidget(hairline(vertical=True))
        line.addWidget(self.pages, 1)
        self.body.addLayout(line)

    def show_page(self, name: str) -> None:
        """Show one of ``PAGES``."""
        self.side.choose(PAGES.index(name))

    def _folder_changed(self) -> None:
        folder = self._session.folder
        if folder != self._folder:
            self._folder = folder
            self.subtitle.setText(short_path(folder))
            self.labels.recount()

    def _say(self, text: str, role: str) -> None:
        self.note.set_role(role)
        self.note.setText(text)

    def reject(self) -> None:
        """Close, but not while files are being written: the run is stopped first."""
        if self.labels.busy:
            self.labels.stop()
        else:
            self.labels.leave()
            super().reject()

    def closeEvent(self, event: object) -> None:
        self.labels.leave()
        super().closeEvent(event)  # type: ignore[arg-type]
