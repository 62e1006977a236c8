"""The command table, the error door and what is printed, in this process."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from anylabel_plus import __main__, cli
from anylabel_plus.cli import COMMANDS, failures, output
from anylabel_plus.core.errors import Cancelled, FirewallError, UserError
from anylabel_plus.jobs.base import ItemDone, ItemFailed, ItemSkipped, JobStarted, Note, Report

HEAVY = {"numpy", "cv2", "PIL", "onnxruntime", "PySide6", "rich", "yaml"}


@pytest.fixture(autouse=True)
def no_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(failures.DEBUG_VARIABLE, raising=False)


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    assert not loaded_by("import anylabel_plus.cli, anylabel_plus.__main__") & (HEAVY | {"typer"})


def test_help_loads_nothing_heavy() -> None:
    assert not loaded_by("import anylabel_plus.cli\nassert anylabel_plus.cli.main(['--help']) == 0") & HEAVY


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_command_can_be_built_and_has_help(row: cli.Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([row.name, "--help"]) == 0
    assert "Usage: anylabel-plus" in capsys.readouterr().out
    assert typer.main.get_command(cli.build()).commands[row.name].help == row.help  # type: ignore[attr-defined]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("anylabel-plus 0.")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], False), (["."], False), (["segment"], True), (["--help"], True), (["no-such-file.jpg"], True)],
)
def test_a_path_or_nothing_opens_the_window(arguments: list[str], expected: bool) -> None:
    assert cli.is_command_line(arguments) is expected


def test_main_opens_the_window_with_its_arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[list[str]] = []
    monkeypatch.setattr(__main__, "_open_window", lambda arguments: opened.append(arguments) or 5)
    monkeypatch.setattr(sys, "argv", ["anylabel-plus", str(tmp_path)])
    assert __main__.main() == 5
    assert __main__.window() == 5
    assert opened == [[str(tmp_path)]] * 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has machines without a display")
def test_without_a_display_the_window_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["anylabel-plus"])
    assert __main__.main() == 1
    assert capsys.readouterr().err.startswith("error: There is no display")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["sgment"], "Did you mean segment?"),
        (["xyzzy.png"], "No command and no file is called 'xyzzy.png'"),
        (["--nope"], "No such option: --nope"),
        (["info", "--nope"], "See anylabel-plus info --help."),
        (["info", "extra"], "extra"),
        (["models"], "Missing command. See anylabel-plus models --help."),
        (["runs"], "Missing command. See anylabel-plus runs --help."),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1
    assert text in printed.err


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (UserError("a.json: broken.", "Mend it."), 1, "error: a.json: broken. Mend it.\n"),
        (UserError("two\nlines\x1b[31m"), 1, "error: two lines [31m\n"),
        (UserError("name \udcff"), 1, "error: name \\udcff\n"),
        (FirewallError("no"), 4, "error: no\n"),
        (failures.UsageError("what?"), 2, "error: what?\n"),
        (KeyboardInterrupt(), 130, "cancelled\n"),
        (Cancelled(), 130, "cancelled\n"),
        (OSError(errno.ENOSPC, "No space left on device", "out.png"), 1, "error: out.png: No space left on device.\n"),
        (SystemExit(3), 3, ""),
        (SystemExit(None), 0, ""),
    ],
)
def test_errors_become_one_line_and_a_code(
    error: BaseException, code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failures.report(error) == code
    assert capsys.readouterr() == ("", text)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["export", "coco", "nowhere", "out", "--json"], 1),
        (["export", "xyz", "nowhere", "out", "--json"], 2),
        (["autolabel", "--json"], 2),
        (["runs", "list", "nowhere", "--json"], 1),
        (["segment", "nowhere.png", "--json"], 2),
    ],
)
def test_json_is_one_object_on_failure_too(
    arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == code
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert answer["exit_code"] == code
    assert printed.err == f"error: {answer['error']}\n"


def test_ctrl_c_while_a_class_is_made_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    wrapped = RuntimeError("Error calling __set_name__")
    wrapped.__cause__ = KeyboardInterrupt()
    assert failures.report(wrapped) == 130
    assert capsys.readouterr().err == "cancelled\n"


def test_files_without_permission_are_no_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    (tmp_path / "a.png").write_bytes(b"")
    assert cli.main(["segment", str(tmp_path / "a.png"), "--point", "1,1"]) == 1
    assert cli.main(["export", "coco", str(tmp_path / "set"), str(tmp_path), "--labels-dir", str(tmp_path)]) == 1
    assert "Invalid value" not in capsys.readouterr().err


def test_a_bug_is_one_line_and_its_details_are_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a bug")

    try:
        broken()
    except ZeroDivisionError as error:
        assert failures.report(error) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: unexpected ZeroDivisionError: a bug.")
    assert printed.count("\n") == 1
    log = failures.log_path()
    assert str(log) in printed
    assert "in broken" in log.read_text("utf-8")


def test_a_bug_shows_its_traceback_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(failures.DEBUG_VARIABLE, "1")
    failures.report(ZeroDivisionError("a bug"))
    assert "ZeroDivisionError: a bug\n" in capsys.readouterr().err


def test_a_log_that_cannot_be_written_is_no_error(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "state").write_text("a file where the folder should be")
    assert failures.report(ZeroDivisionError("a bug")) == 1
    assert failures.DEBUG_VARIABLE in capsys.readouterr().err


def test_the_log_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_LOG_BYTES", 100)
    for index in range(10):
        failures.log(f"{index} " + "x" * 60)
    logs = list(failures.log_path().parent.iterdir())
    assert len(logs) == 2
    assert all(path.stat().st_size < 300 for path in logs)


def events() -> Iterator[object]:
    yield JobStarted("Export", 4)
    yield ItemDone("a", True)
    yield ItemDone("b", False)
    yield ItemSkipped("c", "has shapes already")
    yield ItemFailed("d", "broken\nfile")
    yield Note("2 circles became polygons", "a")


def test_a_report_for_people_and_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    report, progress = Report(), output.Progress()
    for event in events():
        report.add(event)  # type: ignore[arg-type]
        progress(event)  # type: ignore[arg-type]
    progress.close()
    report.summary = {"out": "x.json"}
    assert output.finish(report, as_json=False) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    lines = printed.err.splitlines()
    assert lines[:2] == ["Export: 4", "failed: d: broken file"]
    assert "Export: 2 done, 1 changed, 1 skipped, 1 failed" in lines
    assert "note: a: 2 circles became polygons" in lines
    assert "  out: x.json" in lines
    assert output.finish(report, as_json=True, more={"more": 1}) == 3
    printed = capsys.readouterr()
    assert printed.err == ""
    data = json.loads(printed.out)
    assert (data["done"], data["failed"][0]["item"], data["out"], data["more"]) == (2, "d", "x.json", 1)


def test_json_takes_any_file_name(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"image": "b\udcffld.png"})
    assert json.loads(capsys.readouterr().out) == {"image": "b\udcffld.png"}


def test_progress_on_a_terminal_stays_on_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = output.Progress()
    progress(JobStarted("Export", 2))
    progress(ItemDone("a"))
    progress(ItemDone("b"))
    progress.close()
    printed = capsys.readouterr().err
    assert "\n" not in printed
    assert "Export: 2/2" in printed
    assert printed.endswith("\r")
