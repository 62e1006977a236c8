#!/usr/bin/env python3
"""Measure the real window against its bars: many shapes, a huge picture, a huge folder. Prints JSON.

    python benchmarks/window.py [shapes] [image] [folder] [--data FOLDER]

Times are CPU time of the GUI thread, medians. Without ``--data`` the data is made in a temporary
folder. The exit code is 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if not os.environ.get("DISPLAY") and sys.platform.startswith("linux"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

Numbers = dict[str, float]
BARS: dict[str, float] = {
    "repaint_ms": 3.0,
    "hover_ms": 1.0,
    "snapping_move_ms": 1.0,
    "vertex_drag_ms": 5.0,
    "vertex_release_ms": 1.0,
    "render_all_ms": 400.0,
    "longest_block_ms": 100.0,
    "open_block_ms": 60.0,
    "fit_repaint_ms": 3.0,
    "added_peak_share": 1.3,
    "next_100k_to_1k": 1.5,
}
"""Most that each figure may be; figures without a bar are for information."""


def cpu_ms(work: Callable[[], object], rounds: int = 1) -> float:
    """Median CPU time of the calling thread for one call, in ms."""
    times = []
    for _ in range(rounds):
        start = time.thread_time()
        work()
        times.append((time.thread_time() - start) * 1e3)
    return statistics.median(times)


class Bench:
    """The window through its adapter, at a fixed size."""

    def __init__(self) -> None:
        from adapter import Adapter

        self.ad = Adapter()
        self.ad.start()
        self.ad.win.showNormal()
        self.ad.win.resize(1600, 1000)
        self.longest_ms = 0.0
        self.wait(lambda: False, 1.0)

    def wait(self, done: Callable[[], bool], seconds: float = 120.0) -> None:
        """Run the event loop until ``done`` or for ``seconds``; notes the longest turn."""
        end = time.perf_counter() + seconds
        while not done() and time.perf_counter() < end:
            start = time.thread_time()
            self.ad.app.processEvents()
            self.longest_ms = max(self.longest_ms, (time.thread_time() - start) * 1e3)
            time.sleep(0.001)

    def settle(self) -> None:
        """Until the session is idle and the canvas has drawn everything."""
        self.wait(lambda: bool(self.ad.session.is_idle) and self.ad.canvas.finished)
        self.wait(lambda: False, 0.2)

    def mouse(self, kind: str, x: float, y: float, button: str = "NoButton", held: str = "NoButton") -> None:
        """Send a mouse event at an image position."""
        core, gui, canvas = self.ad.QtCore, self.ad.QtGui, self.ad.canvas
        at = canvas.widget_from_image(x, y)
        event = gui.QMouseEvent(
            getattr(core.QEvent.Type, f"Mouse{kind}"),
            at,
            core.QPointF(canvas.mapToGlobal(at)),
            getattr(core.Qt.MouseButton, button),
            getattr(core.Qt.MouseButton, held),
            core.Qt.KeyboardModifier.NoModifier,
        )
        self.ad.app.sendEvent(canvas, event)


def memory_mb(key: str) -> float:
    """A line of /proc/self/status in MB; nan where there is none."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(key)), float("nan"))


def shapes(bench: Bench, data: Path) -> Numbers:
    """5,000 polygons with 50 points each."""
    ad, canvas = bench.ad, bench.ad.canvas
    start = time.process_time()
    ad.load(str(data / "shapes5000" / "s.jpg"))
    bench.longest_ms = 0.0
    bench.wait(lambda: len(ad.shapes()) == 5000)
    numbers: Numbers = {"load_s": time.process_time() - start}
    bench.settle()
    numbers["open_block_ms"] = bench.longest_ms
    numbers["repaint_ms"] = cpu_ms(canvas.repaint, 10)
    rng = random.Random(1)
    places = [(rng.uniform(5, 1900), rng.uniform(5, 1070)) for _ in range(40)]
    bench.mouse("Move", *places[0])
    numbers["hover_ms"] = statistics.median(cpu_ms(lambda at=at: bench.mouse("Move", *at)) for at in places)
    shape = ad.shapes()[2500]
    x, y = shape["points"][0]
    bench.mouse("Move", x, y)
    bench.mouse("ButtonPress", x, y, "LeftButton", "LeftButton")
    steps = [(x + 1 + step, y + 1) for step in range(10)]
    drags = [cpu_ms(lambda at=at: bench.mouse("Move", *at, held="LeftButton")) for at in steps]
    numbers["vertex_drag_ms"] = statistics.median(drags)
    numbers["vertex_release_ms"] = cpu_ms(lambda: bench.mouse("ButtonRelease", *steps[-1], "LeftButton"))
    assert shape["points"][0] != [x, y], "nothing was dragged"
    ad.session.set_tool("polygon")
    bench.mouse("ButtonPress", *places[0], "LeftButton", "LeftButton")
    bench.mouse("ButtonRelease", *places[0], "LeftButton")
    numbers["snapping_move_ms"] = statistics.median(cpu_ms(lambda at=at: bench.mouse("Move", *at)) for at in places)
    ad.session.set_tool("select")
    bench.settle()
    bench.longest_ms = 0.0
    start = time.thread_time()
    canvas.zoom_to(canvas.scale * 1.15)
    bench.wait(lambda: canvas.finished)
    numbers["render_all_ms"] = (time.thread_time() - start) * 1e3
    numbers["longest_block_ms"] = bench.longest_ms
    return numbers


