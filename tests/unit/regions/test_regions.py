"""Operations on shapes: combine, split, separate, grow, smooth, simplify, convert."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import KINDS, Shape, make_shape
from anylabel_plus.regions import pixels
from anylabel_plus.regions.combine import combined, mergeable, merged
from anylabel_plus.regions.convert import CONVERSIONS, converted, four_sided, smallest_box
from anylabel_plus.regions.morphology import grown, smoothed, without_holes
from anylabel_plus.regions.placing import exchanged
from anylabel_plus.regions.simplify import cost, simplified
from anylabel_plus.regions.split import cut, separated, split

SIZE = (200, 150)
MODEL = Provenance("model", "m", score=0.7)
FRAMES = st.lists(st.lists(st.booleans(), min_size=9, max_size=9), min_size=7, max_size=7).map(np.array)


def rectangle(x1: float, y1: float, x2: float, y2: float, label: str = "cat", **fields: Any) -> Shape:
    return make_shape("rectangle", label, [[x1, y1], [x2, y2]], **fields)


def polygon(*points: tuple[float, float], **fields: Any) -> Shape:
    return make_shape("polygon", "cat", points, **fields)


def mask_of(frame: Any, x: int = 0, y: int = 0, **fields: Any) -> Shape:
    mask = masks.tight(Mask(np.asarray(frame, bool), x, y))
    x1, y1, x2, y2 = mask.bounds
    return make_shape("mask", "cat", [[x1, y1], [x2, y2]], mask=mask, **fields)


def document_of(*shapes: Shape) -> Document:
    return add_shapes(Document("a.png", *SIZE), list(shapes))


def drawn_area(shape: Shape) -> float:
    """The area; of a circle that of its outline with corners."""
    return geometry.polygon_area(geometry.outline(shape)[0]) if shape.kind == "circle" else geometry.area(shape)


def every_kind() -> dict[str, Shape]:
    return {
        "polygon": polygon((10, 10), (60, 12), (70, 50), (12, 60), holes=[[[20, 20], [30, 20], [30, 30], [20, 30]]]),
        "rectangle": rectangle(10, 10, 60, 40),
        "rotation": make_shape("rotation", "cat", [[40, 10], [80, 50], [60, 70], [20, 30]], direction=np.pi / 4),
        "circle": make_shape("circle", "cat", [[60, 60], [90, 60]]),
        "line": make_shape("line", "cat", [[10, 10], [60, 40]]),
        "linestrip": make_shape("linestrip", "cat", [[10, 10], [60, 10], [60, 60]]),
        "point": make_shape("point", "cat", [[10, 10]]),
        "points": make_shape("points", "cat", [[10, 10], [50, 20], [30, 60]]),
        "quadrilateral": make_shape("quadrilateral", "cat", [[10, 10], [90, 20], [80, 60], [15, 50]]),
        "cuboid": make_shape(
            "cuboid",
            "cat",
            [[10, 30], [50, 30], [50, 70], [10, 70], [30, 10], [70, 10], [70, 50], [30, 50]],
            extra={"cuboid3d": {"version": 1}, "mine": 1},
        ),
        "mask": mask_of(np.ones((20, 30)), 15, 25),
    }


# ---------------------------------------------------------------- combine


def test_a_union_of_boxes_that_make_a_box_is_a_box_in_the_place_of_the_target() -> None:
    document = document_of(
        rectangle(10, 10, 40, 30, "cat", score=0.9, provenance=MODEL, attributes={"colour": "red"}, group_id=4),
        rectangle(100, 100, 120, 120, "far"),
        rectangle(40, 10, 70, 30, "dog"),
    )
    target, _far, other = document.shapes
    after = exchanged(document, combined("union", target, [other], SIZE))
    assert [shape.label for shape in after.shapes] == ["cat", "far"]
    result = after.shapes[0]
    assert (result.id, result.kind, result.group_id) == (target.id, "rectangle", 4)
    assert result.attributes == {"colour": "red"}
    assert result.points.tolist() == [[10, 10], [70, 30]]
    assert (result.provenance, result.score) == (None, None)
    assert after.shapes[1] is document.shapes[1]


def test_parts_that_do_not_touch_share_a_group() -> None:
    document = document_of(
        rectangle(10, 10, 30, 30), rectangle(90, 90, 130, 120), rectangle(60, 60, 61, 61, group_id=7)
    )
    a, b, _c = document.shapes
    after = exchanged(document, combined("union", a, [b], SIZE))
    assert [shape.id for shape in after.shapes] == [a.id, 4, 3]
    assert [shape.group_id for shape in after.shapes] == [8, 8, 7]
    assert after.next_id == 5


def test_a_difference_takes_the_others_away_or_leaves_them() -> None:
    document = document_of(rectangle(0, 0, 100, 100), rectangle(20, 20, 40, 40))
    big, small = document.shapes
    after = exchanged(document, combined("subtract", big, [small], SIZE))
    (result,) = after.shapes
    assert (result.kind, len(result.holes)) == ("polygon", 1)
    assert geometry.area(result) == 10000 - 400
    both = exchanged(document, combined("subtract", big, [small], SIZE, keep_others=True))
    assert both.shapes[1] is small
    assert combined("subtract", small, [big], SIZE) == {}
    assert combined("intersect", small, [make_shape("circle", "c", [[150, 100], [160, 100]])], SIZE) == {}


def test_a_part_from_synthesis_stays_known_as_such() -> None:
    made = Provenance("synthesis")
    document = document_of(rectangle(0, 0, 50, 50), rectangle(20, 20, 80, 40, provenance=made))
    (result,) = exchanged(document, combined("union", document.shapes[0], document.shapes[1:], SIZE)).shapes
    assert result.provenance is not None
    assert (result.provenance.source, result.provenance.edited) == ("synthesis", True)


@pytest.mark.parametrize("kind", sorted(kind for kind, row in KINDS.items() if row.has_area))
@pytest.mark.parametrize("other", sorted(kind for kind, row in KINDS.items() if row.has_area))
def test_every_kind_with_an_area_combines_with_every_other(kind: str, other: str) -> None:
    document = document_of(every_kind()[kind], rectangle(1, 1, 2, 2), every_kind()[other])
    a, _between, b = document.shapes
    sizes = {}
    for operation in ("union", "subtract", "intersect"):
        exchange = combined(operation, a, [b], SIZE)  # type: ignore[arg-type]
        sizes[operation] = sum(geometry.area(shape) for shape in exchange.get(a.id, []))
        assert all(shape.kind == "mask" for shape in exchange.get(a.id, ())) or kind != "mask"
    assert sizes["subtract"] + sizes["intersect"] == pytest.approx(drawn_area(a), abs=0.5)
    # Pixels against outlines: half a pixel along the border at most.
    assert sizes["union"] - sizes["subtract"] == pytest.approx(drawn_area(b), abs=0.5 if kind != "mask" else 40)


@settings(max_examples=50, deadline=None)
@given(FRAMES, FRAMES, st.integers(-4, 4), st.integers(-4, 4))
def test_masks_combine_pixel_by_pixel(a: Any, b: Any, dx: int, dy: int) -> None:
    first, second = Mask(a, 20, 20), Mask(b, 20 + dx, 20 + dy)
    if not first.area or not second.area:
        return
    full_a, full_b = masks.full(first, *SIZE), masks.full(second, *SIZE)
    document = document_of(mask_of(a, 20, 20), mask_of(b, 20 + dx, 20 + dy))
    expected = {"union": full_a | full_b, "subtract": full_a & ~full_b, "intersect": full_a & full_b}
    for operation, frame in expected.items():
        made = combined(operation, document.shapes[0], document.shapes[1:], SIZE)  # type: ignore[arg-type]
        assert bool(made) == bool(frame.any())
        if made:
            (result,) = made[1]
            assert result.mask is not None
            assert np.array_equal(masks.full(result.mask, *SIZE), frame)
    three = pixels.union([first, second, Mask(np.ones((2, 2), bool), 0, 140)])
    assert three.area == int((full_a | full_b).sum()) + 4


def test_lines_are_joined_at_their_nearest_ends_and_points_collected() -> None:
    lines = [
        make_shape("linestrip", "road", [[10, 10], [20, 10], [30, 12]]),
        make_shape("line", "road", [[60, 20], [30, 12]]),
        make_shape("line", "road", [[0, 0], [9, 9]]),
    ]
    document = document_of(*lines, make_shape("point", "p", [[1, 2]]), make_shape("points", "p", [[3, 4], [5, 6]]))
    first, *rest = document.shapes
    (result,) = merged(first, rest[:2], SIZE)[first.id]
    assert result.points.tolist() == [[0, 0], [9, 9], [10, 10], [20, 10], [30, 12], [60, 20]]
    (points,) = merged(rest[2], rest[3:], SIZE)[rest[2].id]
    assert (points.kind, points.points.tolist()) == ("points", [[1, 2], [3, 4], [5, 6]])
    assert not mergeable(document.shapes)
    with pytest.raises(ValueError, match="cannot be merged"):
        merged(first, rest, SIZE)


# ---------------------------------------------------------------- split and separate


@pytest.mark.parametrize("kind", sorted(kind for kind, row in KINDS.items() if row.has_area))
def test_every_kind_with_an_area_is_split_and_nothing_is_lost(kind: str) -> None:
    document = document_of(every_kind()[kind], rectangle(1, 1, 2, 2))
    shape = document.shapes[0]
    x1, y1, x2, y2 = geometry.bounds(shape)
    line = np.array(((x1 - 3, (y1 + y2) / 2 - 1.3), (x2 + 3, (y1 + y2) / 2 + 2.1)))
    pieces = split(shape, line)
    assert len(pieces) == 2
    total = geometry.area(shape) if kind != "circle" else geometry.polygon_area(geometry.outline(shape)[0])
    assert sum(map(geometry.area, pieces)) == pytest.approx(total, abs=0.2)
    after = exchanged(document, {shape.id: pieces}, one_object=False)
    assert [each.id for each in after.shapes] == [1, 3, 2]
    assert {each.group_id for each in after.shapes} == {None}
    assert split(shape, line + 500.0) == []


def test_a_box_cut_straight_gives_boxes() -> None:
    first, second = split(rectangle(10, 10, 50, 40), np.array(((20.0, 0), (20, 90))))
    assert [each.kind for each in (first, second)] == ["rectangle", "rectangle"]
    assert first.points.tolist() == [[20, 10], [50, 40]]
    assert {each.kind for each in split(rectangle(10, 10, 50, 40), np.array(((20.0, 0), (30, 90))))} == {"polygon"}


@settings(max_examples=50, deadline=None)
@given(FRAMES, st.lists(st.tuples(st.floats(18, 32), st.floats(18, 30)), min_size=2, max_size=4, unique=True))
def test_the_pieces_of_a_mask_are_its_pixels_shared_out(frame: Any, line: Any) -> None:
    if not frame.any():
        return
    shape = mask_of(frame, 20, 20)
    pieces = split(shape, np.array(line))
    if pieces:
        total = np.zeros(SIZE[::-1], np.int64)
        for piece in pieces:
            assert piece.mask is not None
            total += masks.full(piece.mask, *SIZE)
        assert shape.mask is not None
        assert np.array_equal(total, masks.full(shape.mask, *SIZE).astype(np.int64))


def test_lines_are_cut_where_they_are_crossed() -> None:
    strip = make_shape("linestrip", "road", [[0, 0], [10, 0], [10, 10], [0, 10]])
    pieces = split(strip, np.array(((5.0, -5), (5, 50))))
    assert [piece.points.tolist() for piece in pieces] == [
        [[0, 0], [5, 0]],
        [[5, 0], [10, 0], [10, 10], [5, 10]],
        [[5, 10], [0, 10]],
    ]
    assert [piece.kind for piece in pieces] == ["line", "linestrip", "line"]
    through_a_point = cut(strip.points, np.array(((8.0, -2), (12, 2))))
    assert [piece.tolist() for piece in through_a_point] == [[[0, 0], [10, 0]], [[10, 0], [10, 10], [0, 10]]]
    assert split(strip, np.array(((-5.0, -5), (-5, 50)))) == []
    assert split(every_kind()["point"], np.array(((0.0, 0), (50, 50)))) == []


def test_parts_of_masks_and_crossing_outlines_are_separated() -> None:
    frame = np.zeros((10, 12), bool)
    frame[0:3, 0:3] = frame[3:5, 3:6] = frame[8:10, 9:12] = True
    big, small = separated(mask_of(frame, 5, 5))
    assert (geometry.area(big), geometry.area(small)) == (15, 6)
    bow = polygon((0, 0), (20, 20), (20, 0), (0, 20))
    assert sorted(geometry.area(part) for part in separated(bow)) == [100, 100]
    assert separated(polygon((0, 0), (20, 0), (20, 20))) == []
    assert separated(rectangle(0, 0, 5, 5)) == []


# ---------------------------------------------------------------- grow, smooth, fill


def test_growing_keeps_boxes_and_circles_and_stays_in_the_image() -> None:
    (box,) = grown(rectangle(3, 20, 40, 50), 5, SIZE)
    assert (box.kind, box.points.tolist()) == ("rectangle", [[0, 15], [45, 55]])
    (circle,) = grown(every_kind()["circle"], 5, SIZE)
    assert (circle.kind, geometry.radius(circle)) == ("circle", 35)
    (turned,) = grown(every_kind()["rotation"], -2, SIZE)
    assert turned.kind == "rotation"
    assert turned.direction == pytest.approx(np.pi / 4, abs=1e-3)
    assert grown(rectangle(3, 20, 40, 50), -15, SIZE) == []
    assert grown(every_kind()["circle"], -30, SIZE) == []
    box = rectangle(1, 2, 30, 40)
    assert grown(box, 0, SIZE) == [box]
    (wide,) = grown(make_shape("circle", "c", [[10, 60], [18, 60]]), 5, SIZE)
    assert wide.kind == "polygon"
    assert geometry.bounds(wide)[0] == 0


def test_masks_grow_by_a_disc() -> None:
    (dot,) = grown(mask_of(np.ones((1, 1)), 50, 50), 2, SIZE)
    assert dot.mask is not None
    assert dot.mask.crop.astype(int).tolist() == [
        [0, 0, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 0, 0],
    ]
    assert (dot.mask.x, dot.mask.y) == (48, 48)
    (less,) = grown(mask_of(np.ones((9, 9)), 50, 50), -2, SIZE)
    assert geometry.bounds(less) == (52, 52, 57, 57)
    assert grown(mask_of(np.ones((4, 4)), 50, 50), -3, SIZE) == []
    (edge,) = grown(mask_of(np.ones((4, 4)), 0, 0), 3, SIZE)
    assert geometry.bounds(edge) == (0, 0, 7, 7)


def test_smoothing_takes_small_details_and_little_else() -> None:
    frame = np.zeros((60, 60), bool)
    frame[10:50, 10:50] = True
    frame[30, 50:58] = True
    frame[25:27, 25:27] = False
    shape = mask_of(frame, 40, 40)
    (result,) = smoothed(shape, 6, SIZE)
    assert result.mask is not None
    assert shape.mask is not None
    assert geometry.bounds(result)[2] <= 92
    assert masks.polygons(result.mask)[0].holes == ()
    assert masks.iou(result.mask, shape.mask) > 0.97
    flag = polygon((10, 10), (60, 10), (60, 30), (100, 30), (100, 31), (60, 31), (60, 60), (10, 60))
    (smooth,) = smoothed(flag, 4, SIZE)
    assert geometry.bounds(smooth)[2] < 63
    assert smoothed(rectangle(10, 10, 12, 12), 9, SIZE) == []


def test_holes_are_filled_and_shapes_without_any_stay_the_same_object() -> None:
    frame = np.ones((9, 9), bool)
    frame[2:7, 2:7] = False
    frame[4, 4] = True  # an island in the hole
    ringed = mask_of(frame)
    assert geometry.area(without_holes(ringed)) == 81
    holed = every_kind()["polygon"]
    assert without_holes(holed).holes == ()
    for kind, shape in every_kind().items():
        if kind != "polygon":
            assert without_holes(shape) is shape


# ---------------------------------------------------------------- simplify


def test_simplifying_states_points_and_agreement() -> None:
    turns = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    round_one = polygon(*np.stack((60 + 40 * np.cos(turns), 60 + 40 * np.sin(turns)), axis=1).tolist())
    less = simplified(round_one, 1.0)
    facts = cost([round_one], [less])
    assert facts.before == 300
    assert facts.after == len(less.points) < 30
    assert facts.iou is not None
    assert 0.95 < facts.iou < 1
    assert cost([round_one], [round_one]).iou == 1
    strip = make_shape("linestrip", "road", [[0, 0], [5, 0.2], [10, 0], [10, 10]])
    assert simplified(strip, 0.5).points.tolist() == [[0, 0], [10, 0], [10, 10]]
    assert cost([strip], [simplified(strip, 0.5)]).iou is None
    box = rectangle(0, 0, 10, 10)
    assert simplified(box, 5) is box


# ---------------------------------------------------------------- convert


@pytest.mark.parametrize("to", sorted(CONVERSIONS))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_conversion_gives_that_kind_or_nothing(kind: str, to: str) -> None:
    shape = document_of(every_kind()[kind]).shapes[0]
    result = converted(shape, to, SIZE)
    assert all(each.kind == to for each in result.shapes)
    if KINDS[kind].has_area:
        assert result.shapes, f"a {kind} has an area and becomes a {to}"
    if KINDS[kind].has_area and KINDS[to].has_area:
        assert result.iou is not None
        assert result.iou > 0.4
    assert all("cuboid3d" not in each.extra for each in result.shapes if to != "cuboid")


def test_what_can_be_converted_without_loss_is() -> None:
    kinds = every_kind()
    for kind, to in (
        ("rectangle", "polygon"),
        ("rectangle", "rotation"),
        ("rectangle", "quadrilateral"),
        ("rotation", "polygon"),
        ("rotation", "quadrilateral"),
        ("quadrilateral", "polygon"),
        ("mask", "polygon"),
        ("mask", "rectangle"),
        ("rectangle", "mask"),
        ("cuboid", "polygon"),
    ):
        assert converted(kinds[kind], to, SIZE).lossless, (kind, to)
    there = converted(kinds["rotation"], "polygon", SIZE).shapes[0]
    back = converted(there, "rotation", SIZE)
    assert back.iou == pytest.approx(1)
    holed = converted(kinds["polygon"], "rectangle", SIZE)
    assert (holed.holes, holed.lossless) == (1, False)
    assert converted(kinds["circle"], "polygon", SIZE).iou > 0.995  # type: ignore[operator]
    again = converted(converted(kinds["circle"], "polygon", SIZE).shapes[0], "circle", SIZE).shapes[0]
    assert geometry.radius(again) == pytest.approx(30, abs=0.05)
    assert again.points[0].tolist() == pytest.approx([60, 60], abs=0.01)


@settings(max_examples=50, deadline=None)
@given(FRAMES)
def test_masks_survive_the_way_to_polygons_and_back(frame: Any) -> None:
    if not frame.any():
        return
    shape = mask_of(frame, 20, 20)
    outlines = converted(shape, "polygon", SIZE)
    assert outlines.iou == 1
    back = masks.EMPTY
    for part in outlines.shapes:
        (mask,) = converted(part, "mask", SIZE).shapes
        assert mask.mask is not None
        back = masks.union(back, mask.mask)
    assert shape.mask is not None
    assert masks.equal(back, shape.mask)


def test_boxes_and_quadrilaterals_fit_closely() -> None:
    turned = every_kind()["rotation"].points
    box = smallest_box(turned)
    assert box is not None
    assert sorted(map(tuple, box.round(6).tolist())) == sorted(map(tuple, turned.tolist()))
    assert (box[1] - box[0])[0] > 0
    level = smallest_box(np.array(((10.0, 10), (60, 10), (60, 40), (10, 40))))
    assert level is not None
    assert level.tolist() == [[10, 10], [60, 10], [60, 40], [10, 40]]
    sheet = np.array(((10.0, 10), (90, 20), (80, 60), (15, 50)))
    clipped = np.array(((12.0, 10.25), (90, 20), (80, 60), (15, 50), (11, 18)))
    found = four_sided(clipped)
    assert found is not None
    assert np.abs(found - sheet).max() < 3
    assert four_sided(np.array(((0.0, 0), (5, 5), (9, 9)))) is None
    assert smallest_box(np.array(((0.0, 0), (5, 5)))) is None


def test_a_conversion_is_an_edit_of_a_person() -> None:
    shape = rectangle(10, 10, 60, 40, provenance=MODEL)
    (result,) = converted(shape, "polygon", SIZE).shapes
    assert result.provenance is not None
    assert result.provenance.edited


def test_an_unknown_shape_is_not_exchanged() -> None:
    with pytest.raises(KeyError):
        exchanged(document_of(rectangle(0, 0, 1, 1)), {9: []})
    document = document_of(rectangle(0, 0, 1, 1))
    assert exchanged(document, {1: [document.shapes[0]]}) is document
