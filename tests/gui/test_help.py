"""Task: read the guide without a network, look up a word, copy what a report needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPushButton

from anylabel_plus import __version__, paths
from anylabel_plus.ui.dialogs.about_dialog import AboutDialog
from anylabel_plus.ui.dialogs.guide_dialog import GuideDialog, pages, title_of

Open = Callable[..., Any]


def test_the_guide_is_shown_and_searched(open_window: Open) -> None:
    driver = open_window()
    driver.canvas.setFocus()
    driver.action("guide")
    guide = driver.window.findChild(GuideDialog)
    text = guide.text.toPlainText()
    assert "I want to" in text and "**" not in text
    guide.search.setText("i WANT to")
    assert guide.text.textCursor().selectedText() == "I want to"
    guide.search.setText("no such words in it")
    assert "is not on this page" in guide.note.text()
    driver.action("guide")
    assert driver.window.findChildren(GuideDialog) == [guide]
    guide.close()


def test_pages_come_in_the_language_with_pictures_and_links(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anylabel_plus import images

    (tmp_path / "guide" / "en").mkdir(parents=True)
    (tmp_path / "guide" / "en" / "01-start.md").write_text("# Start\n\n![wide](wide.png)\n\nGo [on](02-more.md).\n")
    (tmp_path / "guide" / "en" / "02-more.md").write_text("no heading\n")
    import numpy as np

    (tmp_path / "guide" / "en" / "wide.png").write_bytes(images.encode_png(np.full((40, 3000, 3), 90, np.uint8)))
    monkeypatch.setattr(paths, "docs", tmp_path.joinpath)
    assert [path.name for path in pages("vi")] == ["01-start.md", "02-more.md"]
    assert title_of("x\n# A title \n", Path("a.md")) == "A title"
    driver = open_window()
    driver.action("guide")
    guide = driver.window.findChild(GuideDialog)
    picture = next(
        part.charFormat().toImageFormat()
        for block in _blocks(guide.text.document())
        for part in block
        if part.charFormat().isImageFormat()
    )
    assert 0 < picture.width() <= guide.text.viewport().width()
    guide.text.anchorClicked.emit(QUrl("02-more.md"))
    assert guide.text.toPlainText() == "no heading"
    assert guide.contents.current() == 1
    guide.close()


def test_paragraphs_have_room_and_code_keeps_together(open_window: Open) -> None:
    driver = open_window()
    driver.action("guide")
    guide = driver.window.findChild(GuideDialog)
    names = [path.name for path in pages("en")]
    guide.contents.choose(names.index("17-command-line.md"))
    block = guide.text.document().begin()
    gaps: dict[str, list[float]] = {"code": [], "text": []}
    while block.isValid():
        look = block.blockFormat()
        kind = "code" if look.hasProperty(QTextFormat.Property.BlockCodeFence) else "text"
        if QTextCursor(block).currentTable() is None and block.text():
            gaps[kind].append(look.bottomMargin())
        block = block.next()
    assert gaps["code"] and set(gaps["code"]) == {0.0}
    assert gaps["text"] and min(gaps["text"]) > 0
    guide.close()


def _blocks(document: Any) -> Any:
    block = document.begin()
    while block.isValid():
        parts, spot = [], block.begin()
        while not spot.atEnd():
            parts.append(spot.fragment())
            spot += 1
        yield parts
        block = block.next()


def test_details_for_a_report_are_copied(open_window: Open) -> None:
    driver = open_window()
    driver.action("about")
    about = driver.window.findChild(AboutDialog)
    assert f"AnyLabel Plus {__version__}: Apache-2.0" in about.parts.as_text()
    about.findChild(QPushButton, "about_copy").click()
    text = QGuiApplication.clipboard().text()
    assert f"AnyLabel Plus {__version__}" in text and "Keys: AnyLabeling" in text
    about.close()
