"""Task: work in another language, switched while an image is open and edited."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtWidgets import QDialog, QLabel
from window_driver import Driver

from anylabel_plus.ui import language
from anylabel_plus.ui.app import RETRY_MS, Window

CHINESE = {"Undo": "取消", "File": "文件", "Saved": "已保存"}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.use("en")


def switch(driver: Driver, code: str) -> None:
    """Choose a language, wait for the new window, drive that one; the old one must go."""
    old = driver.window
    gone: list[bool] = []
    old.destroyed.connect(lambda: gone.append(True))
    driver.session.settings.set("appearance.language", code)
    holder = driver.session.findChild(Window)
    assert holder is not None
    driver.until(lambda: holder.current is not old, "a new window")
    driver.window = holder.current
    driver.window.after_first_paint()
    driver.wait()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    driver.until(lambda: bool(gone), "the end of the old window")


def test_the_window_speaks_the_new_language_and_keeps_the_work(
    open_window: Callable[..., Driver], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        language,
        "read_catalogue",
        lambda code: {} if code == "en" else {"Undo": "取消", "File": "文件", "Saved": "已保存"},
    )
    driver = open_window(str(folder))
    driver.keys(Qt.Key.Key_R)
    driver.drag((0.3, 0.3), (0.6, 0.6))
    driver.wait()
    assert driver.session.can_undo
    driver.action("zoom_in")
    view = driver.canvas.view
    switch(driver, "zh_CN")
    assert driver.find("menu_file").title() == "文件"
    assert driver.window.actions_["undo"].text().startswith("取消")
    assert driver.find("status_save", QLabel).text() == "已保存"
    assert driver.canvas.view.scale == view.scale
    assert len(driver.session.document.shapes) == 1
    driver.action("undo")
    assert not driver.session.document.shapes
    driver.action("redo")
    driver.action("next_image")
    driver.wait()
    driver.keys(Qt.Key.Key_R)
    driver.drag((0.3, 0.3), (0.6, 0.6))
    driver.wait()
    assert len(driver.saved(folder / "image_1.png").shapes) == 1
    switch(driver, "en")
    assert driver.find("menu_file").title() == "File"
    assert driver.session.image_path == folder / "image_1.png"


def test_a_choice_made_in_a_dialog_waits_for_its_end(open_window: Callable[..., Driver], folder: Path) -> None:
    driver = open_window(str(folder))
    old = driver.window
    holder = driver.session.findChild(Window)
    assert holder is not None
    seen: list[bool] = []

    def choose() -> None:
        driver.session.settings.set("appearance.language", "ja")
        QTimer.singleShot(3 * RETRY_MS, leave)

    def leave() -> None:
        seen.append(holder.current is old)
        driver.find("settings_dialog", QDialog).accept()

    QTimer.singleShot(0, choose)
    driver.action("settings")
    driver.until(lambda: bool(seen), "the end of the dialog")
    assert seen == [True], "the window was built again below the dialog"
    driver.until(lambda: holder.current is not old, "a new window")
    driver.window = holder.current
    driver.wait()
    assert language.current() == "ja"
