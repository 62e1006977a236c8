"""Earlier versions: byte for byte, bounded, never lost by a torn write, found from the label file alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.core.bytes_delta import common_ends
from anylabel_plus.dataset import runs, versions
from anylabel_plus.dataset.version_file import Version, VersionFile
from anylabel_plus.dataset.versions import Keeper, Limits, listed

DAY = 86_400.0


class Clock:
    def __init__(self, now: float = 1.7e9) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def version(time: float, data: bytes | None, session: str = "s", cause: str = "saved") -> Version:
    return Version(time, time, cause, session, data, None, "")


def label_bytes(*labels: str) -> bytes:
    shapes = [{"label": name, "points": [[1, 1], [9, 9]], "shape_type": "rectangle", "flags": {}} for name in labels]
    return json.dumps({"shapes": shapes, "imagePath": "a.png", "imageData": None}).encode()


def pack_of(root: Path, name: str = "a.json") -> Path:
    return root / ".anylabel_plus" / "versions" / f"{name}.versions"


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_common_ends_do_not_overlap(old: bytes, new: bytes) -> None:
    head, tail = common_ends(old, new)
    assert head + tail <= min(len(old), len(new))
    assert old[:head] == new[:head] and old[len(old) - tail :] == new[len(new) - tail :]


@given(st.lists(st.one_of(st.none(), st.binary(max_size=60)), max_size=8))
def test_versions_come_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, states: list[bytes | None]) -> None:
    path = tmp_path_factory.mktemp("v") / "a.versions"
    pack = VersionFile(path)
    for n, data in enumerate(states):
        pack.add(version(n, data))
    assert [row.data for row in VersionFile(path).versions] == states
    pack.thin(lambda rows: rows[::2])
    assert [row.data for row in VersionFile(path).versions] == states[::2]


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_torn_version_hides_no_other_and_is_overwritten(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.versions"
    pack = VersionFile(path)
    for n in range(3):
        pack.add(version(n, b"x" * 50 + bytes([n])))
    path.write_bytes(path.read_bytes()[:-cut])
    again = VersionFile(path)
    assert len(again.versions) == 2
    again.add(version(9, b"new"))
    assert [row.time for row in VersionFile(path).versions] == [0, 1, 9]


def test_two_windows_add_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.versions"
    one, two = VersionFile(path), VersionFile(path)
    one.add(version(1, b"one"))
    two.add(version(2, b"two"), in_place_of_last=True)
    one.add(version(3, b"three"), in_place_of_last=True)
    assert [row.data for row in VersionFile(path).versions] == [b"one", b"two", b"three"]


def test_what_was_there_before_the_first_write_is_kept_and_a_stretch_of_work_is_one_version(tmp_path: Path) -> None:
    clock, limits = Clock(), Limits(stretch_s=20)
    keeper, label = Keeper("mine", clock), tmp_path / "a.json"
    original = b'{"odd":   1}\r\n'
    keeper.keep_found(tmp_path, label, original, limits)
    for n in range(40):
        clock.now += 1.0
        keeper.keep_saved(tmp_path, label, label_bytes(*"x" * n), limits, shapes=n, note=f"step {n}")
    rows = listed(label)
    assert rows[0].data == original and rows[0].cause == "first"
    assert [row.shapes for row in rows[1:]] == [19, 39]
    assert rows[-1].note == "step 39"
    assert not [path for path in tmp_path.iterdir() if path.name != ".anylabel_plus"]


def test_a_change_by_another_program_is_kept_as_such(tmp_path: Path) -> None:
    clock, label = Clock(), tmp_path / "a.json"
    Keeper("first", clock).keep_saved(tmp_path, label, label_bytes("mine"), Limits())
    clock.now += 100
    Keeper("second", clock).keep_found(tmp_path, label, label_bytes("mine"), Limits())
    assert len(listed(label)) == 1
    Keeper("second", clock).keep_found(tmp_path, label, label_bytes("theirs"), Limits())
    assert [row.cause for row in listed(label)] == ["saved", "outside"]
    assert listed(label)[1].shapes == 1


def test_the_number_is_bounded_and_the_state_at_opening_stays(tmp_path: Path) -> None:
    clock, label, limits = Clock(), tmp_path / "a.json", Limits(count=10, stretch_s=1)
    Keeper("old", clock).keep_saved(tmp_path, label, b"opened", limits)
    Keeper("old", clock).keep_saved(tmp_path, label, b"last of before", limits)
    keeper = Keeper("new", clock)
    for n in range(60):
        clock.now += 30
        keeper.keep_saved(tmp_path, label, b"%d" % n, limits)
    rows = listed(label)
    assert len(rows) == 10
    assert rows[0].data == b"last of before" and rows[-1].data == b"59"
    young = [row for row in rows if clock.now - row.time < 300]
    assert len(young) >= 4


def test_old_versions_go_but_not_the_first_and_the_last(tmp_path: Path) -> None:
    clock, label, limits = Clock(), tmp_path / "a.json", Limits(days=30)
    for n in range(5):
        Keeper(f"s{n}", clock).keep_saved(tmp_path, label, b"%d" % n, limits)
        clock.now += 20 * DAY
    assert [row.data for row in listed(label)] == [b"0", b"3", b"4"]


def test_none_are_kept_when_that_is_wanted(tmp_path: Path) -> None:
    keeper = Keeper()
    keeper.keep_found(tmp_path, tmp_path / "a.json", b"x", Limits(count=0))
    keeper.keep_saved(tmp_path, tmp_path / "a.json", b"y", Limits(count=0))
    assert not list(tmp_path.iterdir())


def test_a_data_set_that_cannot_be_written_has_its_store_in_the_users_folder(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions.os, "access", lambda path, mode: False)
    Keeper().keep_saved(tmp_path, tmp_path / "a.json", b"x", Limits())
    assert not list(tmp_path.iterdir())
    assert list(home.rglob("a.json.versions"))
    assert [row.data for row in listed(tmp_path / "a.json")] == [b"x"]


def test_versions_are_found_wherever_the_data_set_was_opened(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    clock = Clock()
    Keeper("one", clock).keep_saved(tmp_path, inner / "a.json", b"opened from above", Limits())
    clock.now += 10
    Keeper("two", clock).keep_saved(inner, inner / "a.json", b"opened itself", Limits())
    outside = tmp_path / "labels" / "b.json"
    Keeper("three", clock).keep_saved(inner, outside, b"label folder", Limits())
    assert [row.data for row in listed(inner / "a.json")] == [b"opened from above", b"opened itself"]
    assert listed(outside) == []
    assert [row.data for row in listed(outside, inner)] == [b"label folder"]


def test_what_a_run_changed_is_listed_with_what_was_before(tmp_path: Path) -> None:
    label = tmp_path / "a.json"
    label.write_bytes(label_bytes("by hand"))
    with runs.open_run(tmp_path, "autolabel", {}) as run:
        run.write(label, label_bytes("by hand", "by model"), label.read_bytes())
    Keeper("later").keep_found(tmp_path, label, label.read_bytes(), Limits())
    rows = listed(label)
    assert [(row.cause, row.note, row.shapes) for row in rows] == [
        ("run", "autolabel", 1),
        ("after run", "autolabel", 2),
    ]
    assert listed(tmp_path / "b.json") == []


def test_the_store_is_trimmed_longest_unused_first(tmp_path: Path) -> None:
    import os

    store = tmp_path / ".anylabel_plus" / "versions"
    for n, name in enumerate(("old", "young")):
        pack = VersionFile(store / f"{name}.json.versions")
        for step in range(6):
            pack.add(version(step, os.urandom(1000)))
        os.utime(pack.path, (n, n))
    assert versions.trim(store, 20_000) == 0
    versions.trim(store, 9_500)
    counts = {name: len(VersionFile(store / f"{name}.json.versions").versions) for name in ("old", "young")}
    assert counts == {"old": 2, "young": 6}
    versions.trim(store, 3_000)
    assert not (store / "old.json.versions").exists() and (store / "young.json.versions").exists()


def command(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "anylabel_plus", "versions", *arguments], capture_output=True, check=False
    )


def test_the_command_line_lists_and_restores(tmp_path: Path) -> None:
    label = tmp_path / "a.json"
    (tmp_path / "a.png").write_bytes(b"")
    clock = Clock()
    for n, names in enumerate((("a",), ("a", "b"), ("b",))):
        label.write_bytes(label_bytes(*names))
        Keeper(f"s{n}", clock).keep_saved(tmp_path, label, label.read_bytes(), Limits(), shapes=len(names))
        clock.now += 60
    found = json.loads(command(str(tmp_path / "a.png"), "--json").stdout)
    assert [(row["added"], row["removed"], row["changed"]) for row in found["versions"]] == [
        (None, None, None), (1, 0, 0), (0, 1, 0),
    ]  # fmt: skip
    assert command("show", str(label), "1").stdout == label_bytes("a")
    done = command("restore", str(label), found["versions"][0]["id"], "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["changed"]
    assert label.read_bytes() == label_bytes("a")
    assert [row.data for row in listed(label)][-1] == label_bytes("a")
    assert command("restore", str(label), "99").returncode == 1
