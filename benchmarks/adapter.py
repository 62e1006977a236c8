"""Drives the real window for the GUI benchmarks: one small interface that any program can give.

The benchmark scripts start the program, load images and folders, send mouse events to ``canvas``
and time them; ``canvas`` maps ``image * scale + (ox, oy)`` to the widget, its painting goes
through ``_paint(event)``.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any


class LiveShape(dict[str, Any]):
    """One shape as the scripts see it; its points are always those of the document now."""

    def __init__(self, session: Any, shape_id: int) -> None:
        super().__init__(label="", points=[])
        self._session, self._id = session, shape_id

    def __getitem__(self, key: str) -> Any:
        shape = self._session.document.shape(self._id)
        return shape.points.tolist() if key == "points" else getattr(shape, key)


class Adapter:
    """The interface of the benchmark scripts."""

    name = "plus"
    qt6 = True

    def start(self) -> None:
        """Build the application and show its window."""
        for module in ("QtCore", "QtGui", "QtWidgets"):
            setattr(self, module, importlib.import_module(f"PySide6.{module}"))
        from anylabel_plus.ui.app import build

        self.app, self.win = build([])
        self.session = self.win.session
        self.canvas = self.win.canvas

    def open_dir(self, path: str) -> None:
        self.session.open_folder(Path(path))

    def load(self, path: str) -> None:
        self.session.open_image(Path(path))

    def save(self, path: str) -> None:
        """Write the document to ``path`` by the way every save takes."""
        from anylabel_plus import files
        from anylabel_plus.formats import native

        files.write_atomic(Path(path), native.serialize(self.session.document))

    def next(self) -> None:
        self.session.next_image()

    def fit(self) -> None:
        self.canvas.fit()

    def zoom100(self) -> None:
        self.canvas.zoom100()

    def pan_to(self, fx: float, fy: float) -> None:
        """Scroll to a share of the way, as scroll bars would."""
        canvas, picture = self.canvas, self.session.picture
        x = -fx * max(0.0, picture.width * canvas.scale - canvas.width())
        y = -fy * max(0.0, picture.height * canvas.scale - canvas.height())
        canvas.pan_by(x - canvas.ox, y - canvas.oy)

    def has_image(self) -> bool:
        return self.canvas.pixmap is not None

    def shapes(self) -> list[LiveShape]:
        document = self.session.document
        return [LiveShape(self.session, shape.id) for shape in document.shapes] if document is not None else []

    def scroll(self) -> None:
        """There is no scroll area: the canvas pans by itself."""
        return
