"""PANELS, the table of what can be docked.

To add a panel: a module with a widget whose constructor takes the session and nothing else, that
listens to the session's signals and changes things by the session's methods only; its row here.
No panel imports another.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from anylabel_plus.ui.session import Session

Panels = dict[str, tuple[str, Callable[[Session], QWidget]]]


def _panel(module: str, name: str) -> Callable[[Session], QWidget]:
    """The constructor ``name`` of a module here, imported when the panel is made: after the first frame."""

    def make(session: Session) -> QWidget:
        widget: QWidget = getattr(importlib.import_module(f"{__name__}.{module}"), name)(session)
        return widget

    return make


PANELS: Panels = {
    "assist": ("Assist", _panel("assist", "AssistPanel")),
    "shapes": ("Shapes", _panel("shapes", "ShapesPanel")),
    "labels": ("Labels", _panel("labels", "LabelsPanel")),
    "attributes": ("Attributes", _panel("attributes", "AttributesPanel")),
    "view": ("View", _panel("view", "ViewPanel")),
    "files": ("Files", _panel("files", "FilesPanel")),
}
"""Id -> (title, constructor)."""
CLOSED_AT_FIRST = frozenset(("view",))
"""Panels that a fresh window does not show."""
