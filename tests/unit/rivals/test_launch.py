"""The window's options, as the other programs have them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from anylabel_plus import cli, paths
from anylabel_plus.rivals import launch
from anylabel_plus.rivals.launch import LaunchError
from anylabel_plus.rivals.taking import START
from anylabel_plus.settings import Settings


def settings_of(*arguments: str) -> Settings:
    settings = Settings()
    launch.parse(arguments).apply(settings)
    return settings


def test_labels_and_flags_come_as_lists_or_files(tmp_path: Path) -> None:
    names = tmp_path / "classes.txt"
    names.write_bytes("\ufeffcat\n dog \n\n__ignore__\n".encode())
    settings = settings_of("--labels", str(names), "--flags", "night, blurred", "--labelflags", "{cat: [asleep]}")
    assert settings.get(START) == {
        "labels": ["cat", "dog"],
        "image_flags": ["night", "blurred"],
        "shape_flags": {"cat": ["asleep"]},
    }
    assert not settings.path.exists(), "options are for this run"
    assert Settings().get(START) == {}


def test_switches_have_their_meaning(tmp_path: Path) -> None:
    Settings().set("files.autosave", False)
    settings = settings_of("--autosave", "--keep-prev", "-O", str(tmp_path / "labels"), "--nodata", "--nosortlabels")
    assert settings.get("files.autosave") is True
    assert settings.get("files.keep_previous_shapes") is True
    assert settings.get("files.labels_dir") == str(tmp_path / "labels")
    assert Settings().get("files.autosave") is False


def test_a_configuration_is_used_for_this_run(tmp_path: Path) -> None:
    file = tmp_path / ".xanylabelingrc"
    file.write_text("keep_prev: true\n")
    settings = settings_of("--config", str(file))
    assert (settings.get("keys.preset"), settings.get("files.keep_previous_shapes")) == ("X-AnyLabeling", True)
    assert settings_of("--config", "auto_save: false").get("files.autosave") is False
    settings.set("appearance.theme", "dark")
    assert Settings().get("keys.preset") == "AnyLabeling"


def test_a_label_file_as_output_means_its_folder(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(b"")
    settings = settings_of(str(image), "--output", str(tmp_path / "out" / "a.json"))
    assert settings.get("files.labels_dir") == str(tmp_path / "out")
    with pytest.raises(LaunchError, match="called like its image"):
        settings_of(str(image), "--output", "b.json")


def test_places_are_set_before_anything_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    launch.parse(["--work-dir", str(tmp_path), "--qt-platform", "minimal"]).prepare()
    assert paths.user_config() == tmp_path / "config"
    assert os.environ["QT_QPA_PLATFORM"] == "minimal"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--label", "cat"], "nrecognized arguments: --label"),
        (["no-such-folder", "--autosave"], "no-such-folder does not exist"),
        (["--validatelabel", "fuzzy"], "invalid choice"),
        (["--labelflags", "[1"], "not YAML"),
        (["--config", "nowhere.yaml"], "does not exist"),
        ([".", "--filename", "."], "Two files"),
    ],
)
def test_what_is_not_understood_is_refused(arguments: list[str], reason: str) -> None:
    with pytest.raises(Exception, match=reason) as caught:
        settings_of(*arguments)
    assert caught.value.exit_code in (1, 2)  # type: ignore[attr-defined]


def test_the_command_line_knows_which_arguments_are_the_windows() -> None:
    assert not cli.is_command_line(["--autosave", "."])
    assert not cli.is_command_line(["--no-such-option"])
    assert cli.is_command_line(["--autosave", "--help"])
    assert cli.is_command_line(["checks"])


def test_help_names_every_option_and_x_commands_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--autosave", "-h"]) == 0
    text = capsys.readouterr().out
    for option in ("--labels", "--reset-config", "--qt-platform", "settings"):
        assert option in text
    assert cli.main(["version"]) == 0
    assert capsys.readouterr().out.startswith("anylabel-plus ")
    assert cli.main(["config"]) == 0
    assert "keys.preset" in capsys.readouterr().out
