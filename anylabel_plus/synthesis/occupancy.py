"""Who owns which pixel of a picture while it is laid out, and where one more object may go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask, tight
from anylabel_plus.synthesis import skips
from anylabel_plus.synthesis.posing import Patch

_Ids = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a place must keep to. Areas and distances in pixels of the picture."""

    max_occlusion: float
    truncation: float
    min_visible: float
    distance: float


@dataclass(slots=True, eq=False)
class Owned:
    """One object of the picture: ``area`` of its pixels in the frame, ``left`` of these are not hidden yet.

    ``least`` is the visible area that it must keep."""

    number: int
    box: tuple[int, int, int, int]
    area: int
    left: int
    least: float


@dataclass(slots=True, eq=False)
class Occupancy:
    """``owner`` (H, W) uint16: number of the object on top, 0 for the background."""

    width: int
    height: int
    limits: Limits
    owner: _Ids = field(init=False)
    owned: list[Owned] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.owner = np.zeros((self.height, self.width), np.uint16)

    def protect(self, mask: Mask) -> int:
        """An object of the background: what of it is visible now counts. Returns its number."""
        x, y = mask.x, mask.y
        rows, columns = mask.crop.shape
        number = len(self.owned) + 1
        view = self.owner[y : y + rows, x : x + columns]
        for other in self.owned:  # objects of a background lie over each other as they do
            if _meet(other.box, (x, y, x + columns, y + rows)):
                hidden = int(np.count_nonzero((view == other.number) & mask.crop))
                other.left -= hidden
                other.area -= hidden
        view[mask.crop] = number
        area = mask.area
        self.owned.append(Owned(number, (x, y, x + columns, y + rows), area, area, 0.0))
        return number

    def settle(self) -> None:
        """From now on protected objects may lose only so much."""
        for other in self.owned:
            other.least = (1.0 - self.limits.max_occlusion) * other.area

    def refused(self, patch: Patch, x: int, y: int, full_area: float) -> str:
        """Why ``patch`` may not go with its top left at (x, y); empty when it may."""
        box = _clipped(patch, x, y, self.width, self.height)
        if box is None:
            return skips.OUTSIDE
        mask = patch.mask[box[1] - y : box[3] - y, box[0] - x : box[2] - x]
        inside = patch.area if mask.shape == patch.mask.shape else cv2.countNonZero(np.ascontiguousarray(mask))
        if inside < full_area * (1.0 - self.limits.truncation) - 0.5:
            return skips.CUT_OFF
        if inside < self.limits.min_visible:
            return skips.TOO_SMALL
        if self.limits.distance > 0 and self._near(patch, x, y):
            return skips.TOO_NEAR
        return skips.HIDES if self._hides(mask, box) else ""

    def _losses(self, mask: NDArray[np.uint8], box: tuple[int, int, int, int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for other in self.owned:
            if _meet(other.box, box):
                x1, y1 = max(box[0], other.box[0]), max(box[1], other.box[1])
                x2, y2 = min(box[2], other.box[2]), min(box[3], other.box[3])
                theirs = self.owner[y1:y2, x1:x2] == other.number
                theirs &= mask[y1 - box[1] : y2 - box[1], x1 - box[0] : x2 - box[0]] > 0
                if lost := int(np.count_nonzero(theirs)):
                    found[other.number] = lost
        return found

    def _hides(self, mask: NDArray[np.uint8], box: tuple[int, int, int, int]) -> bool:
        return any(
            self.owned[number - 1].left - lost < self.owned[number - 1].least - 1e-9
            for number, lost in self._losses(mask, box).items()
        )

    def _near(self, patch: Patch, x: int, y: int) -> bool:
        reach = round(self.limits.distance)
        grown = cv2.copyMakeBorder(patch.mask, reach, reach, reach, reach, cv2.BORDER_CONSTANT)
        grown = cv2.dilate(grown, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
        x, y = x - reach, y - reach
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + grown.shape[1], self.width), min(y + grown.shape[0], self.height)
        around = grown[top - y : bottom - y, left - x : right - x]
        return bool((self.owner[top:bottom, left:right][around > 0]).any())

    def place(self, patch: Patch, x: int, y: int) -> tuple[int, Mask]:
        """Put ``patch`` on top; returns its number and its pixels in the frame, tight."""
        box = _clipped(patch, x, y, self.width, self.height)
        if box is None:
            raise ValueError("a patch outside the frame has no pixels")
        mask = patch.mask[box[1] - y : box[3] - y, box[0] - x : box[2] - x]
        for number, lost in self._losses(mask, box).items():
            self.owned[number - 1].left -= lost
        number = len(self.owned) + 1
        set_here = mask > 0
        self.owner[box[1] : box[3], box[0] : box[2]][set_here] = number
        area = int(np.count_nonzero(set_here))
        least = max((1.0 - self.limits.max_occlusion) * area, min(self.limits.min_visible, area))
        self.owned.append(Owned(number, box, area, area, least))
        pixels = Mask(set_here, box[0], box[1])
        return number, pixels if patch.area == area else tight(pixels)

    def visible(self, number: int, mask: Mask) -> Mask:
        """The pixels that object ``number`` is on top of, tight; ``mask`` are all that it has."""
        owned = self.owned[number - 1]
        if owned.left == owned.area:
            return mask
        x1, y1, x2, y2 = owned.box
        return tight(Mask(self.owner[y1:y2, x1:x2] == number, x1, y1))


def _meet(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _clipped(patch: Patch, x: int, y: int, width: int, height: int) -> tuple[int, int, int, int] | None:
    """The patch's tight box in the frame, cut to it; None when nothing is inside."""
    left, top, right, bottom = patch.box
    x1, y1, x2, y2 = max(x + left, 0), max(y + top, 0), min(x + right, width), min(y + bottom, height)
    return (x1, y1, x2, y2) if x2 > x1 and y2 > y1 else None


def commonest(reasons: Counter[str]) -> str:
    """The reason met most often; of equals the one that sorts first."""
    return min(reasons, key=lambda reason: (-reasons[reason], reason)) if reasons else skips.NO_PLACE
