"""Drives the real window like a user: finds widgets by objectName, waits for ``session.idle``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from anylabel_plus.formats import native
from anylabel_plus.ui.app import build

W = TypeVar("W", bound=QWidget)
PATIENCE_S = 30.0


class Driver:
    """One window, built by the program's own ``build``."""

    def __init__(self, *argv: str) -> None:
        self.app, self.window = build(argv)
        self.session = self.window.session
        self.messages: list[tuple[str, str, Any]] = []
        self.session.message.connect(lambda *message: self.messages.append(message))
        self.wait()

    # Waiting ---------------------------------------------------------------------------------

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Run the event loop until ``condition`` holds; fails with ``what`` after some patience."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f"waited in vain for {what}; pending: {set(self.session.pending)}"
            self.app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.001)

    def wait(self) -> None:
        """Until nothing is pending."""
        self.app.processEvents()
        self.until(lambda: self.session.is_idle, "idle")
        self.app.processEvents()

    # Acting ----------------------------------------------------------------------------------

    def find(self, name: str, kind: type[W] = QWidget) -> W:  # type: ignore[assignment]
        """The widget with this objectName."""
        found = self.window.findChild(kind, name)
        assert found is not None, f"no widget is called {name}"
        return found

    @property
    def canvas(self) -> Any:
        return self.find("canvas")

    def at(self, fx: float, fy: float) -> QPoint:
        """Widget position of a fraction of the image."""
        picture = self.session.picture
        assert picture is not None, "no image is shown"
        point: QPointF = self.canvas.widget_from_image(fx * picture.width, fy * picture.height)
        return point.toPoint()

    def click(self, fx: float, fy: float, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Click at a fraction of the image."""
        QTest.mouseMove(self.canvas, self.at(fx, fy))
        QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, modifier, self.at(fx, fy))
        self.app.processEvents()

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 4) -> None:
        """Press at ``start``, move in steps, release at ``end``; fractions of the image."""
        left = Qt.MouseButton.LeftButton
        QTest.mouseMove(self.canvas, self.at(*start))
        QTest.mousePress(self.canvas, left, Qt.KeyboardModifier.NoModifier, self.at(*start))
        for step in range(1, steps + 1):
            fx = start[0] + (end[0] - start[0]) * step / steps
            fy = start[1] + (end[1] - start[1]) * step / steps
            QTest.mouseMove(self.canvas, self.at(fx, fy))
            self.app.processEvents()
        QTest.mouseRelease(self.canvas, left, Qt.KeyboardModifier.NoModifier, self.at(*end))
        self.app.processEvents()

    def keys(self, key: Qt.Key | str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key, or type text, on whatever has the focus."""
        target = QApplication.focusWidget() or self.canvas
        QTest.keyClicks(target, key, modifier) if isinstance(key, str) else QTest.keyClick(target, key, modifier)
        self.app.processEvents()

    def press(self, *keys: str) -> None:
        """Press keys as they are written in menus ("Ctrl+Shift+M"), one after the other, wherever the focus is."""
        for text in keys:
            key = QKeySequence(text)[0]
            target = QApplication.activePopupWidget() or QApplication.focusWidget() or self.canvas
            QTest.keyClick(target, key.key(), key.keyboardModifiers())
            self.app.processEvents()

    def action(self, action_id: str) -> None:
        """Trigger an action by its id, if it is enabled."""
        self.app.processEvents()
        action = self.window.actions_[action_id]
        assert action.isEnabled(), f"{action_id} is disabled"
        action.trigger()
        self.app.processEvents()

    # Reading ---------------------------------------------------------------------------------

    def saved(self, image: Path) -> Any:
        """The document of an image as it is on disk."""
        return native.read(image.with_suffix(".json"))

    def in_file(self, image: Path) -> list[dict[str, Any]]:
        """The shapes of an image as they stand in the JSON on disk, none without a label file."""
        self.wait()
        path = image.with_suffix(".json")
        shapes: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["shapes"] if path.exists() else []
        return shapes

    def texts(self, level: str) -> list[str]:
        """Texts of the messages of one level so far."""
        return [message[1] for message in self.messages if message[0] == level]

    def close(self) -> bool:
        """Close the window as the user does; False when it stays open."""
        closed = self.window.close()
        self.app.processEvents()
        return closed
