"""Painter paths of shapes, built straight from their arrays and kept while the shapes live."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream
from PySide6.QtGui import QPainterPath

from anylabel_plus.core import geometry, masks
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui.canvas.mask_raster import MaskRasters

Ring = NDArray[np.float64]

DETAIL_FROM_POINTS = 200
"""Outlines with more points than this are thinned to what the zoom can show."""
EXACT_BELOW = 0.1
"""Masks follow their pixel edges where half a screen pixel is less than this of an image pixel."""
EXACT_MOST_PARTS = 200
PARTS_MOST = 1000
FINER_MOST_PX = 4_000_000
SMOOTH_PX = 0.8
_ELEMENT = np.dtype([("type", ">i4"), ("x", ">f8"), ("y", ">f8")])


def path_of(rings: Sequence[Ring], closed: bool) -> QPainterPath:
    """A path with one subpath a ring, odd-even fill.

    It goes through Qt's own stream format: a hundred times fewer calls than point by point.
    """
    rings = [ring for ring in rings if len(ring)]
    count = sum(len(ring) + closed for ring in rings)
    path = QPainterPath()
    if not count:
        return path
    elements = np.empty(count, _ELEMENT)
    elements["type"] = 1
    at = start = 0
    for ring in rings:
        start, end = at, at + len(ring)
        elements["type"][start] = 0
        elements["x"][start:end] = ring[:, 0]
        elements["y"][start:end] = ring[:, 1]
        if closed:
            elements["x"][end], elements["y"][end] = ring[0, 0], ring[0, 1]
        at = end + closed
    data = struct.pack(">i", count) + elements.tobytes() + struct.pack(">ii", start, 0)
    QDataStream(QByteArray(data)) >> path
    return path


def octave(scale: float) -> int:
    """The power of two at or above ``scale``: outlines are thinned once for each octave of zoom."""
    return math.ceil(math.log2(max(scale, 1e-6)) - 1e-9)


def thinned(ring: Ring, detail: float) -> Ring:
    """``ring`` without points that fall on the same spot of a grid of ``detail`` as the one before."""
    grid = np.round(ring / detail)
    keep = np.ones(len(ring), bool)
    keep[1:] = np.any(grid[1:] != grid[:-1], axis=1)
    thin = ring[keep]
    return thin if len(thin) >= 3 else ring[:: max(1, len(ring) // 3)]


def mask_rings(mask: Mask, detail: float) -> list[Ring]:
    """Outlines of a mask in image pixels: along the pixel edges when these are large on screen,
    else smoothed so that no stairs show. Of masks full of specks the largest parts only.
    """
    import cv2

    step = max(1, int(detail))
    crop = np.ascontiguousarray(mask.crop[::step, ::step]).view(np.uint8)
    finer = 2 if detail < 0.5 and crop.size <= FINER_MOST_PX else 1
    if finer > 1:
        # Contours run through pixel centres; on a finer grid that is nearer to the edge.
        crop = np.repeat(np.repeat(crop, finer, axis=0), finer, axis=1)
    contours, _ = cv2.findContours(crop, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if detail < EXACT_BELOW and len(contours) <= EXACT_MOST_PARTS:
        return [np.asarray(ring) for part in masks.polygons(mask) for ring in (part.exterior, *part.holes)]
    if len(contours) > PARTS_MOST:
        contours = sorted(contours, key=len, reverse=True)[:PARTS_MOST]
    unit = step / finer
    rings = [cv2.approxPolyDP(contour, SMOOTH_PX, True)[:, 0] for contour in contours]
    return [(ring + 0.5) * unit + (mask.x, mask.y) for ring in rings]


@dataclass(frozen=True, slots=True)
class _Entry:
    shape: Shape
    octave: int | None
    path: QPainterPath


class Outlines:
    """Paths of the shapes of one document in image pixels. Forgets shapes that are not asked for."""

    def __init__(self) -> None:
        self._paths: dict[int, _Entry] = {}
        self.rasters = MaskRasters()

    def path(self, shape: Shape, scale: float) -> QPainterPath:
        """The outline of ``shape`` with the detail that ``scale`` (device pixels for one) can show."""
        level = octave(scale) if needs_detail(shape) else None
        entry = self._paths.get(shape.id)
        if entry is None or entry.shape is not shape or entry.octave != level:
            entry = _Entry(shape, level, outline_path(shape, level))
            self._paths[shape.id] = entry
        return entry.path

    def clear(self) -> None:
        """Forget everything, for example with another document."""
        self._paths.clear()
        self.rasters.clear()

    def forget(self, ids: frozenset[int]) -> None:
        """Forget shapes that are gone."""
        for shape_id in ids:
            self._paths.pop(shape_id, None)


def needs_detail(shape: Shape) -> bool:
    """True for outlines that are thinned to the zoom."""
    return shape.kind == "mask" or len(shape.points) > DETAIL_FROM_POINTS


def outline_path(shape: Shape, level: int | None) -> QPainterPath:
    """The path of any kind but points, which have no outline."""
    detail = 0.5 / 2.0**level if level is not None else 0.0
    if shape.kind == "mask" and shape.mask is not None:
        return path_of(mask_rings(shape.mask, detail), closed=True)
    if shape.kind in ("point", "points"):
        return QPainterPath()
    if shape.kind == "circle" and len(shape.points) == 2:
        (cx, cy), (rx, ry) = shape.points.tolist()
        radius = math.hypot(rx - cx, ry - cy)
        path = QPainterPath()
        path.addEllipse(cx - radius, cy - radius, 2 * radius, 2 * radius)
        return path
    if shape.kind in ("polygon", "rotation", "quadrilateral", "linestrip", "line"):
        rings: list[Ring] = [shape.points, *shape.holes]
    else:
        rings = [np.asarray(ring) for ring in geometry.outline(shape)]
    if level is not None:
        rings = [thinned(ring, detail) for ring in rings]
    return path_of(rings, KINDS[shape.kind].closed)
