"""Turning and scaling whole shapes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anylabel_plus.core import geometry
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.core.turning import scale_shapes, turn_shapes


def box(**fields: object) -> Shape:
    return make_shape("rotation", "ship", [[60, 40], [100, 40], [100, 60], [60, 60]], **fields)


def document(*shapes: Shape) -> Document:
    return add_shapes(Document("a.png", 200, 100), shapes)


def test_a_box_turns_clockwise_about_its_centre_and_tells_its_direction() -> None:
    turned = turn_shapes(document(box(direction=0.0)), (1,), 30.0).shape(1)
    assert np.allclose(turned.points.mean(axis=0), (80, 50))
    assert turned.direction == pytest.approx(math.radians(30))
    assert geometry.angle(turned.points) == pytest.approx(math.radians(30))
    assert turned.points[1, 1] > turned.points[0, 1], "clockwise on screen: the right end goes down"


def test_turning_there_and_back_ends_where_it_began() -> None:
    before = document(box())
    after = turn_shapes(turn_shapes(before, (1,), 17.3), (1,), -17.3)
    assert np.allclose(after.shape(1).points, before.shape(1).points)


def test_holes_turn_with_their_polygon() -> None:
    ring, hole = [[50, 20], [90, 20], [90, 60], [50, 60]], [[60, 30], [70, 30], [70, 40], [60, 40]]
    turned = turn_shapes(document(make_shape("polygon", "a", ring, holes=[hole])), (1,), 90.0).shape(1)
    assert np.allclose(turned.holes[0][0], (80, 30))


def test_what_would_leave_the_image_comes_back_in() -> None:
    high = make_shape("rotation", "a", [[2, 10], [12, 10], [12, 90], [2, 90]])
    turned = turn_shapes(document(high), (1,), 90.0).shape(1)
    x0, y0, x1, y1 = geometry.bounds(turned)
    assert (x0, y0) >= (-1e-9, 0) and x1 <= 200 and y1 <= 100
    assert x1 - x0 == pytest.approx(80)


def test_what_was_outside_is_not_forced_in() -> None:
    outside = make_shape("rotation", "a", [[-30, 40], [10, 40], [10, 60], [-30, 60]])
    turned = turn_shapes(document(outside), (1,), 1.0).shape(1)
    assert geometry.bounds(turned)[0] == pytest.approx(-30), "no further out than before"
    assert np.allclose(turned.points.mean(axis=0), (-10, 50), atol=0.2)


def test_upright_kinds_and_locked_shapes_stay() -> None:
    before = document(make_shape("rectangle", "a", [[1, 1], [20, 20]]), box(locked=True))
    assert turn_shapes(before, (1, 2), 5.0) is before
    assert turn_shapes(document(box()), (1,), 0.0).shape(1).points.tolist() == box().points.tolist()


def test_scaling_keeps_the_fixed_corner_and_stays_inside() -> None:
    before = document(box(), make_shape("circle", "b", [[60, 50], [70, 50]]))
    after = scale_shapes(before, (1, 2), (50.0, 40.0), 1.5)
    assert np.allclose(after.shape(1).points[0], (65, 40))
    assert geometry.radius(after.shape(2)) == pytest.approx(15)
    far = scale_shapes(before, (1, 2), (50.0, 40.0), 50.0)
    boxes = [geometry.bounds(shape) for shape in far.shapes]
    assert max(b[2] for b in boxes) <= 200 and max(b[3] for b in boxes) == pytest.approx(100)


def test_scaling_leaves_masks_and_locked_shapes_alone() -> None:
    pixels = make_shape("mask", "m", [[10, 10], [14, 14]], mask=Mask(np.ones((4, 4), np.bool_), 10, 10))
    before = document(pixels, box(locked=True))
    assert scale_shapes(before, (1, 2), (0.0, 0.0), 0.5) is before
    with pytest.raises(ValueError, match="positive"):
        scale_shapes(before, (1,), (0.0, 0.0), 0.0)


def test_a_cuboid_that_grows_tells_its_new_depth() -> None:
    front = np.array(((20, 20), (40, 20), (40, 40), (20, 40)), float)
    told = {"cuboid3d": {"version": 1, "depth_vector": [6.0, -4.0]}}
    cuboid = make_shape("cuboid", "c", np.vstack((front, front + np.array((6, -4)))), extra=told)
    after = scale_shapes(document(cuboid, box()), (1, 2), (0.0, 0.0), 1.5).shape(1)
    assert after.extra["cuboid3d"]["depth_vector"] == pytest.approx([9.0, -6.0])
