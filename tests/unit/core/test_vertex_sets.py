"""Several points taken away at once, cuboids, shapes brought to another size."""

from __future__ import annotations

import numpy as np
import pytest

from anylabel_plus.core import edits, geometry
from anylabel_plus.core.cuboid import depth_inside, make_cuboid
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.rescale import rescaled
from anylabel_plus.core.ring import ring_contains
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.core.vertex_sets import remove_points, spare_points

PENTAGON = [[10, 10], [50, 10], [60, 40], [30, 60], [5, 40]]
HOLE = [[20, 20], [30, 20], [30, 30], [20, 30]]


def document() -> Document:
    return add_shapes(Document("a.png", 100, 100), [make_shape("polygon", "a", PENTAGON, holes=[HOLE])])


def test_points_of_several_rings_go_together() -> None:
    after = remove_points(document(), 1, [(0, 1), (0, 3), (1, 0)]).shape(1)
    assert after.points.tolist() == [PENTAGON[0], PENTAGON[2], PENTAGON[4]]
    assert after.holes[0].tolist() == HOLE[1:]


def test_a_hole_without_an_area_goes_and_the_outer_ring_keeps_three() -> None:
    after = remove_points(document(), 1, [(1, 0), (1, 1), *((0, n) for n in range(5))]).shape(1)
    assert after.holes == ()
    assert after.points.tolist() == PENTAGON[2:]
    assert spare_points(after) == 0


def test_what_cannot_go_leaves_the_document_as_it_is() -> None:
    before = document()
    assert remove_points(before, 1, []) is before
    fixed = add_shapes(before, [make_shape("quadrilateral", "q", HOLE)])
    assert remove_points(fixed, 2, [(0, 0)]) is fixed
    with pytest.raises(IndexError, match="no point 9"):
        remove_points(before, 1, [(0, 9)])


def test_a_cuboid_tells_its_depth_and_its_corners() -> None:
    shape = make_cuboid("c", (40, 50), (20, 20), (6, -4))
    assert shape.points[:4].tolist() == [[20, 20], [40, 20], [40, 50], [20, 50]]
    assert (shape.points[4:] - shape.points[:4]).tolist() == [[6, -4]] * 4
    told = shape.extra["cuboid3d"]
    assert (told["version"], told["depth_vector"], len(told["vertices2d_order"])) == (1, [6.0, -4.0], 8)
    assert depth_inside((20, 20), (40, 50), (90, -90), 100, 100) == (60, -20)


def test_a_dragged_cuboid_keeps_its_back_face_in_the_image() -> None:
    before = add_shapes(Document("a.png", 100, 100), [make_cuboid("c", (20, 20), (40, 50), (6, -4))])
    front = edits.move_vertex(before, 1, 0, 0, -5.0, -5.0).shape(1)
    assert front.points[0].tolist() == [0, 4] and front.points[4].tolist() == [6, 0]
    back = edits.move_vertex(before, 1, 0, 4, 90.0, 90.0).shape(1)
    assert back.points[6].tolist() == [100, 100], "the far corner stops the whole face"
    assert back.points[:4].tolist() == before.shape(1).points[:4].tolist()


def test_shapes_at_another_size_keep_what_they_are() -> None:
    polygon = rescaled(make_shape("polygon", "a", PENTAGON, holes=[HOLE]), 2.0, 0.5)
    assert polygon.points[1].tolist() == [100, 5] and polygon.holes[0][0].tolist() == [40, 10]
    circle = rescaled(make_shape("circle", "a", [[10, 10], [13, 14]]), 4.0, 1.0)
    assert circle.points[0].tolist() == [40, 10] and geometry.radius(circle) == pytest.approx(10)
    turned = rescaled(make_shape("rotation", "a", [[20, 10], [40, 30], [30, 40], [10, 20]]), 2.0, 1.0)
    sides = np.roll(turned.points, -1, axis=0) - turned.points
    assert abs(float(sides[0] @ sides[1])) < 1e-9 and np.allclose(turned.points.mean(axis=0), (50, 25))
    same = rescaled(make_shape("rotation", "a", [[20, 10], [40, 30], [30, 40], [10, 20]]), 3.0, 3.0)
    assert np.allclose(same.points, np.array([[20, 10], [40, 30], [30, 40], [10, 20]]) * 3)


def test_masks_at_another_size() -> None:
    pixels = np.zeros((4, 6), np.bool_)
    pixels[1:, 2:] = True
    shape = make_shape("mask", "m", [[10, 20], [16, 24]], mask=Mask(pixels, 10, 20))
    twice = rescaled(shape, 2.0, 2.0)
    assert twice.mask is not None and twice.mask.area == 4 * 12
    assert twice.mask.bounds == (24.0, 42.0, 32.0, 48.0)
    assert twice.points.tolist() == [[24, 42], [32, 48]]
    with pytest.raises(ValueError, match="no pixel"):
        rescaled(make_shape("mask", "m", [[0, 0], [1, 1]], mask=Mask(np.ones((1, 1), np.bool_), 0, 0)), 0.1, 0.1)
    with pytest.raises(ValueError, match="positive"):
        rescaled(shape, 0.0, 1.0)


def test_points_inside_a_ring() -> None:
    ring = np.array(PENTAGON, float)
    places = np.array(((30, 30), (5, 5), (55, 30), (70, 30)), float)
    assert ring_contains(ring, places).tolist() == [True, False, True, False]
