"""``anylabel-plus models`` as a user types it, in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anylabel_plus.cli import main

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["models", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_list_and_show(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    code, out, _ = run(capsys, "list", "--json")
    data = json.loads(out)
    states = {row["id"]: row["state"] for row in data["models"]}
    assert code == 0
    assert data["weights_folder"] == str(home / "data" / "models")
    assert states["classic"] == "built in"
    assert states["mobile-sam"] == "not installed"
    assert states["sam2.1-tiny"] == "not supported yet"
    assert "mobile-sam" in run(capsys, "list")[1]
    code, out, _ = run(capsys, "show", "sam2.1-tiny", "--json")
    assert code == 0 and json.loads(out)["family"] == "sam2"


def test_add_check_damage_remove(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    code, out, _ = run(capsys, "add", str(FIXTURES / "analytic.yaml"), "--json")
    assert code == 0 and json.loads(out)["state"] == "installed"
    assert run(capsys, "check", "analytic")[0] == 0
    (home / "data" / "models" / "analytic" / "analytic.decoder.onnx").write_bytes(b"damaged")
    code, out, _ = run(capsys, "check", "--json")
    assert code == 3
    checked = {model["id"]: model["files"] for model in json.loads(out)["models"]}
    assert {entry["name"]: entry["state"] for entry in checked["analytic"]} == {
        "analytic.encoder.onnx": "ok",
        "analytic.decoder.onnx": "damaged",
    }
    assert run(capsys, "remove", "analytic")[0] == 0
    assert run(capsys, "remove", "analytic")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("pull", "sam2.1-tiny"), 1, "SAM 2 model"),
        (("pull", "nothing"), 1, "No model is called nothing"),
        (("pull", "classic"), 0, "nothing to download"),
        (("remove", "classic"), 1, "no files to remove"),
        (("add", "gone.zip"), 1, "no such file"),
        (("pull",), 2, "error"),
        (("frobnicate",), 2, "error"),
    ],
)
def test_mistakes_are_one_clear_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, text: str
) -> None:
    got, out, err = run(capsys, *arguments)
    assert got == code
    assert text in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""
