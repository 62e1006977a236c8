"""The index follows the files, is never trusted, and answers filters as a look into the files would."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anylabel_plus import images
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.dataset.index import Index, IndexLost, parse, rebuilt, schema
from anylabel_plus.dataset.index.hashes import distance, fill, hashes_of
from anylabel_plus.dataset.index.place import index_place, on_network, parse_mount_command, parse_proc_mounts
from anylabel_plus.dataset.index.reading import facts_of_document, kind_bits, label_facts, quick_facts
from anylabel_plus.dataset.scan import HIDDEN_FOLDER, Dataset, scan
from anylabel_plus.dataset.statistics import statistics, to_csv
from anylabel_plus.formats import native

NATIVE = sorted((Path(__file__).parents[2] / "fixtures" / "native").rglob("*.json"))
SQUARE = [[10, 10], [50, 10], [50, 40], [10, 40]]
PIXELS = np.zeros((60, 80, 3), np.uint8)


def shape(label: str, kind: str = "polygon", points: Any = SQUARE, **more: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "shape_type": kind, "group_id": None, "flags": {}, **more}


def by_model(score: float, **more: Any) -> dict[str, Any]:
    return {"provenance": {"source": "model", "model": "m", "score": score, **more}}


def put(root: Path, name: str, shapes: list[dict[str, Any]] | None = None, **top: Any) -> Path:
    """An image of 80 x 60 pixels and, unless ``shapes`` is None, its label file."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(images.encode_png(PIXELS))
    if shapes is not None:
        data = {"version": "5", "flags": {}, "shapes": shapes, "imagePath": path.name, "imageData": None}
        path.with_suffix(".json").write_text(json.dumps({**data, "imageHeight": 60, "imageWidth": 80, **top}))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    put(folder, "a1.png", [shape("car"), shape("bus", **by_model(0.3))], checked=True, tags=["night"])
    put(folder, "a2.png", [shape("car", **by_model(0.9, reviewed=True))], flags={"blurred": True, "dark": False})
    put(folder, "a10.png", [shape("Traffic light", "circle", [[40, 30], [40, 40]]), shape("car", **by_model(0.4))])
    put(folder, "b/c.png", [])
    put(folder, "b/d.png")
    return folder


def names(root: Path, query: str, **refresh: Any) -> list[str]:
    found = scan(root)
    with Index.open(root) as index:
        index.refresh(found, **refresh)
        index.bind(found)
        return [found[row].relative for row in index.find(parse(query))]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["a1.png", "a2.png", "a10.png", "b/c.png", "b/d.png"]),
        ("label:car", ["a1.png", "a2.png", "a10.png"]),
        ("label:CAR -label:bus", ["a2.png", "a10.png"]),
        ("label:car label:bus", ["a1.png"]),
        ("label:bus,traffic*", ["a1.png", "a10.png"]),
        ('label:"traffic light"', ["a10.png"]),
        ("-label:*", ["b/c.png", "b/d.png"]),
        ("label:none", []),
        ("label:car by:model", ["a2.png", "a10.png"]),
        ("label:car by:person", ["a1.png"]),
        ("by:model", ["a1.png", "a2.png", "a10.png"]),
        ("by:synth", []),
        ("-by:model labelled:yes", ["b/c.png"]),
        ("score:<0.5", ["a1.png", "a10.png"]),
        ("label:car score:<0.5", ["a10.png"]),
        ("score:0.85..0.95", ["a2.png"]),
        ("score:>0.3", ["a2.png", "a10.png"]),
        ("kind:circle", ["a10.png"]),
        ("-kind:circle labelled:yes", ["a1.png", "a2.png", "b/c.png"]),
        ("area:>1000", ["a1.png", "a2.png", "a10.png"]),
        ("area:300..320", ["a10.png"]),
        ("count:2", ["a1.png", "a10.png"]),
        ("count:<1 labelled:yes", ["b/c.png"]),
        ("checked:yes", ["a1.png"]),
        ("-checked:yes a", ["a2.png", "a10.png"]),
        ("labelled:no", ["b/d.png"]),
        ("waiting:yes", ["a1.png", "a10.png"]),
        ("tag:night", ["a1.png"]),
        ("-tag:night label:car", ["a2.png", "a10.png"]),
        ("flag:blurred", ["a2.png"]),
        ("flag:dark", []),
        ("B/", ["b/c.png", "b/d.png"]),
        ("-b/ -a1", ["a2.png"]),
        (r"re:^a\d\.", ["a1.png", "a2.png"]),
        ("-re:^a", ["b/c.png", "b/d.png"]),
        ("-sort:name a", ["a10.png", "a2.png", "a1.png"]),
        ("sort:score label:car", ["a1.png", "a10.png", "a2.png"]),
        ("-sort:count label:*", ["a1.png", "a10.png", "a2.png"]),
        ("problem:yes", []),
        ("split:val", []),
    ],
)
def test_filters(root: Path, query: str, wanted: list[str]) -> None:
    assert names(root, query) == wanted


