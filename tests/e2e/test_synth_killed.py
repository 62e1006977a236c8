"""``kill -9`` at any moment of a run of composites, then the same command: the same bytes as uninterrupted."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "jobs"))
from synth_scene import make_bank, make_photos

from anylabel_plus.dataset.splits import Splits

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
COUNT = 40
Command = list[str]


@pytest.fixture
def words(tmp_path: Path) -> Command:
    """The command, but for its folder."""
    make_bank(tmp_path / "bank", make_photos(tmp_path / "source", seed=8))
    make_photos(tmp_path / "back", labelled=True)
    base = ["synth", "cutpaste", "--bank", str(tmp_path / "bank"), "--backgrounds", str(tmp_path / "back")]
    return [*base, "--count", str(COUNT), "--seed", "5", "--set", "blend=mixed", "--instances", "--json"]


def files_of(root: Path) -> dict[str, bytes]:
    """All files, hidden ones and temporaries too, but for locks."""
    paths = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def start(words: Command, out: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "anylabel_plus", *words, "--out", str(out), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def finish(words: Command, out: Path, *more: str) -> dict[str, object]:
    process = start(words, out, *more)
    printed, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    report: dict[str, object] = json.loads(printed)
    return report


def pairs_of(out: Path) -> set[str]:
    return {path.stem for path in out.glob("composite*.json") if path.with_suffix(".jpg").exists()}


def kill_sometime(words: Command, out: Path, rng: random.Random, group: bool, *more: str) -> bool:
    """Kill a run some moments after it finished another picture; False when it was quicker."""
    before = len(pairs_of(out))
    process = start(words, out, *more)
    while process.poll() is None and len(pairs_of(out)) == before:
        time.sleep(0.002)
    time.sleep(rng.random() * 0.12)
    if process.poll() is not None:
        process.communicate()
        return False
    if group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()  # its workers find out by themselves
    process.communicate()
    return True


@pytest.mark.parametrize(
    ("workers", "group"), [("1", True), ("2", True), ("2", False)], ids=["one", "two", "two-and-only-the-parent"]
)
def test_killed_and_run_again_gives_the_same_bytes(tmp_path: Path, words: Command, workers: str, group: bool) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    report = finish(words, whole, "--workers", "1")
    assert report["pictures"] == COUNT
    rng = random.Random(int(workers) + group)
    kills = 0
    for _ in range(3):
        before = {name: (broken / f"{name}.json").stat().st_mtime_ns for name in pairs_of(broken)}
        if not kill_sometime(words, broken, rng, group, "--workers", workers):
            break
        kills += 1
        for label in broken.glob("composite*.json"):
            json.loads(label.read_bytes())  # never a damaged file
        # What was there is not made again.
        assert before == {name: (broken / f"{name}.json").stat().st_mtime_ns for name in before}
    assert kills >= 1
    resumed = finish(words, broken, "--workers", workers)
    assert resumed["labels"] == report["labels"]
    assert files_of(broken) == files_of(whole)
    assert not [name for name in files_of(broken) if "anylabel-tmp" in name]
    assert Splits.load(broken).counts()["train"] == COUNT


def test_ctrl_c_ends_with_130_and_leaves_a_data_set(tmp_path: Path, words: Command) -> None:
    out = tmp_path / "out"
    process = start(words, out, "--workers", "2")
    while process.poll() is None and not pairs_of(out):
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors.decode()
    assert b"Traceback" not in errors
    images = {path.stem for path in out.glob("composite*.jpg")}
    labels = {path.stem for path in out.glob("composite*.json")}
    assert images == labels  # each worker finished what it was at
    assert not [name for name in files_of(out) if "anylabel-tmp" in name]
    assert Splits.load(out).counts()["train"] == len(images) > 0
    finish(words, out, "--workers", "2")
    finish(words, tmp_path / "whole", "--workers", "1")
    assert files_of(out) == files_of(tmp_path / "whole")


def test_one_and_two_workers_write_the_same_bytes(tmp_path: Path, words: Command) -> None:
    first = finish(words, tmp_path / "a", "--workers", "1")
    second = finish(words, tmp_path / "b", "--workers", "2")
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    assert first["skips"] == second["skips"]
