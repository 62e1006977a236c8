"""What the window does for actions about labels: fields that take the focus, the label manager."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from anylabel_plus.ui.widgets.label_edit import LabelEdit

if TYPE_CHECKING:
    from anylabel_plus.ui.canvas.view import Canvas
    from anylabel_plus.ui.docks import Docks
    from anylabel_plus.ui.menus import ActionSet
    from anylabel_plus.ui.session import Session


class LabelRequests:
    """One method for each request; panels that are closed or behind a tab come to the front."""

    def __init__(self, window: QWidget, session: Session, canvas: Canvas, docks: Docks) -> None:
        self._window, self._session, self._canvas, self._docks = window, session, canvas, docks

    def table(self) -> dict[str, Callable[[], object]]:
        """Request id -> what is done."""
        return {
            "edit_label": self.edit_label,
            "edit_attributes": lambda: self._edit("edit_attributes"),
            "edit_text": lambda: self._edit("edit_text"),
            "edit_tags": lambda: self._edit("edit_tags"),
            "label_manager": lambda: self.manage("labels"),
            "digit_shortcuts": lambda: self.manage("keys"),
        }

    def connect_panels(self, actions: ActionSet) -> None:
        """What the fields lead to: Enter and Esc back to the canvas, Ctrl+Enter on to the attributes."""
        for name in ("label_edit", "attributes_label"):
            field = self._window.findChild(LabelEdit, name)
            if field is not None:
                field.finished.connect(self._canvas.setFocus)
                field.more.connect(lambda: self._edit("edit_attributes"))
        panel: Any = self._window.findChild(QWidget, "attributes_panel")
        if panel is not None:
            panel.finished.connect(self._canvas.setFocus)
        button: Any = self._window.findChild(QWidget, "manage_labels")
        if button is not None:
            button.clicked.connect(lambda *_: actions["label_manager"].trigger())

    def edit_label(self) -> None:
        """Put the cursor into the label field, with the label there selected."""
        field = self._window.findChild(QLineEdit, "label_edit")
        if field is not None:
            self._docks.bring_forward("labels")
            field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            field.selectAll()

    def manage(self, page: str) -> QDialog:
        """Show the label manager with one of its pages."""
        from anylabel_plus.ui.dialogs.label_manager import LabelManager

        for shown in self._window.findChildren(LabelManager):
            if shown.isVisible():
                shown.show_page(page)
                shown.raise_()
                shown.activateWindow()
                return shown
        dialog = LabelManager(self._session, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show_page(page)
        dialog.show()
        dialog.activateWindow()
        return dialog

    def _edit(self, what: str) -> None:
        panel: Any = self._window.findChild(QWidget, "attributes_panel")
        if panel is not None:
            self._docks.bring_forward("attributes")
            getattr(panel, what)()
