"""The fields of the image: checked, flags, tags, description, text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.core.document import Document
from anylabel_plus.ui.actions import labeling as changes
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.commit_fields import CommitCheck, CommitLine, CommitText
from anylabel_plus.ui.widgets.marks import row, text_label

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


def names(text: str) -> tuple[str, ...]:
    """Names with commas between, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


class ImageFields(QWidget):
    """Every change is one edit of the open document."""

    finished = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._flags: dict[str, CommitCheck] = {}
        self.checked = CommitCheck(tr("Checked"), tr("Checked"))
        self.tags = CommitLine(tr("Tags"), names, tr("Names with commas between"))
        self.text = CommitText(tr("Text of the image"))
        self.description = CommitText(tr("Description of the image"))
        self.new_flag = CommitLine(tr("New image flag"), str.strip, tr("New flag"))
        for name in ("checked", "tags", "text", "description", "new_flag"):
            getattr(self, name).setObjectName(f"image_{name}")
        self.text.setToolTip(tr("AnyLabeling shows it beside the image."))
        self.description.setToolTip(tr("X-AnyLabeling shows it as the image's description."))
        self._flag_box = QVBoxLayout()
        self._flag_box.setSpacing(2)
        self._build()
        self._connect()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(6)
        column.addLayout(row(self.checked, None))
        column.addWidget(text_label(tr("Flags"), "cap_strong", "3"))
        column.addLayout(self._flag_box)
        column.addWidget(self.new_flag)
        for title, field in (
            (tr("Tags"), self.tags),
            (tr("Description"), self.description),
            (tr("Text"), self.text),
        ):
            column.addSpacing(4)
            column.addWidget(text_label(title, "small", "2"))
            column.addWidget(field)
        column.addStretch(1)

    def _connect(self) -> None:
        session = self._session
        field = changes.set_image_field
        self.checked.committed.connect(lambda _: changes.toggle_checked(session))
        self.tags.committed.connect(lambda value: field(session, tr("Set tags"), "tags", value))
        self.description.committed.connect(
            lambda value: field(session, tr("Set image description"), "description", value)
        )
        self.text.committed.connect(lambda value: changes.set_image_text(session, value))
        self.new_flag.committed.connect(self._add_flag)
        for widget in (self.tags, self.description, self.text):
            widget.finished.connect(self.finished)

    def show_document(self, document: Document) -> None:
        """Show what the document says of the image."""
        self._make_flags(document)
        self.checked.show_value(bool(document.checked))
        self.tags.show_value(document.tags)
        self.description.show_value(document.description)
        text: Any = document.extra.get(changes.IMAGE_TEXT, "")
        self.text.show_value(text if isinstance(text, str) else "")
        for name, check in self._flags.items():
            check.show_value(bool(document.flags.get(name)))

    def _make_flags(self, document: Document) -> None:
        wanted = list(dict.fromkeys((*self._session.labeling.image_flags, *document.flags)))
        if wanted == list(self._flags):
            return
        for check in self._flags.values():
            self._flag_box.removeWidget(check)
            check.setParent(None)
            check.deleteLater()
        self._flags = {}
        for name in wanted:
            check = self._flags[name] = CommitCheck(name, name)
            check.setObjectName(f"image_flag_{name}")
            check.committed.connect(lambda on, name=name: changes.set_image_flag(self._session, name, on))
            self._flag_box.addWidget(check)

    def _add_flag(self, name: str) -> None:
        """A flag that every image of the data set is offered from now on, set for this one."""
        self.new_flag.show_value("")
        self.new_flag.setText("")
        if not name:
            return
        set_up = self._session.labeling
        if name not in set_up.image_flags:
            self._session.set_labeling(replace(set_up, image_flags=(*set_up.image_flags, name)))
        changes.set_image_flag(self._session, name, True)
