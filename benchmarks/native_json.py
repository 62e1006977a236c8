"""Label files of many polygons: what loading and saving cost. Prints one JSON object.

``python benchmarks/native_json.py [--polygons 5000] [--points 50 130]``; CPU seconds, the median of
five runs. ``gil_gap_ms`` is the longest time another thread had to wait while the file was read.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anylabel_plus.core.document import Document
from anylabel_plus.dataset.recovery import RecoveryLog
from anylabel_plus.formats import native

_RUNS = 5


def label_file(polygons: int, low: int, high: int) -> bytes:
    """A file as labelme writes it; the same for the same numbers."""
    rng = random.Random(0)
    shapes = []
    for number in range(polygons):
        count = rng.randint(low, high)
        points = [[round(rng.uniform(0, 6000), 3), round(rng.uniform(0, 4000), 3)] for _ in range(count)]
        rest: dict[str, Any] = {"group_id": None, "description": "", "shape_type": "polygon", "flags": {}, "mask": None}
        shapes.append({"label": f"class {number % 9}", "points": points, **rest})
    top: dict[str, Any] = {"version": "7.1.0", "flags": {}, "shapes": shapes, "imagePath": "a.jpg"}
    return json.dumps({**top, "imageData": None, "imageHeight": 4000, "imageWidth": 6000}, indent=2).encode()


def cpu(work: Callable[[], object]) -> float:
    """Median CPU seconds of a few runs."""
    seconds = []
    for _ in range(_RUNS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return round(statistics.median(seconds), 4)


def gil_gap(work: Callable[[], object]) -> float:
    """Longest milliseconds between two ticks of this thread while ``work`` runs in another."""
    thread = threading.Thread(target=work)
    thread.start()
    worst, last = 0.0, time.perf_counter()
    while thread.is_alive():
        time.sleep(0.001)
        now = time.perf_counter()
        worst, last = max(worst, now - last), now
    return round(worst * 1000, 1)


def edited(document: Document, index: int) -> Document:
    """One vertex of one shape moved."""
    shape = document.shapes[index]
    points = shape.points.copy()
    points[3] += 1.25
    shapes = (*document.shapes[:index], shape.with_(points=points), *document.shapes[index + 1 :])
    return document.with_(shapes=shapes)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polygons", type=int, default=5000)
    parser.add_argument("--points", type=int, nargs=2, default=(25, 75))
    options = parser.parse_args()
    data = label_file(options.polygons, *options.points)
    document = native.parse(data, "big.json")
    small = label_file(10, 20, 20)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.json"
        path.write_bytes(data)
        log = RecoveryLog(Path(folder) / "log")
        log.record(path, data)
        numbers = iter(range(10, 10 + 2 * _RUNS))
        figures = {
            "file_mb": round(len(data) / 1e6, 1),
            "load_cpu_s": cpu(lambda: native.read(path)),
            "load_without_editing_cpu_s": cpu(lambda: native.read(path, editable=False)),
            "gil_gap_ms": gil_gap(lambda: native.read(path)),
            "save_unchanged_cpu_s": cpu(lambda: native.save(document, path)),
            "save_one_edit_cpu_s": cpu(lambda: native.save(edited(document, next(numbers)), path)),
            "recovery_one_edit_cpu_s": cpu(lambda: log.record(path, native.serialize(edited(document, next(numbers))))),
            "all_moved_cpu_s": cpu(
                lambda: native.serialize(
                    document.with_(shapes=tuple(s.with_(points=s.points + 1.5) for s in document.shapes))
                )
            ),
            "small_load_cpu_us": cpu(lambda: [native.parse(small, "a") for _ in range(1000)]) * 1000,
            "small_load_without_editing_cpu_us": cpu(
                lambda: [native.parse(small, "a", editable=False) for _ in range(1000)]
            )
            * 1000,
        }
        log.close()
    json.dump(figures, sys.stdout, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
