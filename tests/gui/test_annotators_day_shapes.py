"""Tasks 25 to 37 of an annotator's day: shapes combined, copied, ordered, locked, hidden (see test_annotators_day)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from by_hand import CORNERS, CTRL, box, command, draw_box, draw_polygon, labels, near, only, set_label
from window_driver import Driver


@pytest.fixture
def two(hands: Driver) -> Driver:
    """Two boxes that share a quarter: 64..160 x 48..144 and 112..208 x 96..192, both selected."""
    draw_box(hands, (0.2, 0.2), (0.5, 0.6))
    draw_box(hands, (0.35, 0.4), (0.65, 0.8))
    hands.press("Ctrl+A")
    return hands


def area_of(driver: Driver, image: Path) -> float:
    """Area of the one polygon or rectangle on disk, by the shoelace formula."""
    shape = only(driver, image)
    x, y = np.array(shape["points"]).T
    if shape["shape_type"] == "rectangle" and len(x) == 2:
        return float(abs((x[1] - x[0]) * (y[1] - y[0])))
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def test_task_25_union(two: Driver, image: Path) -> None:
    two.press("Ctrl+Shift+M")
    two.wait()
    assert area_of(two, image) == pytest.approx(2 * 96 * 96 - 48 * 48, rel=0.01)
    two.press("Ctrl+Z")
    assert len(two.in_file(image)) == 2


@pytest.mark.parametrize(("words", "area"), [("subtract", 96 * 96 - 48 * 48), ("intersect", 48 * 48)])
def test_task_26_subtract_and_intersect(two: Driver, image: Path, words: str, area: float) -> None:
    command(two, words)
    assert area_of(two, image) == pytest.approx(area, rel=0.02)


def test_task_27_split(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.press("Shift+K")
    hands.click(0.35, 0.1)
    hands.click(0.35, 0.7)
    hands.press("Ctrl+J")
    parts = sorted(box(shape) for shape in hands.in_file(image))
    assert len(parts) == 2
    assert parts[0] == pytest.approx([64, 48, 112, 144], abs=1) and parts[1] == pytest.approx(
        [112, 48, 160, 144], abs=1
    )
    assert labels(hands, image) == ["car", "car"]


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("convert to mask", {"mask"}),
        ("convert to rectangle", {"rectangle"}),
        ("convert to rotated box", {"rotation", "oriented_rectangle"}),
        ("convert to circle", {"circle"}),
    ],
)
def test_task_28_convert(hands: Driver, image: Path, words: str, kinds: set[str]) -> None:
    draw_polygon(hands)
    command(hands, words)
    assert only(hands, image)["shape_type"] in kinds
    hands.press("Ctrl+Z")
    shape = only(hands, image)
    assert shape["shape_type"] == "polygon" and near(shape["points"], CORNERS)


def test_task_29_fewer_points(hands: Driver, image: Path) -> None:
    turns = np.linspace(0, 2 * np.pi, 25)[:-1]
    draw_polygon(hands, [(0.5 + 0.3 * float(np.cos(t)), 0.5 + 0.4 * float(np.sin(t))) for t in turns])
    assert len(only(hands, image)["points"]) == 24
    command(hands, "simplify")
    hands.press(*["Shift+Right"] * 4)
    hands.wait()
    assert len(hands.in_file(image)[0]["points"]) == 24, "a preview changes no file"
    hands.press("Return")
    points = len(only(hands, image)["points"])
    assert 3 <= points < 24
    hands.press("Ctrl+Z")
    assert len(only(hands, image)["points"]) == 24


def test_task_30_copy_to_another_image(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.press("Ctrl+C", "D")
    hands.wait()
    hands.press("Ctrl+V")
    other = image.with_name("image_1.png")
    assert near(only(hands, other)["points"], CORNERS) and labels(hands, other) == ["car"]
    assert len(hands.in_file(image)) == 1


def test_task_31_duplicate_cut_and_delete(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.press("Ctrl+D")
    assert len(hands.in_file(image)) == 2
    hands.press("Ctrl+X")
    assert len(hands.in_file(image)) == 1
    hands.press("Ctrl+V")
    assert len(hands.in_file(image)) == 2
    hands.press("Ctrl+A", "Delete")
    assert hands.in_file(image) == []
    hands.press("Ctrl+Z")
    assert len(hands.in_file(image)) == 2


def test_task_33_group_and_ungroup(two: Driver, image: Path) -> None:
    two.press("G")
    first, second = (shape["group_id"] for shape in two.in_file(image))
    assert first is not None and first == second
    two.press("U")
    assert [shape["group_id"] for shape in two.in_file(image)] == [None, None]


def test_task_34_a_locked_shape_is_not_moved_or_deleted(hands: Driver, image: Path) -> None:
    draw_polygon(hands)
    hands.press("Ctrl+L")
    assert only(hands, image)["locked"] is True
    hands.drag((0.3, 0.3), (0.5, 0.5))
    hands.press("Ctrl+A", "Delete", "Right")
    assert near(only(hands, image)["points"], CORNERS)
    before = np.array(only(hands, image)["points"])
    hands.press("Tab", "Ctrl+L", "Right")
    assert np.allclose(np.array(only(hands, image)["points"]) - before, (1, 0))
    assert "locked" not in only(hands, image)


def test_task_35_hidden_shapes_stay_in_the_file(two: Driver, image: Path) -> None:
    two.press("H")
    assert len(two.session.hidden) == 2
    two.press("Esc")
    draw_box(two, (0.7, 0.1), (0.9, 0.3))
    two.press("Ctrl+S", "D")
    two.wait()
    two.press("A")
    assert len(two.in_file(image)) == 3
    two.press("Ctrl+H")
    two.wait()
    assert len(two.session.hidden) == 3
    two.press("Shift+H")
    assert not two.session.hidden and len(two.in_file(image)) == 3


def test_task_36_order(hands: Driver, image: Path) -> None:
    for label, start in (("a", 0.1), ("b", 0.4), ("c", 0.7)):
        hands.press("Esc", "Esc")
        set_label(hands, label)
        draw_box(hands, (start, 0.2), (start + 0.15, 0.5))
    assert labels(hands, image) == ["a", "b", "c"]
    hands.click(0.175, 0.35)
    hands.press("Ctrl+]")
    assert labels(hands, image) == ["b", "a", "c"]
    hands.press("Ctrl+Shift+]")
    assert labels(hands, image) == ["b", "c", "a"]
    hands.press("Ctrl+Shift+[")
    assert labels(hands, image) == ["a", "b", "c"]


def test_task_37_select_by_box_by_ctrl_click_and_all_others(hands: Driver, image: Path) -> None:
    for start in (0.1, 0.4, 0.7):
        draw_box(hands, (start, 0.2), (start + 0.15, 0.5))
    hands.press("Ctrl+Shift+J")
    hands.drag((0.05, 0.1), (0.6, 0.6))
    hands.press("Delete")
    assert [box(shape)[0] for shape in hands.in_file(image)] == [224]
    hands.press("Ctrl+Z", "Ctrl+J")
    hands.click(0.175, 0.35)
    hands.click(0.775, 0.35, CTRL)
    hands.press("Ctrl+Shift+I", "Delete")
    assert sorted(box(shape)[0] for shape in hands.in_file(image)) == [32, 224]