def test_only_what_changed_is_read_again(root: Path) -> None:
    found = scan(root)
    with Index.open(root) as index:
        first = index.refresh(found)
        assert (first.added, first.changed, first.removed, first.same) == (5, 0, 0, 0)
        assert not index.refresh(found).any
        put(root, "b/d.png", [shape("dog")])
        (root / "a2.json").unlink()
        (root / "a10.png").unlink()
        put(root, "new.png")
        again = index.refresh(scan(root))
        assert (again.added, again.changed, again.removed, again.same) == (1, 2, 1, 2)
    assert names(root, "label:dog") == ["b/d.png"]
    assert names(root, "labelled:no") == ["a2.png", "new.png"]
    assert names(root, "label:car") == ["a1.png"]


def test_one_label_file_is_taken_over_at_once(root: Path) -> None:
    found = scan(root)
    with Index.open(root) as index:
        index.refresh(found)
        index.bind(found)
        put(root, "a1.png", [shape("dog")])
        index.update([found[0]])
        assert index.find(parse("label:dog")) == [0]
        assert index.find(parse("label:bus")) == []
        assert "bus" not in index.labels()
        (root / "a1.png").unlink()
        index.update([found[0]])
        assert index.find(parse("label:dog")) == []


def test_processes_read_the_same_as_this_one(root: Path) -> None:
    assert names(root, "label:car score:<0.5", workers=2) == ["a10.png"]
    with Index.open(root) as index:
        assert not index.refresh(scan(root), workers=0).any


