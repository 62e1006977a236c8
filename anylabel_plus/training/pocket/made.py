"""Made pictures with masks, in the form that ``sources`` reads: to try the pipeline where no data is at hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus import files
from anylabel_plus.core import mask_rle, masks

SOURCES = ("round", "straight")
"""What the shapes of a picture are: ellipses, or polygons."""
_WIDTH, _HEIGHT = 192, 144

Pixels = NDArray[np.uint8]
Bools = NDArray[np.bool_]


def write(folder: Path, count: int, seed: int = 0) -> None:
    """Make ``folder`` with ``images`` and ``made.json``: ``count`` pictures of two to four coloured shapes.

    The same ``seed`` makes the same pictures.

    Raises:
        OSError: the folder cannot be written.
    """
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        source = SOURCES[number % len(SOURCES)]
        pixels, shapes = _picture(rng, source)
        name = f"{source}_{number:04}.png"
        _, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        files.write_atomic(folder / "images" / name, data.tobytes(), durable=False)
        about = {"src": source, "origin": f"made {seed}/{number}", "license": "CC0 1.0"}
        images.append({"id": number, "file_name": name, "width": _WIDTH, "height": _HEIGHT, **about})
        for shape in shapes:
            rle = mask_rle.rle_encode(masks.from_full(shape), _WIDTH, _HEIGHT)
            row = {"id": len(annotations) + 1, "image_id": number, "category_id": 1, "area": int(shape.sum())}
            annotations.append({**row, "segmentation": rle})
    listed = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "object"}]}
    files.write_atomic(folder / "made.json", json.dumps(listed).encode())


def _picture(rng: np.random.Generator, source: str) -> tuple[Pixels, list[Bools]]:
    """(H, W, 3) RGB and the visible part (H, W) of each shape that shows at least 200 pixels."""
    pixels = _texture(rng, rng.uniform(0, 255, 3))
    shapes: list[Bools] = []
    for _ in range(int(rng.integers(2, 5))):
        shape = _shape(rng, source)
        away = rng.uniform(60, 140, 3) * rng.choice([-1, 1], 3)
        pixels[shape] = _texture(rng, (pixels[shape].mean(0) + away) % 255)[shape]
        shapes = [earlier & ~shape for earlier in shapes] + [shape]
    return pixels, [shape for shape in shapes if shape.sum() >= 200]


def _texture(rng: np.random.Generator, colour: NDArray[np.float64]) -> Pixels:
    """A colour with slow changes and fine noise."""
    slow = cv2.resize(rng.normal(0, 14, (6, 8, 3)), (_WIDTH, _HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(colour + slow + rng.normal(0, 5, (_HEIGHT, _WIDTH, 3)), 0, 255).astype(np.uint8)


def _shape(rng: np.random.Generator, source: str) -> Bools:
    """An ellipse or a polygon of three to six corners, 24 to 90 pixels across."""
    frame = np.zeros((_HEIGHT, _WIDTH), np.uint8)
    x, y = int(rng.integers(20, _WIDTH - 20)), int(rng.integers(20, _HEIGHT - 20))
    radius = rng.uniform(12, 45)
    if source == "round":
        axes = max(6, int(radius)), max(6, int(radius * rng.uniform(0.5, 1.0)))
        cv2.ellipse(frame, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
    else:
        corners = int(rng.integers(3, 7))
        angles = rng.uniform(0, 2 * math.pi) + np.arange(corners) * 2 * math.pi / corners
        points = np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], 1)
        cv2.fillPoly(frame, [np.round(points).astype(np.int32)], 1)
    return frame > 0
