#!/usr/bin/env python3
"""Measure brush strokes on a mask of 24 megapixels in the real window. Prints JSON.

    python benchmarks/painting.py

A move is the whole event with its repaint, in ms of the GUI thread; the exit code is 1 when a bar is
missed. The same strokes on a mask of 1 megapixel tell how much the size of the mask costs.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if not os.environ.get("DISPLAY") and sys.platform.startswith("linux"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np

if TYPE_CHECKING:
    from window import Bench

BARS = {"move_ms": 16.0, "move_p95_ms": 16.0, "press_ms": 100.0, "release_ms": 250.0, "added_mb": 200.0}
SIZES = {"24mp": (6000, 4000), "1mp": (1225, 816)}
STEPS = 60


def blobs(width: int, height: int) -> np.ndarray:
    """A bool mask of the whole frame with many parts and holes."""
    import cv2

    rng = np.random.default_rng(3)
    coarse = rng.random((height // 100 + 2, width // 100 + 2), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) > 0.4)


def picture(path: Path, width: int, height: int) -> None:
    """A photo-like JPEG."""
    import cv2

    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 255, (height // 40, width // 40, 3), dtype=np.uint8)
    cv2.imwrite(str(path), cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def stroke(bench: Bench, tool: str, size_px: int, scale: float) -> dict[str, float]:
    """One stroke across the middle of the view."""
    from window import cpu_ms, memory_mb

    canvas, session = bench.ad.canvas, bench.ad.session
    session.settings.set("paint.size_px", size_px, save=False)
    canvas.fit() if not scale else canvas.zoom_to(scale)
    session.set_tool(tool)
    bench.settle()
    (x0, y0) = canvas.image_from_widget(
        canvas.rect().topLeft().toPointF() * 0.5 + canvas.rect().center().toPointF() * 0.4
    )
    (x1, y1) = canvas.image_from_widget(canvas.rect().bottomRight().toPointF() * 0.8)
    ways = [(x0 + (x1 - x0) * k / STEPS, y0 + (y1 - y0) * k / STEPS) for k in range(STEPS + 1)]
    before = memory_mb("VmRSS")

    def event(kind: str, at: tuple[float, float], button: str, held: str) -> float:
        return cpu_ms(lambda: (bench.mouse(kind, *at, button, held), canvas.repaint()))

    bench.mouse("Move", *ways[0])
    press = event("ButtonPress", ways[0], "LeftButton", "LeftButton")
    moves = [event("Move", at, "NoButton", "LeftButton") for at in ways[1:]]
    peak = memory_mb("VmRSS")
    start = time.thread_time()
    bench.mouse("ButtonRelease", *ways[-1], "LeftButton")
    bench.longest_ms = 0.0
    canvas.repaint()
    release = (time.thread_time() - start) * 1e3
    bench.wait(lambda: canvas.finished)
    return {
        "press_ms": press,
        "move_ms": float(np.median(moves)),
        "move_p95_ms": float(np.percentile(moves, 95)),
        "release_ms": release,
        "after_longest_ms": bench.longest_ms,
        "added_mb": peak - before,
    }


def measure(bench: Bench, folder: Path, name: str) -> dict[str, dict[str, float]]:
    from anylabel_plus.core.document import add_shapes
    from anylabel_plus.core.edits import mask_fields
    from anylabel_plus.core.masks import Mask
    from anylabel_plus.core.shapes import make_shape

    width, height = SIZES[name]
    path = folder / f"{name}.jpg"
    picture(path, width, height)
    bench.ad.load(str(path))
    bench.wait(lambda: bench.ad.session.image_path == path and bench.ad.session.picture.complete)
    bench.settle()
    session = bench.ad.session
    shape = make_shape("mask", "a", **mask_fields(Mask(blobs(width, height))))
    session.apply("Add", lambda document: add_shapes(document, [shape]))
    session.select(session.document.shapes[-1].id for _ in range(1))
    bench.settle()
    share = width / SIZES["24mp"][0]
    cases = {"brush_fit": ("brush", 200, 0.0), "eraser_fit": ("eraser", 200, 0.0), "brush_100": ("brush", 200, 1.0)}
    return {
        case: stroke(bench, tool, max(1, round(size * share)), scale) for case, (tool, size, scale) in cases.items()
    }


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    with tempfile.TemporaryDirectory() as home:
        os.environ["ANYLABEL_PLUS_HOME"] = home
        folder = Path(home, "data")
        folder.mkdir()
        from window import Bench

        bench = Bench()
        result: dict[str, Any] = {name: measure(bench, folder, name) for name in SIZES}
        bench.ad.session.shut_down()
    large, small = result["24mp"], result["1mp"]
    result["move_24mp_to_1mp"] = {case: large[case]["move_ms"] / small[case]["move_ms"] for case in large}
    missed = [
        f"24mp.{case}.{key}: {value:.2f} > {BARS[key]}"
        for case, numbers in large.items()
        for key, value in numbers.items()
        if value > BARS.get(key, float("inf"))
    ]
    print(json.dumps({**result, "missed": missed}, indent=2, default=float))
    sys.stdout.flush()
    os._exit(1 if missed else 0)


if __name__ == "__main__":
    main()
