"""Every empty panel says what to do next, and with which key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from anylabel_plus.ui.widgets.marks import EmptyState, KeyCap

Open = Callable[..., Any]


def hints(driver: Any, panel_id: str) -> list[str]:
    """The keys named by the empty state that the panel shows."""
    driver.window.docks.bring_forward(panel_id)
    driver.app.processEvents()
    shown = [state for state in driver.find(f"{panel_id}_panel").findChildren(EmptyState) if state.isVisible()]
    assert len(shown) == 1 and shown[0].title.text() and shown[0].text.text().endswith(".")
    caps = [cap for cap in shown[0].findChildren(KeyCap) if cap.isVisible()]
    return [cap.accessibleName() for cap in caps]


def test_without_a_folder_the_panels_lead_to_one(open_window: Open) -> None:
    driver = open_window()
    for panel_id in ("shapes", "attributes", "files"):
        assert hints(driver, panel_id) == ["Ctrl U"], panel_id
    assert driver.find("navigator").empty_text.startswith("Open an image")
    assert hints(driver, "labels") == ["Ctrl E"]
    driver.session.settings.set("keys.preset", "AnyLabel Plus")
    driver.app.processEvents()
    assert hints(driver, "files") == ["Ctrl O"]


def test_with_an_image_the_panels_lead_to_the_tools(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    assert hints(driver, "shapes") == ["R", "P", "Q"]
    driver.session.settings.set("keys.own", {"rectangle": ["Alt+R"]})
    driver.app.processEvents()
    assert hints(driver, "shapes") == ["Alt R", "P", "Q"]
