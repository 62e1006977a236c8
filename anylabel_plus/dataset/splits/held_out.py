"""HeldOut: what no training picture may show, of any number of data sets."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.dataset.hidden_json import Progress
from anylabel_plus.dataset.split_file import HELD_OUT, NAMES, Splits, datasets_of
from anylabel_plus.dataset.splits import fingerprints
from anylabel_plus.dataset.splits.fingerprints import PROPORTION, SIDE, Fingerprint


@dataclass(frozen=True, slots=True)
class Held:
    """One val or test image: the folder of its data set, its path below it, its part and its fingerprint."""

    root: Path
    relative: str
    part: str
    fingerprint: Fingerprint

    @property
    def where(self) -> str:
        """For sentences: "the validation split of /data/cars"."""
        return f"the {NAMES[self.part]} split of {self.root}"


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """The held-out images of some data sets. Made by ``held_out``; can be sent to other processes."""

    rows: tuple[Held, ...] = ()
    names: dict[str, tuple[Path, str]] = field(default_factory=dict)
    """Real path of each -> its data set and part."""
    _contents: dict[str, int] = field(default_factory=dict)
    _sizes: frozenset[int] = frozenset()
    _drawn: tuple[int, ...] = ()
    _thumbs: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, SIDE * SIDE), np.float32))
    _proportions: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    _answers: dict[tuple[str, int, int], str | None] = field(default_factory=dict)
    _splits: dict[Path, Splits] = field(default_factory=dict)
    _around: dict[Path, list[Path]] = field(default_factory=dict)

    def reason(self, path: Path, pixels: NDArray[np.uint8] | None = None) -> str | None:
        """Why a file may not be used for training pictures; None: it may.

        Args:
            path: an image file, of these data sets or from elsewhere.
            pixels: its upright pixels, (H, W, 3) uint8 RGB, where they are at hand; else they are decoded, at a
                reduced size and only if nothing else decides.

        Raises:
            UserError: the split file of a data set it lies in cannot be read.
        """
        named = self._named(Path(path))
        if named is not None:
            return named
        try:
            status = os.stat(path)
        except OSError:
            return None  # whoever wants to use it finds out
        key = (str(path), status.st_mtime_ns, status.st_size)
        if key not in self._answers:
            self._answers[key] = self._shown(Path(path), status.st_size, pixels)
        return self._answers[key]

    def _named(self, path: Path) -> str | None:
        found = self.names.get(os.path.realpath(path))
        if found is not None:
            return f"is in the {NAMES[found[1]]} split of {found[0]}"
        if path.parent not in self._around:
            self._around[path.parent] = datasets_of(path.parent)
        for root in self._around[path.parent]:
            if root not in self._splits:
                self._splits[root] = Splits.load(root)
            part = self._splits[root].part(path.absolute().relative_to(root).as_posix())
            if part in HELD_OUT:
                return f"is in the {NAMES[part]} split of {root}"
        return None

    def _shown(self, path: Path, size: int, pixels: NDArray[np.uint8] | None) -> str | None:
        found = self.copy_of(path, size, pixels)
        if found is None:
            return None
        row, exact = found
        what = "is a copy of" if exact else "shows the same picture as"
        return f"{what} {row.relative}, which is in {row.where}"

    def copy_of(self, path: Path, size: int, pixels: NDArray[np.uint8] | None = None) -> tuple[Held, bool] | None:
        """The held-out image that a file of ``size`` bytes is a copy of, and whether byte by byte; None: of none."""
        if not self.rows:
            return None
        if size in self._sizes:
            with contextlib.suppress(OSError):
                number = self._contents.get(fingerprints.content_hash(path))
                if number is not None:
                    return self.rows[number], True
        if not self._drawn:
            return None
        if pixels is not None:
            like = self._like(fingerprints.miniature(pixels), pixels.shape[1], pixels.shape[0])
        else:
            found = fingerprints.miniature_of(path)
            like = self._like(*found) if found is not None else None
        return None if like is None else (like, False)

    def _like(self, thumb: fingerprints.Thumb, width: int, height: int) -> Held | None:
        near = np.flatnonzero(np.abs(self._proportions - math.log(width / height)) <= PROPORTION)
        same = near[fingerprints.alike(self._thumbs[near], thumb.reshape(-1).astype(np.float32))]
        return self.rows[self._drawn[same[0]]] if len(same) else None


def held_out(roots: Iterable[Path], progress: Progress | None = None) -> HeldOut:
    """The val and test images of these data sets; folders without a split have none.

    Fingerprints that are missing are taken now (a decode at reduced size each).

    Raises:
        UserError: a split file is damaged or of a newer version.
        Cancelled: by ``progress``.
    """
    every = dict.fromkeys(Path(root).absolute() for root in roots)
    return held_out_of([Splits.load(root) for root in every], progress)


def held_out_of(every: Iterable[Splits], progress: Progress | None = None, keep: bool = True) -> HeldOut:
    """The val and test images of these splits, saved or not; ``keep`` writes fingerprints that were missing."""
    every = list(every)
    rows: list[Held] = []
    names: dict[str, tuple[Path, str]] = {}
    for splits in every:
        held = splits.images(*HELD_OUT)
        if not held:
            continue
        names.update((os.path.realpath(splits.root / name), (splits.root, splits.part(name))) for name in held)
        found = fingerprints.of_images(splits.root, held, progress, keep)
        rows += [Held(splits.root, name, splits.part(name), one) for name, one in found.items()]
    return _of_rows(rows, names, {splits.root.absolute(): splits for splits in every})


def _of_rows(rows: list[Held], names: dict[str, tuple[Path, str]], splits: dict[Path, Splits]) -> HeldOut:
    drawn = tuple(n for n, row in enumerate(rows) if row.fingerprint.thumb)
    thumbs = np.frombuffer(b"".join(rows[n].fingerprint.thumb for n in drawn), np.uint8)
    sizes = [(rows[n].fingerprint.width, rows[n].fingerprint.height) for n in drawn]
    return HeldOut(
        tuple(rows),
        names,
        {row.fingerprint.content: n for n, row in enumerate(rows)},
        frozenset(row.fingerprint.size for row in rows),
        drawn,
        thumbs.reshape(-1, SIDE * SIDE).astype(np.float32),
        np.array([math.log(width / height) for width, height in sizes]),
        _splits=splits,
    )
