"""What the user points at and works with: selection, hover, hidden shapes, tool, label."""

from __future__ import annotations

from collections.abc import Iterable

from anylabel_plus.settings import Settings
from anylabel_plus.ui.display import PLAIN, Display
from anylabel_plus.ui.session.base import SessionBase

DEFAULT_LABEL = "object"


class PointingSession(SessionBase):
    """State that no file holds. Every setter does nothing when the value is already set."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.selection: frozenset[int] = frozenset()
        self.first_selected: int | None = None
        """The shape that was selected before others were added to it; None when they came together."""
        self.hovered: int | None = None
        self.hidden: frozenset[int] = frozenset()
        self.tool = "select"
        self.label = ""
        self.display = PLAIN
        self.viewed: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
        """The part of the image in view, xyxy in image pixels; may reach beyond the image."""
        self.image_changed.connect(self._show_plainly)

    def select(self, ids: Iterable[int]) -> None:
        """Select exactly the shapes with these ids."""
        selection = frozenset(ids)
        if selection != self.selection:
            self.selection = selection
            if len(selection) == 1:
                (self.first_selected,) = selection
            elif self.first_selected not in selection:
                self.first_selected = None
            self.selection_changed.emit()

    def set_hovered(self, shape_id: int | None) -> None:
        """The shape under the pointer, on the canvas or in a list."""
        if shape_id != self.hovered:
            self.hovered = shape_id
            self.hover_changed.emit(shape_id)

    def set_hidden(self, ids: Iterable[int]) -> None:
        """Hide exactly the shapes with these ids."""
        hidden = frozenset(ids)
        if hidden != self.hidden:
            self.hidden = hidden
            self.view_changed.emit()

    def set_display(self, display: Display) -> None:
        """Show pixels brighter, with more contrast …; no file changes."""
        if display != self.display:
            self.display = display
            self.display_changed.emit()

    def _show_plainly(self) -> None:
        if not self.settings.get("files.keep_display"):
            self.set_display(PLAIN)

    def set_viewed(self, xyxy: tuple[float, float, float, float]) -> None:
        """Say which part of the image is in view."""
        if xyxy != self.viewed:
            self.viewed = xyxy
            self.viewed_changed.emit()

    def set_tool(self, name: str) -> None:
        """Take up the canvas tool ``name`` (a row of ``ui.canvas.tools.TOOLS``)."""
        if name != self.tool:
            self.tool = name
            self.tool_changed.emit(name)

    def set_label(self, text: str) -> None:
        """The label that the next shape gets."""
        text = text.strip()
        if text != self.label:
            self.label = text
            self.label_changed.emit(text)

    @property
    def label_for_new(self) -> str:
        """The label to give to a new shape: the current one, or "object" when none was chosen."""
        return self.label or DEFAULT_LABEL

    def ask_for_label(self) -> None:
        """Shapes were made with ``label_for_new``: ask for another where that is wanted."""
        if not self.label or not self.settings.get("labels.auto_use_last"):
            self.label_wanted.emit()

    def _keep_only(self, ids: frozenset[int]) -> None:
        """Drop selection, hover and hiding of shapes that are gone."""
        if self.hovered is not None and self.hovered not in ids:
            self.set_hovered(None)
        self.set_hidden(self.hidden & ids)
        self.select(self.selection & ids)
