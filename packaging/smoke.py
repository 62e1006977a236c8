"""Tries the packaged program as a user would: command line, window, worker, prompt, save, export, quit.

Usage: ``python3 dev.py smoke [PROGRAM]``. Needs a display (the task brings Xvfb) and xdotool.
Standard library only: it runs outside the program's own environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "dist" / "anylabel-plus" / ("anylabel-plus.exe" if os.name == "nt" else "anylabel-plus")
SAMPLE = ROOT / "resources" / "samples" / "images" / "portrait.jpg"
WAIT_S = 60.0


def check(condition: object, text: str) -> None:
    """Say what was seen, or end."""
    print(("ok    " if condition else "FAIL  ") + text, flush=True)
    if not condition:
        raise SystemExit(1)


def wait_for(what: Callable[[], object], text: str) -> None:
    """Poll until ``what`` is true."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if what():
            break
        time.sleep(0.1)
    check(what(), text)


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """One command of the packaged program."""
    return subprocess.run([str(program()), *map(str, words)], capture_output=True, text=True, check=False)


def program() -> Path:
    """The executable under test."""
    return Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PROGRAM


def command_line(folder: Path) -> None:
    """info, segment and a usage error."""
    info = run("info", "--json")
    check(info.returncode == 0 and json.loads(info.stdout), "info --json")
    mask = folder / "mask.png"
    answer = run("segment", SAMPLE, "--box", "181,74,272,189", "--out", mask, "--json")
    check(answer.returncode == 0, f"segment ends well {answer.stderr[-300:]}")
    check(json.loads(answer.stdout)["candidates"][0]["area"] > 100, "segment gives a mask")
    check(mask.read_bytes().startswith(b"\x89PNG"), "segment writes a PNG")
    check(run("segment", SAMPLE, "--box", "nonsense").returncode == 2, "a usage error exits with 2")
    check(run("segment", folder / "missing.jpg", "--box", "1,1,9,9").returncode == 1, "a missing file exits with 1")


def xdotool(*words: object) -> str:
    """Keys and mouse of the real display."""
    return subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True, check=True).stdout


def worker_of(pid: int) -> list[str]:
    """Command lines of the window's child processes."""
    found = subprocess.run(["ps", "-o", "args=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.splitlines()


def window_of(pid: int) -> str:
    """X id of the program's largest visible window, or an empty string."""
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--pid", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    areas = []
    for window in found:
        rows = dict(line.split("=") for line in xdotool("getwindowgeometry", "--shell", window).split() if "=" in line)
        areas.append((int(rows["WIDTH"]) * int(rows["HEIGHT"]), window))
    return max(areas)[1] if areas and max(areas)[0] > 100_000 else ""


def window(folder: Path) -> None:
    """Open the samples, click an object, accept, save, quit; then export what was saved."""
    dataset = folder / "dataset"
    dataset.mkdir()
    shutil.copy(SAMPLE, dataset / SAMPLE.name)
    log = (folder / "window.log").open("w")
    process = subprocess.Popen([str(program()), str(dataset)], stdout=log, stderr=log)
    try:
        wait_for(lambda: window_of(process.pid), "the window opens")
        time.sleep(3)
        shape = window_of(process.pid)
        rows = dict(line.split("=") for line in xdotool("getwindowgeometry", "--shell", shape).split() if "=" in line)
        # Middle of the canvas: left of the docks, between option bar and status bar.
        x = int(rows["X"]) + (int(rows["WIDTH"]) - 300) // 2
        y = int(rows["Y"]) + int(rows["HEIGHT"]) // 2
        # Without a window manager, a click gives the window the keyboard.
        xdotool("mousemove", x, y, "click", 1)
        time.sleep(0.5)
        xdotool("key", "q")
        time.sleep(0.5)
        xdotool("mousemove", x + 5, y + 5, "click", 1)
        wait_for(lambda: worker_of(process.pid), "the worker process starts from the program")
        time.sleep(6)
        xdotool("key", "f")
        label = dataset / "portrait.json"
        wait_for(label.exists, "the accepted mask is saved")
        time.sleep(1)
        shapes = json.loads(label.read_text(encoding="utf-8"))["shapes"]
        check(len(shapes) == 1 and shapes[0]["provenance"]["source"] == "model", "it is one shape, made by a model")
        xdotool("key", "ctrl+q")
        wait_for(lambda: process.poll() is not None, "the program quits")
        check(process.returncode == 0, "with exit code 0")
    finally:
        if process.poll() is None:
            process.kill()
        log.close()
        print((folder / "window.log").read_text()[-2000:], file=sys.stderr)
    export = run("export", "coco", dataset, folder / "coco", "--json")
    check(export.returncode == 0, f"export {export.stderr[-300:]}")
    data = json.loads(next((folder / "coco").rglob("*.json")).read_text(encoding="utf-8"))
    check(len(data["annotations"]) == 1 and data["annotations"][0]["area"] > 10, "COCO holds the instance")


def main() -> None:
    """Everything, in a folder of its own."""
    check(program().exists(), f"the program is built: {program()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ANYLABEL_PLUS_HOME"] = str(folder / "home")
        for key in ("QT_QPA_PLATFORM", "XDG_CURRENT_DESKTOP", "QT_QPA_PLATFORMTHEME"):
            os.environ.pop(key, None)
        command_line(folder)
        window(folder)
    print("smoke test passed")


if __name__ == "__main__":
    main()
