"""How far the folder is, below the tabs of the right column on a low screen, where the list of files is one of them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from anylabel_plus.ui.session import Session

HEIGHT = 46


class ColumnFoot(QDockWidget):
    """No panel: it has no head, and can be neither moved nor closed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dock_foot")
        self.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        head = QWidget()
        head.setFixedHeight(0)
        self.setTitleBarWidget(head)
        self.setFixedHeight(HEIGHT)
        self.hide()
        self.visibilityChanged.connect(self._share)

    def _share(self, *_: object) -> None:
        """The list of files says the same at its own foot only where this is not shown."""
        own = self.window().findChild(QWidget, "review_progress")
        if own is not None:
            own.setVisible(self.isHidden())

    def fill(self, session: Session) -> None:
        """Show the progress of the session's folder."""
        from anylabel_plus.ui.panels.file_progress import FolderProgress

        progress = FolderProgress(session)
        progress.setObjectName("column_progress")
        progress.setProperty("surface", "panel")
        progress.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(progress)
        self._share()

    def place(self, window: QMainWindow, shown: bool) -> None:
        """Put it at the lower end of the column of ``window``, or take it away."""
        window.removeDockWidget(self)
        if shown:
            window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self, Qt.Orientation.Vertical)
            self.show()
