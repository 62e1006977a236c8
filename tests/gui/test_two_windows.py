"""Two programs on one folder: neither overwrites the other unasked, and both histories are kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anylabel_plus.dataset import versions
from anylabel_plus.formats import native
from anylabel_plus.ui import decisions

Open = Callable[..., Any]

OTHER = """
import sys
sys.path.insert(0, sys.argv[2])
from window_driver import Driver
driver = Driver(sys.argv[1])
for number in range(3):
    driver.session.set_label(f"theirs {number}")
    driver.action("rectangle")
    driver.drag((0.1, 0.1 + 0.2 * number), (0.3, 0.25 + 0.2 * number))
    driver.action("save")
    driver.wait()
assert driver.close()
"""


def test_two_real_processes_edit_one_image(open_window: Open, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, path = folder / "image_0.png", folder / "image_0.json"
    driver = open_window(str(image))
    driver.session.set_label("mine")
    driver.action("rectangle")
    driver.drag((0.5, 0.5), (0.7, 0.7))
    driver.wait()
    driver.session._look_timer.stop()
    call = [sys.executable, "-c", OTHER, str(image), str(Path(__file__).parent)]
    assert subprocess.run(call, check=False, timeout=120).returncode == 0
    asked: list[str] = []

    def merge(_parent: object, session: Any, file: Any) -> tuple[str, Any]:
        from anylabel_plus.ui.dialogs.conflict_dialog import compare

        asked.append(file.path.name)
        return "merge", compare(file, file.saved, file.document, set(), None)

    monkeypatch.setattr(decisions, "ask_conflict", merge)
    driver.drag((0.75, 0.75), (0.9, 0.9))
    driver.wait()
    assert asked == ["image_0.json"]
    assert sorted(shape.label for shape in native.read(path).shapes) == [
        "mine", "mine", "theirs 0", "theirs 1", "theirs 2",
    ]  # fmt: skip
    kept = [row for row in versions.listed(path) if row.data is not None]
    assert len({row.session for row in kept}) == 2
    assert driver.close()
