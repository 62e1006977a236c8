"""Label files whose numbers are in the raw frame of a rotated photo, and the way to the upright one.

X-AnyLabeling writes sizes and points of photos with an EXIF quarter turn as they are stored. The
program works in the upright frame, so such files are mapped on reading and back on writing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import Points, as_points


class ImageFacts(Protocol):
    """What the reader needs to know of the picture (``images.probe`` gives it)."""

    @property
    def width(self) -> int:
        """Upright width in pixels."""

    @property
    def height(self) -> int:
        """Upright height in pixels."""

    @property
    def raw_width(self) -> int:
        """Width as stored."""

    @property
    def raw_height(self) -> int:
        """Height as stored."""

    @property
    def orientation(self) -> int:
        """EXIF orientation, 1 to 8."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A raw frame turned by a quarter: upright = (y, x) of the raw one, then mirrored per axis.

    ``width`` and ``height`` are upright; ``flip_x`` and ``flip_y`` mirror the upright axes.
    """

    width: int
    height: int
    flip_x: bool
    flip_y: bool

    def to_upright(self, points: NDArray[np.float64]) -> Points:
        """Raw (N, 2) points in the upright frame."""
        mapped = points[:, ::-1].copy()
        self._mirror(mapped)
        return as_points(mapped)

    def to_raw(self, points: NDArray[np.float64]) -> Points:
        """Upright (N, 2) points in the raw frame."""
        mapped = points.copy()
        self._mirror(mapped)
        return as_points(mapped[:, ::-1])

    def _mirror(self, upright: NDArray[np.float64]) -> None:
        if self.flip_x:
            upright[:, 0] = self.width - upright[:, 0]
        if self.flip_y:
            upright[:, 1] = self.height - upright[:, 1]

    def mask_to_upright(self, mask: Mask) -> Mask:
        """A mask of the raw frame in the upright frame."""
        return self._mirror_mask(mask.crop.T, mask.y, mask.x)

    def mask_to_raw(self, mask: Mask) -> Mask:
        """A mask of the upright frame in the raw frame."""
        mirrored = self._mirror_mask(mask.crop, mask.x, mask.y)
        return _read_only(mirrored.crop.T, mirrored.y, mirrored.x)

    def _mirror_mask(self, crop: NDArray[np.bool_], x: int, y: int) -> Mask:
        height, width = crop.shape
        if self.flip_x:
            crop, x = crop[:, ::-1], self.width - x - width
        if self.flip_y:
            crop, y = crop[::-1], self.height - y - height
        return _read_only(crop, x, y)

    def extra_to_upright(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        """Unknown keys of a shape, with a cuboid's shift from front to back face in the upright frame."""
        return _with_shift(extra, lambda dx, dy: (-dy if self.flip_x else dy, -dx if self.flip_y else dx))

    def extra_to_raw(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        """Unknown keys of a shape, with a cuboid's shift from front to back face in the raw frame."""
        return _with_shift(extra, lambda dx, dy: (-dy if self.flip_y else dy, -dx if self.flip_x else dx))

    def angle_to_upright(self, angle: float) -> float:
        """A raw direction in radians as an upright one, 0 to 2 pi."""
        along, across = math.sin(angle), math.cos(angle)
        return math.atan2(-across if self.flip_y else across, -along if self.flip_x else along) % math.tau

    def angle_to_raw(self, angle: float) -> float:
        """An upright direction in radians as a raw one, 0 to 2 pi."""
        along, across = math.cos(angle), math.sin(angle)
        return math.atan2(-along if self.flip_x else along, -across if self.flip_y else across) % math.tau


def _with_shift(extra: Mapping[str, Any], turn: Callable[[float, float], tuple[float, float]]) -> dict[str, Any]:
    told = extra.get("cuboid3d")
    try:
        dx, dy = told["depth_vector"]  # type: ignore[index]
        turned = list(turn(dx, dy))
    except (TypeError, KeyError, ValueError):
        return dict(extra)
    return {**extra, "cuboid3d": {**told, "depth_vector": turned}}  # type: ignore[dict-item]


def _read_only(crop: NDArray[np.bool_], x: int, y: int) -> Mask:
    copy = np.ascontiguousarray(crop)
    copy.setflags(write=False)
    return Mask(copy, x, y)


def frame_of(size: tuple[int, int] | None, facts: ImageFacts | None) -> tuple[Frame | None, str]:
    """The raw frame a file of this ``size`` (width, height) is in, None for the upright one; a note.

    Only quarter turns of pictures that are not square can be told by their size; all other turned
    pictures are taken as upright, and the note says so.
    """
    if facts is None or facts.orientation <= 1:
        return None, ""
    upright, raw = (facts.width, facts.height), (facts.raw_width, facts.raw_height)
    quarter = facts.orientation in (5, 6, 7, 8)
    if quarter and raw != upright and size is not None:
        if size != raw:
            return None, ""
        return Frame(facts.width, facts.height, facts.orientation in (6, 7), facts.orientation in (7, 8)), ""
    return None, (
        f"the photo carries EXIF orientation {facts.orientation}; the size in the file cannot tell "
        "whether its points were made on the upright picture, they are taken as upright"
    )
