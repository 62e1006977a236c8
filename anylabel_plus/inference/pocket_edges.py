"""Edges at image resolution: a guided filter lets the border of a soft mask follow the colours of the image.

The decoder's cells are coarser than the image; within their uncertainty the image itself says where an edge runs. Work
is bounded: only the surroundings of the object, at most ``EdgeOptions.max_pixels`` of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.guided import Floats, coefficients
from anylabel_plus.core.masks import Mask
from anylabel_plus.inference import cell_masks
from anylabel_plus.inference.base import Pixels
from anylabel_plus.inference.cell_masks import EnlargedMask, Frame, Logits

_FEWEST_RADIUS_PX = 1.0


@dataclass(frozen=True, slots=True)
class EdgeOptions:
    """How far edges may follow the image.

    Args:
        radius_cells: radius of the filter's window in decoder cells (what a cell cannot tell, the image may).
        eps: how much colour variance (of values 0..1) counts as flat; larger smooths more.
        band: only where the logit's magnitude is lower; the model is sure elsewhere.
        samples: coefficients are worked out on a grid of this many points a radius, and lie smoothly between them.
        max_pixels: larger surroundings are filtered at a lower resolution.
    """

    radius_cells: float = 1.0
    eps: float = 1e-3
    band: float = 3.0
    samples: int = 2
    max_pixels: int = 600_000


def refined(logits: Logits, pixels: Pixels, frame: Frame, options: EdgeOptions) -> Mask | None:
    """The region over 0 with edges along those of ``pixels`` (H, W, 3), None when there is none.

    ``logits`` are the decoder's cells (rows, columns) over the image as ``frame`` says.
    """
    window = _window(logits, frame, options)
    if window is None:
        return None
    x0, y0, x1, y1 = window
    shrink = min(1.0, float(np.sqrt(options.max_pixels / ((x1 - x0) * (y1 - y0)))))
    radius = options.radius_cells * shrink / max(frame.fx, frame.fy)
    if radius < _FEWEST_RADIUS_PX:  # cells are finer than pixels: nothing to gain
        return cell_masks.to_mask(logits, frame)
    size = max(1, round((x1 - x0) * shrink)), max(1, round((y1 - y0) * shrink))
    skip = max(1, int(0.5 / shrink))  # averaging all of 24 megapixels takes longer than everything else
    image: Any = pixels[y0:y1:skip, x0:x1:skip]
    if size != (x1 - x0, y1 - y0):
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    sx, sy = size[0] / (x1 - x0), size[1] / (y1 - y0)
    soft = _enlarged(logits, (x0, y0), size, (frame.fx / sx, frame.fy / sy), frame)
    levels = _follow(soft, image, round(radius), options)
    if size == (x1 - x0, y1 - y0):
        return _tight(levels, x0, y0)
    fine = Frame(frame.width, frame.height, sx, sy, max(size))
    return EnlargedMask(levels, (x0 * sx, y0 * sy), window, fine) if (levels > 127).any() else None


def _window(logits: Logits, frame: Frame, options: EdgeOptions) -> tuple[int, int, int, int] | None:
    """xyxy pixels around the object: as far as an edge may move, and the filter's window."""
    columns, rows = frame.used
    left, top, width, height = cv2.boundingRect((logits[:rows, :columns] > 0).view(np.uint8))
    if not width:
        return None
    reach = 2 * options.radius_cells + 1
    x0, y0 = max(0, int((left - reach) / frame.fx)), max(0, int((top - reach) / frame.fy))
    x1 = min(frame.width, int(np.ceil((left + width + reach) / frame.fx)))
    y1 = min(frame.height, int(np.ceil((top + height + reach) / frame.fy)))
    return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)


def _enlarged(
    logits: Logits, origin: tuple[int, int], size: tuple[int, int], scale: tuple[float, float], frame: Frame
) -> Floats:
    """Logits (h, w) on the pixels of the window; ``scale`` is cells a pixel of the window."""
    columns, rows = frame.used
    fx, fy = scale
    back = np.array(
        [
            [fx, 0.0, 0.5 * fx - 0.5 + origin[0] * frame.fx],
            [0.0, fy, 0.5 * fy - 0.5 + origin[1] * frame.fy],
        ]
    )
    cells = np.ascontiguousarray(logits[:rows, :columns])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(cells, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _follow(logits: Floats, image: Pixels, radius: int, options: EdgeOptions) -> NDArray[np.uint8]:
    """Levels (h, w), over 127 inside."""
    unsure = np.abs(logits) < options.band
    levels = np.where(logits > 0, np.uint8(255), np.uint8(0))
    rows, columns = np.nonzero(unsure)
    if len(rows):
        guided = _guided(logits, image, (rows, columns), radius, options)
        levels[rows, columns] = np.clip(guided * 255.0, 0.0, 255.0).astype(np.uint8)
    return levels


def _guided(
    logits: Floats, image: Pixels, places: tuple[NDArray[np.intp], NDArray[np.intp]], radius: int, options: EdgeOptions
) -> Floats:
    """The filtered probability (n,) at ``places`` (rows, columns)."""
    height, width = logits.shape
    step = max(1, radius // options.samples)
    small = max(1, width // step), max(1, height // step)
    guide = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.float32) / 255.0
    target = 1.0 / (1.0 + np.exp(-np.asarray(cv2.resize(logits, small, interpolation=cv2.INTER_AREA))))
    side = 2 * max(1, round(radius / step)) + 1
    found = coefficients(guide, target, side, options.eps)
    rows, columns = places
    across = ((columns + 0.5) * (small[0] / width) - 0.5).astype(np.float32)
    down = ((rows + 0.5) * (small[1] / height) - 0.5).astype(np.float32)
    here = _sampled(found, across, down)
    colours = image[rows, columns].astype(np.float32) / 255.0
    return np.asarray((here[:, :3] * colours).sum(1) + here[:, 3], np.float32)


_LONGEST_MAP = 32000


def _sampled(values: NDArray[Any], across: Floats, down: Floats) -> Floats:
    """``values`` (h, w, 4) between their points, at n places: (n, 4)."""
    count = len(across)
    width = min(count, _LONGEST_MAP)  # OpenCV's limit for a side
    padded = np.zeros((2, -(-count // width) * width), np.float32)
    padded[0, :count], padded[1, :count] = across, down
    maps = padded.reshape(2, -1, width)
    found = cv2.remap(values, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32).reshape(-1, values.shape[2])[:count]


def _tight(levels: NDArray[np.uint8], x: int, y: int) -> Mask | None:
    inside = (levels > 127).view(np.uint8)
    left, top, width, height = cv2.boundingRect(inside)
    if not width:
        return None
    return Mask(inside[top : top + height, left : left + width].view(np.bool_).copy(), x + left, y + top)
