"""The index finds exactly what a plain search finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.core import geometry
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.ui.canvas.spatial_index import SpatialIndex, boxes_of

near = st.floats(-50, 150, allow_nan=False, width=32)
pairs = st.lists(st.tuples(near, near), min_size=3, max_size=6)


def numbered(shapes: list[Shape]) -> list[Shape]:
    return [shape.with_(id=n + 1) for n, shape in enumerate(shapes)]


@given(st.lists(pairs, max_size=12), near, near, st.floats(0, 20))
def test_at_is_the_same_as_looking_at_every_box(
    rings: list[list[tuple[float, float]]], x: float, y: float, r: float
) -> None:
    shapes = numbered([make_shape("polygon", "a", ring) for ring in rings])
    expected = []
    for shape in reversed(shapes):
        x0, y0, x1, y1 = geometry.bounds(shape)
        if x0 - r <= x <= x1 + r and y0 - r <= y <= y1 + r:
            expected.append(shape.id)
    assert [shape.id for shape in SpatialIndex(shapes).at(x, y, r)] == expected


def test_boxes_of_all_kinds_are_their_bounds() -> None:
    shapes = numbered(
        [
            make_shape("polygon", "a", [[0, 0], [10, 5], [3, 20]]),
            make_shape("circle", "a", [[50, 50], [60, 50]]),
            make_shape("rectangle", "a", [[30, 40], [10, 20]]),
            make_shape("mask", "a", [[5, 5], [9, 8]], mask=Mask(np.ones((3, 4), bool), 5, 5)),
            make_shape("point", "a", [[7, 8]]),
            make_shape("cuboid", "a", [[0, 0], [4, 0], [4, 4], [0, 4], [2, -2], [6, -2], [6, 2], [2, 2]]),
        ]
    )
    assert boxes_of(shapes).tolist() == [list(geometry.bounds(shape)) for shape in shapes]


def test_replace_moves_a_shape() -> None:
    index = SpatialIndex(numbered([make_shape("point", "a", [[5, 5]]), make_shape("point", "b", [[9, 9]])]))
    index.replace([make_shape("point", "a", [[80, 80]]).with_(id=1)])
    assert not index.at(5, 5, 1)
    assert [shape.id for shape in index.at(80, 80, 1)] == [1]
    assert index.touching((0, 0, 100, 100)) == [0, 1]
    assert index.inside((70, 70, 90, 90)) == [1]


def test_an_empty_index_finds_nothing() -> None:
    index = SpatialIndex()
    assert index.at(0, 0, 10) == [] and index.touching((0, 0, 9, 9)) == [] and index.inside((0, 0, 9, 9)) == []
