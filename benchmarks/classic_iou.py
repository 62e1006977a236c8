"""Mean IoU of a model on box prompts taken from a COCO file: python classic_iou.py LABELS.json IMAGES [options]

Prints one JSON object: for each source (an image's "src", else the labels file's name) the number of objects, the mean
IoU of the first candidate and of the best one, the mean score, and milliseconds of CPU a prompt. Several pairs of
labels and images may be given. Objects are drawn evenly from the sources, at most two an image.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from anylabel_plus import images
from anylabel_plus.core import masks
from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.service import Service, ServiceOptions

LEAST_AREA_PX, LEAST_SIDE_PX, MOST_AN_IMAGE = 64, 10, 2


def objects(labels: Path, folder: Path) -> Iterator[tuple[str, Path, masks.Mask]]:
    """(source, image, true mask) of every object large enough to judge."""
    data = json.loads(labels.read_bytes())
    by_id = {entry["id"]: entry for entry in data["images"]}
    for annotation in data["annotations"]:
        entry = by_id[annotation["image_id"]]
        if annotation.get("iscrowd"):
            continue
        yield entry.get("src", labels.stem), folder / entry["file_name"], true_mask(annotation["segmentation"], entry)


def true_mask(segmentation: Any, entry: dict[str, Any]) -> masks.Mask:
    """A COCO segmentation (polygons or RLE) as a mask."""
    if isinstance(segmentation, dict):
        return masks.rle_decode(segmentation)
    width, height = entry["width"], entry["height"]
    parts = [
        masks.rasterize([np.array(ring, float).reshape(-1, 2)], width, height)
        for ring in segmentation
        if len(ring) >= 6
    ]
    whole = parts[0] if parts else masks.EMPTY
    for part in parts[1:]:
        whole = masks.union(whole, part)
    return whole


def sample(pairs: list[tuple[Path, Path]], each: int, seed: int) -> dict[str, list[tuple[Path, masks.Mask]]]:
    """At most ``each`` objects of every source, drawn with ``seed``."""
    found: dict[str, list[tuple[Path, masks.Mask]]] = defaultdict(list)
    for labels, folder in pairs:
        for source, path, mask in objects(labels, folder):
            rows, columns = mask.crop.shape
            if mask.area >= LEAST_AREA_PX and min(rows, columns) >= LEAST_SIDE_PX:
                found[source].append((path, mask))
    generator = random.Random(seed)
    chosen = {}
    for source in sorted(found):
        generator.shuffle(found[source])
        seen: Counter[Path] = Counter()
        kept = []
        for path, mask in found[source]:
            if seen[path] < MOST_AN_IMAGE and len(kept) < each:
                seen[path] += 1
                kept.append((path, mask))
        chosen[source] = kept
    return chosen


def measure(service: Service, model: str, chosen: list[tuple[Path, masks.Mask]]) -> dict[str, float]:
    """Means over the objects of one source."""
    first, best, scores, seconds = [], [], [], []
    for path, mask in chosen:
        pixels = images.load(path)
        start = time.process_time()
        answer = service.segment(pixels, Prompt(box=mask.bounds), model)
        seconds.append(time.process_time() - start)
        ious = [masks.iou(candidate.mask, mask) for candidate in answer.candidates] or [0.0]
        first.append(ious[0])
        best.append(max(ious))
        scores.append(answer.candidates[0].score if answer.candidates else 0.0)
    return {
        "objects": len(chosen),
        "mean_iou": round(float(np.mean(first)), 4),
        "best_of_candidates": round(float(np.mean(best)), 4),
        "mean_score": round(float(np.mean(scores)), 4),
        "cpu_ms": round(float(np.mean(seconds)) * 1000, 1),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", type=Path, metavar="LABELS IMAGES")
    parser.add_argument("--each", type=int, default=60, help="objects of each source")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="classic")
    options = parser.parse_args()
    if len(options.pairs) % 2:
        parser.error("labels and images come in pairs")
    pairs = list(zip(options.pairs[::2], options.pairs[1::2], strict=True))
    service = Service(ServiceOptions(device="cpu", threads=1))
    sources = {
        source: measure(service, options.model, chosen)
        for source, chosen in sample(pairs, options.each, options.seed).items()
        if chosen
    }
    count = sum(int(row["objects"]) for row in sources.values())
    mean = sum(row["mean_iou"] * row["objects"] for row in sources.values()) / max(count, 1)
    balanced = float(np.mean([row["mean_iou"] for row in sources.values()]))
    result = {"model": options.model, "objects": count, "mean_iou": round(mean, 4), "balanced": round(balanced, 4)}
    print(json.dumps({**result, "sources": sources}, indent=1))


if __name__ == "__main__":
    main()
