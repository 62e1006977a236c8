"""What hands do on the synthesis page, and the pictures they do it with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QMenu, QWidget
from window_driver import Driver

from anylabel_plus import images

DISC = [(160 + 50 * np.cos(a), 120 + 50 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 40, endpoint=False)]
LABELS = ("cup", "cup", "dish")


def make_discs(tmp_path: Path) -> Path:
    """Three pictures with a textured disc and its outline, three without labels."""
    folder = tmp_path / "discs"
    folder.mkdir()
    rng = np.random.default_rng(3)
    yy, xx = np.mgrid[:240, :320]
    inside = (xx - 159.5) ** 2 + (yy - 119.5) ** 2 < 50**2
    for number in range(6):
        pixels = rng.integers(90, 120, (240, 320, 3), np.uint8)
        if number < 3:
            stripes = ((xx + yy * number) // 6 % 2 * 120 + 60).astype(np.uint8)
            pixels[inside] = np.stack([stripes, stripes // 2, 200 - stripes // 2], -1)[inside]
            shape = {"label": LABELS[number], "shape_type": "polygon", "points": DISC, "group_id": None, "flags": {}}
            data = {"version": "5.0", "flags": {}, "shapes": [shape], "imagePath": f"disc_{number}.png"}
            text = json.dumps({**data, "imageData": None, "imageHeight": 240, "imageWidth": 320})
            (folder / f"disc_{number}.json").write_text(text)
        (folder / f"disc_{number}.png").write_bytes(images.encode_png(pixels))
    return folder


class Hands:
    """The page in the window, opened by its action."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        driver.window.after_first_paint()
        driver.window.resize(1366, 768)
        driver.wait()
        driver.action("synthesis")
        driver.wait()

    @property
    def page(self) -> Any:
        return self.driver.find("synthesis_page")

    @property
    def desk(self) -> Any:
        return self.page.desk

    def click(self, name: str) -> None:
        """Press a button of the page, and wait for what it sets off."""
        button = self.driver.find(name, QAbstractButton)
        assert button.isVisible() and button.isEnabled(), f"{name} cannot be pressed"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.driver.until(lambda: not self.page.foot.running, "the end of the job")
        self.driver.wait()

    def build(self) -> None:
        """A bank, every cutout accepted."""
        self.click("empty_build")
        bank = self.desk.shelf.bank
        assert bank is not None, self.page.foot.notice.text()
        self.desk.shelf.decide({cutout.id: (True, "") for cutout in bank.cutouts})
        self.driver.wait()

    def pictures(self) -> list[bytes]:
        return [bytes(self.desk.previews.shown(f"A{number}").preview.pixels) for number in range(9)]

    def tile(self, number: int) -> QWidget:
        return self.driver.find(f"tile_{number}")

    def choose(self, menu: str, action: str) -> None:
        """Choose an entry of a menu that is open."""
        entry = self.driver.find(menu, QMenu).findChild(QAction, action)
        assert entry is not None
        entry.trigger()
        self.driver.find(menu, QMenu).close()
        self.driver.wait()
