"""The real window in tests: built, driven, closed; leaks and Qt's complaints fail the test."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QtMsgType, qInstallMessageHandler

from anylabel_plus import images
from anylabel_plus.settings import Settings
from anylabel_plus.ui import messages

sys.path.insert(0, str(Path(__file__).parent))
from window_driver import PATIENCE_S, Driver

QUIET = ("This plugin does not support", "propagateSizeHints")


@pytest.fixture(autouse=True)
def collected_here() -> Iterator[None]:
    """Windows are never collected in one of their threads, as in the program (see ``ui.collector``)."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def qt_complaints() -> Iterator[list[str]]:
    """Warnings that Qt prints while the test runs; any fails it."""
    found: list[str] = []

    def handler(kind: QtMsgType, _context: object, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and kind != QtMsgType.QtInfoMsg and not text.startswith(QUIET):
            found.append(text)

    previous = qInstallMessageHandler(handler)
    yield found
    qInstallMessageHandler(previous)
    assert not found, f"Qt complained: {found}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five small pictures with a bright square each, no labels."""
    target = tmp_path / "pictures"
    target.mkdir()
    for number in range(5):
        pixels = np.full((240, 320, 3), 40, np.uint8)
        pixels[60:180, 80 + 10 * number : 200 + 10 * number] = (220, 60 + 20 * number, 60)
        (target / f"image_{number}.png").write_bytes(images.encode_png(pixels))
    return target


@pytest.fixture
def open_window(home: Path, qt_complaints: list[str]) -> Iterator[Callable[..., Driver]]:
    """Builds windows; afterwards everything must be gone: threads, timers, child processes."""
    Settings().set("appearance.theme", "dark")
    before = set(threading.enumerate())
    drivers: list[Driver] = []

    def start(*argv: str) -> Driver:
        driver = Driver(*argv)
        drivers.append(driver)
        return driver

    yield start
    for driver in drivers:
        pid = driver.session.worker_pid
        driver.session.shut_down()
        driver.window.hide()
        driver.window.deleteLater()
        # Its connections, which no collector sees, would keep the window and all that it shows.
        driver.session.deleteLater()
        assert pid is None or not _alive(pid), f"the worker process {pid} still runs"
    messages.install(None)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
    left = [thread.name for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    assert not left, f"threads still run: {left}"


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


@pytest.fixture
def hands(open_window: Callable[..., Driver], folder: Path) -> Driver:
    """The window on the five pictures with the label car in hand, the keys going to the canvas."""
    driver = open_window(str(folder))
    driver.window.after_first_paint()
    driver.session.set_label("car")
    driver.canvas.setFocus()
    driver.wait()
    return driver


@pytest.fixture
def image(folder: Path) -> Path:
    """The first of the pictures, the one that is shown."""
    return folder / "image_0.png"
