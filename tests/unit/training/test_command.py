"""The command line of training, as far as it goes without torch."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import made_sets
import pytest

from anylabel_plus.training.pocket import command, made
from anylabel_plus.training.pocket.config import TrainConfig, tiny


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


def configuration(*words: str) -> TrainConfig:
    return command._configuration(command._parser().parse_args(command._with_action(words)))


def test_what_the_command_line_says_is_in_the_configuration(tmp_path: Path) -> None:
    words = ["--data", "a", "--data", "b", "--cutouts", "c", "--out", "o", "--strict", "--leave-out", "x, y,"]
    found = configuration(*words, "--minutes", "1.5", "--seed", "3", "--threads", "2", "--workers", "0")
    wanted = TrainConfig((Path("a"), Path("b")), Path("o"), (Path("c"),), strict=True, leave_out=("x", "y"))
    assert found == replace(wanted, minutes=1.5, seed=3, threads=2, workers=0)
    assert configuration("train", "--data", "a", "--steps", "7").steps == 7
    assert configuration("--data", "a") == TrainConfig((Path("a"),), command.OUT)


def test_a_tiny_run_makes_its_own_pictures_unless_there_are_some(tmp_path: Path) -> None:
    out = tmp_path / "run"
    given = configuration("--tiny", "--data", "a", "--out", str(out), "--minutes", "5")
    assert given == replace(tiny(TrainConfig((Path("a"),), out)), minutes=5.0)
    assert not out.exists()
    alone = configuration("--tiny", "--out", str(out))
    assert alone.data == (out / "made",) and alone.minutes == command.TINY_MINUTES
    assert len(list((out / "made" / "images").iterdir())) == command.MADE_PICTURES
    assert len(json.loads((out / "made" / "made.json").read_text())["images"]) == command.MADE_PICTURES


WRONG = {
    "--data x --seed -1": "--seed",
    "--data x --seed 1.5": "1.5 is not a whole number",
    "--data x --minutes nan": "nan is not a positive number",
    "--data x --minutes inf": "inf is not a positive number",
    "--data x --minutes 0": "0 is not a positive number",
    "--data x --steps 0": "0 is too few",
    "--data x --steps 3 --minutes 2": "not allowed with",
    "--resume --start x": "not allowed with",
    "--nonsense": "unrecognized arguments",
    "export": "CHECKPOINT",
    "evaluate x": "--data",
    "evaluate x --data y --each 0": "0 is too few",
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(words.split())
    assert caught.value.code == command.USAGE
    assert WRONG[words] in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--data", "x"], ["--resume"], ["export", "x"]])
@pytest.mark.usefixtures("no_torch")
def test_a_missing_extra_is_said_with_what_brings_it(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(words) == 1
    text = capsys.readouterr().err
    assert text.startswith("error: Training needs torch, onnx, onnxscript") and "dev.py train-pocket" in text
    assert text.count("\n") == 1


def test_nothing_to_train_on_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "_need_extra", lambda: None)
    assert command.main([]) == command.USAGE
    assert capsys.readouterr().err == "error: Nothing to train on. Name folders with --data.\n"


@pytest.mark.usefixtures("no_torch")
def test_a_model_is_measured_without_torch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.write(tmp_path / "d", 8)
    words = ["evaluate", "classic", "--data", str(tmp_path / "d"), "--each", "1", "--unseen", "round,straight"]
    assert command.main([*words, "--threads", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"] == "classic" and set(found["sources"]) == {"round", "straight"}
    assert found["all"]["objects"] == 2 and found["unseen"]["objects"] == 2 and found["seen"] == {"objects": 0}
    assert 0.3 < found["all"]["box"] <= 1


def test_what_cannot_be_measured_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made_sets.write(tmp_path / "d", [made_sets.image("a.png", [(10, 10, 60, 50)])])
    assert command.main(["evaluate", "no-such-model", "--data", str(folder), "--unseen", "coco"]) == 1
    assert "no-such-model" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert command.main(["evaluate", str(tmp_path / "empty"), "--data", str(folder), "--unseen", "coco"]) == 1
    assert "pocket.encoder.onnx" in capsys.readouterr().err
    assert command.main(["evaluate", "classic", "--data", str(folder), "--unseen", "cocoo"]) == 1
    assert "The sources are coco." in capsys.readouterr().err
