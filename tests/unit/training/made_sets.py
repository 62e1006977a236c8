"""Training folders of plain rectangles, for tests that know what has to come out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from anylabel_plus.core import mask_rle, masks

Box = tuple[int, int, int, int]
RED, BLUE, GREEN = (220, 30, 30), (30, 40, 200), (20, 200, 40)


def image(name: str, boxes: Sequence[Box], **about: Any) -> dict[str, Any]:
    """A row for ``write``: a blue picture of 120 x 80 with red rectangles ``boxes`` (xyxy pixels)."""
    return {"file_name": name, "boxes": list(boxes), "width": 120, "height": 80, "src": "coco", **about}


def write(folder: Path, rows: Sequence[dict[str, Any]], change: Callable[[dict[str, Any]], None] | None = None) -> Path:
    """Pictures and their COCO JSON; ``change`` damages the list before it is written."""
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    for number, row in enumerate(rows, 1):
        row = dict(row)
        width, height, boxes = row["width"], row["height"], row.pop("boxes")
        pixels = np.full((height, width, 3), row.pop("ground", BLUE), np.uint8)
        colour = row.pop("colour", RED)
        for x1, y1, x2, y2 in boxes:
            pixels[y1:y2, x1:x2] = colour
            frame = np.zeros((height, width), np.bool_)
            frame[y1:y2, x1:x2] = True
            rle = mask_rle.rle_encode(masks.from_full(frame), width, height)
            annotations.append({"id": len(annotations) + 1, "image_id": number, "segmentation": rle})
        cv2.imwrite(str(folder / "images" / row["file_name"]), pixels[..., ::-1])
        images.append({"id": number, "origin": f"o{number}", "license": "CC0", **row})
    data = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "object"}]}
    if change is not None:
        change(data)
    (folder / "train.json").write_text(json.dumps(data))
    return folder
