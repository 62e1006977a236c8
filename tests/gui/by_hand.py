"""What hands do in the window, by keys and mouse alone: the steps of the tests of an annotator's day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from window_driver import Driver

Spots = list[tuple[float, float]]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SIZE = np.array((320.0, 240.0))
CORNERS = [(0.2, 0.2), (0.5, 0.2), (0.5, 0.6), (0.2, 0.6)]


def clicks(driver: Driver, spots: Spots) -> None:
    """Click at fractions of the image, one after the other."""
    for spot in spots:
        driver.click(*spot)


def near(points: object, spots: Spots, off: float = 1.5) -> bool:
    """True where pixel coordinates (n, 2) are the fractions ``spots`` of the image, to ``off`` pixels."""
    found = np.array(points, float)
    return found.shape == (len(spots), 2) and bool(np.abs(found - np.array(spots) * SIZE).max() < off)


def only(driver: Driver, image: Path) -> dict[str, Any]:
    """The one shape of the label file."""
    (shape,) = driver.in_file(image)
    return shape


def draw_polygon(driver: Driver, spots: Spots = CORNERS) -> None:
    """A polygon by its corners; the hand is back at selecting, the shape is selected."""
    driver.press("P")
    clicks(driver, spots)
    driver.press("Return", "Ctrl+J")


def draw_box(driver: Driver, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A rectangle by dragging; the hand is back at selecting, the shape is selected."""
    driver.press("R")
    driver.drag(start, end)
    driver.press("Ctrl+J")


def type_text(driver: Driver, text: str) -> None:
    """Type into the field that has the focus."""
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit) or hasattr(field, "toPlainText"), f"{field} takes no text"
    for letter in text:  # each by itself: a list of completions opens and closes in between
        QTest.keyClicks(field, letter)
        driver.app.processEvents()


def command(driver: Driver, words: str) -> None:
    """F1, some letters, Enter."""
    driver.press("F1")
    type_text(driver, words)
    driver.press("Return")
    driver.wait()


def set_label(driver: Driver, name: str) -> None:
    """Ctrl+E, the name, Enter: for the selected shapes, or for the next one when none is selected."""
    driver.press("Ctrl+E")
    type_text(driver, name)
    driver.press("Return")
    driver.wait()


def labels(driver: Driver, image: Path) -> list[str]:
    """Labels on disk, from the bottom to the top."""
    return [shape["label"] for shape in driver.in_file(image)]


def box(shape: dict[str, Any]) -> list[float]:
    """x1, y1, x2, y2 of a shape on disk, rounded to pixels."""
    points = np.array(shape["points"])
    return [float(round(value)) for value in (*points.min(axis=0), *points.max(axis=0))]
