"""The ``mask`` of a shape: a base64 PNG of a 0/1 crop, placed by its rounded box."""

from __future__ import annotations

import base64
import binascii
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask
from anylabel_plus.formats.native_place import Place

_MAX_CROP_PIXELS = 2**30


def read(text: Any, box: NDArray[np.float64], index: int, place: Place) -> tuple[Mask, bool]:
    """The mask of a shape in the upright frame, clipped to the image; True if pixels were cut off.

    ``box`` are the file's points: its first corner, rounded, is the crop's top-left pixel. Where
    the image's size is not known (0) nothing is clipped.
    """
    crop = _decode(text, index, place)
    x, y = (math.floor(value + 0.5) for value in box.min(axis=0))
    frame = place.frame
    if frame is None:
        return _clip(Mask(crop, x, y), place.width, place.height)
    placed, clipped = _clip(Mask(crop, x, y), frame.height, frame.width)
    return frame.mask_to_upright(placed), clipped


def _clip(mask: Mask, width: int, height: int) -> tuple[Mask, bool]:
    crop, x, y = mask.crop, mask.x, mask.y
    if width > 0 and height > 0:
        crop = crop[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
        x, y = min(max(x, 0), width), min(max(y, 0), height)
    if crop.shape == mask.crop.shape:
        return Mask(mask.crop, mask.x, mask.y), False
    crop = np.ascontiguousarray(crop)
    crop.setflags(write=False)
    return Mask(crop, x, y), True


def _decode(text: Any, index: int, place: Place) -> NDArray[np.bool_]:
    import cv2

    if not isinstance(text, str):
        place.refuse(
            index,
            ".mask",
            "must be a PNG picture in base64 for a mask shape, got nothing" if text is None else "must be text",
        )
    try:
        png = base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        png = b""
    size = _png_size(png)
    if size is None or size[0] * size[1] > _MAX_CROP_PIXELS:
        place.refuse(index, ".mask", "is not a PNG picture in base64")
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        place.refuse(index, ".mask", "is a damaged PNG picture")
    values = np.asarray(pixels, np.uint16)
    if values.ndim == 3:  # colour or with alpha: any colour counts
        values = values[:, :, : 3 if values.shape[2] > 2 else 1].max(axis=2)
    crop: NDArray[np.bool_] = values.astype(np.bool_)
    crop.setflags(write=False)
    return crop


def _png_size(png: bytes) -> tuple[int, int] | None:
    if png[:8] != b"\x89PNG\r\n\x1a\n" or len(png) < 33:
        return None
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def encode(mask: Mask) -> str:
    """The crop as base64 of an 8-bit grey PNG of 0 and 1, as labelme writes it."""
    import cv2

    crop = mask.crop if mask.crop.size else np.zeros((1, 1), np.bool_)
    _, png = cv2.imencode(".png", np.ascontiguousarray(crop, np.uint8))
    return base64.b64encode(png.tobytes()).decode("ascii")


def box(mask: Mask) -> list[list[float]]:
    """The two corners labelme writes: the first and the last pixel of the crop."""
    height, width = mask.crop.shape
    return [[float(mask.x), float(mask.y)], [float(mask.x + max(width, 1) - 1), float(mask.y + max(height, 1) - 1)]]
