"""The split file of a data set, division by ratio, and what the index makes of it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from anylabel_plus import images
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.dataset.index import Index, parse
from anylabel_plus.dataset.scan import scan
from anylabel_plus.dataset.splits import (
    Item,
    Splits,
    assign,
    dataset_of,
    divide,
    parse_ratio,
    part_named,
    split_by_ratio,
)
from anylabel_plus.dataset.statistics import statistics


def put(root: Path, name: str, seed: int | None = None) -> Path:
    """An image of noise in broad patches, each seed another."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    number = sum(map(ord, name)) if seed is None else seed
    small = np.random.default_rng(number).integers(0, 255, (6, 8, 3)).astype(np.uint8)
    path.write_bytes(images.encode_png(small.repeat(10, 0).repeat(10, 1)))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(20):
        put(tmp_path / "set", f"{'ab'[number % 2]}/{number}.png", number)
    return tmp_path / "set"


def split_file(root: Path) -> Path:
    return root / ".anylabel_plus" / "splits.json"


def test_without_a_file_no_image_has_a_part(root: Path) -> None:
    splits = Splits.load(root)
    assert splits.part("a/0.png") == "none"
    assert not (root / ".anylabel_plus").exists()


def test_parts_are_kept_readable_and_sorted(root: Path) -> None:
    assign(root, {"b/1.png": "val", "a/0.png": "val", "a/2.png": "train"})
    text = split_file(root).read_text()
    data = json.loads(text)
    assert (data["format"], data["version"]) == ("anylabel-plus splits", 1)
    assert data["val"] == ["a/0.png", "b/1.png"]
    assert '\n  "a/2.png"' in text
    assign(root, {"a/0.png": "none"})
    assert Splits.load(root).parts == {"b/1.png": "val", "a/2.png": "train"}


def test_keys_of_later_versions_and_odd_names_stay(root: Path) -> None:
    odd = os.fsdecode(b"a/\xff\xe4.png")
    put(root, odd, 99)
    put(root, "a/\u4e2d.png", 98)
    assign(root, {odd: "test", "a/\u4e2d.png": "train"})
    data = json.loads(split_file(root).read_text())
    split_file(root).write_text(json.dumps({**data, "notes": {"by": "hand"}}))
    assign(root, {"a/0.png": "train"})
    assert json.loads(split_file(root).read_text())["notes"] == {"by": "hand"}
    assert Splits.load(root).part(odd) == "test"
    assert '"a/\u4e2d.png"' in split_file(root).read_text()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[]", "damaged"),
        (b"[" * 200_000, "damaged"),
        (b'{"format": "anylabel-plus splits", "version": 2}', "version 2"),
        (b'{"format": "anylabel-plus splits", "version": "1"}', "version is '1'"),
        (b'{"format": "other", "version": 1}', "damaged"),
        (b'{"format": "anylabel-plus splits", "version": 1, "val": {}}', "val"),
        (b'{"format": "anylabel-plus splits", "version": 1, "val": [1]}', "val"),
        (b'{"format": "anylabel-plus splits", "version": 1, "val": ["a"], "train": ["a"]}', "a is there twice"),
    ],
)
def test_a_file_that_is_not_understood_is_left_alone(root: Path, content: bytes, words: str) -> None:
    split_file(root).parent.mkdir()
    split_file(root).write_bytes(content)
    for change in (lambda: assign(root, {"a/0.png": "train"}), lambda: split_by_ratio(root, (8, 1, 1, 0))):
        with pytest.raises(UserError, match=r"splits\.json") as caught:
            change()
        assert words in str(caught.value)
    assert split_file(root).read_bytes() == content


@pytest.mark.parametrize(
    "changes",
    [
        {"a/none.png": "train"},
        {"../set/a/0.png": "train"},
        {"a": "train"},
        {"": "val"},
        {"a/0.png": "valid"},
        {".anylabel_plus/x.png": "val"},
    ],
)
def test_what_is_no_image_or_no_part(root: Path, changes: dict[str, str]) -> None:
    with pytest.raises(UserError):
        assign(root, changes)
    assert not split_file(root).exists()


