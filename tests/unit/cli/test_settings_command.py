from __future__ import annotations

import json
from pathlib import Path

import pytest

from anylabel_plus import cli
from anylabel_plus.settings import SETTINGS, Settings


def test_settings_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["settings", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["settings"]
    assert shown["keys.preset"] == "AnyLabeling"
    assert len(shown) == len([row for row in SETTINGS if not row.removed and not row.renamed_to])
    assert cli.main(["settings", "show", "files.autosave"]) == 0
    assert capsys.readouterr().out.split() == ["files.autosave", "on"]
    assert cli.main(["settings", "show", "files.autosafe"]) == 1
    assert "Did you mean files.autosave" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("files.autosave", "off", False),
        ("canvas.mask_opacity", "0.3", 0.3),
        ("keys.preset", "labelme", "labelme"),
        ("models.folder", "12", "12"),
        ("keys.own", '{"fit": ["F8"]}', {"fit": ["F8"]}),
    ],
)
def test_a_setting_is_set(key: str, text: str, value: object) -> None:
    assert cli.main(["settings", "set", key, text]) == 0
    assert Settings().get(key) == value


def test_what_does_not_fit_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["settings", "set", "files.autosave", "maybe"]) == 1
    assert "must be true or false" in capsys.readouterr().err


def test_a_file_of_another_program_is_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".labelmerc"
    file.write_text("keep_prev: true\nflags: [night]\nstore_data: true\n")
    assert cli.main(["settings", "import", str(file), "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["settings"]["files.keep_previous_shapes"] is True
    assert told["left"] == [{"name": "store_data", "why": told["left"][0]["why"]}]
    assert Settings().get("files.keep_previous_shapes") is False
    assert cli.main(["settings", "import", str(file)]) == 0
    text = capsys.readouterr().out
    assert "settings of labelme" in text and "Left: 1" in text
    assert Settings().get("files.keep_previous_shapes") is True
    assert cli.main(["settings", "import", str(tmp_path / "none")]) == 1
