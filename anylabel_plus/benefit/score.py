"""How well a student knows a picture: overlap with the true classes, on the whole and near the borders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.benefit.pictures import Classes, Floats, Picture, features, lattice, near_borders
from anylabel_plus.benefit.student import Student, StudentSettings

_SHARPNESS = 2
"""The power of a chance that counts. With plain chances a student that saw more, and so became more careful, scored
lower than one that is sure of what little it saw: good pictures were rejected for it."""


def measured(student: Student, picture: Picture, settings: StudentSettings, values: Floats | None = None) -> float:
    """The score of ``student`` on a picture; ``values`` are ``seen(picture, settings)`` where they are at hand."""
    at = lattice(picture.classes.shape, settings.step)
    chances = student.chances(seen(picture, settings) if values is None else values)
    return score(chances, picture.classes[at], near_borders(picture.classes, settings.strip)[at])


def seen(picture: Picture, settings: StudentSettings) -> Floats:
    """The features of the pixels that a picture is measured on."""
    return features(picture.pixels, *lattice(picture.classes.shape, settings.step))


def score(chances: Floats, true: Classes, strip: NDArray[np.bool_]) -> float:
    """0 to 1: the mean, over the labels that the picture has, of two overlaps (intersection by union).

    ``chances`` is (n, classes), ``true`` and ``strip`` are (n,). One overlap is taken over all pixels, one over the
    strip along the true borders, which tells labels that lie beside their objects from good ones. Each pixel counts
    by how certain the student is of a label for it: a doubt costs a part, not all or nothing. Without any label it is
    the mean certainty of the background.
    """
    certain = chances**_SHARPNESS
    certain /= certain.sum(axis=1, keepdims=True)
    labels = [int(label) for label in np.unique(true) if label]
    if not labels:
        return float(certain[:, 0].mean())
    overlaps = []
    for label in labels:
        ours, theirs = certain[:, label], true == label
        overlaps.append(_overlap(ours, theirs))
        if (strip & theirs).any():
            overlaps.append(_overlap(ours[strip], theirs[strip]))
    return float(np.mean(overlaps))


def _overlap(ours: Floats, theirs: NDArray[np.bool_]) -> float:
    both = float(ours[theirs].sum(dtype=np.float64))
    return both / (float(ours.sum(dtype=np.float64)) + np.count_nonzero(theirs) - both)
