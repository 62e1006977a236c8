"""``kill -9`` at any moment of a folder job, then the same command: the same bytes as uninterrupted."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.formats import native

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
WIDTH, HEIGHT = 96, 72
COUNT = 10


def make_dataset(root: Path) -> None:
    """Pictures with one bright thing each, half of them in a subfolder, all with a box."""
    rng = np.random.default_rng(5)
    for number in range(COUNT):
        folder = root / "sub" if number % 2 else root
        folder.mkdir(parents=True, exist_ok=True)
        picture = rng.normal(70, 4, (HEIGHT, WIDTH, 3)).clip(0, 255).astype(np.uint8)
        x, y = int(rng.integers(12, 40)), int(rng.integers(10, 30))
        cv2.ellipse(picture, (x + 18, y + 16), (17, 15), 0, 0, 360, (30, 60, 230), -1)
        (folder / f"p{number}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        box = make_shape("rectangle", "ball", [(x, y), (x + 36, y + 32)])
        document = add_shapes(native.new_document(f"p{number}.png", WIDTH, HEIGHT), [box])
        (folder / f"p{number}.json").write_bytes(native.serialize(document))


def files_of(root: Path) -> dict[str, bytes]:
    """All files but the program's own hidden folder; temporaries count."""
    paths = [path for path in root.rglob("*") if path.is_file() and ".anylabel_plus" not in path.parts]
    found = {}
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # a temporary that a living job has just put in its place
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def start(*words: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "anylabel_plus", *(str(word) for word in words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def finish(*words: object) -> None:
    process = start(*words)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()


def kill_again_and_again(words: list[object], labels: Path, seed: int) -> int:
    """Start and kill until a few kills fell between the first change and the end; then let it finish."""
    rng = random.Random(seed)
    kills = 0
    while kills < 3:
        before = files_of(labels)
        process = start(*words)
        # Wait for the first change on disk, so that the kill falls into the work and not into the imports.
        while process.poll() is None and files_of(labels) == before:
            time.sleep(0.005)
        time.sleep(rng.random() * 0.15)
        if process.poll() is not None:
            process.communicate()
            return kills
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        kills += 1
        for path in labels.rglob("*.json"):
            if not path.name.startswith("."):
                json.loads(path.read_bytes())  # never a damaged file
    finish(*words)
    return kills


@pytest.mark.parametrize(
    "words",
    [
        ["enrich", "{}", "--boxes-to-masks", "--model", "classic", "--min-box-iou", "0"],
        ["autolabel", "{}", "--on-existing", "merge", "--model", "classic"],
        ["autolabel", "{}", "--on-existing", "replace-auto", "--model", "classic", "--workers", "2"],
    ],
    ids=["enrich", "autolabel", "autolabel-workers"],
)
def test_killed_and_run_again_gives_the_same_bytes(tmp_path: Path, words: list[str]) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    make_dataset(whole)
    shutil.copytree(whole, broken)
    untouched = files_of(whole)
    finish(*(word.format(whole) for word in words))
    kills = kill_again_and_again([word.format(broken) for word in words], broken, seed=len(words))
    assert kills >= 1
    assert files_of(broken) == files_of(whole) != untouched
    finish("runs", "rollback", broken)
    assert files_of(broken) == untouched


def test_a_killed_export_leaves_nothing_behind(tmp_path: Path) -> None:
    root = tmp_path / "set"
    make_dataset(root)
    words = ["export", "yolo-segment", root, tmp_path / "out"]
    process = start(*words)
    while process.poll() is None and not any(tmp_path.glob(".anylabel-tmp-*")):
        time.sleep(0.001)
    process.kill()
    process.communicate()
    finish(*words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "set"]
    first = files_of(tmp_path / "out")
    finish(*words)
    assert files_of(tmp_path / "out") == first


def test_ctrl_c_ends_with_130_and_the_next_run_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "set"
    make_dataset(root)
    before = files_of(root)
    words = ["enrich", root, "--boxes-to-masks", "--model", "classic", "--min-box-iou", "0"]
    process = start(*words)
    while process.poll() is None and files_of(root) == before:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors.decode()
    assert b"Traceback" not in errors
    finish(*words)
    runs = subprocess.run(
        [sys.executable, "-m", "anylabel_plus", "runs", "list", str(root), "--json"], capture_output=True, check=True
    )
    (run,) = json.loads(runs.stdout)["runs"]
    assert (run["state"], run["files"]) == ("done", COUNT)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["enrich", "{set}"], 2),
        (["enrich", "{tmp}/missing", "--boxes-to-masks"], 1),
        (["autolabel", "{set}", "--on-existing", "perhaps"], 2),
        (["autolabel", "{set}", "--model", "no-such-model"], 1),
        (["export", "pdf", "{set}", "{tmp}/o"], 2),
        (["export", "coco", "{set}"], 2),
        (["import", "voc", "{tmp}/missing", "{tmp}/d"], 1),
        (["runs", "rollback", "{set}"], 1),
    ],
)
def test_exit_codes_and_one_clear_line(tmp_path: Path, words: list[str], code: int) -> None:
    make_dataset(tmp_path / "set")
    process = start(*(word.format(set=tmp_path / "set", tmp=tmp_path) for word in words))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors.decode()
    assert b"Traceback" not in errors
    assert len(errors.strip().splitlines()) == 1
