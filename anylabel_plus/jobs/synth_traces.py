"""What a run leaves behind beside its pictures: their split, and in the source data sets which images went into them.

Both keep the firewall up: composites are for training, and an image that is in one cannot be held out any more.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset.splits import assign, dataset_of, record_uses
from anylabel_plus.dataset.splits.origins import Source
from anylabel_plus.synthesis.scene import Backdrop, Cutout

_EVERY_S = 5.0


class Uses:
    """Notes in the data sets of cutouts and backgrounds what is used, some seconds behind the pictures at most, so
    that a run that dies leaves its traces too. A data set that cannot be written becomes a remark."""

    def __init__(self, out: Path, cutouts: Iterable[Cutout], backdrops: Iterable[Backdrop]) -> None:
        self._out = out
        self._cutouts = {one.id: one.source for one in cutouts}
        self._backdrops = {one.name: one.path for one in backdrops}
        self._roots: dict[Path, Path] = {}
        self._new: dict[Path, set[str]] = {}
        self._known: set[tuple[Path, str]] = set()
        self._written = time.monotonic()
        self.problems: dict[Path, str] = {}

    def add(self, cutouts: Iterable[str], background: str) -> None:
        """A picture shows these cutouts (ids) on this background (name)."""
        for key in cutouts:
            source = self._cutouts.get(key)
            if source is not None:
                self._use(Path(source.dataset) if source.dataset else None, Path(source.dataset, source.image))
        if background in self._backdrops:
            self._use(None, self._backdrops[background])
        if time.monotonic() - self._written > _EVERY_S:
            self.write()

    def add_sources(self, sources: Iterable[Source]) -> None:
        """A picture made earlier shows these, as its label file says."""
        for one in sources:
            if one.dataset:
                self._use(Path(one.dataset), Path(one.dataset, one.image))
            elif one.image in self._backdrops:
                self._use(None, self._backdrops[one.image])

    def write(self) -> None:
        """Write what is new."""
        new, self._new = self._new, {}
        self._written = time.monotonic()
        for root, names in new.items():
            try:
                record_uses(root, self._out, names)
            except UserError as error:
                self.problems[root] = f"which images of {root} are in the composites was not noted there: {error.text}"

    def _use(self, root: Path | None, path: Path) -> None:
        if not path.is_absolute():
            return  # a name alone says nothing of where its data set is
        if root is None or not root.is_dir():
            root = self._root_of(path.parent)
        if root is None:
            return
        try:
            name = path.relative_to(root).as_posix()
        except ValueError:
            return
        if (root, name) not in self._known:
            self._known.add((root, name))
            self._new.setdefault(root, set()).add(name)

    def _root_of(self, folder: Path) -> Path | None:
        """The data set that a picture without one belongs to: that of its split, else its folder."""
        if folder not in self._roots:
            self._roots[folder] = dataset_of(folder) or folder
        root = self._roots[folder]
        return root if root.is_dir() else None


def into_training(out: Path, names: Iterable[str]) -> str:
    """Put the pictures ``names`` in ``out`` into the training split of the data set they are in: the one around
    ``out``, if it has a split, else ``out`` itself. Returns what went wrong, or an empty text."""
    root = dataset_of(out) or out
    try:
        prefix = out.relative_to(root).as_posix()
        changes: Mapping[str, str] = {name if prefix == "." else f"{prefix}/{name}": "train" for name in names}
        if changes:
            assign(root, changes)
    except UserError as error:
        return f"the composites are in no split yet: {error}"
    return ""
