"""Brush and eraser in the real window: strokes by mouse and keys, masks and polygons read back from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_driver import Driver

from anylabel_plus.core import masks
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Shape, make_shape

Open = Callable[..., Driver]
CTRL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)
LEFT = Qt.MouseButton.LeftButton


def start(open_window: Open, folder: Path, tool: str = "brush", size: int = 20) -> Driver:
    window = open_window(str(folder))
    window.session.set_label("cell")
    window.session.settings.set("paint.size_px", size)
    window.action(tool)
    window.canvas.setFocus()
    return window


def saved_shapes(window: Driver, folder: Path) -> tuple[Shape, ...]:
    window.wait()
    shapes: tuple[Shape, ...] = window.saved(folder / "image_0.png").shapes
    return shapes


def pixels(shape: Shape) -> np.ndarray:
    if shape.mask is not None:
        return masks.full(shape.mask, 320, 240)
    return masks.full(masks.rasterize([shape.points, *shape.holes]), 320, 240)


def stroke(window: Driver, way: list[tuple[float, float]], modifier: Qt.KeyboardModifier = NONE) -> None:
    """Press, go along ``way`` (fractions of the image), release."""
    QTest.mousePress(window.canvas, LEFT, modifier, window.at(*way[0]))
    for place in way[1:]:
        QTest.mouseMove(window.canvas, window.at(*place))
        window.app.processEvents()
    QTest.mouseRelease(window.canvas, LEFT, modifier, window.at(*way[-1]))
    window.app.processEvents()


def test_strokes_make_a_mask_and_go_into_it(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    stroke(window, [(0.2, 0.2), (0.6, 0.2)])
    (shape,) = saved_shapes(window, folder)
    assert (shape.kind, shape.label) == ("mask", "cell")
    assert shape.mask is not None and shape.mask.area == pytest.approx(0.4 * 320 * 20 + np.pi * 100, rel=0.04)
    stroke(window, [(0.4, 0.2), (0.4, 0.6)])
    (shape,) = saved_shapes(window, folder)
    assert pixels(shape)[120, 128] and pixels(shape)[48, 100]
    window.keys(Qt.Key.Key_Return)
    stroke(window, [(0.8, 0.8), (0.9, 0.8)])
    assert len(saved_shapes(window, folder)) == 2, "Enter began a new shape"
    assert window.session.undo_name == "Paint"
    for _ in range(3):
        window.action("undo")
    assert window.session.document.shapes == ()
    window.action("redo")
    (shape,) = saved_shapes(window, folder)
    assert not pixels(shape)[120, 128]


def test_the_eraser_ctrl_and_erasing_all(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    stroke(window, [(0.2, 0.5), (0.6, 0.5)])
    stroke(window, [(0.4, 0.3), (0.4, 0.7)], CTRL)
    (shape,) = saved_shapes(window, folder)
    assert not pixels(shape)[120, 128] and pixels(shape)[120, 80], "Ctrl erases with the brush"
    window.action("eraser")
    stroke(window, [(0.4, 0.5), (0.45, 0.5)], CTRL)
    (shape,) = saved_shapes(window, folder)
    assert pixels(shape)[120, 128], "and paints with the eraser"
    window.session.settings.set("paint.size_px", 40)
    stroke(window, [(0.1, 0.5), (0.7, 0.5)])
    assert saved_shapes(window, folder) == ()
    window.action("undo")
    assert len(saved_shapes(window, folder)) == 1


def test_a_polygon_stays_one_and_holes_are_kept(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder, "eraser")
    corners, hole = [[40, 40], [280, 41], [279, 200], [41, 199]], [[200, 100], [220, 100], [220, 120], [200, 120]]
    polygon = make_shape("polygon", "a", corners, holes=(hole,))
    window.session.apply("Add", lambda d: add_shapes(d, [polygon]))
    window.session.select((1,))
    stroke(window, [(0.3, 0.5), (0.4, 0.5)])
    (shape,) = saved_shapes(window, folder)
    assert shape.kind == "polygon" and shape.points.tolist() == corners
    assert len(shape.holes) == 2 and shape.holes[0].tolist() == hole
    stroke(window, [(0.1, 0.86), (0.9, 0.86)], CTRL)
    (shape,) = saved_shapes(window, folder)
    assert pixels(shape)[212, 60] and shape.points[:2].tolist() == corners[:2]
    window.session.select(())
    stroke(window, [(0.5, 0.5), (0.5, 0.05), (0.5, 0.95)])
    assert len({shape.group_id for shape in saved_shapes(window, folder)}) == 1, "two parts of one object"
    assert len(window.session.document.shapes) == 2


def test_escape_takes_a_stroke_back_and_locked_shapes_stay(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    stroke(window, [(0.2, 0.5), (0.6, 0.5)])
    before = window.session.document
    QTest.mousePress(window.canvas, LEFT, NONE, window.at(0.3, 0.3))
    QTest.mouseMove(window.canvas, window.at(0.5, 0.3))
    window.app.processEvents()
    window.keys(Qt.Key.Key_Escape)
    QTest.mouseRelease(window.canvas, LEFT, NONE, window.at(0.5, 0.3))
    assert window.session.document is before and window.session.tool == "brush"
    window.action("lock")
    locked = window.session.document
    stroke(window, [(0.3, 0.3), (0.5, 0.3)])
    assert window.session.document is locked and "locked" in window.texts("info")[-1]
    window.action("eraser")
    window.session.select(())
    stroke(window, [(0.9, 0.9), (0.95, 0.9)])
    assert window.session.document is locked and "Select a mask" in window.texts("info")[-1]


def test_shift_click_goes_straight_from_the_last_point(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    window.click(0.2, 0.2)
    window.click(0.8, 0.8, SHIFT)
    (shape,) = saved_shapes(window, folder)
    assert pixels(shape)[120, 160] and not pixels(shape)[60, 240]


def turn_wheel(window: Driver, notches: int, modifier: Qt.KeyboardModifier = NONE) -> None:
    canvas = window.canvas
    at = QPointF(canvas.width() / 2, canvas.height() / 2)
    event = QWheelEvent(
        at,
        QPointF(canvas.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_size_by_keys_wheel_and_option_bar_is_kept(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    settings, view = window.session.settings, window.canvas.view
    window.keys("]")
    assert settings.get("paint.size_px") == 22
    window.keys("[")
    assert settings.get("paint.size_px") == 20
    turn_wheel(window, 2)
    larger = settings.get("paint.size_px")
    assert larger > 22 and window.canvas.view == view
    turn_wheel(window, 1, CTRL)
    assert window.canvas.scale > view.scale and settings.get("paint.size_px") == larger
    settings.set("paint.wheel", "off")
    turn_wheel(window, 1)
    assert settings.get("paint.size_px") == larger
    edit = window.find("paint_size_px_value")
    edit.selectAll()
    edit.setFocus()
    window.keys("7")
    window.keys(Qt.Key.Key_Return)
    assert settings.get("paint.size_px") == 7
    window.canvas.setFocus()
    assert window.canvas.tool.tip.size == 7
    window.until(lambda: '"paint.size_px": 7' in settings.path.read_text(), "the saved size")


def test_square_tip_and_polygon_output(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder)
    window.session.settings.set("paint.tip", "square")
    window.click(0.5, 0.5)
    (shape,) = saved_shapes(window, folder)
    assert shape.mask is not None and shape.mask.crop.shape == (20, 20) and shape.mask.crop.all()
    window.keys(Qt.Key.Key_Return)
    window.session.settings.set("paint.output", "polygon")
    window.session.settings.set("paint.tip", "round")
    window.click(0.2, 0.2)
    shape = saved_shapes(window, folder)[1]
    assert shape.kind == "polygon" and pixels(shape).sum() == pytest.approx(np.pi * 100, rel=0.05)


def test_what_is_painted_is_seen_at_once_and_the_ring_follows(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder, size=40)
    crop = np.ones((120, 160), bool)
    window.session.apply("Add", lambda d: add_shapes(d, [make_shape("mask", "cell", [[80, 60], [240, 180]], mask=Mask(crop, 80, 60))]))  # noqa: E501 # fmt: skip
    window.session.select((1,))
    QTest.mouseMove(window.canvas, window.at(0.5, 0.5))
    window.app.processEvents()
    inside, outside = window.at(0.4, 0.5), window.at(0.1, 0.5)

    def color(at: QPoint) -> tuple[int, int, int]:
        picked = window.canvas.grab().toImage().pixelColor(at)
        return picked.red(), picked.green(), picked.blue()

    window.until(lambda: window.canvas.finished, "the canvas")
    covered, bare = color(inside), color(outside)
    QTest.mousePress(window.canvas, LEFT, CTRL, window.at(0.4, 0.5))
    erased = color(inside)
    assert erased != covered, "the erased part is gone before the button is up"
    QTest.mouseRelease(window.canvas, LEFT, CTRL, window.at(0.4, 0.5))
    QTest.mousePress(window.canvas, LEFT, NONE, window.at(0.1, 0.5))
    assert color(outside) != bare
    QTest.mouseRelease(window.canvas, LEFT, NONE, window.at(0.1, 0.5))
    ring = window.canvas.tool.ring
    assert ring is not None and ring.size == 40
