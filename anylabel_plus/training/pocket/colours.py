"""Changes of colour and sharpness that leave every object where it is."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def changed(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """``pixels`` (H, W, 3) uint8 as another camera, light or file might have given them."""
    result = pixels
    if rng.random() < 0.8:
        result = _toned(result, rng)
    if rng.random() < 0.4:
        result = _tinted(result, rng)
    if rng.random() < 0.1:
        result = np.repeat(cv2.cvtColor(result, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    if rng.random() < 0.05:
        result = np.ascontiguousarray(result[..., rng.permutation(3)])
    if rng.random() < 0.03:
        result = 255 - result
    if rng.random() < 0.15:
        result = _soft(result, rng)
    if rng.random() < 0.12:
        noise = rng.normal(0, rng.uniform(2, 12), result.shape)
        result = np.clip(result + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        _, data = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])
        result = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(result)


def _toned(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Brightness, contrast and gamma by one table for each channel."""
    levels = np.arange(256) / 255.0
    gamma = np.exp(rng.normal(0, 0.25))
    contrast, brightness = np.exp(rng.normal(0, 0.2)), rng.normal(0, 0.08)
    table = np.clip((levels**gamma - 0.5) * contrast + 0.5 + brightness, 0, 1)[:, None]
    table = np.clip(table * (1 + rng.normal(0, 0.05, 3)), 0, 1) * 255
    return np.asarray(cv2.LUT(pixels, table.astype(np.uint8)[None]), np.uint8)


def _tinted(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hue = (hsv[..., 0].astype(np.int16) + int(rng.normal(0, 6))) % 180
    saturation = np.clip(hsv[..., 1] * np.exp(rng.normal(0, 0.35)), 0, 255)
    hsv[..., 0], hsv[..., 1] = hue.astype(np.uint8), saturation.astype(np.uint8)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def _soft(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Out of focus, or enlarged from a smaller picture."""
    if rng.random() < 0.4:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), float(rng.uniform(0.5, 1.8))), np.uint8)
    height, width = pixels.shape[:2]
    factor = float(rng.uniform(0.3, 0.8))
    small = cv2.resize(pixels, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
