"""What a training folder may hold, and what is said when it holds something else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import made_sets
import numpy as np
import pytest

from anylabel_plus.cli import main
from anylabel_plus.core.errors import UserError
from anylabel_plus.training.pocket import made, sources
from anylabel_plus.training.pocket.config import TrainConfig

ROWS = [made_sets.image("a.png", [(10, 10, 60, 50), (70, 20, 100, 60)]), made_sets.image("b.png", [(5, 5, 40, 40)])]


def config(folder: Path, **changed: Any) -> TrainConfig:
    return TrainConfig((folder,), folder, **changed)


def test_a_folder_is_read_with_its_masks(tmp_path: Path) -> None:
    first, second = sources.load([made_sets.write(tmp_path / "d", ROWS)])
    assert (first.source, first.origin, first.licence, first.width, first.height) == ("coco", "o1", "CC0", 120, 80)
    assert first.areas == (2000, 1200) and len(second.masks) == 1
    assert first.mask(1).bounds == (70, 20, 100, 60)
    pixels = first.pixels()
    assert pixels.shape == (80, 120, 3)
    assert np.abs(pixels[30, 80].astype(int) - made_sets.RED).max() <= 1, "RGB, not BGR"


def test_small_masks_and_pictures_without_masks_are_left_out(tmp_path: Path) -> None:
    rows = [made_sets.image("a.png", [(0, 0, 9, 9)]), made_sets.image("b.png", [(0, 0, 9, 9), (20, 20, 60, 60)])]
    (found,) = sources.load([made_sets.write(tmp_path / "d", rows)])
    assert found.path.name == "b.png" and found.areas == (1600,)


def test_regions_with_many_objects_are_left_out(tmp_path: Path) -> None:
    folder = made_sets.write(tmp_path / "d", ROWS, lambda data: data["annotations"][0].update(iscrowd=1))
    assert sources.load([folder])[0].areas == (1200,)


def test_an_export_of_the_program_can_be_trained_on(tmp_path: Path) -> None:
    samples = Path(__file__).parents[3] / "resources" / "samples"
    data, out = tmp_path / "data", tmp_path / "out"
    assert main(["import", "voc", str(samples / "voc"), str(data), "--images", str(samples / "images")]) == 0
    assert main(["export", "coco", str(data), str(out), "--rle", "--images", "copy"]) == 0
    pictures = sources.load([out])
    assert len(pictures) == 4 and sum(len(picture.masks) for picture in pictures) == 12
    for picture in pictures:
        assert picture.pixels().shape == (picture.height, picture.width, 3)
        assert picture.mask(0).area == picture.areas[0]


def set_name(name: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["images"][0].update(file_name=name)


def set_rle(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["annotations"][0]["segmentation"].update(changed)


DAMAGED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "up and out": (set_name("../a.png"), "'../a.png' is not the name of a file"),
    "in and out": (set_name("images/x/../../../a.png"), "is not the name of a file"),
    "from the root": (set_name("/etc/passwd"), "'/etc/passwd' is not the name of a file"),
    "out as on Windows": (set_name("..\\a.png"), "is not the name of a file"),
    "a drive": (set_name("c:a.png"), "is not the name of a file"),
    "a folder": (set_name(".."), "'..' is not the name of a file"),
    "nothing": (set_name(""), "'' is not the name of a file"),
    "no text": (set_name(7), "is not a COCO JSON"),
    "not there": (set_name("gone.png"), "gone.png: there is no such picture"),
    "another size": (set_rle(size=[120, 80]), "a.png: is 120 x 80, a mask of it has the size [h, w] = [120, 80]"),
    "outline": (
        lambda data: data["annotations"][0].update(segmentation=[[1, 1, 9, 1, 9, 9]]),
        "not run-length encoded",
    ),
    "damaged runs": (set_rle(counts="~~"), "RLE counts"),
    "no images": (lambda data: data.pop("images"), "(no 'images')"),
    "no size": (lambda data: data["images"][0].pop("width"), "(no 'width')"),
    "no list": (lambda data: data.update(annotations=None), "is not a COCO JSON"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_list_is_named(tmp_path: Path, name: str) -> None:
    change, text = DAMAGED[name]
    folder = made_sets.write(tmp_path / "d", ROWS, change)
    with pytest.raises(UserError) as caught:
        sources.load([folder])
    assert text in str(caught.value) and str(folder) in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"images": [1]}', "[" * 100_000])
def test_what_is_no_list_is_named(tmp_path: Path, content: str) -> None:
    folder = made_sets.write(tmp_path / "d", ROWS)
    (folder / "train.json").write_text(content)
    with pytest.raises(UserError, match=r"train\.json: is not a COCO JSON"):
        sources.load([folder])


def test_folders_without_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere: there is no such folder"):
        sources.load([tmp_path / "nowhere"])
    with pytest.raises(UserError, match=r"has 0 \.json files"):
        sources.load([tmp_path])
    folder = made_sets.write(tmp_path / "d", ROWS)
    (folder / "more.json").write_text("{}")
    with pytest.raises(UserError, match=r"has 2 \.json files"):
        sources.load([folder])
    with pytest.raises(UserError, match="No pictures with masks"):
        sources.load([made_sets.write(tmp_path / "e", [])])


def test_a_damaged_picture_or_mask_is_named_when_it_is_used(tmp_path: Path) -> None:
    folder = made_sets.write(tmp_path / "d", ROWS, lambda data: data["annotations"][0].update(area=2000))
    data = json.loads((folder / "train.json").read_text())
    data["annotations"][0]["segmentation"]["counts"] = "~~"
    data["annotations"][1] |= {"area": 1200, "segmentation": {"size": [80, 120], "counts": [9600]}}
    (folder / "train.json").write_text(json.dumps(data))
    first, second = sources.load([folder])
    with pytest.raises(UserError, match=r"a\.png: mask 1 in its list is damaged"):
        first.mask(0)
    with pytest.raises(UserError, match=r"a\.png: mask 2 in its list is empty"):
        first.mask(1)
    second.path.write_bytes(b"")
    with pytest.raises(UserError, match=r"b\.png: the picture cannot be read"):
        second.pixels()
    second.path.write_bytes(b"nothing that is a picture")
    with pytest.raises(UserError, match=r"b\.png: the picture cannot be read"):
        second.pixels()
    second.path.unlink()
    with pytest.raises(UserError, match=r"b\.png: the picture cannot be read"):
        second.pixels()
    cv2.imwrite(str(first.path), np.zeros((50, 60, 3), np.uint8))
    with pytest.raises(UserError, match=r"a\.png: is 60 x 50, its list says 120 x 80"):
        first.pixels()


STRICT = {
    ("coco", "COCO image: CC BY 2.0; annotation CC BY 4.0"): True,
    ("coco", "COCO image: CC BY-SA 2.0; annotation CC BY 4.0"): True,
    ("coco", "COCO image: CC BY-NC 2.0; annotation CC BY 4.0"): False,
    ("coco", "COCO image: CC BY-NC-ND 2.0; annotation CC BY 4.0"): False,
    ("coco", "COCO image: unknown; annotation CC BY 4.0"): False,
    ("coco", "COCO image: No known copyright restrictions; annotation CC BY 4.0"): True,
    ("dsb", "CC0"): True,
    ("micro", "MIT"): True,
    ("ccp", "Apache-2.0 (repository)"): True,
    ("duts", "MIT"): False,
    ("ecssd", "none stated"): False,
    ("other", "none stated"): False,
}


@pytest.mark.parametrize(("source", "licence"), STRICT)
def test_strict_keeps_free_licences_only(source: str, licence: str) -> None:
    picture = sources.Picture(Path("x.png"), source, "o", licence, 9, 9, (), ())
    assert sources.kept_by_strict(picture) is STRICT[source, licence]


def test_a_picture_is_held_out_in_every_run_or_in_none(tmp_path: Path) -> None:
    made.write(tmp_path / "d", 60)
    pictures = sources.load([tmp_path / "d"])
    training, held_out = sources.split(pictures, config(tmp_path))
    assert held_out and {p.path for p in training} | {p.path for p in held_out} == {p.path for p in pictures}
    assert not {p.path for p in training} & {p.path for p in held_out}
    fewer, same = sources.split(pictures[::-1], config(tmp_path, leave_out=("round",), strict=True))
    assert {p.path for p in same} == {p.path for p in held_out}
    assert {p.source for p in fewer} == {"straight"}


def test_a_source_to_leave_out_has_to_exist(tmp_path: Path) -> None:
    pictures = sources.load([made_sets.write(tmp_path / "d", ROWS)])
    with pytest.raises(UserError, match="No picture is of cocoo, x"):
        sources.split(pictures, config(tmp_path, leave_out=("x", "cocoo")))
    with pytest.raises(UserError, match="No pictures are left"):
        sources.split(pictures, config(tmp_path, leave_out=("coco",)))


def test_cutouts_are_those_with_a_transparent_part(tmp_path: Path) -> None:
    cutout = np.zeros((8, 6, 4), np.uint8)
    cutout[2:6, 1:5] = (255, 0, 9, 255)
    cv2.imwrite(str(tmp_path / "b.png"), cutout)
    cv2.imwrite(str(tmp_path / "a.png"), cutout[..., :3])
    cv2.imwrite(str(tmp_path / "c.png"), np.full((8, 6, 4), 255, np.uint8))
    (found,) = sources.load_cutouts([tmp_path])
    assert found.shape == (8, 6, 4) and found[3, 3].tolist() == [9, 0, 255, 255]
    (tmp_path / "b.png").unlink()
    with pytest.raises(UserError, match=r"has no \.png with a transparent part"):
        sources.load_cutouts([tmp_path])
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(UserError, match=r"a\.png: the picture cannot be read"):
        sources.load_cutouts([tmp_path])
    with pytest.raises(UserError, match="there is no such folder"):
        sources.load_cutouts([tmp_path / "none"])


def test_the_manifest_names_every_picture_with_its_hash(tmp_path: Path) -> None:
    pictures = sources.load([made_sets.write(tmp_path / "d", ROWS)])
    rows = sources.manifest(pictures)
    assert [row["file"] for row in rows] == ["a.png", "b.png"] and {row["licence"] for row in rows} == {"CC0"}
    assert rows[0]["sha256"] != rows[1]["sha256"] and len(rows[0]["sha256"]) == 64


def test_made_pictures_are_the_same_for_a_seed_and_their_masks_do_not_overlap(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        made.write(tmp_path / name, 6, seed)
    content = {name: b"".join(p.read_bytes() for p in sorted((tmp_path / name).rglob("*.png"))) for name in "abc"}
    assert content["a"] == content["b"] != content["c"]
    assert sorted(os.listdir(tmp_path / "a" / "images"))[0] == "round_0002.png"
    for picture in sources.load([tmp_path / "a"]):
        frames = [sources.mask_rle.rle_decode(rle) for rle in picture.masks]
        total = np.zeros((picture.height, picture.width), int)
        for mask in frames:
            height, width = mask.crop.shape
            total[mask.y : mask.y + height, mask.x : mask.x + width] += mask.crop
        assert total.max() == 1
        assert [mask.area for mask in frames] == list(picture.areas)
