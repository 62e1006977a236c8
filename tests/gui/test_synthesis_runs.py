"""Runs of the synthesis page seen from outside of it, one after the other, and what is there again afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from synthesis_hands import Hands, make_discs
from window_driver import Driver

from anylabel_plus.ui import decisions, language
from anylabel_plus.ui.app import Window


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    return make_discs(tmp_path)


@pytest.fixture
def hands(open_window: Callable[..., Driver], labelled: Path) -> Hands:
    return Hands(open_window(str(labelled)))


@pytest.fixture
def english_again() -> Iterator[None]:
    yield
    language.use("en")


def begin(hands: Hands, count: int) -> None:
    """Press Generate and wait until something was made."""
    hands.driver.find("generate_count").setValue(count)
    QTest.mouseClick(hands.driver.find("generate_run", QAbstractButton), Qt.MouseButton.LeftButton)
    out = hands.page.foot.out_folder
    hands.driver.until(lambda: any(out.glob("*.jpg")), "the first image")


def end(hands: Hands) -> None:
    hands.page.foot.runner.cancel()
    hands.driver.until(lambda: not hands.page.foot.running, "the end of the job")
    hands.driver.wait()


def test_a_run_is_seen_from_the_canvas_and_tells_its_end(hands: Hands) -> None:
    hands.build()
    begin(hands, 4000)
    hands.page.leave()
    driver = hands.driver
    driver.until(lambda: driver.window.status.state.text().startswith("Generating: "), "the count in the status bar")
    assert driver.window.status.state.text().endswith(" of 4,000")
    end(hands)
    assert any("goes on from there" in text for text in driver.texts("warning"))
    assert driver.window.status.state.text() == "Ready"


def test_closing_asks_while_a_run_is_under_way(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = iter(["stay", "end"])
    monkeypatch.setattr(decisions, "ask", lambda _p, title, *_: (asked.append(title), next(answers))[1])
    hands.build()
    begin(hands, 4000)
    assert not hands.driver.window.close() and hands.page.foot.running
    assert hands.driver.window.close() and asked == ["Work is under way"] * 2


def test_a_language_waits_for_the_end_of_a_run(hands: Hands, english_again: None) -> None:
    hands.build()
    begin(hands, 4000)
    driver, old = hands.driver, hands.driver.window
    holder = driver.session.findChild(Window)
    driver.session.settings.set("appearance.language", "vi")
    driver.until(lambda: any("language changes" in text for text in driver.texts("info")), "the reason")
    assert holder.current is old
    end(hands)
    driver.until(lambda: holder.current is not old, "the new window")
    driver.window = holder.current
    driver.window.after_first_paint()
    driver.wait()


def test_after_a_whole_run_another_folder_is_proposed(hands: Hands, labelled: Path) -> None:
    hands.build()
    hands.driver.find("generate_count").setValue(2)
    hands.click("generate_run")
    hands.click("generate_back")
    assert hands.page.foot.out_folder == labelled / "synthetic" / "run-02"
    hands.desk.set_seed(5)
    hands.driver.wait()
    hands.click("generate_run")
    assert hands.page.foot.notice.text().startswith("2 images"), hands.page.foot.notice.text()
    assert len(list((labelled / "synthetic" / "run-02").glob("*.jpg"))) == 2


def test_what_was_cut_short_is_proposed_again(hands: Hands, labelled: Path) -> None:
    hands.build()
    begin(hands, 4000)
    end(hands)
    made = len(list((labelled / "synthetic" / "run-01").glob("*.jpg")))
    hands.page.leave()
    hands.driver.action("synthesis")
    hands.driver.wait()
    assert hands.page.foot.out_folder == labelled / "synthetic" / "run-01"
    hands.page.foot.show_options()
    hands.driver.find("generate_count").setValue(made + 3)
    hands.driver.wait()
    hands.click("generate_run")
    assert hands.page.foot.notice.text().startswith(f"{made + 3} images")


def test_the_end_of_a_run_changes_nothing_of_another_data_set(hands: Hands, folder: Path) -> None:
    hands.build()
    hands.driver.find("generate_count").setValue(60)
    QTest.mouseClick(hands.driver.find("generate_run", QAbstractButton), Qt.MouseButton.LeftButton)
    hands.page.leave()
    hands.driver.session.open_folder(folder)
    hands.driver.until(lambda: not hands.page.foot.running, "the end of the job")
    hands.driver.wait()
    assert hands.desk.memory.of(folder) == {}


def test_both_recipes_and_pins_are_there_again(hands: Hands) -> None:
    hands.build()
    hands.desk.compare(True)
    hands.page.knobs.controls["harmonise"]._enter(1.0)
    hands.desk.pin(3)
    hands.driver.wait()
    hands.page.leave()
    hands.driver.action("synthesis")
    hands.driver.wait()
    assert (hands.desk.recipes["A"].harmonise, hands.desk.recipes["B"].harmonise) == (0.5, 1.0)
    assert hands.desk.view == "AB" and hands.desk.tiles[3].pinned and not hands.desk.tiles[2].pinned


def test_a_picture_that_cannot_be_read_has_an_icon(hands: Hands, labelled: Path) -> None:
    (labelled / "disc_5.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    hands.build()
    hands.driver.find("backdrop_browser").grab()
    hands.driver.wait()
    hands.driver.find("backdrop_browser").grab()
    assert hands.driver.texts("error") == []


def test_labels_without_outlines_give_help_that_stays(hands: Hands, labelled: Path) -> None:
    for path in labelled.glob("*.json"):
        path.unlink()
    hands.click("empty_build")
    empty = hands.driver.find("preview_area").empty
    assert empty.isVisible() and empty.title.text() == "The object bank is empty"
    assert "Boxes to masks" in empty.text.text()


def test_knobs_that_mean_nothing_say_why(hands: Hands) -> None:
    hands.build()
    controls = hands.page.knobs.controls
    assert not controls["size"].isEnabled() and "as labelled" in controls["size"].toolTip()
    assert not controls["distractors"].isEnabled() and not controls["foot"].isEnabled()
    controls["scale"].set_value("uniform")
    controls["scale"].changed.emit()
    hands.driver.wait()
    assert controls["size"].isEnabled()


def test_a_job_that_cannot_be_started_leaves_the_page_as_it_was(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object) -> None:
        raise OSError("no more processes")

    hands.build()
    foot = hands.page.foot
    monkeypatch.setattr(foot.runner, "start", start)
    with pytest.raises(OSError, match="no more processes"):
        foot.generate()
    assert not foot.running and not hands.driver.session.work.text
    assert hands.driver.find("generate_run").isVisible()
