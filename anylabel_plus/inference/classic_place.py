"""Where the object may be, before any colour is looked at: from a box, a mask or points."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anylabel_plus.core.masks import Mask
from anylabel_plus.inference.classic_cut import Bools, Box, Floats, View


@dataclass(frozen=True, slots=True)
class Place:
    """Maps (h, w) of the view. ``radius`` is 0 in the middle and 1 at the presumed edge; ``inside`` is where the
    object may be at all; ``prior`` -1..1 how likely by place alone;
    ``side`` the presumed size in view pixels."""

    radius: Floats
    prior: Floats
    inside: Bools
    side: float


def from_box(view: View, box: Box) -> Place:
    """A box: the object fills it and touches its sides."""
    height, width = view.pixels.shape[:2]
    x1, y1, x2, y2 = view.box(box)
    across, down = max(x2 - x1, 1.0), max(y2 - y1, 1.0)
    u = np.abs((np.arange(width, dtype=np.float32) + 0.5 - (x1 + x2) / 2) / (across / 2))[None, :]
    v = np.abs((np.arange(height, dtype=np.float32) + 0.5 - (y1 + y2) / 2) / (down / 2))[:, None]
    return Place(
        radius=(u * u + v * v).astype(np.float32),
        prior=np.clip(1.0 - u**3 - v**3, -1.0, 1.0).astype(np.float32),
        inside=(u < 1.0) & (v < 1.0),
        side=float(np.sqrt(across * down)),
    )


def from_mask(view: View, mask: Mask) -> Place:
    """A previous mask: the object is about there."""
    region = _seen(view, mask)
    side = float(np.sqrt(max(int(np.count_nonzero(region)), 1)))
    reach = max(0.25 * side, 2.0)
    within = cv2.distanceTransform(region, cv2.DIST_L2, 5)
    beyond = cv2.distanceTransform(1 - region, cv2.DIST_L2, 5)
    depth = np.clip((within - beyond) / reach, -1.0, 1.0).astype(np.float32)
    return Place(radius=1.0 - depth, prior=depth, inside=depth > -0.95, side=side)


def _seen(view: View, mask: Mask) -> cv2.typing.MatLike:
    rows, columns = mask.crop.shape
    window = np.zeros((view.y1 - view.y0, view.x1 - view.x0), np.uint8)
    left, top = max(mask.x, view.x0), max(mask.y, view.y0)
    right, bottom = min(mask.x + columns, view.x1), min(mask.y + rows, view.y1)
    if right > left and bottom > top:
        window[top - view.y0 : bottom - view.y0, left - view.x0 : right - view.x0] = mask.crop[
            top - mask.y : bottom - mask.y, left - mask.x : right - mask.x
        ].view(np.uint8)
    height, width = view.pixels.shape[:2]
    cover = cv2.resize(window * 255, (width, height), interpolation=cv2.INTER_AREA)
    return (cover > 127).astype(np.uint8)


def union(first: Place, second: Place) -> Place:
    """A mask within a box: its place, allowed no further than the box."""
    return Place(first.radius, first.prior, first.inside & second.inside, first.side)
