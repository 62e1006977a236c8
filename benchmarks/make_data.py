#!/usr/bin/env python3
"""Make the data that the benchmarks run on: generated pictures and labels, nothing downloaded.

    python benchmarks/make_data.py FOLDER [--only folders,big,shapes,export]

Under FOLDER/data: ``dir1k``, ``dir10k`` and ``dir100k`` (one small JPEG, hard-linked), ``img2mp``,
``img24mp``, ``big100mp`` (JPEG) and ``big16`` (16-bit grey TIFF), ``shapes100``, ``shapes1000`` and
``shapes5000`` (``s.jpg`` and ``s.json`` with 50-point polygons on 1920 x 1080), and ``export10k``
(10,000 label files with ten polygons of 20 points each).
"""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LINKS_MOST = 60_000
"""File systems limit the hard links of one file."""

Pixels = NDArray[np.uint8]


def picture(width: int, height: int, seed: int = 0) -> Pixels:
    """A BGR picture with broad gradients, round things and fine grain, so that JPEG has work to do."""
    rng = np.random.default_rng(seed)
    tile_w, tile_h = min(width, 2000), min(height, 1500)
    broad = cv2.resize(
        rng.integers(40, 216, (12, 16, 3)).astype(np.uint8), (tile_w, tile_h), interpolation=cv2.INTER_CUBIC
    )
    for _ in range(60):
        centre = int(rng.integers(tile_w)), int(rng.integers(tile_h))
        color = tuple(int(value) for value in rng.integers(0, 256, 3))
        cv2.circle(broad, centre, int(rng.integers(8, tile_h // 8)), color, -1, cv2.LINE_AA)
    grain = rng.normal(0, 6, (tile_h, tile_w, 1))
    tile = np.clip(broad + grain, 0, 255).astype(np.uint8)
    across, down = math.ceil(width / tile_w), math.ceil(height / tile_h)
    rows = []
    for row in range(down):
        rows.append(np.concatenate([tile[:, :: 1 if (row + column) % 2 else -1] for column in range(across)], axis=1))
    return np.ascontiguousarray(np.concatenate(rows, axis=0)[:height, :width])


def ring(rng: np.random.Generator, cx: float, cy: float, radius: float, count: int, width: int, height: int) -> Any:
    """A star-like ring of points, cut to the image."""
    turns = np.arange(count) * (2 * math.pi / count)
    x = cx + radius * (0.7 + 0.3 * rng.random(count)) * np.cos(turns)
    y = cy + radius * (0.7 + 0.3 * rng.random(count)) * np.sin(turns)
    points = np.stack((np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)), axis=1)
    return np.round(points, 2).tolist()


def label_file(path: Path, image: str, width: int, height: int, shapes: list[dict[str, Any]]) -> None:
    document = {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": image,
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
    }
    path.write_text(json.dumps(document, indent=2))


def polygon(label: str, points: Any) -> dict[str, Any]:
    return {
        "label": label,
        "points": points,
        "group_id": None,
        "description": "",
        "shape_type": "polygon",
        "flags": {},
        "mask": None,
    }


def linked(folder: Path, data: bytes, count: int, name: str = "img_{:06d}.jpg") -> None:
    """``count`` files with the same bytes."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True)
    source = None
    for number in range(count):
        path = folder / name.format(number)
        if source is None or number % LINKS_MOST == 0:
            path.write_bytes(data)
            source = path
        else:
            os.link(source, path)


def jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def make_folders(data: Path) -> None:
    small = jpeg(picture(640, 480), 60)
    for count, name in ((1_000, "dir1k"), (10_000, "dir10k"), (100_000, "dir100k")):
        linked(data / name, small, count)


def make_big(data: Path) -> None:
    for name, width, height in (("img2mp", 1920, 1080), ("img24mp", 6000, 4000), ("big100mp", 12000, 8500)):
        path = data / name / f"{name}.jpg"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(picture(width, height)))
    path = data / "big16" / "big16.tif"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        grey = cv2.cvtColor(picture(12000, 8500), cv2.COLOR_BGR2GRAY).astype(np.uint16) * 257
        cv2.imwrite(str(path), grey, [cv2.IMWRITE_TIFF_COMPRESSION, 1])


def make_shapes(data: Path) -> None:
    width, height = 1920, 1080
    for count in (100, 1_000, 5_000):
        folder = data / f"shapes{count}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "s.jpg").write_bytes(jpeg(picture(width, height)))
        rng = np.random.default_rng(count)
        across = math.ceil(math.sqrt(count * width / height))
        down = math.ceil(count / across)
        radius = 0.36 * math.sqrt(width * height / count)
        shapes = []
        for n in range(count):
            cx, cy = (n % across + 0.5) * width / across, (n // across + 0.5) * height / down
            shapes.append(polygon(f"class{n % 10}", ring(rng, cx, cy, radius, 50, width, height)))
        label_file(folder / "s.json", "s.jpg", width, height, shapes)


def make_export(data: Path) -> None:
    folder = data / "export10k"
    linked(folder, jpeg(picture(640, 480), 60), 10_000, "{:06d}.jpg")
    rng = np.random.default_rng(7)
    for n in range(10_000):
        shapes = []
        for _ in range(10):
            centre, radius = rng.uniform((60, 60), (580, 420)), rng.uniform(10, 50)
            shapes.append(polygon(f"class{rng.integers(20)}", ring(rng, *centre, radius, 20, 640, 480)))
        label_file(folder / f"{n:06d}.json", f"{n:06d}.jpg", 640, 480, shapes)


PARTS = {"folders": make_folders, "big": make_big, "shapes": make_shapes, "export": make_export}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default=",".join(PARTS), help="parts to make, separated by commas")
    asked = parser.parse_args()
    data = asked.folder / "data"
    for name in asked.only.split(","):
        PARTS[name](data)
        print(name, "ready")


if __name__ == "__main__":
    main()
