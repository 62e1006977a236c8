"""``split`` on the command line: by ratio, by hand, counts, refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anylabel_plus import cli, images
from anylabel_plus.dataset.splits import Splits, record_uses
from anylabel_plus.images.marker import with_marker


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    (folder / "a").mkdir(parents=True)
    for number in range(10):
        pixels = np.random.default_rng(number).integers(0, 255, (4, 6, 3)).astype(np.uint8)
        (folder / f"a/{number}.png").write_bytes(images.encode_png(pixels.repeat(9, 0).repeat(9, 1)))
    return folder


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert cli.main(["split", *map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def composite(root: Path, name: str) -> None:
    path = root / name
    path.parent.mkdir(exist_ok=True)
    pixels = np.random.default_rng(99).integers(0, 255, (30, 40, 3)).astype(np.uint8)
    path.write_bytes(with_marker(images.encode_jpeg(pixels), {"kind": "composite"}))


def test_by_ratio(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, root, "--ratio", "8/1/1", "--seed", 4)
    assert told["parts"] == {"train": 8, "val": 1, "test": 1, "none": 0}
    assert (told["changed"], told["kept"], told["held_back"], told["missing"]) == (10, 0, {}, 0)
    again = answer(capsys, root, "--seed", 5, "--ratio", "8/1/1")
    assert (again["changed"], again["kept"]) == (0, 10)
    before = dict(Splits.load(root).parts)
    answer(capsys, "ratio", root, "--ratio", "4/3/3", "--all")
    assert Splits.load(root).parts != before
    assert cli.main(["split", str(root), "--ratio", "1/1"]) == 0
    caught = capsys.readouterr()
    assert "train" in caught.out and "--all" in caught.err


def test_options_may_come_first(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "--ratio", "1/1/0", root)["parts"]["val"] == 5


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--ratio", "0/0/0"], 1, "all zero"),
        (["--ratio", "a/b"], 1, "8/1/1"),
        (["--ratio", "8/1/1", "--seed", "x"], 2, "seed"),
        ([], 2, "--ratio"),
    ],
)
def test_a_wrong_ratio(
    root: Path, arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["split", str(root), *arguments]) == code
    assert words in capsys.readouterr().err
    assert not (root / ".anylabel_plus").exists()


def test_by_hand(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(capsys, "set", root, "val", "a/1.png")["images"] == ["a/1.png"]
    answer(capsys, "set", root, "Validation", root / "a/2.png")
    monkeypatch.chdir(root / "a")
    answer(capsys, "set", "..", "test", "3.png", "a/4.png")
    assert Splits.load(root).parts == {
        "a/1.png": "val", "a/2.png": "val", "a/3.png": "test", "a/4.png": "test",
    }  # fmt: skip
    told = answer(capsys, "set", root, "train", "--find", "-split:val,test")
    assert told["parts"] == {"train": 6, "val": 2, "test": 2, "none": 0}
    assert answer(capsys, "set", root, "none", "a/1.png")["parts"]["none"] == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["val", "a/77.png"], 1),
        (["val", "../set2/x.png"], 1),
        (["dev", "a/1.png"], 1),
        (["val"], 2),
        (["val", "--find", "split:dev"], 1),
        ([], 2),
    ],
)
def test_what_cannot_be_set(root: Path, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["split", "set", str(root), *arguments, "--json"]) == code
    told = json.loads(capsys.readouterr().out)
    assert told["exit_code"] == code and told["error"]
    assert Splits.load(root).parts == {}


def test_the_firewall_has_its_own_exit_code(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    composite(root, "made.jpg")
    assert cli.main(["split", "set", str(root), "val", "a/1.png", "made.jpg"]) == 4
    assert "made.jpg" in (said := capsys.readouterr().err) and "made by a machine" in said
    composite(tmp_path / "out", "c.jpg")
    record_uses(root, tmp_path / "out", ["a/0.png"])
    assert cli.main(["split", "set", str(root), "test", "a/0.png", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["exit_code"] == 4
    assert Splits.load(root).parts == {}
    told = answer(capsys, root, "--ratio", "0/1/1")
    assert set(told["held_back"]) == {"made.jpg", "a/0.png"}
    assert told["parts"]["train"] == 2


def test_counts_and_lists(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    composite(root, "made.jpg")
    answer(capsys, "set", root, "val", "a/1.png", "a/2.png")
    (root / "a/2.png").unlink()
    told = answer(capsys, "show", root)
    assert told["parts"] == {"train": 0, "val": 1, "test": 0, "none": 9}
    assert (told["missing"], told["kinds"]) == (1, {"captured": 9, "composite": 1})
    rows = answer(capsys, "show", root, "--list")["images"]
    assert {"image": "made.jpg", "part": "none", "kind": "composite"} in rows
    assert cli.main(["split", "show", str(root), "--list"]) == 0
    assert "val    captured   a/1.png" in capsys.readouterr().out
    assert cli.main(["split", "show", str(root)]) == 0
    assert "composite 1" in capsys.readouterr().out
    assert cli.main(["stats", str(root)]) == 0
    assert "Split: val 1" in capsys.readouterr().out


def test_no_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--ratio", "8/1/1"], ["--ratio", "8/1/1", "--json"]):
        assert cli.main(["split", str(tmp_path / "none"), *arguments]) == 1
    for command in ("show", "set"):
        more = ["val", "x.png"] if command == "set" else []
        assert cli.main(["split", command, str(tmp_path / "none"), *more]) == 1
    assert "none" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_help_names_all_forms(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["split", "--help"]) == 0
    shown = capsys.readouterr().out
    for text in ("DATASET --ratio", "split set", "split show", "exit code 4"):
        assert text in " ".join(shown.split())


def test_it_starts_without_an_image_library() -> None:
    code = "import anylabel_plus.cli.split, sys; assert not {'cv2', 'PIL', 'numpy', 'PySide6'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
