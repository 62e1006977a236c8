"""Cutouts that show nearly the same, such as one object in the frames of a video: the best of them is enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.synthesis.scene import Cutout, Rgba

SIDE = 8
_SIZE_RATIO = 1.12
_MEAN_DIFFERENCE = 7.0
_LARGEST_DIFFERENCE = 40.0
_HASH_BITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class _Looks:
    """One row a cutout: thumbnails (n, 8, 8, 4), bits of brighter-than-the-neighbour (n, 56), sizes (n, 2)."""

    thumbs: NDArray[np.float32]
    bits: NDArray[np.bool_]
    sizes: NDArray[np.float64]


def look(pixels: Rgba) -> str:
    """A picture of 8 x 8 pixels with premultiplied colours, as 512 hexadecimal digits."""
    alpha = pixels[..., 3:].astype(np.float32) / 255.0
    premultiplied = np.dstack([pixels[..., :3] * alpha, alpha * 255.0]).astype(np.float32)
    small = cv2.resize(premultiplied, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return str(np.clip(np.rint(small), 0, 255).astype(np.uint8).tobytes().hex())


def groups(cutouts: Sequence[Cutout], looks: Mapping[str, str]) -> dict[str, str]:
    """Id of each cutout that looks like another of its label -> id of the best scored one it looks like.

    The best one itself is among the keys. ``looks`` are by id.
    """
    by_label: dict[str, list[Cutout]] = {}
    for cutout in cutouts:
        if cutout.id in looks:
            by_label.setdefault(cutout.label, []).append(cutout)
    found: dict[str, str] = {}
    for same in by_label.values():
        found |= _of_label(sorted(same, key=lambda one: (not one.accepted, -one.score, -one.area, one.id)), looks)
    return found


def _of_label(cutouts: list[Cutout], looks: Mapping[str, str]) -> dict[str, str]:
    """Each one joins the first, better one that it looks like; so no chain of small steps makes one group."""
    every = _read(cutouts, looks)
    leader = np.full(len(cutouts), -1)
    found: dict[str, str] = {}
    for number, cutout in enumerate(cutouts):
        if leader[number] >= 0:
            continue
        same = _like(every, number) & (leader < 0)
        same[: number + 1] = False
        leader[same] = number
        for other in np.nonzero(same)[0]:
            found[cutouts[int(other)].id] = cutout.id
            found[cutout.id] = cutout.id
    return found


def _read(cutouts: list[Cutout], looks: Mapping[str, str]) -> _Looks:
    raw = [np.frombuffer(bytes.fromhex(looks[one.id]), np.uint8) for one in cutouts]
    thumbs = np.array(raw, np.float32).reshape(-1, SIDE, SIDE, 4)
    grey = thumbs[..., :3].mean(axis=3)
    bits = (grey[:, :, 1:] > grey[:, :, :-1]).reshape(len(cutouts), -1)
    return _Looks(thumbs, bits, np.array([(one.width, one.height) for one in cutouts], np.float64))


def _like(every: _Looks, number: int) -> NDArray[np.bool_]:
    ratio = every.sizes / every.sizes[number]
    close = (np.maximum(ratio, 1 / ratio) < _SIZE_RATIO).all(axis=1)
    close &= (every.bits != every.bits[number]).sum(axis=1) <= _HASH_BITS
    places = np.nonzero(close)[0]
    difference = np.abs(every.thumbs[places] - every.thumbs[number]).reshape(len(places), -1)
    close[places] = (difference.mean(axis=1) < _MEAN_DIFFERENCE) & (difference.max(axis=1) < _LARGEST_DIFFERENCE)
    return np.asarray(close, np.bool_)
