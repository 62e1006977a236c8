"""``bank``: build, show, and decisions by hand, through the real command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from anylabel_plus import cli, images
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.dataset.splits import Splits
from anylabel_plus.formats import native


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two images: a red disc (ball) and a green one (stop sign) on blue; the second with a noisy background."""
    root = tmp_path / "set"
    root.mkdir()
    rng = np.random.default_rng(3)
    for name, colour, label in (("a", (220, 30, 40), "ball"), ("b", (40, 200, 60), "stop sign")):
        pixels = np.full((120, 160, 3), (30, 50, 200), np.uint8)
        if name == "b":
            pixels += rng.integers(0, 50, pixels.shape, np.uint8)
        rows, columns = np.mgrid[:120, :160] + 0.5
        pixels[np.hypot(columns - 80, rows - 60) < 30] = colour
        (root / f"{name}.png").write_bytes(images.encode_png(pixels))
        shape = make_shape("circle", label, [(80, 60), (110, 60)])
        document = add_shapes(native.new_document(f"{name}.png", 160, 120), [shape])
        (root / f"{name}.json").write_bytes(native.serialize(document))
    return root


def answer(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.main(["bank", *map(str, arguments), "--json"]) == code
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    return data


def test_build_show_and_decide(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank = tmp_path / "bank"
    built = answer(capsys, "build", dataset, bank)
    assert (built["cutouts"], built["accepted"], built["labels"]) == (2, 2, {"ball": 1, "stop sign": 1})
    shown = answer(capsys, "show", bank)
    ball = next(one for one in shown["cutouts"] if one["label"] == "ball")
    assert (shown["accepted"], shown["label_counts"]) == (2, {"ball": 1, "stop sign": 1})
    assert set(ball["quality"]) == {"border", "size", "occlusion", "sharpness", "mask"}
    assert ball["source"] | {"box": None} == {
        "dataset": str(dataset), "image": "a.png", "shape": 0, "width": 160, "height": 120, "box": None,
    }  # fmt: skip
    assert {row["label"]: row["rotate"] for row in shown["priors"]} == {"ball": True, "stop sign": False}

    rejected = answer(capsys, "reject", bank, ball["id"][:6], "--reason", "too round")
    assert rejected["cutouts"][0]["reasons"] == ["too round"]
    answer(capsys, "tag", bank, ball["id"], "toy", "red")
    again = answer(capsys, "build", dataset, bank)
    assert (again["changed"], again["accepted"]) == (0, 1)
    ball = next(one for one in answer(capsys, "show", bank, "--labels", "ball")["cutouts"])
    assert (ball["accepted"], ball["reasons"], ball["tags"]) == (False, ["too round"], ["toy", "red"])
    assert answer(capsys, "accept", bank, ball["id"])["cutouts"][0]["accepted"]
    assert answer(capsys, "undecide", bank, ball["id"])["cutouts"][0]["accepted"]
    assert answer(capsys, "tag", bank, ball["id"])["cutouts"][0]["tags"] == []


def test_priors_are_overridden(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank = tmp_path / "bank"
    answer(capsys, "build", dataset, bank)
    changed = answer(capsys, "prior", bank, "ball", "--no-rotate", "--no-flip")
    assert (changed["rotate"], changed["flip_horizontal"], changed["flip_vertical"]) == (False, False, True)
    answer(capsys, "build", dataset, bank)
    assert not answer(capsys, "prior", bank, "ball")["rotate"]
    assert answer(capsys, "prior", bank, "ball", "--reset")["rotate"]
    assert answer(capsys, "prior", bank, "ball", "--reset", "--flip", code=2)["exit_code"] == 2
    assert "no label 'cat'" in answer(capsys, "prior", bank, "cat", "--flip", code=1)["error"]


def test_text_and_contact_sheet(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank, sheet = tmp_path / "bank", tmp_path / "sheet.png"
    assert cli.main(["bank", "build", str(dataset), str(bank), "--min-area", "9999"]) == 0
    assert "2 cutouts rejected: is tiny" in capsys.readouterr().err
    assert cli.main(["bank", "show", str(bank), "--sheet", str(sheet)]) == 0
    out, err = capsys.readouterr()
    assert out.count("rejected: is tiny") == 2
    assert "0 of 2 cutouts are used." in err
    picture = cv2.imread(str(sheet))[..., ::-1].astype(int)
    assert (np.abs(picture - (220, 30, 40)).max(axis=2) < 6).sum() > 1500
    next((bank / "cutouts").iterdir()).unlink()
    assert cli.main(["bank", "show", str(bank), "--sheet", str(sheet)]) == 0
    assert cli.main(["bank", "show", str(bank), "--sheet", str(tmp_path / "sheet.txt")]) == 2


def test_exit_codes(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank = tmp_path / "bank"
    assert "does not exist" in answer(capsys, "show", bank, code=1)["error"]
    assert answer(capsys, "build", dataset, bank, "--min-score", "7", code=2)["exit_code"] == 2
    (dataset / "b.json").write_text("{")
    assert answer(capsys, "build", dataset, bank, code=3)["failed"][0]["item"] == "b.png"
    assert "no such cutout" in answer(capsys, "accept", bank, "ffff", code=1)["error"]
    data = json.loads((bank / "bank.json").read_bytes())
    data["cutouts"][0]["id"] = "../../a"
    (bank / "bank.json").write_text(json.dumps(data))
    assert len(answer(capsys, "show", bank, code=3)["problems"]) == 1
    Splits.load(dataset).with_({"a.png": "val", "b.png": "test"}).save()
    assert "validation split" in answer(capsys, "build", dataset, tmp_path / "other", code=4)["error"]
    assert "validation split" in answer(capsys, "build", dataset / "a.png", tmp_path / "other", code=4)["error"]


def test_another_bank_is_merged_in(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer(capsys, "build", dataset, tmp_path / "bank")
    (tmp_path / "more").mkdir()
    for name in ("a.png", "a.json"):
        (tmp_path / "more" / name).write_bytes((dataset / name).read_bytes().replace(b"ball", b"melon"))
    answer(capsys, "build", tmp_path / "more", tmp_path / "other")
    assert "does not exist" in answer(capsys, "merge", tmp_path / "none", tmp_path / "other", code=1)["error"]
    assert not (tmp_path / "none").exists()
    merged = answer(capsys, "merge", tmp_path / "bank", tmp_path / "other")
    assert (merged["cutouts"], merged["accepted"], merged["failed"]) == (3, 3, [])
    shown = answer(capsys, "show", tmp_path / "bank")
    assert shown["label_counts"] == {"ball": 1, "melon": 1, "stop sign": 1}
    assert shown["datasets"] == sorted([str(dataset), str(tmp_path / "more")])
