"""Going back to an earlier version through the dialog, with the keyboard, and files that others change."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from anylabel_plus import files
from anylabel_plus.dataset import versions
from anylabel_plus.formats import native

Open = Callable[..., Any]


def draw(driver: Any, label: str, start: float = 0.2, to: float = 0.6) -> None:
    driver.session.set_label(label)
    driver.action("rectangle")
    driver.drag((start, start), (to, to))


def labels(path: Path) -> list[str]:
    return sorted(shape.label for shape in native.read(path).shapes)


def changed_outside(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Another program reads the file, changes it and writes it anew."""
    data = json.loads(path.read_bytes())
    edit(data)
    files.write_atomic(path, json.dumps(data, indent=4).encode())


def add(label: str) -> Callable[[dict[str, Any]], object]:
    shape = {"label": label, "points": [[200, 10], [240, 50]], "shape_type": "rectangle", "flags": {}, "group_id": None}
    return lambda data: data["shapes"].append(shape)


def dialog(driver: Any, name: str) -> QWidget:
    found: list[QWidget] = []

    def shown() -> bool:
        found[:] = [w for w in QApplication.topLevelWidgets() if w.objectName() == name and w.isVisible()]
        return bool(found)

    driver.until(shown, name)
    return found[0]


def answer(driver: Any, button: str, before: Callable[[QWidget], object] = lambda _: None) -> list[QWidget]:
    """Press a button of the conflict dialog once it has compared; gives back the dialog when it was there."""
    seen: list[QWidget] = []

    def press() -> None:
        open_ = [w for w in QApplication.topLevelWidgets() if w.objectName() == "dialog_conflict" and w.isVisible()]
        ready = open_ and open_[0].findChild(QPushButton, "answer_merge").isEnabled()  # type: ignore[union-attr]
        if not ready:
            QTimer.singleShot(20, press)
            return
        before(open_[0])
        seen.append(open_[0])
        QTest.mouseClick(open_[0].findChild(QPushButton, button), Qt.MouseButton.LeftButton)  # type: ignore[arg-type]

    QTimer.singleShot(20, press)
    return seen


def test_an_earlier_version_is_looked_at_and_restored_with_keys(
    open_window: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions.Limits, "__init__", lambda self, *a: _quick_limits(self))
    path = folder / "image_0.json"
    driver = open_window(str(folder / "image_0.png"))
    for number, label in enumerate(("one", "two", "three")):
        draw(driver, label, 0.1 + 0.2 * number, 0.25 + 0.2 * number)
        driver.wait()
    assert labels(path) == ["one", "three", "two"]
    first = versions.listed(path)[0]
    driver.action("versions")
    shown = dialog(driver, "dialog_versions")
    driver.until(lambda: shown.view.marked == {"added": 0, "removed": 1, "changed": 0}, "the difference")  # type: ignore[attr-defined]
    driver.keys(Qt.Key.Key_Down)
    driver.until(lambda: shown.view.marked["removed"] == 2, "the difference to the first version")  # type: ignore[attr-defined]
    driver.until(shown.restore.isEnabled, "the button")  # type: ignore[attr-defined]
    driver.keys(Qt.Key.Key_Return)
    driver.wait()
    assert path.read_bytes() == first.data
    assert "version" in str(driver.session.undo_name)
    driver.action("undo")
    driver.wait()
    assert labels(path) == ["one", "three", "two"]
    assert driver.close()


def _quick_limits(self: Any) -> None:
    for name, value in (("count", 50), ("days", 180.0), ("total_bytes", 10**9), ("stretch_s", 0.0)):
        object.__setattr__(self, name, value)


def test_the_file_of_another_program_comes_back_byte_for_byte(open_window: Open, folder: Path) -> None:
    path = folder / "image_0.json"
    odd = b'{"shapes":[ ],\r\n "imagePath" : "image_0.png","imageData":null, "mine":  [1,2] }'
    path.write_bytes(odd)
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "new")
    driver.wait()
    driver.action("versions")
    shown = dialog(driver, "dialog_versions")
    driver.until(shown.restore.isEnabled, "the first version")  # type: ignore[attr-defined]
    driver.keys(Qt.Key.Key_Return)
    driver.wait()
    assert path.read_bytes() == odd
    assert driver.close()


def test_an_image_without_versions_says_so(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder))
    driver.action("versions")
    shown = dialog(driver, "dialog_versions")
    driver.until(lambda: shown._pages.currentIndex() == 1, "the answer")  # type: ignore[attr-defined]
    shown.close()
    assert not (folder / ".anylabel_plus" / "versions").exists()
    assert driver.close()


def test_a_change_outside_is_shown_and_can_be_undone(open_window: Open, folder: Path) -> None:
    path = folder / "image_0.json"
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "mine")
    driver.wait()
    changed_outside(path, add("theirs"))
    driver.until(lambda: len(driver.session.document.shapes) == 2, "the other program's shape")
    assert any("changed by another program" in text for text in driver.texts("info"))
    driver.action("undo")
    driver.wait()
    assert labels(path) == ["mine"]
    assert [row.cause for row in versions.listed(path)][-2:] == ["outside", "saved"]
    driver.action("redo")
    driver.wait()
    assert labels(path) == ["mine", "theirs"]
    assert driver.close()


