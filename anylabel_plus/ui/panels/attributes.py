"""What is known of the selected shapes, or of the image, and all of it can be changed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QWidget

from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.panels.image_fields import ImageFields
from anylabel_plus.ui.panels.key_hints import KeyHints
from anylabel_plus.ui.panels.shape_fields import ShapeFields
from anylabel_plus.ui.widgets.inputs import Segmented
from anylabel_plus.ui.widgets.marks import EmptyState, hairline, row
from anylabel_plus.ui.widgets.panel import PanelBase

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


class AttributesPanel(PanelBase):
    """Follows the selection: fields of the shapes, or of the image where nothing is selected.

    ``finished``: the user is done with a field, by Enter or Esc.
    """

    finished = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__("attributes_panel", tr("Attributes"))
        self._session = session
        self.side = Segmented((("shape", tr("Shape")), ("image", tr("Image"))), tr("Attributes of"), "image")
        self.side.setObjectName("attributes_side")
        self.shape = ShapeFields(session)
        self.image = ImageFields(session)
        self.no_shape = EmptyState(
            "cursor", tr("No shape selected"), tr("Select a shape to see and change what is known of it.")
        )
        self.no_image = EmptyState("image-square", tr("No image"), tr("Open an image to describe it."))
        KeyHints(self.no_shape, session, ("select", tr("select tool")), ("select_all", tr("all shapes")))
        KeyHints(self.no_image, session, ("open_folder", tr("open a folder")))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._show_now)
        self._build()
        self._connect()
        self._show_now()

    def _build(self) -> None:
        self.body.addLayout(row(self.side, margins=(12, 8, 12, 8)))
        self.body.addWidget(hairline())
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack, 1)
        for page in (_scrolling(self.shape), _scrolling(self.image), self.no_shape, self.no_image):
            self._stack.addWidget(page)

    def _connect(self) -> None:
        session = self._session
        self.side.chosen.connect(lambda _: self._show_now())
        self.shape.finished.connect(self.finished)
        self.image.finished.connect(self.finished)
        session.selection_changed.connect(self._follow_selection)
        for signal in (session.document_changed, session.image_changed, session.labeling_changed):
            signal.connect(self._show_soon)
        session.labels_changed.connect(self._show_soon)
        session.settings_changed.connect(self._show_soon)

    def edit_text(self) -> None:
        """Put the cursor into the text of the selected shapes, or of the image."""
        self._follow_selection()
        self._show_now()
        field = self.shape.text if self._selected() else self.image.text
        field.setFocus()
        field.selectAll()

    def edit_tags(self) -> None:
        """Put the cursor into the tags of the image."""
        self.side.set_current("image")
        self._show_now()
        self.image.tags.setFocus()
        self.image.tags.selectAll()

    def edit_attributes(self) -> None:
        """Put the cursor into the first attribute of the selected shapes, or field of the image."""
        self._follow_selection()
        self._show_now()
        (self.shape.first_attribute() if self._selected() else self.image.checked).setFocus()

    # Following the session ---------------------------------------------------------------------

    def _selected(self) -> list[Shape]:
        session = self._session
        if session.document is None or not session.selection:
            return []
        return [shape for shape in session.document.shapes if shape.id in session.selection]

    def _follow_selection(self) -> None:
        self.side.set_current("shape" if self._session.selection else "image")
        self._show_soon()

    def _show_soon(self, *_: object) -> None:
        if not self._soon.isActive() and self.isVisible():
            self._soon.start(0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_soon()

    def _show_now(self) -> None:
        self._soon.stop()
        document = self._session.document
        if document is None:
            self._stack.setCurrentIndex(3)
        elif self.side.current() == "image":
            self.image.show_document(document)
            self._stack.setCurrentIndex(1)
        elif shapes := self._selected():
            self.shape.show_shapes(shapes)
            self._stack.setCurrentIndex(0)
        else:
            self._stack.setCurrentIndex(2)


def _scrolling(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(area.focusPolicy().NoFocus)
    area.setWidget(content)
    return area
