"""``synth`` in this process: what it prints, what it writes, its exit codes."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from anylabel_plus import cli
from anylabel_plus.dataset.splits import assign
from anylabel_plus.jobs.recipe_file import load_recipe, save_recipe, to_toml
from anylabel_plus.synthesis.recipe import Recipe, recipe_hash

sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))
from synth_scene import make_bank, make_photos


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Bank and backgrounds as options."""
    make_bank(tmp_path / "bank", make_photos(tmp_path / "source", seed=8))
    make_photos(tmp_path / "back")
    return ["--bank", str(tmp_path / "bank"), "--backgrounds", str(tmp_path / "back")]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main(["synth", *map(str, arguments)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_cutpaste_tells_what_it_made(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "cutpaste", *words, "--out", tmp_path / "o", "--count", 3, "--workers", 1)
    assert (code, out) == (0, "")
    assert names(tmp_path / "o") == [f"composite-{n:06d}.{end}" for n in range(3) for end in ("jpg", "json")]
    assert "Cut and paste: 3 done, 3 changed" in err
    assert "  label ball: " in err
    assert f"  recipe: {recipe_hash(Recipe())}" in err
    assert "backgrounds have no label file" in err


def test_cutpaste_json(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    more = ["--count", "2", "--workers", "1", "--size", "96x64", "--format", "png", "--seed", "7", "--certified-empty"]
    settings = ["--set", "blend=none", "--set", "objects=2,2"]
    code, out, _ = run(capsys, "cutpaste", *words, "--out", tmp_path / "o", *more, *settings, "--json")
    data = json.loads(out)
    assert (code, data["pictures"], data["seed"], data["notes"]) == (0, 2, 7, [])
    assert data["sizes"] == {"96x64": 2}
    recipe = replace(Recipe(), blend="none", objects=(2, 2), output_size="96x64")
    assert data["recipe"] == recipe_hash(recipe)
    assert cv2.imread(str(tmp_path / "o" / "composite-000001.png")).shape == (64, 96, 3)
    code, out, _ = run(capsys, "cutpaste", *words, "--out", tmp_path / "o", *more, *settings, "--json")
    assert (code, json.loads(out)["changed"], json.loads(out)["made_before"]) == (0, 0, 2)


def test_a_recipe_file_and_knobs_over_it(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    save_recipe(tmp_path / "r.toml", replace(Recipe(), blend="box", feather=2.0))
    more = ["--count", "1", "--workers", "1", "--recipe", tmp_path / "r.toml", "--set", "feather=1", "--json"]
    code, out, _ = run(capsys, "cutpaste", *words, "--out", tmp_path / "o", *more)
    assert code == 0
    assert json.loads(out)["recipe"] == recipe_hash(replace(Recipe(), blend="box", feather=1.0))


def test_preview_writes_a_sheet_only(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    before = names(tmp_path)
    code, out, _ = run(capsys, "preview", *words, "--out", tmp_path / "s.png", "--side", 80, "--json")
    assert (code, json.loads(out)["pictures"]) == (0, 9)
    assert names(tmp_path) == sorted([*before, "s.png"])
    sheet = cv2.imread(str(tmp_path / "s.png"))
    assert sheet.shape == (3 * 66 + 6, 3 * 86 + 6, 3)
    code, _, err = run(capsys, "preview", *words, "--out", tmp_path / "p.jpg", "--no-labels", "--count", 2)
    assert (code, "p.jpg: 2 pictures" in err) == (0, True)


def test_a_sheet_takes_the_place_of_a_sheet_only(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), np.zeros((8, 8, 3), np.uint8))
    before = photo.read_bytes()
    code, _, err = run(capsys, "preview", *words, "--out", photo, "--count", 1)
    assert (code, "photo.png: is there already" in err, photo.read_bytes() == before) == (1, True, True)
    for _ in range(2):
        assert run(capsys, "preview", *words, "--out", tmp_path / "s.jpg", "--count", 1)[0] == 0


def test_estimate(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "estimate", *words, "--count", 100000, "--workers", 2, "--json")
    data = json.loads(out)
    assert (code, data["pictures"], data["workers"], data["samples"]) == (0, 100000, 2, 4)
    assert data["seconds"] > 0
    code, out, _ = run(capsys, "estimate", *words, "--count", 100, "--workers", 1)
    assert (code, out.startswith("100 pictures: about ")) == (0, True)


def test_recipe_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "recipe")
    assert (code, out) == (0, to_toml(Recipe()))
    path = tmp_path / "r.toml"
    code, _, _ = run(capsys, "recipe", "--out", path, "--set", "blend=mixed")
    assert (code, load_recipe(path)) == (0, replace(Recipe(), blend="mixed"))
    code, _, err = run(capsys, "recipe", "--out", path)
    assert (code, "exists already" in err) == (1, True)
    code, out, _ = run(capsys, "recipe", "--recipe", path, "--out", path, "--set", "feather=3", "--replace", "--json")
    assert (code, json.loads(out)["recipe"]["feather"]) == (0, 3.0)
    assert load_recipe(path).blend == "mixed"


@pytest.mark.parametrize(
    ("more", "code", "text"),
    [
        (["--count", "0"], 2, "count"),
        (["--count", "-1"], 2, "count"),
        (["--count", "many"], 2, "count"),
        (["--count", "1", "--format", "gif"], 2, "none of jpeg, png"),
        (["--count", "1", "--quality", "101"], 2, "quality"),
        (["--count", "1", "--size", "0x0"], 1, "output_size must be"),
        (["--count", "1", "--size", "wide"], 1, "output_size must be"),
        (["--count", "1", "--set", "blnd=box"], 1, "Did you mean blend?"),
        (["--count", "1", "--set", "labels=cow"], 1, "no usable cutout of the label 'cow'"),
        (["--count", "1", "--size", "16x16", "--set", "min_visible=9999"], 1, "min_visible is 9999"),
        (["--count", "1", "--recipe", "missing.toml"], 1, "missing.toml: cannot be read"),
        (["--count", "1", "--bank", "nowhere"], 1, "does not exist"),
        (["--count", "1", "--backgrounds", "nowhere"], 1, "does not exist"),
        ([], 2, "count"),
    ],
)
def test_what_cannot_be_done(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str], more: list[str], code: int, text: str
) -> None:
    found, _, err = run(capsys, "cutpaste", *words, "--out", tmp_path / "o", *more)
    assert (found, text in err) == (code, True), err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "o").exists()


def test_firewall_and_failed_pictures_have_codes(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assign(tmp_path / "back", {"b1.png": "val"})
    base = ["cutpaste", *words, "--out", tmp_path / "o", "--count", 6, "--workers", 1]
    code, out, err = run(capsys, *base, "--json")
    assert (code, json.loads(out)["exit_code"]) == (4, 4)
    assert "b1.png is in the validation split" in err
    (tmp_path / "back" / "b2.png").write_bytes(b"no picture")
    code, out, _ = run(capsys, *base, "--leave-out-held-out", "--json")
    assert code == 3
    assert {failed["item"][:10] for failed in json.loads(out)["failed"]} == {"composite-"}


def test_a_sheet_needs_a_name_of_one(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("s.bmp", ".png or .jpg"), ("no/s.png", "is not a folder")):
        code, _, err = run(capsys, "preview", *words, "--out", tmp_path / name)
        assert (code, text in err) == (1, True)


def test_pictures_that_are_not_wanted(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    bank, run_words = words[:2], ["--count", "2", "--workers", "1", "--format", "png"]
    assert run(capsys, "veto", *bank) == (0, "", "")
    code, out, _ = run(capsys, "veto", *bank, 0, 2, "--reason", "edge")
    assert (code, out.splitlines()[1]) == (0, f"{recipe_hash(Recipe())}  seed 0  picture 2  edge")
    code, _, err = run(capsys, "cutpaste", *words, "--out", tmp_path / "o", *run_words)
    assert code == 0 and "pictures with a veto are left out: 0, 2" in err
    assert names(tmp_path / "o")[1::2] == ["composite-000001.png", "composite-000003.png"]
    code, _, err = run(capsys, "cutpaste", *words, "--out", tmp_path / "all", *run_words, "--with-vetoed")
    assert (code, names(tmp_path / "all")[1::2]) == (0, ["composite-000000.png", "composite-000001.png"])
    code, out, _ = run(capsys, "veto", *bank, "--undo", 0, "--json")
    assert [row["index"] for row in json.loads(out)["vetoes"]] == [2]
    assert run(capsys, "veto", *bank, "--undo", 0)[0] == 1 and run(capsys, "veto", *bank, "--undo")[0] == 2
