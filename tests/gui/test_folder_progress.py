"""On a low screen the folder's progress is below the tabs of the right column, whichever is in front."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLabel

from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import make_shape

Open = Callable[..., Any]


def said(driver: Any) -> str:
    labels = driver.find("column_progress").findChildren(QLabel)
    return " | ".join(label.text() for label in labels if label.isVisible())


def test_progress_is_below_the_tabs_and_counts_labelled_images(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    foot = driver.find("dock_foot")
    assert foot.isVisible() and foot.height() == 46
    shapes = driver.window.docks["shapes"]
    assert foot.y() > shapes.geometry().bottom() and foot.x() == shapes.x()
    driver.until(lambda: said(driver) == "Labeled | 0 of 5 | 0%", "the count of the folder")
    driver.window.docks.bring_forward("files")
    driver.app.processEvents()
    own = driver.find("review_progress")
    assert foot.isVisible() and not own.isVisible(), "said once"
    square = make_shape("rectangle", "cat", [[20, 20], [80, 90]])
    driver.session.apply("Draw", lambda document: add_shapes(document, [square]))
    driver.wait()
    driver.until(lambda: said(driver) == "Labeled | 1 of 5 | 20%", "the labelled image to be counted")
    driver.action("toggle_checked")
    driver.wait()
    driver.until(lambda: said(driver) == "Labeled (1 checked) | 1 of 5 | 20%", "the checked image to be counted")
    driver.window.resize(1100, 700)
    driver.until(lambda: driver.window.docks.collapsed, "the rail")
    assert not foot.isVisible()
    driver.window.docks.bring_forward("files")
    assert own.isVisible()
    driver.window.resize(1366, 768)
    driver.until(lambda: not driver.window.docks.collapsed, "the column")
    assert foot.isVisible() and foot.height() == 46
    assert driver.close()
    again = open_window(str(folder))
    assert again.find("dock_foot").isVisible() and again.find("dock_foot").height() == 46
