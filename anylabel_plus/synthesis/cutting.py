"""From an image and a mask to the pixels of a cutout: cropped, with alpha, clean edges and a margin."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask, clip, tight
from anylabel_plus.synthesis import edges
from anylabel_plus.synthesis.edges import EdgeOptions
from anylabel_plus.synthesis.scene import OPAQUE, Rgba

Bytes = NDArray[np.uint8]
_FAINT, _SOLID = 8, 248
"""Alpha between them is soft."""


@dataclass(frozen=True, slots=True)
class CutOptions:
    """How cutouts are made.

    Args:
        margin: transparent pixels around the object, the same on all sides.
        max_side: larger objects are shrunk until their longer side has so many pixels.
        min_side: objects whose shorter side is below are not cut.
    """

    margin: int = 4
    max_side: int = 1024
    min_side: int = 4
    edges: EdgeOptions = field(default_factory=EdgeOptions)


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Pixels of a cutout, and ``box``, what they show of the image (xyxy pixel edges; it reaches beyond the image where
    the object touches its border)."""

    pixels: Rgba
    box: tuple[int, int, int, int]

    @property
    def area(self) -> int:
        """Pixels that count as the object's."""
        return int(np.count_nonzero(self.pixels[..., 3] >= OPAQUE))


def cut(pixels: Bytes, mask: Mask, options: CutOptions | None = None) -> Cut:
    """The object ``mask`` of the upright image ``pixels`` (H, W, 3).

    Raises:
        UserError: the mask has no pixels in the image, or too few.
    """
    options = options or CutOptions()
    height, width = pixels.shape[:2]
    mask = tight(clip(mask, width, height))
    rows, columns = mask.crop.shape
    if not mask.area:
        raise UserError("the mask is empty.")
    if min(rows, columns) < options.min_side:
        raise UserError(f"the object is too small to be cut out ({columns} x {rows} px).")
    shrink = max(1.0, max(rows, columns) / options.max_side)
    margin = int(np.ceil(options.margin * shrink))
    box = (mask.x - margin, mask.y - margin, mask.x + columns + margin, mask.y + rows + margin)
    inside = (max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height))
    part: Bytes = np.ascontiguousarray(pixels[inside[1] : inside[3], inside[0] : inside[2]])
    hard = np.zeros(part.shape[:2], np.bool_)
    top, left = mask.y - inside[1], mask.x - inside[0]
    hard[top : top + rows, left : left + columns] = mask.crop
    if shrink > 1:
        size = max(1, round(part.shape[1] / shrink)), max(1, round(part.shape[0] / shrink))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        hard = cv2.resize(hard.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    alpha = edges.refined(hard, part, options.edges)
    pads = [round(abs(a - b) / shrink) for a, b in zip(inside, box, strict=True)]
    return Cut(_finished(part, alpha, pads, options, soft=False), box)


def cut_rgba(pixels: Rgba, options: CutOptions | None = None) -> Cut:
    """The object that the straight alpha of ``pixels`` (H, W, 4) shows; a soft alpha stays as it is.

    Raises:
        UserError: nothing shows, or all of the picture does.
    """
    options = options or CutOptions()
    alpha: Bytes = np.ascontiguousarray(pixels[..., 3])
    if not (alpha >= OPAQUE).any():
        raise UserError("nothing in the picture is opaque: there is no object.")
    if int(alpha.min()) >= _SOLID:
        raise UserError("the picture has no transparent part: where the object ends is not known.")
    left, top, columns, rows = cv2.boundingRect((alpha > 0).astype(np.uint8))
    if min(rows, columns) < options.min_side:
        raise UserError(f"the object is too small to be cut out ({columns} x {rows} px).")
    part: Bytes = np.ascontiguousarray(pixels[top : top + rows, left : left + columns])
    shrink = max(1.0, max(rows, columns) / options.max_side)
    if shrink > 1:
        part = _shrunk(part, shrink)
    hard = not ((part[..., 3] > _FAINT) & (part[..., 3] < _SOLID)).any()
    colours, alpha = np.ascontiguousarray(part[..., :3]), np.ascontiguousarray(part[..., 3])
    margin = int(np.ceil(options.margin * shrink))
    box = (left - margin, top - margin, left + columns + margin, top + rows + margin)
    if hard:  # 0 and 255 only: as good as a mask
        alpha = _hard_alpha(alpha, colours, options.edges)
    return Cut(_finished(colours, alpha, [options.margin] * 4, options, soft=not hard), box)


def _hard_alpha(alpha: Bytes, colours: Bytes, options: EdgeOptions) -> Bytes:
    """A soft edge for a picture without one. The colours beyond are not those of a background: nothing to follow."""
    spaced = cv2.copyMakeBorder(alpha, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    around = cv2.copyMakeBorder(colours, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    soft = edges.refined(spaced >= OPAQUE, around, replace(options, erode=False, follow_px=0))
    return soft[1:-1, 1:-1]


def _shrunk(part: Rgba, shrink: float) -> Rgba:
    """Averaged with premultiplied colours, so that those of transparent pixels do not count."""
    size = max(1, round(part.shape[1] / shrink)), max(1, round(part.shape[0] / shrink))
    alpha = part[..., 3:].astype(np.float32) / 255.0
    colours = cv2.resize(part[..., :3].astype(np.float32) * alpha, size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)[..., None]
    straight = colours / np.maximum(share, 1e-6)
    return np.asarray(np.clip(np.rint(np.dstack([straight, share * 255.0])), 0, 255), np.uint8)


def _finished(colours: Bytes, alpha: Bytes, pads: list[int], options: CutOptions, *, soft: bool) -> Rgba:
    """RGBA with a transparent margin; ``pads`` are the pixels to add left, top, right, bottom."""
    left, top, right, bottom = pads
    colours = np.asarray(cv2.copyMakeBorder(colours, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8)
    alpha = np.asarray(cv2.copyMakeBorder(alpha, top, bottom, left, right, cv2.BORDER_CONSTANT, value=0), np.uint8)
    return np.dstack([edges.clean(colours, alpha, options.edges, soft=soft), alpha])
