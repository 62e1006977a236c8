"""The synthesis page in the real window: from labelled images to a bank, previews, a recipe, and new images."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog
from synthesis_hands import Hands, make_discs
from window_audit import clipped, nameless, small
from window_driver import Driver

from anylabel_plus.dataset.splits import Splits
from anylabel_plus.formats import native
from anylabel_plus.jobs.vetoes import REASONS
from anylabel_plus.synthesis.bank import open_bank
from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.ui.pages.synthesis.preview_grid import VETO_REASONS


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    return make_discs(tmp_path)


@pytest.fixture
def hands(open_window: Callable[..., Driver], labelled: Path) -> Hands:
    return Hands(open_window(str(labelled)))


def answer_dialogs(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_, **__: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(path))


def test_the_page_comes_and_goes(hands: Hands) -> None:
    driver = hands.driver
    assert hands.page.size() == driver.window.size(), "it takes the whole window"
    assert not driver.find("canvas").isEnabled(), "nothing below can be reached"
    assert driver.find("preview_area").empty.title.text() == "No object bank yet"
    hands.click("synthesis_help")
    guide = driver.find("guide_dialog")
    assert "synthesis" in guide.text.path.name
    guide.close()
    tool = driver.session.tool
    QTest.keyClick(QApplication.focusWidget() or hands.page, Qt.Key.Key_P)
    assert driver.session.tool == tool, "keys of the canvas do nothing here"
    QTest.keyClick(QApplication.focusWidget() or hands.page, Qt.Key.Key_Escape)
    driver.wait()
    assert not hands.page.isVisible()
    assert driver.canvas.isEnabled() and driver.canvas.hasFocus()


def test_from_labelled_images_to_pictures(hands: Hands, labelled: Path) -> None:
    hands.build()
    bank = open_bank(labelled.parent / "discs bank")
    assert sorted(cutout.label for cutout in bank.cutouts) == ["cup", "cup", "dish"]
    before = hands.pictures()
    assert len(set(before)) == 9, "nine different pictures"
    shown = hands.desk.previews.shown("A0").preview
    assert shown.outlines and {outline.label for outline in shown.outlines} <= {"cup", "dish"}
    # A knob changes all of them.
    low, high = hands.page.knobs.controls["objects"]._part.slider.handles
    high.setFocus()
    QTest.keyClick(high, Qt.Key.Key_Right)
    QTest.keyClick(low, Qt.Key.Key_Right)
    hands.driver.wait()
    assert hands.desk.recipe.objects == (2, 5)
    assert sum(a != b for a, b in zip(before, hands.pictures(), strict=True)) >= 7


def test_another_picture_pin_and_veto(hands: Hands, labelled: Path) -> None:
    hands.build()
    before = hands.pictures()
    hands.tile(1).setFocus()
    hands.driver.press("P")
    hands.driver.press("R")
    hands.driver.wait()
    after = hands.pictures()
    assert after[1] == before[1], "a pinned picture stays"
    assert [tile.index for tile in hands.desk.tiles] == [9, 1, *range(10, 17)]
    hands.driver.press("Shift+R")
    hands.driver.wait()
    assert hands.desk.tiles[1].index == 17 and hands.desk.tiles[0].index == 9
    hands.driver.press("Right")
    assert hands.tile(2).hasFocus()
    hands.driver.press("X")
    hands.choose("veto_menu", "veto_size")
    assert hands.desk.tiles[2].index == 18
    (veto,) = json.loads((labelled.parent / "discs bank" / "vetoes.json").read_text())["vetoes"]
    assert (veto["reason"], veto["index"], veto["seed"]) == ("size", 10, 0)
    assert tuple(VETO_REASONS) == REASONS, "as the command line tells them"
    # It is offered what may help, and taken.
    assert hands.driver.find("suggestion").isVisible()
    hands.click("suggestion_take")
    assert hands.desk.recipe.scale == "uniform"


def test_cutouts_are_rejected_with_a_reason_and_it_lasts(hands: Hands, labelled: Path) -> None:
    hands.build()
    grid = hands.driver.find("bank_grid")
    first = grid.thumbs()[0]
    grid.setFocus()
    hands.driver.press("Space")
    hands.driver.wait()
    bank = open_bank(labelled.parent / "discs bank")
    assert not bank.cutout(first.key).accepted
    assert bank.cutout(first.key).reasons
    assert hands.desk.shelf.opened.cutouts == 2
    hands.driver.find("bank_filter").setText("dish")
    assert [thumb.name for thumb in grid.thumbs()] == ["dish"]


def test_selected_shapes_become_cutouts(open_window: Callable[..., Driver], labelled: Path) -> None:
    driver = open_window(str(labelled))
    driver.wait()
    driver.session.select([driver.session.document.shapes[0].id])
    hands = Hands(driver)
    hands.click("bank_add")
    assert [cutout.label for cutout in open_bank(labelled.parent / "discs bank").cutouts] == ["cup"]
    assert len(hands.pictures()) == 9


def test_two_recipes_side_by_side(hands: Hands) -> None:
    hands.build()
    hands.click("preview_compare")
    assert set(hands.desk.recipes) == {"A", "B"} and hands.desk.side == "B"
    hands.page.knobs.controls["harmonise"]._enter(1.0)
    hands.driver.wait()
    assert (hands.desk.recipes["A"].harmonise, hands.desk.recipes["B"].harmonise) == (0.5, 1.0)
    a, b = (hands.desk.previews.shown(f"{side}0").preview for side in "AB")
    assert a.index == b.index and a.pixels != b.pixels
    assert [spot.x for spot in a.spots] == [spot.x for spot in b.spots], "the same layout"
    hands.click("preview_compare")
    assert hands.desk.recipe.harmonise == 1.0, "the one in hand stays"


def test_a_recipe_is_saved_and_opened(hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.toml"
    answer_dialogs(monkeypatch, path)
    hands.page.knobs.controls["feather"]._enter(2.4)
    hands.driver.wait()
    hands.click("recipe_save")
    assert "feather = 2.4" in path.read_text()
    hands.desk.set_recipe(Recipe())
    hands.click("recipes")
    hands.choose("recipes_menu", "recipe_open")
    assert hands.desk.recipe == hands.page.knobs.recipe()
    assert hands.desk.recipe.feather == 2.4
    assert hands.page.knobs.controls["feather"].value() == 2.4
    path.write_text("version = 1\n[blending]\nfether = 2\n")
    hands.page.recipe_files.load(path)
    assert hands.desk.recipe.feather == 2.4, "a recipe that cannot be read changes nothing"


def test_images_are_generated_and_opened_as_a_data_set(hands: Hands, labelled: Path) -> None:
    hands.build()
    hands.driver.find("generate_count").setValue(6)
    assert hands.driver.find("generate_run").text() == "Generate 6 images"
    hands.click("generate_run")
    out = labelled / "synthetic" / "run-01"
    assert hands.page.foot.notice.text().startswith("6 images with "), hands.page.foot.notice.text()
    assert len(hands.driver.session.files) == 12, "they are part of the open data set"
    hands.click("generate_open")
    session = hands.driver.session
    assert session.folder == out and len(session.files) == 6
    labels = sorted(out.glob("*.json"))
    shapes = [shape for path in labels for shape in native.read(path).shapes]
    assert shapes and {shape.label for shape in shapes} <= {"cup", "dish"}
    pasted = [shape for shape in shapes if shape.provenance and shape.provenance.source == "synthesis"]
    assert pasted, "pasted shapes are marked"


def test_generating_is_cancelled_and_goes_on(hands: Hands, labelled: Path) -> None:
    hands.build()
    hands.driver.find("generate_count").setValue(40)
    run = hands.driver.find("generate_run", QAbstractButton)
    QTest.mouseClick(run, Qt.MouseButton.LeftButton)
    out = labelled / "synthetic" / "run-01"
    hands.driver.until(lambda: any(out.glob("*.jpg")), "the first image")
    hands.click("generate_cancel")
    if not hands.page.foot.notice.text().startswith("40 images"):  # it was faster than the hand
        assert "goes on from there" in hands.page.foot.notice.text()
        hands.click("generate_again")
    assert len(list(out.glob("*.jpg"))) == 40
    assert hands.page.foot.notice.text().startswith("40 images")


def test_validation_images_are_refused_and_left_out(hands: Hands, labelled: Path) -> None:
    Splits.load(labelled).with_({"disc_4.png": "val"}).save()
    hands.build()
    assert hands.desk.shelf.opened.backgrounds == 5, "left out unless somebody says otherwise"
    hands.click("backdrops_leave_out")
    area = hands.driver.find("preview_area")
    assert area.empty.isVisible() and "disc_4.png" in area.empty.text.text()
    assert "validation" in area.empty.text.text()
    assert not hands.driver.find("generate_run").isEnabled()
    hands.click("backdrops_leave_out")
    assert len(hands.pictures()) == 9


def test_what_was_in_use_is_there_again(hands: Hands, labelled: Path) -> None:
    hands.build()
    hands.driver.find("generate_seed").setValue(42)
    hands.page.knobs.controls["feather"]._enter(3.0)
    hands.driver.wait()
    hands.click("synthesis_close")
    hands.driver.action("synthesis")
    hands.driver.wait()
    assert (hands.desk.seed, hands.desk.recipe.feather) == (42, 3.0)
    assert hands.desk.previews.shown("A0").preview.seed == 42


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_everything_fits_has_a_name_and_can_be_reached(hands: Hands, size: tuple[int, int]) -> None:
    hands.build()
    hands.driver.window.resize(*size)
    hands.driver.wait()
    page = hands.page
    assert not clipped(page)
    assert not nameless(page)
    assert not small(page)
    reached: set[QObject] = set()
    focus = hands.tile(0)
    focus.setFocus()
    for _ in range(200):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert page.isAncestorOf(focus), "Tab stays on the page"
        if focus in reached:
            break
        reached.add(focus)
    names = {widget.objectName() for widget in reached}
    assert {"bank_grid", "backdrops_grid", "generate_run", "recipes", *(f"tile_{n}" for n in range(9))} <= names
