"""Many shapes at once: lasso, box, same label, stack, solo, resize, erase points; read back from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_driver import Driver

from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import Shape, make_shape

Open = Callable[..., Driver]
NONE = Qt.KeyboardModifier.NoModifier


def box(label: str, x: float, y: float, side: float = 30) -> Shape:
    return make_shape("polygon", label, [[x, y], [x + side, y], [x + side, y + side], [x, y + side]])


def start(open_window: Open, folder: Path, *shapes: Shape) -> Driver:
    window = open_window(str(folder))
    window.session.apply("Add", lambda d: add_shapes(d, shapes))
    window.canvas.setFocus()
    return window


def saved(window: Driver, folder: Path) -> tuple[Shape, ...]:
    window.wait()
    shapes: tuple[Shape, ...] = window.saved(folder / "image_0.png").shapes
    return shapes


def test_a_lasso_over_a_large_shape_selects_and_delete_removes(open_window: Open, folder: Path) -> None:
    window = start(
        open_window, folder, box("ground", 5, 5, 230), box("a", 40, 40), box("b", 100, 40), box("c", 40, 150)
    )
    window.action("select_lasso")
    path = [window.at(x / 320, y / 240) for x, y in ((30, 30), (140, 30), (140, 80), (30, 80))]
    QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, NONE, path[0])
    for at in path[1:]:
        QTest.mouseMove(window.canvas, at)
    QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, NONE, path[-1])
    assert window.session.selection == {2, 3}
    window.app.processEvents()
    window.keys(Qt.Key.Key_Delete)
    assert [shape.label for shape in saved(window, folder)] == ["ground", "c"]
    assert window.session.undo_name == "Delete 2 shapes"


def test_a_small_shape_below_a_large_one_is_reached_by_clicking_again(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder, box("small", 100, 100, 20), box("large", 40, 40, 150))
    window.click(110 / 320, 110 / 240)
    assert window.session.selection == {2}
    QTest.qWait(600)  # slower than a double click, which asks for the label
    window.click(110 / 320, 110 / 240)
    assert window.session.selection == {1}
    window.drag((110 / 320, 110 / 240), (130 / 320, 110 / 240))
    assert saved(window, folder)[0].points[0].tolist() == pytest.approx([120, 100], abs=1.0)


def test_same_label_invert_and_next_label(open_window: Open, folder: Path) -> None:
    shapes = (box("car", 10, 10), box("tree", 60, 10), box("car", 110, 10), box("bus", 160, 10))
    window = start(open_window, folder, *shapes)
    window.session.select((1,))
    window.action("select_same_label")
    assert window.session.selection == {1, 3}
    window.action("invert_selection")
    assert window.session.selection == {2, 4}
    window.session.select(())
    seen = []
    for _ in range(4):
        window.action("loop_label")
        seen.append(set(window.session.selection))
    assert seen == [{4}, {1, 3}, {2}, {4}]
    window.action("loop_shapes")
    assert window.session.selection == {3}


def test_solo_and_hide_all(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder, box("a", 10, 10), box("b", 60, 10), box("c", 110, 10))
    window.session.select((2,))
    window.action("show_only")
    assert window.session.hidden == {1, 3}
    window.action("show_only")
    assert not window.session.hidden
    window.action("toggle_all")
    assert window.session.hidden == {1, 2, 3}
    window.action("toggle_all")
    assert not window.session.hidden


def test_front_and_back(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder, *(box(name, 10 + 20 * n, 10) for n, name in enumerate("abcd")))
    window.session.select((1,))
    window.action("raise_top")
    assert [s.label for s in saved(window, folder)] == ["b", "c", "d", "a"]
    assert window.session.undo_name == "Bring to the front: 1 shape"
    window.session.select((3, 4))
    window.action("lower_bottom")
    assert [s.label for s in saved(window, folder)] == ["c", "d", "b", "a"]
    window.action("undo")
    window.action("undo")
    assert [s.label for s in saved(window, folder)] == ["a", "b", "c", "d"]


def test_several_are_resized_by_the_corner_of_their_bound(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder, box("a", 40, 40), box("b", 90, 90))
    window.session.select((1, 2))
    window.drag((120 / 320, 120 / 240), (160 / 320, 160 / 240), steps=8)
    a, b = saved(window, folder)
    assert np.allclose(a.points[2], (85, 85), atol=1.5) and np.allclose(b.points[2], (160, 160), atol=1.5)
    assert window.session.undo_name == "Resize 2 shapes"


def test_alt_drag_erases_points_and_says_when_no_more_can_go(open_window: Open, folder: Path) -> None:
    ring = [[40, 40], [80, 40], [120, 40], [160, 40], [160, 120], [40, 120]]
    window = start(open_window, folder, make_shape("polygon", "a", ring))
    window.session.select((1,))
    alt, left, canvas = Qt.KeyboardModifier.AltModifier, Qt.MouseButton.LeftButton, window.canvas

    def erase(*places: tuple[float, float]) -> None:
        at = [window.at(x / 320, y / 240) for x, y in places]
        QTest.mousePress(canvas, left, alt, at[0])
        for place in at[1:]:
            QTest.mouseMove(canvas, place)
        QTest.mouseRelease(canvas, left, alt, at[-1])

    erase((80, 60), (80, 40), (120, 40))
    assert saved(window, folder)[0].points.tolist() == [ring[0], *ring[3:]]
    erase((40, 60), (40, 40), (160, 40))
    assert len(saved(window, folder)[0].points) == 3
    assert window.texts("info") == ["The shape needs its 3 points. Delete removes the whole shape."]


def test_nudging_by_a_held_key_is_one_entry(open_window: Open, folder: Path) -> None:
    window = start(open_window, folder, box("a", 40, 40))
    window.session.select((1,))
    for _ in range(5):
        QTest.keyPress(window.canvas, Qt.Key.Key_Right)
    QTest.keyRelease(window.canvas, Qt.Key.Key_Right)
    window.keys(Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert saved(window, folder)[0].points[0].tolist() == [45, 50]
    window.action("undo")
    window.action("undo")
    assert window.session.document.shapes[0].points[0].tolist() == [40, 40]
