"""The two rules: nothing made by a machine is held out, and no training image shows held-out pixels."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from anylabel_plus import images
from anylabel_plus.core.errors import FirewallError, UserError
from anylabel_plus.dataset.index import Index, parse
from anylabel_plus.dataset.scan import scan
from anylabel_plus.dataset.splits import (
    HeldOut,
    Splits,
    assign,
    check_parts,
    content_hash,
    held_out,
    image_kind,
    record_uses,
    split_by_ratio,
    uses,
)
from anylabel_plus.images.marker import with_marker


def picture(seed: int, width: int = 320, height: int = 240) -> images.Pixels:
    small = np.random.default_rng(seed).integers(0, 255, (12, 16, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def put(root: Path, name: str, seed: int, **top: Any) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    encode = images.encode_png if name.endswith("png") else images.encode_jpeg
    path.write_bytes(encode(picture(seed)))
    if top:
        label(path, **top)
    return path


def label(path: Path, **top: Any) -> None:
    data: dict[str, Any] = {"version": "5", "flags": {}, "shapes": [], "imagePath": path.name, "imageData": None}
    path.with_suffix(".json").write_text(json.dumps({**data, "imageHeight": 240, "imageWidth": 320, **top}))


def composite(root: Path, name: str, seed: int, **background: str) -> Path:
    """As the generate job writes them: a mark in the file, and a label file that names the sources."""
    path = put(root, name, seed, synthesis={"kind": "composite", "background": background})
    path.write_bytes(with_marker(path.read_bytes(), {"kind": "composite"}))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(6):
        put(tmp_path / "set", f"{number}.jpg", number)
    return tmp_path / "set"


def refused(root: Path, changes: dict[str, str], *words: str) -> None:
    """The change is refused with these words, whatever way it is made, and leaves no trace."""
    file = root / ".anylabel_plus" / "splits.json"
    before = file.read_bytes() if file.exists() else None
    for change in (check_parts, assign):
        with pytest.raises(FirewallError) as caught:
            change(root, changes)
        assert caught.value.exit_code == 4
        assert caught.value.hint
        for word in words:
            assert word in str(caught.value)
    assert (file.read_bytes() if file.exists() else None) == before


# Kinds ------------------------------------------------------------------------------------------

PASTED = {"label": "car", "points": [[1, 1], [9, 1], [9, 9]], "shape_type": "polygon"}


def test_kinds(root: Path) -> None:
    assert image_kind(root / "0.jpg") == "captured"
    assert image_kind(composite(root, "c.png", 9)) == "composite"
    by_label = put(root, "d.jpg", 10, synthesis={"kind": "composite"})
    assert image_kind(by_label) == "composite"
    by_shape = put(root, "e.jpg", 11, shapes=[PASTED, {**PASTED, "provenance": {"source": "synthesis"}}])
    assert image_kind(by_shape) == "composite"
    by_model = put(root, "f.jpg", 12, shapes=[{**PASTED, "label": "synthesis", "provenance": {"source": "model"}}])
    assert image_kind(by_model) == "captured"
    assert image_kind(put(root, "g.jpg", 13, synthesis={"kind": "captured"})) == "captured"
    assert image_kind(put(root, "h.jpg", 14, synthesis={"kind": "diffusion"})) == "diffusion"


BAD_LABELS = (
    *("", "[]", '{"synthesis": 3, "shapes": 4}', '{"synthesis": {"kind": []}, "shapes": [[]]}'),
    *('{"shapes": [{"provenance": []}, 3], "synthesis"', "[" * 99_999 + '"synthesis"'),
)
LEDGER = '"format": "anylabel-plus composites", "version"'
BAD_LEDGERS = ("{", f"{{{LEDGER}: 7}}", f'{{{LEDGER}: 1, "folders": []}}')


@pytest.mark.parametrize("text", BAD_LABELS)
def test_no_label_file_makes_it_stumble(root: Path, text: str) -> None:
    (root / "0.json").write_text(text)
    assert image_kind(root / "0.jpg") in ("captured", "composite")
    assert image_kind(root / "none.jpg") == "captured"


# Rule A -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["val", "test"])
def test_a_composite_is_never_held_out(root: Path, part: str) -> None:
    composite(root, "made.png", 20)
    refused(root, {"1.jpg": part, "made.png": part}, "made.png", "composite", "made by a machine")
    assign(root, {"made.png": "train"})
    refused(root, {"made.png": part}, "made.png")


def test_neither_renaming_nor_deleting_the_label_file_nor_copying_helps(root: Path, tmp_path: Path) -> None:
    made = composite(root, "made.png", 20)
    made.with_suffix(".json").unlink()
    made.rename(root / "holiday.jpg")  # with the wrong ending too
    refused(root, {"holiday.jpg": "val"}, "holiday.jpg", "made by a machine")
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(root / "holiday.jpg", other / "x.png")
    refused(other, {"x.png": "test"}, "made by a machine")


def test_a_label_file_alone_tells_too_also_in_a_folder_of_its_own(root: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    put(root, "x.jpg", 30, synthesis={"kind": "composite"})
    (root / "x.json").rename(labels / "x.json")
    check_parts(root, {"x.jpg": "val"})
    with pytest.raises(FirewallError):
        check_parts(root, {"x.jpg": "val"}, labels)


def test_kinds_of_later_versions_are_refused(root: Path) -> None:
    put(root, "x.jpg", 30, synthesis={"kind": "diffusion"})
    refused(root, {"x.jpg": "val"}, "diffusion")


# Rule B: uses -----------------------------------------------------------------------------------


def test_an_image_in_composites_is_not_held_out_until_they_are_gone(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    composite(out, "c.png", 40)
    record_uses(root, out, ["0.jpg", "1.jpg"])
    record_uses(root, out, ["2.jpg"])
    assert uses(root) == {f"{n}.jpg": [out] for n in range(3)}
    refused(root, {"2.jpg": "val"}, "2.jpg", str(out), "composites")
    assign(root, {"3.jpg": "val", "2.jpg": "train"})
    (out / "c.png").unlink()
    assert uses(root) == {}
    assign(root, {"2.jpg": "test"})


def test_composites_inside_move_with_the_data_set(root: Path, tmp_path: Path) -> None:
    composite(root, "made/c.png", 40)
    record_uses(root, root / "made", ["0.jpg"])
    moved = root.rename(tmp_path / "moved")
    assert uses(moved) == {"0.jpg": [moved / "made"]}


def test_what_a_folder_or_the_whole_noted_counts_for_both(root: Path, tmp_path: Path) -> None:
    """The folder was a data set of its own when composites were made from it, or the other way round."""
    composite(tmp_path / "out", "c.jpg", 90)
    record_uses(root, tmp_path / "out", ["1.jpg"])
    refused(tmp_path, {"set/1.jpg": "val"}, "set/1.jpg", "composites in", "out")
    assert split_by_ratio(tmp_path, (0.0, 1.0, 0.0, 0.0)).splits.part("set/1.jpg") == "train"
    record_uses(tmp_path, tmp_path / "out", ["set/2.jpg"])
    refused(root, {"2.jpg": "test"}, "2.jpg", "composites in", "out")
    assign(root, {"3.jpg": "val"})


def test_held_out_in_the_whole_or_in_the_folder_is_held_out(root: Path, tmp_path: Path) -> None:
    assign(tmp_path, {"set/0.jpg": "val"})
    assign(root, {"1.jpg": "test"})
    for held in (held_out([root]), held_out([tmp_path])):
        assert held.reason(root / "0.jpg") == f"is in the validation split of {tmp_path}"
        assert held.reason(root / "1.jpg") == f"is in the test split of {root}"
        assert held.reason(root / "2.jpg") is None


def test_composites_among_the_images_of_the_data_set_itself(root: Path) -> None:
    made = composite(root, "c.png", 40)
    record_uses(root, root, ["0.jpg"])
    refused(root, {"0.jpg": "val"}, "0.jpg", "composites")
    made.unlink()
    made.with_suffix(".json").unlink()
    assign(root, {"0.jpg": "val"})


@pytest.mark.parametrize("content", BAD_LEDGERS)
def test_a_damaged_ledger_refuses_and_is_left_alone(root: Path, content: str) -> None:
    file = root / ".anylabel_plus" / "composites.json"
    file.parent.mkdir()
    file.write_text(content)
    for act in (lambda: record_uses(root, root / "out", ["0.jpg"]), lambda: assign(root, {"0.jpg": "val"})):
        with pytest.raises(UserError, match=r"composites\.json"):
            act()
    assert file.read_text() == content


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("how", ["content", "provenance", "path", "moved"])
def test_composites_in_the_data_set_tell_their_sources(root: Path, how: str, indexed: bool) -> None:
    if how == "content":
        composite(root, "c.png", 50, image="another name.jpg", content=content_hash(root / "0.jpg"))
    else:
        where = {
            "provenance": {"image": "0.jpg", "dataset": str(root)},
            "path": {"image": str(root / "0.jpg"), "dataset": ""},
            "moved": {"image": "0.jpg", "dataset": "/where/it/was"},
        }[how]
        path = composite(root, "c.png", 50, image="somewhere.jpg", content="00")
        label(path, shapes=[{**PASTED, "provenance": {"source": "synthesis", **where}}])
    if indexed:
        with Index.open(root) as index:
            index.refresh(scan(root))
    refused(root, {"0.jpg": "val"}, "0.jpg", "c.png")
    assign(root, {"1.jpg": "val"})
    (root / "c.png").unlink()
    (root / "c.json").unlink()
    assign(root, {"0.jpg": "val"})


def test_a_composite_of_a_held_out_image_is_not_for_training(root: Path, tmp_path: Path) -> None:
    assign(root, {"0.jpg": "val"})
    other = tmp_path / "other"
    path = composite(other, "c.png", 50)
    label(path, shapes=[{**PASTED, "provenance": {"source": "synthesis", "image": "0.jpg", "dataset": str(root)}}])
    refused(other, {"c.png": "train"}, "c.png", "0.jpg", "validation")


# Rule B: copies ---------------------------------------------------------------------------------


def test_copies_are_not_on_both_sides(root: Path) -> None:
    shutil.copy(root / "0.jpg", root / "copy.jpg")
    assign(root, {"0.jpg": "train"})
    refused(root, {"copy.jpg": "val"}, "copy.jpg", "copy of 0.jpg")
    assign(root, {"0.jpg": "val", "copy.jpg": "val"})
    refused(root, {"copy.jpg": "train"}, "copy.jpg", "0.jpg")
    assign(root, {"0.jpg": "train", "copy.jpg": "train"})


def test_the_same_picture_saved_anew_is_not_for_training(root: Path) -> None:
    (root / "small.png").write_bytes(images.encode_png(picture(0, 200, 150)))
    assign(root, {"0.jpg": "test"})
    refused(root, {"small.png": "train"}, "small.png", "same picture as 0.jpg", "test split")


COPIES: dict[str, Callable[[images.Pixels], bytes]] = {
    "JPEG 40": lambda pixels: images.encode_jpeg(pixels, 40),
    "half": lambda pixels: images.encode_jpeg(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)),
    "larger": lambda pixels: images.encode_png(cv2.resize(pixels, None, fx=1.5, fy=1.5)),
    "marked": lambda pixels: with_marker(images.encode_jpeg(pixels), {"kind": "composite"}),
}


@pytest.mark.parametrize("how", sorted(COPIES))
def test_copies_of_held_out_images_are_known_elsewhere(root: Path, tmp_path: Path, how: str) -> None:
    assign(root, {"0.jpg": "val", "1.jpg": "train"})
    held = held_out([root])
    for number, expected in ((0, True), (1, False), (2, False)):
        path = tmp_path / f"elsewhere {number}.bin"
        path.write_bytes(COPIES[how](images.load(root / f"{number}.jpg")))
        reason = held.reason(path)
        assert (reason is not None) == expected
        assert held.reason(path, images.load(path)) == reason
        if reason:
            assert "same picture as 0.jpg" in reason and "validation split" in reason


def test_reasons(root: Path, tmp_path: Path) -> None:
    assign(root, {"0.jpg": "val", "1.jpg": "test"})
    held = held_out([root, tmp_path / "none"])
    assert "is in the validation split" in str(held.reason(root / "0.jpg"))
    assert held.reason(root / "2.jpg") is None
    assert held.reason(tmp_path / "missing.jpg") is None
    copy = shutil.copy(root / "1.jpg", tmp_path / "copy.png")
    assert "is a copy of 1.jpg" in str(held.reason(Path(copy)))
    (tmp_path / "link.jpg").symlink_to(root / "0.jpg")
    assert held.reason(tmp_path / "link.jpg") is not None
    # Of a data set that was not named too, by the names at least.
    assert "validation" in str(held_out([]).reason(root / "0.jpg"))
    assert HeldOut().reason(tmp_path / "copy.png") is None


def test_the_fingerprint_outlives_the_image_and_follows_a_change(root: Path, tmp_path: Path) -> None:
    assign(root, {"0.jpg": "val", "1.jpg": "val"})
    copy = tmp_path / "copy.jpg"
    shutil.move(root / "0.jpg", copy)
    assert held_out([root]).reason(copy) is not None
    other = put(tmp_path, "other.jpg", 77)
    assert held_out([root]).reason(other) is None
    shutil.copy(other, root / "1.jpg")
    assert held_out([root]).reason(other) is not None


def test_fingerprints_that_are_missing_or_damaged_are_taken_again(root: Path, tmp_path: Path) -> None:
    assign(root, {"0.jpg": "val"})
    file = root / ".anylabel_plus" / "fingerprints.json"
    copy = tmp_path / "copy.jpg"
    shutil.copy(root / "0.jpg", copy)
    good = file.read_bytes()
    for bad in (b"", b"{}", good[:-40], good.replace(b"==", b""), good.replace(b'"0.jpg"', b'"9.jpg"')):
        file.write_bytes(bad)
        assert held_out([root]).reason(copy) is not None
        assert file.read_bytes() == good
    file.unlink()
    assert held_out([root]).reason(copy) is not None


def test_flat_pictures_give_no_false_alarm(tmp_path: Path) -> None:
    root = tmp_path / "set"
    root.mkdir()
    for name, grey, dot in (("a", 255, None), ("b", 255, 20), ("c", 0, None), ("d", 255, 90), ("e", 250, None)):
        pixels = np.full((120, 160, 3), grey, np.uint8)
        if dot is not None:
            pixels[dot : dot + 14, dot : dot + 14] = 0
        (root / f"{name}.png").write_bytes(images.encode_png(pixels))
    assign(root, {"a.png": "val", "b.png": "val", "c.png": "val", "d.png": "train", "e.png": "train"})
    held = held_out([root])
    assert held.reason(root / "d.png") is None
    assert held.reason(root / "e.png") is None
    assert held.reason(Path(shutil.copy(root / "a.png", tmp_path / "copy.png"))) is not None


def test_pictures_that_cannot_be_decoded(root: Path, tmp_path: Path) -> None:
    (root / "bad.jpg").write_bytes(b"no picture")
    (root / "empty.jpg").write_bytes(b"")
    assign(root, {"bad.jpg": "val", "empty.jpg": "val", "0.jpg": "val"})
    held = held_out([root])
    assert held.reason(Path(shutil.copy(root / "bad.jpg", tmp_path / "x.jpg"))) is not None
    (tmp_path / "y.jpg").write_bytes(b"something else")
    assert held.reason(tmp_path / "y.jpg") is None


def _ask(held: HeldOut, path: Path) -> str | None:
    return held.reason(path)


def test_held_out_travels_to_other_processes(root: Path) -> None:
    assign(root, {"0.jpg": "val"})
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_ask, (held_out([root]), root / "0.jpg")) is not None


# By ratio ---------------------------------------------------------------------------------------


def test_by_ratio_composites_and_their_sources_train(tmp_path: Path) -> None:
    root = tmp_path / "set"
    for number in range(10):
        put(root, f"{number}.jpg", number)
    for number in range(10):
        path = composite(root, f"made/{number}.png", 100 + number, image="x", content="0")
        source = {"source": "synthesis", "image": f"{number % 2}.jpg", "dataset": str(root)}
        label(path, shapes=[{**PASTED, "provenance": source}])
    out = tmp_path / "out"
    composite(out, "c.png", 40)
    record_uses(root, out, ["2.jpg"])
    done = split_by_ratio(root, (0, 1, 1, 0), 1)
    training = {f"made/{number}.png" for number in range(10)} | {"0.jpg", "1.jpg", "2.jpg"}
    assert set(done.splits.images("train")) == training == set(done.held_back)
    assert len(done.splits.images("val", "test")) == 7
    assert "machine" in done.held_back["made/3.png"]
    assert "composite" in done.held_back["1.jpg"]


def test_by_ratio_what_was_smuggled_in_goes_back_to_training(root: Path) -> None:
    composite(root, "made.png", 20)
    assign(root, {"made.png": "train", "0.jpg": "val"})
    file = root / ".anylabel_plus" / "splits.json"
    file.write_text(
        file.read_text()
        .replace('"0.jpg"', '"0.jpg",\n  "made.png"')
        .replace('"train": [\n  "made.png"\n ]', '"train": []')
    )
    assert Splits.load(root).part("made.png") == "val"
    done = split_by_ratio(root, (8, 1, 1, 0))
    assert done.splits.part("made.png") == "train"
    assert "made.png" in done.held_back


def test_the_index_knows_who_made_an_image(root: Path) -> None:
    composite(root, "made.png", 20)
    put(root, "x.jpg", 30, synthesis={"kind": "composite"})
    (root / "made.json").unlink()
    with Index.open(root) as index:
        items = scan(root)
        index.refresh(items)
        index.bind(items)
        assert [items[n].relative for n in index.find(parse("image:composite"))] == ["made.png", "x.jpg"]
        assert len(index.find(parse("-image:composite"))) == 6
        assert len(index.find(parse("image:captured"))) == 6
