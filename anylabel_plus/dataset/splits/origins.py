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
from anylabel_plus.dataset.scan import scan
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


def used_in(root: Path, labels_dir: Path | None = None) -> Used:
    """What the composites in the data set ``root`` itself were made from; UserError when it cannot be read."""
    used = Used()
    for relative, label in composite_labels(root, labels_dir):
        try:
            data = label.read_bytes()
        except OSError:
            continue
        for source in sources_in(data):
            if source.content:
                used.contents[source.content] = relative
            if Path(source.image).is_absolute():
                used.paths[os.path.realpath(source.image)] = relative
            elif source.dataset and Path(source.dataset).is_dir():
                used.paths[os.path.realpath(os.path.join(source.dataset, source.image))] = relative
            elif not source.content:
                used.names[source.image] = relative
    return used


def composite_labels(root: Path, labels_dir: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Relative path and label file of the images whose label files say that a machine made them.

    What the index knows is not read again; the index may be old, missing or of another version.
    """
    for found, made in made_labels(root, scan(root, labels_dir), labels_dir):
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
