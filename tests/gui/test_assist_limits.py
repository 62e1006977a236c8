"""What becomes of the model's answers: small areas are left out, good candidates are accepted at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from anylabel_plus.ui.widgets.inputs import Switch

Open = Callable[..., Any]
SQUARE = (0.2, 0.2), (0.68, 0.8)
"""A box around the bright square, about 14,400 px²."""


def shown(driver: Any) -> Any:
    """The advanced rows, also where the screen is low."""
    driver.window.docks.bring_forward("assist")
    driver.find("assist_panel").set_compact(False)
    driver.app.processEvents()
    return driver


def enter(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_candidates_below_the_smallest_area_are_left_out(open_window: Open, folder: Path) -> None:
    driver = shown(open_window(str(folder)))
    driver.find("assist_area").set_value(400)
    driver.find("assist_area").changed.emit(400.0)
    driver.until(lambda: driver.session.settings.get("assist.min_area_px2") == 400, "the setting to be kept")
    driver.action("assist_box")
    driver.drag(*SQUARE)
    driver.wait()
    assert driver.session.candidates
    assert all(candidate.mask.area >= 400 for candidate in driver.session.candidates)
    driver.session.settings.set("assist.min_area_px2", 60_000)
    driver.action("assist_run")
    driver.wait()
    assert driver.session.candidates == ()
    assert "The model found nothing larger than 60000 px² here." in driver.texts("info")
    assert not driver.session.document.shapes


def test_a_candidate_with_a_good_score_is_accepted_at_once_and_can_be_undone(open_window: Open, folder: Path) -> None:
    driver = shown(open_window(str(folder)))
    driver.session.set_label("square")
    enter(driver.find("assist_score", QLineEdit), "1")
    driver.find("assist_accept", Switch).click()
    assert driver.session.settings.get("assist.accept_at_score") is True
    assert driver.session.settings.get("assist.accept_score") == 1.0
    driver.action("assist_box")
    driver.drag(*SQUARE)
    driver.wait()
    best = max(candidate.score for candidate in driver.session.candidates)
    assert best < 1.0, "a score below the limit waits to be accepted"
    enter(driver.find("assist_score", QLineEdit), f"{best - 0.02:.2f}")
    driver.action("assist_run")
    driver.wait()
    assert driver.session.candidates == () and driver.session.prompt.empty
    shape = driver.saved(folder / "image_0.png").shapes[0]
    assert (shape.kind, shape.label) == ("polygon", "square")
    assert shape.provenance.score == round(best, 4)
    assert driver.session.undo_name == "Accept square"
    driver.action("undo")
    driver.wait()
    assert not driver.session.document.shapes
    driver.find("assist_accept", Switch).click()
    driver.drag(*SQUARE)
    driver.wait()
    assert driver.session.candidates and not driver.session.document.shapes
