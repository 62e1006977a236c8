"""Large masks drawn as pixels of the widget instead of as a path.

A path around a mask of 24 megapixels has tens of thousands of corners and takes 0.2 s to stroke. Here
the mask is sampled at the pixels of the device, so that drawing costs what is shown, whatever the mask
holds. Fill, line and halo are told apart in four steps each, and one table turns a step into a colour.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from anylabel_plus.core.masks import Mask
from anylabel_plus.ui.canvas import styles

RASTER_FROM_PX = 250_000
"""Masks whose crop has this many pixels are drawn so."""
EXACT_FROM = 5.0
"""From this many device pixels for one of the mask on, its edges are those of the pixels."""
KEEP_PX = 24_000_000
_MARGIN = 4
_STEPS = 3

Alpha = NDArray[np.uint8]
"""(h, w), 0 to 255."""
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where image pixels lie on a paint device: device x = image x * ``scale`` + ``ox``."""

    scale: float
    ox: float
    oy: float
    width: int
    height: int

    @classmethod
    def of(cls, painter: QPainter) -> Place:
        """The place of a painter whose transform maps image pixels to the device's logical ones."""
        transform, device = painter.transform(), painter.device()
        ratio = device.devicePixelRatioF()
        size = round(device.width() * ratio), round(device.height() * ratio)
        return cls(transform.m11() * ratio, transform.dx() * ratio, transform.dy() * ratio, *size)

    def area(self, mask: Mask) -> Box:
        """The device pixels that a mask with its line can touch; empty when none is on the device."""
        x0, y0, x1, y1 = mask.bounds
        return (
            max(0, int(x0 * self.scale + self.ox) - _MARGIN),
            max(0, int(y0 * self.scale + self.oy) - _MARGIN),
            min(self.width, int(x1 * self.scale + self.ox) + 1 + _MARGIN),
            min(self.height, int(y1 * self.scale + self.oy) + 1 + _MARGIN),
        )


@dataclass(frozen=True, slots=True)
class Ink:
    """How it is drawn: colour and alpha of the fill, ``width`` of the line in device pixels, its colour."""

    color: int
    alpha: float
    width: float
    line: int