def test_a_stopped_refresh_keeps_what_it_read(root: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled

    with Index.open(root) as index:
        with pytest.raises(Cancelled):
            index.refresh(scan(root), stop)
        assert not index.refresh(scan(root)).any


# Never trusted ------------------------------------------------------------------------------------


def index_file(root: Path) -> Path:
    return root / HIDDEN_FOLDER / "index.sqlite"


def test_a_foreign_or_broken_file_is_made_anew(root: Path) -> None:
    for content in (b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000):
        index_file(root).parent.mkdir(exist_ok=True)
        index_file(root).write_bytes(content)
        assert names(root, "label:bus") == ["a1.png"]
    index_file(root).unlink()
    with sqlite3.connect(index_file(root)) as other:
        other.execute("CREATE TABLE images (name)")
    other.close()
    assert names(root, "label:bus") == ["a1.png"]


def test_another_version_is_made_anew(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(root, "label:bus") == ["a1.png"]
    with sqlite3.connect(index_file(root)) as other:
        other.execute("DELETE FROM shapes")
        other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    other.close()
    assert names(root, "label:bus") == ["a1.png"]


def test_a_file_damaged_while_it_is_open_is_built_again(root: Path) -> None:
    found = scan(root)
    for number in range(200):
        put(root, f"many/{number}.png", [shape(f"label{k}") for k in range(20)])
    found = scan(root)
    with Index.open(root) as index:
        index.refresh(found)
        index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = index_file(root).stat().st_size
    with index_file(root).open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xaa" * (size - 4096))
    with Index.open(root) as index:
        index.refresh(found)
        index.bind(found)
        assert index.find(parse("label:bus")) == [0]
        index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with index_file(root).open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xaa" * (size - 4096))
    with Index.open(root) as index:
        with pytest.raises(IndexLost):
            index.find(parse("label:bus"))
        index.refresh(found)
        index.bind(found)
        assert index.find(parse("label:bus")) == [0]


def test_rebuilt_is_empty(root: Path) -> None:
    names(root, "")
    with rebuilt(root) as index:
        assert index.refresh(scan(root)).added == 5


def _write_often(root: str, rounds: int) -> None:
    found = scan(Path(root))
    for _ in range(rounds):
        with rebuilt(Path(root)) as index:
            index.refresh(found)


def test_two_programs_do_not_harm_it(root: Path) -> None:
    for number in range(30):
        put(root, f"many/{number}.png", [shape("dog")])
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=_write_often, args=(str(root), 15)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join(120)
        assert other.exitcode == 0
    assert len(names(root, "label:dog")) == 30
    with Index.open(root) as index:
        assert index.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert index.connection.execute("SELECT count(*) FROM shapes").fetchone() == (35,)


# Where it lies ------------------------------------------------------------------------------------


def test_it_lies_in_the_hidden_folder_and_is_no_image_of_the_set(root: Path) -> None:
    names(root, "")
    assert index_file(root).exists()
    assert len(scan(root)) == 5


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that cannot be written")
def test_a_read_only_folder_has_it_in_the_cache(root: Path, home: Path) -> None:
    root.chmod(0o555)
    try:
        assert names(root, "label:bus") == ["a1.png"]
    finally:
        root.chmod(0o755)
    assert not (root / HIDDEN_FOLDER).exists()
    assert list((home / "cache" / "index").glob("*.sqlite"))


def test_a_network_folder_has_it_in_the_cache_without_write_ahead_log(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anylabel_plus.dataset.index.place.on_network", lambda folder: True)
    with Index.open(root) as index:
        assert index.place.file.is_relative_to(home)
        assert index.connection.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
    assert index_place(root, root / "labels").file != index_place(root).file


def test_who_only_looks_writes_nothing_beside_the_images(root: Path, home: Path) -> None:
    with Index.open(root, make=False) as index:
        index.refresh(scan(root))
        assert index.place.file.is_relative_to(home)
    assert not (root / HIDDEN_FOLDER).exists()
    (root / HIDDEN_FOLDER).mkdir()
    with Index.open(root, make=False) as index:
        assert index.place.file == index_file(root)


def test_tables_of_mounts() -> None:
    linux = parse_proc_mounts("/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/my\\040disk nfs4 rw 0 0\n")
    assert linux == {"/": "ext4", "/mnt/my disk": "nfs4"}
    mac = parse_mount_command("/dev/disk1 on / (apfs, local)\n//me@host/x on /Volumes/a b (smbfs, nodev)\n")
    assert mac == {"/": "apfs", "/Volumes/a b": "smbfs"}
    assert on_network(Path("/")) is False


def test_a_label_folder_has_an_index_of_its_own(tmp_path: Path) -> None:
    folder, labels = tmp_path / "set", tmp_path / "labels"
    put(folder, "s/a.png", [shape("car")])
    labels.mkdir()
    (folder / "s/a.json").rename(labels / "a.json")
    found = scan(folder, labels)
    with Index.open(folder, labels) as index:
        index.refresh(found)
        index.bind(found)
        assert index.find(parse("label:car")) == [0]


# What is read -------------------------------------------------------------------------------------


def _rounded(facts: Any) -> Any:
    shapes = [tuple(round(v, 6) if isinstance(v, float) else v for v in shape) for shape in facts.shapes]
    return (sorted(map(repr, shapes)), facts.checked, facts.described, facts.flags, facts.tags)


@pytest.mark.parametrize("path", NATIVE, ids=lambda path: path.stem)
def test_the_quick_way_reads_as_the_full_reader_does(path: Path) -> None:
    quick = quick_facts(path.read_bytes(), None)
    if quick is not None:
        assert _rounded(quick) == _rounded(facts_of_document(native.read(path, editable=False)))


def test_some_fixtures_do_go_the_quick_way() -> None:
    assert sum(quick_facts(path.read_bytes(), None) is not None for path in NATIVE) >= 3


def test_kinds_and_sizes(tmp_path: Path) -> None:
    corners = [[10, 20], [50, 20], [50, 40], [10, 40]]
    shapes = [
        shape("four corners", "rectangle", corners),
        shape("two corners", "rectangle", [[50, 40], [10, 20]]),
        shape("circle", "circle", [[30, 30], [40, 30]]),
        shape("line", "line", [[0, 0], [5, 5]]),
        shape("edited", **by_model(0.5, edited=True)),
    ]
    path = put(tmp_path, "x.png", shapes)
    facts = {one.label: one for one in label_facts(path.with_suffix(".json"), path, (80, 60)).shapes}
    assert facts["four corners"].area == facts["two corners"].area == 800
    assert facts["circle"][3:7] == (20, 20, 40, 40)
    assert facts["circle"].area == pytest.approx(314.159, abs=0.01)
    assert facts["line"].area == 0
    assert (facts["edited"].source, facts["edited"].waiting, facts["edited"].score) == ("human", False, 0.5)
    assert kind_bits(("polygon", "mask")) == 1 | 1 << list(KINDS).index("mask")


def test_what_cannot_be_read_is_a_problem_not_an_end(root: Path) -> None:
    (root / "a1.json").write_text("{ broken")
    (root / "a2.png").write_bytes(b"no image")
    assert names(root, "problem:yes") == ["a1.png", "a2.png"]
    with Index.open(root) as index:
        problems = dict(index.connection.execute("SELECT path, problem FROM images WHERE problem IS NOT NULL"))
    assert "not an image" in problems["a2.png"]


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_names_that_no_encoding_has(tmp_path: Path) -> None:
    odd = os.fsdecode(b"odd\xff.png")
    put(tmp_path, odd, [shape("car")])
    assert names(tmp_path, "label:car") == [odd]
    assert names(tmp_path, "") == [odd]


# Hashes -------------------------------------------------------------------------------------------


def test_hashes_tell_same_alike_and_other(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    broad = rng.integers(0, 256, (6, 8, 3)).astype(np.uint8).repeat(20, 0).repeat(20, 1)
    alike = np.clip(broad.astype(int) + rng.integers(-6, 7, broad.shape), 0, 255).astype(np.uint8)
    other = rng.integers(0, 256, (6, 8, 3)).astype(np.uint8).repeat(20, 0).repeat(20, 1)
    one, near, far = hashes_of(broad), hashes_of(alike), hashes_of(other)
    assert one.pixels != near.pixels
    assert distance(one.gradient, near.gradient) <= 6 < 15 < distance(one.gradient, far.gradient)
    assert distance(one.mean, near.mean) <= 6
    for name, pixels in (("a.png", broad), ("b.png", broad), ("c.png", other)):
        (tmp_path / name).write_bytes(images.encode_png(pixels))
    (tmp_path / "d.png").write_bytes((tmp_path / "c.png").read_bytes()[:60])
    with Index.open(tmp_path) as index:
        index.refresh(scan(tmp_path))
        failed = fill(index.connection, tmp_path)
        rows = dict(index.connection.execute("SELECT path, pixel_hash FROM images"))
        assert rows["a.png"] == rows["b.png"] == one.pixels != rows["c.png"]
        assert [path for path, _ in failed] in (["d.png"], [])
        assert fill(index.connection, tmp_path) == []
        (tmp_path / "a.png").write_bytes(images.encode_png(other))
        index.refresh(scan(tmp_path))
        assert index.connection.execute("SELECT pixel_hash FROM images WHERE path = 'a.png'").fetchone() == (None,)


# Statistics ---------------------------------------------------------------------------------------


def test_statistics(root: Path) -> None:
    with Index.open(root) as index:
        index.refresh(scan(root))
        found = statistics(index)
    assert (found.images, found.labelled, found.checked, found.empty, found.shapes) == (5, 4, 1, 1, 5)
    assert [(label.name, label.shapes, label.images) for label in found.labels] == [
        ("car", 3, 3), ("Traffic light", 1, 1), ("bus", 1, 1),
    ]  # fmt: skip
    car = found.labels[0]
    assert (car.human, car.model, car.small, car.medium, car.mean_area) == (1, 2, 0, 3, 1200.0)
    assert found.kinds == (("polygon", 4), ("circle", 1))
    assert found.makers == (("human", 2), ("model", 3))
    assert found.sizes == ((80, 60, 5),)
    assert found.tags == (("night", 1),)
    assert found.flags == (("blurred", 1),)
    assert (found.per_image.least, found.per_image.mean, found.per_image.most) == (0, 1.0, 2)
    lines = to_csv(found.labels).splitlines()
    assert lines[0].startswith("name,shapes,images")
    assert lines[1].startswith("car,3,3,1,2,0,0,1200.0")


def test_statistics_of_nothing(tmp_path: Path) -> None:
    with Index.open(tmp_path) as index:
        found = statistics(index)
    assert (found.images, found.shapes, found.labels, found.per_image.mean) == (0, 0, (), 0.0)


def test_a_label_is_no_formula_for_a_spreadsheet(root: Path) -> None:
    put(root, "x.png", [shape("=1+1")])
    with Index.open(root) as index:
        index.refresh(Dataset(root).scan())
        assert "'=1+1,1" in to_csv(statistics(index).labels)


def test_an_index_that_cannot_be_made_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("anylabel_plus.dataset.index.database.index_place", refuse)
    with pytest.raises(UserError, match="No space left"):
        Index.open(tmp_path)
