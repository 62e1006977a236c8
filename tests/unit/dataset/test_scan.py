"""Scanning: what counts as an image, in which order, and where its labels are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anylabel_plus import images
from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset.scan import EXTENSIONS, Dataset, iter_batches, label_path, natural_sorted, scan


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_extensions_are_those_of_the_image_loader() -> None:
    assert EXTENSIONS == images.EXTENSIONS


def test_a_cameras_jpeg_owns_the_labels_beside_its_raw_file(tmp_path: Path) -> None:
    touch(tmp_path, "1.CR2", "1.JPG", "2.heic", "2.png", "3.dng")
    wanted = {"1.CR2": "1.CR2.json", "1.JPG": "1.json", "2.heic": "2.heic.json", "2.png": "2.json", "3.dng": "3.json"}
    assert {item.name: item.label_name for item in scan(tmp_path).items} == wanted
    assert {name: label_path(tmp_path / name, tmp_path).name for name in wanted} == wanted


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["a10.jpg", "a9.jpg", "a1.jpg"], ["a1.jpg", "a9.jpg", "a10.jpg"]),
        (["b2", "B10", "a"], ["a", "b2", "B10"]),
        (["a02", "a2", "a1"], ["a1", "a02", "a2"]),
        (["x10_1", "x1_10", "x2_01"], ["x1_10", "x2_01", "x10_1"]),
        (["001", "003", "002"], ["001", "002", "003"]),
        ([], []),
    ],
)
def test_natural_order(names: list[str], wanted: list[str]) -> None:
    assert natural_sorted(names) == wanted


def test_files_first_then_folders_hidden_ones_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "b/z.png", "b/deep/y.JPG", "a10.jpg", "a2.jpg", ".hid/x.jpg", ".x.jpg", "note.txt", "a2.json")
    touch(tmp_path, ".anylabel_plus/runs/x.jpg")
    found = scan(tmp_path)
    assert [item.relative for item in found] == ["a2.jpg", "a10.jpg", "b/z.png", "b/deep/y.JPG"]
    assert [item.labelled for item in found] == [True, False, False, False]
    assert found[2].image == tmp_path / "b" / "z.png"
    assert found[2].label == tmp_path / "b" / "z.json"
    assert not found.problems


def test_json_beside_no_image_is_an_orphan(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.json", "gone.json", "sub/lost.json")
    assert scan(tmp_path).orphans == ["gone.json", "sub/lost.json"]


def test_label_folder_is_read_mirrored_or_flat_and_written_mirrored(tmp_path: Path) -> None:
    touch(tmp_path, "set/a.jpg", "set/s/b.jpg", "set/s/c.jpg", "labels/a.json", "labels/b.json", "labels/s/c.json")
    found = {item.relative: item for item in scan(tmp_path / "set", tmp_path / "labels")}
    assert found["a.jpg"].label_source == tmp_path / "labels" / "a.json"
    assert found["s/b.jpg"].label_source == tmp_path / "labels" / "b.json"
    assert found["s/b.jpg"].label == tmp_path / "labels" / "s" / "b.json"
    assert found["s/c.jpg"].label_source == tmp_path / "labels" / "s" / "c.json"


def test_images_with_one_stem_get_label_files_of_their_own(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.png", "b.jpg")
    found = scan(tmp_path)
    assert [item.label.name for item in found] == ["a.json", "a.png.json", "b.json"]
    assert len(found.problems) == 1
    assert found.problems[0][0] == "a"


def test_the_image_named_in_the_shared_label_file_owns_it(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.png")
    (tmp_path / "a.json").write_text(json.dumps({"imagePath": "a.png"}))
    assert [item.label.name for item in scan(tmp_path)] == ["a.jpg.json", "a.json"]
    assert label_path(tmp_path / "a.jpg", tmp_path).name == "a.jpg.json"
    assert label_path(tmp_path / "a.png", tmp_path).name == "a.json"


def test_a_shared_label_file_nested_without_end_names_no_owner(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "a.png")
    (tmp_path / "a.json").write_bytes(b"[" * 100_000)
    assert [item.label.name for item in scan(tmp_path)] == ["a.json", "a.png.json"]


def test_label_path_agrees_with_the_scan(tmp_path: Path) -> None:
    touch(tmp_path, "set/a.jpg", "set/a.png", "set/sub/c.jpg", "set/sub/C2.JPG", "set/sub/c2.png")
    for labels in (None, tmp_path / "labels"):
        for item in scan(tmp_path / "set", labels):
            assert label_path(item.image, tmp_path / "set", labels) == item.label


def test_output_mirrors_subfolders_and_is_read_first(tmp_path: Path) -> None:
    touch(tmp_path, "set/s/a.jpg", "set/s/a.json")
    dataset = Dataset(tmp_path / "set", output=tmp_path / "out")
    item = dataset.scan()[0]
    assert dataset.target(item) == tmp_path / "out" / "s" / "a.json"
    assert dataset.source(item) == tmp_path / "set" / "s" / "a.json"
    touch(tmp_path, "out/s/a.json")
    assert dataset.source(item) == tmp_path / "out" / "s" / "a.json"


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    touch(tmp_path, "s/a.jpg")
    (tmp_path / "s" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert [item.relative for item in scan(tmp_path)] == ["s/a.jpg"]


def test_batches_hold_the_same_images(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{n}.jpg" for n in range(10)), "s/x.jpg")
    batches = list(iter_batches(tmp_path, size=4))
    assert [len(batch) for batch in batches] == [4, 4, 2, 1]
    assert [item for batch in batches for item in batch] == list(scan(tmp_path))


@pytest.mark.parametrize("name", ["missing", "file.jpg"])
def test_a_root_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    touch(tmp_path, "file.jpg")
    with pytest.raises(UserError, match=name):
        scan(tmp_path / name)
