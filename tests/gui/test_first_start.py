"""Task: start: open a recent folder or the samples, take over the settings of the program used before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from anylabel_plus import paths
from anylabel_plus.dataset.scan import HIDDEN_FOLDER
from anylabel_plus.settings import Settings
from anylabel_plus.ui.dialogs.rc_import import RcImportDialog
from anylabel_plus.ui.pages.recent import look_at
from anylabel_plus.ui.pages.welcome import WelcomePage, sample_pictures
from anylabel_plus.ui.window_state import WindowState

Open = Callable[..., Any]
RC = """keep_prev: true
flags: [night]
label_flags: {cat: [asleep]}
labels: [cat, dog]
label_colors: {cat: [255, 0, 0]}
epsilon: 3
shortcuts: {save: F8}
"""


@pytest.fixture
def user_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home folder, where other programs keep their files."""
    folder = tmp_path / "user"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


def welcome(driver: Any) -> WelcomePage:
    driver.until(lambda: driver.window.findChild(WelcomePage) is not None, "the welcome page")
    page: WelcomePage = driver.window.findChild(WelcomePage)
    driver.until(lambda: hasattr(page, "_facts") and not page._look.isActive(), "what is on the disk")
    return page


def test_recent_folders_say_how_far_they_are(open_window: Open, folder: Path, tmp_path: Path) -> None:
    (folder / "image_0.json").write_text("{}")
    (folder / "below").mkdir()
    (folder / "below" / "x.jpg").write_bytes(b"")
    state = WindowState()
    for recent in (tmp_path / "gone", folder):
        state.add_recent(recent)
    state.set_progress(tmp_path / "gone", 40, 10)
    state.save()
    driver = open_window()
    page = welcome(driver)
    first, second = page.recent
    assert (first.facts.images, first.facts.labelled, first.facts.percent) == (6, 1, 16)
    assert first.facts.thumb is not None
    assert not second.reachable and not second.isEnabled()
    assert second.amount() == "40 images", "what was known of it stays"
    assert WindowState().progress(folder) == (6, 1)
    assert len(page.samples) == min(4, len(sample_pictures())) > 0
    assert all(card.picture is not None for card in page.samples)
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    driver.wait()
    assert driver.session.folder == folder


def test_a_page_may_be_deleted_while_its_threads_read(
    open_window: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = threading.Event(), threading.Event()
    looked: list[Path] = []

    def look(where: Path, *_: object) -> None:
        looked.append(where)
        began.set()
        assert go_on.wait(30)

    monkeypatch.setattr("anylabel_plus.ui.pages.welcome_facts.look_at", look)
    driver = open_window(str(folder))
    state = WindowState(paths.user_state("other.json"))
    for recent in (folder, folder.parent):
        state.add_recent(recent)
    page = WelcomePage(driver.session, state)
    driver.until(began.is_set, "a thread")
    threads = [thread for thread in threading.enumerate() if thread.name == "welcome"]
    shiboken6.delete(page)
    go_on.set()
    for thread in threads:
        thread.join(30)  # what a thread raises fails the test
    assert looked == [folder.parent], "nothing is read for a page that is gone"


def test_a_folder_is_looked_at_with_its_label_folder(folder: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "image_1.json").write_text("{}")
    facts = look_at(folder, labels, lambda: False)
    assert facts is not None and (facts.images, facts.labelled, facts.all) == (5, 1, True)
    part = look_at(folder, None, lambda: True)
    assert part is not None and not part.all
    assert look_at(tmp_path / "none", None, lambda: False) is None


def test_the_program_used_before_is_offered_and_taken_over(open_window: Open, user_home: Path, folder: Path) -> None:
    (user_home / ".anylabelingrc").write_text(RC)
    driver = open_window()
    page = welcome(driver)
    assert page.offer.isVisible() and "AnyLabeling" in page.offer.text()
    page.findChild(QPushButton, "welcome_take_settings").click()
    dialog = driver.window.findChild(RcImportDialog)
    text = dialog.lines.as_text()
    assert "keep_prev: files.keep_previous_shapes: on" in text
    assert "epsilon: Points are caught" in text
    assert driver.session.settings.get("files.keep_previous_shapes") is False, "nothing is changed before"
    dialog.findChild(QPushButton, "rc_take").click()
    driver.app.processEvents()
    assert any("taken over" in text for text in driver.texts("success"))
    again = Settings()
    assert again.get("files.keep_previous_shapes") is True
    assert [key.toString() for key in driver.window.actions_["save"].shortcuts()] == ["F8"]
    assert (user_home / ".anylabelingrc").read_text() == RC
    driver.session.open_folder(folder)
    driver.wait()
    assert list(driver.session.labels) == ["cat", "dog"]
    assert driver.session.labels.color("cat") == "#FF0000"
    assert driver.session.labeling.image_flags == ("night",)
    assert driver.session.labeling.flags_of("cat") == ("asleep",)
    assert not (folder / HIDDEN_FOLDER).exists(), "looking at a folder writes nothing"


def test_a_refused_offer_is_not_made_again(open_window: Open, user_home: Path) -> None:
    (user_home / ".labelmerc").write_text(RC)
    driver = open_window()
    page = welcome(driver)
    page.findChild(QPushButton, "welcome_refuse_settings").click()
    assert not page.offer.isVisible()
    assert welcome(open_window()).offer.isHidden()


def test_a_file_can_be_chosen_and_a_bad_one_is_told(
    open_window: Open, user_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = open_window()
    driver.action("import_settings")
    dialog = driver.window.findChild(RcImportDialog)
    take = dialog.findChild(QPushButton, "rc_take")
    assert not take.isEnabled() and "Choose one" in dialog.note.text()
    bad = tmp_path / "bad.yaml"
    bad.write_text("- no\n- table\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(bad), ""))
    dialog.findChild(QPushButton, "rc_choose").click()
    assert "this is a list" in dialog.note.text() and not take.isEnabled()
    good = tmp_path / "x.yaml"
    good.write_text("model_hub: github\nauto_save: false\n")
    dialog.show_file(good)
    assert take.isEnabled()
    take.click()
    assert Settings().get("keys.preset") == "X-AnyLabeling"


def test_options_of_the_command_line_act_on_the_window(open_window: Open, folder: Path) -> None:
    driver = open_window("--labels", "cat,dog", "--autosave", str(folder))
    assert list(driver.session.labels) == ["cat", "dog"]
    assert driver.session.folder == folder
    assert isinstance(driver.find("canvas"), QWidget)
