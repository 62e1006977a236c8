"""Every test gets a home of its own: settings, caches, logs and recovery logs never touch the user's."""

from __future__ import annotations

import gc
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FULL_EVERY = 50
_finished = itertools.count(1)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Two workers share the machine's cores with their own threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh user folder, named by ``ANYLABEL_PLUS_HOME`` for this process and its children."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ANYLABEL_PLUS_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def garbage_dies_here() -> Iterator[None]:
    """Collected in the main thread only, as in the program: a widget must not die in a thread that reads files."""
    gc.disable()
    yield
    gc.collect(2 if next(_finished) % FULL_EVERY == 0 else 1)


@pytest.fixture(autouse=True)
def no_window_left() -> Iterator[None]:
    """No window, held mouse button or pointer of one test is in the way of the next.

    A window that a test left on the screen takes the pointer from the windows of later tests, and a
    button that was pressed and not released is down for everybody.
    """
    yield
    if "PySide6.QtWidgets" in sys.modules:
        _clear_the_screen()


def _clear_the_screen() -> None:
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtGui import QCursor, QGuiApplication, QWindow
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    if not isinstance(QApplication.instance(), QApplication):
        return
    nowhere = QWindow()
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
        if QGuiApplication.mouseButtons() & button:
            QTest.mouseRelease(nowhere, button)
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.hide()
    for widget in QApplication.topLevelWidgets():
        widget.hide()
    QCursor.setPos(QPoint(0, 0))
    QApplication.processEvents()
    assert QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
