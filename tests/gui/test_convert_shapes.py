"""Converting shapes from kind to kind and filling holes; the loss is said, the saved files tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.regions.convert import CONVERSIONS

Open = Callable[..., Any]


@pytest.fixture
def driver(open_window: Open, folder: Path) -> Any:
    return open_window(str(folder))


@pytest.fixture
def image(folder: Path) -> Path:
    return folder / "image_0.png"


def put(driver: Any, *shapes: Shape) -> None:
    driver.session.apply("Add", lambda document: add_shapes(document, shapes))


def holed() -> Shape:
    return make_shape(
        "polygon",
        "cat",
        [[60.5, 40], [240, 44.25], [230, 200], [64, 190]],
        holes=[[[100, 100], [140, 100], [140, 140], [100, 140]]],
        description="kept",
    )


def test_a_polygon_to_every_kind_and_back_by_undo(driver: Any, image: Path) -> None:
    put(driver, holed())
    for kind in CONVERSIONS:
        if kind == "polygon":
            continue
        driver.session.select((1,))
        driver.action(f"convert_{kind}")
        driver.wait()
        shapes = driver.saved(image).shapes
        assert {shape.kind for shape in shapes} == {kind}
        assert {shape.description for shape in shapes} == {"kept"}
        driver.action("undo")
        driver.wait()
        assert [shape.kind for shape in driver.saved(image).shapes] == ["polygon"]
    assert "1 hole was dropped" in " ".join(driver.texts("info"))


def test_the_loss_is_said_and_can_be_taken_back(driver: Any, image: Path) -> None:
    put(driver, holed(), make_shape("circle", "cat", [[150, 120], [180, 120]]))
    driver.session.select((1, 2))
    driver.action("convert_rectangle")
    driver.wait()
    level, text, action = driver.messages[-1]
    assert level == "info"
    assert "IoU with the originals: 0.7" in text or "IoU with the originals: 0.8" in text
    assert "1 hole was dropped." in text
    action.run()
    driver.wait()
    assert [shape.kind for shape in driver.saved(image).shapes] == ["polygon", "circle"]


def test_what_loses_nothing_says_nothing_and_masks_come_back_bit_by_bit(driver: Any, image: Path) -> None:
    frame = np.random.default_rng(1).random((40, 50)) > 0.4
    mask = masks.from_full(frame, 90, 70)
    x1, y1, x2, y2 = mask.bounds
    put(driver, make_shape("mask", "cat", [[x1, y1], [x2, y2]], mask=mask))
    driver.session.select((1,))
    driver.action("convert_polygon")
    driver.wait()
    assert not driver.texts("info")
    polygons = driver.saved(image).shapes
    assert len({shape.group_id for shape in polygons}) == 1
    driver.action("union")
    driver.wait()
    driver.action("select_all")
    driver.action("convert_mask")
    driver.wait()
    result = masks.EMPTY
    for shape in driver.saved(image).shapes:
        assert shape.mask is not None
        result = masks.union(result, shape.mask)
    assert masks.equal(result, mask)


def test_lines_close_to_polygons_and_what_cannot_be_stays(driver: Any, image: Path) -> None:
    put(
        driver,
        make_shape("linestrip", "cat", [[20, 20], [120, 20], [120, 120]]),
        make_shape("rectangle", "cat", [[20, 20], [60, 60]]),
        make_shape("point", "cat", [[5, 5]]),
    )
    driver.session.select((3,))
    driver.app.processEvents()
    assert not driver.window.actions_["convert_polygon"].isEnabled()
    driver.session.select((1, 2, 3))
    driver.action("convert_polygon")
    driver.wait()
    assert [shape.kind for shape in driver.saved(image).shapes] == ["polygon", "polygon", "point"]
    assert "1 shape stayed as it was" in driver.texts("info")[-1]
    driver.session.select((1,))
    driver.action("convert_circle")
    driver.wait()
    assert driver.saved(image).shapes[0].kind == "circle"


def test_holes_are_filled(driver: Any, image: Path) -> None:
    frame = np.ones((30, 30), bool)
    frame[10:20, 10:20] = False
    mask = Mask(frame, 200, 20)
    put(driver, holed(), make_shape("mask", "m", [[200, 20], [230, 50]], mask=mask))
    driver.session.select((1, 2))
    driver.action("fill_holes")
    driver.wait()
    polygon, filled = driver.saved(image).shapes
    assert polygon.holes == ()
    assert geometry.area(filled) == 900
    assert driver.session.undo_name == "Fill holes"
    driver.action("fill_holes")
    driver.wait()
    assert "have no holes" in driver.texts("info")[-1]