def image(bench: Bench, data: Path) -> Numbers:
    """A JPEG of 102 megapixels."""
    ad, canvas = bench.ad, bench.ad.canvas
    before = memory_mb("VmRSS")
    if Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    path = data / "big100mp" / "big100mp.jpg"
    ad.load(str(path))
    bench.wait(lambda: ad.session.image_path == path)
    numbers: Numbers = {"preview_s": time.perf_counter() - start}
    bench.wait(lambda: ad.session.picture.complete)
    numbers["complete_s"] = time.perf_counter() - start
    picture = ad.session.picture
    added = (memory_mb("VmHWM") - before) * 2**20
    numbers["added_peak_share"] = added / (picture.width * picture.height * 4)
    bench.settle()
    numbers["fit_repaint_ms"] = cpu_ms(canvas.repaint, 10)
    canvas.zoom100()
    bench.settle()
    numbers["pan_1_to_1_ms"] = cpu_ms(lambda: (canvas.pan_by(-13, -7), canvas.repaint()), 20)
    return numbers


def folder(bench: Bench, data: Path) -> Numbers:
    """Folders of 1,000 and 100,000 images."""
    ad = bench.ad
    numbers: Numbers = {}
    for name in ("dir1k", "dir100k"):
        bench.longest_ms = 0.0
        start = time.process_time()
        ad.open_dir(str(data / name))
        bench.wait(lambda: bool(ad.session.is_idle))
        numbers[f"{name}_open_s"] = time.process_time() - start
        numbers["longest_block_ms"] = max(bench.longest_ms, numbers.get("longest_block_ms", 0.0))
        times = []
        for _ in range(8):
            path, begin = ad.session.image_path, time.thread_time()
            ad.next()
            while ad.session.image_path == path:
                ad.app.processEvents()
                time.sleep(0.0005)
            ad.canvas.repaint()
            times.append((time.thread_time() - begin) * 1e3)
        numbers[f"{name}_next_ms"] = statistics.median(times)
    numbers["next_100k_to_1k"] = numbers["dir100k_next_ms"] / numbers["dir1k_next_ms"]
    return numbers


PARTS: dict[str, tuple[Callable[[Bench, Path], Numbers], str]] = {
    "shapes": (shapes, "shapes"),
    "image": (image, "big"),
    "folder": (folder, "folders"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; none: all")
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    asked.parts = asked.parts or list(PARTS)
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"unknown part {min(unknown)}")
    sys.path.insert(0, str(Path(__file__).parent))
    with tempfile.TemporaryDirectory() as home:
        os.environ["ANYLABEL_PLUS_HOME"] = home
        root = asked.data or Path(home)
        make_missing(root, asked.parts)
        bench = Bench()
        result: dict[str, Any] = {name: PARTS[name][0](bench, root / "data") for name in asked.parts}
        bench.ad.session.shut_down()
    missed = [
        f"{part}.{key}: {value:.2f} > {BARS[key]}"
        for part, numbers in result.items()
        for key, value in numbers.items()
        if value > BARS.get(key, float("inf"))
    ]
    print(json.dumps({**result, "missed": missed}, indent=2, default=float))
    sys.stdout.flush()
    os._exit(1 if missed else 0)


def make_missing(root: Path, parts: list[str]) -> None:
    """Make the data that is not there yet."""
    import make_data

    wanted = {"shapes": "shapes5000", "image": "big100mp", "folder": "dir100k"}
    for part in parts:
        if not (root / "data" / wanted[part]).exists():
            make_data.PARTS[PARTS[part][1]](root / "data")


if __name__ == "__main__":
    main()
