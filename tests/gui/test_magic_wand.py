"""The magic wand in the real window: click, drag, Enter; added to and taken from what is selected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_driver import Driver

from anylabel_plus import images
from anylabel_plus.core import masks
from anylabel_plus.core.shapes import Shape

Open = Callable[..., Driver]
SHIFT, ALT, NONE = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.NoModifier,
)


def start(open_window: Open, folder: Path) -> Driver:
    """image_0 has a square of (220, 60, 60) at 80..200 x 60..180 on 40; a paler one is added."""
    pixels = np.full((240, 320, 3), 40, np.uint8)
    pixels[60:180, 80:200] = (220, 60, 60)
    pixels[60:180, 200:260] = (220, 90, 60)
    (folder / "image_0.png").write_bytes(images.encode_png(pixels))
    window = open_window(str(folder))
    window.session.set_label("cell")
    window.session.settings.set("wand.smooth_px", 0)
    window.session.settings.set("wand.tolerance", 10)
    window.action("wand")
    window.canvas.setFocus()
    return window


def saved_shapes(window: Driver, folder: Path) -> tuple[Shape, ...]:
    window.wait()
    shapes: tuple[Shape, ...] = window.saved(folder / "image_0.png").shapes
    return shapes


def click(window: Driver, fx: float, fy: float, modifier: Qt.KeyboardModifier = NONE) -> None:
    window.click(fx, fy, modifier)
    window.wait()


def test_a_click_is_a_preview_and_enter_accepts_it(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    click(window, 0.4, 0.5)
    assert window.canvas.tool.preview is not None and not window.session.document.shapes
    window.keys(Qt.Key.Key_Return)
    (shape,) = saved_shapes(window, folder)
    assert (shape.kind, shape.label) == ("polygon", "cell")
    assert sorted(map(tuple, shape.points.tolist())) == [(80, 60), (80, 180), (200, 60), (200, 180)]
    window.session.settings.set("wand.output", "mask")
    window.session.select(())
    click(window, 0.05, 0.05)
    window.keys(Qt.Key.Key_Escape)
    assert window.canvas.tool.preview is None and window.session.tool == "wand"
    click(window, 0.4, 0.5)
    QTest.mouseDClick(window.canvas, Qt.MouseButton.LeftButton, NONE, window.at(0.4, 0.5))
    shape = saved_shapes(window, folder)[1]
    assert shape.mask is not None and shape.mask.area == 120 * 120


def test_tolerance_by_drag_keys_and_slider_changes_the_preview(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    click(window, 0.4, 0.5)
    assert masks.bounds(window.canvas.tool.preview) == (80, 60, 200, 180)
    window.find("wand_tolerance_slider").setValue(60)
    window.wait()
    assert masks.bounds(window.canvas.tool.preview) == (80, 60, 260, 180)
    window.session.settings.set("wand.tolerance", 29)
    window.wait()
    assert masks.bounds(window.canvas.tool.preview) == (80, 60, 200, 180)
    window.keys("]")
    window.wait()
    assert masks.bounds(window.canvas.tool.preview) == (80, 60, 260, 180)
    window.keys(Qt.Key.Key_Escape)
    window.session.settings.set("wand.tolerance", 10)
    window.drag((0.4, 0.5), (0.6, 0.5))
    window.wait()
    assert window.session.settings.get("wand.tolerance") > 30
    assert masks.bounds(window.canvas.tool.preview) == (80, 60, 260, 180)


def test_shift_adds_and_alt_subtracts(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    click(window, 0.4, 0.5)
    click(window, 0.7, 0.5, SHIFT)
    assert masks.bounds(window.canvas.tool.preview) == (80, 60, 260, 180)
    window.keys(Qt.Key.Key_Return)
    (shape,) = saved_shapes(window, folder)
    assert shape.points[:, 0].max() == 260
    click(window, 0.7, 0.5, ALT)
    (shape,) = saved_shapes(window, folder)
    assert shape.points[:, 0].max() == 200, "taken from the selected polygon at once"
    assert window.session.undo_name == "Subtract similar area"
    click(window, 0.7, 0.5, SHIFT)
    (shape,) = saved_shapes(window, folder)
    assert shape.points[:, 0].max() == 260
    window.session.select(())
    click(window, 0.7, 0.5, ALT)
    assert "Select a mask" in window.texts("info")[-1]


def test_everything_alike_when_not_connected(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    window.session.settings.set("wand.output", "mask")
    window.find("wand_contiguous").setChecked(False)
    click(window, 0.02, 0.02)
    window.keys(Qt.Key.Key_Return)
    (shape,) = saved_shapes(window, folder)
    assert shape.mask is not None and shape.mask.area == 320 * 240 - 180 * 120
