"""Pictures of the real window on the sample photos, for README and guide: ``python3 dev.py screenshots``."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "resources" / "samples"
SIZES = {"1920": (1920, 1080), "1366": (1366, 768)}
WAIT_S = 60.0


def program(*words: object) -> None:
    """One of the program's own commands."""
    command = [sys.executable, "-m", "anylabel_plus", *map(str, words)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_dataset(folder: Path) -> Path:
    """The sample photos with the boxes drawn by hand and masks made from them."""
    dataset = folder / "portraits"
    program("import", "voc", SAMPLES / "voc", dataset, "--images", SAMPLES / "images")
    program("enrich", dataset, "--boxes-to-masks", "--replace", "--labels", "mission patch,orbiter,eye,cup,rocket")
    (dataset / "coins.jpg").write_bytes((SAMPLES / "images" / "coins.jpg").read_bytes())
    return dataset


def until(app: Any, condition: Callable[[], bool]) -> None:
    """Run the event loop until ``condition`` holds."""
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("the window did not come to rest")
        app.processEvents()
        time.sleep(0.005)


def settle(app: Any, session: Any) -> None:
    """Nothing pending, and whatever is drawn in slices is drawn."""
    until(app, lambda: session.is_idle)
    end = time.monotonic() + 1.0
    until(app, lambda: time.monotonic() > end)


def shoot(window: Any, path: Path) -> None:
    """Save what the window shows."""
    window.grab().save(str(path))
    print(path)


def pictures(out: Path, dataset: Path, theme: str, name: str) -> None:
    """Welcome page, a prompt with candidates, and the folder dialogs in one theme and size."""
    from anylabel_plus.settings import Settings
    from anylabel_plus.ui.app import build
    from anylabel_plus.ui.requests import open_job_dialog

    Settings().set("appearance.theme", theme)
    app, window = build([])
    session = window.session
    window.showNormal()
    window.resize(*SIZES[name])
    settle(app, session)
    shoot(window, out / f"welcome-{theme}-{name}.png")
    session.open_image(dataset / "portrait.jpg")
    settle(app, session)
    session.set_label("helmet")
    session.set_tool("assist_point")
    session.set_prompt_box((277.0, 343.0, 512.0, 512.0))
    settle(app, session)
    for x, y, label in ((350, 430, 1), (298, 352, 0)):
        session.add_prompt_point(x, y, label)
        settle(app, session)
    until(app, lambda: bool(session.candidates))
    settle(app, session)
    shoot(window, out / f"main-{theme}-{name}.png")
    session.clear_prompt()
    for job in ("autolabel", "export"):
        dialog = open_job_dialog(window, session, job)
        settle(app, session)
        shoot(dialog, out / f"{job}-{theme}-{name}.png")
        dialog.close()
    window.close()
    settle(app, session)


def screen(name: str) -> list[str]:
    """A virtual screen of this size where there is xvfb: the layout follows the screen."""
    width, height = SIZES[name]
    return ["xvfb-run", "-a", "-s", f"-screen 0 {width}x{height}x24"] if shutil.which("xvfb-run") else []


def main() -> None:
    """All pictures, or those of one theme and size (each in a process of its own)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--one", nargs=3, metavar=("THEME", "SIZE", "DATASET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.one:
        theme, size, dataset = options.one
        pictures(options.out, Path(dataset), theme, size)
        sys.stdout.flush()
        os._exit(0)
    with tempfile.TemporaryDirectory() as name:
        os.environ["ANYLABEL_PLUS_HOME"] = str(Path(name) / "home")
        dataset = make_dataset(Path(name))
        for theme in ("dark", "light"):
            for size in SIZES:
                command = [sys.executable, __file__, "--out", str(options.out), "--one", theme, size, str(dataset)]
                subprocess.run([*screen(size), *command], check=True)


if __name__ == "__main__":
    main()
