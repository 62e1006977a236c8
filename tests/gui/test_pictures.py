"""Looking at files of all kinds in the real window: pages, bands, deep values, huge and broken pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel
from window_driver import Driver

from anylabel_plus import images
from anylabel_plus.formats import native
from anylabel_plus.images import pyramid


def colour_at(driver: Driver, fx: float, fy: float) -> tuple[int, int, int]:
    driver.until(lambda: driver.canvas.finished, "the picture")
    at = driver.at(fx, fy)
    color = driver.canvas.grab().toImage().pixelColor(at)
    return color.red(), color.green(), color.blue()


def test_pages_are_turned_by_keys_and_share_the_labels(open_window: Callable[..., Driver], tmp_path: Path) -> None:
    pages = [Image.new("RGB", (80, 60), colour) for colour in ("#c80000", "#00c800", "#0000c8")]
    path = tmp_path / "a.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    driver = open_window(str(path))
    box = driver.find("page_choice", QComboBox)
    assert box.isVisible() and box.currentText() == "Page 1 of 3"
    assert colour_at(driver, 0.5, 0.5) == (200, 0, 0)
    driver.canvas.setFocus()
    turn = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    QTest.keyClick(driver.canvas, Qt.Key.Key_PageDown, turn)
    driver.wait()
    assert box.currentText() == "Page 2 of 3" and colour_at(driver, 0.5, 0.5) == (0, 200, 0)
    driver.session.show_page(2)
    driver.wait()
    assert colour_at(driver, 0.5, 0.5) == (0, 0, 200)
    driver.session.show_page(3)  # there is none
    assert driver.session.is_idle and driver.session.picture.choice.page == 2
    assert (
        driver.session.document is not None and not native.label_exists(path)
        if hasattr(native, "label_exists")
        else True
    )


def test_bands_are_chosen_and_kept_for_the_next_image(open_window: Callable[..., Driver], tmp_path: Path) -> None:
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "images"))
    from tiff_writer import write_tiff

    cell = 35.5 / 70, 25.5 / 50  # the middle of a pixel: at this zoom a grid lies between them
    levels = np.array([10, 60, 110, 160, 210], np.uint8)
    for name in ("1.tif", "2.tif"):
        write_tiff(tmp_path / name, np.broadcast_to(levels, (50, 70, 5)).copy())
    driver = open_window(str(tmp_path))
    box = driver.find("band_choice", QComboBox)
    assert box.currentText() == "Bands 1, 2, 3" and colour_at(driver, *cell) == (10, 60, 110)
    index = box.findText("Band 5")
    box.setCurrentIndex(index)
    box.activated.emit(index)
    driver.wait()
    assert colour_at(driver, *cell) == (210, 210, 210)
    driver.session.next_image()
    driver.wait()
    assert colour_at(driver, *cell) == (210, 210, 210) and box.currentText() == "Band 5"


def test_the_files_own_values_are_read_off(open_window: Callable[..., Driver], tmp_path: Path) -> None:
    values = np.linspace(-3.5, 9.25, 60 * 80, dtype=np.float32).reshape(60, 80)
    Image.fromarray(values).save(tmp_path / "a.tif")
    driver = open_window(str(tmp_path / "a.tif"))
    QTest.mouseMove(driver.canvas, driver.at(0.5, 0.5))
    driver.app.processEvents()
    shown = float(driver.find("status_value", QLabel).text())
    assert abs(shown - float(values[30, 40])) < 0.05
    assert not driver.find("page_choice", QComboBox).isVisible()


def test_a_huge_picture_is_labelled(
    open_window: Callable[..., Driver], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyramid, "HUGE_PIXELS", 1_000_000)
    ramp = np.stack(np.broadcast_arrays(np.arange(3000)[None, :] // 12, np.arange(2000)[:, None] // 8, 70), axis=2)
    path = tmp_path / "huge.png"
    path.write_bytes(images.encode_png(ramp.astype(np.uint8), compression=1))
    driver = open_window(str(path))
    assert driver.session.picture.huge
    driver.canvas.zoom_to(2.0)
    level = driver.session.picture.levels[0]
    driver.until(lambda: driver.canvas.finished and not level.tiles._waiting and level.tiles._thread is None, "tiles")
    driver.app.processEvents()
    red, green, _ = colour_at(driver, 0.5, 0.5)
    assert abs(red - 1500 // 12) <= 1 and abs(green - 1000 // 8) <= 1


@pytest.mark.parametrize("data", [b"", b"not a picture at all", None])
def test_the_window_goes_on_past_a_broken_file(
    open_window: Callable[..., Driver], tmp_path: Path, data: bytes | None
) -> None:
    whole = images.encode_png(np.full((40, 50, 3), 99, np.uint8))
    (tmp_path / "1.png").write_bytes(whole)
    (tmp_path / "2.png").write_bytes(whole[: len(whole) // 2] if data is None else data)
    (tmp_path / "3.png").write_bytes(whole)
    driver = open_window(str(tmp_path))
    driver.session.next_image()
    driver.wait()
    assert driver.session.picture is None and "2.png" in driver.session.problem
    driver.session.next_image()
    driver.wait()
    assert driver.session.picture is not None and not driver.session.problem
