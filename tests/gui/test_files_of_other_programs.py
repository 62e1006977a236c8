"""Files of AnyLabeling, X-AnyLabeling and labelme, edited in the window in every way, open again there.

What a file's own program could not open is said before it is saved.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from window_driver import Driver

from anylabel_plus import images
from anylabel_plus.ui.actions import ACTIONS

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "formats"))
from strict_dialects import refusals

Open = Callable[..., Driver]
NATIVE = Path(__file__).parents[1] / "fixtures" / "native"
FILES = {"anylabeling": "anylabeling.json", "x-anylabeling": "x_anylabeling.json", "labelme": "labelme.json"}
WIDTH, HEIGHT = 320, 200
DRAWN: dict[str, list[tuple[float, float]]] = {
    "rectangle": [(0.7, 0.1), (0.9, 0.3)],
    "rotation": [(0.7, 0.1), (0.9, 0.12), (0.88, 0.3)],
    "polygon": [(0.7, 0.1), (0.9, 0.1), (0.9, 0.3)],
    "quadrilateral": [(0.7, 0.1), (0.9, 0.1), (0.9, 0.3), (0.72, 0.28)],
    "cuboid": [(0.7, 0.2), (0.85, 0.4), (0.9, 0.1)],
    "circle": [(0.8, 0.2), (0.9, 0.2)],
    "linestrip": [(0.7, 0.1), (0.9, 0.1), (0.9, 0.3)],
    "line": [(0.7, 0.1), (0.9, 0.3)],
    "point": [(0.8, 0.2)],
    "points": [(0.7, 0.1), (0.9, 0.1), (0.9, 0.3)],
}
BY_ONE = (
    "duplicate",
    "delete",
    "lock",
    "raise_top",
    "lower_bottom",
    "turn_large",
    *(row.id for row in ACTIONS if row.id.startswith("convert_")),
)
BY_ALL = ("group", "union", "subtract", "subtract_keep", "intersect", "merge", "separate", "fill_holes", "cut")
WHOLE = ("toggle_checked", "delete_labels")


@pytest.fixture
def opened(open_window: Open, tmp_path: Path) -> Callable[[str], tuple[Driver, Path]]:
    """Opens a copy of a program's file beside an image."""

    def start(program: str) -> tuple[Driver, Path]:
        folder = tmp_path / program
        folder.mkdir()
        data = json.loads((NATIVE / FILES[program]).read_text("utf-8"))
        data["imagePath"] = "photo.png"
        data["imageData"] = None
        path = folder / "photo.json"
        path.write_text(json.dumps(data, indent=2, ensure_ascii=False), "utf-8")
        pixels = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        (folder / "photo.png").write_bytes(images.encode_png(pixels))
        driver = open_window(str(folder))
        driver.session.set_label("added")
        driver.session.settings.set("draw.snap", False)
        return driver, path

    return start


def draw(driver: Driver, kind: str) -> None:
    driver.action(kind)
    driver.canvas.setFocus()
    if kind == "cuboid":
        driver.drag(*DRAWN[kind][:2])
        driver.click(*DRAWN[kind][2])
    else:
        for spot in DRAWN[kind]:
            driver.click(*spot)
    if driver.canvas.tool.busy:
        driver.press("Return")
    driver.action("select")


def told(driver: Driver) -> str:
    return " ".join(driver.texts("warning"))


def check(driver: Driver, path: Path, program: str, what: str, failed: list[str]) -> None:
    """The file opens in its program, or what does not was said; a copy stays for their own loaders."""
    driver.session.save()
    driver.wait()
    data = json.loads(path.read_text("utf-8"))
    for why in refusals(data, program, WIDTH, HEIGHT):
        if "cannot open files with shapes of kind" not in told(driver):
            failed.append(f"{program}, {what}: {why}")
    kept = path.parents[1] / "kept" / program / f"{what}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(data, ensure_ascii=False), "utf-8")


def back(driver: Driver) -> None:
    while driver.session.can_undo:
        driver.session.undo()
    driver.session.save()
    driver.wait()


@pytest.mark.parametrize("program", FILES)
def test_every_kind_drawn_into_the_file(opened: Any, program: str) -> None:
    driver, path = opened(program)
    before, failed = path.read_bytes(), []
    for kind in DRAWN:
        draw(driver, kind)
        check(driver, path, program, f"draw {kind}", failed)
        assert json.loads(path.read_text("utf-8"))["shapes"][-1]["label"] == "added", kind
        back(driver)
        assert path.read_bytes() == before, kind
    for tool in ("brush", "eraser"):
        driver.action(tool)
        driver.drag((0.1, 0.9), (0.9, 0.9))
        driver.action("select")
        check(driver, path, program, tool, failed)
        back(driver)
    assert not failed, failed


@pytest.mark.parametrize("program", FILES)
def test_every_action_on_every_shape_of_the_file(opened: Any, program: str) -> None:
    driver, path = opened(program)
    before, failed = path.read_bytes(), []
    actions = driver.window.actions_
    for index in range(len(driver.session.document.shapes)):
        for name in BY_ONE:
            driver.session.select((driver.session.document.shapes[index].id,))
            driver.app.processEvents()
            if actions[name].isEnabled():
                driver.action(name)
                check(driver, path, program, f"{name} {index}", failed)
                back(driver)
    for name in (*BY_ALL, *WHOLE):
        driver.session.select(shape.id for shape in driver.session.document.shapes)
        driver.app.processEvents()
        if actions[name].isEnabled():
            driver.action(name)
            check(driver, path, program, name, failed)
            back(driver)
    assert not failed, failed
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("program", "tool", "said"),
    [
        ("anylabeling", "brush", "AnyLabeling cannot open files with shapes of kind mask"),
        ("anylabeling", "rotation", "AnyLabeling cannot open files with shapes of kind rotation"),
        ("x-anylabeling", "points", "X-AnyLabeling cannot open files with shapes of kind points"),
        ("labelme", "cuboid", "labelme cannot open files with shapes of kind cuboid"),
    ],
)
def test_what_the_program_cannot_open_is_said_before_it_is_saved(
    opened: Any, program: str, tool: str, said: str
) -> None:
    driver, path = opened(program)
    before = path.read_bytes()
    at: list[bytes] = []
    driver.session.message.connect(lambda level, *_: at.append(path.read_bytes()) if level == "warning" else None)
    if tool == "brush":
        driver.action(tool)
        driver.drag((0.1, 0.9), (0.9, 0.9))
    else:
        draw(driver, tool)
    level, text, action = driver.messages[-1]
    assert level == "warning" and said in text and "photo.json" in text
    assert at == [before], "said once, before anything was written"
    driver.wait()
    assert path.read_bytes() != before
    action.run()
    driver.wait()
    assert path.read_bytes() == before
    draw(driver, "rectangle")
    driver.wait()
    assert len(driver.texts("warning")) == 1


def test_a_hole_in_a_polygon_of_anylabeling_is_said(opened: Any) -> None:
    driver, path = opened("anylabeling")
    driver.canvas.setFocus()
    draw(driver, "polygon")
    driver.action("cut_hole")
    for spot in [(0.82, 0.12), (0.88, 0.12), (0.88, 0.2)]:
        driver.click(*spot)
    driver.press("Return")
    driver.wait()
    assert any("AnyLabeling does not show the holes of polygons" in text for text in driver.texts("warning"))
    assert "holes" in json.loads(path.read_text("utf-8"))["shapes"][-1]
