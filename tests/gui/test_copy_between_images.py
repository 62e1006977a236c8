"""Shapes travel: cut and paste in place and to scale, other programs' JSON, the image before, between windows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from window_driver import Driver

from anylabel_plus import images
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import make_shape

Open = Callable[..., Driver]
RING = [[200.5, 100], [300, 100], [300, 200], [200.5, 200]]


@pytest.fixture
def sizes(tmp_path: Path) -> Path:
    """Two pictures, the second half as large."""
    target = tmp_path / "sizes"
    target.mkdir()
    for number, (height, width) in enumerate(((240, 320), (120, 160))):
        pixels = np.full((height, width, 3), 60, np.uint8)
        (target / f"image_{number}.png").write_bytes(images.encode_png(pixels))
    return target


def add(window: Driver, *rings: list[list[float]]) -> None:
    shapes = [make_shape("polygon", "thing", ring) for ring in rings]
    window.session.apply("Add", lambda d: add_shapes(d, shapes))


def test_cut_and_paste_at_the_same_place_and_to_scale(open_window: Open, sizes: Path) -> None:
    window = open_window(str(sizes))
    add(window, RING, [[10, 10], [30, 10], [30, 30]])
    window.action("select_all")
    window.action("cut")
    assert window.session.document.shapes == () and window.session.undo_name == "Cut 2 shapes"
    window.action("next_image")
    window.wait()
    window.action("paste")
    assert [len(shape.points) for shape in window.session.document.shapes] == [3]
    assert "Paste scaled" in window.texts("warning")[0], "what does not fit is said, and what to do"
    window.action("undo")
    window.action("paste_scaled")
    window.wait()
    first, second = window.saved(sizes / "image_1.png").shapes
    assert first.points.tolist() == (np.array(RING) / 2).tolist()
    assert second.points.tolist() == [[5, 5], [15, 5], [15, 15]]
    assert len(window.session.selection) == 2
    window.action("undo")
    window.wait()
    assert not (sizes / "image_1.json").exists() or not window.saved(sizes / "image_1.png").shapes


@pytest.mark.parametrize("form", ["shape", "list", "shapes"])
def test_shapes_of_other_programs_are_understood(open_window: Open, folder: Path, form: str) -> None:
    window = open_window(str(folder))
    shape = {"label": "dog", "points": [[10, 10], [50, 10], [50, 40]], "shape_type": "polygon", "flags": {}}
    data = {"shape": shape, "list": [shape, shape], "shapes": {"shapes": [shape]}}[form]
    QGuiApplication.clipboard().setText(json.dumps(data))
    window.action("paste")
    window.wait()
    shapes = window.saved(folder / "image_0.png").shapes
    assert len(shapes) == (2 if form == "list" else 1)
    assert shapes[0].label == "dog" and shapes[0].points.tolist() == shape["points"]


def test_text_that_is_no_shape_is_said(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    for text in ("hello", '{"a": 1}', "[1, 2]", "[", "[" * 100_000, ""):
        QGuiApplication.clipboard().setText(text)
        window.action("paste")
    assert window.session.document.shapes == ()
    assert window.texts("info") == ["The clipboard holds no shapes. Copy some first."] * 6


def test_shapes_go_from_one_window_to_another(open_window: Open, folder: Path, sizes: Path) -> None:
    first, second = open_window(str(sizes)), open_window(str(folder))
    add(first, RING)
    first.action("select_all")
    first.action("copy")
    second.action("paste")
    second.wait()
    (shape,) = second.saved(folder / "image_0.png").shapes
    assert shape.points.tolist() == RING


def test_same_as_the_image_before(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    assert not window.window.actions_["copy_previous"].isEnabled()
    add(window, [[10, 10], [30, 10], [30, 30]])
    window.action("next_image")
    window.wait()
    add(window, [[100, 100], [120, 100], [120, 120]])
    window.action("copy_previous")
    window.wait()
    own, copied = window.saved(folder / "image_1.png").shapes
    assert own.points[0].tolist() == [100, 100] and copied.points[0].tolist() == [10, 10]
    assert window.session.undo_name == "Copy 1 shape of image_0.png"
    assert window.session.selection == {2}
    window.action("undo")
    window.wait()
    assert len(window.saved(folder / "image_1.png").shapes) == 1


def test_same_as_an_image_before_that_was_never_opened(open_window: Open, folder: Path) -> None:
    window = open_window(str(folder))
    window.session.open_row(2)
    window.wait()
    window.action("copy_previous")
    window.wait()
    assert window.texts("info") == ["image_1.png has no shapes to copy."]
    assert window.session.document.shapes == ()
