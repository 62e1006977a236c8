"""Bugs that users of AnyLabeling, X-AnyLabeling, labelme and ISAT reported, and that must not be ours.

| bug | test |
|---|---|
| files of one program cannot be opened in another; types are unknown | unit/formats/test_native_corpus |
| rectangles of four corners become two, or the other way round | test_native_save: four corners; test_native_corpus |
| imagePath is cut to its base name; unknown keys are lost | test_native_corpus: a moved vertex |
| masks land wrong on pictures turned by EXIF | here; test_native_corpus: raw frame |
| greyscale and 16-bit pictures end the program | here; test_pictures |
| an emptied image gets the shapes of the image before | test_annotators_day_files: 48; test_window_keys: kept only |
| hidden shapes are missing in the file | test_annotators_day_shapes: 35 |
| deleted shapes of a model come back | here |
| points deleted by Backspace are there again | test_annotators_day: 20 |
| undo does not know label changes | test_annotators_day_labels: 39 |
| saving after undo damages the file | test_window: undo to the opened state; test_window_keys: undoing everything |
| a failed save loses the edits, or the last good file | test_window: a failed save; test_native_save: a failed save |
| labels are saved under the name of a renamed image | here; test_versions: an image that was renamed |
| a label file with broken image data cannot be opened | here |
| another model, and unsaved labels are gone | here |
| another image, and unsaved labels are gone | here |
| what was selected and deleted ends the program | here |
| the next image while something is drawn or adjusted ends the program | here; test_adjust_shapes: another edit |
| a right click while a prompt box is dragged ends the program | here |
| a small shape under a large one cannot be selected | test_select_and_change_many: a small shape below |
| batch runs replace labels without asking; locks are ignored | unit/jobs/test_autolabel_job |
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from by_hand import CORNERS, LEFT, NONE, clicks, draw_box, draw_polygon, labels, near, only
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_driver import Driver

Open = Callable[..., Driver]


def started(open_window: Open, path: Path) -> Driver:
    driver = open_window(str(path))
    driver.session.set_label("car")
    driver.session.settings.set("assist.model", "classic")
    driver.canvas.setFocus()
    driver.wait()
    return driver


def ask_model(driver: Driver) -> None:
    """Q, a click into the bright square, F."""
    driver.press("Q")
    driver.click(0.4, 0.5)
    driver.until(lambda: bool(driver.session.candidates), "a candidate")
    driver.press("F", "Esc")
    driver.wait()


@pytest.mark.parametrize("depth", ["grey 8", "grey 16"])
def test_grey_pictures_are_shown_labelled_and_given_to_models(open_window: Open, tmp_path: Path, depth: str) -> None:
    pixels = np.full((240, 320), 40, np.uint8)
    pixels[60:180, 80:200] = 220
    path = tmp_path / ("a.png" if depth == "grey 8" else "a.tif")
    if depth == "grey 8":
        Image.fromarray(pixels, "L").save(path)
    else:
        Image.fromarray(pixels.astype(np.uint16) * 200).save(path)
    driver = started(open_window, path)
    ask_model(driver)
    x1, y1 = np.array(only(driver, path)["points"]).min(axis=0)
    assert abs(x1 - 80) < 8 and abs(y1 - 60) < 8
    assert not driver.texts("error")


def test_a_picture_turned_by_exif_is_labelled_as_it_is_seen(open_window: Open, tmp_path: Path) -> None:
    raw = np.full((240, 320, 3), 40, np.uint8)  # the camera's frame; upright it is 240 wide, 320 high
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    Image.fromarray(raw).save(data, "JPEG", exif=exif)
    path = tmp_path / "turned.jpg"
    path.write_bytes(data.getvalue())
    driver = started(open_window, path)
    draw_box(driver, (0.25, 0.5), (0.75, 0.75))
    shape = only(driver, path)
    saved = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert (saved["imageWidth"], saved["imageHeight"]) == (240, 320)
    points = np.array(shape["points"])
    assert np.abs(points.min(axis=0) - (60, 160)).max() < 1.5 and np.abs(points.max(axis=0) - (180, 240)).max() < 1.5


def test_deleted_shapes_of_a_model_stay_deleted(open_window: Open, folder: Path) -> None:
    image = folder / "image_0.png"
    driver = started(open_window, folder)
    ask_model(driver)
    assert len(driver.in_file(image)) == 1
    driver.press("Ctrl+J", "Ctrl+A", "Delete")
    for key in ("D", "A"):
        driver.press(key)
        driver.wait()
    assert driver.in_file(image) == [] and not driver.session.document.shapes


def test_labels_are_saved_beside_the_image_that_is_shown_whatever_image_path_says(
    open_window: Open, folder: Path
) -> None:
    image = folder / "image_0.png"
    data = {"version": "5", "flags": {}, "shapes": [], "imagePath": "old_name.png", "imageData": "%%no base64%%"}
    image.with_suffix(".json").write_text(json.dumps(data))
    driver = started(open_window, folder)
    draw_polygon(driver)
    driver.wait()
    saved = json.loads(image.with_suffix(".json").read_text())
    assert len(saved["shapes"]) == 1 and saved["imageData"] == data["imageData"]
    assert saved["imagePath"] == "old_name.png"
    assert [path.name for path in folder.glob("*.json")] == ["image_0.json"]


def test_unsaved_labels_stay_when_the_model_or_the_image_is_changed(open_window: Open, folder: Path) -> None:
    image = folder / "image_0.png"
    driver = started(open_window, folder)
    driver.session.settings.set("files.autosave", False)
    draw_polygon(driver)
    driver.session.settings.set("assist.model", "pocket")
    driver.wait()
    assert len(driver.session.document.shapes) == 1 and driver.session.dirty
    for key in ("D", "A"):
        driver.press(key)
        driver.wait()
    assert len(driver.session.document.shapes) == 1
    driver.press("Ctrl+S")
    assert near(only(driver, image)["points"], CORNERS)


def test_keys_after_the_selection_was_deleted_do_nothing(open_window: Open, folder: Path) -> None:
    image = folder / "image_0.png"
    driver = started(open_window, folder)
    draw_polygon(driver)
    draw_box(driver, (0.6, 0.6), (0.9, 0.9))
    driver.press(
        "Ctrl+A", "Delete", "Delete", "Right", "Ctrl+D", "G", "U", "Ctrl+L", "Ctrl+Shift+M", "Backspace", "Tab"
    )
    assert driver.in_file(image) == []
    driver.press("Ctrl+Z", "Right")
    assert len(driver.in_file(image)) == 2
    assert not driver.texts("error")


@pytest.mark.parametrize("doing", ["polygon", "rectangle", "brush", "move", "assist_box"])
def test_the_next_image_in_the_middle_of_a_gesture(open_window: Open, folder: Path, doing: str) -> None:
    image, other = folder / "image_0.png", folder / "image_1.png"
    driver = started(open_window, folder)
    draw_polygon(driver)
    assert len(driver.in_file(image)) == 1
    driver.action("select" if doing == "move" else doing)
    driver.canvas.setFocus()
    if doing == "polygon":
        clicks(driver, [(0.6, 0.6), (0.8, 0.6)])
    else:
        QTest.mousePress(driver.canvas, LEFT, NONE, driver.at(0.3, 0.3))
        QTest.mouseMove(driver.canvas, driver.at(0.4, 0.45))
        driver.app.processEvents()
    driver.session.next_image()
    driver.wait()
    QTest.mouseMove(driver.canvas, driver.at(0.5, 0.5))
    QTest.mouseRelease(driver.canvas, LEFT, NONE, driver.at(0.5, 0.5))
    driver.press("Return", "Esc", "Esc")
    driver.wait()
    assert driver.in_file(other) == []
    assert labels(driver, image)[:1] == ["car"]
    draw_box(driver, (0.6, 0.6), (0.9, 0.9))
    assert len(driver.in_file(other)) == 1
    assert not driver.texts("error")


def test_a_right_click_while_a_prompt_box_is_dragged(open_window: Open, folder: Path) -> None:
    driver = started(open_window, folder)
    driver.press("Shift+Q")
    QTest.mousePress(driver.canvas, LEFT, NONE, driver.at(0.2, 0.2))
    QTest.mouseMove(driver.canvas, driver.at(0.5, 0.5))
    QTest.mousePress(driver.canvas, Qt.MouseButton.RightButton, NONE, driver.at(0.5, 0.5))
    QTest.mouseRelease(driver.canvas, Qt.MouseButton.RightButton, NONE, driver.at(0.5, 0.5))
    QTest.mouseRelease(driver.canvas, LEFT, NONE, driver.at(0.5, 0.5))
    driver.wait()
    assert not driver.texts("error")
    driver.press("Esc", "Esc")
    draw_box(driver, (0.6, 0.6), (0.9, 0.9))
    assert len(driver.in_file(folder / "image_0.png")) == 1
