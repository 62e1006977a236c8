"""From pictures to training crops: a place and scale chosen by an object, other objects pasted, colours changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.inference.pocket_graph import PADDING
from anylabel_plus.training.pocket import colours
from anylabel_plus.training.pocket.config import TURNABLE, TrainConfig
from anylabel_plus.training.pocket.sources import Picture, Pixels

Bools = NDArray[np.bool_]
_MIN_VISIBLE_PX, _MIN_VISIBLE_SHARE = 80, 0.35
_MAX_OTHERS = 7
_MOST_TRIES = 1000


@dataclass(frozen=True, eq=False)
class Crop:
    """``pixels`` (S, S, 3) uint8 RGB and the targets asked for in it, (S, S) each; the same one may come twice."""

    pixels: Pixels
    targets: list[Bools]


class CropMaker:
    """Draws crops from pictures by the shares of their sources.

    Args:
        pictures: to train on.
        cutouts: (H, W, 4) RGBA to paste beside the pictures' own objects.
    """

    def __init__(self, pictures: Sequence[Picture], cutouts: Sequence[NDArray[np.uint8]], config: TrainConfig) -> None:
        self._by_source: dict[str, list[Picture]] = {}
        for picture in pictures:
            self._by_source.setdefault(picture.source, []).append(picture)
        self._sources = sorted(self._by_source)
        weights = [config.shares.get(name, math.sqrt(len(self._by_source[name])) / 100) for name in self._sources]
        self._weights = np.array(weights) / sum(weights)
        self._cutouts = list(cutouts)
        self._config = config

    def draw(self, rng: np.random.Generator, side: int) -> Crop:
        """One crop of ``side`` x ``side`` pixels with ``config.targets`` targets.

        Raises:
            UserError: a picture cannot be read, a mask is damaged, or no object is large enough to be seen in a crop.
        """
        for _ in range(_MOST_TRIES):
            crop = self._crop(self._picture(rng), rng, side)
            if crop is not None:
                return crop
        raise UserError(f"None of {_MOST_TRIES} crops of {side} pixels shows an object: the masks are too small.")

    def _picture(self, rng: np.random.Generator) -> Picture:
        own = self._by_source[self._sources[int(rng.choice(len(self._sources), p=self._weights))]]
        return own[int(rng.integers(len(own)))]

    def _crop(self, picture: Picture, rng: np.random.Generator, side: int) -> Crop | None:
        anchor = _pick(picture, rng)
        box = picture.mask(anchor).bounds
        matrix = _placement(box, picture, rng, side)
        shrinks = abs(np.linalg.det(matrix[:, :2])) < 0.8
        flags = cv2.INTER_AREA if shrinks else (cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC)
        pixels = _warped(picture.pixels(), matrix, side, flags)
        others = [index for index in range(len(picture.masks)) if index != anchor]
        chosen = [anchor, *(int(i) for i in rng.permutation(others)[:_MAX_OTHERS])]
        visible = []
        for index in chosen:
            target = _visible(picture, index, matrix, side)
            if target is None and index == anchor:
                return None
            if target is not None:
                visible.append(target)
        if rng.random() < self._config.paste_share:
            pixels, visible = self._pasted(pixels, visible, rng)
        if not visible:
            return None
        first = visible[:1]
        rest = [visible[int(i)] for i in rng.permutation(len(visible))]
        targets = (first + rest)[: self._config.targets]
        while len(targets) < self._config.targets:
            targets.append(visible[int(rng.integers(len(visible)))])
        return Crop(colours.changed(pixels, rng), targets)

    def _pasted(self, pixels: Pixels, targets: list[Bools], rng: np.random.Generator) -> tuple[Pixels, list[Bools]]:
        """With one to three objects of elsewhere on top; what they hide is taken from the other targets."""
        side = pixels.shape[0]
        result = pixels.astype(np.float32)
        for _ in range(int(rng.integers(1, 4))):
            rgba = self._object(rng)
            want = side * math.exp(rng.uniform(math.log(0.1), math.log(0.5)))
            factor = min(want / max(rgba.shape[:2]), 4.0)
            size = max(4, round(rgba.shape[1] * factor)), max(4, round(rgba.shape[0] * factor))
            rgba = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
            if rng.random() < 0.5:
                rgba = rgba[:, ::-1]
            x, y = (int(rng.integers(-extent // 3, side - extent // 2)) for extent in (size[0], size[1]))
            x1, y1, x2, y2 = max(x, 0), max(y, 0), min(x + size[0], side), min(y + size[1], side)
            part = rgba[y1 - y : y2 - y, x1 - x : x2 - x].astype(np.float32)
            alpha = part[..., 3] / 255.0
            if rng.random() < 0.7:
                alpha = cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(0.4, 1.4)))
            hidden = np.zeros((side, side), np.bool_)
            hidden[y1:y2, x1:x2] = alpha > 0.5
            left = [target & ~hidden for target in targets]
            kept = [
                after
                for before, after in zip(targets, left, strict=True)
                if after.sum() > max(_MIN_VISIBLE_PX, 0.4 * before.sum())
            ]
            if len(kept) < len(targets) or hidden.sum() < _MIN_VISIBLE_PX:
                continue
            around = result[y1:y2, x1:x2]
            result[y1:y2, x1:x2] = around + (part[..., :3] - around) * alpha[..., None]
            targets = [*kept, hidden]
        return np.clip(result, 0, 255).astype(np.uint8), targets

    def _object(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """A cut-out, or an object of another picture, as RGBA."""
        if self._cutouts and rng.random() < 0.2:
            return self._cutouts[int(rng.integers(len(self._cutouts)))]
        picture = self._picture(rng)
        mask = picture.mask(_pick(picture, rng))
        x1, y1, x2, y2 = (int(v) for v in mask.bounds)
        colour = picture.pixels()[y1:y2, x1:x2]
        return np.dstack([colour, mask.crop.astype(np.uint8) * 255])


def _pick(picture: Picture, rng: np.random.Generator) -> int:
    """One object; larger ones somewhat more often, none too seldom."""
    weights = np.clip(np.array(picture.areas, float), 100, 20000) ** 0.4
    return int(rng.choice(len(weights), p=weights / weights.sum()))


def _placement(
    box: tuple[float, float, float, float], picture: Picture, rng: np.random.Generator, side: int
) -> NDArray[np.float64]:
    """The affine map (2, 3) from picture to crop that gives the object a side of 8 % to 100 % of the crop.

    As the model is used: zoomed in until the object has about half the side, or with the whole picture in view.
    """
    x1, y1, x2, y2 = box
    if rng.random() < 0.65:
        want = side * math.exp(rng.uniform(math.log(0.08), math.log(0.65)))
    else:
        want = side * rng.uniform(0.4, 1.0)
    scale = float(np.clip(want / max(x2 - x1, y2 - y1), 0.3 * side / max(picture.width, picture.height), 6.0))
    stretch = math.exp(rng.normal(0, 0.08))
    sx, sy = scale * stretch, scale / stretch
    window = side / sx, side / sy
    origin = []
    for low, high, extent, length in ((x1, x2, picture.width, window[0]), (y1, y2, picture.height, window[1])):
        slack = 0.12 * (high - low)
        start = rng.uniform(min(high - length - slack, low + slack), max(high - length - slack, low + slack))
        if length < extent:
            start = min(max(start, 0.0), extent - length)
        elif rng.random() < 0.7:
            start = 0.0
        else:
            start = rng.uniform(extent - length, 0.0)
        origin.append(start)
    matrix = np.array([[sx, 0, -sx * origin[0]], [0, sy, -sy * origin[1]], [0, 0, 1]], float)
    return _turned(matrix, picture, rng, side)[:2]


def _turned(matrix: NDArray[np.float64], picture: Picture, rng: np.random.Generator, side: int) -> NDArray[np.float64]:
    """``matrix`` followed by mirroring, a turn by quarters where that is natural, and at times a small turn."""
    back, to = np.eye(3), np.eye(3)
    back[:2, 2], to[:2, 2] = side / 2, -side / 2
    turn = np.eye(3)
    if rng.random() < 0.5:
        turn[0, 0] = -1
    if picture.source in TURNABLE:
        quarter = int(rng.integers(4))
        cos, sin = (1.0, 0.0, -1.0, 0.0)[quarter], (0.0, 1.0, 0.0, -1.0)[quarter]
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], float) @ turn
    if rng.random() < 0.2:
        angle = float(rng.normal(0, 0.2))
        cos, sin = math.cos(angle), math.sin(angle)
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], float) @ turn
    return np.asarray(back @ turn @ to @ matrix, np.float64)


def _warped(pixels: NDArray[np.uint8], matrix: NDArray[np.float64], side: int, flags: int) -> NDArray[np.uint8]:
    """``pixels`` in the crop; pixel centres at +0.5 as everywhere, OpenCV's are at 0."""
    if flags == cv2.INTER_AREA:  # warpAffine has no area mode: shrink first, then place
        factor = math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
        width, height = (max(1, round(extent * factor)) for extent in (pixels.shape[1], pixels.shape[0]))
        matrix = matrix @ np.diag([pixels.shape[1] / width, pixels.shape[0] / height, 1.0])
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        flags = cv2.INTER_LINEAR
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    border = PADDING if pixels.ndim == 3 else 0
    return np.asarray(cv2.warpAffine(pixels, shifted, (side, side), flags=flags, borderValue=border), np.uint8)


def _visible(picture: Picture, index: int, matrix: NDArray[np.float64], side: int) -> Bools | None:
    """The object in the crop, or None when too little of it is there."""
    mask = picture.mask(index)
    place = np.eye(3)
    place[:2, 2] = mask.x, mask.y
    soft = _warped(mask.crop.astype(np.uint8) * 255, matrix @ place, side, cv2.INTER_LINEAR)
    target = soft > 127
    full = mask.area * abs(float(np.linalg.det(matrix[:, :2])))
    if target.sum() < max(_MIN_VISIBLE_PX, _MIN_VISIBLE_SHARE * full):
        return None
    return np.asarray(target, np.bool_)
