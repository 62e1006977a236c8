"""A label file that another program changed while it was edited here: keep mine, take theirs, or merge by shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.ui.background import Background
from anylabel_plus.ui.dialogs.frame import DialogFrame, scrolled
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.difference_view import DifferenceView, Drawing, Legend, drawing_of, summary
from anylabel_plus.ui.widgets.inputs import CheckBox, Segmented
from anylabel_plus.ui.widgets.marks import Notice, hairline, row, text_label

if TYPE_CHECKING:
    from anylabel_plus.core.document import Document
    from anylabel_plus.core.merge import Conflict, Merged
    from anylabel_plus.ui.saver import LabelFile
    from anylabel_plus.ui.session import Session

PREVIEW_SIDE_PX = 1400
CHOICES_HEIGHT = 132


@dataclass(frozen=True, slots=True)
class Compared:
    """Both versions, their merge, and the drawings of the previews by name."""

    theirs: Document
    stamp: Any
    merged: Merged
    drawings: dict[str, Drawing]


class ConflictDialog(DialogFrame):
    """``answer`` is "mine", "theirs", "copy", "merge", or empty when it was closed; ``compared`` goes with "merge"."""

    deaf_ms = 700

    def __init__(self, session: Session, file: LabelFile, parent: QWidget | None = None) -> None:
        title = tr("{name} was changed by another program", name=file.path.name)
        super().__init__(parent, "ph.git-merge", title, tr("Your edits are not written yet. Both are safe."))
        self.setObjectName("dialog_conflict")
        self._session, self._file = session, file
        self.answer = ""
        self.compared: Compared | None = None
        self._conflicts: list[Segmented] = []
        self._asked = 0
        self._work = Background("conflict", self)
        self._build()
        self.finished.connect(lambda _: self._work.close())
        session.closed.connect(self._work.close)
        self._work.run(self._picture, self._show_picture)
        self._compare()

    # Parts -----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.view = DifferenceView("conflict_preview")
        self.view.show_message(tr("Comparing…"))
        self.legend = Legend()
        self.zoom = CheckBox(tr("Zoom to what changes"))
        self.zoom.setObjectName("conflict_zoom")
        self.zoom.toggled.connect(self.view.set_zoomed)
        parts = (
            ("mine", tr("What you changed")),
            ("theirs", tr("What they changed")),
            ("merged", tr("What merging changes")),
        )
        self.shown = Segmented(parts, "conflict_shown", "mine")
        self.shown.chosen.connect(lambda _: self._show())
        self.notice = Notice("", "warning")
        self.notice.hide()
        self.body.addLayout(row(self.shown, None, self.zoom, margins=(16, 10, 16, 10)))
        self.body.addWidget(hairline())
        self.body.addWidget(self.view, 1)
        self.body.addLayout(row(self.legend, None, margins=(16, 6, 16, 6)))
        self._choices = QVBoxLayout()
        self._choices.setSpacing(6)
        holder = QWidget()
        holder.setLayout(self._choices)
        self._area = scrolled(holder)
        self._area.setFixedHeight(CHOICES_HEIGHT)
        self._area.hide()
        box = QVBoxLayout()
        box.setContentsMargins(16, 0, 16, 10)
        box.addWidget(self.notice)
        box.addWidget(self._area)
        self.body.addLayout(box)
        self.theirs = self._button("theirs", tr("Load theirs"), "")
        self.copy = self._button("copy", tr("Save mine as a copy"), "")
        self.mine = self._button("mine", tr("Keep mine"), "")
        self.merge = self._button("merge", tr("Merge"), "primary")
        self.merge.setDefault(True)
        for button in (self.theirs, self.merge):
            button.setEnabled(False)
        self.resize(980, 680)

    def _button(self, answer: str, title: str, kind: str) -> Button:
        button = Button(title, kind=kind, clicked=lambda: self._answered(answer))
        button.setObjectName(f"answer_{answer}")
        self.buttons.addWidget(button)
        return button

    def _answered(self, answer: str) -> None:
        self.answer = answer
        self.accept()

    # Comparing, in the thread ----------------------------------------------------------------

    def _picture(self) -> Any:
        from anylabel_plus import images
        from anylabel_plus.core.errors import UserError

        picture, file = self._session.picture, self._file
        if picture is not None and self._session.image_path == file.image_path:
            return picture.thumbnail(PREVIEW_SIDE_PX), picture.width, picture.height
        try:
            pixels, facts = images.load_reduced(file.image_path, PREVIEW_SIDE_PX)
        except UserError:
            return None, file.document.width, file.document.height
        del facts
        return pixels, file.document.width, file.document.height

    def _show_picture(self, found: Any) -> None:
        self.view.set_picture(*found)

    def _compare(self) -> None:
        self._asked += 1
        asked, file = self._asked, self._file
        known = self.compared
        base, mine = file.saved, file.document
        preferred = {n for n, choice in enumerate(self._conflicts) if choice.current() == "theirs"}
        self._work.run(
            lambda: compare(file, base, mine, preferred, known),
            lambda result: self._compared(asked, result),
            self._failed,
        )

    def _failed(self, error: BaseException) -> None:
        self.view.show_message(tr("The file on disk cannot be read."))
        self.notice.set(said(error), "danger")
        self.notice.show()
        self.mine.setFocus()

    def _compared(self, asked: int, compared: Compared) -> None:
        if asked != self._asked:
            return
        first = self.compared is None
        self.compared = compared
        if first:
            self._list_conflicts(compared.merged.conflicts)
            for button in (self.theirs, self.merge):
                button.setEnabled(True)
            self.merge.setFocus()
        fields = compared.merged.image_fields
        if fields:
            self.notice.set(
                tr("Both changed {fields} of the image; yours is kept.", fields=", ".join(fields)), "warning"
            )
            self.notice.show()
        self._show()

    def _show(self) -> None:
        if self.compared is not None:
            drawing = self.compared.drawings[self.shown.current()]
            self.legend.set(drawing.found)
            self.view.show_difference(drawing)
            self.note.setText(summary(drawing.found))

    def _list_conflicts(self, conflicts: tuple[Conflict, ...]) -> None:
        if not conflicts:
            return
        text = ntr(
            "Both changed {n} shape, each in another way. Say which one the merged file has.",
            "Both changed {n} shapes, each in another way. Say which ones the merged file has.",
            len(conflicts),
        )
        self._choices.addWidget(text_label(text, "small", "2", wrap=True))
        for number, conflict in enumerate(conflicts):
            choice = Segmented(
                (("mine", tr("Mine")), ("theirs", tr("Theirs"))), f"conflict_{number}", "mine", dense=True
            )
            choice.chosen.connect(lambda _: self._compare())
            self._conflicts.append(choice)
            self._choices.addLayout(row(text_label(_said(conflict), "body"), None, choice))
        self._choices.addStretch(1)
        self._area.show()


def compare(
    file: LabelFile, base: Document, mine: Document, prefer_theirs: set[int], known: Compared | None
) -> Compared:
    """Read the file on disk (once) and merge; heavy for large files. Raises UserError when it cannot be read."""
    from anylabel_plus import images
    from anylabel_plus.core.merge import merge
    from anylabel_plus.formats import native

    if known is None:
        stamp = native.stamp(file.path)
        theirs = native.read(file.path, facts=images.probe(file.image_path))
        drawings = {"mine": drawing_of(base, mine), "theirs": drawing_of(base, theirs)}
    else:
        stamp, theirs, drawings = known.stamp, known.theirs, dict(known.drawings)
    merged = merge(base, mine, theirs, prefer_theirs)
    drawings["merged"] = drawing_of(mine, merged.document)
    return Compared(theirs, stamp, merged, drawings)


def _said(conflict: Conflict) -> str:
    label = conflict.base.label
    if conflict.mine is None:
        return tr("{label}: deleted by you, changed by them", label=label)
    if conflict.theirs is None:
        return tr("{label}: changed by you, deleted by them", label=label)
    return tr("{label}: changed by both", label=label)


def ask_conflict(parent: QWidget, session: Session, file: LabelFile) -> tuple[str, Compared | None]:
    """Show the conflict and wait: the answer, and what was compared."""
    dialog = ConflictDialog(session, file, parent)
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.exec()
    answer, compared = dialog.answer, dialog.compared
    dialog.deleteLater()
    return answer, compared
