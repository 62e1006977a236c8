"""Edits that could not be written as planned: none of them is ever replaced by another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anylabel_plus import files, paths
from anylabel_plus.dataset.recovery import RecoveryLog
from anylabel_plus.formats import native
from anylabel_plus.ui import decisions

Open = Callable[..., Any]
Answers = Callable[..., list[str]]

CRASH = """
import sys
sys.path.insert(0, sys.argv[2])
from window_driver import Driver
driver = Driver(sys.argv[1])
if len(sys.argv) > 3:
    driver.session.settings.set("files.labels_dir", sys.argv[3])
    driver.session.rescan()
    driver.wait()
driver.session.set_label("crashed")
driver.action("rectangle")
driver.drag((0.2, 0.2), (0.6, 0.6))
driver.session._saver.drain(20)
print("drawn", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Answers the questions of the window in this order; gives back the titles that are asked."""

    def give(*wanted: str) -> list[str]:
        asked: list[str] = []
        left = list(wanted)

        def ask(_parent: object, title: str, *_: object) -> str:
            asked.append(title)
            return left.pop(0)

        def ask_conflict(_parent: object, _session: object, file: Any) -> tuple[str, None]:
            asked.append(f"{file.path.name} was changed by another program")
            return left.pop(0), None

        monkeypatch.setattr(decisions, "ask", ask)
        monkeypatch.setattr(decisions, "ask_conflict", ask_conflict)
        return asked

    return give


def draw(driver: Any, label: str, to: float = 0.6) -> None:
    driver.session.set_label(label)
    driver.action("rectangle")
    driver.drag((0.2, 0.2), (to, to))


def labels(path: Path) -> list[str]:
    return [shape.label for shape in native.read(path).shapes]


def kill_after_drawing(*argv: str) -> None:
    """A window in a process of its own, killed behind a drawn shape and before it is saved."""
    command = [sys.executable, "-c", CRASH, argv[0], str(Path(__file__).parent), *argv[1:]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        assert any("drawn" in line for line in window.stdout)
        window.send_signal(signal.SIGKILL)


def test_a_shape_drawn_just_before_a_kill_is_recovered(open_window: Open, folder: Path, answers: Answers) -> None:
    kill_after_drawing(str(folder / "image_0.png"))
    assert not (folder / "image_0.json").exists()
    asked = answers("recover")
    driver = open_window(str(folder / "image_0.png"))
    driver.until(lambda: bool(asked), "the offer")
    driver.wait()
    assert labels(folder / "image_0.json") == ["crashed"]
    assert [shape.label for shape in driver.session.document.shapes] == ["crashed"]
    assert driver.close()
    assert not list(paths.user_state("recovery").iterdir())


def test_recovering_does_not_replace_newer_work(open_window: Open, folder: Path, answers: Answers) -> None:
    kill_after_drawing(str(folder / "image_0.png"))
    asked = answers("later")
    driver = open_window(str(folder / "image_0.png"))
    driver.until(lambda: bool(asked), "the first offer")
    draw(driver, "newer")
    driver.wait()
    assert driver.close()
    asked = answers("recover")
    again = open_window(str(folder / "image_0.png"))
    again.until(lambda: bool(asked), "the second offer")
    again.wait()
    assert labels(folder / "image_0.json") == ["newer"]
    assert labels(folder / "image_0 (recovered).json") == ["crashed"]
    assert any("image_0 (recovered).json" in text for text in again.texts("info"))
    assert again.close()


def test_the_first_label_file_of_a_labels_folder_is_recovered(
    open_window: Open, folder: Path, tmp_path: Path, answers: Answers
) -> None:
    inner = folder / "inner"
    inner.mkdir()
    os.replace(folder / "image_0.png", inner / "image_0.png")
    for other in folder.glob("*.png"):
        other.unlink()
    kill_after_drawing(str(folder), str(tmp_path / "labels"))
    label = RecoveryLog(paths.user_state("recovery")).pending()[0].label_path
    assert label.is_relative_to(tmp_path / "labels") and not label.parent.exists()
    asked = answers("recover")
    driver = open_window(str(folder))
    driver.until(lambda: bool(asked), "the offer")
    driver.wait()
    assert labels(label) == ["crashed"]
    assert driver.close()


def test_a_second_copy_does_not_replace_the_first(open_window: Open, folder: Path, answers: Answers) -> None:
    path = folder / "image_0.json"
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "start")
    driver.wait()
    for name in ("mine", "mine again"):
        files.write_atomic(path, path.read_bytes() + b"\n")
        answers("copy")
        draw(driver, name, 0.5)
        driver.wait()
        assert labels(path) == ["start"]
    assert labels(folder / "image_0 (mine).json") == ["start", "mine"]
    assert labels(folder / "image_0 (mine) 2.json") == ["start", "mine again"]
    assert driver.close()


def test_copies_of_files_with_one_name_are_all_kept(
    open_window: Open, folder: Path, tmp_path: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "same.png").write_bytes((folder / "image_0.png").read_bytes())
    for other in folder.glob("*.png"):
        other.unlink()
    target = tmp_path / "copies"
    target.mkdir()
    driver = open_window(str(folder))
    driver.session.settings.set("files.autosave", False)
    draw(driver, "of a")
    driver.action("next_image")
    driver.wait()
    draw(driver, "of b")
    monkeypatch.setattr(decisions.QFileDialog, "getExistingDirectory", lambda *_: str(target))
    assert answers("copy") == []
    assert driver.close()
    assert sorted(label for path in target.iterdir() for label in labels(path)) == ["of a", "of b"]


def test_a_deleted_label_file_is_called_deleted(open_window: Open, folder: Path, answers: Answers) -> None:
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "start")
    driver.wait()
    (folder / "image_0.json").unlink()
    asked = answers("mine")
    draw(driver, "more", 0.5)
    driver.wait()
    assert asked == ["image_0.json was deleted by another program"]
    assert labels(folder / "image_0.json") == ["start", "more"]
    assert driver.close()


def test_an_unreachable_labels_folder_does_not_part_image_and_labels(
    open_window: Open, folder: Path, tmp_path: Path, answers: Answers
) -> None:
    shared = tmp_path / "labels"
    driver = open_window(str(folder))
    driver.session.settings.set("files.labels_dir", str(shared))
    driver.session.rescan()
    driver.wait()
    draw(driver, "first")
    driver.wait()
    driver.action("next_image")
    driver.wait()
    draw(driver, "second")
    driver.wait()
    shared.rename(tmp_path / "away")
    shared.write_text("not a folder")
    draw(driver, "third", 0.5)
    driver.wait()
    assert any(str(shared) in text and "Errno" not in text for text in driver.texts("error"))
    driver.action("previous_image")
    driver.wait()
    assert driver.session.image_path == folder / "image_0.png"
    assert [shape.label for shape in driver.session.document.shapes] == ["first"]
    draw(driver, "fourth", 0.5)
    driver.wait()
    assert len(driver.session.unsaved_files) == 2
    shared.unlink()
    (tmp_path / "away").rename(shared)
    assert driver.close()
    assert labels(shared / "image_0.json") == ["first", "fourth"]
    assert labels(shared / "image_1.json") == ["second", "third"]


def test_what_was_undone_is_not_called_unsaved(open_window: Open, folder: Path, answers: Answers) -> None:
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "undone")
    driver.action("undo")
    driver.wait()
    assert driver.session.save_state == "clean"
    driver.session.settings.set("files.autosave", False)
    draw(driver, "undone")
    driver.action("next_image")
    driver.wait()
    driver.action("previous_image")
    driver.wait()
    driver.action("undo")
    driver.wait()
    assert not driver.session.dirty
    asked = answers()
    assert driver.close()
    assert asked == []


def test_a_label_file_that_was_only_touched_is_no_conflict(open_window: Open, folder: Path, answers: Answers) -> None:
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "start")
    driver.wait()
    os.utime(folder / "image_0.json", (5000, 5000))
    asked = answers()
    draw(driver, "more", 0.5)
    driver.wait()
    assert asked == []
    assert labels(folder / "image_0.json") == ["start", "more"]
    assert driver.close()
