"""The scissors and the removal of a hole in the real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_driver import Driver

from anylabel_plus.core import masks
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Shape, make_shape

Open = Callable[..., Driver]
RING = [(0.4, 0.4), (0.6, 0.4), (0.5, 0.6)]


def shape_of(kind: str) -> Shape:
    corners = [[80, 60], [240, 60], [240, 180], [80, 180]]
    if kind == "polygon":
        return make_shape("polygon", "a", corners)
    return make_shape("mask", "a", [corners[0], corners[2]], mask=Mask(np.ones((120, 160), bool), 80, 60))


def covered(shape: Shape) -> np.ndarray:
    if shape.mask is not None:
        return masks.full(shape.mask, 320, 240)
    return masks.full(masks.rasterize([shape.points, *shape.holes]), 320, 240)


@pytest.mark.parametrize("selected", [True, False])
@pytest.mark.parametrize("kind", ["polygon", "mask"])
def test_a_ring_is_cut_out_and_filled_again(open_window: Open, folder: Path, kind: str, selected: bool) -> None:
    window, image = open_window(str(folder)), folder / "image_0.png"
    window.session.apply("Add", lambda d: add_shapes(d, [shape_of(kind)]))
    window.session.select((1,) if selected else ())
    window.action("cut_hole")
    window.canvas.setFocus()
    for fx, fy in RING:
        window.click(fx, fy)
    window.keys(Qt.Key.Key_Return)
    window.wait()
    (shape,) = window.saved(image).shapes
    assert shape.kind == kind and window.session.undo_name == "Cut hole"
    assert not covered(shape)[110, 160] and covered(shape)[70, 90] and covered(shape)[170, 160]
    if kind == "polygon":
        assert shape.points.tolist() == shape_of(kind).points.tolist() and len(shape.holes[0]) == 3
    window.action("select")
    QTest.mouseMove(window.canvas, window.at(0.5, 0.45))
    window.keys(Qt.Key.Key_Backspace, Qt.KeyboardModifier.ShiftModifier)
    window.wait()
    (shape,) = window.saved(image).shapes
    assert covered(shape).sum() == 160 * 120
    window.action("undo")
    window.action("undo")
    window.wait()
    (shape,) = window.saved(image).shapes
    assert covered(shape).sum() == 160 * 120


def test_a_ring_over_the_edge_takes_that_piece_away(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    window.session.apply("Add", lambda d: add_shapes(d, [shape_of("polygon")]))
    window.action("cut_hole")
    window.canvas.setFocus()
    for fx, fy in [(0.3, 0.1), (0.7, 0.1), (0.5, 0.5)]:
        window.click(fx, fy)
    window.keys(Qt.Key.Key_Return)
    window.wait()
    (shape,) = window.saved(folder / "image_0.png").shapes
    assert not shape.holes and len(shape.points) == 7
    window.session.select(())
    for fx, fy in [(0.01, 0.01), (0.1, 0.01), (0.05, 0.1)]:
        window.click(fx, fy)
    window.keys(Qt.Key.Key_Return)
    assert "Draw over a mask" in window.texts("info")[-1]
