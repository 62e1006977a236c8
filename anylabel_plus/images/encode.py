"""Arrays to image bytes, and the name of an image's pixels."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.images.pixels import opencv


def pixel_hash(pixels: NDArray[Any]) -> str:
    """32 hexadecimal digits that name these pixels: BLAKE2b of shape, type and values."""
    digest = hashlib.blake2b(f"{pixels.shape}{pixels.dtype.str}".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def _for_encoder(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * 255
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or array.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"an image cannot be made of an array of shape {array.shape} and type {array.dtype}")
    if array.size == 0:
        raise ValueError("an image needs at least one pixel")
    if channels == 1:
        return np.ascontiguousarray(array.reshape(array.shape[:2]))
    cv2 = opencv()
    swapped: NDArray[Any] = cv2.cvtColor(
        np.ascontiguousarray(array), cv2.COLOR_RGB2BGR if channels == 3 else cv2.COLOR_RGBA2BGRA
    )
    return swapped


def encode_png(array: NDArray[Any], compression: int = 6) -> bytes:
    """PNG of grey (H, W), RGB or RGBA, uint8 or uint16; bool becomes 0 and 255.

    The same array gives the same bytes. Raises ValueError for other shapes and types.
    """
    cv2 = opencv()
    _ok, data = cv2.imencode(".png", _for_encoder(array), [cv2.IMWRITE_PNG_COMPRESSION, compression])
    return bytes(data)


def encode_jpeg(array: NDArray[Any], quality: int = 92) -> bytes:
    """JPEG of grey (H, W) or RGB, uint8; raises ValueError for other shapes and types."""
    prepared = _for_encoder(array)
    if prepared.dtype != np.uint8 or (prepared.ndim == 3 and prepared.shape[2] == 4):
        raise ValueError("a JPEG holds 8-bit grey or RGB only")
    cv2 = opencv()
    _ok, data = cv2.imencode(".jpg", prepared, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)
