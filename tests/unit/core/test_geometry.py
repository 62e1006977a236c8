"""Outlines, bounds, areas, hits and pixels of every kind."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import KINDS, Shape, make_shape

SQUARE = ((10, 10), (30, 10), (30, 30), (10, 30))
HOLE = np.array(((15, 15), (15, 20), (20, 20), (20, 15)), np.float64)
_TURN = np.array(((math.cos(0.4), -math.sin(0.4)), (math.sin(0.4), math.cos(0.4))))
ROTATED = np.array(((-8, -5), (8, -5), (8, 5), (-8, 5))) @ _TURN.T + 30
CROP = np.ones((6, 8), np.bool_)
CROP[2:4, 2:4] = False
CUBOID = (*SQUARE, *((x + 6, y - 4) for x, y in SQUARE))


def examples() -> dict[str, Shape]:
    points = {
        "polygon": SQUARE,
        "rectangle": ((30, 10), (10, 30)),
        "rotation": ROTATED,
        "circle": ((25, 25), (25, 35)),
        "line": ((3, 4), (40, 30)),
        "linestrip": ((3, 4), (40, 30), (10, 40)),
        "point": ((12, 13),),
        "points": ((12, 13), (20, 25), (33, 8)),
        "quadrilateral": ((10, 10), (30, 12), (28, 30), (9, 27)),
        "cuboid": CUBOID,
        "mask": ((12, 14), (20, 20)),
    }
    assert set(points) == set(KINDS), "a new kind needs an example here"
    shapes = {kind: make_shape(kind, "a", values) for kind, values in points.items()}
    shapes["polygon"] = shapes["polygon"].with_(holes=(HOLE,))
    shapes["mask"] = shapes["mask"].with_(mask=Mask(CROP, 12, 14))
    return shapes


EXAMPLES = examples()
AREAS = {
    "polygon": 400 - 25,
    "rectangle": 400,
    "rotation": 160,
    "circle": math.pi * 100,
    "cuboid": 400 + 20 * 4 + 20 * 6,
    "mask": 44,
    "quadrilateral": 20 * 20 - 40 - 2 * 9 / 2 - 3 * 19 / 2 - 17 / 2 * 1 - 11.5,
}


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_hold_the_outline_tightly(kind: str) -> None:
    shape = EXAMPLES[kind]
    points = np.concatenate(geometry.outline(shape))
    box = geometry.box_of(points)
    assert geometry.bounds(shape) == pytest.approx(box, abs=0.06)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].has_area])
def test_area_agrees_with_the_pixels(kind: str) -> None:
    shape = EXAMPLES[kind]
    area = geometry.area(shape)
    if kind != "quadrilateral":
        assert area == pytest.approx(AREAS[kind])
    big = (
        shape if shape.mask is not None else shape.with_(points=shape.points * 40, holes=[r * 40 for r in shape.holes])
    )
    scale = 1 if shape.mask is not None else 1600
    pixels = geometry.shape_mask(big, 2400, 2400)
    assert pixels.area == pytest.approx(area * scale, rel=2e-3)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not KINDS[kind].has_area])
def test_kinds_without_an_area_say_so(kind: str) -> None:
    shape = EXAMPLES[kind]
    assert geometry.area(shape) == 0
    assert not geometry.contains(shape, 12, 13)
    with pytest.raises(ValueError, match=f"a {kind} has no area"):
        geometry.shape_mask(shape, 50, 50)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].has_area and kind != "circle"])
def test_inside_is_where_the_pixels_are(kind: str) -> None:
    shape = EXAMPLES[kind]
    frame = masks.full(geometry.shape_mask(shape, 50, 50), 50, 50)
    for y in range(50):
        for x in range(50):
            assert geometry.contains(shape, x + 0.5, y + 0.5) == frame[y, x]


@pytest.mark.parametrize("kind", KINDS)
def test_handles_are_hit_and_far_places_are_not(kind: str) -> None:
    shape = EXAMPLES[kind]
    for handle in geometry.handles(shape):
        hit = geometry.hit(shape, handle.x + 0.3, handle.y - 0.3, 1.0)
        assert (hit.kind, hit.ring, hit.index) == ("vertex", handle.ring, handle.index)
    assert not geometry.hit(shape, 48, 2, 1.0)
    assert geometry.hit(shape, -100, -100, 1.0) is geometry.NO_HIT


@pytest.mark.parametrize(
    ("kind", "x", "y", "ring", "index"),
    [
        ("polygon", 20, 10.5, 0, 0),
        ("polygon", 10.5, 20, 0, 3),
        ("polygon", 17.5, 14.5, 1, 3),
        ("rectangle", 10, 20, 0, 1),
        ("rectangle", 20, 29.5, 0, 2),
        ("circle", 15.4, 25, 0, 0),
        ("line", 21.5, 17, 0, 0),
        ("linestrip", 25, 35, 0, 1),
        ("quadrilateral", 20, 11.3, 0, 0),
        ("cuboid", 20, 30.2, 0, 2),
        ("cuboid", 36, 16, 1, 1),
    ],
)
def test_edges_are_hit(kind: str, x: float, y: float, ring: int, index: int) -> None:
    hit = geometry.hit(EXAMPLES[kind], x, y, 1.0)
    assert (hit.kind, hit.ring, hit.index) == ("edge", ring, index)


def test_an_open_line_has_no_closing_edge() -> None:
    assert not geometry.hit(EXAMPLES["linestrip"], 6.5, 22, 1.0)


def test_holes_and_unset_pixels_are_not_inside() -> None:
    assert geometry.hit(EXAMPLES["polygon"], 25, 25, 1.0).kind == "inside"
    assert not geometry.hit(EXAMPLES["polygon"], 17.5, 17.5, 1.0)
    assert geometry.hit(EXAMPLES["mask"], 12.5, 14.5, 1.0).kind == "inside"
    assert not geometry.hit(EXAMPLES["mask"], 14.5, 16.5, 1.0)


@given(st.floats(0.1, 3000))
def test_a_sampled_circle_is_close_to_the_true_one(radius: float) -> None:
    circle = make_shape("circle", "a", ((5, 6), (5 + radius, 6)))
    (ring,) = geometry.outline(circle)
    middle = (ring + np.roll(ring, -1, axis=0)) / 2
    assert np.hypot(*(ring - (5, 6)).T) == pytest.approx(radius)
    assert radius - np.hypot(*(middle - (5, 6)).T).min() <= 0.05 + 1e-9
    assert ring[0] == pytest.approx((5 + radius, 6))


def test_a_circle_without_a_radius_is_harmless() -> None:
    circle = make_shape("circle", "a", ((5, 6), (5, 6)))
    assert geometry.area(circle) == 0
    assert geometry.shape_mask(circle, 20, 20).area == 0
    assert geometry.bounds(circle) == (5, 6, 5, 6)


BOX = st.tuples(*[st.integers(-5, 25)] * 4)


@given(BOX, BOX)
def test_box_iou_agrees_with_counted_pixels(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    def frame(box: tuple[int, ...]) -> np.ndarray:
        pixels = np.zeros((30, 30), np.bool_)
        pixels[max(box[1] + 5, 0) : max(box[3] + 5, 0), max(box[0] + 5, 0) : max(box[2] + 5, 0)] = True
        return pixels

    a, b = frame(first), frame(second)
    union = (a | b).sum()
    expected = (a & b).sum() / union if union else 0.0
    assert geometry.box_iou(first, second) == pytest.approx(expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("box", "clipped"),
    [
        ((-5, -5, 10, 10), (0, 0, 10, 10)),
        ((10, 12, 2, 3), (2, 3, 10, 12)),
        ((50, 0, 150, 200), (50, 0, 100, 80)),
        ((100, 0, 150, 20), None),
        ((-9, -9, -1, -1), None),
        ((5, 5, 5, 9), None),
    ],
)
def test_clip_box(box: geometry.Box, clipped: geometry.Box | None) -> None:
    assert geometry.clip_box(box, 100, 80) == clipped


@pytest.mark.parametrize(
    ("points", "angle"),
    [
        (((0, 0), (5, 0)), 0.0),
        (((0, 0), (0, 5)), math.pi / 2),
        (((0, 0), (-5, 0)), math.pi),
        (((0, 0), (0, -5)), 1.5 * math.pi),
    ],
)
def test_angle_is_clockwise_on_screen(points: tuple[tuple[int, int], ...], angle: float) -> None:
    assert geometry.angle(np.array(points, np.float64)) == pytest.approx(angle)


def test_convex_hull_of_a_line_is_the_line() -> None:
    assert len(geometry.convex_hull(np.array([(0, 0), (1, 1), (2, 2), (2, 2)], np.float64))) == 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_frames(orientation: int) -> None:
    """The mapping of points agrees with Pillow's turning of pixels, and can be undone."""
    from PIL import Image, ImageOps

    width, height, x, y = 7, 5, 2, 1
    pixels = np.zeros((height, width), np.uint8)
    pixels[y, x] = 255
    image = Image.fromarray(pixels)
    image.getexif()[274] = orientation
    upright = np.asarray(ImageOps.exif_transpose(image))
    rows, columns = np.nonzero(upright)
    mapped = geometry.to_upright(np.array([(x + 0.5, y + 0.5)]), orientation, width, height)
    assert mapped.tolist() == [[columns[0] + 0.5, rows[0] + 0.5]]
    back = geometry.from_upright(mapped, orientation, width, height)
    assert back.tolist() == [[x + 0.5, y + 0.5]]
