"""Task: look through a folder that takes no files; edits are kept and can be written elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from window_driver import Driver

from anylabel_plus import files
from anylabel_plus.formats import native


def test_the_badge_says_so_and_no_edit_is_lost(
    open_window: Callable[..., Driver], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = [True]
    ask, write = os.access, files.write_atomic

    def access(path: Any, mode: int, **more: Any) -> bool:
        return not (locked[0] and mode == os.W_OK and Path(path) == folder) and ask(path, mode, **more)

    def refuse(path: Path, data: bytes, **more: Any) -> None:
        if locked[0] and Path(path).parent == folder:
            raise PermissionError(13, "Permission denied", str(path))
        write(path, data, **more)

    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr(files, "write_atomic", refuse)
    driver = open_window(str(folder))
    badge = driver.find("read_only_badge")
    driver.until(badge.isVisible, "the badge")
    driver.session.set_label("thing")
    driver.keys(Qt.Key.Key_R)
    driver.drag((0.3, 0.3), (0.6, 0.6))
    driver.until(lambda: driver.session.save_state == "not_saved", "the refusal")
    assert "image_0.json: was not saved (Permission denied)" in driver.texts("error")[-1]
    copy = driver.session.save_copy(tmp_path / "elsewhere.json")
    assert copy is not None
    assert len(native.read(copy).shapes) == 1
    assert not list(folder.glob("*.json"))
    locked[0] = False
    driver.session.save_all()
    driver.wait()
    assert len(driver.saved(folder / "image_0.png").shapes) == 1
    driver.session.look_outside()
    driver.until(lambda: not badge.isVisible(), "the end of the badge")
