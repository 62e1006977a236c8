"""A user filters and sorts the list of shapes; it stays in step with the canvas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from window_driver import Driver

from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.edits import set_points
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import make_shape

Open = Callable[..., Driver]


def box(label: str, side: float, **fields: Any) -> Any:
    return make_shape("rectangle", label, [[10, 10], [10 + side, 10 + side]], **fields)


def four(document: Document) -> Document:
    low, high = Provenance("model", score=0.2), Provenance("model", score=0.9)
    return add_shapes(
        document,
        [box("dog", 50), box("cat", 20, provenance=high), box("Ant", 80, provenance=low), box("cat", 40)],
    )


def shown(driver: Driver) -> list[tuple[str, int]]:
    """(label, side) of the rows, top to bottom."""
    model = driver.find("shapes_panel").model
    shapes = [model.shape_at(row) for row in range(model.rowCount())]
    return [(shape.label, round(shape.points[1][0] - shape.points[0][0])) for shape in shapes]


@pytest.fixture
def driver(open_window: Open, folder: Path) -> Driver:
    one = open_window(str(folder))
    one.wait()
    one.session.apply("Draw", four)
    one.wait()
    return one


def sort_by(driver: Driver, name: str) -> None:
    menu = driver.find("shapes_panel").order_menu()
    next(action for action in menu.actions() if action.objectName() == name).trigger()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("stack", [("dog", 50), ("cat", 20), ("Ant", 80), ("cat", 40)]),
        ("label", [("Ant", 80), ("cat", 20), ("cat", 40), ("dog", 50)]),
        ("area", [("cat", 20), ("cat", 40), ("dog", 50), ("Ant", 80)]),
        ("score", [("Ant", 80), ("cat", 20), ("dog", 50), ("cat", 40)]),
        ("maker", [("dog", 50), ("cat", 40), ("cat", 20), ("Ant", 80)]),
        ("descending", [("cat", 40), ("Ant", 80), ("cat", 20), ("dog", 50)]),
    ],
)
def test_orders(driver: Driver, name: str, wanted: list[tuple[str, int]]) -> None:
    sort_by(driver, name)
    assert shown(driver) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a", [("cat", 20), ("Ant", 80), ("cat", 40)]),
        ("label:cat", [("cat", 20), ("cat", 40)]),
        ("label:cat by:person", [("cat", 40)]),
        ("score:<0.5", [("Ant", 80)]),
        ("-label:cat", [("dog", 50), ("Ant", 80)]),
        ("area:>=2500", [("dog", 50), ("Ant", 80)]),
    ],
)
def test_filters(driver: Driver, text: str, wanted: list[tuple[str, int]]) -> None:
    field = driver.find("shape_filter", QLineEdit)
    QTest.keyClicks(field, text)
    assert shown(driver) == wanted
    field.clear()
    assert len(shown(driver)) == 4


def test_a_sorted_list_follows_edits_and_keeps_the_selection(driver: Driver) -> None:
    sort_by(driver, "area")
    small = driver.session.document.shapes[1]
    driver.session.select([small.id])
    driver.session.apply("Grow", lambda value: set_points(value, small.id, [[10, 10], [110, 110]]))
    assert shown(driver)[-1] == ("cat", 100)
    rows = driver.find("shapes_panel").list.selectionModel().selectedRows()
    assert [index.row() for index in rows] == [3]
    assert driver.session.selection == {small.id}


def test_a_wrong_filter_is_told(driver: Driver) -> None:
    panel = driver.find("shapes_panel")
    panel.filter.setText("colour:red")
    assert "colour" in panel._count.text()
    assert len(shown(driver)) == 4
