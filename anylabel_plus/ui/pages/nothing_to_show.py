"""What is said where the image would be: it cannot be read, or the folder has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedLayout, QWidget

from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.marks import EmptyState

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

SAFE = mark("The file and its labels are left as they are.")


def nothing_to_show(session: Session) -> bool:
    """Whether the image asked for last cannot be read, or the open folder has no image."""
    if session.picture is not None:
        return False
    if session.image_path is not None:
        return bool(session.problem)
    return session.folder is not None and not len(session.files) and "scan" not in session.pending


class NothingToShow(QWidget):
    """What happened, what is safe and one way on; the window decides when it is in front."""

    def __init__(self, session: Session, open_folder: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("nothing_to_show")
        self.setProperty("surface", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self.next = Button(tr("Next image"), clicked=session.next_image)
        self.open = Button(tr("Open another folder"), clicked=open_folder)
        self.broken = EmptyState("ph.warning-circle", "", button=self.next)
        self.empty = EmptyState("ph.folder-simple", "", button=self.open)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.broken)
        self._stack.addWidget(self.empty)
        session.image_changed.connect(self.refresh)
        session.idle.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say what is wrong now."""
        session, path = self._session, self._session.image_path
        if not nothing_to_show(session):
            return
        self._stack.setCurrentWidget(self.empty if path is None else self.broken)
        if path is None:
            name = session.folder.name if session.folder else ""
            self.empty.set(
                tr("{folder} has no images", folder=name),
                tr("Neither the folder nor the folders in it hold an image file."),
            )
            return
        reason = session.problem.replace(f"{path}: ", "", 1)
        self.broken.set(tr("{image} cannot be shown", image=path.name), f"{reason[:1].upper()}{reason[1:]}\n{tr(SAFE)}")
        last = session.row + 1 >= len(session.files)
        self.next.setEnabled(not last)
        self.next.setToolTip(tr("This is the last image of the folder.") if last else "")
