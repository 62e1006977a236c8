"""Which composites were made from the images of a data set: ``<data set>/.anylabel_plus/composites.json``.

Whoever makes composites adds to it. A composite lies in a folder of its own, often outside the data set, where the
data set could not find it; by this file an image whose pixels are in composites is known as such.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from anylabel_plus.dataset import hidden_json
from anylabel_plus.dataset.image_kinds import image_kind, is_made
from anylabel_plus.dataset.scan import iter_batches

NAME, FORMAT, VERSION = "composites.json", "anylabel-plus composites", 1


def record_uses(root: Path, out: Path, images: Iterable[str]) -> None:
    """Remember that the composites in the folder ``out`` show pixels of ``images``.

    Args:
        root: the data set of the images.
        out: folder of the composites.
        images: paths below ``root`` with forward slashes.

    Raises:
        UserError: the file is damaged or of a newer version, or the data set cannot be written.
    """
    path = hidden_json.hidden_file(root, NAME)
    key = _key(Path(root), Path(out))
    with hidden_json.alone(path):
        outs = _outs(path)
        names = set(outs.get(key, ())) | set(images)
        if names != set(outs.get(key, ())):
            outs[key] = sorted(names)
            hidden_json.write(path, _to_bytes(outs))


def uses(root: Path) -> dict[str, list[Path]]:
    """Relative path of an image -> the folders with composites made from it that still have images in them.

    Raises:
        UserError: the file is damaged or of a newer version.
    """
    found: dict[str, list[Path]] = {}
    top = Path(root).absolute()
    for key, names in _outs(hidden_json.hidden_file(root, NAME)).items():
        out = Path(os.path.normpath(top / key))
        # Among the data set's own images composites are looked for; in a folder of their own any image counts.
        if has_images(out, made=out == top):
            for name in names:
                found.setdefault(name, []).append(out)
    return found


def uses_of(root: Path, images: Iterable[str]) -> dict[str, list[Path]]:
    """As ``uses``, of these images of the data set ``root``, whichever folder around them noted it.

    A folder of the data set may have been one by itself when composites were made from it, or the whole of which it
    is a part may have been.

    Args:
        root: the data set.
        images: paths below it with forward slashes.

    Raises:
        UserError: one of the files is damaged or of a newer version.
    """
    top = Path(root).absolute()
    wanted = set(images)
    found: dict[str, list[Path]] = {}
    inside = {top / folder for name in wanted for folder in Path(name).parents}
    for folder in sorted({top, *top.parents} | inside):
        for name, outs in uses(folder).items():
            path = os.path.relpath(folder / name, top).replace(os.sep, "/")
            if path in wanted:
                found.setdefault(path, []).extend(outs)
    return found


def has_images(folder: Path, made: bool = False) -> bool:
    """True when there is an image, or one that a machine ``made``, in the folder or below it."""
    if not folder.is_dir():
        return False
    items = (item for batch in iter_batches(folder) for item in batch)
    return any(not made or is_made(image_kind(item.image, item.label)) for item in items)


def _key(root: Path, out: Path) -> str:
    """Below the data set the path from it, so that both can be moved together; else the absolute one."""
    top, absolute = root.absolute(), Path(os.path.normpath(out.absolute()))
    return absolute.relative_to(top).as_posix() if absolute.is_relative_to(top) else str(absolute)


def _outs(path: Path) -> dict[str, list[str]]:
    outs = hidden_json.read(path, FORMAT, VERSION).get("folders", {})
    if not isinstance(outs, dict) or not all(_is_texts(names) for names in outs.values()):
        raise hidden_json.damaged(path, "folders is no object of lists of paths")
    return outs


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _to_bytes(outs: Mapping[str, list[str]]) -> bytes:
    data = {"format": FORMAT, "version": VERSION, "folders": dict(sorted(outs.items()))}
    return (json.dumps(data, indent=1) + "\n").encode()
