#!/usr/bin/env python3
"""Export of 10,000 label files with 100,000 polygons to COCO: CPU and memory beside the floor's.

    python benchmarks/export_coco.py [FOLDER] [--rounds 3]

The floor is the least program that does the job: orjson (msgspec where it is not installed) in and
out, no image opened, everything in memory, nothing checked. Both run as processes of their own, in
turn; start-up is counted. Prints one JSON object. Bars: CPU at most twice the floor's, at most
400 MB. FOLDER holds the data (made when missing, by ``make_data.py``'s recipe) and the results.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FLOOR = """
import os, sys
try:
    import orjson
    loads, dumps, name = orjson.loads, orjson.dumps, "orjson"
except ImportError:
    import msgspec
    loads, dumps, name = msgspec.json.decode, msgspec.json.encode, "msgspec"
folder, out = sys.argv[1:3]
ids = {"class%d" % i: i for i in range(20)}
images, annotations, k = [], [], 0
for n, e in enumerate(sorted((e for e in os.scandir(folder) if e.name.endswith(".json")), key=lambda e: e.name)):
    j = loads(open(e.path, "rb").read())
    images.append(dict(id=n, file_name=j["imagePath"], width=j["imageWidth"], height=j["imageHeight"]))
    for s in j["shapes"]:
        p = s["points"]
        xs = [q[0] for q in p]; ys = [q[1] for q in p]
        x0, y0 = min(xs), min(ys)
        area = 0.5 * abs(sum(xs[i - 1] * ys[i] - xs[i] * ys[i - 1] for i in range(len(p))))
        k += 1
        annotations.append(dict(id=k, image_id=n, category_id=ids[s["label"]], area=area,
                                bbox=[x0, y0, max(xs) - x0, max(ys) - y0], iscrowd=0,
                                segmentation=[[v for q in p for v in q]]))
categories = [dict(id=i, name=c) for c, i in ids.items()]
with open(out, "wb") as stream:
    stream.write(dumps(dict(images=images, annotations=annotations, categories=categories)))
print(name)
"""

CHECK = """
import json, sys
a, b = (json.load(open(path, "rb")) for path in sys.argv[1:3])
sums = [sum(record["area"] for record in data["annotations"]) for data in (a, b)]
same = len(a["images"]) == len(b["images"]) and len(a["annotations"]) == len(b["annotations"])
if not same or abs(sums[0] - sums[1]) > 1e-6 * sums[1]:
    raise SystemExit("the export and the floor do not say the same")
"""


def make(data: Path) -> None:
    """The folder ``export10k`` of ``make_data``."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import make_data

    make_data.make_export(data)


def measure(command: list[str]) -> tuple[float, float, str]:
    """CPU seconds, peak MB and standard output of one process."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:4])} … ended with exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.decode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(".bench"))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    data = options.folder.resolve() / "data" / "export10k"
    if not data.is_dir():
        make(data.parent)
    runs: dict[str, list[dict[str, float]]] = {"floor": [], "anylabel-plus": []}
    floor_library = ""
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.rounds):
            cpu, peak, name = measure([sys.executable, "-c", FLOOR, str(data), f"{scratch}/floor.json"])
            floor_library = name.strip()
            runs["floor"].append({"cpu_s": round(cpu, 3), "peak_mb": round(peak, 1)})
            out = Path(scratch) / f"export{number}"
            cpu, peak, _ = measure(
                [sys.executable, "-m", "anylabel_plus", "export", "coco", str(data), str(out), "--json"]
            )
            runs["anylabel-plus"].append({"cpu_s": round(cpu, 3), "peak_mb": round(peak, 1)})
            check(out / "annotations.json", Path(scratch) / "floor.json")
            shutil.rmtree(out)
    print(json.dumps(result(runs, floor_library)))


def check(ours: Path, floor: Path) -> None:
    """Both say the same: image and annotation counts, and the sum of all areas."""
    # In a process of its own: a child's peak memory counts what its parent held at the fork.
    subprocess.run([sys.executable, "-c", CHECK, str(ours), str(floor)], check=True)


def result(runs: dict[str, list[dict[str, float]]], floor_library: str) -> dict[str, Any]:
    """Medians, the ratio and whether the bars hold."""
    cpu = {name: statistics.median(run["cpu_s"] for run in values) for name, values in runs.items()}
    ratio = cpu["anylabel-plus"] / cpu["floor"]
    peak = max(run["peak_mb"] for run in runs["anylabel-plus"])
    return {
        "floor_library": floor_library,
        "floor_cpu_s": cpu["floor"],
        "cpu_s": cpu["anylabel-plus"],
        "ratio": round(ratio, 3),
        "peak_mb": peak,
        "passed": ratio <= 2.0 and peak <= 400,
        "runs": runs,
    }


if __name__ == "__main__":
    main()
