"""After a crash the window shows what it showed; after a usual end it does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anylabel_plus import files, paths
from anylabel_plus.ui.app import go_back
from anylabel_plus.ui.last_place import LastPlace

Open = Callable[..., Any]


def crash_at(folder: Path, image: Path) -> None:
    """A process that ends while it shows ``image``."""
    script = (
        "import os, sys; from pathlib import Path; from anylabel_plus.ui.last_place import LastPlace\n"
        "place = LastPlace(); place.note(Path(sys.argv[1]), None)\n"
        "place.note(Path(sys.argv[1]), Path(sys.argv[2])); os._exit(9)"
    )
    call = [sys.executable, "-c", script, str(folder), str(image)]
    assert subprocess.run(call, check=False).returncode == 9


def test_the_image_of_the_crash_is_shown_again(open_window: Open, folder: Path) -> None:
    crash_at(folder, folder / "image_3.png")
    driver = open_window()
    place = LastPlace()
    go_back(driver.session, place)
    driver.wait()
    assert driver.session.image_path == folder / "image_3.png"
    assert any("unexpectedly" in text for text in driver.texts("info"))
    assert driver.close()
    place.close()
    assert not list(paths.user_state("open").iterdir())


def test_an_image_that_was_asked_for_goes_first(open_window: Open, folder: Path) -> None:
    crash_at(folder, folder / "image_3.png")
    driver = open_window(str(folder / "image_1.png"))
    place = LastPlace()
    go_back(driver.session, place)
    driver.wait()
    assert driver.session.image_path == folder / "image_1.png"
    place.close()
    assert driver.close()


def test_a_living_window_keeps_its_place(folder: Path) -> None:
    living, other = LastPlace(), LastPlace()
    living.note(folder, folder / "image_0.png")
    assert other.take_left() is None
    living.close()
    assert other.take_left() is None


def test_what_the_dead_left_in_the_hidden_folder_is_swept(open_window: Open, folder: Path) -> None:
    hidden = folder / ".anylabel_plus" / "versions"
    hidden.mkdir(parents=True)
    for parent in (hidden.parent, hidden):
        name = files.temporary_beside(parent / "x").name
        (parent / name.replace(name.split("-")[2], "999999999", 1)).write_bytes(b"half")
    driver = open_window(str(folder))
    driver.until(lambda: not list(folder.rglob(".anylabel-tmp-*")), "the sweep")
    assert driver.close()
