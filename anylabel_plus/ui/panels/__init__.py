"""PANELS, the table of what can be docked.

To add a panel: a module with a widget whose constructor takes the session and nothing else, that
listens to the session's signals and changes things by the session's methods only; its row here.
No panel imports another.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from anylabel_plus.ui.panels.assist import AssistPanel
from anylabel_plus.ui.panels.files import FilesPanel
from anylabel_plus.ui.panels.labels import LabelsPanel
from anylabel_plus.ui.panels.shapes import ShapesPanel
from anylabel_plus.ui.session import Session

PANELS: dict[str, tuple[str, Callable[[Session], QWidget]]] = {
    "assist": ("Assist", AssistPanel),
    "shapes": ("Shapes", ShapesPanel),
    "labels": ("Labels", LabelsPanel),
    "files": ("Files", FilesPanel),
}
"""Id -> (title, constructor)."""
