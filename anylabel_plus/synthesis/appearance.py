"""Light, colour, noise and compression of a pasted object, brought towards those of the picture behind it."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.synthesis.choosing import Rng
from anylabel_plus.synthesis.recipe import Recipe

Grey = NDArray[np.uint8]
Rgb = NDArray[np.uint8]
Stats = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Mean and standard deviation of L, a, b as OpenCV's 8-bit LAB counts them."""
_SAMPLES = 32
"""Pixels along a side of what statistics are taken from."""
MOST_LIGHT, MOST_COLOUR = 36.0, 14.0
"""Matching moves L, and a and b, by no more: objects keep their own colour."""
_SHADOW_STEP = 4


def lab_stats(rgb: Rgb, mask: Grey) -> Stats | None:
    """Statistics of the pixels under ``mask``, from a sample of them; None without any."""
    step = max(1, max(mask.shape) // _SAMPLES)
    inside = mask[::step, ::step] > 0
    if not inside.any():
        return None
    lab = cv2.cvtColor(np.ascontiguousarray(rgb[::step, ::step]), cv2.COLOR_RGB2LAB)[inside].astype(np.float64)
    return lab.mean(axis=0), lab.std(axis=0)


def ring_stats(canvas: Rgb, mask: Grey, x: int, y: int) -> Stats | None:
    """Statistics of the picture in a ring around a mask (h, w) whose top left is at (x, y) of the canvas."""
    height, width = mask.shape
    reach = max(8, max(width, height) // 6)
    left, top = max(0, x - reach), max(0, y - reach)
    right, bottom = min(canvas.shape[1], x + width + reach), min(canvas.shape[0], y + height + reach)
    if right <= left or bottom <= top:
        return None
    step = max(1, max(right - left, bottom - top) // _SAMPLES)
    columns, rows = np.arange(left, right, step) - x, np.arange(top, bottom, step) - y
    within = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None, :]
    sampled = mask[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)[None, :]]
    inside = ((sampled > 0) & within).astype(np.uint8)
    grown = 2 * max(1, reach // step) + 1
    ring = cv2.dilate(inside, np.ones((grown, grown), np.uint8)) - cv2.dilate(inside, np.ones((3, 3), np.uint8))
    picked = np.ascontiguousarray(canvas[top:bottom:step, left:right:step])
    found = ring > 0
    if int(found.sum()) < 8:
        return None
    lab = cv2.cvtColor(picked, cv2.COLOR_RGB2LAB)[found].astype(np.float64)
    return lab.mean(axis=0), lab.std(axis=0)


def colour_matrix(
    recipe: Recipe, draws: NDArray[np.float64], own: Stats | None, around: Stats | None
) -> NDArray[np.float32] | None:
    """(3, 4) float32, an affine map of 8-bit LAB: jitter and matching in one. None when it changes nothing.

    ``draws`` are three numbers from 0 to 1: brightness, contrast, hue. Matching after Reinhard et al. 2001, "Color
    Transfer between Images", by a share and within limits.
    """
    bright = recipe.brightness[0] + draws[0] * (recipe.brightness[1] - recipe.brightness[0])
    contrast = 1.0 + recipe.contrast[0] + draws[1] * (recipe.contrast[1] - recipe.contrast[0])
    turn = math.radians(recipe.hue[0] + draws[2] * (recipe.hue[1] - recipe.hue[0]))
    mean = own[0] if own is not None else np.array([128.0, 128.0, 128.0])
    shift, spread = np.zeros(3), 1.0
    if own is not None and around is not None and recipe.harmonise > 0:
        most = np.array([MOST_LIGHT, MOST_COLOUR, MOST_COLOUR])
        shift = np.clip((around[0] - own[0]) * recipe.harmonise, -most, most)
        ratio = (around[1][0] + 4.0) / (own[1][0] + 4.0)
        spread = float(np.clip(ratio ** (recipe.harmonise * 0.5), 0.8, 1.2))
    light = contrast * spread
    if abs(light - 1) < 1e-3 and abs(turn) < 1e-3 and abs(bright) < 1e-3 and not np.abs(shift).max() > 0.3:
        return None
    cos, sin = math.cos(turn), math.sin(turn)
    matrix = np.array([[light, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
    still = np.array([mean[0], 128.0, 128.0])
    offset = still - matrix @ still + shift + np.array([bright * 255.0, 0.0, 0.0])
    return np.column_stack((matrix, offset)).astype(np.float32)


def recoloured(rgb: Rgb, mask: Grey, matrix: NDArray[np.float32] | None) -> Rgb:
    """``rgb`` through an affine map of its LAB values.

    The map is fitted in RGB to a sample of the object's own colours: a twentieth of the time, and without the steps
    that 8-bit LAB would leave.
    """
    if matrix is None:
        return rgb
    step = max(1, max(mask.shape) // _SAMPLES)
    colours = rgb[::step, ::step][mask[::step, ::step] > 0].astype(np.float32)
    if not len(colours):
        return rgb
    lab = cv2.cvtColor(colours[None] / 255.0, cv2.COLOR_RGB2LAB)
    to_8_bit = np.array([255 / 100, 1.0, 1.0], np.float32)
    moved = cv2.transform(lab * to_8_bit + (0, 128, 128), matrix)
    back = cv2.cvtColor(((moved - (0, 128, 128)) / to_8_bit).astype(np.float32), cv2.COLOR_LAB2RGB)[0] * 255.0
    result: Rgb = cv2.transform(rgb, _fitted(colours.astype(np.float64), back.astype(np.float64)))
    return result


def _fitted(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float32]:
    """(3, 4): the affine map nearest to ``before`` -> ``after`` (N, 3), kept near to a plain shift of colours."""
    centre, target = before.mean(axis=0), after.mean(axis=0)
    x, change = before - centre, (after - target) - (before - centre)
    stiff = len(before) * 40.0  # as strong as a spread of six grey levels: few colours bend nothing
    bend = np.linalg.solve(x.T @ x + stiff * np.eye(3), x.T @ change).T
    linear = np.eye(3) + bend
    return np.column_stack((linear, target - linear @ centre)).astype(np.float32)


class NoiseTile:
    """Noise of sigma 1, made once; pieces of it serve every object. Mostly alike in the three colours."""

    SIDE = 512
    _UNIT = 28.0

    def __init__(self) -> None:
        rng = np.random.Generator(np.random.PCG64(20171113))
        common, own = rng.standard_normal((2, self.SIDE, self.SIDE))
        values = np.stack((0.85 * common + 0.5 * own, 0.98 * common, 0.85 * common - 0.5 * own), axis=2)
        tile = np.clip(np.rint(values * self._UNIT), -127, 127).astype(np.int8)
        self._tile = np.tile(tile, (2, 2, 1))

    def added(self, rgb: Rgb, sigma: float, rng: Rng) -> Rgb:
        """``rgb`` with noise of ``sigma`` grey levels."""
        if sigma < 0.4:
            return rgb
        height, width = rgb.shape[:2]
        x, y = (int(v) for v in rng.integers(0, self.SIDE, 2))
        piece = self._tile[y : y + self.SIDE, x : x + self.SIDE]
        if height > self.SIDE or width > self.SIDE:
            piece = np.tile(piece, (math.ceil(height / self.SIDE), math.ceil(width / self.SIDE), 1))
        piece = piece[:height, :width]
        grain = (piece * np.float32(sigma / self._UNIT)).astype(np.int16)
        result: Rgb = cv2.add(rgb, grain, dtype=cv2.CV_8U)
        return result


def noise_sigma(rgb: Rgb, mask: Grey | None = None, side: int = 512) -> float:
    """Sensor noise of a picture in grey levels, as in its smoothest parts; its middle, under ``mask``.

    The mask of Immerkær 1996, "Fast Noise Variance Estimation", in blocks; a low percentile of these, so that texture
    does not pass for noise.
    """
    grey = cv2.cvtColor(_centre(rgb, side), cv2.COLOR_RGB2GRAY)
    if min(grey.shape) < 24:
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    filtered = cv2.filter2D(grey, cv2.CV_32F, kernel)
    clear = ((grey > 8) & (grey < 247)).astype(np.float32)  # clipped values hide their noise
    if mask is not None:
        clear[_centre(mask, side) == 0] = 0.0
    blocks = (max(1, grey.shape[1] // 16), max(1, grey.shape[0] // 16))
    power = cv2.resize(filtered * filtered * clear, blocks, interpolation=cv2.INTER_AREA)
    share = cv2.resize(clear, blocks, interpolation=cv2.INTER_AREA)
    usable = share > 0.5
    if not usable.any():
        return 0.0
    found = math.sqrt(float(np.percentile(power[usable] / share[usable], 15)) / 36.0)
    return min(found, 16.0)


def _centre(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    top, left = max(0, (height - side) // 2), max(0, (width - side) // 2)
    return np.ascontiguousarray(pixels[top : top + side, left : left + side])


def compressed(rgb: Rgb, quality: int) -> Rgb:
    """``rgb`` after a JPEG of ``quality``."""
    _ok, data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def cast_shadow(canvas: Rgb, mask: Grey, x: int, y: int, strength: float) -> None:
    """Darken the canvas softly around the lower part of a mask (h, w) whose top left is at (x, y).

    A contact shadow: the mask's lower third, flattened and blurred, a little below the object.
    """
    height, width = mask.shape
    pad = max(8, max(height, width) // 4)
    step = _SHADOW_STEP
    small_h, small_w = math.ceil((height + 2 * pad) / step), math.ceil((width + 2 * pad) / step)
    frame = np.zeros((small_h * step, small_w * step), np.uint8)
    frame[pad : pad + height, pad : pad + width] = mask
    frame[: pad + height * 2 // 3] = 0
    small = cv2.resize(frame, (small_w, small_h), interpolation=cv2.INTER_AREA)
    sigma = max(1.0, pad / step / 3)
    lowered = np.roll(small, max(1, round(height * 0.03 / step)), axis=0)
    soft = cv2.GaussianBlur(lowered, (0, 0), sigma)
    full = cv2.resize(soft, (small_w * step, small_h * step), interpolation=cv2.INTER_LINEAR)
    left, top = x - pad, y - pad
    x1, y1 = max(0, left), max(0, top)
    x2, y2 = min(canvas.shape[1], left + full.shape[1]), min(canvas.shape[0], top + full.shape[0])
    if x2 <= x1 or y2 <= y1:
        return
    share = full[y1 - top : y2 - top, x1 - left : x2 - left].astype(np.float32) * (-strength / 255.0) + 1.0
    view = canvas[y1:y2, x1:x2]
    view[:] = cv2.multiply(view, cv2.merge([share, share, share]), dtype=cv2.CV_8U)
