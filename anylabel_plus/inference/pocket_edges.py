"""Edges at image resolution: a guided filter lets the border of a soft mask follow the colours of the image.

The decoder's cells are coarser than the image; within their uncertainty the image itself says where an edge runs. See
K. He, J. Sun, "Fast guided filter" (2015). Work is bounded: only the surroundings of the object, at most
``EdgeOptions.max_pixels`` of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask
from anylabel_plus.inference import cell_masks
from anylabel_plus.inference.base import Pixels
from anylabel_plus.inference.cell_masks import EnlargedMask, Frame, Logits

Floats = NDArray[np.float32]
_FEWEST_RADIUS_PX = 1.0


@dataclass(frozen=True, slots=True)
class EdgeOptions:
    """How far edges may follow the image.

    Args:
        radius_cells: radius of the filter's window in decoder cells (what a cell cannot tell, the image may).
        eps: how much colour variance (of values 0..1) counts as flat; larger smooths more.
        band: only where the logit's magnitude is lower; the model is sure elsewhere.
        step: coefficients are worked out on every ``step``-th pixel.
        max_pixels: larger surroundings are filtered at a lower resolution.
    """

    radius_cells: float = 2.0
    eps: float = 1e-3
    band: float = 3.0
    step: int = 2
    max_pixels: int = 1_000_000


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
    image: Any = pixels[y0:y1, x0:x1]
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
    sure = np.where(logits > 0, np.uint8(255), np.uint8(0))
    if not unsure.any():
        return sure
    soft = (1.0 / (1.0 + np.exp(-logits))).astype(np.float32)
    guided = _guided(soft, image, radius, options)
    levels = np.clip(guided * 255.0, 0.0, 255.0).astype(np.uint8)
    return np.where(unsure, levels, sure)


def _guided(soft: Floats, image: Pixels, radius: int, options: EdgeOptions) -> Floats:
    height, width = soft.shape
    step = max(1, min(options.step, radius))
    small = max(1, width // step), max(1, height // step)
    guide = cv2.resize(image, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    target = cv2.resize(soft, small, interpolation=cv2.INTER_AREA)
    side = 2 * max(1, round(radius / step)) + 1

    def mean(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT))

    centre, level = mean(guide), mean(target)
    cross = mean(guide * target[..., None]) - centre * level[..., None]
    weights = _solve(_variance(guide, centre, mean, options.eps), cross)
    offset = mean(level - (weights * centre).sum(2))
    large = (width, height)
    weights = cv2.resize(mean(weights), large, interpolation=cv2.INTER_LINEAR)
    offset = cv2.resize(offset, large, interpolation=cv2.INTER_LINEAR)
    colours = image.astype(np.float32) / 255.0
    return np.asarray((weights * colours).sum(2) + offset, np.float32)


_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def _variance(guide: NDArray[Any], centre: NDArray[Any], mean: Any, eps: float) -> list[NDArray[Any]]:
    """The six entries of each pixel's symmetric 3 x 3 colour covariance, ``eps`` added on the diagonal."""
    return [
        mean(guide[..., i] * guide[..., j]) - centre[..., i] * centre[..., j] + (eps if i == j else 0.0)
        for i, j in _PAIRS
    ]


def _solve(entries: list[NDArray[Any]], right: NDArray[Any]) -> NDArray[Any]:
    """(h, w, 3) solutions of the symmetric systems with these entries, by cofactors."""
    rr, rg, rb, gg, gb, bb = entries
    c00, c01, c02 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c00 + rg * c01 + rb * c02
    red, green, blue = right[..., 0], right[..., 1], right[..., 2]
    rows = ((c00, c01, c02), (c01, c11, c12), (c02, c12, c22))
    solved = np.stack([a * red + b * green + c * blue for a, b, c in rows], axis=2)
    return np.asarray(solved / determinant[..., None])


def _tight(levels: NDArray[np.uint8], x: int, y: int) -> Mask | None:
    inside = (levels > 127).view(np.uint8)
    left, top, width, height = cv2.boundingRect(inside)
    if not width:
        return None
    return Mask(inside[top : top + height, left : left + width].view(np.bool_).copy(), x + left, y + top)
