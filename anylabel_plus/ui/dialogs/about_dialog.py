"""About the program: its version, what it is made of and under which licences, details to copy into a report."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus import __version__, paths
from anylabel_plus.settings import Settings
from anylabel_plus.ui.dialogs.frame import DialogFrame
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.event_list import EventList, EventRow
from anylabel_plus.ui.widgets.marks import text_label

PARTS = (
    ("PySide6-Essentials", "LGPL-3.0"),
    ("numpy", "BSD-3-Clause"),
    ("opencv-python-headless", "Apache-2.0"),
    ("pillow", "MIT-CMU"),
    ("msgspec", "BSD-3-Clause"),
    ("onnxruntime", "MIT"),
    ("onnxruntime-gpu", "MIT"),
    ("PyYAML", "MIT"),
    ("platformdirs", "MIT"),
    ("typer", "MIT"),
    ("rich", "MIT"),
    ("qtawesome", "MIT"),
)
"""Distribution -> its licence; those that are not installed are not shown."""
SHIPPED = (("Inter", "OFL-1.1"), ("Phosphor Icons", "MIT"))


def versions() -> list[tuple[str, str, str]]:
    """(name, version, licence) of what the program is made of."""
    found = [("AnyLabel Plus", __version__, "Apache-2.0"), ("Python", platform.python_version(), "PSF-2.0")]
    found.append(("Qt", qVersion(), "LGPL-3.0"))
    for name, licence in PARTS:
        try:
            found.append((name, importlib.metadata.version(name), licence))
        except importlib.metadata.PackageNotFoundError:
            continue  # the other package of ONNX Runtime; a frozen program carries no metadata of some
    return found + [(name, "", licence) for name, licence in SHIPPED]


def details(settings: Settings) -> str:
    """What somebody who is asked for help wants to know; nothing about the user's pictures."""
    lines = [f"{name} {version}".strip() for name, version, _ in versions()]
    lines += [
        f"System: {platform.platform()}",
        f"Window system: {QGuiApplication.platformName()}",
        f"Packaged: {'yes' if paths.frozen() else 'no'} ({sys.executable})",
        f"Model: {settings.get('assist.model')}, device {settings.get('models.device')}",
        f"Keys: {settings.get('keys.preset')}",
        f"Settings: {settings.path}",
    ]
    return "\n".join(lines)


class AboutDialog(DialogFrame):
    """Version and licences; the details can be copied."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent, "ph.info", "AnyLabel Plus", tr("Version {version}", version=__version__))
        self.setObjectName("about_dialog")
        self._settings = settings
        text = tr("Label a few images, let models label the rest. Everything stays on this computer.")
        self.parts = EventList(tr("Versions and licences"))
        self.parts.setObjectName("about_parts")
        self.parts.show_rows([EventRow("note", f"{name} {version}".strip(), one) for name, version, one in versions()])
        column = QVBoxLayout()
        column.setContentsMargins(20, 14, 20, 8)
        column.setSpacing(8)
        column.addWidget(text_label(text, "body", wrap=True))
        column.addWidget(text_label(tr("Licence: Apache-2.0. It is made with:"), "small", "2"))
        column.addWidget(self.parts, 1)
        self.body.addLayout(column)
        copy = Button(tr("Copy details"), "copy", clicked=self._copy)
        copy.setObjectName("about_copy")
        close = Button(tr("Close"), kind="primary", clicked=self.accept)
        close.setObjectName("about_close")
        self.buttons.addWidget(copy)
        self.buttons.addWidget(close)
        self.resize(520, 520)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(details(self._settings))
        self.note.setText(tr("Copied."))
