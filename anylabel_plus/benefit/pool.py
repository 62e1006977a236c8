"""Pools of pixels that a student learns from: a sample of every picture, the same for the same picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.benefit.pictures import Classes, Floats, Picture, features, near_borders

_BORDER_PX = 6
"""Pixels at most this far from a border between classes count as near it."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Sampled pixels: ``values`` (N, F) float32 features and ``classes`` (N,) int16, of ``pictures`` pictures.

    ``groups`` are arrays of row numbers to draw from: all pixels, those near borders, those of each class; a group
    that would be empty is all pixels.
    """

    values: Floats
    classes: Classes
    groups: tuple[NDArray[np.intp], ...]
    pictures: int

    def draw(self, numbers: NDArray[np.float64]) -> NDArray[np.intp]:
        """Row numbers, (n,), for random ``numbers`` (2, n) from 0 to 1: which group, and which of its rows.

        A third comes from all pixels, a third from near borders, a third from the classes alike. The same numbers
        give the same rows of pools that hold the same pictures.
        """
        which, place = numbers
        last = len(self.groups) - 1
        of_class = 2 + ((which * 3 - 2) * (last - 1)).astype(np.intp)
        slot = np.where(which < 2 / 3, (which * 3).astype(np.intp), np.clip(of_class, 2, last))
        sizes = np.array([len(group) for group in self.groups])
        starts = np.cumsum(sizes) - sizes
        rows = np.concatenate(self.groups)
        return np.asarray(rows[starts[slot] + (place * sizes[slot]).astype(np.intp)])


def make_pool(pictures: Iterable[Picture], classes: int, per_picture: int) -> Pool:
    """Up to ``per_picture`` pixels of each picture, in the order of their content, so that names do not matter.

    Raises:
        ValueError: there is no picture.
    """
    samples = sorted((_sample(picture, per_picture) for picture in pictures), key=lambda sample: sample.key)
    if not samples:
        raise ValueError("a pool needs a picture")
    labels = np.concatenate([sample.classes for sample in samples])
    everywhere = np.arange(len(labels))
    groups = [np.flatnonzero(np.concatenate([sample.near for sample in samples]))]
    groups += [np.flatnonzero(labels == number) for number in range(classes)]
    kept = [group if len(group) else everywhere for group in groups]
    return Pool(np.concatenate([sample.values for sample in samples]), labels, (everywhere, *kept), len(samples))


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    key: bytes
    values: Floats
    classes: Classes
    near: NDArray[np.bool_]


def _sample(picture: Picture, count: int) -> _Sample:
    """Half of the pixels from near borders, as far as there are any, half from anywhere."""
    random = np.random.default_rng(int.from_bytes(picture.key[:8], "big"))
    near = near_borders(picture.classes, _BORDER_PX).ravel()
    border, other = np.flatnonzero(near), np.flatnonzero(~near)
    first = random.permutation(border)[: max(count // 2, count - len(other))]
    rows = np.concatenate((first, random.permutation(other)[: count - len(first)]))
    values = features(picture.pixels, *np.divmod(rows, picture.classes.shape[1]))
    return _Sample(picture.key, values, picture.classes.ravel()[rows], near[rows])
