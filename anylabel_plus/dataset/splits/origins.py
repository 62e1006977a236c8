"""From which images composites were made, as their label files say, and which images are the same file."""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from anylabel_plus.dataset.image_kinds import LABEL_KEY
from anylabel_plus.dataset.index.made import made_labels
from anylabel_plus.dataset.scan import Scan, label_path, scan
from anylabel_plus.dataset.splits.fingerprints import content_hash

_LOOK = 4096


class Source(NamedTuple):
    """One image that went into a composite. ``dataset`` is its absolute folder, empty where it is not told; ``image``
    the path below it; ``content`` the hash of its bytes, empty where it is not told."""

    image: str
    dataset: str = ""
    content: str = ""


def sources_in(data: bytes) -> list[Source]:
    """The images that the label file of a composite names; empty for any other file, damaged ones too."""
    if b'"synthesis"' not in data:
        return []
    try:
        read = json.loads(data)
        return list(dict.fromkeys(_sources(read)))
    except (ValueError, RecursionError, AttributeError, TypeError):
        return []


def _sources(read: Mapping[str, Any]) -> Iterator[Source]:
    facts = read.get(LABEL_KEY)
    back = facts.get("background") if isinstance(facts, dict) else None
    shapes = [shape.get("provenance") for shape in read.get("shapes") or () if isinstance(shape, dict)]
    pasted = [one for one in shapes if isinstance(one, dict) and one.get("source") == "synthesis"]
    for one in ([back] if isinstance(back, dict) else []) + pasted:
        names = (one.get("image"), one.get("dataset"), one.get("content"))
        image, dataset, content = (name if isinstance(name, str) else "" for name in names)
        if image or content:
            yield Source(image, dataset, content)


@dataclass(slots=True)
class Used:
    """Images that composites were made from -> one of these composites: by real path, by hash of the bytes, and by
    relative path where the folder that the composite names is gone (moved, perhaps to where we are)."""

    paths: dict[str, str] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, source: Source, composite: str) -> None:
        """``composite`` was made from ``source``."""
        if source.content:
            self.contents[source.content] = composite
        if Path(source.image).is_absolute():
            self.paths[os.path.realpath(source.image)] = composite
        elif source.dataset and Path(source.dataset).is_dir():
            self.paths[os.path.realpath(os.path.join(source.dataset, source.image))] = composite
        elif not source.content:
            self.names[source.image] = composite

    def composite_of(self, root: Path, relative: str) -> str | None:
        """A composite made from this image of the data set ``root``; None: there is none."""
        path = root / relative
        found = self.paths.get(os.path.realpath(path)) or self.names.get(relative)
        if found is None and self.contents:
            try:
                found = self.contents.get(content_hash(path))
            except OSError:
                return None
        return found


class Sight:
    """What is looked at once for a change of many images: the images, which of them are made, and exact copies."""

    def __init__(self, root: Path, labels_dir: Path | None = None) -> None:
        self.root, self.labels_dir = root, labels_dir
        self._items: Scan | None = None
        self._made: dict[str, Path] | None = None
        self._copies: dict[str, str] | None = None

    @property
    def items(self) -> Scan:
        """All images; UserError when the folder cannot be read."""
        if self._items is None:
            self._items = scan(self.root, self.labels_dir)
        return self._items

    @property
    def made(self) -> dict[str, Path]:
        """Relative path -> label file, of the images whose label files say that a machine made them.

        What the index knows is not read again; the index may be old, missing or of another version.
        """
        if self._made is None:
            self._made = dict(_made_labels(self.root, self.items, self.labels_dir))
        return self._made

    def made_label(self, name: str, few: bool) -> bytes:
        """The label file of one image, if that may be made; empty else. ``few``: not all images are to be looked at."""
        path = label_path(self.root / name, self.root, self.labels_dir) if few else self.made.get(name)
        try:
            return path.read_bytes() if path is not None else b""
        except OSError:
            return b""

    def copies(self) -> dict[str, str]:
        """``same_files`` of all images."""
        if self._copies is None:
            self._copies = same_files(self.root, [item.relative for item in self.items])
        return self._copies

    def copies_among(self, names: Iterable[str]) -> dict[str, str]:
        """``same_files`` of these images."""
        if self._copies is None:
            return same_files(self.root, names)
        return {name: self._copies[name] for name in names if name in self._copies}

    def used(self) -> Used:
        """What the composites among the images were made from."""
        used = Used()
        for name in self.made:
            for source in sources_in(self.made_label(name, few=False)):
                used.add(source, name)
        return used


def _made_labels(root: Path, items: Scan, labels_dir: Path | None) -> Iterator[tuple[str, Path]]:
    for found, made in made_labels(root, items, labels_dir):
        if made is None:
            try:
                made = b'"synthesis"' in Path(found.label_path or "").read_bytes()
            except OSError:
                continue
        if made and found.label_path:
            yield found.item.relative, Path(found.label_path)


def same_files(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Relative path -> hash of the bytes, of those images that have exact copies among ``names``.

    Only files of one size are opened, and read whole only where their beginnings, middles and ends are the same.
    """
    by_size: defaultdict[int, list[str]] = defaultdict(list)
    for name in names:
        try:
            by_size[os.stat(root / name).st_size].append(name)
        except OSError:
            continue
    looks: defaultdict[bytes, list[str]] = defaultdict(list)
    for size, some in by_size.items():
        if len(some) > 1 and size:
            for name in some:
                looks[_look(root / name, size)].append(name)
    found: dict[str, str] = {}
    for look, some in looks.items():
        if len(some) > 1 and look:
            found.update(_hashed(root, some))
    counts: defaultdict[str, int] = defaultdict(int)
    for content in found.values():
        counts[content] += 1
    return {name: content for name, content in found.items() if counts[content] > 1}


def _hashed(root: Path, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        try:
            yield name, content_hash(root / name)
        except OSError:
            continue


def _look(path: Path, size: int) -> bytes:
    """A name for three pieces of the file; empty when it cannot be read."""
    digest = hashlib.blake2b(str(size).encode(), digest_size=16)
    try:
        with open(path, "rb", buffering=0) as stream:
            for at in (0, size // 2, max(0, size - _LOOK)):
                stream.seek(at)
                digest.update(stream.read(_LOOK))
    except OSError:
        return b""
    return digest.digest()
