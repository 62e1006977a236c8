"""``index``, ``stats`` and ``find`` as a user calls them, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anylabel_plus import images


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "anylabel_plus", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def answer(*arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    for number in range(12):
        pixels = np.full((30, 40, 3), number * 20, np.uint8)
        (tmp_path / f"img_{number}.png").write_bytes(images.encode_png(pixels))
        if number < 10:
            shape = {
                "label": "car" if number % 2 else "bus",
                "points": [[1, 1], [9, 1], [9, 9]],
                "shape_type": "polygon",
            }
            shape |= {"provenance": {"source": "model", "score": number / 10}}
            data = {"version": "5", "shapes": [shape], "imagePath": f"img_{number}.png", "imageData": None}
            (tmp_path / f"img_{number}.json").write_text(json.dumps({**data, "imageHeight": 30, "imageWidth": 40}))
    return tmp_path


def test_index_stats_and_find(dataset: Path) -> None:
    first = answer("index", str(dataset))
    assert (first["added"], first["same"], first["failed"]) == (12, 0, [])
    assert Path(first["index"]).is_file()
    again = answer("index", str(dataset), "--hashes")
    assert (again["added"], again["changed"], again["same"]) == (0, 0, 12)
    stats = answer("stats", str(dataset))
    assert (stats["images"], stats["labelled"], stats["shapes"], stats["waiting"]) == (12, 10, 10, 10)
    assert [(label["name"], label["shapes"]) for label in stats["labels"]] == [("bus", 5), ("car", 5)]
    found = answer("find", str(dataset), "label:car score:<0.5 by:model -checked:yes re:^img_")
    assert found["images"] == ["img_1.png", "img_3.png"]
    assert answer("find", str(dataset), "labelled:no")["images"] == ["img_10.png", "img_11.png"]


def test_plain_answers(dataset: Path) -> None:
    done = run("find", str(dataset), "-sort:score label:car")
    assert done.stdout.split() == ["img_9.png", "img_7.png", "img_5.png", "img_3.png", "img_1.png"]
    done = run("stats", str(dataset))
    assert "12 images, 10 labelled" in done.stdout
    assert "5  bus" in done.stdout


def test_a_wrong_query_is_told_and_changes_nothing(dataset: Path) -> None:
    done = run("find", str(dataset), "colour:red")
    assert done.returncode == 1
    assert "colour" in done.stderr
    assert not (dataset / ".anylabel_plus").exists()
    done = run("stats", str(dataset / "none"))
    assert done.returncode == 1
    assert "does not exist" in done.stderr
