"""Pure parts of COCO, YOLO, VOC and PNG masks: shapes to text and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anylabel_plus.core import masks
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.formats import coco_annotations as coco
from anylabel_plus.formats import mask_png, voc, yolo
from anylabel_plus.formats.exchange import ExportItem, ExportOptions, read_classes, safe_relative
from anylabel_plus.formats.instances import instance_box, instances

WIDTH, HEIGHT = 120, 90
SQUARE = [(10.0, 10.0), (50.0, 10.0), (50.0, 50.0), (10.0, 50.0)]
HOLE = [(20.0, 20.0), (20.0, 30.0), (30.0, 30.0), (30.0, 20.0)]


def document(*shapes: Shape) -> Document:
    return add_shapes(Document("a.jpg", WIDTH, HEIGHT), shapes)


def blob(x: int, y: int, width: int, height: int) -> masks.Mask:
    crop = np.ones((height, width), bool)
    crop[0, 0] = False
    return masks.Mask(crop, x, y)


def mask_of(x: int, y: int, width: int, height: int, label: str = "cat", **fields: object) -> Shape:
    corners = [(x, y), (x + width, y + height)]
    return make_shape("mask", label, corners, mask=blob(x, y, width, height), **fields)


def pair(label: str = "cat") -> tuple[Shape, Shape]:
    box = make_shape("rectangle", label, [(10.5, 11.0), (40.0, 41.25)])
    made = Provenance("model", "m", prompt={"box": [10.5, 11.0, 40.0, 41.25]})
    return box, mask_of(12, 12, 20, 20, label, provenance=made)


# ---------------------------------------------------------------- instances


def test_a_box_and_its_mask_are_one_object_with_the_human_box() -> None:
    found, losses = instances(document(*pair()))
    assert len(found) == 1
    assert found[0].parts[0].kind == "mask"
    assert instance_box(found[0]) == (10.5, 11.0, 40.0, 41.25)
    assert not losses


def test_another_label_or_a_moved_box_is_no_pair() -> None:
    box, mask = pair()
    assert len(instances(document(box.with_(label="dog"), mask))[0]) == 2
    assert len(instances(document(box.with_(points=box.points + 1), mask))[0]) == 2


def test_two_equal_boxes_take_one_mask_each() -> None:
    box, mask = pair()
    found, _ = instances(document(box, box, mask, mask))
    assert [instance.parts[0].kind for instance in found] == ["mask", "mask"]


def test_polygons_of_one_group_and_label_are_one_object() -> None:
    a = make_shape("polygon", "cat", SQUARE, group_id=3)
    b = make_shape("polygon", "cat", [(60, 10), (80, 10), (80, 30)], group_id=3)
    other = make_shape("polygon", "dog", [(60, 40), (80, 40), (80, 60)], group_id=3)
    found, _ = instances(document(a, b, other))
    assert [len(instance.parts) for instance in found] == [2, 1]


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (make_shape("point", "cat", [(1, 1)]), "kind.point"),
        (make_shape("line", "cat", [(1, 1), (5, 5)]), "kind.line"),
        (make_shape("polygon", "", SQUARE), "label.none"),
        (make_shape("polygon", "AUTOLABEL_ADD", SQUARE), "label.working"),
        (make_shape("rectangle", "cat", [(1, 1), (1, 9)]), "empty"),
        (make_shape("polygon", "bird", SQUARE), "label.unlisted"),
    ],
)
def test_what_is_no_object_is_a_loss(shape: Shape, kind: str) -> None:
    found, losses = instances(document(shape), {"cat"} if kind == "label.unlisted" else None)
    assert not found
    assert [loss.kind for loss in losses] == [kind]


# ---------------------------------------------------------------- COCO


def annotations(*shapes: Shape) -> list[dict[str, object]]:
    found = [coco.annotation(one, WIDTH, HEIGHT) for one in instances(document(*shapes))[0]]
    assert None not in found
    return [one for one in found if one is not None]


def test_coco_polygon_area_does_not_depend_on_the_place() -> None:
    far = [(x + 30, y + 20.5) for x, y in SQUARE]
    near_one, far_one = annotations(make_shape("polygon", "a", SQUARE), make_shape("polygon", "a", far))
    assert near_one["area"] == far_one["area"] == 1600.0
    assert near_one["bbox"] == [10.0, 10.0, 40.0, 40.0]


def test_coco_hole_becomes_rle_with_the_right_area() -> None:
    (one,) = annotations(make_shape("polygon", "a", SQUARE, holes=(HOLE,)))
    assert one["area"] == 1500.0
    assert isinstance(one["segmentation"], dict)
    assert masks.rle_area(one["segmentation"]) == 1500


def test_coco_pair_has_the_mask_and_the_human_box() -> None:
    (one,) = annotations(*pair())
    assert one["bbox"] == [10.5, 11.0, 29.5, 30.25]
    assert one["area"] == 399.0


def test_coco_parts_that_overlap_are_counted_once() -> None:
    shifted = [(x + 20, y) for x, y in SQUARE]
    shapes = [make_shape("polygon", "a", ring, group_id=1) for ring in (SQUARE, shifted)]
    (one,) = annotations(*shapes)
    assert one["area"] == 60.0 * 40.0


def test_coco_parts_apart_stay_polygons_and_come_back_as_one_object() -> None:
    second = [(60.0, 10.0), (80.0, 10.0), (80.0, 30.0)]
    (one,) = annotations(*(make_shape("polygon", "a", ring, group_id=1) for ring in (SQUARE, second)))
    shapes, _ = coco.shapes_of(one, "a", 7)
    assert [shape.group_id for shape in shapes] == [7, 7]
    assert len(instances(document(*shapes))[0]) == 1


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"bbox": [1, 2, 3, 4]}, "rectangle"),
        ({"bbox": [10, 10, 40, 40], "segmentation": [[10, 10, 50, 10, 50, 50, 10, 50]]}, "rectangle"),
        ({"bbox": [10, 10, 40, 40], "segmentation": [[10, 10, 50, 10, 40, 50, 10, 50]]}, "polygon"),
        ({"segmentation": {"size": [4, 4], "counts": [5, 2, 9]}, "iscrowd": 1}, "mask"),
    ],
)
def test_coco_annotations_become_shapes(record: dict[str, object], kind: str) -> None:
    (shape,), _ = coco.shapes_of(record, "a", 1)
    assert shape.kind == kind
    assert shape.provenance is not None
    assert shape.provenance.source == "import"
    assert bool(shape.extra.get("iscrowd")) == bool(record.get("iscrowd"))


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"bbox": [1, 2, 0, 4]},
        {"bbox": [1, 2, "3", 4]},
        {"segmentation": [[1, 2, 3]]},
        {"segmentation": [[1, 2, 3, 4, 5, None]]},
        {"segmentation": {"size": [4, 4], "counts": [99]}},
        {"segmentation": {"size": [4, 4], "counts": [16]}},
    ],
)
def test_bad_coco_annotations_are_refused(record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        coco.shapes_of(record, "a", 1)


# ---------------------------------------------------------------- YOLO

coordinate = st.floats(0, 1, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12000),
    st.integers(1, 12000),
    st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8, unique=True),
)
def test_yolo_polygon_round_trip(width: int, height: int, points: list[tuple[float, float]]) -> None:
    ring = [(x * width, y * height) for x, y in points]
    (shape,), problems, _ = yolo.shapes_of(yolo.ring_line(0, ring, width, height), {0: "a"})
    assert not problems
    assert np.abs(shape.points * (width, height) - ring).max() < 0.001


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12000), st.integers(2, 12000), coordinate, coordinate)
def test_yolo_box_round_trip(width: int, height: int, x: float, y: float) -> None:
    box = (x * width / 2, y * height / 2, x * width / 2 + 0.5 * width, y * height / 2 + 0.5 * height)
    (shape,), _, _ = yolo.shapes_of(yolo.box_line(3, box, width, height), {3: "a"})
    assert np.abs(shape.points.ravel() * (width, height, width, height) - box).max() < 0.001


def test_yolo_bridge_fills_the_pixels_of_outline_and_holes() -> None:
    shape = make_shape("polygon", "a", SQUARE, holes=(HOLE,))
    joined = yolo.join_rings([shape.points, *shape.holes])
    assert masks.rasterize([np.array(joined)]).area == 1500


@pytest.mark.parametrize(
    "line",
    ["1 0.1 0.1 0.2 0.2", "x 0.1 0.1 0.2 0.2", "0 0.1 0.1 0.2", "0 0.1 a 0.2 0.2", "0 0.1 0.1 0 0.2", "0 nan 0 1 1"],
)
def test_bad_yolo_lines_are_problems(line: str) -> None:
    shapes, problems, _ = yolo.shapes_of(f"0 0.5 0.5 0.2 0.2\n\n{line}\n", {0: "a"})
    assert len(shapes) == 1
    assert len(problems) == 1
    assert problems[0].startswith("line 3 ")


def test_yolo_ring_is_cut_at_the_edge() -> None:
    cut = yolo.clip_ring([(-10, 10), (50, 10), (50, 100), (-10, 100)], 40, 60)
    assert {(round(x), round(y)) for x, y in cut} == {(0, 10), (40, 10), (40, 60), (0, 60)}
    assert yolo.clip_ring([(-10, 10), (-5, 10), (-5, 20)], 40, 60) == []


def written(tmp_path: Path, writer: str, *shapes: Shape) -> tuple[str, list[str]]:
    kinds = {"detect": yolo.DetectWriter, "segment": yolo.SegmentWriter}
    labels = tuple(sorted({shape.label for shape in shapes}))
    made = kinds[writer](tmp_path, ExportOptions(labels))
    item = ExportItem("s/a.jpg", "s/a.jpg", tmp_path / "a.jpg", WIDTH, HEIGHT)
    losses = made.add(item, document(*shapes))
    made.finish()
    return (tmp_path / "labels" / "s" / "a.txt").read_text(), [loss.kind for loss in losses]


def test_yolo_pair_is_one_line(tmp_path: Path) -> None:
    text, losses = written(tmp_path, "detect", *pair())
    (shape,), _, _ = yolo.shapes_of(text, {0: "cat"})
    assert np.abs(shape.points * (WIDTH, HEIGHT) - [(10.5, 11.0), (40.0, 41.25)]).max() < 0.001
    assert losses == ["outline"]


def test_yolo_segment_reports_holes_and_parts(tmp_path: Path) -> None:
    a = make_shape("polygon", "a", SQUARE, holes=(HOLE,), group_id=1)
    b = make_shape("polygon", "a", [(60, 10), (80, 10), (80, 30)], group_id=1)
    text, losses = written(tmp_path, "segment", a, b)
    assert len(text.splitlines()) == 1
    assert losses == ["holes", "parts"]


# ---------------------------------------------------------------- VOC

XML = """<annotation><folder>images</folder><filename>a.jpg</filename>
<size><width>{width}</width><height>90</height><depth>3</depth></size>
<object><name> dog </name><pose>Left</pose><truncated>1</truncated><difficult>1</difficult>
<bndbox><xmin>11</xmin><ymin>12.5</ymin><xmax>40</xmax><ymax>41</ymax></bndbox></object></annotation>"""


def test_voc_is_read_as_written_and_written_as_read() -> None:
    found = voc.read_annotation(XML.format(width=120).encode())
    (shape,) = found.shapes
    assert (found.name, found.width, found.height) == ("a.jpg", 120, 90)
    assert shape.points.tolist() == [[11.0, 12.5], [40.0, 41.0]]
    assert (shape.label, shape.difficult) == ("dog", True)
    assert dict(shape.attributes) == {"pose": "Left", "truncated": True}
    item = ExportItem("a.jpg", "a.jpg", Path("a.jpg"), WIDTH, HEIGHT)
    text = voc.annotation_text(item, instances(document(shape))[0])
    for part in ("<xmin>11</xmin>", "<ymin>12.5</ymin>", "<xmax>40</xmax>", "<pose>Left</pose>"):
        assert part in text
    again = voc.read_annotation(text.encode()).shapes[0]
    assert again.points.tolist() == shape.points.tolist()
    assert again.attributes == shape.attributes


def test_voc_one_based_there_and_back() -> None:
    (shape,) = voc.read_annotation(XML.format(width=120).encode(), one_based=True).shapes
    assert shape.points.tolist() == [[10.0, 11.5], [40.0, 41.0]]
    item = ExportItem("a.jpg", "a.jpg", Path("a.jpg"), WIDTH, HEIGHT)
    text = voc.annotation_text(item, instances(document(shape))[0], one_based=True)
    assert "<xmin>11</xmin>" in text


def test_voc_names_are_escaped() -> None:
    shape = make_shape("rectangle", "<a & b>", [(1, 1), (9, 9)])
    item = ExportItem("ü&.jpg", "ü&.jpg", Path("a.jpg"), WIDTH, HEIGHT)
    found = voc.read_annotation(voc.annotation_text(item, instances(document(shape))[0]).encode())
    assert (found.name, found.shapes[0].label) == ("ü&.jpg", "<a & b>")


BOMB = '<!DOCTYPE a [<!ENTITY x "aaaaaaaaaa"><!ENTITY y "&x;&x;&x;">]><annotation><filename>&y;</filename></annotation>'


@pytest.mark.parametrize(
    "data",
    [
        BOMB.encode(),
        BOMB.encode("utf-16"),
        b"<annotation>",
        b"",
        b"<html/>",
        b'<?xml version="1.0" encoding="none-such"?><annotation/>',
    ],
)
def test_bad_xml_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        voc.read_annotation(data)


# ---------------------------------------------------------------- PNG masks, names


def test_index_image_later_shapes_cover_earlier_ones() -> None:
    a = make_shape("polygon", "a", SQUARE, holes=(HOLE,))
    b = make_shape("rectangle", "b", [(40, 40), (60, 60)])
    image, losses, counts = mask_png.index_image(document(a, b), {"a": 1, "b": 2}, WIDTH, HEIGHT)
    assert image.shape == (HEIGHT, WIDTH)
    assert (int((image == 1).sum()), int((image == 2).sum())) == (1500 - 100, 400)
    assert image[25, 25] == 0
    assert counts == {"a": 1, "b": 1}
    assert [loss.kind for loss in losses] == ["overlap"]


def test_many_classes_need_sixteen_bits() -> None:
    numbers = {f"c{n}": n for n in range(1, 400)}
    image, _, _ = mask_png.index_image(
        document(make_shape("rectangle", "c399", [(0, 0), (9, 9)])), numbers, WIDTH, HEIGHT
    )
    assert image.dtype == np.uint16
    assert image.max() == 399


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "a/../../b.jpg", "C:\\a.jpg", "..\\a.jpg", "", "a\0.jpg"])
def test_file_names_that_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="leaves"):
        safe_relative(name)


def test_backslashes_are_folders() -> None:
    assert safe_relative("s\\a.jpg").as_posix() == "s/a.jpg"


def test_class_list_with_bom_spaces_and_empty_end(tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    path.write_bytes("\ufeffcat \r\n dog\r\n\r\n".encode())
    assert read_classes(path) == ("cat", "dog")
