"""Small scenes with known classes: textured backgrounds, discs and bars, in any lighting."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.benefit.pictures import Picture

SIDE = 160


def scene(seed: int, *, light: tuple[float, float] = (0.9, 1.1), warm: float = 0.0) -> Picture:
    """Two or three objects of two labels on a textured ground; ``light`` is a range of brightness."""
    random = np.random.default_rng(seed)
    ground = random.normal(0, 18, (SIDE // 4, SIDE // 4, 3)).astype(np.float32)
    pixels = cv2.resize(ground, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) + np.float32((96, 110, 92))
    classes = np.zeros((SIDE, SIDE), np.int16)
    for _ in range(int(random.integers(2, 4))):
        label = int(random.integers(1, 3))
        x, y = (int(value) for value in random.integers(30, SIDE - 30, 2))
        mask = np.zeros((SIDE, SIDE), np.uint8)
        if label == 1:
            cv2.circle(mask, (x, y), int(random.integers(12, 22)), 1, -1)
        else:
            cv2.rectangle(mask, (x - 18, y - 12), (x + 18, y + 12), 1, -1)
        colour = np.array((168, 90, 80) if label == 1 else (82, 100, 170), np.float32)
        pixels[mask > 0] = colour + random.normal(0, 10, (int(mask.sum()), 3))
        classes[mask > 0] = label
    tint = np.array((1 + warm, 1, 1 - warm), np.float32)
    pixels = pixels * random.uniform(*light) * tint + random.normal(0, 4, pixels.shape)
    return Picture(f"{seed}.png", np.clip(pixels, 0, 255).astype(np.uint8), classes)


def moved(classes: NDArray[np.int16], dx: int, dy: int) -> NDArray[np.int16]:
    """Labels beside their objects; what comes in is background."""
    return np.roll(np.pad(classes, 32), (dy, dx), (0, 1))[32:-32, 32:-32]


def shifted(pictures: Sequence[Picture], px: int) -> list[Picture]:
    """The same pictures with their labels ``px`` columns further right."""
    return [Picture(one.name, one.pixels, moved(one.classes, px, 0)) for one in pictures]
