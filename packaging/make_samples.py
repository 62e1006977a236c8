"""Makes resources/samples again: public-domain and CC0 pictures from scikit-image, boxes drawn by hand.

Run with ``python3 dev.py samples``. The pictures are credited in LICENSES/samples.md.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import cv2
import numpy as np
import skimage

SAMPLES = Path(__file__).resolve().parent.parent / "resources" / "samples"
QUALITY = 92

# name in scikit-image -> (name here, boxes as label, xmin, ymin, xmax, ymax in pixels)
PICTURES: dict[str, tuple[str, list[tuple[str, int, int, int, int]]]] = {
    "astronaut.png": (
        "portrait",
        [
            ("face", 181, 74, 272, 189),
            ("mission patch", 133, 349, 209, 423),
            ("name tag", 279, 339, 330, 378),
            ("helmet", 276, 343, 512, 512),
            ("orbiter", 354, 75, 457, 273),
        ],
    ),
    "coffee.png": (
        "table_top",
        [("saucer", 76, 66, 480, 389), ("cup", 173, 18, 402, 308), ("spoon", 325, 66, 424, 326)],
    ),
    "chelsea.png": ("cat", [("eye", 135, 85, 206, 147), ("eye", 299, 110, 343, 164), ("nose", 232, 226, 292, 266)]),
    "rocket.jpg": ("launch_pad", [("rocket", 310, 127, 335, 407)]),
    "coins.png": ("coins", []),
}


def voc_xml(file_name: str, width: int, height: int, boxes: list[tuple[str, int, int, int, int]]) -> str:
    """One VOC annotation file as text."""
    objects = "".join(
        f"  <object>\n    <name>{escape(label)}</name>\n    <pose>Unspecified</pose>\n"
        "    <truncated>0</truncated>\n    <difficult>0</difficult>\n"
        f"    <bndbox>\n      <xmin>{x1}</xmin>\n      <ymin>{y1}</ymin>\n"
        f"      <xmax>{x2}</xmax>\n      <ymax>{y2}</ymax>\n    </bndbox>\n  </object>\n"
        for label, x1, y1, x2, y2 in boxes
    )
    return (
        f"<annotation>\n  <folder>images</folder>\n  <filename>{file_name}</filename>\n"
        f"  <size>\n    <width>{width}</width>\n    <height>{height}</height>\n    <depth>3</depth>\n  </size>\n"
        f"  <segmented>0</segmented>\n{objects}</annotation>\n"
    )


def main() -> None:
    """Write images/ and voc/ below resources/samples."""
    source = Path(skimage.__file__).parent / "data"
    (SAMPLES / "images").mkdir(parents=True, exist_ok=True)
    (SAMPLES / "voc").mkdir(parents=True, exist_ok=True)
    for original, (name, boxes) in PICTURES.items():
        pixels = cv2.imdecode(np.fromfile(source / original, np.uint8), cv2.IMREAD_COLOR)
        ok, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if not ok:
            raise SystemExit(f"{original}: could not be encoded")
        data.tofile(SAMPLES / "images" / f"{name}.jpg")
        if boxes:
            height, width = pixels.shape[:2]
            text = voc_xml(f"{name}.jpg", width, height, boxes)
            (SAMPLES / "voc" / f"{name}.xml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
