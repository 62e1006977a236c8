"""How long masks of 2 and 24 megapixels take: prints one JSON object, milliseconds, best of five.

Each figure is given beside a floor of the same run: one pass over the crop (``count_nonzero``),
and OpenCV's ``fillPoly`` and ``findContours`` (which are not exact).

Usage: python benchmarks/masks.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from anylabel_plus.core import edits, masks
from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import make_shape


def best(work: Callable[[], Any], times: int = 5) -> float:
    """Milliseconds of the fastest of some calls."""
    found = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        found = min(found, time.perf_counter() - start)
    return round(found * 1e3, 3)


def star(width: int, height: int, corners: int = 400) -> np.ndarray:
    """A wavy ring that fills most of the frame."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = 0.43 + 0.05 * np.sin(9 * turn)
    return np.stack((width * (0.5 + reach * np.cos(turn)), height * (0.5 + reach * np.sin(turn))), axis=1)


def measure(width: int, height: int) -> dict[str, float]:
    """All figures for one frame size."""
    import cv2

    ring = star(width, height)
    mask = masks.rasterize([ring], width, height)
    rle = masks.rle_encode(mask, width, height)
    frame = masks.full(mask, width, height)
    pixels = frame.view(np.uint8)
    scaled = np.rint(ring * 256).astype(np.int32)
    return {
        "crop_megapixels": round(mask.crop.size / 1e6, 2),
        "floor_count": best(lambda: mask.area),
        "floor_fillpoly": best(lambda: cv2.fillPoly(np.zeros((height, width), np.uint8), [scaled], 1, shift=8)),
        "floor_contours": best(lambda: cv2.findContours(pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)),
        "rasterize": best(lambda: masks.rasterize([ring], width, height)),
        "rle_encode": best(lambda: masks.rle_encode(mask, width, height)),
        "rle_decode": best(lambda: masks.rle_decode(rle)),
        "polygons_exact": best(lambda: masks.polygons(mask)),
        "polygons_1px": best(lambda: masks.polygons(mask, 1.0)),
        "from_full": best(lambda: masks.from_full(frame)),
        "iou": best(lambda: masks.iou(mask, mask)),
        "union": best(lambda: masks.union(mask, mask)),
    }


def edit_5000() -> float:
    """Milliseconds to move one vertex of one of 5,000 polygons."""
    shapes = [make_shape("polygon", "a", star(900, 700, 50)) for _ in range(5000)]
    document = edits.add_shapes(Document("a.jpg", 1000, 800), shapes)
    steps = iter(range(1, 1000))
    return best(lambda: edits.move_vertex(document, 4000, 0, 3, next(steps), 5.0), 30)


def main() -> None:
    """Measure and print."""
    print(
        json.dumps({"2mp": measure(1920, 1080), "24mp": measure(6000, 4000), "edit_one_of_5000": edit_5000()}, indent=1)
    )


if __name__ == "__main__":
    main()
