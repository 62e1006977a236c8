"""Painting masks and polygons: pixels added and taken away, far vertices kept, parts and holes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.painting import (
    Region,
    StrokeRegion,
    add_region,
    hole_at,
    new_shapes,
    remove_hole,
    ring_region,
    subtract_region,
)
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.core.strokes import Coverage, Tip

WIDTH, HEIGHT = 120, 90


def stroke(tip: Tip, *way: tuple[float, float]) -> StrokeRegion:
    coverage = Coverage(WIDTH, HEIGHT, tip)
    way = tuple(tip.snapped(*place) for place in way)
    for a, b in zip(way[:-1] or way, way[1:] or way, strict=True):
        coverage.sweep(a, b)
    return StrokeRegion(coverage)


def document(*shapes: Shape) -> Document:
    return add_shapes(Document("a.png", WIDTH, HEIGHT), list(shapes))


def mask_shape(x0: int, y0: int, x1: int, y1: int, **fields: object) -> Shape:
    crop = np.ones((y1 - y0, x1 - x0), bool)
    return make_shape("mask", "a", [[x0, y0], [x1, y1]], mask=Mask(crop, x0, y0), **fields)


def box(x0: float, y0: float, x1: float, y1: float, **fields: object) -> Shape:
    return make_shape("polygon", "a", [[x0, y0], [x1, y0], [x1, y1], [x0, y1]], **fields)


def frame(shape: Shape) -> np.ndarray:
    if shape.mask is not None:
        return masks.full(shape.mask, WIDTH, HEIGHT)
    return masks.full(masks.rasterize([shape.points, *shape.holes]), WIDTH, HEIGHT)


def test_a_mask_gets_the_pixels_of_a_stroke_and_loses_them_again() -> None:
    before = document(mask_shape(20, 20, 60, 60))
    region = stroke(Tip(10), (70, 40), (100, 40))
    after = add_region(before, 1, region)
    painted = masks.full(region.mask, WIDTH, HEIGHT)
    assert np.array_equal(frame(after.shape(1)), frame(before.shape(1)) | painted)
    assert after.shape(1).points.tolist() == [[20.0, 20.0], [105.0, 60.0]]
    back = subtract_region(after, (1,), region)
    assert masks.equal(back.shape(1).mask, before.shape(1).mask)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 25),
    st.booleans(),
    st.lists(st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT)), min_size=1, max_size=4),
)
def test_erasing_what_was_painted_beside_a_mask_restores_it(
    size: int, square: bool, way: list[tuple[float, float]]
) -> None:
    before = document(mask_shape(30, 30, 70, 60))
    region = stroke(Tip(size, square), *way)
    painted = masks.full(region.mask, WIDTH, HEIGHT)
    after = subtract_region(add_region(before, 1, region), (1,), region)
    wanted = frame(before.shape(1)) & ~painted
    assert np.array_equal(frame(after.shape(1)) if after.shapes else np.zeros_like(wanted), wanted)


def test_painting_what_is_there_already_is_no_edit() -> None:
    before = document(mask_shape(20, 20, 60, 60), box(70, 10, 110, 50))
    assert add_region(before, 1, stroke(Tip(8), (40, 40))) is before
    assert add_region(before, 2, stroke(Tip(8), (90, 30))) is before
    assert subtract_region(before, (1, 2), stroke(Tip(4), (5, 5))) is before


def test_erasing_everything_removes_the_shape_and_only_it() -> None:
    before = document(mask_shape(20, 20, 30, 30), box(50, 20, 60, 30), box(90, 60, 100, 70))
    everything = stroke(Tip(40), (20, 25), (65, 25))
    after = subtract_region(before, (1, 2, 3), everything)
    assert [shape.id for shape in after.shapes] == [3] and after.shape(3) is before.shape(3)


def test_a_polygon_stays_one_and_its_far_vertices_stay_as_they_are() -> None:
    before = document(box(20.25, 20.125, 80.5, 70.75, holes=([[30, 30], [40, 30], [40, 40], [30, 40]],)))
    region = stroke(Tip(12), (80, 45), (95, 45))
    for after in (add_region(before, 1, region), subtract_region(before, (1,), region)):
        shape = after.shape(1)
        assert shape.kind == "polygon" and np.array_equal(shape.holes[0], before.shape(1).holes[0])
        assert shape.points[0].tolist() == [20.25, 20.125] and [80.5, 20.125] in shape.points.tolist()
        assert [80.5, 70.75] in shape.points.tolist() and [20.25, 70.75] in shape.points.tolist()
    painted = masks.full(region.mask, WIDTH, HEIGHT)
    wanted = frame(before.shape(1)) | painted
    differing = np.count_nonzero(frame(add_region(before, 1, region).shape(1)) != wanted)
    assert differing <= 12, "a smooth outline differs from the pixels at its edge only"


def test_a_stroke_around_a_polygon_gives_it_a_hole() -> None:
    start = document(box(10, 40, 20, 50))
    ring = stroke(Tip(6), (15, 45), (60, 10), (100, 45), (60, 80), (15, 45))
    shape = add_region(start, 1, ring).shape(1)
    assert len(shape.holes) == 1 and geometry.polygon_area(shape.holes[0]) > 1000


def test_a_polygon_cut_in_two_is_one_object_of_two_shapes() -> None:
    start = document(box(20, 20, 100, 60, provenance=Provenance("model", model="m"), attributes={"a": "b"}))
    after = subtract_region(start, (1,), stroke(Tip(8), (45, 10), (45, 80)))
    first, second = after.shapes
    assert first.id == 1 and first.group_id == second.group_id == 1
    assert second.label == "a" and second.attributes == {"a": "b"}
    assert first.points[:, 0].min() > 45 and second.points[:, 0].max() < 45
    assert first.provenance is not None and first.provenance.edited
    again = subtract_region(after, (1,), stroke(Tip(4), (75, 10), (75, 80)))
    assert {shape.group_id for shape in again.shapes} == {1}


def test_a_stroke_beyond_the_edge_is_cut_to_the_image() -> None:
    start = document(box(100, 30, 110, 40))
    shape = add_region(start, 1, stroke(Tip(14), (105, 35), (125, 35))).shape(1)
    assert shape.points[:, 0].max() == WIDTH
    at_edge = shape.points[shape.points[:, 0] == WIDTH]
    assert len(at_edge) == 2 and np.ptp(at_edge[:, 1]) == pytest.approx(14, abs=0.7), "straight along the edge"


def test_locked_shapes_and_other_kinds_stay() -> None:
    start = document(mask_shape(20, 20, 60, 60, locked=True), make_shape("rectangle", "a", [[10, 10], [80, 80]]))
    region = stroke(Tip(30), (50, 50))
    assert subtract_region(start, (1, 2), region) is start
    assert add_region(start, 1, region) is start


@pytest.mark.parametrize("kind", ["mask", "polygon"])
def test_new_shapes_of_a_region(kind: str) -> None:
    region = stroke(Tip(10), (20, 20), (60, 40))
    (shape,) = new_shapes(region, "cat", kind, WIDTH, HEIGHT)  # type: ignore[arg-type]
    assert (shape.kind, shape.label) == (kind, "cat")
    differing = frame(shape) != masks.full(region.mask, WIDTH, HEIGHT)
    assert np.count_nonzero(differing) <= (0 if kind == "mask" else 12)
    assert new_shapes(Region(masks.EMPTY), "cat", kind, WIDTH, HEIGHT) == []  # type: ignore[arg-type]


def test_a_hole_cut_and_filled_again() -> None:
    ring = np.array([[35.0, 35.0], [50.0, 36.0], [42.0, 50.0]])
    for shape in (box(20, 20, 80, 70), mask_shape(20, 20, 80, 70)):
        start = document(shape)
        cut = subtract_region(start, (1,), ring_region(ring, WIDTH, HEIGHT))
        assert not frame(cut.shape(1))[40, 42] and hole_at(cut.shape(1), 42, 40) is not None
        if shape.kind == "polygon":
            assert cut.shape(1).points is start.shape(1).points
            assert np.array_equal(cut.shape(1).holes[0], ring), "the hole is what was drawn, point by point"
        filled = remove_hole(cut, 1, 42.0, 40.0)
        assert np.array_equal(frame(filled.shape(1)), frame(start.shape(1))) and not filled.shape(1).holes
        assert remove_hole(cut, 1, 25.0, 25.0) is cut and remove_hole(cut, 1, 5.0, 5.0) is cut


def test_a_notch_of_a_mask_is_no_hole() -> None:
    start = document(mask_shape(20, 20, 80, 70))
    cut = subtract_region(start, (1,), stroke(Tip(10), (20, 45), (40, 45)))
    assert hole_at(cut.shape(1), 35.0, 45.0) is None
