"""The main job on the sample photos: boxes become masks, the rest is labelled, all is exported, composites are made.

Started by ``python3 dev.py demo``; every step is the program's own command, printed before it runs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "resources" / "samples"
MARK = ".anylabel-plus-demo"


def program(*words: object) -> None:
    """Run one command of the program and stop when it fails."""
    command = [str(word) for word in words]
    print("\n$ anylabel-plus " + " ".join(command), file=sys.stderr, flush=True)
    code = subprocess.run([sys.executable, "-m", "anylabel_plus", *command], check=False, cwd=ROOT).returncode
    if code:
        raise SystemExit(code)


def fresh(folder: Path) -> None:
    """An empty demo folder; a folder that this script did not make is never emptied."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise SystemExit(f"{folder} is not empty and was not made by the demo. Choose another with --output.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def counts(coco_json: Path) -> str:
    """What the exported data set holds, read back from the file."""
    data = json.loads(coco_json.read_text(encoding="utf-8"))
    return (
        f"{len(data['images'])} images, {len(data['annotations'])} instances, {len(data['categories'])} labels "
        f"({', '.join(row['name'] for row in data['categories'])})"
    )


def synthesise(dataset: Path, folder: Path) -> None:
    """Objects of the training photos, pasted on these photos; those that validate and test stay out of it."""
    program("split", dataset, "--ratio", "3/1/1")
    bank = folder / f"{dataset.name} bank"  # where the window looks for it
    program("bank", "build", dataset, bank)
    sources = ("--bank", bank, "--backgrounds", dataset, "--leave-out-held-out")
    program("synth", "cutpaste", *sources, "--out", folder / "synthetic", "--count", 6)


def main() -> None:
    """Import, enrich, auto-label, export, draw, synthesise; then open the window."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--no-window", action="store_true")
    options = parser.parse_args()
    folder: Path = options.output
    started = time.monotonic()
    fresh(folder)
    dataset = folder / "dataset"
    program("import", "voc", SAMPLES / "voc", dataset, "--images", SAMPLES / "images")
    for photo in sorted((SAMPLES / "images").glob("*.jpg")):  # those that nobody has drawn boxes on
        if not (dataset / photo.name).exists():
            shutil.copy(photo, dataset / photo.name)
    program("enrich", dataset, "--boxes-to-masks")
    program("autolabel", dataset, "--label", "object")
    program("export", "coco", dataset, folder / "coco")
    program("export", "yolo-segment", dataset, folder / "yolo")
    program("overlays", dataset, folder / "overlays")
    synthesise(dataset, folder)
    coco_json = next((folder / "coco").rglob("*.json"))
    print(f"\nDone in {time.monotonic() - started:.0f} s: {counts(coco_json)}")
    for title, path in (
        ("Images and labels", dataset),
        ("COCO", coco_json),
        ("YOLO", folder / "yolo"),
        ("Overlay pictures", folder / "overlays"),
        ("Composites", folder / "synthetic"),
    ):
        print(f"  {title + ':':18} {path}")
    if options.no_window:
        print(f"  {'Open the window:':18} {sys.executable} -m anylabel_plus {dataset}")
        return
    print("  The window opens on the data set.")
    raise SystemExit(subprocess.run([sys.executable, "-m", "anylabel_plus", str(dataset)], check=False).returncode)


if __name__ == "__main__":
    main()
