"""How pixels are shown: brightness, contrast, gamma, inverted. For the eye only; no file and no model sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LIMIT = 100
GAMMA_LOW, GAMMA_HIGH = 0.2, 5.0


@dataclass(frozen=True, slots=True)
class Display:
    """``brightness`` and ``contrast`` are -100 to 100, ``gamma`` 0.2 to 5 (above 1 lifts the shadows)."""

    brightness: int = 0
    contrast: int = 0
    gamma: float = 1.0
    inverted: bool = False

    def __post_init__(self) -> None:
        if max(abs(self.brightness), abs(self.contrast)) > LIMIT:
            raise ValueError(f"brightness and contrast must be {-LIMIT} to {LIMIT}")
        if not GAMMA_LOW <= self.gamma <= GAMMA_HIGH:
            raise ValueError(f"gamma must be {GAMMA_LOW} to {GAMMA_HIGH}, not {self.gamma}")

    @property
    def plain(self) -> bool:
        """True when pixels are shown as they are."""
        return self == PLAIN

    def table(self) -> NDArray[np.uint8]:
        """The value shown for each value 0 to 255, (256,) uint8.

        Contrast turns the line about its middle, up to a step at 100 and flat at -100; brightness moves it by up
        to the whole range; gamma bends it last, so that black stays black.
        """
        value = np.arange(256, dtype=np.float64) / 255
        slope = np.tan((self.contrast / LIMIT + 1) * np.pi / 4 * 0.999)
        value = np.clip((value - 0.5) * slope + 0.5 + self.brightness / LIMIT, 0, 1) ** (1 / self.gamma)
        if self.inverted:
            value = 1 - value
        return np.rint(value * 255).astype(np.uint8)


PLAIN = Display()
