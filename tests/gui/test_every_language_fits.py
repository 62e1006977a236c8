"""Task: work in any language on a small screen: nothing is cut off, everything has a name and can be hit."""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import window_audit
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from window_driver import Driver

from anylabel_plus.settings import Settings
from anylabel_plus.ui import language
from anylabel_plus.ui.actions import BY_ID

ROOT = Path(__file__).resolve().parents[2]
SMALL, LARGE = (1366, 768), (1920, 1080)
LONGER = 0.4
"""A long language takes this much more room than English."""
DENSE = 0.6
"""Characters of a language of ideographs for each English letter; more than Chinese, Japanese or Korean take."""
PSEUDO = {"long words": "vi", "ideographs": "zh_CN"}
TOOLS = ("select", "polygon", "brush", "wand", "assist_point", "assist_box")
DIALOGS = ("settings", "keys", "about", "guide", "manage_labels", "statistics", "job_import", "job_export",
           "job_autolabel", "job_enrich", "job_rollback", "versions")  # fmt: skip


def texts() -> list[str]:
    """Every text of the window, from the tool that collects them."""
    spec = importlib.util.spec_from_file_location("translations", ROOT / "packaging" / "translations.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found: list[str] = module.texts()
    return found


def pseudo(text: str, code: str) -> str:
    """``text`` in a language that takes as much room as the widest real one; placeholders stay."""
    if code == "vi":
        letters = len(re.sub(r"\{[^}]*\}", "", text))
        return f"{text} {('lorem ipsum dolor sit amet ' * 12)[: math.ceil(LONGER * letters)].strip()}"
    parts = re.split(r"(\{[^}]*\})", text)
    return "".join(
        part if part[:1] == "{" else ("标注图像形状测试文字" * 40)[: math.ceil(DENSE * len(part))] for part in parts
    )


@pytest.fixture(params=["long words", "ideographs", *language.LANGUAGES])
def spoken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[str]:
    """The code of a language in use: a real one, or a pseudo-language in its place."""
    code: str = PSEUDO.get(request.param, request.param)
    if request.param in PSEUDO:
        catalogue = {text: pseudo(text, code) for text in texts()}
        monkeypatch.setattr(language, "read_catalogue", lambda asked: catalogue if asked == code else {})
    Settings().set("appearance.language", code)
    yield code
    language.use("en")


def settle() -> None:
    for _ in range(4):
        QApplication.processEvents()


def check(top: QWidget, where: str) -> None:
    settle()
    found = [*window_audit.clipped(top), *window_audit.nameless(top), *window_audit.small(top)]
    assert not found, where + ":\n" + "\n".join(found)


def dialogs(driver: Driver) -> Iterator[tuple[str, QDialog]]:
    """Each dialog in turn, shown."""
    for action in DIALOGS:
        if action not in BY_ID or not driver.window.actions_[action].isEnabled():
            continue
        driver.action(action)
        settle()
        for dialog in driver.window.findChildren(QDialog):
            if dialog.isVisible():
                yield action, dialog
                dialog.close()
                settle()


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["1366x768", "1920x1080"])
def test_the_window_in_every_language(
    open_window: Callable[..., Driver], folder: Path, spoken: str, size: tuple[int, int]
) -> None:
    driver = open_window()
    assert language.current() == spoken
    driver.window.resize(*size)
    check(driver.window, "welcome")
    driver.session.open_path(folder)
    driver.wait()
    settle()
    if language.read_catalogue.__name__ == "read_catalogue":
        assert not window_audit.elided_tabs(driver.window)  # with room for the real names, if not for longer ones
    for tool in TOOLS:
        driver.session.set_tool(tool)
        check(driver.window, f"with the tool {tool}")


def test_the_dialogs_in_every_language(open_window: Callable[..., Driver], folder: Path, spoken: str) -> None:
    driver = open_window(str(folder))
    driver.window.resize(*SMALL)
    seen = set()
    for action, dialog in dialogs(driver):
        seen.add(action)
        sections = getattr(dialog, "sections", None)
        for number in range(len(getattr(dialog, "_keys", ()))) if sections is not None else ():
            sections.choose(number)
            check(dialog, f"{action}, section {number}")
        check(dialog, action)
    assert {"settings", "keys", "about", "job_export"} <= seen
