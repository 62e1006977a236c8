"""Small banks and backgrounds in memory, whose truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from anylabel_plus import images
from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.scene import OPAQUE, Backdrop, Cutout, LabelPrior, Rgba, SourceRef


class MemoryBank:
    """A ``CutoutSource`` of arrays."""

    def __init__(self, pictures: Mapping[str, Sequence[Rgba]], priors: Mapping[str, LabelPrior] | None = None) -> None:
        self._pixels: dict[str, Rgba] = {}
        self.priors = dict(priors or {})
        rows = []
        for label, several in pictures.items():
            for number, rgba in enumerate(several):
                name = f"{label}-{number}"
                self._pixels[name] = rgba
                height, width = rgba.shape[:2]
                area = int((rgba[..., 3] >= OPAQUE).sum())
                rows.append(Cutout(name, label, width, height, area, SourceRef(f"{name}.png")))
        self.cutouts = tuple(rows)
        self.broken: set[str] = set()
        self.reads = 0

    def read(self, cutout: Cutout) -> Rgba:
        self.reads += 1
        if cutout.id in self.broken:
            raise UserError(f"{cutout.id}.png: is damaged.")
        return self._pixels[cutout.id]


def disc(size: int, colour: tuple[int, int, int], hole: int = 0) -> Rgba:
    """A filled circle on clear black, with a hole of that radius."""
    rgba = np.zeros((size, size, 4), np.uint8)
    mask = np.zeros((size, size), np.uint8)
    cv2.circle(mask, (size // 2, size // 2), size // 2 - 2, 255, -1)
    if hole:
        cv2.circle(mask, (size // 2, size // 2), hole, 0, -1)
    rgba[mask > 0, :3] = colour
    rgba[..., 3] = mask
    return rgba


def block(width: int, height: int, colour: tuple[int, int, int]) -> Rgba:
    """An opaque rectangle with a clear rim of two pixels."""
    rgba = np.zeros((height + 4, width + 4, 4), np.uint8)
    rgba[2:-2, 2:-2] = (*colour, 255)
    return rgba


def backgrounds(folder: Path, count: int = 3, size: tuple[int, int] = (320, 240)) -> list[Backdrop]:
    """Smooth pictures of different colours, as PNG files."""
    found = []
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        coarse = rng.integers(60, 200, (6, 8, 3), dtype=np.uint8)
        path = folder / f"background {number}.png"
        path.write_bytes(images.encode_png(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)))
        found.append(Backdrop(path, path.name))
    return found


def usual_bank() -> MemoryBank:
    """Discs, rings and blocks of several sizes."""
    return MemoryBank({
        "disc": [disc(60, (200, 30, 30)), disc(120, (220, 60, 40))],
        "ring": [disc(90, (30, 160, 60), hole=22)],
        "block": [block(70, 30, (40, 60, 200)), block(25, 80, (60, 60, 220))],
    })  # fmt: skip
