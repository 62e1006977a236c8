"""A canvas over a session in memory, and what a user does with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.canvas.view import Canvas
from anylabel_plus.ui.picture import build_picture
from anylabel_plus.ui.session import Change, Session


class Board:
    """A canvas of 600 x 500 and what a user does with it, in image pixels."""

    def __init__(self) -> None:
        self.session = Session()
        self.canvas = Canvas(self.session)
        self.canvas.resize(600, 500)

    def open(self, shapes: Sequence[Shape] = (), width: int = 200, height: int = 150) -> None:
        """Show a gradient with these shapes."""
        y, x = np.mgrid[0:height, 0:width]
        pixels = np.stack((x % 256, y % 256, (x * 2 + y) % 256), axis=2).astype(np.uint8)
        self.session.picture = build_picture(pixels)
        self.session.image_path = Path("a.png")
        self.session.document = add_shapes(Document("a.png", width, height), list(shapes))
        self.session.image_changed.emit()
        self.session._set_document(self.session.document, Change("document"), None)
        self.settle()

    def settle(self) -> None:
        """Paint until the static layer is finished."""
        self.canvas.repaint()
        while not self.canvas.finished:
            QApplication.processEvents()
            self.canvas.repaint()

    def image(self) -> np.ndarray:
        """What the canvas shows, (h, w, 4) BGRA."""
        self.settle()
        shown = self.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        data = np.frombuffer(shown.constBits(), np.uint8)
        return data.reshape(shown.height(), shown.bytesPerLine() // 4, 4)[:, : shown.width()].copy()

    def at(self, x: float, y: float) -> QPoint:
        return self.canvas.widget_from_image(x, y).toPoint()

    def click(self, x: float, y: float, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mouseMove(self.canvas, self.at(x, y))
        QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, modifier, self.at(x, y))

    def press(self, x: float, y: float) -> None:
        QTest.mouseMove(self.canvas, self.at(x, y))
        QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at(x, y))

    def move(self, x: float, y: float) -> None:
        QTest.mouseMove(self.canvas, self.at(x, y))

    def release(self, x: float, y: float) -> None:
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at(x, y))

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.canvas, key, modifier)

    def centre(self) -> QPointF:
        return QPointF(self.canvas.width() / 2, self.canvas.height() / 2)