def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    for change in (
        lambda: assign(tmp_path / "none", {"a.png": "val"}),
        lambda: split_by_ratio(tmp_path / "none", (8, 1, 1, 0)),
    ):
        with pytest.raises(UserError):
            change()
    assert not (tmp_path / "none").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_data_set_that_cannot_be_written(root: Path) -> None:
    root.chmod(0o555)
    try:
        with pytest.raises(UserError, match="cannot be written"):
            assign(root, {"a/0.png": "val"})
    finally:
        root.chmod(0o755)


def test_a_data_set_without_room_for_its_folder(root: Path) -> None:
    (root / ".anylabel_plus").write_text("a file is in the way")
    for change in (lambda: assign(root, {"a/0.png": "val"}), lambda: split_by_ratio(root, (8, 1, 1, 0))):
        with pytest.raises(UserError, match="cannot be written"):
            change()


def test_an_image_that_is_gone_can_leave_the_split(root: Path) -> None:
    assign(root, {"a/0.png": "val"})
    (root / "a/0.png").unlink()
    assert assign(root, {"a/0.png": "none"}).parts == {}


def test_two_programs_at_once_lose_nothing(root: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    names = [item.relative for item in scan(root)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: assign(root, {name: "train"}), names))
    assert set(Splits.load(root).parts) == set(names)


def test_the_nearest_data_set(root: Path) -> None:
    assert dataset_of(root / "a/0.png") is None
    assign(root, {"a/0.png": "train"})
    assert dataset_of(root / "a/0.png") == root
    assert dataset_of(root.parent) is None


def test_names_of_parts() -> None:
    assert [part_named(text) for text in ("Train", "validation", "none", "test")] == ["train", "val", "none", "test"]
    with pytest.raises(UserError, match="train, val, test, none"):
        part_named("dev")


# By ratio ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "8", "a/b", "0/0/0", "8/-1/1", "nan/1/1", "inf/1", "1/2/3/4/5", "8//1"])
def test_a_bad_ratio(text: str) -> None:
    with pytest.raises(UserError, match="8/1/1"):
        parse_ratio(text)


def test_ratios() -> None:
    assert parse_ratio("8/1/1") == (8, 1, 1, 0)
    assert parse_ratio("80:20") == (80, 20, 0, 0)
    assert parse_ratio(" .5, .25, .25, 1 ") == (0.5, 0.25, 0.25, 1)


@pytest.mark.parametrize(("ratio", "counts"), [((8, 1, 1, 0), (80, 10, 10)), ((1, 1, 0, 2), (25, 25, 0))])
def test_a_division_has_the_ratio_and_depends_on_seed_and_names_only(
    ratio: tuple[float, float, float, float], counts: tuple[int, int, int]
) -> None:
    items = [Item(f"{number}.png", f"{number}.png") for number in range(100)]
    found = divide(items, ratio, 5, {})
    assert tuple(list(found.values()).count(part) for part in ("train", "val", "test")) == counts
    assert divide(reversed(items), ratio, 5, {}) == found
    assert divide(items, ratio, 6, {}) != found