def test_a_file_that_was_only_touched_is_not_loaded_anew(open_window: Open, folder: Path) -> None:
    path = folder / "image_0.json"
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "mine")
    driver.wait()
    os.utime(path, (5000, 5000))
    driver.session.look_outside()
    driver.until(lambda: driver.session._file.stamp == native.stamp(path), "the look")
    assert driver.session.undo_name != "Load the changed file"
    assert driver.close()


def test_a_label_file_deleted_outside_keeps_its_shapes_here(open_window: Open, folder: Path) -> None:
    path = folder / "image_0.json"
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "mine")
    driver.wait()
    path.unlink()
    driver.until(lambda: bool(driver.texts("warning")), "the message")
    assert "deleted by another program" in driver.texts("warning")[0]
    assert len(driver.session.document.shapes) == 1 and not path.exists()
    [action] = [message[2] for message in driver.messages if message[0] == "warning"]
    action.run()
    driver.wait()
    assert labels(path) == ["mine"]
    assert driver.close()


def test_an_image_that_was_renamed_is_missed(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "mine")
    driver.wait()
    (folder / "image_0.png").rename(folder / "renamed.png")
    driver.until(lambda: bool(driver.texts("warning")), "the message")
    assert "image_0.png" in driver.texts("warning")[0]
    draw(driver, "more", 0.3, 0.5)
    driver.wait()
    assert labels(folder / "image_0.json") == ["mine", "more"]
    assert driver.close()


def test_a_vanished_folder_keeps_the_edits(open_window: Open, folder: Path) -> None:
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "mine")
    driver.wait()
    away = folder.rename(folder.with_name("away"))
    driver.until(lambda: bool(driver.texts("warning")), "the message")
    assert "cannot be reached" in driver.texts("warning")[0]
    draw(driver, "more", 0.3, 0.5)
    driver.wait()
    assert driver.session.save_state == "not_saved" and not folder.exists()
    away.rename(folder)
    driver.session.save_all()
    driver.wait()
    assert labels(folder / "image_0.json") == ["mine", "more"]
    assert driver.close()


def conflict(driver: Any, path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """An edit here and one of another program, before either knows of the other."""
    driver.session._look_timer.stop()
    draw(driver, "mine", 0.3, 0.5)
    changed_outside(path, edit)


def test_both_changes_are_merged_by_shape(open_window: Open, folder: Path) -> None:
    path = folder / "image_0.json"
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "start")
    driver.wait()
    seen = answer(driver, "answer_merge")
    conflict(driver, path, add("theirs"))
    driver.until(lambda: bool(seen), "the question")
    driver.wait()
    assert labels(path) == ["mine", "start", "theirs"]
    assert driver.session.undo_name == "Merge with the changed file"
    driver.action("undo")
    driver.wait()
    assert labels(path) == ["mine", "start"]
    assert driver.close()


def test_a_shape_that_both_changed_is_chosen(open_window: Open, folder: Path) -> None:
    path = folder / "image_0.json"
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "start")
    driver.wait()

    def rename(data: dict[str, Any]) -> None:
        data["shapes"][0]["label"] = "their name"

    def choose_theirs(shown: QWidget) -> None:
        choice = shown._conflicts[0]  # type: ignore[attr-defined]
        choice.set_current("theirs")
        choice.chosen.emit("theirs")
        driver.until(lambda: shown.compared.drawings["merged"].found.changed != (), "the new merge")  # type: ignore[attr-defined]

    seen = answer(driver, "answer_merge", choose_theirs)
    driver.session._look_timer.stop()
    driver.session.select([driver.session.document.shapes[0].id])
    driver.session.use_label("my name")
    changed_outside(path, rename)
    driver.until(lambda: bool(seen), "the question")
    driver.wait()
    assert labels(path) == ["their name"]
    assert driver.close()


@pytest.mark.parametrize(
    ("button", "expected"), [("answer_mine", ["mine", "start"]), ("answer_theirs", ["start", "theirs"])]
)
def test_one_side_is_kept_and_the_other_stays_a_version(
    open_window: Open, folder: Path, button: str, expected: list[str]
) -> None:
    path = folder / "image_0.json"
    driver = open_window(str(folder / "image_0.png"))
    draw(driver, "start")
    driver.wait()
    seen = answer(driver, button)
    conflict(driver, path, add("theirs"))
    driver.until(lambda: bool(seen), "the question")
    driver.wait()
    assert labels(path) == expected
    if button == "answer_mine":
        kept = [row for row in versions.listed(path) if row.cause == "outside"]
        assert len(kept) == 1 and b"theirs" in (kept[0].data or b"")
    else:
        driver.action("undo")
        driver.wait()
        assert labels(path) == ["mine", "start"]
    assert driver.close()


def test_undo_works_on_every_image_of_the_session(open_window: Open, tmp_path: Path, folder: Path) -> None:
    picture = (folder / "image_0.png").read_bytes()
    many = tmp_path / "many"
    many.mkdir()
    for number in range(24):
        (many / f"p_{number:02}.png").write_bytes(picture)
    driver = open_window(str(many))
    for _ in range(24):
        draw(driver, "shape")
        driver.action("save")
        driver.wait()
        driver.session.next_image()
        driver.wait()
    driver.session.open_row(0)
    driver.wait()
    driver.action("undo")
    driver.wait()
    assert driver.session.document.shapes == () and not (many / "p_00.json").exists()
    assert driver.close()
