"""Stamps of many files at once: change time and size, from one look into each folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from anylabel_plus.dataset.scan import ImageItem

Stamp = tuple[int, int]
"""Time of the last change in ns, and size in bytes."""


class Stamped(NamedTuple):
    """One image: its stamp, the path of its label file and that file's stamp (None, None without one)."""

    item: ImageItem
    image: Stamp
    label_path: str | None
    label: Stamp | None


def stamped(items: Sequence[ImageItem]) -> Iterator[Stamped]:
    """The items with their stamps; those whose image is gone are left out."""
    folders: dict[str, dict[str, Stamp]] = {}
    for item in items:
        place, name = item.place, item.name
        images = folders.get(place.folder)
        if images is None:
            images = folders[place.folder] = folder_stamps(place.folder)
        stamp = images.get(name)
        if stamp is None:
            continue
        label_name = item.own_label or name[: name.rfind(".")] + ".json"
        for folder in (place.labels, place.flat):
            if not folder:
                continue
            labels = folders.get(folder)
            if labels is None:
                labels = folders[folder] = folder_stamps(folder)
            label = labels.get(label_name)
            if label is not None:
                yield Stamped(item, stamp, f"{folder}{os.sep}{label_name}", label)
                break
        else:
            yield Stamped(item, stamp, None, None)


def folder_stamps(folder: str) -> dict[str, Stamp]:
    """Name -> stamp of the files of one folder; empty when it cannot be read."""
    found: dict[str, Stamp] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    status = entry.stat()
                except OSError:
                    continue  # gone meanwhile, or a link to nowhere
                found[entry.name] = (status.st_mtime_ns, status.st_size)
    except OSError:
        return {}
    return found


def stamp_of(path: str) -> Stamp | None:
    """The stamp of one file; None when there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def one(item: ImageItem) -> Stamped | None:
    """The stamps of one item; None when the image is gone."""
    image = stamp_of(str(item.image))
    if image is None:
        return None
    source = item.label_source
    label = stamp_of(str(source)) if source is not None else None
    return Stamped(item, image, str(source) if label is not None else None, label)
