"""A user divides a data set in the list of files: sets are shown, changed, filtered by, and refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu
from window_driver import Driver

from anylabel_plus import images
from anylabel_plus.dataset.splits import Splits, assign, record_uses
from anylabel_plus.images.marker import with_marker
from anylabel_plus.ui import theme
from anylabel_plus.ui.panels.file_list import FileList
from anylabel_plus.ui.widgets.rows import FileRow

Open = Callable[..., Driver]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five different pictures and a composite."""
    target = tmp_path / "pictures"
    target.mkdir()
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 255, (12, 16, 3)).astype(np.uint8)
        data = images.encode_png(pixels.repeat(20, 0).repeat(20, 1))
        if number == 5:
            (target / "made.png").write_bytes(with_marker(data, {"kind": "composite"}))
        else:
            (target / f"image_{number}.png").write_bytes(data)
    return target


def opened(open_window: Open, folder: Path) -> Driver:
    driver = open_window(str(folder))
    driver.window.after_first_paint()
    driver.until(lambda: driver.session.index.ready, "the index")
    driver.wait()
    return driver


def choose(driver: Driver, *rows: int) -> None:
    """The rows chosen in the list, the first one open."""
    listed = driver.find("file_list", FileList)
    listed.setFocus()
    for number, row in enumerate(rows):
        index = listed.model().index(row, 0)
        # Told outright: left to itself the list would ask the keyboard whether Ctrl is held.
        flags = QItemSelectionModel.SelectionFlag
        if number == 0:
            listed.selectionModel().setCurrentIndex(index, flags.ClearAndSelect)
        listed.selectionModel().select(index, flags.Select)
    driver.wait()
    assert driver.session.desk.rows == tuple(rows)


def row(driver: Driver, number: int) -> FileRow:
    value = driver.find("file_list", FileList).values.get(number)
    assert value is not None
    return value


def shown(driver: Driver) -> list[str]:
    model = driver.find("file_list", FileList).model()
    return [str(model.data(model.index(n, 0))) for n in range(model.rowCount())]


def test_chosen_images_are_put_into_sets(open_window: Open, folder: Path) -> None:
    driver = opened(open_window, folder)
    choose(driver, 0, 2)
    driver.action("split_val")
    driver.wait()
    assert Splits.load(folder).parts == {"image_0.png": "val", "image_2.png": "val"}
    assert [row(driver, n).part for n in range(3)] == ["val", "", "val"]
    assert driver.texts("success")[-1] == "2 images are in the validation set."
    choose(driver, 1)
    driver.action("split_train")
    choose(driver, 2)
    driver.action("split_none")
    driver.wait()
    assert Splits.load(folder).parts == {"image_0.png": "val", "image_1.png": "train"}
    files = driver.session.files
    assert files.data(files.index(0), Qt.ItemDataRole.ToolTipRole) == "image_0.png\nValidation set"
    assert files.data(files.index(1), Qt.ItemDataRole.AccessibleTextRole) == "image_1.png, no labels, Training set"


def test_a_composite_is_marked_and_refused_with_the_reason(open_window: Open, folder: Path) -> None:
    driver = opened(open_window, folder)
    driver.until(lambda: row(driver, 5).made, "the mark of the composite")
    assert not row(driver, 0).made
    choose(driver, 5)
    driver.action("split_test")
    driver.wait()
    refusal = driver.texts("error")[-1]
    assert "made.png" in refusal and "made by a machine" in refusal
    assert Splits.load(folder).parts == {}
    driver.action("split_train")
    driver.wait()
    assert row(driver, 5).part == "train"


def test_a_source_of_composites_is_refused_and_nothing_else_is_stored(
    open_window: Open, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/c.png").write_bytes((folder / "made.png").read_bytes())
    record_uses(folder, tmp_path / "out", ["image_1.png"])
    driver = opened(open_window, folder)
    choose(driver, 0, 1)
    driver.action("split_val")
    driver.wait()
    assert "image_1.png" in driver.texts("error")[-1] and str(tmp_path / "out") in driver.texts("error")[-1]
    assert Splits.load(folder).parts == {}
    assert row(driver, 0).part == ""


def test_the_filter_knows_the_sets_at_once(open_window: Open, folder: Path) -> None:
    driver = opened(open_window, folder)
    field = driver.find("file_filter", QLineEdit)
    field.setText("split:val")
    driver.until(lambda: shown(driver) == [], "nothing yet")
    field.setText("-split:val")
    driver.until(lambda: len(shown(driver)) == 6, "all")
    choose(driver, 3)
    driver.action("split_val")
    driver.until(lambda: len(shown(driver)) == 5 and "image_3.png" not in shown(driver), "one less")
    field.setText("image:composite")
    driver.until(lambda: shown(driver) == ["made.png"], "the composite")


def test_the_menu_of_the_list(open_window: Open, folder: Path) -> None:
    driver = opened(open_window, folder)
    listed = driver.find("file_list", FileList)
    choose(driver, 0, 1)
    at: QPoint = listed.visualRect(listed.model().index(1, 0)).center()
    listed.customContextMenuRequested.emit(at)
    menu = driver.window.context_menus.shown
    assert isinstance(menu, QMenu)
    ids = [action.objectName() for action in menu.actions() if not action.isSeparator()]
    assert ids[:4] == ["split_train", "split_val", "split_test", "split_none"]
    menu.actions()[2].trigger()
    menu.close()
    driver.wait()
    assert Splits.load(folder).images("test") == ["image_0.png", "image_1.png"]


def test_the_command_palette_offers_it(open_window: Open, folder: Path) -> None:
    driver = opened(open_window, folder)
    driver.action("commands")
    driver.app.processEvents()
    field = driver.app.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "validation set")
    driver.press("Return")
    driver.wait()
    assert Splits.load(folder).parts == {"image_0.png": "val"}


