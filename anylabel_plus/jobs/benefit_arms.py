"""The students of a benefit report: the built-in one, and a user's own trainer."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus import files, images
from anylabel_plus.benefit import score, student, trainer
from anylabel_plus.benefit.pictures import Floats, Picture
from anylabel_plus.benefit.pool import Pool, make_pool
from anylabel_plus.benefit.student import StudentSettings
from anylabel_plus.core.geometry import shape_mask
from anylabel_plus.formats import native
from anylabel_plus.jobs.benefit_sets import Labelled, Sets, area_shapes

MOST_PICTURES = 2000
"""So many pictures of each pool are looked at, evenly spread over the set."""
_REMEMBERED_BYTES = 256 << 20
_NOTE = (
    "A network with one hidden layer that tells the class of each pixel of a reduced picture by colour, texture, edges "
    "and surroundings. Both arms take the same number of steps with the same batches; with the synthetic set a part of "
    "every batch is drawn from it. Score of an image: the mean over its labels of two overlaps (intersection by union, "
    "weighted by the student's certainty), one over the whole picture, one near the true borders."
)


class BuiltIn:
    """The built-in student. Pools are sampled once; features to measure on are kept as far as there is room."""

    def __init__(self, sets: Sets, settings: StudentSettings) -> None:
        """Read the pictures; raises UserError naming one that cannot be read."""
        self._settings = settings
        self._classes = len(sets.labels) + 1
        self._notes: list[str] = []
        self._real = self._pool(sets.train, sets.labels, "training")
        self._synthetic = self._pool(sets.synthetic, sets.labels, "synthetic")
        self._val = [picture(one, sets.labels, settings.side) for one in sets.val]
        self._seen: dict[int, Floats] = {}
        self._room = _REMEMBERED_BYTES

    def _pool(self, some: Sequence[Labelled], labels: Sequence[str], what: str) -> Pool:
        if len(some) > MOST_PICTURES:
            self._notes.append(
                f"{MOST_PICTURES} of {len(some)} {what} images were looked at, evenly spread over the set"
            )
            some = [some[n * len(some) // MOST_PICTURES] for n in range(MOST_PICTURES)]
        side, count = self._settings.side, self._settings.per_picture(len(some))
        return make_pool((picture(one, labels, side) for one in some), self._classes, count)

    def scores(self, seed: int, synthetic: bool) -> list[float]:
        """Train one student and measure it on every validation picture."""
        taught = student.train(self._real, self._synthetic if synthetic else None, self._classes, seed, self._settings)
        return [
            score.measured(taught, one, self._settings, self._features(number)) for number, one in enumerate(self._val)
        ]

    def _features(self, number: int) -> Floats:
        if number in self._seen:
            return self._seen[number]
        values = score.seen(self._val[number], self._settings)
        if values.nbytes <= self._room:
            self._seen[number] = values
            self._room -= values.nbytes
        return values

    def facts(self) -> dict[str, Any]:
        """Name and settings."""
        share = self._settings.share(self._real.pictures, self._synthetic.pictures)
        settings = {**dataclasses.asdict(self._settings), "synthetic_share_of_batches": share}
        return {"name": "built-in pixel student", "note": _NOTE, "settings": settings}

    def notes(self) -> Sequence[str]:
        """Pools that were cut down."""
        return self._notes


def picture(one: Labelled, labels: Sequence[str], side: int) -> Picture:
    """The image at the student's size with the classes of its pixels; later shapes lie on earlier ones.

    Raises:
        UserError: the image cannot be read.
    """
    pixels, _facts = images.load_reduced(one.image, side)
    height, width = pixels.shape[:2]
    document = one.document
    x = (np.arange(width) + 0.5) * (document.width / width)
    y = (np.arange(height) + 0.5) * (document.height / height)
    numbers = {label: number for number, label in enumerate(labels, 1)}
    classes: NDArray[np.int16] = np.zeros((height, width), np.int16)
    for shape in area_shapes(document):
        if shape.label in numbers:
            inside = shape_mask(shape, document.width, document.height).sample(x, y)
            classes[inside] = numbers[shape.label]
    return Picture(one.name, pixels, classes)


class OwnTrainer:
    """A user's trainer. Its data sets are folders of images with label files in this program's own JSON."""

    def __init__(self, template: Sequence[str], sets: Sets, work: Path, steps: int, timeout_s: float) -> None:
        """Lay out the data; raises UserError naming an image or folder that cannot be read or written."""
        self._template, self._work, self._steps, self._timeout_s = template, work, steps, timeout_s
        self._names = [one.name for one in sets.val]
        self._labels = sets.labels
        shutil.rmtree(work, ignore_errors=True)
        for folder, parts in {
            "train_without": {"real": sets.train},
            "train_with": {"real": sets.train, "synthetic": sets.synthetic},
            "val": {"": sets.val},
        }.items():
            for part, some in parts.items():
                for one in some:
                    _lay(one, work / folder / part)

    def scores(self, seed: int, synthetic: bool) -> list[float]:
        """Run the trainer once and read its scores; raises UserError."""
        arm = "with" if synthetic else "without"
        out = self._work / f"out_{arm}_{seed}"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        values = {
            "train": str(self._work / f"train_{arm}"),
            "val": str(self._work / "val"),
            "seed": str(seed),
            "steps": str(self._steps),
            "out": str(out),
        }
        trainer.run(trainer.filled(self._template, values), out, self._timeout_s)
        return trainer.scores(out, self._names)

    def facts(self) -> dict[str, Any]:
        """The command and its settings."""
        settings = {"command": " ".join(self._template), "steps": self._steps, "timeout": self._timeout_s}
        return {"name": "own trainer", "note": "The score is whatever this trainer calls so.", "settings": settings}

    def notes(self) -> Sequence[str]:
        """Nothing."""
        return ()


def _lay(one: Labelled, folder: Path) -> None:
    """Put an image, as a link where the system makes them, and its labels into a trainer's folder."""
    target = folder / one.name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.symlink_to(one.image.absolute())
    except (OSError, NotImplementedError):
        with contextlib.suppress(shutil.SameFileError):
            shutil.copyfile(one.image, target)
    label = target.with_suffix(".json")
    if label.exists():  # two images of one stem
        label = target.with_name(f"{target.name}.json")
    facts = images.probe(one.image)
    document = native.parse(one.data, one.name, facts).with_(image_path=target.name)
    files.write_atomic(label, native.serialize(document), durable=False)
