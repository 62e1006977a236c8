#!/usr/bin/env python3
"""Measure the index of a data set of many labelled images against its bars. Prints JSON.

    python benchmarks/dataset_index.py [--images 100000] [--data FOLDER]

``cold_s`` is wall time from no index to a whole one, ``recheck_cpu_s`` the CPU time of finding that nothing changed,
the queries are medians in ms. Without ``--data`` the data is made in a temporary folder (ten polygons of 20
points an image). The exit code is 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BARS = {"cold_s": 60.0, "recheck_cpu_s": 3.0, "query_ms": 50.0}
QUERIES = (
    "label:class3", "-label:class3", "label:class3 -label:class5", "label:class3 by:model score:<0.5", "by:model",
    "checked:no", "labelled:yes", "score:<0.2", "kind:polygon", "count:>5", "00042", "re:^0000[1-3]", "tag:night",
    "sort:score", "-sort:size label:class3", "area:<300 label:class1",
)  # fmt: skip


def make(folder: Path, count: int) -> None:
    """``count`` small pictures, each with a label file of its own."""
    import make_data
    import numpy as np

    make_data.linked(folder, make_data.jpeg(make_data.picture(640, 480), 60), count, "{:06d}.jpg")
    if (folder / f"{count - 1:06d}.json").exists():
        return
    rng = np.random.default_rng(7)
    for n in range(count):
        shapes = []
        for k in range(10):
            centre, radius = rng.uniform((60, 60), (580, 420)), rng.uniform(10, 50)
            points = make_data.ring(rng, *centre, radius, 20, 640, 480)
            shape = make_data.polygon(f"class{rng.integers(20)}", points)
            if k % 3 == 0:
                shape["provenance"] = {"source": "model", "model": "m", "score": round(float(rng.random()), 3)}
            shapes.append(shape)
        make_data.label_file(folder / f"{n:06d}.json", f"{n:06d}.jpg", 640, 480, shapes)
        if n % 10 == 0:
            text = (folder / f"{n:06d}.json").read_text()
            (folder / f"{n:06d}.json").write_text('{"checked": true, "tags": ["night"],' + text[1:])


def cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure(folder: Path) -> dict[str, Any]:
    from anylabel_plus.dataset.index import Index, parse
    from anylabel_plus.dataset.scan import HIDDEN_FOLDER, scan

    shutil.rmtree(folder / HIDDEN_FOLDER, ignore_errors=True)
    start, cpu = time.perf_counter(), cpu_s()
    found = scan(folder)
    with Index.open(folder) as index:
        result = index.refresh(found)
        numbers: dict[str, Any] = {"images": result.added, "cold_s": time.perf_counter() - start}
        numbers["cold_cpu_s"] = cpu_s() - cpu
    cpu = cpu_s()
    found = scan(folder)
    with Index.open(folder) as index:
        again = index.refresh(found)
        numbers["recheck_cpu_s"] = cpu_s() - cpu
        assert not again.any, again
        start = time.perf_counter()
        index.bind(found)
        numbers["bind_ms"] = (time.perf_counter() - start) * 1e3
        numbers["queries"] = {}
        for query in QUERIES:
            wanted = parse(query)
            times = []
            for _ in range(5):
                start = time.perf_counter()
                rows = index.find(wanted)
                times.append((time.perf_counter() - start) * 1e3)
            numbers["queries"][query] = {"ms": round(statistics.median(times), 1), "found": len(rows)}
        numbers["query_ms"] = max(one["ms"] for one in numbers["queries"].values())
        numbers["file_mb"] = index.place.file.stat().st_size / 1e6
    return numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    with tempfile.TemporaryDirectory() as home:
        os.environ["ANYLABEL_PLUS_HOME"] = home
        folder = (asked.data or Path(home)) / f"labelled{asked.images}"
        make(folder, asked.images)
        numbers = measure(folder)
    missed = [f"{key}: {numbers[key]:.2f} > {bar}" for key, bar in BARS.items() if numbers[key] > bar]
    print(json.dumps({**numbers, "missed": missed}, indent=2))
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