def test_groups_stay_together_and_fixed_images_where_they_are() -> None:
    items = [Item(f"{number}.png", str(number // 5)) for number in range(100)]
    fixed = {"3.png": "test", "50.png": "train", "51.png": "val"}
    found = divide(items, (6, 2, 2, 0), 1, fixed)
    for group in range(20):
        if group != 10:
            assert len({found[f"{group * 5 + n}.png"] for n in range(5)}) == 1
    assert found["4.png"] == "test"
    assert (found["50.png"], found["51.png"], found["52.png"]) == ("train", "val", "none")
    counts = [list(found.values()).count(part) for part in ("train", "val", "test")]
    assert abs(counts[0] - 60) <= 5 and abs(counts[1] - 20) <= 5 and abs(counts[2] - 20) <= 5


def test_a_data_set_by_ratio(root: Path) -> None:
    done = split_by_ratio(root, (8, 1, 1, 0), 3)
    assert done.splits.counts() == {"train": 16, "val": 2, "test": 2}
    assert done.changed == 20
    first = split_file(root).read_bytes()
    again = split_by_ratio(root, (8, 1, 1, 0), 3)
    assert (again.changed, again.kept, split_file(root).read_bytes()) == (0, 20, first)
    split_by_ratio(root, (8, 1, 1, 0), 4, everything=True)
    assert split_file(root).read_bytes() != first
    split_by_ratio(root, (8, 1, 1, 0), 3, everything=True)
    assert split_file(root).read_bytes() == first


def test_what_was_placed_by_hand_stays_and_new_images_join(root: Path) -> None:
    by_hand = {"a/0.png": "val", "b/1.png": "val", "a/2.png": "test"}
    assign(root, by_hand)
    done = split_by_ratio(root, (8, 1, 1, 0), 3)
    assert {name: done.splits.part(name) for name in by_hand} == by_hand
    assert done.splits.counts() == {"train": 16, "val": 2, "test": 2}
    for number in range(20, 30):
        put(root, f"c/{number}.png", number)
    (root / "a/0.png").unlink()
    more = split_by_ratio(root, (8, 1, 1, 0), 3)
    assert more.splits.counts() == {"train": 23, "val": 3, "test": 3}
    assert more.splits.part("a/0.png") == "none"


def test_exact_copies_stay_together(root: Path) -> None:
    for number in range(8):
        put(root, f"copies/{number}.png", 777)
    done = split_by_ratio(root, (1, 1, 1, 0), 3)
    assert len({done.splits.part(f"copies/{number}.png") for number in range(8)}) == 1


def test_cancelled_nothing_is_changed(root: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        split_by_ratio(root, (8, 1, 1, 0), progress=stop)
    assert not split_file(root).exists()


def test_a_hundred_thousand_images_are_quick(tmp_path: Path) -> None:
    names = {f"folder {n % 100}/{n:06}.jpg": ("train", "val", "test")[n % 3] for n in range(100_000)}
    began = time.perf_counter()
    Splits(tmp_path).with_(names).save()
    splits = Splits.load(tmp_path)
    assert splits.parts == names
    assert time.perf_counter() - began < 3  # measured: .5 s


# In the index -----------------------------------------------------------------------------------


def found(root: Path, query: str) -> list[str]:
    items = scan(root)
    with Index.open(root) as index:
        index.bind(items)
        return [items[number].relative for number in index.find(parse(query))]


def test_the_index_follows_the_split_without_reading_images_again(root: Path) -> None:
    with Index.open(root) as index:
        index.refresh(scan(root))
        assert statistics(index).splits == ()
    assign(root, {"a/0.png": "val", "b/1.png": "test", "a/2.png": "train"})
    assert found(root, "split:val") == ["a/0.png"]
    assert found(root, "split:val,test") == ["a/0.png", "b/1.png"]
    assert len(found(root, "split:none")) == 17
    assert len(found(root, "-split:none")) == 3
    assert len(found(root, "-split:val")) == 19
    with Index.open(root) as index:
        assert dict(statistics(index).splits) == {"test": 1, "train": 1, "val": 1}
        assert index.refresh(scan(root)).same == 20


def test_the_index_notices_another_program_and_new_images(root: Path) -> None:
    with Index.open(root) as index:
        items = scan(root)
        index.refresh(items)
        index.bind(items)
        assign(root, {"a/0.png": "val"})
        assert len(index.find(parse("split:val"))) == 1
        text = split_file(root).read_text().replace('"a/0.png"', '"a/0.png",\n  "a/2.png",\n  "new.png"')
        split_file(root).write_text(text)
        assert len(index.find(parse("split:val"))) == 2
        put(root, "new.png", 50)
        items = scan(root)
        index.refresh(items)
        index.bind(items)
        assert len(index.find(parse("split:val"))) == 3


def test_a_damaged_split_file_is_told_when_parts_are_asked_for(root: Path) -> None:
    assign(root, {"a/0.png": "val"})
    with Index.open(root) as index:
        index.refresh(scan(root))
        index.bind(scan(root))
        split_file(root).write_text("{")
        index.refresh(scan(root))
        assert len(index.find(parse(""))) == 20
        for _ in range(2):
            with pytest.raises(UserError, match=r"splits\.json"):
                index.find(parse("split:val"))
        assert statistics(index).splits == ()
