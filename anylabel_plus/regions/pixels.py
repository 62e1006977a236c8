"""Arithmetic on masks: on their crops only, whatever the size of the image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import masks
from anylabel_plus.core.masks import EMPTY, Mask


def union(parts: Sequence[Mask]) -> Mask:
    """Pixels set in any of the masks, with a tight crop.

    Raises:
        ValueError: they lie so far apart that no image can hold them.
    """
    full = [mask for mask in map(masks.tight, parts) if mask.crop.size]
    if len(full) <= 2:
        return masks.union(full[0] if full else EMPTY, full[1] if len(full) > 1 else EMPTY)
    # One frame for all: pairs would copy what is there again and again.
    boxes = np.array([mask.bounds for mask in full]).astype(np.int64)
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
    masks.check_size(right - left, bottom - top)
    frame = np.zeros((bottom - top, right - left), np.bool_)
    for mask in full:
        rows, columns = mask.crop.shape
        frame[mask.y - top : mask.y - top + rows, mask.x - left : mask.x - left + columns] |= mask.crop
    return Mask(frame, left, top)


def filled(mask: Mask) -> Mask:
    """With every hole filled: pixels that no way through unset pixels, diagonal steps too, leads out of.

    The same object when there is none.
    """
    import cv2

    mask = masks.tight(mask)
    if not mask.crop.size:
        return mask
    around = np.pad(mask.crop.view(np.uint8), 1)
    cv2.floodFill(around, None, (0, 0), 2, flags=8)
    inner = around[1:-1, 1:-1] != 2
    return mask if np.array_equal(inner, mask.crop) else Mask(inner, mask.x, mask.y)


def grown(mask: Mask, px: float) -> Mask:
    """Pixels whose centre is at most ``px`` from the centre of a set one; for a negative number
    those further than that from every unset one. Outside the crop nothing is set."""
    import cv2

    mask = masks.tight(mask)
    if not mask.crop.size or px == 0:
        return mask
    room = int(np.ceil(max(px, 0.0))) + 1
    masks.check_size(mask.crop.shape[1] + 2 * room, mask.crop.shape[0] + 2 * room)
    around = np.pad(mask.crop.view(np.uint8), room)
    seeds = around ^ 1 if px > 0 else around
    distance = cv2.distanceTransform(seeds, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inside = distance <= px if px > 0 else distance > -px
    return masks.tight(Mask(inside, mask.x - room, mask.y - room))


def smoothed(mask: Mask, px: float) -> Mask:
    """Without details smaller than ``px``: blurred by a Gaussian of half that width, cut at one half."""
    import cv2

    mask = masks.tight(mask)
    if not mask.crop.size or px <= 0:
        return mask
    sigma = px / 2
    room = int(np.ceil(2 * sigma)) + 1
    around = np.pad(mask.crop.view(np.uint8), room) * np.uint8(255)
    side = 2 * int(np.ceil(3 * sigma)) + 1
    blurred: NDArray[np.uint8] = cv2.GaussianBlur(around, (side, side), sigma, borderType=cv2.BORDER_CONSTANT)
    return masks.tight(Mask(blurred > 127, mask.x - room, mask.y - room))


def components(mask: Mask) -> list[Mask]:
    """The connected parts, largest first; pixels that touch at a corner hang together."""
    import cv2

    mask = masks.tight(mask)
    if not mask.crop.size:
        return []
    _count, labels, stats, _centres = cv2.connectedComponentsWithStats(mask.crop.view(np.uint8), connectivity=8)
    order = sorted(range(1, len(stats)), key=lambda label: -int(stats[label, cv2.CC_STAT_AREA]))
    found = []
    for label in order:
        x, y, width, height = (int(value) for value in stats[label, :4])
        found.append(Mask(labels[y : y + height, x : x + width] == label, mask.x + x, mask.y + y))
    return found
