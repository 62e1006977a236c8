"""Pictures in the real window: the switch of 12-megapixel photos, and a huge picture. Prints one JSON object.

``python benchmarks/pictures.py`` makes six photos and measures from the key to the painted, complete picture;
``python benchmarks/pictures.py FILE`` opens a huge file as well: first sight, complete, panning, and the peak memory.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

PHOTOS, WIDTH, HEIGHT = 6, 4000, 3000
PAN_STEPS = 40


def make_photos(folder: Path) -> None:
    """Photos of the size that phones take."""
    import cv2
    import numpy as np

    random = np.random.default_rng(0)
    for number in range(PHOTOS):
        small = random.integers(0, 256, (60, 80, 3), dtype=np.uint8)
        photo = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        noise = random.integers(0, 12, photo.shape, dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), cv2.add(photo, noise), [cv2.IMWRITE_JPEG_QUALITY, 90])


class Watch:
    """Runs the window's event loop until something holds."""

    def __init__(self, *argv: str) -> None:
        from anylabel_plus.ui.app import build

        self.app, self.window = build(argv)
        self.session = self.window.session
        self.canvas: Any = self.window.findChild(object, "canvas")
        self.window.resize(1920, 1080)
        self.window.show()

    def until(self, condition: Callable[[], bool], patience_s: float = 300.0) -> float:
        """Seconds until ``condition`` holds."""
        start = time.perf_counter()
        while not condition():
            if time.perf_counter() - start > patience_s:
                raise TimeoutError
            self.app.processEvents()
            time.sleep(0.0005)
        return time.perf_counter() - start

    def painted(self) -> bool:
        """Whether the complete picture is on the canvas."""
        picture = self.session.picture
        return picture is not None and picture.complete and self.session.is_idle and self.canvas.finished


def peak_mb() -> int:
    """The most memory this process has held."""
    import resource

    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) >> 10


def switches(folder: Path) -> dict[str, Any]:
    """Milliseconds from the key that asks for the next photo to the painted photo, neighbours loaded before."""
    watch = Watch(str(folder))
    watch.until(watch.painted)
    times = [_switch(watch) for _ in range(PHOTOS - 1)]
    watch.window.close()
    return {"switch_ms": [round(value, 1) for value in times], "median_ms": round(statistics.median(times), 1)}


def _switch(watch: Watch) -> float:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    session = watch.session
    following = session.files[session.row + 1].image
    watch.until(lambda: any(wish[0] == following for wish in session._loader._kept), 30)
    start = time.perf_counter()
    QTest.keyClick(watch.canvas, Qt.Key.Key_D)
    watch.until(lambda: session.image_path == following and _shown(watch))
    return (time.perf_counter() - start) * 1000


def _shown(watch: Watch) -> bool:
    picture = watch.session.picture
    return picture is not None and picture.complete and bool(watch.canvas.finished)


def _rests(tiles: Any) -> bool:
    """Whether no tile is asked for or being read."""
    return not tiles._waiting and tiles._thread is None


def huge(path: Path) -> dict[str, Any]:
    """A huge picture: how long until something and everything is seen, how panning goes, how much memory."""
    start = time.perf_counter()
    watch = Watch(str(path))
    watch.until(lambda: watch.session.picture is not None)
    first = time.perf_counter() - start
    watch.until(watch.painted)
    complete = time.perf_counter() - start
    watch.canvas.zoom_to(1.0)
    frames, waits = [], []
    for step in range(PAN_STEPS):
        watch.canvas.pan_by(-700 if step % 8 < 6 else 4000, -350)
        begin = time.perf_counter()
        watch.canvas.repaint()
        frames.append((time.perf_counter() - begin) * 1000)
        tiles = watch.session.picture.levels[0].tiles
        waits.append(watch.until(lambda: _rests(tiles)) * 1000)  # noqa: B023 (called at once)
    watch.window.close()
    return {
        "first_sight_s": round(first, 2),
        "complete_s": round(complete, 2),
        "frame_ms": {"median": round(statistics.median(frames), 1), "worst": round(max(frames), 1)},
        "sharp_after_ms": {"median": round(statistics.median(waits), 1), "worst": round(max(waits), 1)},
        "peak_mb": peak_mb(),
    }


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps({"file": sys.argv[1], **huge(Path(sys.argv[1]))}))
        return
    with tempfile.TemporaryDirectory() as folder:
        make_photos(Path(folder))
        print(json.dumps({"photos": f"{WIDTH} x {HEIGHT}", **switches(Path(folder))}))


if __name__ == "__main__":
    main()
