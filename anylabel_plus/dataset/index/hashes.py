"""Hashes of pixels, for finding the same and nearly the same images. Filled in at leisure: every image is decoded.

``pixel_hash`` is equal for equal upright pixels, whatever the file format. The two perceptual hashes are 64 bits each;
images that look alike differ in few bits:

* ``gradient_hash``: is each pixel of a 9 x 8 grey miniature darker than its right neighbour ("dHash", N. Krawetz,
  "Kind of like that", hackerfactor.com, 2013);
* ``mean_hash``: is each pixel of an 8 x 8 grey miniature darker than their mean (his "aHash", 2011).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from anylabel_plus import images
from anylabel_plus.core.errors import UserError


class Hashes(NamedTuple):
    """The three hashes of one image; the perceptual ones as signed 64-bit numbers, as SQLite keeps them."""

    pixels: str
    gradient: int
    mean: int


def hashes_of(pixels: NDArray[np.uint8]) -> Hashes:
    """Of an upright image, (H, W, 3) uint8 RGB."""
    from anylabel_plus.images.pixels import opencv

    cv2 = opencv()
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    wide = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    small = cv2.resize(grey, (8, 8), interpolation=cv2.INTER_AREA).astype(np.float64)
    return Hashes(images.pixel_hash(pixels), _bits(wide[:, :-1] < wide[:, 1:]), _bits(small < small.mean()))


def _bits(found: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(found).tobytes(), "big", signed=True)


def distance(one: int, other: int) -> int:
    """In how many of 64 bits two perceptual hashes differ."""
    return ((one ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def missing(connection: sqlite3.Connection) -> list[tuple[int, str, int, int]]:
    """(id, path, mtime, size) of the images that can be read and have no hashes yet."""
    return list(
        connection.execute(
            "SELECT id, path, mtime, size FROM images WHERE pixel_hash IS NULL AND problem IS NULL ORDER BY id"
        )
    )


def fill(
    connection: sqlite3.Connection, root: Path, progress: Callable[[int, int], object] | None = None
) -> list[tuple[str, str]]:
    """Compute the hashes that are missing, each in a transaction of its own.

    Returns:
        (path, reason) of the images that cannot be decoded; their ``problem`` is kept too.
    """
    failed: list[tuple[str, str]] = []
    rows = missing(connection)
    for number, (image, path, mtime, size) in enumerate(rows, 1):
        try:
            found = hashes_of(images.load(root / path))
        except UserError as error:
            failed.append((path, str(error)))
            connection.execute("UPDATE images SET problem = ? WHERE id = ? AND mtime = ?", (str(error), image, mtime))
        else:
            # Only if the file is still the one that was decoded.
            connection.execute(
                "UPDATE images SET pixel_hash = ?, gradient_hash = ?, mean_hash = ? "
                "WHERE id = ? AND mtime = ? AND size = ?",
                (*found, image, mtime, size),
            )
        if progress is not None:
            progress(number, len(rows))
    return failed