class MaskRasters:
    """Draws masks and keeps the last images, so that a repaint with nothing changed is a copy."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, Place, Ink], tuple[Mask, QImage]] = OrderedDict()

    def draw(
        self, painter: QPainter, mask: Mask, color: QColor, alpha: float, width: float, line: QColor | None = None
    ) -> None:
        """Draw ``mask``, the painter as for ``Place.of``, the line in the colour of the fill if not told otherwise."""
        place, ink = Place.of(painter), Ink(color.rgb(), alpha, width, (line or color).rgb())
        area = place.area(mask)
        if area[2] <= area[0] or area[3] <= area[1]:
            return
        key = id(mask), place, ink
        kept = self._kept.pop(key, None)
        image = kept[1] if kept is not None else rendered(mask, place, area, ink)
        self._kept[key] = mask, image
        ratio = painter.device().devicePixelRatioF()
        image.setDevicePixelRatio(ratio)
        painter.save()
        painter.resetTransform()
        painter.drawImage(QPointF(area[0] / ratio, area[1] / ratio), image)
        painter.restore()
        self._forget_old()

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def _forget_old(self) -> None:
        while len(self._kept) > 1 and sum(one.width() * one.height() for _, one in self._kept.values()) > KEEP_PX:
            self._kept.popitem(last=False)


def rendered(mask: Mask, place: Place, area: Box, ink: Ink) -> QImage:
    """The mask in ``area`` of the device, with fill, line and halo."""
    import cv2

    inside = coverage(mask, place, area)
    solid = ((inside >= 128) * np.uint8(255)).astype(np.uint8)
    reach = max(1, round(ink.width / 2))
    band = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, _disc(1 if ink.width < 2 else 1 + 2 * reach))
    thin = solid - cv2.erode(solid, _disc(3)) if ink.width < 2 else band
    line = cv2.blur(thin, (3, 3)) if place.scale < EXACT_FROM else thin
    line = cv2.max(line, (thin >> np.uint8(1)) + (thin >> np.uint8(2)))
    halo = cv2.blur(cv2.dilate(thin, _disc(3)), (3, 3))
    steps = (inside >> np.uint8(6)) << np.uint8(4) | (line >> np.uint8(6)) << np.uint8(2) | (halo >> np.uint8(6))
    pixels = np.take(_table(ink), steps)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def coverage(mask: Mask, place: Place, area: Box) -> Alpha:
    """How much of each device pixel the mask covers: reduced by interpolation, enlarged with smooth edges."""
    import cv2

    step = max(1, int(0.75 / place.scale))
    kx = 1.0 / place.scale
    x0, y0 = (area[0] + 0.5 - place.ox) * kx - mask.x, (area[1] + 0.5 - place.oy) * kx - mask.y
    width, height = area[2] - area[0], area[3] - area[1]
    rows, columns = mask.crop.shape
    # Only the part that is seen, with one more pixel around it: outside of the crop nothing is set.
    left, top = max(0, int(x0) - step), max(0, int(y0) - step)
    right, bottom = min(columns, int(x0 + width * kx) + 2 * step), min(rows, int(y0 + height * kx) + 2 * step)
    if right <= left or bottom <= top:
        return np.zeros((height, width), np.uint8)
    part = np.ascontiguousarray(mask.crop[top:bottom:step, left:right:step]).view(np.uint8) * np.uint8(255)
    # warpAffine takes pixel centres at whole numbers.
    back = np.array(((kx / step, 0.0, (x0 - left) / step - 0.5), (0.0, kx / step, (y0 - top) / step - 0.5)))
    exact = place.scale >= EXACT_FROM
    if exact:
        columns_at = np.floor(x0 - left + np.arange(width) * kx).astype(np.intp)
        rows_at = np.floor(y0 - top + np.arange(height) * kx).astype(np.intp)
        return _picked(part, rows_at, columns_at)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    soft = cv2.warpAffine(part, back, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    if place.scale <= 1.0:
        return np.asarray(soft, np.uint8)
    steeper = np.clip((np.arange(256) - 127.5) * place.scale + 127.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(soft, steeper), np.uint8)


def _picked(part: Alpha, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Alpha:
    known = ((rows >= 0) & (rows < part.shape[0]))[:, None] & ((columns >= 0) & (columns < part.shape[1]))[None, :]
    picked = part[np.clip(rows, 0, part.shape[0] - 1)[:, None], np.clip(columns, 0, part.shape[1] - 1)[None, :]]
    return np.asarray(np.where(known, picked, 0), np.uint8)


def _disc(side: int) -> Alpha:
    import cv2

    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _parts(rgb: int) -> tuple[float, float, float]:
    color = QColor.fromRgb(rgb)
    return color.redF(), color.greenF(), color.blueF()


def _table(ink: Ink) -> NDArray[np.uint32]:
    """Premultiplied ARGB for each of the 64 mixtures of fill, halo over it, and line over both."""
    rgb, line_rgb = (np.array(_parts(one)) for one in (ink.color, ink.line))
    table = np.zeros(64, np.uint32)
    for number in range(64):
        fill = (number >> 4) / _STEPS * ink.alpha
        line, halo = (number >> 2 & 3) / _STEPS, (number & 3) / _STEPS * styles.HALO_ALPHA
        alpha = fill * (1 - halo) + halo
        shade = rgb * fill * (1 - halo)
        alpha, shade = alpha * (1 - line) + line, shade * (1 - line) + line_rgb * line
        a, r, g, b = (round(255 * float(value)) for value in (alpha, *shade))
        table[number] = a << 24 | r << 16 | g << 8 | b
    return table
