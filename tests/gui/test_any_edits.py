"""Any sequence of gestures and actions through the real window: undo all gives the start, redo all the end,
and the file read back is the document.

Hypothesis chooses tools, positions and actions; every action that runs by itself takes part, so that an edit
which cannot be undone is found without anybody thinking of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from window_driver import Driver

from anylabel_plus.core.compare import same_shape
from anylabel_plus.core.document import Document
from anylabel_plus.ui.actions import ACTIONS

TOOLS = [row.id for row in ACTIONS if row.tool and not row.tool.startswith("assist") and row.tool != "pan"]
RUNS = [
    row.id
    for row in ACTIONS
    if row.run is not None and row.menu in ("Edit", "Shape") and row.id not in ("undo", "redo")
]
PART = st.sampled_from([0.1, 0.25, 0.3, 0.45, 0.5, 0.6, 0.75, 0.9])
SPOT = st.tuples(PART, PART)
STEP = st.one_of(
    st.tuples(st.just("tool"), st.sampled_from(TOOLS), st.lists(SPOT, min_size=2, max_size=4), st.booleans()),
    st.tuples(st.just("tool"), st.sampled_from(TOOLS), st.lists(SPOT, min_size=2, max_size=4), st.booleans()),
    st.tuples(st.just("run"), st.sampled_from(RUNS)),
)
LEFT = Qt.MouseButton.LeftButton


def perform(driver: Driver, step: tuple) -> None:  # type: ignore[type-arg]
    """One step of the sequence; an action that is disabled is left out."""
    if step[0] == "run":
        action = driver.window.actions_[step[1]]
        driver.app.processEvents()
        if action.isEnabled():
            action.trigger()
        driver.wait()
        return
    _, tool, spots, drags = step
    driver.action(tool)
    at = [driver.at(*spot) for spot in spots]
    if drags:
        press(driver, at)
    else:
        for point in at:
            QTest.mouseMove(driver.canvas, point)
            QTest.mouseClick(driver.canvas, LEFT, Qt.KeyboardModifier.NoModifier, point)
            driver.app.processEvents()
    QTest.keyClick(driver.canvas, Qt.Key.Key_Return)
    driver.wait()


def press(driver: Driver, at: list[QPoint]) -> None:
    """One stroke through the points."""
    QTest.mouseMove(driver.canvas, at[0])
    QTest.mousePress(driver.canvas, LEFT, Qt.KeyboardModifier.NoModifier, at[0])
    for point in at[1:]:
        QTest.mouseMove(driver.canvas, point)
        driver.app.processEvents()
    QTest.mouseRelease(driver.canvas, LEFT, Qt.KeyboardModifier.NoModifier, at[-1])
    driver.app.processEvents()


def assert_same(found: Document, expected: Document, what: str, *, from_file: bool = False) -> None:
    """Equal by value. A dialect may write empty fields of its own, and any two opposite corners of a rectangle."""
    assert len(found.shapes) == len(expected.shapes), what
    for number, (a, b) in enumerate(zip(found.shapes, expected.shapes, strict=True)):
        if from_file:
            a = a.with_(extra=b.extra)
            if a.kind == b.kind == "rectangle":
                a, b = (shape.with_(points=np.sort(shape.points, axis=0)) for shape in (a, b))
        assert same_shape(a, b), f"{what}: shape {number}, {a.kind} {a.label}"
    for name in ("flags", "tags", "description", "checked"):
        one, other = getattr(found, name), getattr(expected, name)
        assert one == other or (from_file and not one and not other), f"{what}: {name}"


@pytest.fixture
def driver(open_window: Callable[..., Driver], folder: Path) -> Driver:
    driver = open_window(str(folder))
    driver.window.after_first_paint()
    driver.session.set_label("thing")
    driver.session.settings.set("assist.model", "classic")
    driver.wait()
    return driver


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEP, min_size=2, max_size=10))
def test_every_sequence_can_be_undone_redone_and_read_back(driver: Driver, folder: Path, steps: list) -> None:  # type: ignore[type-arg]
    session = driver.session
    while session.can_undo:
        session.undo()
    driver.wait()
    start = session.document
    assert start is not None
    for step in steps:
        note(str(step))
        perform(driver, step)
    driver.action("select")
    driver.wait()
    end = session.document
    assert end is not None
    undone = 0
    while session.can_undo:
        assert session.undo_name, "an entry without a name"
        session.undo()
        undone += 1
    assert_same(session.document, start, "after undoing all")
    for _ in range(undone):
        assert session.can_redo
        session.redo()
    assert_same(session.document, end, "after redoing all")
    session.save()
    driver.wait()
    path = folder / "image_0.png"
    if path.with_suffix(".json").exists():
        assert_same(driver.saved(path), end, "read back from disk", from_file=True)
    else:
        assert_same(end, start, "nothing was written")
    assert not driver.texts("error"), driver.texts("error")
