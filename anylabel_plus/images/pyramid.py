"""Huge pictures as a pyramid of levels in the user's cache: any part of any level is read in milliseconds.

A pyramid is a folder with one file of plain RGB rows for each level, every level half the size of the one before, and
``pyramid.json``, which says what they are. It is made in a folder of another name, by a process of its own
(``pyramid_build``), and renamed when it is whole, so that there is never half a pyramid. Rows, not tiles: one pass of
plain writing makes them, and what a screen shows is a thousand short reads, which is quick enough.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path

import numpy as np

from anylabel_plus import files, paths
from anylabel_plus.core.errors import UserError
from anylabel_plus.images.choice import FIRST, Choice
from anylabel_plus.images.header import ImageFacts
from anylabel_plus.images.pixels import Pixels, upright

HUGE_PIXELS = 150_000_000
"""Pictures with more pixels are read through a pyramid where their format allows."""
SMALLEST_SIDE = 1024
"""Levels go down to a long side of at most this."""
CACHE_BYTES = 16 << 30
RESERVE_BYTES = 512 << 20
"""What is left free on the disk."""
META = "pyramid.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """What the files of a pyramid hold: the size of the first level in pixels as stored, and EXIF's orientation."""

    raw_width: int
    raw_height: int
    orientation: int
    version: int = _VERSION

    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each level as stored."""
        sizes = [(self.raw_width, self.raw_height)]
        while max(sizes[-1]) > SMALLEST_SIDE:
            sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
        return sizes

    @property
    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(3 * width * height for width, height in self.sizes())


class Pyramid:
    """An opened pyramid. Thread-safe.

    ``sizes`` are (width, height) of the levels, upright, the full picture first; a level's pixel (x, y) lies at
    (x * 2**n, y * 2**n) of the picture.
    """

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder, self._layout = folder, layout
        self._raw_sizes = layout.sizes()
        turned = layout.orientation >= 5
        self.sizes = [size[::-1] if turned else size for size in self._raw_sizes]
        self.width, self.height = self.sizes[0]

    def level_of(self, side: int) -> int:
        """The smallest level whose long side is at least ``side``."""
        return max((n for n, size in enumerate(self.sizes) if max(size) >= side), default=0)

    def read(self, level: int, box: tuple[int, int, int, int]) -> Pixels:
        """The part ``box`` (xyxy whole pixels of that level, inside it) as (h, w, 3) RGB, upright.

        Raises:
            UserError: the files have gone or cannot be read.
        """
        width, height = self._raw_sizes[level]
        x0, y0, x1, y1 = _raw_box(box, width, height, self._layout.orientation)
        part = np.empty((y1 - y0, x1 - x0, 3), np.uint8)
        try:
            with FileIO(self.folder / level_name(level)) as file:
                if x1 - x0 == width:
                    self._fill(file, 3 * y0 * width, part)
                else:
                    for row in range(y1 - y0):
                        self._fill(file, 3 * ((y0 + row) * width + x0), part[row])
        except (OSError, ValueError) as error:
            raise UserError(
                f"{self.folder}: the prepared picture cannot be read ({error}).", "Open it again."
            ) from error
        return np.ascontiguousarray(upright(part, self._layout.orientation))

    @staticmethod
    def _fill(file: FileIO, offset: int, target: Pixels) -> None:
        view = memoryview(target.data).cast("B")
        file.seek(offset)
        while view:
            count = file.readinto(view)
            if not count:
                raise ValueError("it is too short")
            view = view[count:]


def _raw_box(box: tuple[int, int, int, int], width: int, height: int, orientation: int) -> tuple[int, int, int, int]:
    """A box of the upright picture in pixels as stored."""
    x0, y0, x1, y1 = box
    if orientation >= 5:
        x0, y0, x1, y1 = y0, x0, y1, x1
    if orientation in (2, 3, 7, 8):
        x0, x1 = width - x1, width - x0
    if orientation in (3, 4, 6, 7):
        y0, y1 = height - y1, height - y0
    return x0, y0, x1, y1


def level_name(level: int) -> str:
    """File name of a level."""
    return f"level{level}.rgb"


def layout_of(facts: ImageFacts) -> Layout:
    """The pyramid of an image. Pillow tells the turned size of TIFF files, pyramids store the file's own rows."""
    return Layout(facts.raw_width, facts.raw_height, facts.orientation)


def cache_folder() -> Path:
    """Where pyramids are."""
    return paths.user_cache("pyramids")


def folder_for(path: Path, choice: Choice = FIRST) -> Path:
    """Where the pyramid of this file, as it is now, belongs. Raises OSError when the file is not there."""
    status = path.stat()
    facts = [os.path.abspath(path), status.st_mtime_ns, status.st_size, choice.page, choice.bands, _VERSION]  # noqa: PTH100
    return cache_folder() / hashlib.blake2b(json.dumps(facts).encode(), digest_size=16).hexdigest()


def open_pyramid(path: Path, choice: Choice = FIRST) -> Pyramid | None:
    """The pyramid of ``path``, None when there is none yet."""
    try:
        folder = folder_for(path, choice)
        layout = Layout(**json.loads((folder / META).read_bytes()))
        os.utime(folder)
    except (OSError, ValueError, TypeError):
        return None
    return Pyramid(folder, layout)


def write_meta(folder: Path, layout: Layout) -> None:
    """Say what a folder holds: the last step of making it."""
    files.write_atomic(folder / META, json.dumps(asdict(layout)).encode())


def make_room(layout: Layout, path: Path) -> None:
    """Delete the pyramids that were not looked at for longest until a new one fits.

    Raises:
        UserError: the disk has not enough room even then.
    """
    root = cache_folder()
    root.mkdir(parents=True, exist_ok=True)
    kept = sorted(_pyramids(root), key=lambda entry: entry[0])
    total = sum(size for _, size, _ in kept)
    needed = layout.size_bytes
    while kept and (total + needed > CACHE_BYTES or shutil.disk_usage(root).free < needed + RESERVE_BYTES):
        _, size, folder = kept.pop(0)
        shutil.rmtree(folder, ignore_errors=True)
        total -= size
    free = shutil.disk_usage(root).free
    if free < needed + RESERVE_BYTES:
        raise UserError(
            f"{path}: showing this picture needs {needed / 1e9:.1f} GB in {root}, where {free / 1e9:.1f} GB are free.",
            "Free some space, or set ANYLABEL_PLUS_HOME to a folder on a larger disk.",
        )


def _pyramids(root: Path) -> Iterator[tuple[float, int, Path]]:
    """Last use, bytes and folder of each; what a killed process left behind is deleted."""
    for folder in root.iterdir():
        with contextlib.suppress(OSError):
            pid = folder.name.rpartition(".")[2]
            if pid.isdigit() and "." in folder.name:
                if not files.alive(int(pid)):
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            size = sum(file.stat().st_size for file in folder.iterdir())
            yield folder.stat().st_mtime, size, folder
