"""Imports: sources of all kinds become a data set; nothing in it is ever overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flat_model import HEIGHT, WIDTH, save_image, save_labels

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.dataset import runs
from anylabel_plus.formats import native
from anylabel_plus.jobs.base import Report, run
from anylabel_plus.jobs.imports import ImportJobOptions, import_

XML = """<annotation><filename>{name}</filename><size><width>80</width><height>60</height></size>
<object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>
</annotation>"""


def done(format: str, source: Path, dataset: Path, **fields: object) -> Report:
    return run(import_(ImportJobOptions(format, source, dataset, **fields)))


def tree(root: Path) -> dict[str, bytes]:
    paths = [path for path in root.rglob("*") if path.is_file() and ".anylabel_plus" not in path.parts]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    root = tmp_path / "voc"
    for name in ("a", "b"):
        save_image(root / "JPEGImages" / f"{name}.png")
        (root / "Annotations").mkdir(exist_ok=True)
        (root / "Annotations" / f"{name}.xml").write_text(XML.format(name=f"{name}.png"))
    return root


def coco_source(root: Path, **changes: object) -> Path:
    save_image(root / "images" / "s" / "a.png")
    data = {
        "images": [{"id": 7, "file_name": "s/a.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 3, "name": "zebra"}, {"id": 9, "name": "ape"}],
        "annotations": [
            {"image_id": 7, "category_id": 9, "bbox": [1, 2, 10, 20]},
            {"image_id": 7, "category_id": 3, "segmentation": [[1, 1, 9, 1, 9, 9], [20, 20, 30, 20, 30, 30]]},
            {"image_id": 7, "category_id": 3, "iscrowd": 1, "segmentation": {"size": [60, 80], "counts": [5, 9, 4786]}},
        ],
        **changes,
    }
    (root / "instances.json").write_text(json.dumps(data))
    return root


def test_voc_boxes_and_images_arrive(voc: Path, tmp_path: Path) -> None:
    report = done("voc", voc, tmp_path / "set")
    assert (report.changed, report.summary["shapes"]) == (2, 2)
    document = native.read(tmp_path / "set" / "a.json")
    (shape,) = document.shapes
    assert (shape.kind, shape.label, shape.points.tolist()) == ("rectangle", "cat", [[1, 2], [30, 40]])
    assert (document.image_path, document.width, document.height) == ("a.png", 80, 60)
    assert shape.provenance is not None
    assert shape.provenance.source == "import"


def test_a_second_import_changes_nothing_even_after_human_work(voc: Path, tmp_path: Path) -> None:
    done("voc", voc, tmp_path / "set")
    save_labels(tmp_path / "set" / "a.json", "a.png", make_shape("point", "mine", [(1, 1)]))
    before = tree(tmp_path / "set")
    report = done("voc", voc, tmp_path / "set")
    assert tree(tmp_path / "set") == before
    assert report.changed == 0


def test_coco_boxes_parts_and_crowds(tmp_path: Path) -> None:
    done("coco", coco_source(tmp_path / "coco"), tmp_path / "set")
    shapes = native.read(tmp_path / "set" / "s" / "a.json").shapes
    assert [(shape.kind, shape.label, shape.group_id) for shape in shapes] == [
        ("rectangle", "ape", None),
        ("polygon", "zebra", 2),
        ("polygon", "zebra", 2),
        ("mask", "zebra", None),
    ]
    assert shapes[3].extra["iscrowd"] == 1
    assert shapes[3].mask is not None
    assert shapes[3].mask.area == 9
    assert (tmp_path / "set" / "classes.txt").read_text() == "zebra\nape\n"


def test_bad_annotations_fail_but_the_rest_arrives(tmp_path: Path) -> None:
    records = [{"image_id": 7, "category_id": 99}, {"image_id": 7, "category_id": 3, "bbox": [1, 1, 5, 5]}]
    report = done("coco", coco_source(tmp_path / "coco", annotations=records), tmp_path / "set")
    assert report.exit_code == 3
    assert "annotations[0]" in report.failed[0][1]
    assert len(native.read(tmp_path / "set" / "s" / "a.json").shapes) == 1


@pytest.mark.parametrize("name", ["../../evil.png", "/etc/passwd", "..\\evil.png"])
def test_file_names_that_leave_the_folder_fail(tmp_path: Path, name: str) -> None:
    images = [{"id": 7, "file_name": name, "width": 80, "height": 60}]
    report = done("coco", coco_source(tmp_path / "coco", images=images), tmp_path / "set")
    assert [text for _, text in report.failed] == [f"the file name {name!r} leaves the folder of the images"]
    assert tree(tmp_path / "set").keys() <= {"classes.txt"}


def test_missing_images_and_bad_files_are_failed_items(voc: Path, tmp_path: Path) -> None:
    (voc / "JPEGImages" / "a.png").unlink()
    (voc / "Annotations" / "bomb.xml").write_text('<!DOCTYPE a [<!ENTITY x "y">]><annotation/>')
    report = done("voc", voc, tmp_path / "set")
    failed = dict(report.failed)
    assert "not found" in failed["a.png"]
    assert "document type" in failed["bomb.xml"]
    assert report.done == 1


def test_images_may_be_elsewhere(voc: Path, tmp_path: Path) -> None:
    (voc / "JPEGImages").rename(tmp_path / "photos")
    assert done("voc", voc, tmp_path / "set", images=tmp_path / "photos").changed == 2
    with pytest.raises(UserError, match="nowhere"):
        done("voc", voc, tmp_path / "set", images=tmp_path / "nowhere")


@pytest.mark.parametrize("how", ["link", "reference"])
def test_images_can_be_linked_or_referred_to(voc: Path, tmp_path: Path, how: str) -> None:
    done("voc", voc, tmp_path / "set", **{how: True})
    image = tmp_path / "set" / "a.png"
    assert image.samefile(voc / "JPEGImages" / "a.png")
    assert image.is_symlink() == (how == "reference")
    assert done("voc", voc, tmp_path / "set", **{how: True}).changed == 0


def test_another_image_of_the_same_name_is_never_replaced(voc: Path, tmp_path: Path) -> None:
    save_image(tmp_path / "set" / "a.png", width=90)
    before = (tmp_path / "set" / "a.png").read_bytes()
    report = done("voc", voc, tmp_path / "set")
    assert dict(report.failed)["a.png"] == "the data set has another image of this name."
    assert (tmp_path / "set" / "a.png").read_bytes() == before


def test_import_in_place(voc: Path) -> None:
    report = done("voc", voc, voc / "JPEGImages", images=voc / "JPEGImages")
    assert report.changed == 2
    assert native.read(voc / "JPEGImages" / "a.json").shapes


def test_rollback_removes_what_was_imported(voc: Path, tmp_path: Path) -> None:
    done("voc", voc, tmp_path / "set")
    runs.rollback(runs.find_run(tmp_path / "set", None))
    assert tree(tmp_path / "set") == {}
    assert len(tree(voc)) == 4


@pytest.mark.parametrize("layout", ["folders", "beside", "split"])
def test_yolo_layouts(tmp_path: Path, layout: str) -> None:
    root = tmp_path / "yolo"
    images, labels = {
        "folders": ("images", "labels"),
        "beside": (".", "."),
        "split": ("images/train", "labels/train"),
    }[layout]
    for name in ("a", "b"):
        save_image(root / images / f"{name}.png")
    (root / labels).mkdir(parents=True, exist_ok=True)
    (root / labels / "a.txt").write_text("1 0.5 0.5 0.25 0.5\n0 0.1 0.1 0.5 0.1 0.5 0.5\n")
    (root / "data.yaml").write_text("names: [dog, cat]\n")
    report = done("yolo", root, tmp_path / "set")
    assert (report.changed, report.summary["shapes"]) == (2, 2)
    (path,) = (tmp_path / "set").rglob("a.json")
    box, polygon = native.read(path).shapes
    assert (box.kind, box.label, box.points.tolist()) == ("rectangle", "cat", [[30, 15], [50, 45]])
    assert (polygon.kind, polygon.label) == ("polygon", "dog")


def test_yolo_without_names_says_so(tmp_path: Path) -> None:
    save_image(tmp_path / "y" / "a.png")
    (tmp_path / "y" / "a.txt").write_text("4 0.5 0.5 0.2 0.2\n")
    report = done("yolo", tmp_path / "y", tmp_path / "set")
    assert any("class numbers" in text for _, text in report.notes)
    assert native.read(tmp_path / "set" / "a.json").shapes[0].label == "4"


def test_coco_images_with_one_id_do_not_share_annotations(tmp_path: Path) -> None:
    source = coco_source(tmp_path / "coco")
    data = json.loads((source / "instances.json").read_text())
    save_image(source / "second.png")
    data["images"].append({**data["images"][0], "file_name": "second.png"})
    (source / "instances.json").write_text(json.dumps(data))
    report = done("coco", source, tmp_path / "set")
    assert "second.png" in dict(report.failed)
    assert "of an earlier image" in dict(report.failed)["second.png"]
    assert not (tmp_path / "set" / "second.json").exists()


def test_coco_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no images"):
        done("coco", coco_source(tmp_path / "coco", images=[]), tmp_path / "set")


@pytest.mark.parametrize(("format", "text"), [("voc", "no XML"), ("coco", "no COCO JSON"), ("yolo", "no images")])
def test_an_empty_source_is_refused(tmp_path: Path, format: str, text: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=text):
        done(format, tmp_path / "empty", tmp_path / "set")
    with pytest.raises(UserError, match="missing"):
        done(format, tmp_path / "missing", tmp_path / "set")


def test_sizes_of_the_raw_photo_are_turned_upright(tmp_path: Path) -> None:
    from PIL import Image

    photo = Image.new("RGB", (80, 60))
    exif = photo.getexif()
    exif[0x0112] = 6
    (tmp_path / "v").mkdir()
    photo.save(tmp_path / "v" / "a.jpg", exif=exif)
    (tmp_path / "v" / "a.xml").write_text(XML.format(name="a.jpg"))
    done("voc", tmp_path / "v", tmp_path / "set")
    document = native.read(tmp_path / "set" / "a.json")
    assert (document.width, document.height) == (60, 80)
    points = document.shapes[0].points
    assert points.min(axis=0).tolist() == [20, 1]
    assert points.max(axis=0).tolist() == [58, 30]
