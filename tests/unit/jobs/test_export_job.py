"""Exports: all or nothing, losses said, names and numbers stable."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from faster_coco_eval import COCO, COCOeval_faster
from flat_model import THINGS, save_image, save_labels

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.formats import WRITABLE
from anylabel_plus.jobs.base import Report, run
from anylabel_plus.jobs.exports import ExportJobOptions, export
from anylabel_plus.jobs.imports import ImportJobOptions, import_

RING = [(10.0, 10.0), (50.0, 10.0), (50.0, 40.0), (10.0, 40.5)]
HOLE = [(20.0, 20.0), (20.0, 30.0), (30.0, 30.0), (30.0, 20.0)]


def rectangle(label: str, name: str = "left") -> Shape:
    x1, y1, x2, y2 = THINGS[name]
    return make_shape("rectangle", label, [(x1, y1), (x2, y2)])


@pytest.fixture
def labelled(dataset: Path) -> Path:
    save_labels(dataset / "a.json", "a.png", make_shape("polygon", "zebra", RING), rectangle("ape", "right"))
    save_labels(dataset / "sub" / "c.json", "c.png", make_shape("polygon", "ape", RING, holes=(HOLE,)))
    return dataset


def done(format: str, dataset: Path, out: Path, **fields: object) -> Report:
    return run(export(ExportJobOptions(format, dataset, out, **fields)))


def coco(dataset: Path, out: Path, **fields: object) -> dict[str, list[dict[str, object]]]:
    done("coco", dataset, out, **fields)
    data: dict[str, list[dict[str, object]]] = json.loads((out / "annotations.json").read_text())
    return data


def files_of(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_coco_numbers_labels_sorted_and_keeps_negatives(labelled: Path, tmp_path: Path) -> None:
    data = coco(labelled, tmp_path / "out")
    assert [(row["id"], row["name"]) for row in data["categories"]] == [(1, "ape"), (2, "zebra")]
    assert [row["file_name"] for row in data["images"]] == ["a.png", "b.png", "sub/c.png"]
    assert [row["category_id"] for row in data["annotations"]] == [2, 1, 1]
    assert [row["id"] for row in data["annotations"]] == [1, 2, 3]
    assert len(coco(labelled, tmp_path / "out", labelled_only=True)["images"]) == 2


def test_coco_loads_in_faster_coco_eval_and_scores_itself_perfectly(labelled: Path, tmp_path: Path) -> None:
    data = coco(labelled, tmp_path / "out")
    truth = COCO(str(tmp_path / "out" / "annotations.json"))
    keys = ("image_id", "category_id", "bbox", "segmentation")
    found = truth.loadRes([{**{key: row[key] for key in keys}, "score": 0.9} for row in data["annotations"]])
    for kind in ("bbox", "segm"):
        evaluation = COCOeval_faster(truth, found, kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        assert evaluation.stats[0] == pytest.approx(1.0)
    for row in data["annotations"]:
        pixels = int(truth.annToMask(row).sum())
        assert pixels == pytest.approx(row["area"], abs=60)


def test_the_quick_way_says_the_same_as_the_full_one(labelled: Path, tmp_path: Path) -> None:
    quick = coco(labelled, tmp_path / "quick")
    path = labelled / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())  # a BOM is for the full reader
    save_labels(labelled / "b.json", "b.png", make_shape("polygon", "ape", RING))
    first = coco(labelled, tmp_path / "one")
    (labelled / "b.json").write_bytes(b"\xef\xbb\xbf" + (labelled / "b.json").read_bytes())
    assert coco(labelled, tmp_path / "two") == first
    assert quick["annotations"][0] == first["annotations"][0]


def test_labels_fix_the_order_and_leave_out_others(labelled: Path, tmp_path: Path) -> None:
    data = coco(labelled, tmp_path / "out", labels=("zebra", "gnu"))
    assert [row["name"] for row in data["categories"]] == ["zebra", "gnu"]
    assert len(data["annotations"]) == 1
    assert len(data["images"]) == 3
    report = done("coco", labelled, tmp_path / "out", labels=("zebra", "gnu"))
    texts = " ".join(text for _, text in report.notes)
    assert "'ape' were left out" in texts
    assert "no object has the label gnu" in texts


def test_classes_of_the_data_set_keep_their_numbers(labelled: Path, tmp_path: Path) -> None:
    (labelled / "classes.txt").write_bytes("\ufeffzebra \n\n".encode())
    done("yolo-detect", labelled, tmp_path / "out")
    names = yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())["names"]
    assert names == {0: "zebra", 1: "ape"}


def test_yolo_round_trip_within_a_pixel(labelled: Path, tmp_path: Path) -> None:
    done("yolo-segment", labelled, tmp_path / "out")
    report = run(import_(ImportJobOptions("yolo", tmp_path / "out", tmp_path / "back")))
    assert (report.changed, report.exit_code) == (3, 0)
    before, after = coco(labelled, tmp_path / "c1"), coco(tmp_path / "back", tmp_path / "c2")
    assert [row["name"] for row in after["categories"]] == ["ape", "zebra"]
    for a, b in zip(before["annotations"], after["annotations"], strict=True):
        assert np.abs(np.array(a["bbox"]) - np.array(b["bbox"])).max() < 0.01


def test_voc_round_trip_gives_the_same_numbers(labelled: Path, tmp_path: Path) -> None:
    done("voc", labelled, tmp_path / "out")
    run(import_(ImportJobOptions("voc", tmp_path / "out", tmp_path / "back")))
    done("voc", tmp_path / "back", tmp_path / "again")
    xml = "Annotations/sub/c.xml"
    assert files_of(tmp_path / "out")[xml] == files_of(tmp_path / "again")[xml]


def test_masks_hold_class_numbers(labelled: Path, tmp_path: Path) -> None:
    done("masks", labelled, tmp_path / "out")
    assert (tmp_path / "out" / "classes.txt").read_text().splitlines() == ["_background_", "ape", "zebra"]
    image = cv2.imread(str(tmp_path / "out" / "masks" / "a.png"), cv2.IMREAD_UNCHANGED)
    assert sorted(np.unique(image)) == [0, 1, 2]
    assert not cv2.imread(str(tmp_path / "out" / "masks" / "b.png"), cv2.IMREAD_UNCHANGED).any()


@pytest.mark.parametrize("format", WRITABLE)
def test_every_format_gives_the_same_bytes_again(labelled: Path, tmp_path: Path, format: str) -> None:
    done(format, labelled, tmp_path / "out")
    before = files_of(tmp_path / "out")
    done(format, labelled, tmp_path / "out")
    assert files_of(tmp_path / "out") == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("format", ["yolo-detect", "voc", "masks"])
def test_images_with_one_stem_do_not_overwrite_each_other(labelled: Path, tmp_path: Path, format: str) -> None:
    (labelled / "a.jpg").write_bytes((labelled / "b.png").read_bytes())
    report = done(format, labelled, tmp_path / "out", images="copy")
    stems = [Path(name).stem for name in files_of(tmp_path / "out") if Path(name).suffix in (".txt", ".xml", ".png")]
    assert {"a", "a_png"} <= set(stems)
    assert any("renamed" in text for _, text in report.notes)


def test_a_broken_label_file_is_a_failed_item_and_no_background_image(labelled: Path, tmp_path: Path) -> None:
    (labelled / "a.json").write_bytes(b"{}")
    report = done("yolo-detect", labelled, tmp_path / "out")
    assert [item for item, _ in report.failed] == ["a.png"]
    assert not [name for name in files_of(tmp_path / "out") if Path(name).stem == "a"]


def test_losses_are_said(dataset: Path, tmp_path: Path) -> None:
    point = make_shape("point", "eye", [(3, 3)])
    save_labels(dataset / "a.json", "a.png", point, make_shape("circle", "sun", [(30, 30), (30, 40)]))
    texts = [text for _, text in done("coco", dataset, tmp_path / "out").notes]
    assert "1 x point shapes have no area and were left out" in texts
    assert "1 x circles became polygons" in texts
    assert "2 images have no shapes and were written as background images" in texts


def test_an_export_without_any_object_says_so(dataset: Path, tmp_path: Path) -> None:
    report = done("yolo-segment", dataset, tmp_path / "out")
    assert ("", "the export holds no object at all") in report.notes


def test_a_folder_of_somebody_else_is_not_replaced(labelled: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="not empty"):
        done("coco", labelled, out)
    assert (out / "thesis.txt").exists()
    done("coco", labelled, out, overwrite=True)
    assert not (out / "thesis.txt").exists()


@pytest.mark.parametrize("where", [".", "..", "../set"])
def test_the_data_set_is_never_replaced(labelled: Path, where: str) -> None:
    with pytest.raises(UserError, match="data set"):
        done("coco", labelled, labelled / where, overwrite=True)


def test_a_failed_export_leaves_the_old_one(labelled: Path, tmp_path: Path) -> None:
    done("coco", labelled, tmp_path / "out")
    before = files_of(tmp_path / "out")
    for path in labelled.rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(UserError, match="Nothing was exported"):
        done("coco", labelled, tmp_path / "out")
    assert files_of(tmp_path / "out") == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".anylabel-tmp")]


def test_label_folder_is_read(dataset: Path, tmp_path: Path) -> None:
    save_labels(tmp_path / "labels" / "c.json", "c.png", rectangle("ape"))
    data = coco(dataset, tmp_path / "out", labels_dir=tmp_path / "labels")
    assert [row["image_id"] for row in data["annotations"]] == [3]


def test_turned_photos_are_exported_upright(tmp_path: Path) -> None:
    from PIL import Image

    root = tmp_path / "set"
    root.mkdir()
    photo = Image.new("RGB", (80, 60))
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(root / "a.jpg", exif=exif)
    (root / "a.json").write_text(
        json.dumps(
            {
                "version": "4.0.0",
                "flags": {},
                "shapes": [{"label": "x", "points": [[0, 0], [10, 0], [10, 20]], "shape_type": "polygon"}],
                "imagePath": "a.jpg",
                "imageData": None,
                "imageHeight": 60,
                "imageWidth": 80,
            }
        )
    )
    data = coco(root, tmp_path / "out")
    assert (data["images"][0]["width"], data["images"][0]["height"]) == (60, 80)
    assert data["annotations"][0]["bbox"] == [40.0, 0.0, 20.0, 10.0]


def test_save_image_fixture_is_what_the_tests_take_it_for(tmp_path: Path) -> None:
    save_image(tmp_path / "a.png")
    assert cv2.imread(str(tmp_path / "a.png")).shape == (60, 80, 3)


def test_coco_as_a_single_file(labelled: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "truth.json"
    done("coco", labelled, out)
    done("coco", labelled, out)  # its own file may be replaced
    assert len(json.loads(out.read_text())["images"]) == 3
    assert [path.name for path in out.parent.iterdir()] == ["truth.json"]
    out.write_text("{}")
    with pytest.raises(UserError, match="not made by an export"):
        done("coco", labelled, out)
    with pytest.raises(UserError, match="single file"):
        done("coco", labelled, out, images="copy", overwrite=True)
    assert out.read_text() == "{}"


@pytest.mark.parametrize(("format", "images"), [("yolo-detect", "auto"), ("coco", "copy"), ("masks", "none")])
def test_pictures_never_go_into_the_data_set(labelled: Path, format: str, images: str) -> None:
    with pytest.raises(UserError, match="mix with the images"):
        done(format, labelled, labelled / "exported", images=images)
    assert not (labelled / "exported").exists()


def test_a_label_folder_that_is_missing_is_no_folder_of_background_images(labelled: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a folder"):
        done("coco", labelled, tmp_path / "out", labels_dir=tmp_path / "nowhere")
    assert not (tmp_path / "out").exists()


def test_coco_leaves_out_what_lies_outside_the_image(dataset: Path, tmp_path: Path) -> None:
    outside = [(x + 500.0, y) for x, y in RING]
    shapes = (make_shape("polygon", "out", outside), make_shape("polygon", "in", RING))
    save_labels(dataset / "a.json", "a.png", *shapes)
    save_labels(dataset / "b.json", "b.png", make_shape("polygon", "out", [(-9.0, -9.0), (-1.0, -9.0), (-1.0, -1.0)]))
    report = done("coco", dataset, tmp_path / "out")
    data = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert [row["name"] for row in data["categories"]] == ["in"]
    assert len(data["annotations"]) == 1
    assert ("", "2 x shapes that cover no pixel of the image were left out") in report.notes


def test_one_label_file_read_for_two_images_is_said(dataset: Path, tmp_path: Path) -> None:
    save_image(dataset / "c.png")
    save_labels(tmp_path / "labels" / "c.json", "c.png", rectangle("ape"))
    report = done("coco", dataset, tmp_path / "out", labels_dir=tmp_path / "labels")
    assert [text for _, text in report.notes if "is read for 2 images of this name: c.png, sub/c.png" in text]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a right there")
def test_links_to_folders_are_followed(labelled: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    done("coco", labelled, tmp_path / "out")
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "disk" / "annotations.json").exists()
    (tmp_path / "same").symlink_to(labelled)
    with pytest.raises(UserError, match="data set"):
        done("coco", labelled, tmp_path / "same", overwrite=True)
    assert (tmp_path / "same").is_symlink()
    assert not list(tmp_path.glob(".anylabel-tmp*"))