def test_what_another_program_changes_is_shown(open_window: Open, folder: Path) -> None:
    assign(folder, {"image_0.png": "val"})
    driver = opened(open_window, folder)
    assert row(driver, 0).part == "val"
    assign(folder, {"image_0.png": "test", "image_4.png": "train"})
    driver.until(lambda: row(driver, 0).part == "test", "the change")
    assert row(driver, 4).part == "train"


def test_a_damaged_split_file_is_told_once_and_left_alone(open_window: Open, folder: Path) -> None:
    hidden = folder / ".anylabel_plus"
    hidden.mkdir()
    (hidden / "splits.json").write_text("{")
    driver = opened(open_window, folder)
    told = [text for text in driver.texts("warning") if "splits.json" in text]
    assert len(told) == 1
    driver.action("split_val")
    driver.wait()
    assert "splits.json" in driver.texts("error")[-1]
    assert (hidden / "splits.json").read_text() == "{"
    (hidden / "splits.json").unlink()
    driver.action("split_val")
    driver.wait()
    assert json.loads((hidden / "splits.json").read_text())["val"] == ["image_0.png"]


def test_a_folder_of_a_data_set_shows_the_sets_of_the_whole(open_window: Open, folder: Path) -> None:
    assign(folder.parent, {"pictures/image_1.png": "val"})
    driver = opened(open_window, folder)
    assert row(driver, 1).part == "val"
    choose(driver, 2)
    driver.action("split_test")
    driver.wait()
    assert Splits.load(folder.parent).images("test") == ["pictures/image_2.png"]
    assert not (folder / ".anylabel_plus" / "splits.json").exists()
    driver.find("file_filter", QLineEdit).setText("split:val,test")
    driver.until(lambda: shown(driver) == ["image_1.png", "image_2.png"], "both")


def test_another_folder_shows_nothing_of_the_last_one(open_window: Open, folder: Path, tmp_path: Path) -> None:
    assign(folder, {"image_0.png": "val"})
    other = tmp_path / "other"
    other.mkdir()
    (other / "image_0.png").write_bytes((folder / "image_1.png").read_bytes())
    driver = opened(open_window, folder)
    assert row(driver, 0).part == "val"
    driver.session.open_folder(other)
    driver.wait()
    assert row(driver, 0).part == ""


def test_marks_are_painted(open_window: Open, folder: Path) -> None:
    driver = opened(open_window, folder)
    listed = driver.find("file_list", FileList)
    driver.until(lambda: row(driver, 5).made, "the facts")
    choose(driver, 5)
    listed.scrollToBottom()
    driver.app.processEvents()
    before = _drawn(listed, 4), _drawn(listed, 5)
    assert _has_synth(before[1])
    assert not _has_synth(before[0])
    assign(folder, {"image_4.png": "val"})
    driver.until(lambda: row(driver, 4).part == "val", "the part")
    driver.app.processEvents()
    assert _drawn(listed, 4) != before[0]


def _drawn(listed: FileList, number: int) -> list[int]:
    """The colours of a row, behind its thumb."""
    rect = listed.visualRect(listed.model().index(number, 0))
    picture = listed.viewport().grab(rect.intersected(listed.viewport().rect())).toImage()
    assert picture.height() > 20
    return [picture.pixel(x, y) for y in range(picture.height()) for x in range(50, picture.width())]


def _has_synth(colors: list[int]) -> bool:
    """Some of it is in the colour of what is synthetic; thin lines are mixed with what lies below."""
    hue = theme.color("synth").hslHue()
    found = (QColor.fromRgb(color) for color in colors)
    return any(abs(color.hslHue() - hue) < 15 and color.hslSaturation() > 60 for color in found)
