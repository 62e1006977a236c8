"""A few composites without a run: how long a run would take, and a sheet of pictures to look at."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus import files, images
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.labels import LabelColors
from anylabel_plus.images.marker import read_marker, with_marker
from anylabel_plus.jobs.overlays import drawn_on
from anylabel_plus.jobs.synth_pool import ComposerFactory, Composes, Work, encoded, label_bytes, open_composer
from anylabel_plus.jobs.synthesize import Plan
from anylabel_plus.synthesis.scene import Composite

_WORKER_START_S = 1.0
_BUSY = 0.9
"""How much of a further core helps: memory and disk are shared."""
_GAP, _GREY = 6, 40
_KIND = "sheet"
"""In the mark of a sheet: made by a machine, so it is no background and measures nothing."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take: seconds and bytes in all and for one picture of the ``samples`` made."""

    pictures: int
    workers: int
    samples: int
    seconds: float
    bytes: int
    seconds_each: float
    bytes_each: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "pictures": self.pictures,
            "workers": self.workers,
            "samples": self.samples,
            "seconds": round(self.seconds, 1),
            "megabytes": round(self.bytes / 1e6, 1),
            "seconds_each": round(self.seconds_each, 4),
            "bytes_each": self.bytes_each,
        }


def estimate(
    plan: Plan, count: int, workers: int, samples: int = 4, factory: ComposerFactory = open_composer
) -> Estimate:
    """Make a few pictures in memory, and tell from them what ``count`` take; nothing is written.

    Raises:
        UserError: the recipe is impossible, or no sample can be made.
    """
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        taken, sizes = _timed(factory(plan.work), plan.work, min(samples, count))
    finally:
        cv2.setNumThreads(threads)
    each = sum(taken) / len(taken)
    size = sum(sizes) // len(sizes)
    workers = max(1, min(workers, count))
    seconds = each * count / (1 + (workers - 1) * _BUSY) + (_WORKER_START_S if workers > 1 else 0.0)
    return Estimate(count, workers, len(taken), seconds, size * count, each, size)


def _timed(composer: Composes, work: Work, samples: int) -> tuple[list[float], list[int]]:
    """Seconds and bytes of each sample. The first is made twice: what is set up once is not counted."""
    taken: list[float] = []
    sizes: list[int] = []
    problem: UserError | None = None
    for index in (0, *range(samples)):
        start = time.perf_counter()
        try:
            composite = composer.compose(work.seed, index)
        except UserError as error:
            problem = error
            continue
        size = len(encoded(composite, work)) + len(label_bytes(composite.document))
        taken.append(time.perf_counter() - start)
        sizes.append(size)
    if not taken:
        raise problem or UserError("No picture can be made.")
    return taken[1:] or taken, sizes[1:] or sizes


def sheet(
    plan: Plan, count: int = 9, *, labels: bool = True, side: int = 480, factory: ComposerFactory = open_composer
) -> tuple[NDArray[np.uint8], list[str]]:
    """The first ``count`` pictures of a run side by side, reduced, with their shapes drawn if ``labels``.

    Returns:
        (H, W, 3) uint8 RGB, and remarks on pictures that cannot be made (their place is grey) and objects left out.

    Raises:
        UserError: the recipe is impossible, or no picture at all can be made.
    """
    composer = factory(plan.work)
    cells: list[NDArray[np.uint8] | None] = []
    notes: list[str] = []
    colors = LabelColors()
    for index in plan.numbers(count):
        try:
            composite = composer.compose(plan.work.seed, index, side)
        except UserError as error:
            notes.append(f"picture {index}: {error}")
            cells.append(None)
            continue
        notes += [f"picture {index}: {number} left out: {reason}" for reason, number in composite.skips]
        colors = colors.with_labels(dict.fromkeys(shape.label for shape in composite.document.shapes))
        cells.append(_cell(composite, colors, side, labels))
    if all(cell is None for cell in cells):
        raise UserError(f"No picture can be made: {notes[0]}")
    return _grid(cells), notes


def _cell(composite: Composite, colors: LabelColors, side: int, labels: bool) -> NDArray[np.uint8]:
    picture = np.ascontiguousarray(composite.pixels)
    if labels:
        picture = drawn_on(picture.copy(), composite.document, colors)
    longest = max(picture.shape[:2])
    if longest <= side:
        return picture
    import cv2

    height, width = (max(1, round(length * side / longest)) for length in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _grid(cells: Sequence[NDArray[np.uint8] | None]) -> NDArray[np.uint8]:
    columns = math.ceil(math.sqrt(len(cells)))
    shown = [cell for cell in cells if cell is not None]
    high, wide = (max(cell.shape[axis] for cell in shown) + _GAP for axis in (0, 1))
    rows = math.ceil(len(cells) / columns)
    page = np.full((rows * high + _GAP, columns * wide + _GAP, 3), _GREY, np.uint8)
    for number, cell in enumerate(cells):
        if cell is None:
            continue
        row, column = divmod(number, columns)
        height, width = cell.shape[:2]
        top, left = (row * high + _GAP + (high - _GAP - height) // 2, column * wide + _GAP + (wide - _GAP - width) // 2)
        page[top : top + height, left : left + width] = cell
    return page


def check_sheet(path: Path) -> bool:
    """Whether the sheet is to be a JPEG; raises UserError when its name is none of a sheet, its folder is missing or
    another picture is there already: a sheet takes the place of an earlier sheet only."""
    jpeg = path.suffix.lower() in (".jpg", ".jpeg")
    if not jpeg and path.suffix.lower() != ".png":
        raise UserError(f"{path}: a sheet is a .png or .jpg file.", "Give such a name.")
    if not path.parent.is_dir():
        raise UserError(f"{path.parent}: is not a folder.", "Give a file in a folder that exists.")
    if path.exists() and (read_marker(path) or {}).get("kind") != _KIND:
        raise UserError(f"{path}: is there already and is no sheet of this program.", "Give another file.")
    return jpeg


def save_sheet(path: Path, page: NDArray[np.uint8]) -> None:
    """Write a sheet as PNG, or as JPEG when the name says so. Raises UserError."""
    jpeg = check_sheet(path)
    try:
        data = images.encode_jpeg(page) if jpeg else images.encode_png(page)
        files.write_atomic(path, with_marker(data, {"kind": _KIND}))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error}).", "Give another file.") from error
