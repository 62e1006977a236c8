"""How long and how much memory the image loader takes, against OpenCV's full decode in the same run.

Makes a 12000 x 8500 JPEG (and smaller pictures) in a temporary folder, measures each case in a
process of its own, and prints one JSON object. ``ratio`` is CPU time over that of ``cv2.imdecode``
of the same file; ``peak_ratio`` is added peak memory over width x height x 4 bytes (Linux only).

Usage: python benchmarks/images_decode.py [--width 12000 --height 8500]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

REDUCED_SIDE = 1500


def make(path: Path, width: int, height: int, kind: str) -> None:
    """A picture with large shapes and fine grain."""
    import cv2

    random = np.random.default_rng(0)
    small = random.integers(0, 230, (height // 100 + 1, width // 100 + 1, 3), dtype=np.uint8)
    picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = random.integers(0, 24, (1000, 1000, 3), dtype=np.uint8)
    for y in range(0, height, 1000):
        for x in range(0, width, 1000):
            part = picture[y : y + 1000, x : x + 1000]
            part[...] = cv2.add(part, grain[: part.shape[0], : part.shape[1]])
    options = {
        "jpg": [cv2.IMWRITE_JPEG_QUALITY, 85],
        "progressive.jpg": [cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_PROGRESSIVE, 1],
    }
    if kind == "16.tif":
        picture = picture[..., 1].astype(np.uint16) * 257
    cv2.imwrite(str(path), picture, options.get(kind, []))


def memory(field: str) -> float | None:
    """Megabytes of a field of /proc/self/status; None elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def measure(path: Path, what: str) -> dict[str, Any]:
    """One call in this process: CPU seconds, wall seconds, added peak megabytes."""
    import cv2

    from anylabel_plus import images

    work: dict[str, Callable[[], Any]] = {
        "cv2": lambda: cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR),
        "load": lambda: images.load(path),
        "reduced": lambda: images.load_reduced(path, REDUCED_SIDE),
        "probe": lambda: images.probe(path),
    }
    from anylabel_plus.images.header import pillow

    # First calls pay for imports; the question here is the picture.
    cv2.imdecode(np.frombuffer(images.encode_jpeg(np.zeros((8, 8, 3), np.uint8)), np.uint8), cv2.IMREAD_COLOR)
    pillow().init()
    before = memory("VmRSS")
    if before is not None:
        Path("/proc/self/clear_refs").write_text("5")
    cpu, wall = time.process_time(), time.perf_counter()
    work[what]()
    figures: dict[str, Any] = {
        "cpu_s": round(time.process_time() - cpu, 4),
        "wall_s": round(time.perf_counter() - wall, 4),
    }
    peak = memory("VmHWM")
    if before is not None and peak is not None:
        figures["peak_mb"] = round(peak - before, 1)
    return figures


def in_process(path: Path, what: str, times: int = 3) -> dict[str, Any]:
    """The run with the least CPU time of some processes."""
    command = [sys.executable, __file__, "--measure", what, str(path)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(times)
    ]
    return min(runs, key=lambda run: float(run["cpu_s"]))


def compare(path: Path, width: int, height: int) -> dict[str, Any]:
    """All cases for one file."""
    result = {what: in_process(path, what) for what in ("cv2", "load", "reduced", "probe")}
    floor = result["cv2"]["cpu_s"]
    for figures in result.values():
        figures["ratio"] = round(figures["cpu_s"] / floor, 3)
        if "peak_mb" in figures:
            figures["peak_ratio"] = round(figures["peak_mb"] * 2**20 / (width * height * 4), 3)
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=12000)
    parser.add_argument("--height", type=int, default=8500)
    parser.add_argument("--measure", nargs=2, metavar=("WHAT", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(Path(options.measure[1]), options.measure[0])))
        return
    width, height = options.width, options.height
    report: dict[str, Any] = {"width": width, "height": height}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("jpg", "progressive.jpg", "16.tif"):
            path = Path(folder) / f"picture.{kind}"
            make(path, width, height, kind)
            report[kind] = compare(path, width, height)
            path.unlink()
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
